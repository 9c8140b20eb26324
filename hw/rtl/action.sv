// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// From the rule that was hit to what happens to the frame: rule row, leg row, team row, encap row. Four stages,
// one frame per cycle.
//
// What decides, in this order: the destination that host or firmware gave (direct); the leg of a copy (replica); a
// reason to punt from parser or lookup; the rule's leg; a miss. A frame that goes to the host without a leg saying
// so goes as received, with no further copies. A row of wrong parity decides nothing but that. A new destination behind an
// IPv6 routing header is not for hardware: the checksum does not cover that address (RFC 8200, 8.1).
module action #(
    parameter int N_RULES = frl_pkg::N_RULES,  // rows of each table, powers of two
    parameter int N_LEGS = frl_pkg::N_LEGS,
    parameter int N_ENCAPS = frl_pkg::N_ENCAPS,
    parameter int N_TEAMS = frl_pkg::N_TEAMS
) (
    input wire clk,
    input wire rst,

    input wire                    in_valid,
    input frl_pkg::frame_meta_t   in_meta,
    input wire                    in_colour,
    input frl_pkg::parsed_t       in_parsed,
    input wire           [   7:0] in_ttl,
    input wire                    in_hit,     // a rule was hit
    input wire           [  19:0] in_rule,
    input wire           [   7:0] in_punt,    // enum punt of the lookup

    output logic                    out_early,    // out_valid of the next cycle
    output logic                    out_valid,
    output frl_pkg::verdict_t       out_verdict,
    output frl_pkg::leg_row_t       out_leg,
    output frl_pkg::encap_row_t     out_encap,    // with verdict.encap_en
    output frl_pkg::parsed_t        out_parsed,

    output logic        hit_valid,  // count a hit of this rule
    output logic [19:0] hit_rule,
    output logic [15:0] hit_len,

    // Table writes: RULE, LEG, ENCAP and TEAM are for this module.
    input wire          wr_valid,
    input wire [   7:0] wr_table,
    input wire [  31:0] wr_index,
    input wire [1535:0] wr_row,
    input wire [  10:0] wr_flip
);

  localparam int RULE_W = $clog2(N_RULES);
  localparam int LEG_W = $clog2(N_LEGS);
  localparam int ENCAP_W = $clog2(N_ENCAPS);
  localparam int TEAM_W = $clog2(N_TEAMS);
  if (LEG_W > 16 || ENCAP_W > 16 || TEAM_W > 8) $error("more rows than a row's field can name");

  // ---- Stage 1: who decides, and the rule row ----
  logic [7:0] punt0;
  logic searched0;

  always_comb begin
    searched0 = !in_meta.direct && !in_meta.replica;
    punt0 = !searched0 ? frl_pkg::PUNT_NONE :
            in_parsed.punt != frl_pkg::PUNT_NONE ? in_parsed.punt :
            in_punt != frl_pkg::PUNT_NONE ? in_punt : !in_hit ? frl_pkg::PUNT_MISS : frl_pkg::PUNT_NONE;
  end

  logic v1, colour1, use_rule1;
  frl_pkg::frame_meta_t meta1;
  frl_pkg::parsed_t parsed1;
  logic [7:0] ttl1, punt1;
  logic [19:0] rule1;
  logic [31:0] rule_word;
  logic rule_bad;
  frl_pkg::rule_row_t rule_row;
  always_comb rule_row = {32'd0, rule_word};
  wire use_rule0 = in_valid && searched0 && punt0 == frl_pkg::PUNT_NONE;

  table_ram #(
      .W(32),
      .ROW_W(64),
      .DEPTH(N_RULES)
  ) rules (
      .clk,
      .we(wr_valid && wr_table == frl_pkg::TABLE_RULE),
      .wr_at(wr_index[RULE_W-1:0]),
      .wr_row(wr_row[63:0]),
      .wr_flip,
      .re(use_rule0),
      .rd_at(in_rule[RULE_W-1:0]),
      .rd_row(rule_word),
      .rd_bad(rule_bad)
  );

  always_ff @(posedge clk) begin
    v1 <= in_valid && !rst;
    if (in_valid) begin
      meta1 <= in_meta;
      colour1 <= in_meta.replica ? in_meta.colour : in_colour;
      parsed1 <= in_parsed;
      ttl1 <= in_ttl;
      punt1 <= punt0;
      use_rule1 <= use_rule0;
      rule1 <= in_meta.replica ? in_meta.rule : in_rule;
    end
  end

  // ---- Stage 2: the leg row ----
  logic v2, colour2, rule_hit2, use_leg1, use_leg2;
  frl_pkg::frame_meta_t meta2;
  frl_pkg::parsed_t parsed2;
  logic [7:0] ttl2, punt2;
  logic [19:0] rule2;
  logic [15:0] leg_at1;
  frl_pkg::leg_row_t leg2;
  logic rule_bad1, leg_parity2;

  always_comb begin
    rule_bad1 = use_rule1 && rule_bad;
    use_leg1 = v1 && (meta1.replica && !meta1.direct || use_rule1 && !rule_bad1);
    leg_at1 = meta1.replica ? meta1.leg : rule_row.leg;
  end

  table_ram #(
      .W(640),
      .DEPTH(N_LEGS)
  ) legs (
      .clk,
      .we(wr_valid && wr_table == frl_pkg::TABLE_LEG),
      .wr_at(wr_index[LEG_W-1:0]),
      .wr_row(wr_row[639:0]),
      .wr_flip,
      .re(use_leg1),
      .rd_at(leg_at1[LEG_W-1:0]),
      .rd_row(leg2),
      .rd_bad(leg_parity2)
  );

  always_ff @(posedge clk) begin
    v2 <= v1 && !rst;
    if (v1) begin
      meta2 <= meta1;
      colour2 <= colour1;
      parsed2 <= parsed1;
      ttl2 <= ttl1;
      punt2 <= rule_bad1 ? frl_pkg::PUNT_TABLE_PARITY : punt1;
      rule_hit2 <= use_rule1 || meta1.replica && !meta1.direct;
      use_leg2 <= use_leg1;
      rule2 <= rule1;
    end
  end

  // ---- Stage 3: team and encap rows ----
  logic v3, colour3, rule_hit3, leg_bad2, encap2, team2, encap3, team3;
  frl_pkg::frame_meta_t meta3;
  frl_pkg::parsed_t parsed3;
  logic [7:0] punt3;
  logic [19:0] rule3;
  logic use_leg3, behind2, dies2, hop2;
  logic [2:0] member3;
  frl_pkg::leg_row_t leg3;
  frl_pkg::encap_row_t encap_row;
  frl_pkg::team_row_t team_row;
  logic encap_bad, team_bad;

  always_comb begin
    leg_bad2 = use_leg2 && leg_parity2;
    hop2 = parsed2.l3_type == frl_pkg::L3_TYPE_IPV4 || parsed2.l3_type == frl_pkg::L3_TYPE_IPV6;
    behind2 = leg2.edits[frl_pkg::EDIT_SET_IP_DST] && parsed2.routing;
    dies2 = leg2.edits[frl_pkg::EDIT_DEC_TTL] && hop2 && ttl2 <= 8'd1;
    team2 = v2 && use_leg2 && leg2.dest == frl_pkg::DEST_TEAM;
    encap2 = v2 && use_leg2 && leg2.edits[frl_pkg::EDIT_ENCAP] && leg2.dest != frl_pkg::DEST_HOST;
  end

  table_ram #(
      .W(256),
      .DEPTH(N_ENCAPS)
  ) encaps (
      .clk,
      .we(wr_valid && wr_table == frl_pkg::TABLE_ENCAP),
      .wr_at(wr_index[ENCAP_W-1:0]),
      .wr_row(wr_row[255:0]),
      .wr_flip,
      .re(encap2),
      .rd_at(leg2.encap[ENCAP_W-1:0]),
      .rd_row(encap_row),
      .rd_bad(encap_bad)
  );

  table_ram #(
      .W(128),
      .DEPTH(N_TEAMS)
  ) teams (
      .clk,
      .we(wr_valid && wr_table == frl_pkg::TABLE_TEAM),
      .wr_at(wr_index[TEAM_W-1:0]),
      .wr_row(wr_row[127:0]),
      .wr_flip,
      .re(team2),
      .rd_at(leg2.dest_id[TEAM_W-1:0]),
      .rd_row(team_row),
      .rd_bad(team_bad)
  );

  team_member team_member (
      .clk,
      .in_valid(team2),
      .in_hash(parsed2.hash),
      .count(team_row.count),
      .member(member3)
  );

  always_ff @(posedge clk) begin
    v3 <= v2 && !rst;
    if (v2) begin
      meta3 <= meta2;
      colour3 <= colour2;
      parsed3 <= parsed2;
      punt3 <= punt2 != frl_pkg::PUNT_NONE ? punt2 : leg_bad2 ? frl_pkg::PUNT_TABLE_PARITY :
               use_leg2 && behind2 ? frl_pkg::PUNT_IPV6_EXT : use_leg2 && dies2 ? frl_pkg::PUNT_TTL : frl_pkg::PUNT_NONE;
      rule_hit3 <= rule_hit2;
      rule3 <= rule2;
      use_leg3 <= use_leg2;
      if (use_leg2) leg3 <= leg2;
      encap3 <= encap2;
      team3 <= team2;
    end
  end

  // ---- Stage 4: verdict ----
  logic [7:0] punt_row;
  logic to_host, empty3;

  always_comb begin
    punt_row = punt3;
    if (punt3 == frl_pkg::PUNT_NONE && (encap3 && encap_bad || team3 && team_bad))
      punt_row = frl_pkg::PUNT_TABLE_PARITY;
    empty3  = team_row.count == 4'd0 || team_row.count > 4'd8;
    to_host = use_leg3 && leg3.dest == frl_pkg::DEST_HOST;
  end

  always_comb out_early = v3;

  always_ff @(posedge clk) begin
    out_valid <= v3 && !rst;
    hit_valid <= v3 && rule_hit3 && !meta3.replica && punt_row == frl_pkg::PUNT_NONE && !rst;
    if (v3) begin
      hit_rule <= rule3;
      hit_len <= meta3.len;
      out_parsed <= parsed3;
      out_verdict <= '0;
      out_verdict.rule <= rule_hit3 ? rule3 : 20'd0;
      out_verdict.rule_hit <= rule_hit3;
      out_verdict.colour <= colour3;
      out_leg <= '0;
      if (meta3.direct) begin
        out_verdict.direct <= 1'b1;
        out_verdict.port <= meta3.dst_port;
        out_verdict.reason <= meta3.dst_port == frl_pkg::PORT_HOST ? frl_pkg::PUNT_DIRECT : frl_pkg::PUNT_NONE;
        out_leg.mark <= meta3.mark;
      end else if (punt_row != frl_pkg::PUNT_NONE) begin
        out_verdict.port <= frl_pkg::PORT_HOST;
        out_verdict.reason <= punt_row;
      end else if (to_host) begin
        out_verdict.port <= frl_pkg::PORT_HOST;
        out_verdict.reason <= leg3.dest_id;
        out_leg.mark <= leg3.mark;
        out_leg.next_leg <= leg3.next_leg;
        out_leg.dest <= leg3.dest;
        out_leg.dest_id <= leg3.dest_id;
      end else begin
        out_leg <= leg3;
        out_verdict.encap_en <= encap3;
        unique case (leg3.dest)
          frl_pkg::DEST_PORT: out_verdict.port <= leg3.dest_id;
          frl_pkg::DEST_TEAM: begin
            if (empty3) out_verdict.drop <= frl_pkg::DROP_TEAM_EMPTY;
            else out_verdict.port <= team_row.members[8*member3+:8];
          end
          default: out_verdict.drop <= frl_pkg::DROP_ACTION;
        endcase
      end
      if (encap3) out_encap <= encap_row;
    end
  end

  wire unused_bits = &{1'b0, rule_row, team_row, wr_index, wr_row[1535:640], rule1, leg_at1, meta3};

endmodule

`default_nettype wire
