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

  // ---- Stages 1 to 4: sum of products of words ----
  logic v1, v2, v3, v4;
  logic [1279:0] word1;
  logic [1279:0] prod2;
  logic [255:0] part3;
  logic [63:0] nh4;

  always_ff @(posedge clk) begin
    v1 <= in_valid && enable && !rst;
    v2 <= v1 && !rst;
    v3 <= v2 && !rst;
    v4 <= v3 && !rst;
    if (in_valid && enable)
      for (int i = 0; i < 40; i++) word1[32*i+:32] <= (in_key[32*i+:32] & mask[32*i+:32]) + NH[32*i+:32];
    if (v1)
      for (int i = 0; i < 20; i++) prod2[64*i+:64] <= {32'd0, word1[64*i+:32]} * {32'd0, word1[64*i+32+:32]};
    if (v2)
      for (int i = 0; i < 4; i++)
        part3[64*i+:64] <= prod2[320*i+:64] + prod2[320*i+64+:64] + prod2[320*i+128+:64] + prod2[320*i+192+:64] +
                           prod2[320*i+256+:64];
    if (v3) nh4 <= part3[63:0] + part3[127:64] + part3[191:128] + part3[255:192];
  end

  // ---- Stages 5 and 6: hash of each sub-table ----
  logic v5, v6;
  logic [127:0] lo5, hi5;
  logic [127:0] hash6;

  always_ff @(posedge clk) begin
    v5 <= v4 && !rst;
    v6 <= v5 && !rst;
    for (int s = 0; s < 2; s++) begin
      if (v4) lo5[64*s+:64] <= {32'd0, nh4[31:0]} * mul_a[64*s+:64];
      if (v4) hi5[64*s+:64] <= {32'd0, nh4[63:32]} * mul_b[64*s+:64];
      if (v5) hash6[64*s+:64] <= lo5[64*s+:64] + hi5[64*s+:64];
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
