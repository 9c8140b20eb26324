// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// One way of a bank's sub-table: its RAM, and whether the slot that was read has the fingerprint. Two stages.
module bank_way #(
    parameter int ROWS = 128  // rows, a power of two
) (
    input wire clk,

    input wire                    we,
    input wire [$clog2(ROWS)-1:0] wr_at,
    input wire [            63:0] wr_sealed, // parity in place of the highest bit, which is reserved

    input wire                    re,     // first stage: read
    input wire [$clog2(ROWS)-1:0] rd_at,
    input wire                    match,  // second stage, in the cycle after re: compare
    input wire [            23:0] fp,

    output logic        out_bad,  // word of wrong parity
    output logic [36:0] out_best  // no match, prio, rule
);

  logic [62:0] row;
  logic bad;
  frl_pkg::slot_row_t slot;

  sealed_ram #(
      .W(63),
      .DEPTH(ROWS)
  ) ram (
      .clk,
      .we,
      .wr_at,
      .wr_sealed,
      .re,
      .rd_at,
      .rd_row(row),
      .rd_bad(bad)
  );

  always_comb slot = {1'b0, row};

  always_ff @(posedge clk)
    if (match) begin
      out_best <= {!slot.valid || slot.fp != fp, slot.prio, slot.rule};
      out_bad  <= bad;
    end

  wire unused_bits = &{1'b0, slot.reserved4};

endmodule

`default_nettype wire
