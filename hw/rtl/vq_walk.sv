// SPDX-License-Identifier: BSD-3-Clause
// Reads the descriptor chains of many buffers at a time (virtio 1.2, 2.7.5). A buffer has a slot; its
// chain is one read after the other, different slots overlap. When a chain is complete, or wrong, the
// slot is marked, and whoever uses the slots takes them in their order.

`default_nettype none

module vq_walk #(
  // 1: buffers that the device reads (transmit), 0: buffers that it writes.
  parameter bit TX = 1
) (
  input  wire logic         clk,
  input  wire logic         rst,

  // Head of a chain. err: not 0 = no walk, mark the slot with it. need: TX most bytes that a buffer may
  // have, else bytes that are needed; what a chain has beyond is not read.
  input  wire logic         head_valid,
  output logic              head_ready,
  input  wire logic [7:0]   head_slot,
  input  wire logic [5:0]   head_pair,
  input  wire logic [15:0]  head_index,
  input  wire logic [3:0]   head_err,
  input  wire logic [15:0]  head_need,

  // Queue contexts.
  input  wire logic         ctx_valid,
  input  wire logic [5:0]   ctx_pair,
  input  wire logic [2:0]   ctx_word,
  input  wire logic [31:0]  ctx_data,

  // DMA reads.
  output logic              rd_valid,
  input  wire logic         rd_ready,
  output logic      [7:0]   rd_fn,
  output logic      [63:0]  rd_addr,
  output logic      [15:0]  rd_len,
  input  wire logic         cpl_valid,
  output logic              cpl_ready,
  input  wire logic [511:0] cpl_data,
  input  wire logic         cpl_last,
  input  wire logic         cpl_error,

  // Finished slots: address in the cycle before, answer now. clear: the slot was used up.
  input  wire logic [7:0]   slot_next,
  input  wire logic [3:0]   seg_next,
  output logic              slot_done,
  output logic      [5:0]   slot_pair,
  output logic      [15:0]  slot_head,
  output logic      [15:0]  slot_total,
  output logic      [4:0]   slot_segs,
  output logic      [3:0]   slot_err,
  output logic      [63:0]  seg_addr,
  output logic      [15:0]  seg_len,
  input  wire logic         clear_valid,
  input  wire logic [7:0]   clear_slot
);

  localparam int JOB_W = 8 + 6 + 16 + 16 + 4 + 16 + 16;

  // A descriptor to be read: slot, queue, its index, head of the chain, segment, bytes before, need.
  logic             chain_in_valid, chain_valid, chain_take, unused_chain_ready;
  logic [JOB_W-1:0] chain_in, chain_data;
  vq_fifo #(.W(JOB_W), .DEPTH(256)) chain_fifo (
    .clk, .rst,
    .in_valid(chain_in_valid), .in_ready(unused_chain_ready), .in_data(chain_in),
    .out_valid(chain_valid), .out_ready(chain_take), .out_data(chain_data)
  );

  // Stage 0: next parts of chains go before new chains. The context is read meanwhile.
  logic        j_valid, j_take;
  logic [7:0]  j_slot;
  logic [5:0]  j_pair;
  logic [15:0] j_index, j_head, j_total, j_need;
  logic [3:0]  j_seg, j_err;
  logic [5:0]  ctx_rd_pair;
  logic [63:0] ctx_addr;
  logic [15:0] ctx_mask, unused_msix;
  logic [7:0]  ctx_fn;
  vq_ctx_ram #(.WORD(2)) ctx (
    .clk,
    .wr_valid(ctx_valid), .wr_pair(ctx_pair), .wr_word(ctx_word), .wr_data(ctx_data),
    .rd_pair(ctx_rd_pair), .rd_addr(ctx_addr), .rd_mask(ctx_mask), .rd_msix(unused_msix), .rd_fn(ctx_fn)
  );

  logic accept;
  always_comb begin
    accept      = !j_valid || j_take;
    chain_take  = accept;
    head_ready  = accept && !chain_valid;
    ctx_rd_pair = j_pair;
    if (accept) ctx_rd_pair = chain_valid ? chain_data[JOB_W-9-:6] : head_pair;
  end

  always_ff @(posedge clk) begin
    if (accept) j_valid <= chain_valid || head_valid;
    if (accept && chain_valid) begin
      {j_slot, j_pair, j_index, j_head, j_seg, j_total, j_need} <= chain_data;
      j_err <= '0;
    end else if (accept && head_valid) begin
      j_slot  <= head_slot;
      j_pair  <= head_pair;
      j_index <= head_index;
      j_head  <= head_index;
      j_seg   <= '0;
      j_total <= '0;
      j_need  <= head_need;
      j_err   <= head_err;
    end
    if (rst) j_valid <= 1'b0;
  end

  // Stage 1: check the number and ask for the descriptor, or mark the slot as bad.
  localparam int OUT_W = 8 + 6 + 16 + 4 + 4 + 16 + 16;
  logic             out_in_valid, out_in_ready, out_valid, out_take;
  logic [OUT_W-1:0] out_in, out_data;
  logic             j_bad, j_issue, cpl_marks;
  logic [3:0]       j_code, j_limit;
  always_comb begin
    j_code = j_err;
    if (j_err == 4'd0 && j_index > ctx_mask) j_code = 4'(frl_pkg::QUEUE_ERROR_INDEX);
    j_limit      = ctx_mask > 16'd15 ? 4'd15 : ctx_mask[3:0];
    j_bad        = j_valid && j_code != 4'd0;
    j_issue      = j_valid && j_code == 4'd0 && out_in_ready && (!rd_valid || rd_ready);
    j_take       = j_issue || (j_bad && !cpl_marks);
    out_in_valid = j_issue;
    out_in       = {j_slot, j_pair, j_head, j_seg, j_limit, j_total, j_need};
    rd_len       = 16'd16;
  end

  always_ff @(posedge clk) begin
    if (j_issue) begin
      rd_valid <= 1'b1;
      rd_fn    <= ctx_fn;
      rd_addr  <= ctx_addr + {44'b0, j_index, 4'b0};
    end else if (rd_ready) begin
      rd_valid <= 1'b0;
    end
    if (rst) rd_valid <= 1'b0;
  end

  vq_fifo #(.W(OUT_W), .DEPTH(256)) out_fifo (
    .clk, .rst,
    .in_valid(out_in_valid), .in_ready(out_in_ready), .in_data(out_in),
    .out_valid(out_valid), .out_ready(out_take), .out_data(out_data)
  );

  // Completion: check the descriptor (struct virtq_desc: addr, len, flags, next).
  logic [7:0]  c_slot;
  logic [5:0]  c_pair;
  logic [15:0] c_head, c_total, c_need, c_next, c_flags, c_left, c_use;
  logic [3:0]  c_seg, c_limit, c_code;
  logic [31:0] c_len;
  logic [32:0] c_sum;
  logic        c_fire, c_more, c_full;
  always_comb begin
    {c_slot, c_pair, c_head, c_seg, c_limit, c_total, c_need} = out_data;
    c_len   = cpl_data[95:64];
    c_flags = cpl_data[111:96];
    c_next  = cpl_data[127:112];
    c_sum   = 33'(c_len) + 33'(c_total);
    c_left  = c_need - c_total;
    c_full  = c_sum >= 33'(c_need);
    c_use   = !TX && c_full ? c_left : c_len[15:0];
    c_more  = TX ? c_flags[0] : !c_full && c_flags[0];

    c_code = 4'(frl_pkg::QUEUE_ERROR_NONE);
    if (c_more && c_seg == c_limit) c_code = 4'(frl_pkg::QUEUE_ERROR_LOOP);
    if (!TX && !c_full && !c_flags[0]) c_code = 4'(frl_pkg::QUEUE_ERROR_LENGTH);
    if (TX && c_sum > 33'(c_need)) c_code = 4'(frl_pkg::QUEUE_ERROR_LENGTH);
    if (c_len == '0) c_code = 4'(frl_pkg::QUEUE_ERROR_LENGTH);
    if (c_flags[1] == TX) c_code = 4'(frl_pkg::QUEUE_ERROR_DIRECTION);
    if (c_flags[2]) c_code = 4'(frl_pkg::QUEUE_ERROR_FLAGS);
    if (cpl_error) c_code = 4'(frl_pkg::QUEUE_ERROR_DMA);

    cpl_ready      = out_valid;
    c_fire         = cpl_valid && out_valid && cpl_last;
    out_take       = cpl_valid && cpl_last;
    cpl_marks      = c_fire && (!c_more || c_code != 4'd0);
    chain_in_valid = c_fire && !cpl_marks;
    chain_in       = {c_slot, c_pair, c_next, c_head, c_seg + 4'd1, c_total + c_use, c_need};
  end

  logic [383:0] unused_data;
  logic [12:0]  unused_flags;
  always_comb begin
    unused_data  = cpl_data[511:128];
    unused_flags = c_flags[15:3];
  end

  // Slots: one write a cycle, a completion first.
  localparam int STATUS_W = 6 + 16 + 16 + 5 + 4;
  logic [STATUS_W-1:0] status_mem[256];
  logic [79:0]         seg_mem[4096];
  logic [255:0]        done;
  logic                marks;
  logic [7:0]          mark_slot;
  always_comb begin
    marks     = cpl_marks || j_bad;
    mark_slot = cpl_marks ? c_slot : j_slot;
  end

  always_ff @(posedge clk) begin
    if (marks) status_mem[mark_slot] <= cpl_marks ? {c_pair, c_head, c_total + c_use, 5'(c_seg) + 5'd1, c_code}
                                                  : {j_pair, j_head, 16'd0, 5'd0, j_code};
    if (c_fire) seg_mem[{c_slot, c_seg}] <= {cpl_data[63:0], c_use};
    {slot_pair, slot_head, slot_total, slot_segs, slot_err} <= status_mem[slot_next];
    {seg_addr, seg_len} <= seg_mem[{slot_next, seg_next}];
  end

  // Slots are used up in their order, so that slot_next is the one that is being cleared, or the next one.
  // A slot that was used up is cleared a cycle later: it comes again after all others.
  logic       cleared, done_same, done_after;
  logic [7:0] cleared_slot;
  always_comb slot_done = cleared ? done_after : done_same;
  always_ff @(posedge clk) begin
    done_same    <= done[clear_slot];
    done_after   <= done[clear_slot + 8'd1];
    cleared      <= clear_valid;
    cleared_slot <= clear_slot;
    if (marks) done[mark_slot] <= 1'b1;
    if (cleared) done[cleared_slot] <= 1'b0;
    if (rst) begin
      done       <= '0;
      cleared    <= 1'b0;
      done_same  <= 1'b0;
      done_after <= 1'b0;
    end
  end

endmodule

`default_nettype wire
