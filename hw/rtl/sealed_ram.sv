// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A table of rows that row_seal made. One port for lookups, one for the update engine. Contents after power-up are
// undefined. A read in the cycle of a write to the same row gives the old row.
module sealed_ram #(
    parameter int W = 64,  // bits of a row, without parity
    parameter int DEPTH = 1024,  // rows, a power of two
    localparam int P = W <= 80 ? 1 : 1 << $clog2((W + 79) / 80)  // parity bits, as row_seal makes them
) (
    input wire clk,

    input wire                     we,
    input wire [$clog2(DEPTH)-1:0] wr_at,
    input wire [          P+W-1:0] wr_sealed,

    input  wire                      re,
    input  wire  [$clog2(DEPTH)-1:0] rd_at,
    output logic [            W-1:0] rd_row,  // one cycle after re
    output logic                     rd_bad   // it has wrong parity
);

  localparam int WORDS = (W + 31) / 32;
  if ((1 << $clog2(DEPTH)) != DEPTH || DEPTH < 2) $error("DEPTH must be a power of two");

  logic [P+W-1:0] mem[DEPTH];
  logic [P+W-1:0] word;

  always_ff @(posedge clk) begin
    if (we) mem[wr_at] <= wr_sealed;
    if (re) word <= mem[rd_at];
  end

  logic [32*WORDS-1:0] words;
  logic [31:0] fold;
  logic [P-1:0] parity;

  always_comb begin
    rd_row = word[W-1:0];
    words = '0;
    words[W-1:0] = rd_row;
    fold = '0;
    for (int i = 0; i < WORDS; i++) fold = fold ^ words[32*i+:32];
    parity = word[W+:P];
    for (int i = 0; i < 32 / P; i++) parity = parity ^ fold[P*i+:P];
    rd_bad = parity != '0;
  end

endmodule

`default_nettype wire
