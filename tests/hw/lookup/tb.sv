// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Table writes and lookups of vectors.py, one per cycle with pauses; results against tests/hw/tables.py, for the number of
// writes that had taken effect when the lookup read its slots.
module tb;

  localparam int DEPTH = 64;
  localparam int RESULTS = 9;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic init_done, in_valid = 0, in_search, out_valid, out_early, out_hit, out_probe;
  frl_pkg::lookup_key_t in_key = '0;
  logic [19:0] out_rule;
  logic [7:0] out_punt;
  logic wr_valid = 0, wr_ready, wr_tcam;
  logic [7:0] wr_table = 0;
  logic [31:0] wr_index = 0;
  logic [1535:0] wr_row = '0;
  logic [10:0] wr_flip = 0;

  lookup #(
      .N_BANKS(6),
      .BANK_SLOTS(64),
      .N_TCAM(32),
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
      .out_probe,
      .wr_valid,
      .wr_ready,
      .wr_table,
      .wr_index,
      .wr_row,
      .wr_flip,
      .wr_tcam
  );

  logic [RESULTS*29-1:0] results[DEPTH];  // punt, hit, rule for each number of writes
  int bases[DEPTH];  // writes before it
  int lines[DEPTH];  // of the file
  int epochs[DEPTH];  // writes that it saw
  logic [28:0] result, want;
  int sent = 0, probed = 0, seen = 0, passed = 0, failed = 0, line = 0, writes = 0, epoch = 0, saw;
  int seen_less = 0, seen_more = 0;  // lookups that overtook a TCAM row, or saw writes behind them
  logic early = 0;

  // A read in the cycle of a write gives the old row.
  always_ff @(posedge clk)
    if (!rst) begin
      if (out_probe) begin
        epochs[probed%DEPTH] <= epoch;
        probed <= probed + 1;
      end
      if (wr_tcam || (wr_valid && wr_table != frl_pkg::TABLE_TCAM)) epoch <= epoch + 1;
    end

  initial begin
    forever begin
      @(negedge clk);
      if (!rst) begin
        if (out_valid != early) begin
          failed++;
          $display("out_early did not tell");
        end
        if (out_valid) begin
          saw = epochs[seen%DEPTH] - bases[seen%DEPTH];
          if (saw < 0) seen_less++;
          if (saw > 0) seen_more++;
          want = results[seen%DEPTH][29*(RESULTS-2-saw)+:29];
          result = {out_punt, out_hit, out_hit ? out_rule : 20'd0};
          if (seen < sent && saw >= -1 && saw <= RESULTS - 2 && result == want) passed++;
          else begin
            failed++;
            if (failed < 10) $display("lookup %0d, line %0d, writes %0d: punt, hit, rule %h, expected %h", seen, lines[seen%DEPTH], saw, result, want);
          end
          seen++;
        end
      end
      early = out_early && !rst;
    end
  end

  // One cycle with what stands at the inputs; sampling above is done before they change.
  task automatic step;
    @(negedge clk);
    #0.5;
    in_valid = 0;
    wr_valid = 0;
  endtask

  int seed, file;
  string folder;
  logic search, waits, more;
  logic [7:0] table_read;
  logic [31:0] index_read;
  logic [1535:0] row_read;
  logic [10:0] flip_read;
  logic [RESULTS*29-1:0] results_read;

  task automatic send(input logic searched, input logic [1279:0] key, input logic [RESULTS*29-1:0] expected);
    in_valid = 1;
    in_search = searched;
    in_key = key;
    results[sent%DEPTH] = expected;
    bases[sent%DEPTH] = writes;
    lines[sent%DEPTH] = line;
    sent++;
    step;
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("vectors=%s", folder) == 0) folder = ".";
    $display("seed %0d", seed);
    void'($urandom(seed));
    file = $fopen({folder, "/lookup.txt"}, "r");
    if (file == 0) $fatal(1, "no vectors");
    in_search = 1;
    repeat (4) step;
    rst = 0;
    while (!init_done) step;
    more = 1;
    while (more && $fscanf(file, "%h ", search) == 1) begin
      line++;
      if ($urandom % 8 == 0) repeat ($urandom % 20) step;
      if (search) begin
        more = $fscanf(file, "%h %h\n", results_read, row_read) == 2;
        if ($urandom % 8 == 0) send(0, '1, '0);  // a frame that needs no lookup passes before it
        send(1, row_read[1279:0], results_read);
      end else begin
        more = $fscanf(file, "%h %h %h %h %h\n", waits, table_read, index_read, row_read, flip_read) == 5;
        while (!wr_ready || (waits && seen != sent)) step;
        wr_valid = 1;
        wr_table = table_read;
        wr_index = index_read;
        wr_row = row_read;
        wr_flip = flip_read;
        writes++;
        step;
      end
    end
    repeat (64) step;
    if (seen != sent || sent == 0 || epoch != writes || seen_less == 0 || seen_more == 0) failed++;
    $display("%0d lookups overtook a TCAM row, %0d saw writes behind them", seen_less, seen_more);
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
