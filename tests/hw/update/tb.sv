// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Random entries in a ring of card memory: every entry must do what it says, alone and in order (tail names the entry in
// work), through wraps of the ring, slow DMA, failed reads, bad entries, drains and counter clears.
module tb;

  localparam int RING = 32;
  localparam int TOTAL = 3000;
  localparam logic [63:0] RING_AT = 64'h1_2345_6000;
  localparam logic [63:0] DONE_AT = 64'h9_8765_4320;
  localparam int N_BANKS = 3;
  localparam int BANK_SLOTS = 64;
  localparam int N_RULES = 128;
  localparam int N_LEGS = 64;
  localparam int N_ENCAPS = 16;
  localparam int N_TEAMS = 8;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic init_done = 0, irq_done, busy;
  logic [31:0] cfg_ring_size = RING, cfg_head = 0, tail;
  logic [2:0] error;
  logic rd_valid, rd_ready = 0, cpl_valid = 0, cpl_ready, cpl_last = 0, cpl_error = 0;
  logic [63:0] rd_addr;
  logic [15:0] rd_len;
  logic [511:0] cpl_data = '0;
  logic wr_valid, wr_ready = 0, wr_irq, wr_last;
  logic [7:0] wr_fn;
  logic [63:0] wr_addr;
  logic [15:0] wr_len;
  logic [511:0] wr_data;
  logic tw_valid, drain_flip, drain_busy = 0, clear_valid, clear_ready = 0;
  logic [7:0] tw_table;
  logic [31:0] tw_index;
  logic [1535:0] tw_row;
  logic [19:0] clear_id;

  update #(
      .N_BANKS(N_BANKS),
      .BANK_SLOTS(BANK_SLOTS),
      .N_RULES(N_RULES),
      .N_LEGS(N_LEGS),
      .N_ENCAPS(N_ENCAPS),
      .N_TEAMS(N_TEAMS)
  ) dut (
      .clk,
      .rst,
      .init_done,
      .cfg_ring_addr(RING_AT),
      .cfg_ring_size,
      .cfg_head,
      .cfg_done_addr(DONE_AT),
      .tail,
      .error,
      .irq_done,
      .busy,
      .rd_valid,
      .rd_ready,
      .rd_addr,
      .rd_len,
      .cpl_valid,
      .cpl_ready,
      .cpl_data,
      .cpl_last,
      .cpl_error,
      .wr_valid,
      .wr_ready,
      .wr_irq,
      .wr_fn,
      .wr_addr,
      .wr_len,
      .wr_data,
      .wr_last,
      .tw_valid,
      .tw_table,
      .tw_index,
      .tw_row,
      .drain_flip,
      .drain_busy,
      .clear_valid,
      .clear_ready,
      .clear_id
  );

  // ---- What is expected of entry n ----
  localparam logic [2:0] SKIP = 3'd0, WRITE = 3'd1, FENCE = 3'd2, DRAIN = 3'd3, CLEAR = 3'd4, BAD_OP = 3'd5, BAD_INDEX = 3'd6;
  logic [2:0] kind[TOTAL+1];
  logic [7:0] tables[TOTAL];
  logic [31:0] indexes[TOTAL];
  logic [1535:0] rows[TOTAL];
  logic [511:0] memory[RING*4];

  int passed = 0, failed = 0, seed, written = 0, read_errors = 0, read_error_pulses = 0, irqs = 0;
  int cycle = 0;
  initial forever @(posedge clk) cycle++;

  task automatic check(input logic good, input string what);
    if (!good) begin
      failed++;
      if (failed < 10) $display("cycle %0d, entry %0d: %s", cycle, tail, what);
    end
  endtask

  // A row number at or beyond the end of its table, or a slot index that is wrong in one part.
  function automatic logic [31:0] index_of(input logic [7:0] t, input logic good);
    logic [31:0] size;
    size = t == frl_pkg::TABLE_BANK ? N_BANKS : t == frl_pkg::TABLE_LEG ? N_LEGS : t == frl_pkg::TABLE_ENCAP ? N_ENCAPS :
           t == frl_pkg::TABLE_TEAM ? N_TEAMS : N_RULES;
    index_of = good ? $urandom % size : $urandom % 2 == 0 ? size : size + $urandom % 32'h80000000;
    if (t == frl_pkg::TABLE_SLOT) begin
      index_of = {3'd0, 5'($urandom % N_BANKS), 3'd0, 1'($urandom), 2'd0, 2'($urandom), 16'($urandom % (BANK_SLOTS / 8))};
      if (!good)
        case ($urandom % 4)
          0: index_of[15:0] = 16'(BANK_SLOTS / 8);
          1: index_of[28:24] = 5'(N_BANKS);
          2: index_of[18] = 1;
          default: index_of[31] = 1;
        endcase
    end
  endfunction

  // Makes entry n and puts it into the ring.
  task automatic make(input int n);
    logic [7:0] op;
    logic good;
    logic [511:0] head;
    op = 0;
    good = $urandom % 10 != 0;
    tables[n] = 8'($urandom % 7);
    kind[n] = good ? WRITE : BAD_INDEX;
    case ($urandom % 16)
      0: begin
        op = frl_pkg::UPD_OP_LOOKUP_FENCE;
        kind[n] = FENCE;
      end
      1: begin
        op = frl_pkg::UPD_OP_DRAIN;
        kind[n] = DRAIN;
      end
      2, 3: begin
        op = frl_pkg::UPD_OP_COUNTER_CLEAR;
        kind[n] = good ? CLEAR : BAD_INDEX;
        tables[n] = frl_pkg::TABLE_RULE;
      end
      4: begin
        if ($urandom % 2 == 0) op = 8'(4 + $urandom % 252);
        else tables[n] = 8'(7 + $urandom % 249);
        kind[n] = BAD_OP;
      end
      default: ;
    endcase
    indexes[n] = index_of(tables[n], good);
    head = {16{32'($urandom)}};
    head[63:0] = {indexes[n], 16'($urandom), tables[n], op};
    memory[n%RING*4] = head;
    for (int i = 0; i < 48; i++) rows[n][32*i+:32] = $urandom;
    for (int i = 0; i < 3; i++) memory[n%RING*4+1+i] = rows[n][512*i+:512];
  endtask

  // ---- DMA ----
  int first, beats, cut;
  logic fail;

  initial
    forever begin
      @(negedge clk);
      if (rd_valid) begin
        repeat ($urandom % 4) @(negedge clk);
        rd_ready = 1;
        first = 32'((rd_addr - RING_AT) / 64);
        beats = 32'(rd_len) / 64;
        check(rd_addr >= RING_AT && first + beats <= RING * 4 && rd_len[7:0] == 0 && rd_len >= 256 && rd_len <= 4096,
              "read outside the ring or of a wrong length");
        check(first == 32'(tail) % RING * 4 && 32'(tail) + beats / 4 <= written, "read of entries that are not written");
        @(negedge clk);
        rd_ready = 0;
        repeat ($urandom % 10) @(negedge clk);
        fail = $urandom % 16 == 0;
        cut = fail ? 1 + $urandom % beats : beats;
        if (fail) begin
          read_errors++;
          for (int i = 0; i < beats / 4; i++) kind[32'(tail)+i] = SKIP;
        end
        for (int i = 0; i < cut; i++) begin
          repeat ($urandom % 3) @(negedge clk);
          cpl_valid = 1;
          cpl_data = memory[first+i];
          cpl_last = i == cut - 1;
          cpl_error = fail && cpl_last;
          check(cpl_ready, "completion is not taken");
          @(negedge clk);
          cpl_valid = 0;
          cpl_data  = '1;
          cpl_last  = 0;
          cpl_error = 0;
        end
      end
    end

  logic [31:0] done = 0;
  initial
    forever begin
      @(negedge clk);
      wr_ready = 0;
      if (wr_valid && $urandom % 3 == 0) begin
        wr_ready = 1;
        done = wr_data[31:0];
        check(done == tail && !wr_irq && wr_fn == frl_pkg::FN_FW && wr_addr == DONE_AT && wr_len == 4 && wr_last && wr_data[511:32] == 0,
              "completion count is written wrongly");
      end
    end

  // ---- Drains and counter clears ----
  initial
    forever begin
      @(negedge clk);
      if (drain_flip) begin
        repeat ($urandom % 2) @(negedge clk);
        drain_busy = $urandom % 4 != 0;
        repeat ($urandom % 50) @(negedge clk);
        drain_busy = 0;
      end
    end

  initial
    forever begin
      @(negedge clk);
      clear_ready = 0;
      if (clear_valid && $urandom % 8 == 0) clear_ready = 1;
    end

  // ---- What entries do ----
  logic [31:0] entry = 0;
  int entered = 0;
  logic [2:0] what;
  logic wrote = 0, flipped = 0, cleared = 0, told_op = 0, told_index = 0;

  initial
    forever begin
      @(negedge clk);
      if (!rst) begin
        if (irq_done) begin
          irqs++;
          check(done == tail, "interrupt before the completion count");
        end
        if (error[0]) read_error_pulses++;
        if (tail != entry) begin  // entries before tail have been executed
          if (tail == entry + 1) begin
            what = kind[entry];
            check(wrote == (what == WRITE), "table write");
            check(flipped == (what == DRAIN), "drain");
            check(cleared == (what == CLEAR), "counter clear");
            check(told_op == (what == BAD_OP), "error: unknown operation or table");
            check(told_index == (what == BAD_INDEX), "error: index out of range");
            check(what != DRAIN || !drain_busy, "drain did not wait");
            check(what != FENCE || cycle - entered >= 64, "fence did not wait");
            passed++;
          end else while (entry != tail) begin
            check(kind[entry] == SKIP, "entry was skipped");
            entry++;
          end
          entry = tail;
          entered = cycle;
          {wrote, flipped, cleared, told_op, told_index} = 0;
        end
        if (tw_valid) begin
          check(!wrote && tw_table == tables[entry] && tw_index == indexes[entry] && tw_row == rows[entry] && !drain_busy,
                "wrong write");
          wrote = 1;
        end
        if (drain_flip) flipped = 1;
        if (clear_valid && clear_ready) begin
          check({12'd0, clear_id} == indexes[entry], "wrong counter is cleared");
          cleared = 1;
        end
        if (error[1]) told_op = 1;
        if (error[2]) told_index = 1;
      end
    end

  // ---- Driver ----
  int burst;
  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    $display("seed %0d", seed);
    void'($urandom(seed));
    repeat (4) @(negedge clk);
    rst = 0;
    make(0);
    written = 1;
    cfg_head = 1;
    repeat (50) @(negedge clk);
    check(!rd_valid && busy, "work before tables are ready");
    init_done = 1;
    while (written < TOTAL) begin
      burst = $urandom % 4 == 0 ? RING : 1 + $urandom % 5;
      while (burst > 0 && written < TOTAL && written - 32'(tail) < RING) begin
        make(written);
        written++;
        burst--;
      end
      cfg_head = written;
      if ($urandom % 4 == 0) while (busy) @(negedge clk);
      repeat ($urandom % 40) @(negedge clk);
    end
    while (busy) @(negedge clk);
    @(negedge clk);
    check(tail == TOTAL && done == TOTAL && irqs > 1, "end of the ring is not reported");
    check(read_errors > 0 && read_error_pulses == read_errors, "failed reads are not told");

    // A ring without a size cannot be read: all is skipped, told and reported.
    cfg_ring_size = 0;
    kind[TOTAL] = SKIP;
    cfg_head = TOTAL + 1;
    read_errors = irqs;
    while (irqs == read_errors) @(negedge clk);
    check(tail == TOTAL + 1 && done == TOTAL + 1 && !busy, "ring of size zero");
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

  initial begin
    #4000000;
    $display("%0d passed, %0d failed: entry %0d takes for ever", passed, failed + 1, tail);
    $finish;
  end

endmodule

`default_nettype wire
