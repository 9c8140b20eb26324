// SPDX-License-Identifier: BSD-3-Clause
// Asks for the data of transmit buffers, segment by segment, in the order of their slots, and tells
// vq_tx_gather what comes. A buffer whose chain was wrong stops its queue here.

`default_nettype none

module vq_tx_fetch (
  input  wire logic         clk,
  input  wire logic         rst,

  // Walked chains, see vq_walk.
  output logic      [7:0]   slot_next,
  output logic      [3:0]   seg_next,
  input  wire logic         slot_done,
  input  wire logic [5:0]   slot_pair,
  input  wire logic [15:0]  slot_head,
  input  wire logic [15:0]  slot_total,
  input  wire logic [4:0]   slot_segs,
  input  wire logic [3:0]   slot_err,
  input  wire logic [63:0]  seg_addr,
  input  wire logic [15:0]  seg_len,
  output logic              clear_valid,
  output logic      [7:0]   clear_slot,

  // Queues that stopped; stop one.
  input  wire logic [63:0]  stopped,
  output logic              stop_valid,
  output logic      [5:0]   stop_pair,
  output logic      [2:0]   stop_code,

  // DMA read requests.
  output logic              rd_valid,
  input  wire logic         rd_ready,
  output logic      [7:0]   rd_fn,
  output logic      [63:0]  rd_addr,
  output logic      [15:0]  rd_len,

  // What was asked for, in order. skip: nothing, the slot has no frame. last: last read of a frame.
  output logic              read_valid,
  input  wire logic         read_ready,
  output logic              read_skip,
  output logic              read_last,
  output logic      [15:0]  read_len,
  output logic      [5:0]   read_pair,
  output logic      [15:0]  read_head,
  output logic      [15:0]  read_total,
  output logic      [5:0]   read_hdr
);

  localparam logic [5:0] FW_PAIR = 6'(frl_pkg::QUEUE_FW / 2);
  localparam logic [5:0] VF0_PAIR = 6'(frl_pkg::QUEUE_VF0 / 2);

  logic       is_vf, go;
  logic [7:0] slot;
  logic [3:0] seg, err;
  always_comb begin
    is_vf    = slot_pair >= VF0_PAIR && slot_pair != FW_PAIR;
    read_hdr = is_vf ? 6'(frl_pkg::VIRTIO_HDR_BYTES) : 6'(frl_pkg::META_HDR_BYTES);
    err      = slot_err;
    if (slot_err == 4'd0 && slot_total <= 16'(read_hdr)) err = 4'(frl_pkg::QUEUE_ERROR_LENGTH);

    // A frame that was begun is read to its end.
    read_skip  = seg == 4'd0 && (err != 4'd0 || stopped[slot_pair]);
    read_last  = read_skip || 5'(seg) + 5'd1 == slot_segs;
    read_valid = slot_done && (!rd_valid || rd_ready);
    read_len   = seg_len;
    read_pair  = slot_pair;
    read_head  = slot_head;
    read_total = slot_total;

    go          = read_valid && read_ready;
    slot_next   = go && read_last ? slot + 8'd1 : slot;
    seg_next    = !go ? seg : read_last ? 4'd0 : seg + 4'd1;
    clear_valid = go && read_last;
    clear_slot  = slot;
    stop_valid  = go && err != 4'd0;
    stop_pair   = slot_pair;
    stop_code   = err[2:0];
  end

  always_ff @(posedge clk) begin
    slot <= slot_next;
    seg  <= seg_next;
    if (go && !read_skip) begin
      rd_valid <= 1'b1;
      rd_addr  <= seg_addr;
      rd_len   <= seg_len;
      rd_fn    <= is_vf ? frl_pkg::FN_VF0 + 8'(slot_pair) - 8'(VF0_PAIR) : slot_pair == FW_PAIR ? frl_pkg::FN_FW : frl_pkg::FN_PF;
    end else if (rd_ready) begin
      rd_valid <= 1'b0;
    end
    if (rst) begin
      slot     <= '0;
      seg      <= '0;
      rd_valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
