// SPDX-License-Identifier: BSD-3-Clause
// Makes frames of the data that vq_tx_fetch asked for: joins segments, takes the header off, and gives
// the buffer back when its data is in. The header may be cut over descriptors in any way (virtio 1.2, 2.7.4.1).

`default_nettype none

module vq_tx_gather #(
  // Wire ports and virtual functions that PF and firmware may inject for.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  parameter int N_VFS = frl_pkg::N_VFS
) (
  input  wire logic         clk,
  input  wire logic         rst,

  // Reads in flight, see vq_tx_fetch.
  input  wire logic         read_valid,
  output logic              read_ready,
  input  wire logic         read_skip,
  input  wire logic         read_last,
  input  wire logic [15:0]  read_len,
  input  wire logic [5:0]   read_pair,
  input  wire logic [15:0]  read_head,
  input  wire logic [15:0]  read_total,
  input  wire logic [5:0]   read_hdr,

  // DMA read completions.
  input  wire logic         cpl_valid,
  output logic              cpl_ready,
  input  wire logic [511:0] cpl_data,
  input  wire logic         cpl_last,
  input  wire logic         cpl_error,

  // A buffer's data is in. skip: nothing to give back.
  output logic              done_valid,
  input  wire logic         done_ready,
  output logic              done_skip,
  output logic      [5:0]   done_pair,
  output logic      [15:0]  done_head,

  // A queue's data could not be read.
  output logic              stop_valid,
  output logic      [5:0]   stop_pair,
  output logic      [2:0]   stop_code,

  // Frames to the pipeline; htx_drop with htx_last discards the frame.
  output logic              htx_valid,
  input  wire logic         htx_ready,
  output logic      [511:0] htx_data,
  output logic      [5:0]   htx_empty,
  output logic              htx_last,
  output logic              htx_drop,
  output frl_pkg::frame_meta_t htx_meta,

  // A frame was dropped: enum drop.
  output logic              ev_drop_valid,
  output logic      [7:0]   ev_drop_reason
);

  localparam logic [5:0] FW_PAIR = 6'(frl_pkg::QUEUE_FW / 2);
  localparam logic [5:0] VF0_PAIR = 6'(frl_pkg::QUEUE_VF0 / 2);
  localparam int SRC_AT = frl_pkg::PKT_META_SRC_PORT_AT;
  localparam int DST_AT = frl_pkg::PKT_META_DST_PORT_AT;
  localparam int MARK_AT = frl_pkg::PKT_META_MARK_AT;
  localparam int TABLE_AT = frl_pkg::PKT_META_TABLE_ID_AT;
  localparam int CT_STATE_AT = frl_pkg::PKT_META_CT_STATE_AT;
  localparam int CT_ZONE_AT = frl_pkg::PKT_META_CT_ZONE_AT;
  localparam int CT_MARK_AT = frl_pkg::PKT_META_CT_MARK_AT;
  localparam int DIRECT_AT = frl_pkg::PKT_META_FLAGS_AT + frl_pkg::META_FLAG_DIRECT;

  // ---- Completions in. bad: a read of this frame failed, the rest of its data is thrown away ----
  logic        active, bad, all_in, failed, cpl_fire, in_valid, in_ready;
  logic [15:0] got, in_left;
  logic [6:0]  in_bytes;
  always_comb begin
    active    = read_valid && !read_skip;
    in_left   = read_len - got;
    in_bytes  = in_left > 16'd64 ? 7'd64 : in_left[6:0];
    failed    = cpl_error || (cpl_last && in_left > 16'd64);
    in_valid  = active && cpl_valid && !bad && !all_in && !failed;
  end
  always_comb begin
    cpl_ready = active && !all_in && (bad || failed || in_ready);
    cpl_fire  = cpl_valid && cpl_ready;
  end

  // ---- Pieces out: first the header, then the frame's beats ----
  logic        hdr_taken, take_valid, take_fire, take_final;
  logic [15:0] taken, take_left;
  logic [6:0]  take_bytes;
  always_comb begin
    take_left  = read_total - 16'(read_hdr) - taken;
    take_bytes = !hdr_taken ? 7'(read_hdr) : take_left > 16'd64 ? 7'd64 : take_left[6:0];
    take_final = hdr_taken && take_left <= 16'd64;
    take_valid = active && !bad && done_ready;
  end

  logic         piece_valid, piece_ready, abort_end;
  logic [511:0] piece;
  vq_repack repack (
    .clk, .rst, .clear(abort_end),
    .in_valid, .in_ready, .in_data(cpl_data), .in_bytes,
    .take_valid, .take_fire, .take_bytes,
    .out_valid(piece_valid), .out_ready(piece_ready), .out_data(piece)
  );

  // ---- End of a read, of a frame, of a frame that failed ----
  logic abort, sent, frame_end;
  always_comb begin
    frame_end  = take_fire && take_final;
    abort      = active && bad && all_in && !piece_valid && done_ready;
    abort_end  = abort && (!sent || htx_ready);
    read_ready = frame_end || abort_end || (read_skip && done_ready) || (!read_last && cpl_fire && cpl_last);
    done_valid = frame_end || abort_end || (read_valid && read_skip);
    done_skip  = !frame_end;
    done_pair  = read_pair;
    done_head  = read_head;
    stop_valid = abort_end;
    stop_pair  = read_pair;
    stop_code  = 3'(frl_pkg::QUEUE_ERROR_DMA);
  end

  always_ff @(posedge clk) begin
    if (cpl_fire) got <= got + 16'd64;
    if (cpl_fire && failed) bad <= 1'b1;
    if (cpl_fire && cpl_last && read_last) all_in <= 1'b1;
    if (take_fire && !hdr_taken) hdr_taken <= 1'b1;
    else if (take_fire) taken <= taken + 16'd64;
    if (read_ready) got <= '0;
    if (frame_end || abort_end || rst) begin
      bad       <= 1'b0;
      all_in    <= 1'b0;
      hdr_taken <= 1'b0;
      taken     <= '0;
    end
    if (rst) got <= '0;
  end

  // ---- What stands in the output register ----
  logic        piece_hdr, piece_last;
  logic [5:0]  piece_empty, piece_pair;
  logic [15:0] piece_len;
  always_ff @(posedge clk) begin
    if (take_fire) begin
      piece_hdr   <= !hdr_taken;
      piece_last  <= take_final;
      piece_empty <= take_final ? 6'd0 - take_bytes[5:0] : 6'd0;
      piece_pair  <= read_pair;
      piece_len   <= read_total - 16'(read_hdr);
    end
  end

  // ---- Header: struct virtio_net_hdr of a VF, struct frl_pkt_meta of PF and firmware ----
  logic       hdr_now, hdr_vf, hdr_direct, src_ok;
  logic [7:0] hdr_src, hdr_drop;
  always_comb begin
    hdr_now    = piece_valid && piece_hdr;
    hdr_vf     = piece_pair >= VF0_PAIR && piece_pair != FW_PAIR;
    hdr_direct = !hdr_vf && piece[DIRECT_AT];
    hdr_src    = piece[SRC_AT +: 8];
    src_ok     = hdr_src < 8'(N_WIRES) || (hdr_src >= frl_pkg::PORT_VF0 && hdr_src < frl_pkg::PORT_VF0 + 8'(N_VFS));
    hdr_drop   = frl_pkg::DROP_NONE;
    // VIRTIO_NET_HDR_F_NEEDS_CSUM, gso_type (virtio 1.2, 5.1.6).
    if (hdr_vf && (piece[0] || piece[15:8] != 8'd0)) hdr_drop = frl_pkg::DROP_TX_HEADER;
    if (!hdr_vf && !hdr_direct && !src_ok) hdr_drop = frl_pkg::DROP_NO_SUCH_PORT;
    piece_ready = piece_hdr || htx_ready;
  end

  logic drop;
  always_ff @(posedge clk) begin
    if (hdr_now) begin
      drop              <= hdr_drop != frl_pkg::DROP_NONE;
      htx_meta.len      <= piece_len;
      htx_meta.src_port <= hdr_src;
      if (hdr_direct) htx_meta.src_port <= piece_pair == FW_PAIR ? frl_pkg::PORT_FW : frl_pkg::PORT_HOST;
      if (hdr_vf) htx_meta.src_port <= frl_pkg::PORT_VF0 + 8'(piece_pair) - 8'(VF0_PAIR);
      htx_meta.direct   <= hdr_direct;
      htx_meta.dst_port <= piece[DST_AT +: 8];
      htx_meta.mark     <= piece[MARK_AT +: 32];
      // For the lookup, of those who may choose it only.
      htx_meta.table_id <= hdr_vf || hdr_direct ? 8'd0 : piece[TABLE_AT +: 8];
      htx_meta.ct_state <= hdr_vf || hdr_direct ? 8'd0 : piece[CT_STATE_AT +: 8];
      htx_meta.ct_zone  <= hdr_vf || hdr_direct ? 16'd0 : piece[CT_ZONE_AT +: 16];
      htx_meta.ct_mark  <= hdr_vf || hdr_direct ? 32'd0 : piece[CT_MARK_AT +: 32];
      htx_meta.replica  <= 1'b0;
      htx_meta.leg      <= '0;
      htx_meta.rule     <= '0;
      htx_meta.colour   <= 1'b0;
    end
    ev_drop_valid  <= (hdr_now && hdr_drop != frl_pkg::DROP_NONE) || (abort_end && !(drop && sent));
    ev_drop_reason <= hdr_now ? hdr_drop : frl_pkg::DROP_DMA_ERROR;
    if (rst) begin
      drop          <= 1'b0;
      ev_drop_valid <= 1'b0;
    end
  end

  always_comb begin
    htx_valid = (piece_valid && !piece_hdr) || (abort && sent);
    htx_data  = piece;
    htx_last  = abort || piece_last;
    htx_empty = abort ? 6'd0 : piece_empty;
    htx_drop  = abort || (piece_last && drop);
  end

  always_ff @(posedge clk) begin
    if (htx_valid && htx_ready) sent <= !htx_last;
    if (rst) sent <= 1'b0;
  end

endmodule

`default_nettype wire
