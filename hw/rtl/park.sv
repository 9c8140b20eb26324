// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Parks what belongs to a frame while the frame goes through a path of fixed latency: first in, first out,
// without flow control. The user guarantees at most DEPTH entries inside.
module park #(
    parameter int W = 8,  // bits of an entry
    parameter int DEPTH = 16  // entries, a power of two; at least the latency of the path
) (
    input wire clk,
    input wire rst,

    input wire         put,
    input wire [W-1:0] put_data,

    input  wire         take,      // not in the cycle of its own put
    output logic [W-1:0] take_data  // one cycle after take
);

  localparam int A = $clog2(DEPTH);
  if ((1 << A) != DEPTH || DEPTH < 2) $error("DEPTH must be a power of two");

  logic [W-1:0] mem[DEPTH];
  logic [A-1:0] wr_at, rd_at;

  always_ff @(posedge clk) begin
    if (put) mem[wr_at] <= put_data;
    if (take) take_data <= mem[rd_at];
    if (put) wr_at <= wr_at + 1'b1;
    if (take) rd_at <= rd_at + 1'b1;
    if (rst) begin
      wr_at <= '0;
      rd_at <= '0;
    end
  end

endmodule

`default_nettype wire
