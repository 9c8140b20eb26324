// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A ternary CAM over the whole key, as LUT RAM: 256 slices of five key bits (tcam_slices), all ANDed. Names the best of
// its matching entries by priority, then by rule (tcam_entries). One lookup per cycle, ten stages; valid bits are applied
// in the seventh, in which banks read their slots.
//
// To write a row, the bit of its entry is changed in all 32 rows of every slice, which takes about 75 cycles: the entry is
// invalid from the first of them on, and becomes valid when all lookups that read slices in between are past the stage in
// which valid bits are applied. An entry whose mask has wrong parity when its row is written matches every key, so that
// the frames that it wins find the mask bad when they are compared.
module tcam #(
    parameter int N_TCAM = frl_pkg::N_TCAM  // entries, a power of two from 16 to 256
) (
    input  wire  clk,
    input  wire  rst,
    output logic init_done, // slices were cleared after reset

    input wire          in_valid,
    input wire [1279:0] in_key,

    output logic        out_hit,  // ten cycles after in_valid: there is one
    output logic        out_bad,  // a word that was read has wrong parity
    output logic [44:0] out_best, // 0, prio, rule, entry, when there is one

    output logic                      wr_ready,
    input  wire                       mask_we,   // mask of an entry, for rows written after it
    input  wire                       row_we,    // row, to be held until wr_ready
    input  wire  [$clog2(N_TCAM)-1:0] wr_at,
    input  wire  [            1535:0] wr_row,
    input  wire  [              10:0] wr_flip,   // as in table_ram; of a row: prio, rule and valid only
    output logic                      row_done   // the row takes effect in this cycle
);

  localparam int A = $clog2(N_TCAM);
  localparam int GROUPS = N_TCAM / 16;
  if ((1 << A) != N_TCAM || N_TCAM < 16 || N_TCAM > 256) $error("N_TCAM must be a power of two from 16 to 256");

  // ---- Writing a row: read the mask, change 32 rows of the slices in two cycles each, wait, set the word ----
  localparam int SWEEP = 64;
  localparam int DONE = SWEEP + 8;  // past the distance between reading slices and applying valid bits
  logic busy, sweep, done, care_ready, mask_bad;
  logic [6:0] step;
  logic [N_TCAM-1:0] at_hot;
  logic [N_TCAM-1:0] used;  // entries that may match something
  logic [1279:0] mask, care;
  frl_pkg::tcam_row_t row;
  always_comb row = wr_row;
  wire unused_row = &{1'b0, row};

  table_ram #(
      .W(1280),
      .DEPTH(N_TCAM)
  ) masks (
      .clk,
      .we(mask_we),
      .wr_at,
      .wr_row(wr_row[1279:0]),
      .wr_flip,
      .re(row_we),
      .rd_at(wr_at),
      .rd_row(mask),
      .rd_bad(mask_bad)
  );

  always_comb begin
    done = sweep && step == DONE[6:0];
    wr_ready = !busy && !row_we;
    row_done = row.valid ? done : row_we;
    for (int i = 0; i < GROUPS; i++) at_hot[16*i+:16] = (wr_at >> 4) == A'(i) ? 16'd1 << wr_at[3:0] : 16'd0;
  end

  always_ff @(posedge clk) begin
    care_ready <= row_we && !rst;
    if (row_we) begin
      busy <= 1'b1;
      used <= used | at_hot;
    end
    if (care_ready) begin
      care  <= mask_bad ? '0 : mask;
      sweep <= 1'b1;
    end
    if (sweep || !init_done) step <= step + 7'd1;
    if (!init_done && step == SWEEP[6:0] - 7'd1) begin
      init_done <= 1'b1;
      step <= 7'd0;
    end
    if (done) begin
      busy  <= 1'b0;
      sweep <= 1'b0;
      step  <= 7'd0;
      if (!row.valid) used <= used & ~at_hot;
    end
    if (rst) begin
      busy <= 1'b0;
      sweep <= 1'b0;
      step <= 7'd0;
      init_done <= 1'b0;
      used <= '0;
    end
  end

  // ---- Cycles 1 and 2: slices ----
  logic search, v1, v2, bad2, any_used;
  logic [N_TCAM*16-1:0] match1;
  logic [15:0] bad1;
  logic [N_TCAM-1:0] match2;

  always_comb search = in_valid && any_used;
  always_ff @(posedge clk) any_used <= used != '0;

  for (genvar g = 0; g < 16; g++) begin : keys
    tcam_slices #(
        .N_TCAM(N_TCAM)
    ) slices (
        .clk,
        .in_valid(search),
        .in_key(in_key[80*g+:80]),
        .out_match(match1[N_TCAM*g+:N_TCAM]),
        .out_bad(bad1[g]),
        .clear(!init_done),
        .wr_read(sweep && !step[6] && !step[0]),
        .wr_write(sweep && !step[6] && step[0]),
        .wr_at(step[5:1]),
        .wr_entry(wr_at),
        .wr_set(row.valid),
        .wr_key(row.key[80*g+:80]),
        .wr_care(care[80*g+:80])
    );
  end

  logic [N_TCAM-1:0] all1;
  always_comb begin
    all1 = '0;
    if (v1) begin
      all1 = '1;
      for (int g = 0; g < 16; g++) all1 = all1 & match1[N_TCAM*g+:N_TCAM];
    end
  end

  always_ff @(posedge clk) begin
    v1 <= search && !rst;
    v2 <= v1 && !rst;
    bad2 <= v1 && bad1 != 16'd0;
    if (v1) match2 <= all1;
  end

  // ---- Cycles 3 to 6: banks are hashing ----
  logic some3, some4, some5, some6;
  logic [N_TCAM-1:0] match3, match4, match5, match6;
  logic [9:3] bad;

  always_ff @(posedge clk) begin
    some3 <= v2 && match2 != '0;
    {some4, some5, some6} <= {some3, some4, some5};
    bad <= rst ? 7'd0 : {bad[8] || bad8 != '0, bad[7:3], bad2};
    if (v2) match3 <= match2;
    if (some3) match4 <= match3;
    if (some4) match5 <= match4;
    if (some5) match6 <= match5;
  end

  // ---- Cycles 7 and 8: of each sixteen entries the best ----
  logic [GROUPS-1:0] hit8, bad8;
  logic [45*GROUPS-1:0] best8;
  logic [37:0] word;

  // An entry's word is cleared first, and set at the end when the row says valid.
  row_seal #(
      .ROW_W(256),
      .W(37)
  ) seal (
      .en(done && row.valid),
      .row(wr_row[1535:1280]),
      .flip(wr_flip > 11'd1280 ? wr_flip - 11'd1280 : 11'd0),
      .sealed(word)
  );

  for (genvar g = 0; g < GROUPS; g++) begin : entries
    logic [40:0] best;
    tcam_entries entries (
        .clk,
        .rst,
        .we((row_we || done) && (wr_at >> 4) == A'(g)),
        .wr_at(wr_at[3:0]),
        .wr_sealed(word),
        .in_valid(some6),
        .in_match(match6[16*g+:16]),
        .out_hit(hit8[g]),
        .out_bad(bad8[g]),
        .out_best(best)
    );
    assign best8[45*g+:45] = {!hit8[g], best[39:4], 4'(g), best[3:0]};
    wire unused_best = best[40];
  end

  // ---- Cycles 9 and 10: of all ----
  localparam int QUARTERS = (GROUPS + 3) / 4;
  logic any8, any9;
  logic [45*QUARTERS-1:0] best9;

  always_comb any8 = hit8 != '0;

  rank4 #(
      .N(GROUPS),
      .W(45)
  ) rank9 (
      .clk,
      .in_any(any8),
      .in_each(best8),
      .out_each(best9)
  );

  rank4 #(
      .N(QUARTERS),
      .W(45)
  ) rank10 (
      .clk,
      .in_any(any9),
      .in_each(best9),
      .out_each(out_best)
  );

  always_ff @(posedge clk) begin
    any9 <= any8 && !rst;
    out_hit <= any9 && !rst;
    out_bad <= bad[9] && !rst;
  end

endmodule

`default_nettype wire
