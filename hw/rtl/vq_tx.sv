// SPDX-License-Identifier: BSD-3-Clause
// Transmit queues of all functions: from a notification to the frame in the pipeline and the used
// element in the driver's memory. vq_tx_sched finds buffers, vq_walk reads their chains, vq_tx_fetch
// and vq_tx_gather their data, vq_used gives them back. 256 buffers are in work at a time.
//
// Every reader takes its completions without waiting for another one: index, ring entries and
// descriptors have room kept for them, data waits for the pipeline alone, which never waits for DMA.

`default_nettype none

module vq_tx #(
  // Wire ports and virtual functions that PF and firmware may inject for.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  parameter int N_VFS = frl_pkg::N_VFS
) (
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

  // DMA read clients, side by side: 0 rings, 1 descriptors, 2 data.
  output logic      [2:0]    rd_valid,
  input  wire logic [2:0]    rd_ready,
  output logic      [23:0]   rd_fn,
  output logic      [191:0]  rd_addr,
  output logic      [47:0]   rd_len,
  input  wire logic [2:0]    cpl_valid,
  output logic      [2:0]    cpl_ready,
  input  wire logic [511:0]  cpl_data,
  input  wire logic          cpl_last,
  input  wire logic          cpl_error,

  // DMA write client: used rings and MSI-X, one beat each.
  output logic               wr_valid,
  input  wire logic          wr_ready,
  output logic               wr_irq,
  output logic      [7:0]    wr_fn,
  output logic      [63:0]   wr_addr,
  output logic      [15:0]   wr_len,
  output logic      [511:0]  wr_data,

  // Frames to the pipeline; htx_drop with htx_last discards the frame.
  output logic               htx_valid,
  input  wire logic          htx_ready,
  output logic      [511:0]  htx_data,
  output logic      [5:0]    htx_empty,
  output logic               htx_last,
  output logic               htx_drop,
  output frl_pkg::frame_meta_t htx_meta,

  // A frame was dropped: enum drop.
  output logic               ev_drop_valid,
  output logic      [7:0]    ev_drop_reason
);

  // Longest buffer: the longest frame and the longer header.
  localparam logic [15:0] BUFFER_MAX = 16'(frl_pkg::MAX_FRAME + frl_pkg::META_HDR_BYTES);

  // ---- Errors ----
  logic       sched_stop_valid, fetch_stop_valid, gather_stop_valid;
  logic [5:0] sched_stop_pair, fetch_stop_pair, gather_stop_pair;
  logic [2:0] sched_stop_code, fetch_stop_code, gather_stop_code;
  vq_stop stop (
    .clk, .rst,
    .a_valid(sched_stop_valid), .a_pair(sched_stop_pair), .a_code(sched_stop_code),
    .b_valid(fetch_stop_valid), .b_pair(fetch_stop_pair), .b_code(fetch_stop_code),
    .c_valid(gather_stop_valid), .c_pair(gather_stop_pair), .c_code(gather_stop_code),
    .clear_valid(start_valid), .clear_pair(start_pair),
    .stopped, .query_pair, .query_code
  );

  // ---- Available rings ----
  logic        head_valid, head_ready, sched_start_ready, used_start_ready, late_reads, sched_busy, used_busy;
  logic        chunk_ended, chunks_done;
  logic [7:0]  head_slot, slot_alloc, chunk_alloc;
  logic [5:0]  head_pair;
  logic [15:0] head_index;
  logic [3:0]  head_err, ended;
  logic        ask_valid, irq_valid, irq_ready;
  logic [5:0]  ask_pair, irq_pair;
  always_comb start_ready = sched_start_ready && used_start_ready;
  vq_tx_sched sched (
    .clk, .rst, .busy(sched_busy),
    .run, .stopped, .notify_valid, .notify_pair,
    .stop_valid(sched_stop_valid), .stop_pair(sched_stop_pair), .stop_code(sched_stop_code),
    .ctx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .start_valid, .start_ready(sched_start_ready), .start_pair, .start_index,
    .rd_valid(rd_valid[0]), .rd_ready(rd_ready[0]), .rd_fn(rd_fn[7:0]), .rd_addr(rd_addr[63:0]), .rd_len(rd_len[15:0]),
    .cpl_valid(cpl_valid[0]), .cpl_ready(cpl_ready[0]), .cpl_data, .cpl_last, .cpl_error,
    .head_valid, .head_ready, .head_slot, .head_pair, .head_index, .head_err,
    .ended, .slot_alloc, .chunk_alloc, .chunk_ended, .late_reads,
    .ask_valid, .ask_pair, .irq_valid, .irq_ready, .irq_pair
  );

  // ---- Descriptors ----
  logic [7:0]  slot_next, clear_slot;
  logic [3:0]  seg_next, slot_err;
  logic        slot_done, clear_valid;
  logic [5:0]  slot_pair;
  logic [15:0] slot_head, slot_total, seg_len;
  logic [4:0]  slot_segs;
  logic [63:0] seg_addr;
  vq_walk #(.TX(1'b1)) walk (
    .clk, .rst,
    .head_valid, .head_ready, .head_slot, .head_pair, .head_index, .head_err, .head_need(BUFFER_MAX),
    .ctx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .rd_valid(rd_valid[1]), .rd_ready(rd_ready[1]), .rd_fn(rd_fn[15:8]), .rd_addr(rd_addr[127:64]), .rd_len(rd_len[31:16]),
    .cpl_valid(cpl_valid[1]), .cpl_ready(cpl_ready[1]), .cpl_data, .cpl_last, .cpl_error,
    .slot_next, .seg_next, .slot_done, .slot_pair, .slot_head, .slot_total, .slot_segs, .slot_err,
    .seg_addr, .seg_len, .clear_valid, .clear_slot
  );

  // ---- Data ----
  localparam int READ_W = 1 + 1 + 16 + 6 + 16 + 16 + 6;
  logic        ask_read_valid, ask_read_ready, read_valid, read_ready;
  logic [READ_W-1:0] ask_read, read;
  vq_tx_fetch fetch (
    .clk, .rst,
    .slot_next, .seg_next, .slot_done, .slot_pair, .slot_head, .slot_total, .slot_segs, .slot_err,
    .seg_addr, .seg_len, .clear_valid, .clear_slot,
    .stopped, .stop_valid(fetch_stop_valid), .stop_pair(fetch_stop_pair), .stop_code(fetch_stop_code),
    .rd_valid(rd_valid[2]), .rd_ready(rd_ready[2]), .rd_fn(rd_fn[23:16]), .rd_addr(rd_addr[191:128]), .rd_len(rd_len[47:32]),
    .read_valid(ask_read_valid), .read_ready(ask_read_ready),
    .read_skip(ask_read[61]), .read_last(ask_read[60]), .read_len(ask_read[59:44]), .read_pair(ask_read[43:38]),
    .read_head(ask_read[37:22]), .read_total(ask_read[21:6]), .read_hdr(ask_read[5:0])
  );
  vq_fifo #(.W(READ_W), .DEPTH(256)) read_fifo (
    .clk, .rst,
    .in_valid(ask_read_valid), .in_ready(ask_read_ready), .in_data(ask_read),
    .out_valid(read_valid), .out_ready(read_ready), .out_data(read)
  );

  // Data waits here for what becomes of it, so that this is not part of whose completion the port takes.
  logic         data_valid, data_ready, data_last, data_error;
  logic [511:0] data;
  vq_fifo #(.W(512 + 2), .DEPTH(4)) data_fifo (
    .clk, .rst,
    .in_valid(cpl_valid[2]), .in_ready(cpl_ready[2]), .in_data({cpl_data, cpl_last, cpl_error}),
    .out_valid(data_valid), .out_ready(data_ready), .out_data({data, data_last, data_error})
  );

  logic         beat_valid, beat_ready, beat_last, beat_drop;
  logic [511:0] beat_data;
  logic [5:0]   beat_empty;
  frl_pkg::frame_meta_t beat_meta;
  logic [$bits(beat_meta)-1:0] htx_word;

  logic        gone_valid, gone_ready, gone_skip, done_valid, done_ready, done_skip;
  logic [5:0]  gone_pair, done_pair;
  logic [15:0] gone_head, done_head;
  vq_tx_gather #(.N_WIRES(N_WIRES), .N_VFS(N_VFS)) gather (
    .clk, .rst,
    .read_valid, .read_ready,
    .read_skip(read[61]), .read_last(read[60]), .read_len(read[59:44]), .read_pair(read[43:38]),
    .read_head(read[37:22]), .read_total(read[21:6]), .read_hdr(read[5:0]),
    .cpl_valid(data_valid), .cpl_ready(data_ready), .cpl_data(data), .cpl_last(data_last), .cpl_error(data_error),
    .done_valid(gone_valid), .done_ready(gone_ready), .done_skip(gone_skip), .done_pair(gone_pair), .done_head(gone_head),
    .stop_valid(gather_stop_valid), .stop_pair(gather_stop_pair), .stop_code(gather_stop_code),
    .htx_valid(beat_valid), .htx_ready(beat_ready), .htx_data(beat_data), .htx_empty(beat_empty), .htx_last(beat_last),
    .htx_drop(beat_drop), .htx_meta(beat_meta),
    .ev_drop_valid, .ev_drop_reason
  );

  vq_fifo #(.W(512 + 6 + 1 + 1 + $bits(beat_meta)), .DEPTH(4)) beat_fifo (
    .clk, .rst,
    .in_valid(beat_valid), .in_ready(beat_ready), .in_data({beat_data, beat_empty, beat_last, beat_drop, beat_meta}),
    .out_valid(htx_valid), .out_ready(htx_ready), .out_data({htx_data, htx_empty, htx_last, htx_drop, htx_word})
  );
  always_comb htx_meta = htx_word;

  // ---- Used rings ----
  vq_fifo #(.W(1 + 6 + 16), .DEPTH(256)) done_fifo (
    .clk, .rst,
    .in_valid(gone_valid), .in_ready(gone_ready), .in_data({gone_skip, gone_pair, gone_head}),
    .out_valid(done_valid), .out_ready(done_ready), .out_data({done_skip, done_pair, done_head})
  );
  vq_used used (
    .clk, .rst,
    .done_valid, .done_ready, .done_skip, .done_pair, .done_head, .done_len(16'd0),
    .ctx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .start_valid, .start_ready(used_start_ready), .start_pair, .start_index,
    .query_pair, .query_index,
    .ended, .ask_valid, .ask_pair, .irq_valid, .irq_ready, .irq_pair,
    .wr_valid, .wr_ready, .wr_irq, .wr_fn, .wr_addr, .wr_len, .wr_data, .irq_sent, .busy(used_busy)
  );

  // First what was asked of the rings, then the slots that came of it.
  vq_drain drain_chunks (
    .clk, .rst, .drain_start, .drain_done(chunks_done),
    .slot_alloc(chunk_alloc), .ended({3'd0, chunk_ended}), .late(1'b0)
  );
  vq_drain drain_slots (
    .clk, .rst, .drain_start(chunks_done), .drain_done,
    .slot_alloc, .ended, .late(late_reads || irq_valid)
  );

  always_comb begin
    irq_fn = wr_fn[5:0];
    busy   = sched_busy || used_busy || beat_valid || htx_valid;
  end

endmodule

`default_nettype wire
