// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// table_ram in the sizes that the chip has, and one whose rows are stored in part.
module tb;

  localparam int N = 6;

  logic clk = 0;
  int   passed[N];
  int   failed[N];
  logic done[N];

  check #(.W(1280), .OPERATIONS(300)) keys (.clk, .passed(passed[0]), .failed(failed[0]), .done(done[0]));
  check #(.W(640)) legs (.clk, .passed(passed[1]), .failed(failed[1]), .done(done[1]));
  check #(.W(256)) encaps (.clk, .passed(passed[2]), .failed(failed[2]), .done(done[2]));
  check #(.W(128), .DEPTH(2)) teams (.clk, .passed(passed[3]), .failed(failed[3]), .done(done[3]));
  check #(.W(32), .ROW_W(64)) rules (.clk, .passed(passed[4]), .failed(failed[4]), .done(done[4]));
  check #(.W(63), .ROW_W(64)) slots (.clk, .passed(passed[5]), .failed(failed[5]), .done(done[5]));

  int seed, good, bad;
  logic all;

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    $display("seed %0d", seed);
    void'($urandom(seed));
    all = 0;
    while (!all) begin
      #1 clk = !clk;
      all = 1;
      for (int i = 0; i < N; i++) all = all && done[i];
    end
    good = 0;
    bad  = 0;
    for (int i = 0; i < N; i++) begin
      good += passed[i];
      bad += failed[i];
    end
    $display("%0d passed, %0d failed", good, bad);
    $finish;
  end

endmodule

`default_nettype wire
