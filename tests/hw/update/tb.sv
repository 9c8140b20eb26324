// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Random entries in a ring of card memory: every entry must do what it says, alone and in order, through wraps of the
// ring, slow DMA, memory that cannot be read, bad entries, tables that take their time, drains, counter clears and
// hashes. Then the speed of small writes and of a hash.
module tb;

  localparam int RING = 32;
  localparam int TOTAL = 3000;
  localparam int FAST = 1024;  // small writes behind them, as fast as they go
  localparam logic [63:0] RING_AT = 64'h1_2345_6000;
  localparam logic [63:0] DONE_AT = 64'h9_8765_4320;
  localparam logic [63:0] KEYS_AT = 64'h2_0000_0000;
  localparam logic [63:0] SUMS_AT = 64'h3_0000_0000;
  localparam int KEY_WORDS = 4096;  // words of 8 bytes of memory with keys; some of it cannot be read
  localparam int HOLE = 2000;
  localparam int HOLE_WORDS = 10;
  localparam int SUM_WORDS = 2048;
  localparam int N_BANKS = 3;
  localparam int BANK_SLOTS = 64;
  localparam int N_TCAM = 32;
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
  logic tw_valid, tw_ready = 0, drain_flip, drain_busy = 0, clear_valid, clear_ready = 0;
  logic [7:0] tw_table;
  logic [31:0] tw_index;
  logic [1535:0] tw_row;
  logic [10:0] tw_flip;
  logic [19:0] clear_id;

  update #(
      .N_BANKS(N_BANKS),
      .BANK_SLOTS(BANK_SLOTS),
      .N_TCAM(N_TCAM),
      .N_RULES(N_RULES),
      .N_LEGS(N_LEGS),
      .N_ENCAPS(N_ENCAPS),
      .N_TEAMS(N_TEAMS)
  ) dut (
      .cfg_ring_addr(RING_AT),
      .cfg_done_addr(DONE_AT),
      .*
  );

  // ---- Entries ----
  localparam logic [2:0] UNREAD = 3'd0, WRITE = 3'd1, FENCE = 3'd2, DRAIN = 3'd3, CLEAR = 3'd4, HASH = 3'd5, BAD_OP = 3'd6,
      BAD_INDEX = 3'd7;
  logic [2:0] kind[TOTAL+FAST+1];
  logic [7:0] tables[TOTAL+FAST];
  logic [31:0] indexes[TOTAL+FAST];
  logic [15:0] flips[TOTAL+FAST];
  logic [1535:0] rows[TOTAL+FAST];
  logic [63:0] srcs[TOTAL], dsts[TOTAL];
  logic [31:0] strides[TOTAL], counts[TOTAL];
  logic [511:0] memory[RING*4];
  logic [RING-1:0] unreadable = '0;
  logic [63:0] keys[KEY_WORDS];
  logic [63:0] sums[SUM_WORDS];
  logic [SUM_WORDS-1:0] summed = '0;

  int passed = 0, failed = 0, seed, written = 0, irqs = 0, read_errors = 0, retries = 0;
  int told[3], expected[3];  // errors, by bit
  int cycle = 0;
  logic fast = 0;  // memory and tables do not wait
  initial forever @(posedge clk) cycle++;

  task automatic check(input logic good, input string what);
    if (!good) begin
      failed++;
      if (failed < 10) $display("cycle %0d, entry %0d: %s", cycle, tail, what);
    end
  endtask

  function automatic int row_bits(input logic [7:0] t);
    case (t)
      frl_pkg::TABLE_BANK: row_bits = 1344;
      frl_pkg::TABLE_SLOT, frl_pkg::TABLE_RULE: row_bits = 64;
      frl_pkg::TABLE_LEG: row_bits = 640;
      frl_pkg::TABLE_ENCAP: row_bits = 256;
      frl_pkg::TABLE_TEAM: row_bits = 128;
      frl_pkg::TABLE_TCAM: row_bits = 1536;
      default: row_bits = 1280;
    endcase
  endfunction

  // A row number at or beyond the end of its table, or a slot index that is wrong in one part.
  function automatic logic [31:0] index_of(input logic [7:0] t, input logic good);
    logic [31:0] size;
    case (t)
      frl_pkg::TABLE_BANK: size = N_BANKS;
      frl_pkg::TABLE_LEG: size = N_LEGS;
      frl_pkg::TABLE_ENCAP: size = N_ENCAPS;
      frl_pkg::TABLE_TEAM: size = N_TEAMS;
      frl_pkg::TABLE_TCAM_MASK, frl_pkg::TABLE_TCAM: size = N_TCAM;
      default: size = N_RULES;
    endcase
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

  // 0, or the number of a bit to be inverted, or of one that the row does not have.
  function automatic logic [15:0] flip_of(input logic [7:0] t);
    case ($urandom % 8)
      0: flip_of = 16'(1 + $urandom % row_bits(t));
      1: flip_of = 16'(row_bits(t) + 1 + $urandom % 60000);
      default: flip_of = 0;
    endcase
  endfunction

  // Arguments of a hash within the memory with keys; or one of them wrong.
  task automatic make_hash(input int n, input logic good);
    int stride, first, sum;
    check(n < TOTAL, "a hash among the fast entries");
    kind[n] = good ? HASH : BAD_INDEX;
    counts[n] = $urandom % 8 == 0 ? 1024 : 1 + $urandom % 40;
    stride = counts[n] == 1024 ? $urandom % 3 : $urandom % 40;
    strides[n] = 32'(8 * stride);
    first = $urandom % (KEY_WORDS - 20 - stride * (counts[n] - 1));
    sum = $urandom % (SUM_WORDS - 1024);
    srcs[n] = KEYS_AT + {29'd0, first, 3'd0};
    dsts[n] = SUMS_AT + {29'd0, sum, 3'd0};
    if (!good)
      case ($urandom % 5)
        0: counts[n] = 0;
        1: counts[n] = $urandom % 2 == 0 ? 1025 : 1025 + $urandom % 32'h7fffffff;
        2: strides[n][2:0] = 3'(1 + $urandom % 7);
        3: srcs[n][2:0] = 3'(1 + $urandom % 7);
        default: dsts[n][2:0] = 3'(1 + $urandom % 7);
      endcase
  endtask

  // Puts entry n into the ring.
  task automatic put(input int n, input logic [7:0] op);
    logic [511:0] head;
    head = {16{32'($urandom)}};
    head[63:0] = {indexes[n], flips[n], tables[n], op};
    if (op == frl_pkg::UPD_OP_HASH) head[255:64] = {counts[n], strides[n], dsts[n], srcs[n]};
    memory[n%RING*4] = head;
    for (int i = 0; i < 48; i++) rows[n][32*i+:32] = $urandom;
    for (int i = 0; i < 3; i++) memory[n%RING*4+1+i] = rows[n][512*i+:512];
  endtask

  // Makes entry n, of any kind.
  task automatic make(input int n);
    logic [7:0] op;
    logic good;
    op = frl_pkg::UPD_OP_WRITE;
    good = $urandom % 10 != 0;
    kind[n] = good ? WRITE : BAD_INDEX;
    tables[n] = 8'($urandom % 9);
    flips[n] = flip_of(tables[n]);
    case ($urandom % 16)
      0: begin
        op = frl_pkg::UPD_OP_LOOKUP_FENCE;
        kind[n] = FENCE;
      end
      1: begin
        op = frl_pkg::UPD_OP_DRAIN;
        kind[n] = DRAIN;
      end
      2: begin
        op = frl_pkg::UPD_OP_COUNTER_CLEAR;
        kind[n] = good ? CLEAR : BAD_INDEX;
        tables[n] = frl_pkg::TABLE_RULE;
      end
      3: begin
        if ($urandom % 2 == 0) op = 8'(5 + $urandom % 251);
        else tables[n] = 8'(9 + $urandom % 247);
        kind[n] = BAD_OP;
      end
      4: begin
        op = frl_pkg::UPD_OP_HASH;
        make_hash(n, good);
      end
      default: ;
    endcase
    indexes[n] = index_of(tables[n], good);
    put(n, op);
    unreadable[n%RING] = $urandom % 64 == 0;
    if (unreadable[n%RING]) kind[n] = UNREAD;
    if (kind[n] == UNREAD) expected[0]++;
    if (kind[n] == BAD_OP) expected[1]++;
    if (kind[n] == BAD_INDEX) expected[2]++;
  endtask

  // ---- Sums ----
  function automatic logic [1279:0] key_at(input logic [63:0] addr);
    for (int i = 0; i < 20; i++) key_at[64*i+:64] = keys[32'((addr - KEYS_AT) / 8)+i];
  endfunction

  function automatic logic in_hole(input logic [63:0] addr);
    int at;
    at = 32'((addr - KEYS_AT) / 8);
    in_hole = at < HOLE + HOLE_WORDS && at + 20 > HOLE;
  endfunction

  // chip.toml, [hash].
  function automatic logic [63:0] nh(input logic [1279:0] key);
    logic [31:0] a, b;
    nh = 0;
    for (int i = 0; i < 20; i++) begin
      a  = key[64*i+:32] + frl_pkg::NH_KEY[64*i+:32];
      b  = key[64*i+32+:32] + frl_pkg::NH_KEY[64*i+32+:32];
      nh = nh + 64'(a) * 64'(b);
    end
  endfunction

  // All sums of entry n are there and right, and no others.
  task automatic check_sums(input int n);
    logic [63:0] addr;
    logic [10:0] at;
    check(n < TOTAL, "a hash among the fast entries");
    for (int i = 0; i < counts[n]; i++) begin
      addr = srcs[n] + 64'(i) * 64'(strides[n]);
      at   = 11'((dsts[n] - SUMS_AT) / 8) + 11'(i);
      if (in_hole(addr)) expected[0]++;
      check(summed[at] && sums[at] == (in_hole(addr) ? 64'd0 : nh(key_at(addr))), $sformatf("sum %0d of %0d", i, counts[n]));
      summed[at] = 0;
    end
    check(summed == '0, "a sum where none belongs");
  endtask

  // ---- DMA reads: completions in order, some time after their requests ----
  logic [63:0] asked_at[$];
  int asked_len[$], asked_due[$];

  task automatic check_request();
    int first, entries, number;
    if (rd_addr >= KEYS_AT) check(rd_addr + 160 <= KEYS_AT + 8 * KEY_WORDS && rd_len == 160, "read of a key");
    else begin
      first = 32'((rd_addr - RING_AT) / 256);
      entries = 32'(rd_len) / 256;
      check(rd_addr >= RING_AT && rd_addr[7:0] == 0 && rd_len[7:0] == 0 && entries >= 1 && entries <= 16 && first + entries <= RING,
            "read outside the ring or of a wrong length");
      number = tail + (first - tail % RING + RING) % RING;
      check(number + entries <= written, "read of entries that are not written");
    end
  endtask

  initial
    forever begin
      @(negedge clk);
      rd_ready = fast || $urandom % 3 == 0;
      @(posedge clk);
      if (rd_valid && rd_ready) begin
        check_request();
        asked_at.push_back(rd_addr);
        asked_len.push_back(32'(rd_len));
        asked_due.push_back(cycle + (fast ? 3 : $urandom % 20));
      end
    end

  logic [63:0] at;
  int beats, cut;
  logic hole;

  initial
    forever begin
      @(negedge clk);
      cpl_valid = 0;
      if (asked_at.size() != 0 && asked_due[0] <= cycle) begin
        at = asked_at.pop_front();
        beats = (asked_len.pop_front() + 63) / 64;
        void'(asked_due.pop_front());
        hole = at >= KEYS_AT && in_hole(at);
        if (at < KEYS_AT)
          for (int i = 0; i < beats / 4; i++) if (unreadable[5'((at-RING_AT)/256)+5'(i)]) hole = 1;
        if (hole && at < KEYS_AT && beats > 4) retries++;
        if (hole) read_errors++;
        cut = hole ? 1 + $urandom % beats : beats;
        for (int i = 0; i < cut; i++) begin
          while (!fast && $urandom % 4 == 0) begin
            cpl_valid = 0;
            @(negedge clk);
          end
          cpl_valid = 1;
          cpl_data  = {16{32'($urandom)}};
          if (at < KEYS_AT) cpl_data = memory[7'((at-RING_AT)/64)+7'(i)];
          else for (int j = 0; j < 8 && 8 * i + j < 20; j++) cpl_data[64*j+:64] = keys[12'((at-KEYS_AT)/8)+12'(8*i+j)];
          cpl_last  = i == cut - 1;
          cpl_error = hole && cpl_last;
          check(cpl_ready, "completion is not taken");
          if (i != cut - 1) @(negedge clk);
        end
      end
    end

  // ---- DMA writes ----
  logic [31:0] done = 0;
  logic [10:0] place;
  initial
    forever begin
      @(negedge clk);
      wr_ready = fast || $urandom % 3 == 0;
      @(posedge clk);
      if (wr_valid && wr_ready) begin
        check(!wr_irq && wr_fn == frl_pkg::FN_FW && wr_last, "write that is not one beat to card memory");
        if (wr_addr == DONE_AT) begin
          done = wr_data[31:0];
          check(done == tail && wr_len == 4 && wr_data[511:32] == 0, "completion count is written wrongly");
        end else begin
          check(wr_addr >= SUMS_AT && wr_addr + 64'(wr_len) <= SUMS_AT + 8 * SUM_WORDS && wr_len != 0 && wr_len <= 64, "write of sums");
          for (int i = 0; 8 * i < 32'(wr_len); i++) begin
            place = 11'((wr_addr - SUMS_AT) / 8) + 11'(i);
            check(!summed[place], "a sum is written twice");
            summed[place] = 1;
            sums[place]   = wr_data[64*i+:64];
          end
        end
      end
    end

  // ---- Drains, counter clears, and tables: one like the TCAM works when it has taken a row ----
  int work = 0;
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
      clear_ready = clear_valid && $urandom % 8 == 0;
      tw_ready = work == 0;  // not ready from the cycle behind the row on
      if (work != 0) work--;
    end

  // ---- What entries do: effects come in their order, and before `tail` counts them ----
  int effect = 0;  // entry whose effect is the next
  int last_effect = 0;  // cycle of the one before
  logic held = 0;
  logic [1555:0] held_write;

  // Entry that an event of this kind belongs to.
  task automatic happen(input logic [2:0] what, input string name);
    while (effect < written && (kind[effect] == UNREAD || kind[effect] == FENCE || kind[effect] >= BAD_OP)) effect++;
    check(effect < written && kind[effect] == what, {name, " that no entry asks for"});
    last_effect = cycle;
  endtask

  logic [31:0] entry = 0;
  int entered = 0;
  initial
    forever begin
      @(posedge clk);
      if (!rst) begin
        if (irq_done) begin
          irqs++;
          check(done == tail, "interrupt before the completion count");
        end
        for (int i = 0; i < 3; i++) if (error[i]) told[i]++;
        if (tail != entry) begin  // entries before tail are done
          check(tail == entry + 1 || kind[entry] == UNREAD, "entries are counted together");
          while (entry != tail) begin
            check(32'(entry) < effect || kind[entry] == UNREAD || kind[entry] == FENCE || kind[entry] >= BAD_OP || kind[entry] == HASH,
                  "counted before it was done");
            check(kind[entry] != DRAIN || !drain_busy, "drain did not wait");
            check(kind[entry] != FENCE || (cycle - entered >= 64 && cycle - last_effect >= 64), "fence did not wait");
            if (kind[entry] == HASH) begin
              happen(HASH, "hash");
              check_sums(entry);
              effect++;
            end
            passed++;
            entry++;
          end
          entered = cycle;
        end
        check(!held || (tw_valid && {tw_flip, tw_table, tw_index[0], tw_row} == held_write), "a write changed while it waited");
        held = tw_valid && !tw_ready;
        held_write = {tw_flip, tw_table, tw_index[0], tw_row};
        if (tw_valid && tw_ready) begin
          happen(WRITE, "write");
          check(tw_table == tables[effect] && tw_index == indexes[effect] && tw_flip == (flips[effect] > 16'(row_bits(tw_table)) ? 11'd0 : flips[effect][10:0]) && !drain_busy, "wrong write");
          for (int i = 0; i < 1536; i++)
            if (i < row_bits(tw_table) && tw_row[i] != rows[effect][i]) begin
              check(0, $sformatf("wrong row, bit %0d", i));
              break;
            end
          effect++;
          work = fast || $urandom % 4 != 0 ? 0 : 1 + $urandom % 40;
        end
        if (drain_flip) begin
          happen(DRAIN, "drain");
          check(work == 0, "drain before a table was ready");
          effect++;
        end
        if (clear_valid && clear_ready) begin
          happen(CLEAR, "counter clear");
          check({12'd0, clear_id} == indexes[effect], "wrong counter is cleared");
          effect++;
        end
      end
    end

  // ---- Driver ----
  int burst, start;

  task automatic test_random();
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
    for (int i = 0; i < 3; i++) check(told[i] == expected[i] && told[i] > 0, $sformatf("error %0d told %0d times, not %0d", i, told[i], expected[i]));
    check(retries > 0, "no read of several entries failed");
  endtask

  // A ring that is always full of small writes: cycles per entry, in hundredths.
  task automatic test_rate();
    fast = 1;
    unreadable = '0;
    start = cycle;
    while (32'(tail) != TOTAL + FAST) begin
      while (written < TOTAL + FAST && written - 32'(tail) < RING) begin
        kind[written] = WRITE;
        tables[written] = $urandom % 2 == 0 ? frl_pkg::TABLE_SLOT : frl_pkg::TABLE_RULE;
        flips[written] = 0;
        indexes[written] = index_of(tables[written], 1);
        put(written, frl_pkg::UPD_OP_WRITE);
        written++;
      end
      cfg_head = written;
      @(negedge clk);
    end
    burst = (cycle - start) * 100 / FAST;
    $display("small writes: %0d.%02d cycles each", burst / 100, burst % 100);
    check(burst <= 415, "small writes are slow");
    while (busy) @(negedge clk);
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    $display("seed %0d", seed);
    void'($urandom(seed));
    for (int i = 0; i < KEY_WORDS; i++) keys[i] = {$urandom, $urandom};
    repeat (4) @(negedge clk);
    rst = 0;
    make(0);
    written  = 1;
    cfg_head = 1;
    repeat (50) @(negedge clk);
    check(!rd_valid && busy, "work before tables are ready");
    init_done = 1;
    test_random();
    test_rate();

    // A ring without a size cannot be read: all is skipped, told and reported.
    cfg_ring_size = 0;
    repeat (3) @(negedge clk);
    kind[TOTAL+FAST] = UNREAD;
    cfg_head = TOTAL + FAST + 1;
    irqs = 0;
    while (irqs == 0) @(negedge clk);
    check(tail == TOTAL + FAST + 1 && done == tail && !busy, "ring of size zero");
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

  initial begin
    #8000000;
    $display("entry %0d, of kind %0d, takes for ever", tail, kind[tail]);
    $display("%0d passed, %0d failed", passed, failed + 1);
    $finish;
  end

endmodule

`default_nettype wire
