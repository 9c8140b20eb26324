// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Probes all banks, takes the winner by priority (on a tie the lower rule), reads its key and compares it under the
// mask of its bank. Only the winner is compared: a fingerprint that lied sends the frame to the host, as does a
// table word of wrong parity. One lookup per cycle, 14 stages.
module lookup #(
    parameter int N_BANKS = frl_pkg::N_BANKS,  // banks, 1 to 32
    parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,  // slots of a bank, a power of two
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

    // Table writes: BANK, SLOT and KEY are for this module.
    input wire          tw_valid,
    input wire [   7:0] tw_table,
    input wire [  31:0] tw_index,
    input wire [1535:0] tw_row
);

  localparam int RULE_W = $clog2(N_RULES);
  localparam int BANK_W = N_BANKS > 1 ? $clog2(N_BANKS) : 1;
  localparam int GROUPS = (N_BANKS + 3) / 4;
  if (N_BANKS < 1 || N_BANKS > 32) $error("N_BANKS must be from 1 to 32");
  if (RULE_W > 20) $error("N_RULES is more than a slot can name");

  logic [13:0] v_reg;  // bit n: the frame is n + 1 cycles behind the input
  logic [13:0] s_reg;  // and is looked up
  wire search = in_valid && in_search;

  always_ff @(posedge clk) begin
    v_reg <= rst ? 14'd0 : {v_reg[12:0], in_valid};
    s_reg <= rst ? 14'd0 : {s_reg[12:0], search};
  end

  // ---- Cycles 1 to 9: banks ----
  logic [N_BANKS-1:0] bank_init, bank_hit, bank_bad;
  logic [36*N_BANKS-1:0] bank_best;  // prio and rule of each

  wire bank_we = tw_valid && tw_table == frl_pkg::TABLE_BANK;
  wire slot_we = tw_valid && tw_table == frl_pkg::TABLE_SLOT;

  for (genvar b = 0; b < N_BANKS; b++) begin : banks
    localparam logic [63:0] A0 = frl_pkg::NH_FIN * (64'd4 * 64'(b) + 64'd1);
    localparam logic [63:0] A1 = frl_pkg::NH_FIN * (64'd4 * 64'(b) + 64'd3);
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
        .mask_we(bank_we && tw_index[4:0] == b),
        .mask_row(tw_row[1279:0]),
        .mask_enable(tw_row[1280]),
        .slot_we(slot_we && tw_index[28:24] == b),
        .slot_ram({tw_index[20], tw_index[17:16]}),
        .slot_at(tw_index[15:0]),
        .slot_word(tw_row[63:0]),
        .out_hit(bank_hit[b]),
        .out_bad(bank_bad[b]),
        .out_prio(bank_best[36*b+20+:16]),
        .out_rule(bank_best[36*b+:20])
    );
  end

  // All banks are of one size and done in one cycle.
  always_comb init_done = &bank_init;

  // ---- Cycle 10: the best of each four banks ----
  logic any_hit, any_bad;
  always_comb begin
    any_hit = |bank_hit;
    any_bad = |bank_bad;
  end

  logic bad10;
  logic [GROUPS-1:0] hit10;
  logic [42*GROUPS-1:0] best10;  // hit, prio, rule and bank of each group

  for (genvar g = 0; g < GROUPS; g++) begin : groups
    localparam int LAST = 4 * g + 4 < N_BANKS ? 4 * g + 4 : N_BANKS;
    logic hit;
    logic [40:0] best;
    always_comb begin
      hit  = 1'b0;
      best = '1;
      if (any_hit)
        for (int b = 4 * g; b < LAST; b++)
          if (bank_hit[b] && (!hit || bank_best[36*b+:36] < best[40:5])) begin
            hit  = 1'b1;
            best = {bank_best[36*b+:36], 5'(b)};
          end
    end
    always_ff @(posedge clk) begin
      hit10[g] <= hit;
      if (hit) best10[42*g+:42] <= {1'b1, best};
    end
  end

  always_ff @(posedge clk) bad10 <= any_bad;

  // ---- Cycle 11: the winner ----
  logic win;
  logic [40:0] winner;
  always_comb begin
    win = 1'b0;
    winner = '1;
    for (int g = 0; g < GROUPS; g++)
      if (hit10[g] && (!win || best10[42*g+:41] < winner)) begin
        win = 1'b1;
        winner = best10[42*g+:41];
      end
  end

  logic hit11, bad11;
  logic [19:0] rule11;
  logic [BANK_W-1:0] bank11;

  always_ff @(posedge clk) begin
    hit11 <= win && !rst;
    bad11 <= bad10 && !rst;
    if (win) begin
      rule11 <= winner[24:5];
      bank11 <= winner[BANK_W-1:0];
    end
  end

  // ---- Cycle 12: key and mask of the winner ----
  logic hit12, bad12;
  logic [19:0] rule12;
  logic [1279:0] key12, stored12;
  logic [1280:0] mask12;

  park #(
      .W(1280),
      .DEPTH(16)
  ) key_park (
      .clk,
      .rst,
      .put(search),
      .put_data(in_key),
      .take(s_reg[10]),
      .take_data(key12)
  );

  table_ram #(
      .W(1280),
      .DEPTH(N_RULES)
  ) key_store (
      .clk,
      .we(tw_valid && tw_table == frl_pkg::TABLE_KEY),
      .wr_at(tw_index[RULE_W-1:0]),
      .wr_row(tw_row[1279:0]),
      .re(hit11),
      .rd_at(rule11[RULE_W-1:0]),
      .rd_row(stored12)
  );

  table_ram #(
      .W(1281),
      .DEPTH(1 << BANK_W)
  ) masks (
      .clk,
      .we(bank_we),
      .wr_at(tw_index[BANK_W-1:0]),
      .wr_row({^tw_row[1279:0], tw_row[1279:0]}),
      .re(hit11),
      .rd_at(bank11),
      .rd_row(mask12)
  );

  always_ff @(posedge clk) begin
    hit12 <= hit11 && !rst;
    bad12 <= bad11 && !rst;
    if (hit11) rule12 <= rule11;
  end

  // ---- Cycles 13 and 14: compare ----
  logic hit13, bad13;
  logic [19:0] rule13;
  logic [39:0] differ13;

  always_ff @(posedge clk) begin
    hit13 <= hit12 && !rst;
    bad13 <= (bad12 || (hit12 && ^mask12)) && !rst;
    if (hit12) begin
      rule13 <= rule12;
      for (int i = 0; i < 40; i++) differ13[i] <= |((key12[32*i+:32] ^ stored12[32*i+:32]) & mask12[32*i+:32]);
    end
    out_hit <= hit13 && !bad13 && differ13 == 40'd0;
    if (hit13) out_rule <= rule13;
    out_punt <= bad13 ? frl_pkg::PUNT_TABLE_PARITY :
                hit13 && differ13 != 40'd0 ? frl_pkg::PUNT_FINGERPRINT : frl_pkg::PUNT_NONE;
  end

  always_comb out_early = v_reg[12];
  always_comb out_valid = v_reg[13];

  wire unused_bits = &{1'b0, v_reg, s_reg, best10, winner, rule11, tw_index, tw_row[1535:1281]};

endmodule

`default_nettype wire
