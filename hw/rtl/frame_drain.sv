// SPDX-License-Identifier: BSD-3-Clause
// Colours of frames: tells when every frame that entered before a flip has left, with all of its copies.
// A new flip is given only when drain_busy is 0.

`default_nettype none

module frame_drain #(
  // Bits that count the frames in the header path and in the replica loop.
  parameter int COUNT_W = 12
) (
  input  wire logic clk,
  input  wire logic rst,
  // Colour of frames that enter now.
  output logic      colour,
  // Frames of the other colour are inside.
  input  wire logic flip,
  output logic      drain_busy,
  // A frame enters with `colour` (copies do not count again); a frame leaves, or its last copy.
  input  wire logic enter,
  input  wire logic leave,
  input  wire logic leave_colour
);

  logic [COUNT_W-1:0] count0, count1;
  logic               up0, up1, down0, down1;

  assign up0 = enter && !colour;
  assign up1 = enter && colour;
  assign down0 = leave && !leave_colour;
  assign down1 = leave && leave_colour;
  assign drain_busy = colour ? count0 != '0 : count1 != '0;

  always_ff @(posedge clk) begin
    if (flip) colour <= !colour;
    if (up0 != down0) count0 <= up0 ? count0 + 1'b1 : count0 - 1'b1;
    if (up1 != down1) count1 <= up1 ? count1 + 1'b1 : count1 - 1'b1;
    if (rst) begin
      colour <= 1'b0;
      count0 <= '0;
      count1 <= '0;
    end
  end

endmodule

`default_nettype wire
