// SPDX-License-Identifier: BSD-3-Clause
// A queue per destination: one for each wire, one towards the host interface. A frame asks for room for all of
// its beats before the first one comes; what has none is dropped there, so that a queue never overflows and a full
// one never holds up another.

`default_nettype none

module egress #(
  // Wire ports.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  // Beats of a wire's queue, and of the host interface's.
  parameter int WIRE_BEATS = 512,
  parameter int HOST_BEATS = 1024,
  // Bits of rx_meta_t.
  parameter int META_W = 122
) (
  input  wire logic                   clk,
  input  wire logic                   rst,
  output logic                        busy,

  // Room for ask_beats in queue ask_dest (N_WIRES: host interface); take them.
  input  wire logic [3:0]             ask_dest,
  input  wire logic [7:0]             ask_beats,
  output logic                        ask_room,
  input  wire logic                   ask_take,

  // Beats of frames that found room; meta held from first to last.
  input  wire logic                   in_valid,
  input  wire logic [511:0]           in_data,
  input  wire logic [5:0]             in_empty,
  input  wire logic                   in_last,
  input  wire logic [3:0]             in_to,
  input  wire logic [META_W-1:0]      in_meta,

  output logic      [N_WIRES-1:0]     tx_valid,
  input  wire logic [N_WIRES-1:0]     tx_ready,
  output logic      [N_WIRES*512-1:0] tx_data,
  output logic      [N_WIRES*6-1:0]   tx_empty,
  output logic      [N_WIRES-1:0]     tx_last,

  output logic                        hrx_valid,
  input  wire logic                   hrx_ready,
  output logic      [511:0]           hrx_data,
  output logic      [5:0]             hrx_empty,
  output logic                        hrx_last,
  output logic      [META_W-1:0]      hrx_meta
);

  logic [15:0]      room;  // as wide as ask_dest can name
  logic [N_WIRES:0] fifo_busy;

  assign room[15:N_WIRES+1] = '0;
  assign ask_room = room[ask_dest];
  assign busy = fifo_busy != '0;

  for (genvar w = 0; w < N_WIRES; w++) begin : wire_queue
    logic        unused_ready, unused_meta, unused_drop;
    logic [7:0]  unused_reason;
    logic [15:0] unused_len;

    frame_room #(.DEPTH(WIRE_BEATS)) wire_free (
      .clk, .rst, .beats(ask_beats), .ok(room[w]), .take(ask_take && ask_dest == 4'(w)),
      .give(tx_valid[w] && tx_ready[w])
    );

    frame_fifo #(.DEPTH(WIRE_BEATS), .META_W(1), .CHECK(1'b0)) fifo (
      .clk, .rst, .busy(fifo_busy[w]),
      .in_valid(in_valid && in_to == 4'(w)), .in_ready(unused_ready), .in_data, .in_empty, .in_last,
      .in_error(1'b0), .in_discard(1'b0), .in_short_ok(1'b1), .in_meta(1'b0),
      .out_valid(tx_valid[w]), .out_ready(tx_ready[w]), .out_data(tx_data[w*512+:512]),
      .out_empty(tx_empty[w*6+:6]), .out_last(tx_last[w]), .out_meta(unused_meta), .out_len(unused_len),
      .drop_valid(unused_drop), .drop_reason(unused_reason)
    );
  end

  logic        unused_ready, unused_drop;
  logic [7:0]  unused_reason;
  logic [15:0] unused_len;

  frame_room #(.DEPTH(HOST_BEATS)) host_free (
    .clk, .rst, .beats(ask_beats), .ok(room[N_WIRES]), .take(ask_take && ask_dest == 4'(N_WIRES)),
    .give(hrx_valid && hrx_ready)
  );

  frame_fifo #(.DEPTH(HOST_BEATS), .META_W(META_W), .CHECK(1'b0)) host_fifo (
    .clk, .rst, .busy(fifo_busy[N_WIRES]),
    .in_valid(in_valid && in_to == 4'(N_WIRES)), .in_ready(unused_ready), .in_data, .in_empty, .in_last,
    .in_error(1'b0), .in_discard(1'b0), .in_short_ok(1'b1), .in_meta,
    .out_valid(hrx_valid), .out_ready(hrx_ready), .out_data(hrx_data), .out_empty(hrx_empty), .out_last(hrx_last),
    .out_meta(hrx_meta), .out_len(unused_len), .drop_valid(unused_drop), .drop_reason(unused_reason)
  );

endmodule

`default_nettype wire
