// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A table: rows get their parity when they are written (row_seal), and it is checked when they are read. One port for
// lookups, one for the update engine. Contents after power-up are undefined. A read in the cycle of a write to the same
// row gives the old row.
module table_ram #(
    parameter int W = 64,  // bits of a row that are stored
    parameter int ROW_W = W,  // bits of a row as it is written; those from W on must be zero, or the row reads as bad
    parameter int DEPTH = 1024  // rows, a power of two
) (
    input wire clk,

    input wire                     we,
    input wire [$clog2(DEPTH)-1:0] wr_at,
    input wire [        ROW_W-1:0] wr_row,
    input wire [             10:0] wr_flip,  // 0, or 1 + the bit of the row that is stored inverted

    input  wire                      re,
    input  wire  [$clog2(DEPTH)-1:0] rd_at,
    output logic [            W-1:0] rd_row,  // one cycle after re
    output logic                     rd_bad   // it has wrong parity
);

  localparam int P = W <= 80 ? 1 : 1 << $clog2((W + 79) / 80);
  logic [P+W-1:0] sealed;

  row_seal #(
      .ROW_W(ROW_W),
      .W(W)
  ) seal (
      .en(we),
      .row(wr_row),
      .flip(wr_flip),
      .sealed
  );

  sealed_ram #(
      .W(W),
      .DEPTH(DEPTH)
  ) ram (
      .clk,
      .we,
      .wr_at,
      .wr_sealed(sealed),
      .re,
      .rd_at,
      .rd_row,
      .rd_bad
  );

endmodule

`default_nettype wire
