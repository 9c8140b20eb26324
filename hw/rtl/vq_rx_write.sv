// SPDX-License-Identifier: BSD-3-Clause
// Writes received frames into their buffers, in the order of the slots: header and frame as one stream
// of bytes, cut at the segments of the buffer. Frames without a buffer are thrown away.

`default_nettype none

module vq_rx_write (
  input  wire logic         clk,
  input  wire logic         rst,

  // Walked chains, see vq_walk; meta of the slot's frame, and whether it is stored to its end.
  output logic      [7:0]   slot_next,
  output logic      [3:0]   seg_next,
  input  wire logic         slot_done,
  input  wire logic [5:0]   slot_pair,
  input  wire logic [15:0]  slot_head,
  input  wire logic [4:0]   slot_segs,
  input  wire logic [3:0]   slot_err,
  input  wire logic [63:0]  seg_addr,
  input  wire logic [15:0]  seg_len,
  input  wire frl_pkg::rx_meta_t slot_meta,
  input  wire logic         frame_stored,
  output logic              clear_valid,
  output logic      [7:0]   clear_slot,

  // Beats of the frames, in order.
  input  wire logic         beat_valid,
  output logic              beat_ready,
  input  wire logic [511:0] beat_data,

  // Queues that stopped; stop one.
  input  wire logic [63:0]  stopped,
  output logic              stop_valid,
  output logic      [5:0]   stop_pair,
  output logic      [2:0]   stop_code,

  // DMA writes.
  output logic              wr_valid,
  input  wire logic         wr_ready,
  output logic      [7:0]   wr_fn,
  output logic      [63:0]  wr_addr,
  output logic      [15:0]  wr_len,
  output logic      [511:0] wr_data,
  output logic              wr_last,

  // Buffers to be given back, after their last write; skip: the slot ends without one.
  output logic              done_valid,
  input  wire logic         done_ready,
  output logic              done_skip,
  output logic      [5:0]   done_pair,
  output logic      [15:0]  done_head,
  output logic      [15:0]  done_len,

  // Events: a frame was delivered (from a source port, with a reason of enum punt); a frame was dropped (enum drop).
  output logic              ev_tx_valid,
  output logic      [7:0]   ev_tx_port,
  output logic      [15:0]  ev_tx_len,
  output logic              ev_tx_slow,
  output logic      [7:0]   ev_tx_src,
  output logic      [7:0]   ev_tx_reason,
  output logic              ev_drop_valid,
  output logic      [7:0]   ev_drop_reason
);

  localparam logic [5:0] FW_PAIR = 6'(frl_pkg::QUEUE_FW / 2);
  localparam logic [5:0] VF0_PAIR = 6'(frl_pkg::QUEUE_VF0 / 2);
  localparam int SRC_AT = frl_pkg::PKT_META_SRC_PORT_AT;
  localparam int RULE_FLAG = frl_pkg::PKT_META_FLAGS_AT + frl_pkg::META_FLAG_RULE;
  localparam int MARK_FLAG = frl_pkg::PKT_META_FLAGS_AT + frl_pkg::META_FLAG_MARK;
  localparam int REASON_AT = frl_pkg::PKT_META_REASON_AT;
  localparam int RULE_AT = frl_pkg::PKT_META_RULE_AT;
  localparam int MARK_AT = frl_pkg::PKT_META_MARK_AT;
  localparam int TABLE_AT = frl_pkg::PKT_META_TABLE_ID_AT;
  localparam int CT_STATE_AT = frl_pkg::PKT_META_CT_STATE_AT;
  localparam int CT_ZONE_AT = frl_pkg::PKT_META_CT_ZONE_AT;
  localparam int CT_MARK_AT = frl_pkg::PKT_META_CT_MARK_AT;

  // ---- The segment in work; a frame that was begun is written to its end ----
  logic       is_vf, ready, drop, last_seg, hdr_in, slot_over;
  logic [7:0] slot;
  logic [3:0] seg;
  logic [6:0] hdr_bytes;
  always_comb begin
    is_vf     = slot_pair >= VF0_PAIR && slot_pair != FW_PAIR;
    hdr_bytes = is_vf ? 7'(frl_pkg::VIRTIO_HDR_BYTES) : 7'(frl_pkg::META_HDR_BYTES);
    ready     = slot_done && frame_stored;
    drop      = !hdr_in && (slot_err != 4'd0 || stopped[slot_pair]);
    last_seg  = 5'(seg) + 5'd1 == slot_segs;
  end

  logic [7:0] unused_rxq;
  always_comb unused_rxq = slot_meta.rxq;

  // ---- Bytes in: header, then beats. What the next beat brings is known a cycle before ----
  logic         in_valid, in_ready, in_fire;
  logic [15:0]  frame_left, behind;
  logic [6:0]   in_bytes, beat_bytes;
  logic [511:0] hdr, in_data;
  always_comb begin
    frame_left = hdr_in ? behind : slot_meta.len;
    in_bytes   = hdr_in ? beat_bytes : hdr_bytes;
    in_valid   = ready && !drop && (!hdr_in || beat_valid);
    in_data    = hdr_in ? beat_data : hdr;
  end
  always_ff @(posedge clk)
    if (in_fire) begin
      beat_bytes <= frame_left > 16'd64 ? 7'd64 : frame_left[6:0];
      behind     <= frame_left - 16'd64;
    end

  // struct virtio_net_hdr with num_buffers 1, or struct frl_pkt_meta.
  always_comb begin
    hdr     = '0;
    hdr[80] = 1'b1;
    if (!is_vf) begin
      hdr[SRC_AT +: 8]    = slot_meta.src_port;
      hdr[REASON_AT +: 8] = slot_meta.reason;
      hdr[RULE_FLAG] = slot_meta.rule_hit;
      hdr[MARK_FLAG] = slot_meta.mark != 32'd0;
      hdr[RULE_AT +: 32]  = {12'b0, slot_meta.rule};
      hdr[MARK_AT +: 32]  = slot_meta.mark;
      hdr[TABLE_AT +: 8]     = slot_meta.table_id;
      hdr[CT_STATE_AT +: 8]  = slot_meta.ct_state;
      hdr[CT_ZONE_AT +: 16]  = slot_meta.ct_zone;
      hdr[CT_MARK_AT +: 32]  = slot_meta.ct_mark;
    end
  end

  // ---- Pieces out: up to 64 bytes of a segment ----
  logic        take_valid, take_fire, seg_over, frame_over;
  logic [15:0] seg_out, seg_left;
  logic [6:0]  take_bytes;
  always_comb begin
    seg_left   = seg_len - seg_out;
    take_bytes = seg_left > 16'd64 ? 7'd64 : seg_left[6:0];
    take_valid = ready && !drop;
  end
  logic         piece_valid, piece_ready;
  logic [511:0] piece_data;
  vq_repack repack (
    .clk, .rst, .clear(1'b0),
    .in_valid, .in_ready, .in_data, .in_bytes,
    .take_valid, .take_fire, .take_bytes,
    .out_valid(piece_valid), .out_ready(piece_ready), .out_data(piece_data)
  );

  // A frame that is dropped leaves the store beat by beat; it ends after the frames before it.
  logic        drop_beat, drop_over;
  logic [15:0] dropped, drop_left;
  always_comb begin
    in_fire    = in_valid && in_ready;
    seg_over   = take_fire && seg_left <= 16'd64;
    frame_over = seg_over && last_seg;
    drop_left  = slot_meta.len - dropped;
    drop_beat  = ready && drop && beat_valid && pieces == '0 && done_ready;
    drop_over  = drop_beat && drop_left <= 16'd64;
    slot_over  = frame_over || drop_over;
  end
  always_comb begin
    beat_ready  = drop_beat || (in_fire && hdr_in);
    slot_next   = slot_over ? slot + 8'd1 : slot;
    seg_next    = slot_over ? 4'd0 : seg_over ? seg + 4'd1 : seg;
    clear_valid = slot_over;
    clear_slot  = slot;
  end

  always_ff @(posedge clk) begin
    slot <= slot_next;
    seg  <= seg_next;
    if (in_fire) hdr_in <= 1'b1;
    if (drop_beat) dropped <= dropped + 16'd64;
    if (take_fire) seg_out <= seg_over ? '0 : seg_out + 16'd64;
    if (slot_over) begin
      hdr_in  <= 1'b0;
      dropped <= '0;
    end
    if (rst) begin
      slot    <= '0;
      seg     <= '0;
      hdr_in  <= 1'b0;
      dropped <= '0;
      seg_out <= '0;
    end
  end

  // ---- What belongs to the piece in repack's output register ----
  localparam int PIECE_W = 8 + 64 + 16 + 1 + 1 + 6 + 16 + 16 + 8 + 16 + 1 + 8 + 8;
  logic [PIECE_W-1:0] piece;
  always_ff @(posedge clk)
    if (take_fire)
      piece <= {is_vf ? frl_pkg::FN_VF0 + 8'(slot_pair) - 8'(VF0_PAIR) : slot_pair == FW_PAIR ? frl_pkg::FN_FW : frl_pkg::FN_PF,
                seg_addr, seg_len, seg_over, frame_over, slot_pair, slot_head, slot_meta.len + 16'(hdr_bytes), slot_meta.dst_port,
                slot_meta.len, slot_meta.slow, slot_meta.src_port, slot_meta.reason};

  // ---- Pieces wait for the DMA port here, so that its turn is not part of how the next piece is made ----
  logic       wr_over, done_slow;
  logic [7:0] done_port, done_src, done_reason;
  logic [15:0] done_frame;
  logic [2:0] pieces;  // made and not yet taken by the port
  vq_fifo #(.W(512 + PIECE_W), .DEPTH(4)) piece_fifo (
    .clk, .rst,
    .in_valid(piece_valid), .in_ready(piece_ready), .in_data({piece_data, piece}),
    .out_valid(wr_valid), .out_ready(wr_ready),
    .out_data({wr_data, wr_fn, wr_addr, wr_len, wr_last, wr_over, done_pair, done_head, done_len, done_port, done_frame, done_slow,
               done_src, done_reason})
  );
  always_ff @(posedge clk) begin
    pieces <= pieces + 3'(take_fire) - 3'(wr_valid && wr_ready);
    if (rst) pieces <= '0;
  end
  always_ff @(posedge clk) begin
    ev_tx_valid <= wr_valid && wr_ready && wr_over && !rst;
    {ev_tx_port, ev_tx_len, ev_tx_slow, ev_tx_src, ev_tx_reason} <= {done_port, done_frame, done_slow, done_src, done_reason};
  end

  // ---- Ends and events ----
  always_comb begin
    done_valid = drop_over || (wr_valid && wr_ready && wr_over);
    done_skip  = drop_over;

    stop_valid = drop_over && slot_err != 4'd0 && !slot_err[3];
    stop_pair  = slot_pair;
    stop_code  = slot_err[2:0];

    ev_drop_valid = drop_over;
    case (slot_err)
      4'd8: ev_drop_reason = frl_pkg::DROP_NO_BUFFER;
      4'(frl_pkg::QUEUE_ERROR_DMA): ev_drop_reason = frl_pkg::DROP_DMA_ERROR;
      4'(frl_pkg::QUEUE_ERROR_LENGTH): ev_drop_reason = frl_pkg::DROP_BUFFER_SHORT;
      default: ev_drop_reason = frl_pkg::DROP_QUEUE_STOPPED;
    endcase
  end

endmodule

`default_nettype wire
