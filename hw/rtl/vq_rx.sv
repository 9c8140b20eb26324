// SPDX-License-Identifier: BSD-3-Clause
// Receive queues of all functions: frames from the pipeline into buffers of the drivers. A frame's slot
// is given out with its first beat, so that its buffer is looked for while it is stored: vq_rx_sched
// finds the buffer, vq_walk reads its chain, vq_rx_write fills it, vq_used gives it back.

`default_nettype none

module vq_rx (
  input  wire logic          clk,
  input  wire logic          rst,
  output logic               busy,

  // From vq_regs: contexts, start, queues that may run, notifications.
  input  wire logic          ctx_valid,
  input  wire logic [5:0]    ctx_pair,
  input  wire logic [2:0]    ctx_word,
  input  wire logic [31:0]   ctx_data,
  input  wire logic          start_valid,
  output logic               start_ready,
  input  wire logic [5:0]    start_pair,
  input  wire logic [15:0]   start_index,
  input  wire logic [63:0]   run,
  input  wire logic          notify_valid,
  input  wire logic [5:0]    notify_pair,
  // Queues that stopped; code and used index of a queue, one cycle after its number.
  output logic      [63:0]   stopped,
  input  wire logic [5:0]    query_pair,
  output logic      [2:0]    query_code,
  output logic      [15:0]   query_index,
  // Pulse: wait until everything that queues without run have in flight is done; answer: pulse.
  input  wire logic          drain_start,
  output logic               drain_done,
  // An MSI-X was sent for this function.
  output logic               irq_sent,
  output logic      [5:0]    irq_fn,

  // DMA read clients, side by side: 0 rings, 1 descriptors.
  output logic      [1:0]    rd_valid,
  input  wire logic [1:0]    rd_ready,
  output logic      [15:0]   rd_fn,
  output logic      [127:0]  rd_addr,
  output logic      [31:0]   rd_len,
  input  wire logic [1:0]    cpl_valid,
  output logic      [1:0]    cpl_ready,
  input  wire logic [511:0]  cpl_data,
  input  wire logic          cpl_last,
  input  wire logic          cpl_error,

  // DMA write clients, side by side: 0 frames, 1 used rings and MSI-X.
  output logic      [1:0]    wr_valid,
  input  wire logic [1:0]    wr_ready,
  output logic      [1:0]    wr_irq,
  output logic      [15:0]   wr_fn,
  output logic      [127:0]  wr_addr,
  output logic      [31:0]   wr_len,
  output logic      [1023:0] wr_data,
  output logic      [1:0]    wr_last,

  // Frames from the pipeline.
  input  wire logic          hrx_valid,
  output logic               hrx_ready,
  input  wire logic [511:0]  hrx_data,
  input  wire logic          hrx_last,
  input  wire frl_pkg::rx_meta_t hrx_meta,

  // Events: a frame was delivered (from a source port, with a reason of enum punt); a frame was dropped (enum drop).
  output logic               ev_tx_valid,
  output logic      [7:0]    ev_tx_port,
  output logic      [15:0]   ev_tx_len,
  output logic               ev_tx_slow,
  output logic      [7:0]    ev_tx_src,
  output logic      [7:0]    ev_tx_reason,
  output logic               ev_drop_valid,
  output logic      [7:0]    ev_drop_reason
);

  localparam int META_W = $bits(hrx_meta);

  // ---- Frames in: beats into the store, meta into the slot ----
  logic         first, fire, beat_in_ready, beat_valid, beat_ready, new_in_ready, unused_queue;
  logic [511:0] beat_data;
  logic [7:0]   slot_alloc, slots_used, slot_next;
  logic [3:0]   ended;
  logic [5:0]   in_pair;
  logic [15:0]  in_need;
  always_comb begin
    // One slot stays free, so that all in use differs from none.
    hrx_ready = beat_in_ready && (!first || (new_in_ready && slots_used != 8'd255));
    fire      = hrx_valid && hrx_ready;
    {in_pair, unused_queue} = hrx_meta.rxq[6:0];
    in_need   = hrx_meta.len + 16'(frl_pkg::META_HDR_BYTES);
    if (in_pair >= 6'(frl_pkg::QUEUE_VF0 / 2) && in_pair != 6'(frl_pkg::QUEUE_FW / 2))
      in_need = hrx_meta.len + 16'(frl_pkg::VIRTIO_HDR_BYTES);
  end
  vq_fifo #(.W(512), .DEPTH(1024)) beat_fifo (
    .clk, .rst,
    .in_valid(fire), .in_ready(beat_in_ready), .in_data(hrx_data),
    .out_valid(beat_valid), .out_ready(beat_ready), .out_data(beat_data)
  );

  logic [META_W-1:0] meta_mem[256];
  logic [META_W-1:0] meta_word;
  frl_pkg::rx_meta_t slot_meta;
  always_ff @(posedge clk) begin
    if (fire && first) meta_mem[slot_alloc] <= hrx_meta;
    meta_word <= meta_mem[slot_next];
  end
  always_comb slot_meta = meta_word;

  // Frames whose last beat is in, and which are not yet written.
  logic [10:0] stored;
  logic        clear_valid;
  always_ff @(posedge clk) begin
    if (fire) first <= hrx_last;
    if (fire && first) slot_alloc <= slot_alloc + 8'd1;
    slots_used <= slots_used + 8'(fire && first) - 8'(ended);
    stored     <= stored + 11'(fire && hrx_last) - 11'(clear_valid);
    if (rst) begin
      first      <= 1'b1;
      slot_alloc <= '0;
      slots_used <= '0;
      stored     <= '0;
    end
  end

  logic        new_valid, new_ready;
  logic [7:0]  new_slot;
  logic [5:0]  new_pair;
  logic [15:0] new_need;
  vq_fifo #(.W(30), .DEPTH(16)) new_fifo (
    .clk, .rst,
    .in_valid(fire && first), .in_ready(new_in_ready), .in_data({slot_alloc, in_pair, in_need}),
    .out_valid(new_valid), .out_ready(new_ready), .out_data({new_slot, new_pair, new_need})
  );

  // ---- Errors ----
  logic       sched_stop_valid, write_stop_valid;
  logic [5:0] sched_stop_pair, write_stop_pair;
  logic [2:0] sched_stop_code, write_stop_code;
  vq_stop stop (
    .clk, .rst,
    .a_valid(sched_stop_valid), .a_pair(sched_stop_pair), .a_code(sched_stop_code),
    .b_valid(write_stop_valid), .b_pair(write_stop_pair), .b_code(write_stop_code),
    .c_valid(1'b0), .c_pair(6'd0), .c_code(3'd0),
    .clear_valid(start_valid), .clear_pair(start_pair),
    .stopped, .query_pair, .query_code
  );

  // ---- Available rings ----
  logic        head_valid, head_ready, sched_start_ready, used_start_ready, late_reads, sched_busy, used_busy;
  logic [7:0]  head_slot;
  logic [5:0]  head_pair;
  logic [15:0] head_index, head_need;
  logic [3:0]  head_err;
  logic        ask_valid, irq_valid, irq_ready;
  logic [5:0]  ask_pair, irq_pair;
  always_comb start_ready = sched_start_ready && used_start_ready;
  vq_rx_sched sched (
    .clk, .rst, .busy(sched_busy),
    .new_valid, .new_ready, .new_slot, .new_pair, .new_need,
    .run, .notify_valid, .notify_pair, .stopped, .stop_valid(sched_stop_valid), .stop_pair(sched_stop_pair), .stop_code(sched_stop_code),
    .ctx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .start_valid, .start_ready(sched_start_ready), .start_pair, .start_index,
    .rd_valid(rd_valid[0]), .rd_ready(rd_ready[0]), .rd_fn(rd_fn[7:0]), .rd_addr(rd_addr[63:0]), .rd_len(rd_len[15:0]),
    .cpl_valid(cpl_valid[0]), .cpl_ready(cpl_ready[0]), .cpl_data, .cpl_last, .cpl_error,
    .head_valid, .head_ready, .head_slot, .head_pair, .head_index, .head_err, .head_need,
    .late_reads, .ask_valid, .ask_pair, .irq_valid, .irq_ready, .irq_pair
  );

  // ---- Descriptors ----
  logic [3:0]  seg_next, slot_err;
  logic [7:0]  clear_slot;
  logic        slot_done;
  logic [5:0]  slot_pair;
  logic [15:0] slot_head, unused_total, seg_len;
  logic [4:0]  slot_segs;
  logic [63:0] seg_addr;
  vq_walk #(.TX(1'b0)) walk (
    .clk, .rst,
    .head_valid, .head_ready, .head_slot, .head_pair, .head_index, .head_err, .head_need,
    .ctx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .rd_valid(rd_valid[1]), .rd_ready(rd_ready[1]), .rd_fn(rd_fn[15:8]), .rd_addr(rd_addr[127:64]), .rd_len(rd_len[31:16]),
    .cpl_valid(cpl_valid[1]), .cpl_ready(cpl_ready[1]), .cpl_data, .cpl_last, .cpl_error,
    .slot_next, .seg_next, .slot_done, .slot_pair, .slot_head, .slot_total(unused_total), .slot_segs, .slot_err,
    .seg_addr, .seg_len, .clear_valid, .clear_slot
  );

  // ---- Frames out ----
  logic        frame_wr_last, used_irq;
  logic        gone_valid, gone_ready, gone_skip, done_valid, done_ready, done_skip;
  logic [5:0]  gone_pair, done_pair;
  logic [15:0] gone_head, gone_len, done_head, done_len;
  vq_rx_write write (
    .clk, .rst,
    .slot_next, .seg_next, .slot_done, .slot_pair, .slot_head, .slot_segs, .slot_err, .seg_addr, .seg_len,
    .slot_meta, .frame_stored(stored != '0), .clear_valid, .clear_slot,
    .beat_valid, .beat_ready, .beat_data,
    .stopped, .stop_valid(write_stop_valid), .stop_pair(write_stop_pair), .stop_code(write_stop_code),
    .wr_valid(wr_valid[0]), .wr_ready(wr_ready[0]), .wr_fn(wr_fn[7:0]), .wr_addr(wr_addr[63:0]), .wr_len(wr_len[15:0]),
    .wr_data(wr_data[511:0]), .wr_last(frame_wr_last),
    .done_valid(gone_valid), .done_ready(gone_ready), .done_skip(gone_skip), .done_pair(gone_pair), .done_head(gone_head),
    .done_len(gone_len),
    .ev_tx_valid, .ev_tx_port, .ev_tx_len, .ev_tx_slow, .ev_tx_src, .ev_tx_reason, .ev_drop_valid, .ev_drop_reason
  );

  // ---- Used rings ----
  vq_fifo #(.W(1 + 6 + 16 + 16), .DEPTH(256)) done_fifo (
    .clk, .rst,
    .in_valid(gone_valid), .in_ready(gone_ready), .in_data({gone_skip, gone_pair, gone_head, gone_len}),
    .out_valid(done_valid), .out_ready(done_ready), .out_data({done_skip, done_pair, done_head, done_len})
  );
  vq_used used (
    .clk, .rst,
    .done_valid, .done_ready, .done_skip, .done_pair, .done_head, .done_len,
    .ctx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .start_valid, .start_ready(used_start_ready), .start_pair, .start_index,
    .query_pair, .query_index,
    .ended, .ask_valid, .ask_pair, .irq_valid, .irq_ready, .irq_pair,
    .wr_valid(wr_valid[1]), .wr_ready(wr_ready[1]), .wr_irq(used_irq), .wr_fn(wr_fn[15:8]), .wr_addr(wr_addr[127:64]),
    .wr_len(wr_len[31:16]), .wr_data(wr_data[1023:512]), .irq_sent, .busy(used_busy)
  );

  vq_drain drain (
    .clk, .rst, .drain_start, .drain_done,
    .slot_alloc, .ended, .late(late_reads || irq_valid)
  );

  always_comb begin
    wr_irq  = {used_irq, 1'b0};
    wr_last = {1'b1, frame_wr_last};
    irq_fn  = wr_fn[13:8];
    busy    = sched_busy || used_busy || slots_used != '0 || hrx_valid;
  end

endmodule

`default_nettype wire
