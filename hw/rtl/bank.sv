// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A masked hash bank: two sub-tables of four ways, probed in the same cycle. Names the best of the eight slots
// whose fingerprint matches, by priority, then by rule. One lookup per cycle, ten stages; slots are read in the seventh.
// The hash is described in hw/data/chip.toml, [hash]; its last multipliers come as inputs, so that all banks are one
// module.
//
// A slot word of wrong parity decides nothing, whatever it says: also one that reads "not valid" may have been valid.
module bank #(
    parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS  // slots, a power of two, at least 16
) (
    input wire clk,
    input wire rst,
    output logic init_done,  // all slots were cleared after reset

    input wire [127:0] mul_a,  // A of sub-table 0 in the lower half
    input wire [127:0] mul_b,  // B likewise

    input wire          in_valid,
    input wire [1279:0] in_key,

    input wire          mask_we,
    input wire [1279:0] mask_row,
    input wire          mask_enable,

    input wire        slot_we,
    input wire [ 2:0] slot_ram,   // sub-table in bit 2, way in bits 1:0
    input wire [15:0] slot_at,    // row
    input wire [63:0] slot_word,  // sealed

    output logic        out_hit,  // ten cycles after in_valid: there is one
    output logic        out_bad,  // a slot word that was read has wrong parity
    output logic [36:0] out_best  // 0, prio, rule, when there is one
);
  /* verilator no_inline_module */

  localparam int ROWS = BANK_SLOTS / 8;
  localparam int R = $clog2(ROWS);
  if ((1 << R) != ROWS || ROWS < 2 || R > 16) $error("BANK_SLOTS must be a power of two from 16 to 524288");

  localparam logic [1279:0] NH = frl_pkg::NH_KEY;

  logic enable;
  logic [1279:0] mask;

  always_ff @(posedge clk) begin
    if (mask_we) begin
      mask   <= mask_row;
      enable <= mask_enable;
    end
    if (rst) enable <= 1'b0;
  end

  // One of the device's multipliers: 26 by 17 bits. A product of 32-bit words x and y takes four, x cut at bit 26 and y at
  // bit 17, and is three terms: {x1 * y1, x0 * y0} at bit 0, x0 * y1 at bit 17, x1 * y0 at bit 26. The terms of all
  // products are summed apart, in at0_*, at17_* and at26_*, and put together once.
  function automatic [42:0] mul(input [25:0] a, input [16:0] b);
    mul = 43'(a) * 43'(b);
  endfunction

  // A sum that goes into another sum, when there is one at all. Yosys makes a carry chain of each sum behind a gate, and
  // the gate in two halves goes into the LUTs of that; of a sum of sums it makes carry-save adders, twice as large.
  function automatic [63:0] gate(input on, input [63:0] sum);
    gate = {sum[63:32] & {32{on}}, sum[31:0] & {32{on}}};
  endfunction

  // ---- Stages 1 to 4: sum of products of words ----
  logic v1, v2, v3, v4;
  logic [1279:0] word1;
  logic [10*64-1:0] at0_2, at17_2, at26_2;
  logic [2*64-1:0] at0_3, at17_3, at26_3;
  logic [63:0] nh4;

  always_ff @(posedge clk) begin
    v1 <= in_valid && enable && !rst;
    v2 <= v1 && !rst;
    v3 <= v2 && !rst;
    v4 <= v3 && !rst;
    // x - ~y is x + y + 1: written so, masking and adding are one LUT for each bit.
    if (in_valid && enable)
      for (int i = 0; i < 40; i++) word1[32*i+:32] <= (NH[32*i+:32] - 32'd1) - ~(in_key[32*i+:32] & mask[32*i+:32]);
    if (v1)
      for (int i = 0; i < 10; i++) begin : products
        logic [31:0] xa, ya, xb, yb;
        {ya, xa} = word1[128*i+:64];
        {yb, xb} = word1[128*i+64+:64];
        at0_2[64*i+:64] <= {21'(mul(26'(xa[31:26]), 17'(ya[31:17]))), mul(xa[25:0], ya[16:0])} +
            {21'(mul(26'(xb[31:26]), 17'(yb[31:17]))), mul(xb[25:0], yb[16:0])};
        at17_2[64*i+:64] <= 64'(mul(xa[25:0], 17'(ya[31:17]))) + 64'(mul(xb[25:0], 17'(yb[31:17])));
        at26_2[64*i+:64] <= 64'(mul(26'(xa[31:26]), ya[16:0])) + 64'(mul(26'(xb[31:26]), yb[16:0]));
      end
    if (v2)
      for (int h = 0; h < 2; h++) begin : halves
        logic [63:0] at0, at17, at26;
        at0 = at0_2[320*h+:64];
        at17 = at17_2[320*h+:64];
        at26 = at26_2[320*h+:64];
        for (int i = 1; i < 5; i++) begin
          at0 = at0_2[320*h+64*i+:64] + gate(v2, at0);
          at17 = at17_2[320*h+64*i+:64] + gate(v2, at17);
          at26 = at26_2[320*h+64*i+:64] + gate(v2, at26);
        end
        at0_3[64*h+:64] <= at0;
        at17_3[64*h+:64] <= at17;
        at26_3[64*h+:64] <= at26;
      end
    if (v3) begin : whole
      logic [63:0] sum;
      sum = at0_3[63:0] + at0_3[127:64];
      sum[63:17] = sum[63:17] + 47'(gate(v3, at17_3[63:0] + at17_3[127:64]));
      sum[63:26] = sum[63:26] + 38'(gate(v3, at26_3[63:0] + at26_3[127:64]));
      nh4 <= sum;
    end
  end

  // ---- Stages 5 and 6: hash of each sub-table ----
  // Here a is cut at bits 26 and 52, x at bit 17: {a1 * x1, a0 * x0} at bit 0, a0 * x1 at bit 17, a1 * x0 at bit 26, a2 * x0
  // at bit 52; what is above bit 63 is not made.
  logic v5, v6;
  logic [127:0] at0_5;
  logic [2*42-1:0] at17_5;
  logic [2*38-1:0] at26_5;
  logic [2*12-1:0] at52_5;
  logic [127:0] hash6;

  always_ff @(posedge clk) begin
    v5 <= v4 && !rst;
    v6 <= v5 && !rst;
    for (int s = 0; s < 2; s++) begin
      if (v4) begin : products
        logic [63:0] a, b;
        logic [31:0] x, y;
        a = mul_a[64*s+:64];
        b = mul_b[64*s+:64];
        {y, x} = nh4;
        at0_5[64*s+:64] <= {21'(mul(a[51:26], 17'(x[31:17]))), mul(a[25:0], x[16:0])} +
            {21'(mul(b[51:26], 17'(y[31:17]))), mul(b[25:0], y[16:0])};
        at17_5[42*s+:42] <= 42'(mul(a[25:0], 17'(x[31:17]))) + 42'(mul(b[25:0], 17'(y[31:17])));
        at26_5[38*s+:38] <= 38'(mul(a[51:26], x[16:0])) + 38'(mul(b[51:26], y[16:0]));
        at52_5[12*s+:12] <= 12'(mul(26'(a[63:52]), x[16:0])) + 12'(mul(26'(b[63:52]), y[16:0]));
      end
      if (v5) begin : whole
        logic [63:0] sum;
        sum = at0_5[64*s+:64];
        sum[63:17] = sum[63:17] + 47'(at17_5[42*s+:42]);
        sum[63:26] = sum[63:26] + at26_5[38*s+:38];
        sum[63:52] = sum[63:52] + at52_5[12*s+:12];
        hash6[64*s+:64] <= sum;
      end
    end
  end

  // ---- Stages 7 and 8: slots; cleared after reset ----
  logic [R-1:0] sweep_at;
  logic v7;
  logic [2*24-1:0] fp7;
  logic [8*37-1:0] best8;  // no match, prio, rule of each way
  logic [7:0] bad8;

  always_ff @(posedge clk) begin
    v7 <= v6 && !rst;
    if (v6) fp7 <= {hash6[96+:24], hash6[32+:24]};
    if (!init_done) sweep_at <= sweep_at + 1'b1;
    if (!init_done && &sweep_at) init_done <= 1'b1;
    if (rst) begin
      sweep_at  <= '0;
      init_done <= 1'b0;
    end
  end

  for (genvar g = 0; g < 8; g++) begin : ways
    bank_way #(
        .ROWS(ROWS)
    ) way (
        .clk,
        .we(!init_done || (slot_we && slot_ram == g)),
        .wr_at(init_done ? slot_at[R-1:0] : sweep_at),
        .wr_sealed(init_done ? slot_word : 64'd0),
        .re(v6),
        .rd_at(hash6[64*(g/4)+64-R+:R]),
        .match(v7),
        .fp(fp7[24*(g/4)+:24]),
        .out_bad(bad8[g]),
        .out_best(best8[37*g+:37])
    );
  end

  // ---- Stages 9 and 10: the best of all ways ----
  logic v8, v9, bad9, some8;
  logic [2*37-1:0] best9;

  always_comb begin
    some8 = 1'b0;
    for (int i = 0; i < 8; i++) some8 = some8 || !best8[37*i+36];
    some8 = some8 && v8;
  end

  rank4 #(
      .N(8),
      .W(37)
  ) rank9 (
      .clk,
      .in_any(some8),
      .in_each(best8),
      .out_each(best9)
  );

  rank4 #(
      .N(2),
      .W(37)
  ) rank10 (
      .clk,
      .in_any(v9),
      .in_each(best9),
      .out_each(out_best)
  );

  always_ff @(posedge clk) begin
    v8 <= v7 && !rst;
    v9 <= some8 && !rst;
    bad9 <= v8 && bad8 != 8'd0 && !rst;
    out_hit <= v9 && !rst;
    out_bad <= bad9 && !rst;
  end

  wire unused_bits = &{1'b0, slot_at, hash6};

endmodule

`default_nettype wire
