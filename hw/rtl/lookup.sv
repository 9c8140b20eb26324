// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Probes all banks and the TCAM, takes the winner by priority (on a tie the lower rule), reads its key and compares it
// under the mask of its bank or TCAM entry. Only the winner is compared: a fingerprint or a TCAM that lied sends the frame
// to the host, as does a table word of wrong parity. One lookup per cycle, 16 stages. Slots are read, and valid bits of
// the TCAM applied, in the seventh: one epoch describes both.
module lookup #(
    parameter int N_BANKS = frl_pkg::N_BANKS,  // banks, 1 to 32
    parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,  // slots of a bank, a power of two
    parameter int N_TCAM = frl_pkg::N_TCAM,  // entries of the TCAM, a power of two from 16 to 256
    parameter int N_RULES = frl_pkg::N_RULES  // rows of the key store, a power of two
) (
    input wire clk,
    input wire rst,
    output logic init_done,  // all slots were cleared after reset; write no table before

    input wire                  in_valid,
    input wire                  in_search,  // 0: the frame needs no lookup, it passes through
    input frl_pkg::lookup_key_t in_key,

    output logic        out_early,  // out_valid of the next cycle
    output logic        out_valid,
    output logic        out_hit,    // 0 with a punt
    output logic [19:0] out_rule,
    output logic [ 7:0] out_punt,   // enum punt: NONE, FINGERPRINT or TABLE_PARITY
    output logic        out_probe,  // the frame of out_valid nine cycles later reads slots in this cycle

    // Table writes: BANK, SLOT, KEY, TCAM_MASK and TCAM are for this module. A row of TCAM must stay until wr_ready is 1
    // again, from the cycle after wr_valid on, and no other may be written.
    input  wire          wr_valid,
    output logic         wr_ready,
    input  wire [   7:0] wr_table,
    input  wire [  31:0] wr_index,
    input  wire [1535:0] wr_row,
    input  wire [  10:0] wr_flip,
    output logic         wr_tcam    // the row of TCAM takes effect in this cycle
);

  localparam int RULE_W = $clog2(N_RULES);
  localparam int TCAM_W = $clog2(N_TCAM);
  // A candidate: no match, prio, rule, whether it is from the TCAM, number of bank or TCAM entry.
  localparam int CAND_W = 46;
  localparam int N_CAND = N_BANKS + 1;
  localparam int GROUPS11 = (N_CAND + 3) / 4;
  localparam int GROUPS12 = (GROUPS11 + 3) / 4;
  if (N_BANKS < 1 || N_BANKS > 32) $error("N_BANKS must be from 1 to 32");
  if (RULE_W > 20) $error("N_RULES is more than a slot can name");

  logic [15:0] v_reg;  // bit n: the frame is n + 1 cycles behind the input
  logic [15:0] s_reg;  // and is looked up
  wire search = in_valid && in_search;

  always_ff @(posedge clk) begin
    v_reg <= rst ? 16'd0 : {v_reg[14:0], in_valid};
    s_reg <= rst ? 16'd0 : {s_reg[14:0], search};
  end

  // ---- Cycles 1 to 10: banks ----
  logic [N_BANKS-1:0] bank_init, bank_hit, bank_bad;
  logic [CAND_W*N_CAND-1:0] each10;
  logic [63:0] slot_word;

  wire bank_we = wr_valid && wr_table == frl_pkg::TABLE_BANK;
  wire slot_we = wr_valid && wr_table == frl_pkg::TABLE_SLOT;

  row_seal #(
      .ROW_W(64),
      .W(63)
  ) slot_seal (
      .en(slot_we),
      .row(wr_row[63:0]),
      .flip(wr_flip),
      .sealed(slot_word)
  );

  for (genvar b = 0; b < N_BANKS; b++) begin : banks
    localparam logic [63:0] X0 = frl_pkg::NH_FIN * (64'd4 * 64'(b) + 64'd1);
    localparam logic [63:0] X1 = frl_pkg::NH_FIN * (64'd4 * 64'(b) + 64'd3);
    localparam logic [63:0] A0 = ((X0 ^ (X0 >> 32)) * frl_pkg::NH_FIN) | 64'd1;
    localparam logic [63:0] A1 = ((X1 ^ (X1 >> 32)) * frl_pkg::NH_FIN) | 64'd1;
    logic [36:0] best;
    bank #(
        .BANK_SLOTS(BANK_SLOTS)
    ) bank (
        .clk,
        .rst,
        .init_done(bank_init[b]),
        .mul_a({A1, A0}),
        .mul_b({A1[34:0], A1[63:35] | 29'd1, A0[34:0], A0[63:35] | 29'd1}),
        .in_valid(search),
        .in_key,
        .mask_we(bank_we && wr_index[4:0] == b),
        .mask_row(wr_row[1279:0]),
        .mask_enable(wr_row[1280]),
        .slot_we(slot_we && wr_index[28:24] == b),
        .slot_ram({wr_index[20], wr_index[17:16]}),
        .slot_at(wr_index[15:0]),
        .slot_word,
        .out_hit(bank_hit[b]),
        .out_bad(bank_bad[b]),
        .out_best(best)
    );
    assign each10[CAND_W*b+:CAND_W] = {!bank_hit[b], best[35:0], 1'b0, 8'(b)};
    wire unused_best = best[36];
  end

  // ---- Cycles 1 to 10: TCAM ----
  logic tcam_init, tcam_ready, tcam_hit, tcam_bad;
  logic [44:0] tcam_best;

  tcam #(
      .N_TCAM(N_TCAM)
  ) tcam (
      .clk,
      .rst,
      .init_done(tcam_init),
      .in_valid(search),
      .in_key,
      .out_hit(tcam_hit),
      .out_bad(tcam_bad),
      .out_best(tcam_best),
      .wr_ready(tcam_ready),
      .mask_we(wr_valid && wr_table == frl_pkg::TABLE_TCAM_MASK),
      .row_we(wr_valid && wr_table == frl_pkg::TABLE_TCAM),
      .wr_at(wr_index[TCAM_W-1:0]),
      .wr_row,
      .wr_flip,
      .row_done(wr_tcam)
  );

  assign each10[CAND_W*N_BANKS+:CAND_W] = {!tcam_hit, tcam_best[43:8], 1'b1, tcam_best[7:0]};
  wire unused_tcam_best = tcam_best[44];

  // Writes of masks rest a while, until the frames that were hashed under the old mask have read slots and mask.
  localparam int SETTLE = 16;
  logic [SETTLE-1:0] settle;
  always_ff @(posedge clk) settle <= rst ? '0 : {settle[SETTLE-2:0], bank_we};

  always_comb begin
    init_done = &bank_init && tcam_init;
    wr_ready = tcam_ready && settle == '0 && !bank_we;
  end

  // ---- Cycles 11 to 13: the winner ----
  logic any10, any11, any12, hit13, bad11, bad12, bad13;
  logic [CAND_W*GROUPS11-1:0] best11;
  logic [CAND_W*GROUPS12-1:0] best12;
  logic [CAND_W-1:0] best13;

  always_comb any10 = |bank_hit || tcam_hit;
  always_ff @(posedge clk) begin
    {any11, any12, hit13} <= rst ? 3'd0 : {any10, any11, any12};
    {bad11, bad12, bad13} <= rst ? 3'd0 : {|bank_bad || tcam_bad, bad11, bad12};
  end

  rank4 #(
      .N(N_CAND),
      .W(CAND_W)
  ) rank11 (
      .clk,
      .in_any(any10),
      .in_each(each10),
      .out_each(best11)
  );

  rank4 #(
      .N(GROUPS11),
      .W(CAND_W)
  ) rank12 (
      .clk,
      .in_any(any11),
      .in_each(best11),
      .out_each(best12)
  );

  rank4 #(
      .N(GROUPS12),
      .W(CAND_W)
  ) rank13 (
      .clk,
      .in_any(any12),
      .in_each(best12),
      .out_each(best13)
  );

  // ---- Cycle 14: key and mask of the winner ----
  // Masks of banks stand in the lower half of their RAM, those of TCAM entries in the upper one.
  localparam int HALF_W = TCAM_W > 5 ? TCAM_W : 5;
  logic hit14, bad14, key_bad14, mask_bad14;
  logic [19:0] rule13, rule14;
  logic [1279:0] key14, stored14, mask14;

  always_comb rule13 = best13[28:9];

  park #(
      .W(1280),
      .DEPTH(16)
  ) key_park (
      .clk,
      .rst,
      .put(search),
      .put_data(in_key),
      .take(s_reg[12]),
      .take_data(key14)
  );

  table_ram #(
      .W(1280),
      .DEPTH(N_RULES)
  ) key_store (
      .clk,
      .we(wr_valid && wr_table == frl_pkg::TABLE_KEY),
      .wr_at(wr_index[RULE_W-1:0]),
      .wr_row(wr_row[1279:0]),
      .wr_flip,
      .re(hit13),
      .rd_at(rule13[RULE_W-1:0]),
      .rd_row(stored14),
      .rd_bad(key_bad14)
  );

  logic mask_we, mask_half;
  always_comb begin
    mask_half = wr_table == frl_pkg::TABLE_TCAM_MASK;
    mask_we = bank_we || (wr_valid && mask_half);
  end

  table_ram #(
      .W(1280),
      .ROW_W(1344),
      .DEPTH(2 << HALF_W)
  ) masks (
      .clk,
      .we(mask_we),
      .wr_at({mask_half, wr_index[HALF_W-1:0]}),
      .wr_row({64'd0, wr_row[1279:0]}),
      .wr_flip,
      .re(hit13),
      .rd_at({best13[8], best13[HALF_W-1:0]}),
      .rd_row(mask14),
      .rd_bad(mask_bad14)
  );

  always_ff @(posedge clk) begin
    hit14 <= hit13 && !rst;
    bad14 <= bad13 && !rst;
    if (hit13) rule14 <= rule13;
  end

  // ---- Cycles 15 and 16: compare ----
  logic hit15, bad15;
  logic [19:0] rule15;
  logic [39:0] differ15;

  always_ff @(posedge clk) begin
    hit15 <= hit14 && !rst;
    bad15 <= (bad14 || (hit14 && (key_bad14 || mask_bad14))) && !rst;
    if (hit14) begin
      rule15 <= rule14;
      for (int i = 0; i < 40; i++) differ15[i] <= |((key14[32*i+:32] ^ stored14[32*i+:32]) & mask14[32*i+:32]);
    end
    out_hit <= hit15 && !bad15 && differ15 == 40'd0;
    if (hit15) out_rule <= rule15;
    out_punt <= bad15 ? frl_pkg::PUNT_TABLE_PARITY :
                hit15 && differ15 != 40'd0 ? frl_pkg::PUNT_FINGERPRINT : frl_pkg::PUNT_NONE;
  end

  always_comb begin
    out_probe = v_reg[5];
    out_early = v_reg[14];
    out_valid = v_reg[15];
  end

  wire unused_bits = &{1'b0, v_reg, s_reg, best13, rule13, wr_index, wr_row[1535:1281]};

endmodule

`default_nettype wire
