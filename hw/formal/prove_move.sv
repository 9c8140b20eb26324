// SPDX-License-Identifier: BSD-3-Clause
// A rule moves while it is looked up: the copy is written, a fence waits, the old place is cleared (design, decision 8).
// Whatever lookup, whenever it begins: it finds the rule, in one place or in both, whole, and takes it by priority; so
// too when another slot, of higher or lower priority, matches beside the new place.
//
// The places are real ones (bank_way with its RAM, rank4); of rule, priority and fingerprint two bits each are free.
// Lookups are modelled by what matters of them: one, at any time, reads the two places up to REACH stages apart, either
// first. In `lookup` banks and TCAM are applied in the same stage, a distance of 0, which LOOKUP_FENCE (64) is far above.
// `prove_fence` shows that the update engine waits.

`default_nettype none

module prove_move #(
  // Distance in stages between the two reads that is allowed, and cycles that the fence waits.
  parameter int REACH = 4,
`ifdef FENCE
  parameter int WAIT = `FENCE
`else
  parameter int WAIT = REACH
`endif
) (
  input wire logic        clk,
  input wire logic        begin_move,
  input wire logic        begin_lookup,
  input wire logic [2:0]  distance,   // between the two reads
  input wire logic        old_first,
  input wire logic [1:0]  any_rule,
  input wire logic [1:0]  any_prio,
  input wire logic [1:0]  any_fp,
  input wire logic [1:0]  other_rule, // of another slot, which the lookup reads with the new place
  input wire logic [1:0]  other_prio,
  input wire logic        other_there
);

  // LOOKUP_FENCE covers every lookup that is modelled here.
  if (REACH > frl_pkg::LOOKUP_FENCE) $error("REACH is more than LOOKUP_FENCE");

  logic [1:0]  boot;  // 0: write the old place and clear the new, then go
  logic [19:0] rule, rule2;
  logic [15:0] prio, prio2;
  logic [23:0] fp;
  logic        there2, first_old;
  logic [2:0]  apart;
  initial boot = 2'd0;
  always_ff @(posedge clk) begin
    if (boot != 2'd2) boot <= boot + 2'd1;
    if (boot == 2'd0) begin
      {rule, prio, fp} <= {20'(any_rule), 16'(any_prio), 24'(any_fp)};
      {rule2, prio2} <= {20'(other_rule), 16'(other_prio)};
      {there2, first_old} <= {other_there && other_rule != any_rule, old_first};
      apart <= {29'd0, distance} > REACH ? 3'(REACH) : distance;
    end
  end

  // ---- The update engine: copy, fence, clear ----
  logic [1:0] move;  // 0: before, 1: the fence waits, 2: done
  logic [6:0] waited;
  logic       copy, clear;
  initial move = 2'd0;

  always_comb begin
    copy = boot == 2'd2 && move == 2'd0 && begin_move;
    clear = move == 2'd1 && waited >= 7'(WAIT);
  end

  always_ff @(posedge clk) begin
    if (copy) {move, waited} <= {2'd1, 7'd1};
    if (move == 2'd1) waited <= waited + 7'd1;
    if (clear) move <= 2'd2;
  end

  // ---- The lookup ----
  logic [4:0] age;  // cycles since it began, 0: not yet
  logic       read_old, read_new, match_old, match_new;
  initial age = 5'd0;

  always_comb begin
    read_old = age == 5'd1 + (first_old ? 5'd0 : 5'(apart));
    read_new = age == 5'd1 + (first_old ? 5'(apart) : 5'd0);
  end

  always_ff @(posedge clk) begin
    if (age == 5'd0 ? boot == 2'd2 && begin_lookup : age != 5'd31) age <= age + 5'd1;
    {match_old, match_new} <= {read_old, read_new};
  end

  // ---- The places; row 0 is the one that is read. Parity as `row_seal` makes it ----
  frl_pkg::slot_row_t word, word2;
  logic [63:0] sealed, sealed2, empty;
  always_comb begin
    word = '0;
    {word.rule, word.prio, word.fp, word.valid} = {rule, prio, fp, 1'b1};
    if (boot == 2'd0) {word.rule, word.prio, word.fp} = {20'(any_rule), 16'(any_prio), 24'(any_fp)};
    word2 = '0;
    {word2.rule, word2.prio, word2.fp, word2.valid} = {rule2, prio2, fp, there2};
    sealed = {^word[62:0], word[62:0]};
    sealed2 = {^word2[62:0], word2[62:0]};
    empty = 64'd0;
  end

  logic        bad_old, bad_new, bad_two;
  logic [36:0] best_old, best_new, best_two;

  bank_way #(.ROWS(2)) place_old (
    .clk, .we(boot == 2'd0 || clear), .wr_at(1'b0), .wr_sealed(boot == 2'd0 ? sealed : empty), .re(read_old), .rd_at(1'b0),
    .match(match_old), .fp, .out_bad(bad_old), .out_best(best_old)
  );
`ifdef TORN
  // The copy is written in two halves.
  logic half;
  always_ff @(posedge clk) half <= copy;
  wire torn = half;
  wire [63:0] torn_word = half ? sealed : {sealed[63:32], 32'd1};
`else
  wire torn = 1'b0;
  wire [63:0] torn_word = sealed;
`endif
  bank_way #(.ROWS(2)) place_new (
    .clk, .we(boot == 2'd0 || copy || torn), .wr_at(1'b0), .wr_sealed(boot == 2'd0 ? empty : torn_word), .re(read_new),
    .rd_at(1'b0), .match(match_new), .fp, .out_bad(bad_new), .out_best(best_new)
  );
  bank_way #(.ROWS(2)) beside (
    .clk, .we(boot == 2'd1), .wr_at(1'b0), .wr_sealed(sealed2), .re(read_new), .rd_at(1'b0), .match(match_new), .fp,
    .out_bad(bad_two), .out_best(best_two)
  );

  // ---- What the lookup takes ----
  logic        some, done;
  logic [36:0] best;
  logic [4:0]  end_age;
  assign end_age = 5'd3 + 5'(apart);
  assign some = age == end_age && (!best_old[36] || !best_new[36] || !best_two[36]);

  rank4 #(.N(3), .W(37)) rank (.clk, .in_any(some), .in_each({best_two, best_new, best_old}), .out_each(best));

  logic any;
  initial done = 1'b0;
  always_ff @(posedge clk) {done, any} <= {age == end_age, some};

  always_comb
    if (done) begin
      assert (any && !bad_old && !bad_new && !bad_two);
      assert (!best[36] && best[35:0] == (there2 && {prio2, rule2} < {prio, rule} ? {prio2, rule2} : {prio, rule}));
    end

endmodule

`default_nettype wire
