// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Table writes and lookups of vectors.py, one per cycle with pauses; results against tests/hw/tables.py. A lookup sees the
// writes before it: writes wait until the pipeline is empty where it could see one after it.
module tb;

  localparam int DEPTH = 64;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic init_done, in_valid = 0, in_search, out_valid, out_early, out_hit;
  frl_pkg::lookup_key_t in_key = '0;
  logic [19:0] out_rule;
  logic [7:0] out_punt;
  logic tw_valid = 0;
  logic [7:0] tw_table = 0;
  logic [31:0] tw_index = 0;
  logic [1535:0] tw_row = '0;

  lookup #(
      .N_BANKS(6),
      .BANK_SLOTS(64),
      .N_RULES(256)
  ) dut (
      .clk,
      .rst,
      .init_done,
      .in_valid,
      .in_search,
      .in_key,
      .out_early,
      .out_valid,
      .out_hit,
      .out_rule,
      .out_punt,
      .tw_valid,
      .tw_table,
      .tw_index,
      .tw_row
  );

  logic [28:0] results[DEPTH];  // punt, hit, rule
  logic [28:0] result, want;
  int sent = 0, seen = 0, passed = 0, failed = 0;
  logic early = 0;

  initial begin
    forever begin
      @(negedge clk);
      if (!rst) begin
        if (out_valid != early) begin
          failed++;
          $display("out_early did not tell");
        end
        if (out_valid) begin
          want = results[seen%DEPTH];
          result = {out_punt, out_hit, out_hit ? out_rule : 20'd0};
          if (seen < sent && result == want) passed++;
          else begin
            failed++;
            if (failed < 10) $display("lookup %0d: punt, hit, rule %h, expected %h", seen, result, want);
          end
          seen++;
        end
      end
      early = out_early && !rst;
    end
  end

  int seed, file;
  string folder;
  logic search, was_search;
  logic [7:0] table_read;
  logic [31:0] index_read;
  logic [1535:0] row_read;

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("vectors=%s", folder) == 0) folder = ".";
    $display("seed %0d", seed);
    void'($urandom(seed));
    file = $fopen({folder, "/lookup.txt"}, "r");
    if (file == 0) $fatal(1, "no vectors");
    was_search = 0;
    in_search = 1;
    repeat (4) @(negedge clk);
    rst = 0;
    while (!init_done) @(negedge clk);
    while ($fscanf(file, "%h %h %h %h\n", search, table_read, index_read, row_read) == 4) begin
      if (was_search && !search) repeat (16) @(negedge clk);
      was_search = search;
      if ($urandom % 8 == 0) repeat ($urandom % 20) @(negedge clk);
      if (search && $urandom % 8 == 0) begin  // a frame that needs no lookup passes in its place
        in_valid = 1;
        in_search = 0;
        in_key = '1;
        results[sent%DEPTH] = '0;
        sent++;
        @(negedge clk);
      end
      in_valid = search;
      in_search = 1;
      in_key = row_read[1279:0];
      tw_valid = !search;
      tw_table = table_read;
      tw_index = index_read;
      tw_row = row_read;
      if (search) begin
        results[sent%DEPTH] = index_read[28:0];
        sent++;
      end
      @(negedge clk);
      in_valid = 0;
      tw_valid = 0;
    end
    repeat (20) @(negedge clk);
    if (seen != sent || sent == 0) failed++;
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
