// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Makes the parity of a table row as it is written (hw/README.md, "Table writes"). Parity bit p is even over the bits
// p, p + P, p + 2P ... of the row, so that neighbours which fail together are in different groups. Bits of the row that
// the table does not store are in the parity as zero: a row that has one of them set, be it by flip, reads as bad.
module row_seal #(
    parameter int ROW_W = 64,  // bits of the row
    parameter int W = ROW_W,  // the lowest W of them are stored
    localparam int P = W <= 80 ? 1 : 1 << $clog2((W + 79) / 80)  // parity bits: at least one for each 80 stored bits
) (
    input wire             en,  // else the result says nothing
    input wire [ROW_W-1:0] row,
    input wire [     10:0] flip,  // 0, or 1 + the bit that is inverted behind the parity generator

    output logic [P+W-1:0] sealed  // parity in the upper bits
);

  localparam int WORDS = (W + 31) / 32;
  if (W > ROW_W || ROW_W > 1536) $error("W must not be more than ROW_W, ROW_W at most 1536");
  if (P > 32) $error("W must be at most 2560");

  logic [ROW_W-1:0] stored;
  logic [32*WORDS-1:0] words;
  logic [31:0] fold;
  logic [P-1:0] parity;

  always_comb begin
    stored = '0;
    words  = '0;
    fold   = '0;
    parity = '0;
    sealed = '0;
    if (en) begin
      stored = row;
      if (flip != 11'd0) stored = row ^ ({{(ROW_W - 1) {1'b0}}, 1'b1} << (flip - 11'd1));
      words[W-1:0] = row[W-1:0];
      for (int i = 0; i < WORDS; i++) fold = fold ^ words[32*i+:32];
      for (int i = 0; i < 32 / P; i++) parity = parity ^ fold[P*i+:P];
      sealed = {parity, stored[W-1:0]};
      sealed[W] = parity[0] ^ (^(stored >> W));
    end
  end

endmodule

`default_nettype wire
