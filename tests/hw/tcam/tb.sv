// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Random entries written while a lookup enters in almost every cycle: each result against a plain loop over the entries, as
// they were when the lookup's valid bits were applied (six cycles behind the input).
module tb;

  localparam int N = 64;
  localparam int DELAY = 10;  // cycles from in_valid to result
  localparam int APPLY = 6;  // to the cycle in which valid bits are applied
  localparam int LOOKUP = 16;  // a lookup's stages: when an invalid row is written, none can still end with its entry
  localparam int WRITES = 600;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic init_done, in_valid = 0, out_hit, out_bad, wr_ready, mask_we = 0, row_we = 0, row_done;
  logic [1279:0] in_key = '0;
  logic [44:0] out_best;
  logic [5:0] wr_at = 0;
  logic [1535:0] wr_row = '0;
  logic [10:0] wr_flip = 0;

  tcam #(
      .N_TCAM(N)
  ) dut (
      .clk,
      .rst,
      .init_done,
      .in_valid,
      .in_key,
      .out_hit,
      .out_bad,
      .out_best,
      .wr_ready,
      .mask_we,
      .row_we,
      .wr_at,
      .wr_row,
      .wr_flip,
      .row_done
  );

  // ---- Reference ----
  logic [1279:0] key[N], mask[N], next_mask[N];
  logic [15:0] prio[N];
  logic [19:0] rule[N];
  logic valid[N], bad[N], next_bad[N];
  frl_pkg::tcam_row_t row;

  logic [46:0] want, got;  // bad, hit, best
  logic [46:0] line[DELAY];  // expected results on their way
  logic [DELAY-1:0] line_valid = '0;
  logic [1279:0] keys[APPLY+1];
  logic [APPLY:0] keys_valid = '0;

  function automatic logic [46:0] reference(input logic [1279:0] k);
    reference = {2'b00, 45'h1fffffffffff};
    for (int i = 0; i < N; i++)
      if (((k ^ key[i]) & mask[i]) == '0) begin
        if (bad[i] && valid[i]) reference[46] = 1;
        else if (valid[i]) begin
          reference[45] = 1;
          if ({1'b0, prio[i], rule[i], 8'(i)} < reference[44:0]) reference[44:0] = {1'b0, prio[i], rule[i], 8'(i)};
        end
      end
  endfunction

  int passed = 0, failed = 0, hits = 0, bads = 0, misses = 0;

  // Sampled before inputs change; what row_done says holds from the next cycle on.
  initial forever begin
    @(posedge clk);
    if (!rst && init_done) begin
      if (line_valid[DELAY-1]) begin
        want = line[DELAY-1];
        got = {out_bad, out_hit, out_best};
        // With a bad word nothing but that counts; without a hit, best says nothing.
        if (want[46] ? out_bad : got[46:45] == want[46:45] && (!want[45] || got[44:0] == want[44:0])) passed++;
        else begin
          failed++;
          if (failed < 10) $display("bad, hit, best %h, expected %h", got, want);
        end
        if (want[46]) bads++;
        else if (want[45]) hits++;
        else misses++;
      end else if (out_hit || out_bad) failed++;
      for (int i = DELAY - 1; i > APPLY; i--) line[i] = line[i-1];
      line[APPLY] = keys_valid[APPLY-1] ? reference(keys[APPLY-1]) : '0;
      line_valid = {line_valid[DELAY-2:0], in_valid};
      for (int i = APPLY; i > 0; i--) keys[i] = keys[i-1];
      keys[0] = in_key;
      keys_valid = {keys_valid[APPLY-1:0], in_valid};
      row = wr_row;
      if (row_we) valid[wr_at] = 0;
      if (mask_we) begin
        next_mask[wr_at] = wr_row[1279:0];
        next_bad[wr_at] = wr_flip != 0;
      end
      if (row_done) begin
        key[wr_at] = row.key;
        mask[wr_at] = next_bad[wr_at] ? '0 : next_mask[wr_at];
        prio[wr_at] = row.prio;
        rule[wr_at] = row.rule;
        valid[wr_at] = row.valid;
        bad[wr_at] = wr_flip > 11'd1280;
      end
    end
  end

  // ---- Stimulus ----
  int seed, written = 0, taken;
  logic [1279:0] pool[8];

  function automatic logic [1279:0] random_bits;
    for (int i = 0; i < 40; i++) random_bits[32*i+:32] = $urandom;
  endfunction

  function automatic logic [1279:0] random_mask;
    random_mask = '0;
    case ($urandom % 5)
      0: random_mask = '1;
      1: random_mask = random_bits();
      2: random_mask = random_bits() & random_bits() & random_bits();
      3: random_mask[32*($urandom%40)+:32] = $urandom;
      default: random_mask[$urandom%1280] = 1;
    endcase
  endfunction

  task automatic lookup;
    in_valid = $urandom % 8 != 0;
    in_key   = pool[$urandom%8];
    if ($urandom % 3 == 0) in_key[$urandom%1280] ^= 1;
  endtask

  task automatic write;
    wr_at   = 6'($urandom);
    wr_flip = $urandom % 32 == 0 ? 11'd1 + 11'($urandom % 1280) : 0;
    mask_we = 1;
    wr_row  = {256'd0, random_mask()};
    lookup;
    @(negedge clk);
    mask_we = 0;
    row = '0;
    row.key = pool[$urandom%8];
    row.prio = 16'($urandom % 3);
    row.rule = 20'($urandom);
    row.valid = $urandom % 4 != 0;
    wr_row = row;
    wr_flip = $urandom % 32 == 0 ? 11'd1281 + 11'($urandom % 256) : 0;
    row_we = 1;
    lookup;
    @(negedge clk);
    row_we = 0;
    taken = 1;
    while (!wr_ready) begin
      lookup;
      @(negedge clk);
      taken++;
    end
    if (!row.valid && taken < LOOKUP) begin
      failed++;
      $display("entry %0d may be used again %0d cycles after it became invalid", wr_at, taken);
    end
    written++;
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    $display("seed %0d", seed);
    void'($urandom(seed));
    for (int i = 0; i < 8; i++) pool[i] = random_bits();
    for (int i = 0; i < N; i++) begin
      valid[i] = 0;
      bad[i] = 0;
      next_mask[i] = '0;
      next_bad[i] = 0;
    end
    repeat (4) @(negedge clk);
    rst = 0;
    while (!init_done) @(negedge clk);
    repeat (WRITES) begin
      write;
      repeat ($urandom % 8) begin
        lookup;
        @(negedge clk);
      end
    end
    in_valid = 0;
    repeat (DELAY + 2) @(negedge clk);
    if (hits == 0 || misses == 0 || bads == 0 || passed == 0) failed++;
    $display("%0d rows written, %0d hits, %0d misses, %0d with a bad word", written, hits, misses, bads);
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
