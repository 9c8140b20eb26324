// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// One way of a bank's sub-table: its RAM, and whether the slot that was read has the fingerprint. Two stages.
module bank_way #(
    parameter int ROWS = 128  // rows, a power of two
) (
    input wire clk,

    input wire                    we,
    input wire [$clog2(ROWS)-1:0] wr_at,
    input wire [            63:0] wr_word,

    input wire                    re,     // first stage: read
    input wire [$clog2(ROWS)-1:0] rd_at,
    input wire                    match,  // second stage, in the cycle after re: compare
    input wire [            15:0] fp,

    output logic        out_bad,  // word of wrong parity
    output logic [36:0] out_best  // hit, prio, rule; prio and rule are all ones when the slot does not match
);

  frl_pkg::slot_row_t slot;

  table_ram #(
      .W(64),
      .DEPTH(ROWS)
  ) ram (
      .clk,
      .we,
      .wr_at,
      .wr_row(wr_word),
      .re,
      .rd_at,
      .rd_row(slot)
  );

  always_ff @(posedge clk)
    if (match) begin
      out_best <= slot.valid && slot.fp == fp ? {1'b1, slot.prio, slot.rule} : 37'h0fffffffff;
      out_bad  <= ^slot;
    end

endmodule

`default_nettype wire
