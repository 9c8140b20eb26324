// SPDX-License-Identifier: BSD-3-Clause
// What a first-in first-out store must do, seen from outside: any one word, picked freely, comes out after exactly the
// words that were put before it, once, and unchanged. Nothing comes out of an empty store.

`default_nettype none

module fifo_watch #(
  // Bits of a word.
  parameter int W = 8,
  // Words that may be inside.
  parameter int MAX = 4,
  localparam int C_W = $clog2(MAX + 1) + 1
) (
  input  wire logic           clk,
  input  wire logic           rst,
  // A word goes in; it is the one to watch (free, only the first counts).
  input  wire logic           put,
  input  wire logic [W-1:0]   put_data,
  input  wire logic           pick,
  // A word comes out.
  input  wire logic           take,
  input  wire logic [W-1:0]   take_data,
  // Words inside; the watched one is inside; how many are before it; its value.
  output logic      [C_W-1:0] count,
  output logic                in_store,
  output logic      [C_W-1:0] ahead,
  output logic      [W-1:0]   value
);

  logic seen;

  always_ff @(posedge clk) begin
    count <= count + C_W'(put) - C_W'(take);
    if (put && pick && !seen) begin
      {seen, in_store} <= 2'b11;
      value <= put_data;
      ahead <= count - C_W'(take);
    end else if (in_store && take) begin
      if (ahead == '0) in_store <= 1'b0;
      else ahead <= ahead - 1'b1;
    end
    if (rst) begin
      count <= '0;
      {seen, in_store} <= 2'b00;
    end
  end

  always_comb
    if (!rst) begin
      assert (count <= C_W'(MAX));
      assert (!take || count != '0);
      assert (!in_store || ahead < count);
      assert (!in_store || seen);
      if (in_store && take && ahead == '0) assert (take_data == value);
    end

endmodule

`default_nettype wire
