// SPDX-License-Identifier: BSD-3-Clause
// Store-and-forward FIFO of whole frames: a frame comes out only after its last beat is in and found
// good. One beat per cycle in and out, frames back to back; a beat passes in two cycles. The row of side
// data (meta, length) of a frame stands at the address of its first beat, so that it needs no FIFO.

`default_nettype none

module frame_fifo #(
  // Beats that it holds, a power of two, at least those of the longest frame.
  parameter int DEPTH = 512,
  // Bits of side data.
  parameter int META_W = 8,
  // 1: in_ready falls when full. 0: in_ready is always 1, and a frame that finds no room is dropped.
  parameter bit BACKPRESSURE = 1'b0,
  // 1: refuse runts and frames longer than MAX_FRAME. 0: the source is the pipeline itself.
  parameter bit CHECK = 1'b1
) (
  input  wire logic              clk,
  input  wire logic              rst,
  // A beat is inside, or a frame is coming in.
  output logic                   busy,

  input  wire logic              in_valid,
  output logic                   in_ready,
  input  wire logic [511:0]      in_data,
  input  wire logic [5:0]        in_empty,
  input  wire logic              in_last,
  // With in_last: the MAC saw an error; discard without a count.
  input  wire logic              in_error,
  input  wire logic              in_discard,
  // Frames below 14 bytes pass.
  input  wire logic              in_short_ok,
  input  wire logic [META_W-1:0] in_meta,

  output logic                   out_valid,
  input  wire logic              out_ready,
  output logic      [511:0]      out_data,
  output logic      [5:0]        out_empty,
  output logic                   out_last,
  output logic      [META_W-1:0] out_meta,
  // Bytes of the frame, valid as out_meta: with all of its beats.
  output logic      [15:0]       out_len,

  // A frame was dropped: enum drop.
  output logic                   drop_valid,
  output logic      [7:0]        drop_reason
);

  localparam int A_W = $clog2(DEPTH);

  if (DEPTH < 2 || (1 << A_W) != DEPTH) $error("frame_fifo: DEPTH must be a power of two");
  if (CHECK && DEPTH * 64 < frl_pkg::MAX_FRAME) $error("frame_fifo: DEPTH is below the longest frame");

  // Pointers count one bit further than the address, so that full and empty differ.
  logic [A_W:0] wr_ptr;      // next beat goes here
  logic [A_W:0] commit_ptr;  // first beat of the frame that comes in: all before it may leave
  logic [A_W:0] rd_ptr;      // next beat to read

  // ---- In ----

  logic        in_frame;     // in the middle of a frame
  logic [15:0] so_far;     // bytes of this frame before this beat
  logic [7:0]  bad;        // enum drop: why this frame will be dropped
  logic        full, take, store, overlong;
  logic [7:0]  reason;
  logic [15:0] len;

  assign full = wr_ptr[A_W] != rd_ptr[A_W] && wr_ptr[A_W-1:0] == rd_ptr[A_W-1:0];
  assign in_ready = !BACKPRESSURE || !full || bad != frl_pkg::DROP_NONE;
  assign take = in_valid && in_ready;
  assign len = so_far + 16'd64 - (in_last ? 16'(in_empty) : 16'd0);
  assign overlong = CHECK && 32'(len) > frl_pkg::MAX_FRAME;

  always_comb begin
    reason = bad;
    if (bad == frl_pkg::DROP_NONE) begin
      if (full) reason = frl_pkg::DROP_RX_OVERFLOW;
      else if (overlong || (in_last && in_error)) reason = frl_pkg::DROP_WIRE_ERROR;
      else if (CHECK && in_last && len < 16'd14 && !in_short_ok) reason = frl_pkg::DROP_RUNT;
    end
  end
  assign store = take && reason == frl_pkg::DROP_NONE;

  always_ff @(posedge clk) begin
    drop_valid <= 1'b0;
    if (take) begin
      in_frame <= !in_last;
      so_far <= in_last ? 16'd0 : len;
      bad <= in_last ? frl_pkg::DROP_NONE : reason;
      if (!in_last) begin
        if (store) wr_ptr <= wr_ptr + 1'b1;
      end else if (store && !in_discard) begin
        wr_ptr <= wr_ptr + 1'b1;
        commit_ptr <= wr_ptr + 1'b1;
      end else begin
        wr_ptr <= commit_ptr;
        drop_valid <= !in_discard;
        drop_reason <= reason;
      end
    end
    if (rst) begin
      in_frame <= 1'b0;
      so_far <= 16'd0;
      bad <= frl_pkg::DROP_NONE;
      wr_ptr <= '0;
      commit_ptr <= '0;
      drop_valid <= 1'b0;
      drop_reason <= frl_pkg::DROP_NONE;
    end
  end

  // ---- Out ----

  logic rd_en, rd_first;

  assign rd_en = rd_ptr != commit_ptr && (!out_valid || out_ready);
  // Frames are in whole, so out_valid falls between frames only.
  assign rd_first = !out_valid || out_last;

  always_ff @(posedge clk) begin
    if (rd_en) rd_ptr <= rd_ptr + 1'b1;
    if (rd_en || out_ready) out_valid <= rd_en;
    if (rst) begin
      rd_ptr <= '0;
      out_valid <= 1'b0;
    end
  end

  frame_ram #(.W(519), .DEPTH(DEPTH)) beats (
    .clk, .wr_en(store), .wr_addr(wr_ptr[A_W-1:0]), .wr_data({in_last, in_empty, in_data}),
    .rd_en, .rd_addr(rd_ptr[A_W-1:0]), .rd_data({out_last, out_empty, out_data})
  );

  frame_ram #(.W(16 + META_W), .DEPTH(DEPTH)) frames (
    .clk, .wr_en(store && in_last), .wr_addr(commit_ptr[A_W-1:0]), .wr_data({len, in_meta}),
    .rd_en(rd_en && rd_first), .rd_addr(rd_ptr[A_W-1:0]), .rd_data({out_len, out_meta})
  );

  assign busy = in_frame || out_valid || wr_ptr != rd_ptr || drop_valid;

endmodule

`default_nettype wire
