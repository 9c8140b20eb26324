// SPDX-License-Identifier: BSD-3-Clause
// Cuts a stream of bytes anew: pieces of 1 to 64 bytes go in, pieces of 1 to 64 bytes of any other
// lengths come out. Piece boundaries are the users' to know; the sums of both sides are equal over a frame.

`default_nettype none

module vq_repack (
  input  wire logic         clk,
  input  wire logic         rst,
  // Forget what is inside.
  input  wire logic         clear,

  // Piece that comes: byte 0 in in_data[7:0]; what stands above in_bytes is ignored.
  input  wire logic         in_valid,
  output logic              in_ready,
  input  wire logic [511:0] in_data,
  input  wire logic [6:0]   in_bytes,

  // Piece that is wanted; take_fire: it goes to the output register in this cycle.
  input  wire logic         take_valid,
  output logic              take_fire,
  input  wire logic [6:0]   take_bytes,

  // Output register. What stands above the piece's bytes says nothing.
  output logic              out_valid,
  input  wire logic         out_ready,
  output logic      [511:0] out_data
);

  logic [511:0] rest;  // bytes from `have` on say nothing
  logic [6:0]   have;  // 0 to 63
  logic [7:0]   sum;
  logic         use_in, enough, room;

  always_comb begin
    room      = !out_valid || out_ready;
    sum       = 8'(have) + 8'(in_bytes);
    enough    = have >= take_bytes;
    take_fire = take_valid && room && (enough || (in_valid && sum >= 8'(take_bytes)));
  end
  always_comb in_ready = take_valid && !enough && (room || sum < 8'(take_bytes));
  always_comb use_in = in_valid && in_ready;

  // The new bytes are turned to their place behind those that rest, and what is taken is shifted out. Each step moves by
  // a power of two, the long ones first when bytes are thrown away, so that two steps are one LUT for each bit.
  always_ff @(posedge clk) begin
    if (use_in || take_fire) begin : work
      logic [511:0]  turned, keep, first;
      logic [1023:0] both;
      turned = in_data;
      for (int i = 0; i < 6; i++) if (have[i]) turned = (turned << (8 << i)) | (turned >> (512 - (8 << i)));
      keep  = ~({512{1'b1}} << {have[5:0], 3'b0});
      first = (rest & keep) | (turned & ~keep);
      both  = {turned, first};
      for (int i = 6; i >= 0; i--) if (take_bytes[i]) both = both >> (8 << i);
      if (take_fire) out_data <= first;
      rest <= take_fire ? both[511:0] : first;
    end
  end

  always_ff @(posedge clk) begin
    have <= have + (use_in ? in_bytes : 7'd0) - (take_fire ? take_bytes : 7'd0);
    if (take_fire) out_valid <= 1'b1;
    else if (out_ready) out_valid <= 1'b0;
    if (clear) have <= '0;
    if (rst) begin
      have      <= '0;
      out_valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
