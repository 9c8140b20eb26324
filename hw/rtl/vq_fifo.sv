// SPDX-License-Identifier: BSD-3-Clause
// First-in first-out store on a RAM with registered read: out_data is the RAM's output register, so a
// word can be taken two cycles after it came, and one per cycle from then on.

`default_nettype none

module vq_fifo #(
  // Width of a word in bits.
  parameter int W = 8,
  // Words in the RAM, a power of two, at least 2. One more stands in the output register.
  parameter int DEPTH = 16
) (
  input  wire logic clk,
  input  wire logic rst,

  input  wire logic         in_valid,
  output logic              in_ready,
  input  wire logic [W-1:0] in_data,

  output logic              out_valid,
  input  wire logic         out_ready,
  output logic      [W-1:0] out_data
);

  localparam int AW = $clog2(DEPTH);
  if (DEPTH < 2 || 2 ** AW != DEPTH) $error("DEPTH must be a power of two");

  logic [W-1:0] mem[DEPTH];
  logic [AW:0]  wr_ptr, rd_ptr;
  logic         load;

  always_comb begin
    in_ready = wr_ptr != (rd_ptr ^ {1'b1, {AW{1'b0}}});
    load     = (!out_valid || out_ready) && wr_ptr != rd_ptr;
  end

  always_ff @(posedge clk) begin
    if (in_valid && in_ready) mem[wr_ptr[AW-1:0]] <= in_data;
    if (load) out_data <= mem[rd_ptr[AW-1:0]];
  end

  always_ff @(posedge clk) begin
    if (in_valid && in_ready) wr_ptr <= wr_ptr + 1'b1;
    if (load) rd_ptr <= rd_ptr + 1'b1;
    if (load) out_valid <= 1'b1;
    else if (out_ready) out_valid <= 1'b0;
    if (rst) begin
      wr_ptr    <= '0;
      rd_ptr    <= '0;
      out_valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
