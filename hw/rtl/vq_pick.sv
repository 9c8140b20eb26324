// SPDX-License-Identifier: BSD-3-Clause
// Takes 64 flags in turn: the first set one at or behind `from`, else the first of all.

`default_nettype none

module vq_pick #(
  // 0: always the first of all, whatever `from`.
  parameter bit TURNS = 1
) (
  input  wire logic [63:0] flags,
  input  wire logic [5:0]  from,
  output logic             any,
  output logic      [5:0]  pick
);

  logic [63:0] behind, pool;

  always_comb begin
    any  = flags != '0;
    pick = '0;
    behind = '0;
    pool   = '0;
    if (any) begin
      behind = TURNS ? flags & ({64{1'b1}} << from) : flags;
      pool   = behind != '0 ? behind : flags;
      // Lowest set bit alone, then its number.
      pool = pool & (~pool + 64'd1);
      pick = {|(pool & 64'hffffffff00000000), |(pool & 64'hffff0000ffff0000), |(pool & 64'hff00ff00ff00ff00),
              |(pool & 64'hf0f0f0f0f0f0f0f0), |(pool & 64'hcccccccccccccccc), |(pool & 64'haaaaaaaaaaaaaaaa)};
    end
  end

endmodule

`default_nettype wire
