// SPDX-License-Identifier: BSD-3-Clause
// The way of a frame from its source to its destination, all but the decision: frame FIFOs, ingress,
// edit, replica loop and egress. The decision comes from match_action, which is handed header vectors
// and answers in order (hw/README.md, "A packet's walk").

`default_nettype none

module frame_path #(
  // Wire ports, 1 to 8.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  // Virtual functions, 1 to 32.
  parameter int N_VFS = frl_pkg::N_VFS,
  // Sources of drop events: 0..N_WIRES-1 wires, then host FIFO, ingress, replica loop, edit/egress.
  localparam int DROP_SOURCES = N_WIRES + 4
) (
  input  wire logic clk,
  input  wire logic rst,
  // A frame is somewhere inside.
  output logic      busy,

  // Wires, side by side; rx_ready is always 1, a frame that finds no room is dropped.
  input  wire logic [N_WIRES-1:0]     rx_valid,
  output logic      [N_WIRES-1:0]     rx_ready,
  input  wire logic [N_WIRES*512-1:0] rx_data,
  input  wire logic [N_WIRES*6-1:0]   rx_empty,
  input  wire logic [N_WIRES-1:0]     rx_last,
  input  wire logic [N_WIRES-1:0]     rx_error,
  output logic      [N_WIRES-1:0]     tx_valid,
  input  wire logic [N_WIRES-1:0]     tx_ready,
  output logic      [N_WIRES*512-1:0] tx_data,
  output logic      [N_WIRES*6-1:0]   tx_empty,
  output logic      [N_WIRES-1:0]     tx_last,

  // Frames from the host interface; htx_drop with htx_last discards the frame without a count.
  input  wire logic                   htx_valid,
  output logic                        htx_ready,
  input  wire logic [511:0]           htx_data,
  input  wire logic [5:0]             htx_empty,
  input  wire logic                   htx_last,
  input  wire logic                   htx_drop,
  input  wire frl_pkg::frame_meta_t   htx_meta,

  // Frames to the host interface.
  output logic                        hrx_valid,
  input  wire logic                   hrx_ready,
  output logic      [511:0]           hrx_data,
  output logic      [5:0]             hrx_empty,
  output logic                        hrx_last,
  output frl_pkg::rx_meta_t           hrx_meta,

  // To match_action: the first 256 bytes, zero behind the frame's end; up to one per cycle.
  output logic                        hdr_valid,
  output logic      [2047:0]          hdr_data,
  output frl_pkg::frame_meta_t        hdr_meta,
  output logic                        hdr_colour,

  // From match_action: what to do, one per header vector, in their order.
  input  wire logic                   act_valid,
  input  wire frl_pkg::verdict_t      act_verdict,
  input  wire frl_pkg::leg_row_t      act_leg,
  input  wire frl_pkg::encap_row_t    act_encap,
  input  wire frl_pkg::parsed_t       act_parsed,

  // Configuration, by port number: PORT_CTRL enable, slow_pair, max_len (0: MAX_FRAME).
  input  wire logic [63:0]            cfg_enable,
  input  wire logic [64*5-1:0]        cfg_slow_pair,
  input  wire logic [64*16-1:0]       cfg_max_len,

  // Drain: a pulse on drain_flip changes the colour of new frames; drain_busy: frames of the other
  // colour, or copies of them, are still inside.
  input  wire logic                   drain_flip,
  output logic                        drain_busy,

  // Events, one-cycle pulses. rx: a frame entered the pipeline (no copies, no direct frames).
  output logic                        ev_rx_valid,
  output logic      [7:0]             ev_rx_port,
  output logic      [15:0]            ev_rx_len,
  // tx: a frame went into a wire's egress FIFO; len: as it leaves; slow: sent direct by the host.
  output logic                        ev_tx_valid,
  output logic      [7:0]             ev_tx_port,
  output logic      [15:0]            ev_tx_len,
  output logic                        ev_tx_slow,
  // drop: enum drop, 8 bits per source.
  output logic      [DROP_SOURCES-1:0]   ev_drop_valid,
  output logic      [DROP_SOURCES*8-1:0] ev_drop_reason,

  // Trace: what became of a frame behind match_action, one for every act_valid in their order.
  output logic                        trace_leave_valid,
  output frl_pkg::trace_leave_t       trace_leave
);

  // Beats of the frame FIFOs.
  localparam int RX_BEATS = 512;
  localparam int REPLICA_BEATS = 512;
  localparam int WIRE_BEATS = 512;
  localparam int HOST_BEATS = 1024;

  // Sources of ingress: the wires, the host interface, the replica loop.
  localparam int N_SRC = N_WIRES + 2;
  localparam int HOST = N_WIRES;
  localparam int REPLICA = N_WIRES + 1;

  localparam int META_W = $bits(htx_meta);
  localparam int RX_META_W = $bits(hrx_meta);
  localparam int ACT_W = $bits(act_verdict) + $bits(act_leg) + $bits(act_encap) + $bits(act_parsed);

  if (N_WIRES < 1 || N_WIRES > 8) $error("frame_path: N_WIRES must be 1 to 8");
  if (N_VFS < 1 || N_VFS > 32) $error("frame_path: N_VFS must be 1 to 32");

  // ---- Frame FIFOs of the sources ----

  logic [N_SRC-1:0]        src_valid, src_ready, src_last, src_busy;
  logic [N_SRC*512-1:0]    src_data;
  logic [N_SRC*6-1:0]      src_empty;
  logic [N_SRC*META_W-1:0] src_meta;

  for (genvar w = 0; w < N_WIRES; w++) begin : wire_rx
    logic [15:0] len;
    logic        unused_meta;

    // frame_meta_t begins with len and src_port; all else is 0 for a frame from a wire.
    assign src_meta[w*META_W+:META_W] = {len, 8'(w), {(META_W - 24) {1'b0}}};

    frame_fifo #(.DEPTH(RX_BEATS), .META_W(1)) fifo (
      .clk, .rst, .busy(src_busy[w]),
      .in_valid(rx_valid[w]), .in_ready(rx_ready[w]), .in_data(rx_data[w*512+:512]), .in_empty(rx_empty[w*6+:6]),
      .in_last(rx_last[w]), .in_error(rx_error[w]), .in_discard(1'b0), .in_short_ok(1'b0), .in_meta(1'b0),
      .out_valid(src_valid[w]), .out_ready(src_ready[w]), .out_data(src_data[w*512+:512]),
      .out_empty(src_empty[w*6+:6]), .out_last(src_last[w]), .out_meta(unused_meta), .out_len(len),
      .drop_valid(ev_drop_valid[w]), .drop_reason(ev_drop_reason[w*8+:8])
    );
  end

  logic [15:0]          host_len;
  frl_pkg::frame_meta_t host_meta_in, host_meta;

  frame_fifo #(.DEPTH(RX_BEATS), .META_W(META_W), .BACKPRESSURE(1'b1)) host_fifo (
    .clk, .rst, .busy(src_busy[HOST]),
    .in_valid(htx_valid), .in_ready(htx_ready), .in_data(htx_data), .in_empty(htx_empty), .in_last(htx_last),
    .in_error(1'b0), .in_discard(htx_drop), .in_short_ok(htx_meta.direct), .in_meta(htx_meta),
    .out_valid(src_valid[HOST]), .out_ready(src_ready[HOST]), .out_data(src_data[HOST*512+:512]),
    .out_empty(src_empty[HOST*6+:6]), .out_last(src_last[HOST]), .out_meta(host_meta_in), .out_len(host_len),
    .drop_valid(ev_drop_valid[HOST]), .drop_reason(ev_drop_reason[HOST*8+:8])
  );

  // What only the replica loop may say is not believed of the host interface.
  always_comb begin
    host_meta = host_meta_in;
    host_meta.len = host_len;
    host_meta.replica = 1'b0;
  end
  assign src_meta[HOST*META_W+:META_W] = host_meta;

  logic                 rep_valid, rep_last;
  logic [511:0]         rep_data;
  logic [5:0]           rep_empty;
  frl_pkg::frame_meta_t rep_meta;
  logic                 unused_rep_ready, unused_rep_drop;
  logic [7:0]           unused_rep_reason;
  logic [15:0]          unused_rep_len;

  frame_fifo #(.DEPTH(REPLICA_BEATS), .META_W(META_W), .CHECK(1'b0)) replica_fifo (
    .clk, .rst, .busy(src_busy[REPLICA]),
    .in_valid(rep_valid), .in_ready(unused_rep_ready), .in_data(rep_data), .in_empty(rep_last ? rep_empty : 6'd0),
    .in_last(rep_last), .in_error(1'b0), .in_discard(1'b0), .in_short_ok(1'b1), .in_meta(rep_meta),
    .out_valid(src_valid[REPLICA]), .out_ready(src_ready[REPLICA]), .out_data(src_data[REPLICA*512+:512]),
    .out_empty(src_empty[REPLICA*6+:6]), .out_last(src_last[REPLICA]), .out_meta(src_meta[REPLICA*META_W+:META_W]),
    .out_len(unused_rep_len), .drop_valid(unused_rep_drop), .drop_reason(unused_rep_reason)
  );

  // ---- Ingress ----

  logic                 hdr_room, hdr_take, pay_room, pay_take, pay_wr, ingress_busy;
  logic [511:0]         pay_wr_data;
  frl_pkg::frame_meta_t taken_meta;

  ingress #(.N_SRC(N_SRC), .META_W(META_W)) ingress (
    .clk, .rst, .busy(ingress_busy), .src_valid, .src_ready, .src_data, .src_empty, .src_last, .src_meta,
    .hdr_room, .hdr_take, .pay_room, .pay_take, .hdr_valid, .hdr_data, .hdr_meta(taken_meta),
    .pay_valid(pay_wr), .pay_data(pay_wr_data), .cfg_enable,
    .ev_rx_valid, .ev_rx_port, .ev_rx_len, .drop_valid(ev_drop_valid[N_WIRES+1])
  );
  assign ev_drop_reason[(N_WIRES+1)*8+:8] = frl_pkg::DROP_PORT_DOWN;

  logic colour, leave, leave_colour;

  assign hdr_colour = taken_meta.replica ? taken_meta.colour : colour;

  always_comb begin
    hdr_meta = taken_meta;
    hdr_meta.colour = hdr_colour;
  end

  frame_drain drain (
    .clk, .rst, .colour, .flip(drain_flip), .drain_busy, .enter(hdr_valid && !taken_meta.replica), .leave, .leave_colour
  );

  // ---- Waiting for match_action ----

  logic                 park_busy, f_valid, f_ready;
  logic [2047:0]        f_hdr;
  frl_pkg::frame_meta_t f_meta;
  frl_pkg::verdict_t    f_verdict;
  frl_pkg::leg_row_t    f_leg;
  frl_pkg::encap_row_t  f_encap;
  frl_pkg::parsed_t     f_parsed;

  frame_park #(.META_W(META_W), .ACT_W(ACT_W)) park (
    .clk, .rst, .busy(park_busy), .room(hdr_room), .take(hdr_take), .hdr_valid, .hdr_data, .hdr_meta,
    .act_valid, .act({act_verdict, act_leg, act_encap, act_parsed}),
    .out_valid(f_valid), .out_ready(f_ready), .out_hdr(f_hdr), .out_meta(f_meta),
    .out_act({f_verdict, f_leg, f_encap, f_parsed})
  );

  logic         pay_valid, pay_pop;
  logic [511:0] pay_data;

  payload_ring payload (
    .clk, .rst, .room(pay_room), .take(pay_take), .wr_valid(pay_wr), .wr_data(pay_wr_data),
    .rd_valid(pay_valid), .rd_data(pay_data), .rd_pop(pay_pop)
  );

  // ---- Edit ----

  logic              edit_busy, out_room, out_take, rep_room, rep_take, out_valid, out_last;
  logic [3:0]        out_dest, out_to;
  logic [7:0]        out_beats, rep_beats;
  logic [511:0]      out_data;
  logic [5:0]        out_empty;
  frl_pkg::rx_meta_t out_meta;

  edit #(.N_WIRES(N_WIRES), .N_VFS(N_VFS)) edit (
    .clk, .rst, .busy(edit_busy),
    .in_valid(f_valid), .in_ready(f_ready), .in_hdr(f_hdr), .in_meta(f_meta), .in_verdict(f_verdict),
    .in_leg(f_leg), .in_encap(f_encap), .in_parsed(f_parsed), .pay_valid, .pay_data, .pay_pop,
    .cfg_enable, .cfg_slow_pair, .cfg_max_len,
    .out_dest, .out_beats, .out_room, .out_take, .rep_beats, .rep_room, .rep_take,
    .out_valid, .out_data, .out_empty, .out_last, .out_to, .out_meta,
    .rep_valid, .rep_data, .rep_empty, .rep_last, .rep_meta, .leave, .leave_colour,
    .ev_tx_valid, .ev_tx_port, .ev_tx_len, .ev_tx_slow,
    .drop_valid(ev_drop_valid[N_WIRES+3]), .drop_reason(ev_drop_reason[(N_WIRES+3)*8+:8]),
    .rep_drop_valid(ev_drop_valid[N_WIRES+2]), .trace_leave_valid, .trace_leave
  );
  assign ev_drop_reason[(N_WIRES+2)*8+:8] = frl_pkg::DROP_REPLICA_FULL;

  frame_room #(.DEPTH(REPLICA_BEATS)) replica_free (
    .clk, .rst, .beats(rep_beats), .ok(rep_room), .take(rep_take),
    .give(src_valid[REPLICA] && src_ready[REPLICA])
  );

  // ---- Egress ----

  logic egress_busy;

  egress #(.N_WIRES(N_WIRES), .WIRE_BEATS(WIRE_BEATS), .HOST_BEATS(HOST_BEATS), .META_W(RX_META_W)) egress (
    .clk, .rst, .busy(egress_busy),
    .ask_dest(out_dest), .ask_beats(out_beats), .ask_room(out_room), .ask_take(out_take),
    .in_valid(out_valid), .in_data(out_data), .in_empty(out_empty), .in_last(out_last), .in_to(out_to),
    .in_meta(out_meta),
    .tx_valid, .tx_ready, .tx_data, .tx_empty, .tx_last,
    .hrx_valid, .hrx_ready, .hrx_data, .hrx_empty, .hrx_last, .hrx_meta
  );

  assign busy = src_busy != '0 || ingress_busy || park_busy || edit_busy || egress_busy || pay_valid;

endmodule

`default_nettype wire
