// SPDX-License-Identifier: BSD-3-Clause
// Free beats of a frame FIFO, as its only writer sees it: a whole frame's beats are taken at once, before
// they are written, and come back one by one as they leave.

`default_nettype none

module frame_room #(
  // Beats of the FIFO.
  parameter int DEPTH = 512
) (
  input  wire logic       clk,
  input  wire logic       rst,
  // Beats that are wanted; there is room for them; take them.
  input  wire logic [7:0] beats,
  output logic            ok,
  input  wire logic       take,
  // A beat left the FIFO.
  input  wire logic       give
);

  localparam int W = $clog2(DEPTH) + 1;

  logic [W-1:0] free;

  assign ok = free >= W'(beats);

  always_ff @(posedge clk) begin
    if (take || give) free <= free - (take ? W'(beats) : '0) + W'(give);
    if (rst) free <= W'(DEPTH);
  end

endmodule

`default_nettype wire
