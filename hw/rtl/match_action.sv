// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Header path from header vector to verdict: parser, lookup, action. One frame per cycle, fixed latency, no backpressure.
// Tables are written by the update engine only, one row per cycle but for masks and the TCAM.
module match_action #(
    parameter int N_BANKS = frl_pkg::N_BANKS,  // masked hash banks, 1 to 32
    parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,  // slots of a bank, a power of two
    parameter int N_TCAM = frl_pkg::N_TCAM,  // entries of the TCAM, a power of two from 16 to 256
    parameter int N_RULES = frl_pkg::N_RULES,  // rows of key store and rule table, a power of two
    parameter int N_LEGS = frl_pkg::N_LEGS,  // rows of the leg table, a power of two
    parameter int N_ENCAPS = frl_pkg::N_ENCAPS,  // encap entries, a power of two
    parameter int N_TEAMS = frl_pkg::N_TEAMS  // teams, a power of two
) (
    input  wire  clk,
    input  wire  rst,
    output logic init_done,  // slots were cleared after reset: tables may be written

    input wire [63:0] cfg_tunnel,     // per source port: parse tunnel headers
    input wire [15:0] cfg_vxlan_port,
    input wire [15:0] cfg_geneve_port,
    input wire [127:0] cfg_gnv_sel,  // registers GNV_SEL, side by side

    input wire                    hdr_valid,
    input wire           [2047:0] hdr_data,   // first 256 bytes of the frame, byte 0 in [7:0], zero beyond it
    input frl_pkg::frame_meta_t   hdr_meta,
    input wire                    hdr_colour,

    output logic                    act_valid,
    output frl_pkg::verdict_t       act_verdict,
    output frl_pkg::leg_row_t       act_leg,      // edits to be made; all zero when the frame goes on as received
    output frl_pkg::encap_row_t     act_encap,
    output frl_pkg::parsed_t        act_parsed,

    output logic        ev_rule_valid,  // a rule was hit, on the first pass of a frame
    output logic [19:0] ev_rule_id,
    output logic [15:0] ev_rule_len,

    input  wire          tw_valid,  // write a row; decoded by enum table
    output logic         tw_ready,
    input  wire [   7:0] tw_table,
    input  wire [  31:0] tw_index,
    input  wire [1535:0] tw_row,
    input  wire [  10:0] tw_flip,   // 0, or 1 + the bit that is stored inverted

    output logic                   trace_write,  // a table write takes effect in this cycle
    output logic          [   7:0] trace_write_table,
    output logic          [  31:0] trace_write_index,
    output logic          [  15:0] trace_write_flip,
    output logic          [1535:0] trace_write_row,
    output logic                   trace_lookup_valid,  // with act_valid
    output frl_pkg::trace_lookup_t trace_lookup
);

  // ---- Table writes: one register, then they take effect; epoch counts them ----
  // A row of TCAM stays here until it is in; its number counts when its valid bit changes. What is read in the cycle of a
  // write is the old row, and the epoch in that cycle is the old one.
  logic wr_valid, wr_ready, wr_tcam;
  logic [7:0] wr_table;
  logic [31:0] wr_index, epoch;
  logic [1535:0] wr_row;
  logic [10:0] wr_flip;

  always_comb begin
    tw_ready = wr_ready;
    trace_write = wr_tcam || (wr_valid && wr_table != frl_pkg::TABLE_TCAM);
    trace_write_table = wr_table;
    trace_write_index = wr_index;
    trace_write_flip = {5'd0, wr_flip};
    trace_write_row = wr_row;
  end

  always_ff @(posedge clk) begin
    wr_valid <= tw_valid && wr_ready && !rst;
    if (tw_valid && wr_ready) begin
      wr_table <= tw_table;
      wr_index <= tw_index;
      wr_row   <= tw_row;
      wr_flip  <= tw_flip;
    end
    if (trace_write) epoch <= epoch + 32'd1;
    if (rst) epoch <= 32'd0;
  end

  // ---- Parser ----
  logic parsed_valid, parsed_colour;
  frl_pkg::lookup_key_t key;
  frl_pkg::parsed_t parsed;
  frl_pkg::frame_meta_t meta;

  parser parser (
      .clk,
      .rst,
      .cfg_tunnel,
      .cfg_vxlan_port,
      .cfg_geneve_port,
      .cfg_gnv_sel,
      .in_valid(hdr_valid),
      .in_data(hdr_data),
      .in_meta(hdr_meta),
      .in_colour(hdr_colour),
      .out_valid(parsed_valid),
      .out_key(key),
      .out_parsed(parsed),
      .out_meta(meta),
      .out_colour(parsed_colour)
  );

  // ---- 16 cycles: lookup ----
  logic found_early, found_valid, found_hit, found_probe;
  logic [19:0] found_rule;
  logic [7:0] found_punt;

  lookup #(
      .N_BANKS(N_BANKS),
      .BANK_SLOTS(BANK_SLOTS),
      .N_TCAM(N_TCAM),
      .N_RULES(N_RULES)
  ) lookup (
      .clk,
      .rst,
      .init_done,
      .in_valid(parsed_valid),
      .in_search(!meta.direct && !meta.replica && parsed.punt == frl_pkg::PUNT_NONE),
      .in_key(key),
      .out_valid(found_valid),
      .out_early(found_early),
      .out_hit(found_hit),
      .out_rule(found_rule),
      .out_punt(found_punt),
      .out_probe(found_probe),
      .wr_valid,
      .wr_ready,
      .wr_table,
      .wr_index,
      .wr_row,
      .wr_flip,
      .wr_tcam
  );

  localparam int SIDE_W = $bits(meta) + $bits(parsed) + 9;
  logic [SIDE_W-1:0] side;
  frl_pkg::frame_meta_t side_meta;
  frl_pkg::parsed_t side_parsed;
  logic side_colour;
  logic [7:0] side_ttl;
  assign {side_colour, side_ttl, side_meta, side_parsed} = side;

  park #(
      .W(SIDE_W),
      .DEPTH(32)
  ) beside_lookup (
      .clk,
      .rst,
      .put(parsed_valid),
      .put_data({parsed_colour, key.ip_ttl, meta, parsed}),
      .take(found_early),
      .take_data(side)
  );

  // ---- 4 cycles: action ----
  logic act_early;
  action #(
      .N_RULES(N_RULES),
      .N_LEGS(N_LEGS),
      .N_ENCAPS(N_ENCAPS),
      .N_TEAMS(N_TEAMS)
  ) action (
      .clk,
      .rst,
      .in_valid(found_valid),
      .in_meta(side_meta),
      .in_colour(side_colour),
      .in_parsed(side_parsed),
      .in_ttl(side_ttl),
      .in_hit(found_hit),
      .in_rule(found_rule),
      .in_punt(found_punt),
      .out_early(act_early),
      .out_valid(act_valid),
      .out_verdict(act_verdict),
      .out_leg(act_leg),
      .out_encap(act_encap),
      .out_parsed(act_parsed),
      .hit_valid(ev_rule_valid),
      .hit_rule(ev_rule_id),
      .hit_len(ev_rule_len),
      .wr_valid,
      .wr_table,
      .wr_index,
      .wr_row,
      .wr_flip
  );

  // ---- Trace ----
  logic [31:0] epoch_lookup;  // of the frame of found_valid

  park #(
      .W(32),
      .DEPTH(16)
  ) epochs (
      .clk,
      .rst,
      .put(found_probe),
      .put_data(epoch),
      .take(found_early),
      .take_data(epoch_lookup)
  );

  logic [63:0] seen_epochs;
  logic [25:0] seen_frame;

  park #(
      .W(90),
      .DEPTH(8)
  ) traces (
      .clk,
      .rst,
      .put(found_valid),
      .put_data({epoch_lookup, epoch, side_meta.src_port, side_meta.direct, side_meta.replica, side_meta.leg}),
      .take(act_early),
      .take_data({seen_epochs, seen_frame})
  );

  always_comb begin
    trace_lookup_valid = act_valid;
    {trace_lookup.epoch_lookup, trace_lookup.epoch_action} = seen_epochs;
    {trace_lookup.src_port, trace_lookup.direct, trace_lookup.replica, trace_lookup.leg} = seen_frame;
    trace_lookup.rule_hit = act_verdict.rule_hit;
    trace_lookup.rule = act_verdict.rule;
    trace_lookup.port = act_verdict.port;
    trace_lookup.reason = act_verdict.reason;
    trace_lookup.drop = act_verdict.drop;
  end

endmodule

`default_nettype wire
