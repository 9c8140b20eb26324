// SPDX-License-Identifier: BSD-3-Clause
// FIFO of payload beats (what lies beyond the header vector), in the order of the frames. Room is given
// out by the writer's take pulse, ahead of the write.

`default_nettype none

module payload_ring #(
  // Beats, a power of two, more than one frame's.
  parameter int DEPTH = 512
) (
  input  wire logic    clk,
  input  wire logic    rst,
  // Room for a beat; the pulse that reserves it; the beat, some cycles later.
  output logic         room,
  input  wire logic    take,
  input  wire logic    wr_valid,
  input  wire logic [511:0] wr_data,
  // Oldest beat, and the pulse that removes it.
  output logic         rd_valid,
  output logic [511:0] rd_data,
  input  wire logic    rd_pop
);

  localparam int A_W = $clog2(DEPTH);

  if (DEPTH * 64 < frl_pkg::MAX_FRAME) $error("payload_ring: DEPTH is below the longest frame");

  logic [A_W:0] wr_ptr, rd_ptr;  // one bit further than the address
  logic [A_W:0] used;            // reserved beats that have not been read into rd_data
  logic         rd_en;

  assign room = !used[A_W];
  assign rd_en = wr_ptr != rd_ptr && (!rd_valid || rd_pop);

  always_ff @(posedge clk) begin
    if (wr_valid) wr_ptr <= wr_ptr + 1'b1;
    if (rd_en) rd_ptr <= rd_ptr + 1'b1;
    if (rd_en || rd_pop) rd_valid <= rd_en;
    if (take != rd_en) used <= take ? used + 1'b1 : used - 1'b1;
    if (rst) begin
      wr_ptr <= '0;
      rd_ptr <= '0;
      rd_valid <= 1'b0;
      used <= '0;
    end
  end

  frame_ram #(.W(512), .DEPTH(DEPTH)) beats (
    .clk, .wr_en(wr_valid), .wr_addr(wr_ptr[A_W-1:0]), .wr_data,
    .rd_en, .rd_addr(rd_ptr[A_W-1:0]), .rd_data
  );

endmodule

`default_nettype wire
