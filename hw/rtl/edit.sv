// SPDX-License-Identifier: BSD-3-Clause
// Builds the frame that leaves from header vector, payload, leg and encap entry, and hands the frame as received
// to the replica loop when the leg has a next one. Edits in order: decap or pop, set fields, push, encap.
//
// Three stages prepare (edit_l2, edit_l3l4, edit_encap, egress_check side by side), edit_stream steps through the
// beats, edit_patch lays the new headers over them. Fields of the leg refer to the Ethernet header at parsed.base;
// while a tunnel header stands before it (base is not 0 and the leg has no DECAP), fields are left alone.

`default_nettype none

module edit #(
  // Wire ports and virtual functions.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  parameter int N_VFS = frl_pkg::N_VFS
) (
  input  wire logic                 clk,
  input  wire logic                 rst,
  output logic                      busy,

  // Frame with its answer, from frame_park.
  input  wire logic                 in_valid,
  output logic                      in_ready,
  input  wire logic [2047:0]        in_hdr,
  input  wire frl_pkg::frame_meta_t in_meta,
  input  wire frl_pkg::verdict_t    in_verdict,
  input  wire frl_pkg::leg_row_t    in_leg,
  input  wire frl_pkg::encap_row_t  in_encap,
  input  wire frl_pkg::parsed_t     in_parsed,

  // Payload of the frames.
  input  wire logic                 pay_valid,
  input  wire logic [511:0]         pay_data,
  output logic                      pay_pop,

  // Configuration by port number: enable, slow_pair, max_len (0: MAX_FRAME).
  input  wire logic [63:0]          cfg_enable,
  input  wire logic [64*5-1:0]      cfg_slow_pair,
  input  wire logic [64*16-1:0]     cfg_max_len,

  // Room in the egress queue `out_dest` for out_beats, and in the replica loop for rep_beats; taken at once.
  output logic      [3:0]           out_dest,
  output logic      [7:0]           out_beats,
  input  wire logic                 out_room,
  output logic                      out_take,
  output logic      [7:0]           rep_beats,
  input  wire logic                 rep_room,
  output logic                      rep_take,

  // Beats towards egress; out_to: queue, out_meta for the host interface.
  output logic                      out_valid,
  output logic      [511:0]         out_data,
  output logic      [5:0]           out_empty,
  output logic                      out_last,
  output logic      [3:0]           out_to,
  output frl_pkg::rx_meta_t         out_meta,

  // Beats towards the replica loop.
  output logic                      rep_valid,
  output logic      [511:0]         rep_data,
  output logic      [5:0]           rep_empty,
  output logic                      rep_last,
  output frl_pkg::frame_meta_t      rep_meta,

  // A frame has left with all its copies.
  output logic                      leave,
  output logic                      leave_colour,

  // Events: frame to a wire; frame dropped, with its reason; copy dropped for lack of room.
  output logic                      ev_tx_valid,
  output logic      [7:0]           ev_tx_port,
  output logic      [15:0]          ev_tx_len,
  output logic                      ev_tx_slow,
  output logic                      drop_valid,
  output logic      [7:0]           drop_reason,
  output logic                      rep_drop_valid,

  // What became of a frame, for every frame and pass in their order.
  output logic                      trace_leave_valid,
  output frl_pkg::trace_leave_t     trace_leave
);

  // ---- Three stages of preparation, each a frame ----

  logic v1, v2, v3, load1, load2, load3, done;

  assign load3 = v2 && (!v3 || done);
  assign load2 = v1 && (!v2 || load3);
  assign load1 = in_valid && (!v1 || load2);
  assign in_ready = !v1 || load2;

  always_ff @(posedge clk) begin
    if (load1 || load2) v1 <= load1;
    if (load2 || load3) v2 <= load2;
    if (load3 || done) v3 <= load3;
    if (rst) {v1, v2, v3} <= 3'b000;
  end

  logic own;
  assign own = !in_verdict.direct && (in_leg.edits[frl_pkg::EDIT_DECAP] || in_parsed.base == 8'd0);

  logic [8:0]   cut0, cut2;
  logic         ok0, ok2;
  logic [159:0] prefix2, prefix3;
  logic [4:0]   prefix_len2;
  logic [15:0]  inner_len2, total2;

  edit_l2 l2 (
    .clk, .load1, .load2, .hdr(in_hdr), .len(in_meta.len), .direct(in_verdict.direct), .own, .leg(in_leg),
    .base(in_parsed.base), .vlans(in_parsed.vlans), .cut0, .ok0,
    .ok(ok2), .prefix(prefix2), .prefix_len(prefix_len2), .cut(cut2), .new_len(inner_len2)
  );

  logic [319:0] l3_data;
  logic [143:0] l4_data;
  logic [5:0]   l3_len;
  logic [4:0]   l4_len;
  logic [7:0]   l3_off, l4_off;

  edit_l3l4 l3l4 (
    .clk, .load1, .load2, .load3, .hdr(in_hdr), .len(in_meta.len), .en(own && ok0), .from(cut0 + 9'd2),
    .leg(in_leg), .parsed(in_parsed), .l3_data, .l3_len, .l3_off, .l4_data, .l4_len, .l4_off
  );

  logic         encap0, encap1, encap2, encap3;
  logic [399:0] outer;

  assign encap0 = in_verdict.encap_en && !in_verdict.direct;

  edit_encap encap (
    .clk, .load1, .load2, .load3, .en(encap0), .row(in_encap), .hash(in_parsed.hash), .inner_len(inner_len2), .outer
  );

  logic [7:0] reason, rxq;

  egress_check #(.N_WIRES(N_WIRES), .N_VFS(N_VFS)) check (
    .clk, .load1, .load2, .load3, .verdict(in_verdict), .src_port(in_meta.src_port),
    .cfg_enable, .cfg_slow_pair, .cfg_max_len, .edit_ok(ok2), .len(total2), .reason, .dest(out_dest), .rxq
  );

  // ---- What else goes with the frame ----

  logic [2047:0]        hdr1, hdr2, hdr3;
  frl_pkg::frame_meta_t meta1, meta2, meta3;
  frl_pkg::verdict_t    verdict1, verdict2, verdict3;
  logic [31:0]          mark1, mark2, mark3;
  logic [15:0]          next1, next2, next3;
  logic                 more3;  // next3 is not 0

  always_ff @(posedge clk) begin
    if (load1) begin
      hdr1 <= in_hdr;
      meta1 <= in_meta;
      verdict1 <= in_verdict;
      encap1 <= encap0;
      mark1 <= in_verdict.direct ? in_meta.mark : in_leg.mark;
      next1 <= in_verdict.direct ? 16'd0 : in_leg.next_leg;
    end
    if (load2) begin
      hdr2 <= hdr1;
      {meta2, verdict2, encap2, mark2, next2} <= {meta1, verdict1, encap1, mark1, next1};
    end
    if (load3) begin
      hdr3 <= hdr2;
      {meta3, verdict3, encap3, mark3, next3} <= {meta2, verdict2, encap2, mark2, next2};
      more3 <= next2 != 16'd0;
    end
  end

  // ---- Geometry of the frame that leaves, see edit_stream ----

  logic [6:0]  put2, put3;  // bytes put before what is not cut
  logic [9:0]  x2, x3;      // bytes cut - bytes put, signed: -58 to 242
  logic [15:0] total3;
  logic [7:0]  beats3, src_beats3;

  assign put2 = 7'(prefix_len2) + (encap2 ? 7'd50 : 7'd0);
  assign x2 = {1'b0, cut2} - {3'd0, put2};
  assign total2 = inner_len2 + (encap2 ? 16'd50 : 16'd0);

  always_ff @(posedge clk) begin
    if (load3) begin
      prefix3 <= prefix2;
      put3 <= put2;
      x3 <= x2;
      total3 <= total2;
      beats3 <= 8'((total2 + 16'd63) >> 6);
      src_beats3 <= 8'((meta2.len + 16'd63) >> 6);
    end
  end

  // ---- First step: does it leave, is it copied ----

  logic first, emit, copy;

  assign out_beats = beats3;
  assign rep_beats = src_beats3;
  assign emit = reason == frl_pkg::DROP_NONE && out_room;
  assign copy = more3 && rep_room;
  assign out_take = first && emit;
  assign rep_take = first && copy;

  logic [7:0] why;  // it does not leave, or NONE

  assign why = reason != frl_pkg::DROP_NONE ? reason
      : out_room ? frl_pkg::DROP_NONE
      : 32'(out_dest) < N_WIRES ? frl_pkg::DROP_WIRE_QUEUE_FULL : frl_pkg::DROP_HOST_QUEUE_FULL;

  always_ff @(posedge clk) begin
    leave <= first && !copy;
    trace_leave_valid <= first;
    ev_tx_valid <= first && emit && 32'(out_dest) < N_WIRES;
    drop_valid <= first && !emit;
    rep_drop_valid <= first && more3 && !rep_room;
    if (first) begin
      leave_colour <= meta3.colour;
      ev_tx_port <= verdict3.port;
      ev_tx_len <= total3;
      ev_tx_slow <= verdict3.direct && meta3.src_port != frl_pkg::PORT_FW;
      drop_reason <= why;
      trace_leave.drop <= why;
      trace_leave.copied <= copy;
    end
    if (rst) begin
      leave <= 1'b0;
      leave_colour <= 1'b0;
      ev_tx_valid <= 1'b0;
      drop_valid <= 1'b0;
      rep_drop_valid <= 1'b0;
      trace_leave_valid <= 1'b0;
    end
  end

  // ---- Stages 4 and 5: beats, and headers over them ----

  logic         o_valid, o_last;
  logic [511:0] o_data;
  logic [2:0]   o_index;

  edit_stream stream (
    .clk, .rst, .f_valid(v3), .f_done(done), .f_hdr(hdr3), .f_lead(x3[8:6] + 3'd1), .f_shift(x3[5:0]),
    .f_beats(beats3), .f_src_beats(src_beats3), .f_first(first), .f_emit(emit), .f_copy(copy),
    .pay_valid, .pay_data, .pay_pop, .o_valid, .o_data, .o_index, .o_last,
    .c_valid(rep_valid), .c_data(rep_data), .c_last(rep_last)
  );

  edit_patch patch (
    .clk, .rst, .first(first && emit), .prefix(encap3 ? {prefix3, outer} : {400'd0, prefix3}), .prefix_len(put3),
    .l3_data, .l3_len, .l3_at({2'd0, l3_off} - x3), .l4_data, .l4_len, .l4_at({2'd0, l4_off} - x3),
    .in_valid(o_valid), .in_data(o_data), .in_index(o_index), .out_valid, .out_data
  );

  // ---- Side data of both streams: o_* with o_data, then with out_data ----

  logic [5:0]        o_empty;
  logic [3:0]        o_to;
  frl_pkg::rx_meta_t o_meta;

  always_ff @(posedge clk) begin
    if (first && emit) begin
      o_to <= out_dest;
      o_empty <= -total3[5:0];
      o_meta.len <= total3;
      o_meta.rxq <= rxq;
      o_meta.src_port <= meta3.src_port;
      o_meta.reason <= verdict3.direct ? frl_pkg::PUNT_DIRECT : verdict3.reason;
      o_meta.mark <= mark3;
      o_meta.rule <= verdict3.rule;
      o_meta.rule_hit <= verdict3.rule_hit;
      o_meta.dst_port <= verdict3.port;
      o_meta.table_id <= meta3.table_id;
      o_meta.ct_state <= meta3.ct_state;
      o_meta.ct_zone <= meta3.ct_zone;
      o_meta.ct_mark <= meta3.ct_mark;
      o_meta.slow <= verdict3.direct && meta3.src_port != frl_pkg::PORT_FW;
    end
    if (first && copy) begin
      rep_empty <= -meta3.len[5:0];
      rep_meta <= meta3;
      rep_meta.direct <= 1'b0;
      rep_meta.replica <= 1'b1;
      rep_meta.leg <= next3;
      rep_meta.rule <= verdict3.rule;
    end
    if (o_valid) begin
      out_last <= o_last;
      out_empty <= o_last ? o_empty : 6'd0;
      out_to <= o_to;
      out_meta <= o_meta;
    end
  end

  assign busy = v1 || v2 || v3 || o_valid || out_valid || rep_valid || leave || drop_valid || rep_drop_valid
      || ev_tx_valid;

  logic unused_bits;
  assign unused_bits = &{1'b0, verdict3, x3};

endmodule

`default_nettype wire
