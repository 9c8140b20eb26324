// SPDX-License-Identifier: BSD-3-Clause
// A RAM with one write and one registered read port. The read value holds while rd_en is 0. Reading the
// row that is written in the same cycle gives the old value; nothing here does.

`default_nettype none

module frame_ram #(
  // Bits of a row.
  parameter int W = 64,
  // Rows, a power of two.
  parameter int DEPTH = 16,
  localparam int A_W = $clog2(DEPTH)
) (
  input  wire logic           clk,
  input  wire logic           wr_en,
  input  wire logic [A_W-1:0] wr_addr,
  input  wire logic [W-1:0]   wr_data,
  input  wire logic           rd_en,
  input  wire logic [A_W-1:0] rd_addr,
  output logic      [W-1:0]   rd_data
);

  logic [W-1:0] rows[DEPTH];

  always_ff @(posedge clk) begin
    if (wr_en) rows[wr_addr] <= wr_data;
    if (rd_en) rd_data <= rows[rd_addr];
  end

endmodule

`default_nettype wire
