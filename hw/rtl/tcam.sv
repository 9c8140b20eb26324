// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A ternary CAM over the whole key, as LUT RAM: 256 slices of five key bits (tcam_slices), all ANDed. Names the best of
// its matching entries by priority, then by rule (tcam_entries). One lookup per cycle, ten stages; valid bits are applied
// in the seventh, in which banks read their slots.
//
// To write a valid row, the chunk of slices in which its entry stands is made anew from the keys and masks of the chunk's
// thirteen entries, row by row, which takes about 430 cycles: the entry is invalid from the first of them on, and becomes
// valid when all lookups that read slices in between are past the stage in which valid bits are applied. An invalid row
// leaves the slices as they are, and takes as long as a lookup that it could still have won. An entry whose mask has wrong
// parity matches every key, so that the frames that it wins find the mask bad when they are compared.
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

  // ---- Writing a row: 32 rows of thirteen bits each, then wait, then set the entry's word ----
  localparam int CHUNKS = (N_TCAM + 12) / 13;
  localparam int W = 14 * CHUNKS;
  localparam logic [4:0] SETTLE = 5'd8;  // past the distance between reading slices and applying valid bits
  localparam logic [4:0] SETTLE_INVALID = 5'd24;  // past the end of a lookup

  logic busy, fill, settling, done;
  logic [4:0] value, settle, clear_at;
  logic [3:0] turn;  // entry of the chunk
  logic [CHUNKS-1:0] chunk;
  logic [A:0] base, member;
  logic [N_TCAM-1:0] at_hot;
  logic [N_TCAM-1:0] used;  // entries that are valid, or were until their row is written
  logic [N_TCAM-1:0] live;  // entries that take keys
  frl_pkg::tcam_row_t row;
  always_comb row = wr_row;
  wire unused_row = &{1'b0, row};

  always_comb begin
    done = settling && settle == (row.valid ? SETTLE : SETTLE_INVALID);
    wr_ready = !busy && !row_we;
    row_done = row.valid ? done : row_we;
    for (int i = 0; i < GROUPS; i++) at_hot[16*i+:16] = (wr_at >> 4) == A'(i) ? 16'd1 << wr_at[3:0] : 16'd0;
    base = '0;
    for (int c = 0; c < CHUNKS; c++) begin
      chunk[c] = 32'(wr_at) >= 13 * c && 32'(wr_at) < 13 * c + 13;
      if (chunk[c]) base = (A + 1)'(13 * c);
    end
    member = base + (A + 1)'(turn);
  end

  // Three stages: read, hold, shift; the write follows.
  logic fill1, fill2, last1, last2, live1, live2, write3, mask_bad, key_bad;
  logic [4:0] value1, value2, value3;
  logic [1279:0] mask1, key1, care2, key2;

  table_ram #(
      .W(1280),
      .DEPTH(N_TCAM)
  ) masks (
      .clk,
      .we(mask_we),
      .wr_at,
      .wr_row(wr_row[1279:0]),
      .wr_flip,
      .re(fill),
      .rd_at(member[A-1:0]),
      .rd_row(mask1),
      .rd_bad(mask_bad)
  );

  table_ram #(
      .W(1280),
      .DEPTH(N_TCAM)
  ) entry_keys (
      .clk,
      .we(row_we),
      .wr_at,
      .wr_row(wr_row[1279:0]),
      .wr_flip(11'd0),
      .re(fill),
      .rd_at(member[A-1:0]),
      .rd_row(key1),
      .rd_bad(key_bad)
  );

  always_ff @(posedge clk) begin
    fill1 <= fill && !rst;
    fill2 <= fill1 && !rst;
    write3 <= fill2 && last2 && !rst;
    if (fill) begin
      value1 <= value;
      last1 <= turn == 4'd12;
      live1 <= 32'(member) < N_TCAM && live[member[A-1:0]];
    end
    if (fill1) begin
      value2 <= value1;
      last2 <= last1;
      live2 <= live1;
      care2 <= mask_bad || key_bad ? '0 : mask1;
      key2 <= key1;
    end
    if (fill2) value3 <= value2;
  end

  always_ff @(posedge clk) begin
    if (row_we) begin
      busy <= 1'b1;
      used <= used | at_hot;
      live <= row.valid ? live | at_hot : live & ~at_hot;
      fill <= row.valid;
      settling <= !row.valid;
      settle <= '0;
    end
    if (fill) begin
      turn <= turn == 4'd12 ? 4'd0 : turn + 4'd1;
      if (turn == 4'd12) begin
        value <= value + 5'd1;
        if (value == 5'd31) fill <= 1'b0;
      end
    end
    if (write3 && value3 == 5'd31) settling <= 1'b1;
    if (settling) settle <= settle + 5'd1;
    if (done) begin
      busy <= 1'b0;
      settling <= 1'b0;
      if (!row.valid) used <= used & ~at_hot;
    end
    if (!init_done) clear_at <= clear_at + 5'd1;
    if (!init_done && clear_at == 5'd31) init_done <= 1'b1;
    if (rst) begin
      busy <= 1'b0;
      fill <= 1'b0;
      settling <= 1'b0;
      turn <= '0;
      value <= '0;
      clear_at <= '0;
      init_done <= 1'b0;
      used <= '0;
      live <= '0;
    end
  end

  // ---- Cycles 1 and 2: slices ----
  logic search, v1, v2, bad2, any_used;
  logic [16*W-1:0] match1, odd1;
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
        .out_match(match1[W*g+:W]),
        .out_odd(odd1[W*g+:W]),
        .clear(!init_done),
        .wr_shift(fill2),
        .wr_value(value2),
        .wr_live(live2),
        .wr_key(key2[80*g+:80]),
        .wr_care(care2[80*g+:80]),
        .wr_write(write3),
        .wr_at(init_done ? value3 : clear_at),
        .wr_chunk(chunk)
    );
  end

  // A row that lies makes its chunk odd over all rows that were read.
  logic [W-1:0] all1, sum1;
  logic [13*CHUNKS-1:0] taken1;
  logic [CHUNKS-1:0] bad1;
  always_comb begin
    all1 = '0;
    sum1 = '0;
    taken1 = '0;
    bad1 = '0;
    if (v1) begin
      all1 = '1;
      for (int g = 0; g < 16; g++) begin
        all1 = all1 & match1[W*g+:W];
        sum1 = sum1 ^ odd1[W*g+:W];
      end
      for (int c = 0; c < CHUNKS; c++) begin
        taken1[13*c+:13] = all1[14*c+:13];
        bad1[c] = ^sum1[14*c+:14];
      end
    end
  end

  always_ff @(posedge clk) begin
    v1 <= search && !rst;
    v2 <= v1 && !rst;
    bad2 <= bad1 != '0 && !rst;
    if (v1) match2 <= taken1[N_TCAM-1:0];
  end

  wire unused_taken = &{1'b0, taken1};

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
