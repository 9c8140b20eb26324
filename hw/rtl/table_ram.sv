// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A table: one port for lookups, one for the update engine. Contents after power-up are undefined.
// A read in the cycle of a write to the same row gives the old row.
module table_ram #(
    parameter int W = 64,  // bits of a row
    parameter int DEPTH = 1024  // rows, a power of two
) (
    input wire clk,

    input wire                     we,
    input wire [$clog2(DEPTH)-1:0] wr_at,
    input wire [            W-1:0] wr_row,

    input  wire                      re,
    input  wire  [$clog2(DEPTH)-1:0] rd_at,
    output logic [            W-1:0] rd_row  // one cycle after re
);

  if ((1 << $clog2(DEPTH)) != DEPTH || DEPTH < 2) $error("DEPTH must be a power of two");

  logic [W-1:0] mem[DEPTH];

  always_ff @(posedge clk) begin
    if (we) mem[wr_at] <= wr_row;
    if (re) rd_row <= mem[rd_at];
  end

endmodule

`default_nettype wire
