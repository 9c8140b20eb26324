// SPDX-License-Identifier: BSD-3-Clause
// table_ram: what was written is read, and a single inverted bit, wherever it is, is told; a row without one is not.
// Of the three shapes of tables: one parity bit; several, and more than one word; rows with bits that are not stored. Any
// two rows are written, either with any bit inverted or none, and then read. Small: a parity bit for 8 bits, not for 80.

`default_nettype none

module prove_table_ram (
  input wire logic         clk,
  input wire logic [39:0] any_row,
  input wire logic [5:0]   any_flip
);

  logic [2:0] step;  // 0: write row 0, 1: write row 1, 2: read row 0, 3: read row 1
  initial step = 3'd0;
  always_ff @(posedge clk) if (step != 3'd5) step <= step + 3'd1;

  logic [39:0] row0, row1;
  logic [5:0]   flip0, flip1;
  always_ff @(posedge clk) begin
    if (step == 3'd0) {row0, flip0} <= {any_row, any_flip};
    if (step == 3'd1) {row1, flip1} <= {any_row, any_flip};
  end

  for (genvar g = 0; g < 3; g++) begin : shapes
    localparam int ROW_W = g == 0 ? 7 : g == 1 ? 40 : 16;
    localparam int W = g == 2 ? 11 : ROW_W;

    logic [W-1:0] rd_row;
    logic         rd_bad;
    logic [ROW_W-1:0] row;

    always_comb begin
      row = '0;
      row[W-1:0] = any_row[W-1:0];
    end

    table_ram #(.W(W), .ROW_W(ROW_W), .DEPTH(2)) dut (
      .clk, .we(step < 3'd2), .wr_at(step == 3'd1), .wr_row(row),
      .wr_flip(11'(any_flip) > 11'(ROW_W) ? 11'd0 : 11'(any_flip)), .re(step[2:1] == 2'd1), .rd_at(step == 3'd3), .rd_row,
      .rd_bad
    );

    always_comb begin
      if (step == 3'd3) begin
        assert (rd_bad == (flip0 != 6'd0 && 11'(flip0) <= 11'(ROW_W)));
        if (!rd_bad) assert (rd_row == row0[W-1:0]);
      end
      if (step == 3'd4) begin
        assert (rd_bad == (flip1 != 6'd0 && 11'(flip1) <= 11'(ROW_W)));
        if (!rd_bad) assert (rd_row == row1[W-1:0]);
      end
    end
  end

endmodule

`default_nettype wire
