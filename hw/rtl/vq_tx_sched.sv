// SPDX-License-Identifier: BSD-3-Clause
// Finds what drivers have made available in their transmit queues (virtio 1.2, 2.7.13): reads the
// available index after a notification, and ring entries in chunks, for several queues in turn. An entry
// takes a slot when it goes on to the descriptors; the slots are given out in order and end in order.

`default_nettype none

module vq_tx_sched (
  input  wire logic         clk,
  input  wire logic         rst,
  output logic              busy,

  // Queues that may work; queues that stopped.
  input  wire logic [63:0]  run,
  input  wire logic [63:0]  stopped,
  input  wire logic         notify_valid,
  input  wire logic [5:0]   notify_pair,
  output logic              stop_valid,
  output logic      [5:0]   stop_pair,
  output logic      [2:0]   stop_code,

  // Queue contexts; start sets both indexes of a queue.
  input  wire logic         ctx_valid,
  input  wire logic [5:0]   ctx_pair,
  input  wire logic [2:0]   ctx_word,
  input  wire logic [31:0]  ctx_data,
  input  wire logic         start_valid,
  output logic              start_ready,
  input  wire logic [5:0]   start_pair,
  input  wire logic [15:0]  start_index,

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

  // Heads of chains, with their slots. err: enum queue_error.
  output logic              head_valid,
  input  wire logic         head_ready,
  output logic      [7:0]   head_slot,
  output logic      [5:0]   head_pair,
  output logic      [15:0]  head_index,
  output logic      [3:0]   head_err,

  // Slots that ended in this cycle; next slot to be given out; chunks asked for, and one is used up;
  // index reads of queues that must not run.
  input  wire logic [3:0]   ended,
  output logic      [7:0]   slot_alloc,
  output logic      [7:0]   chunk_alloc,
  output logic              chunk_ended,
  output logic              late_reads,

  // Interrupts: asked for after a used index was written; the flags are read then.
  input  wire logic         ask_valid,
  input  wire logic [5:0]   ask_pair,
  output logic              irq_valid,
  input  wire logic         irq_ready,
  output logic      [5:0]   irq_pair
);

  localparam int CHUNKS = 64;

  // Flags of the queues: index to be read, index read in flight, entries known, interrupt wanted,
  // the read in flight answers an interrupt.
  logic [63:0] want, reading, known_some, asked, asking;

  // Next entry to fetch (two readers), and available index as last read.
  logic [15:0] next_mem[64];
  logic [15:0] next_copy_mem[64];
  logic [15:0] known_mem[64];
  logic [15:0] known_copy_mem[64];

  // ---- Choose a queue ----
  logic        rings_ok, turn, picked;
  logic [63:0] ready;
  logic [5:0]  turn_pair, q, q_next;
  logic [6:0]  chunks;
  logic [7:0]  slots_used;
  logic [8:0]  entries;
  always_comb ready = run & ~stopped & (((want | asked) & ~reading) | (known_some & {64{rings_ok}}));
  vq_turn turns (.clk, .rst, .flags(ready), .valid(turn), .take(!picked), .pick(turn_pair));
  always_comb q_next = picked ? q : turn_pair;

  logic [63:0] ctx_addr;
  logic [15:0] ctx_mask, unused_msix;
  logic [7:0]  ctx_fn;
  vq_ctx_ram #(.WORD(4)) ctx (
    .clk,
    .wr_valid(ctx_valid), .wr_pair(ctx_pair), .wr_word(ctx_word), .wr_data(ctx_data),
    .rd_pair(q_next), .rd_addr(ctx_addr), .rd_mask(ctx_mask), .rd_msix(unused_msix), .rd_fn(ctx_fn)
  );

  // ---- Decide what to read for it: the index, or ring entries up to the end of the ring ----
  logic [15:0] next, known, left, to_end, place;
  logic [5:0]  n;
  logic        may_run, all, do_index, do_ring, act, go, next_we;
  logic [5:0]  next_wa;
  logic [15:0] next_wd;
  always_comb begin
    left     = known - next;
    place    = next & ctx_mask;
    to_end   = ctx_mask - place + 16'd1;
    // At most 32, and to the end of the ring; all that is left, if it is no more than that.
    all      = left <= 16'd32 && left <= to_end;
    n        = all ? left[5:0] : to_end < 16'd32 ? to_end[5:0] : 6'd32;
    // Whoever was in turn twice, or may no longer work, gets nothing, and nobody waits for that.
    may_run  = run[q] && !stopped[q];
    do_index = may_run && (want[q] || asked[q]) && !reading[q];
    do_ring  = may_run && !do_index && known_some[q] && known != next && rings_ok;
    go       = out_in_ready && (!rd_valid || rd_ready) && !start_valid;
    act      = picked && (go || !(do_index || do_ring));
    next_we  = (act && do_ring) || start_valid;
    next_wa  = start_valid ? start_pair : q;
    next_wd  = start_valid ? start_index : next + 16'(n);
  end

  always_ff @(posedge clk) begin
    q     <= q_next;
    next  <= next_mem[q_next];
    known <= known_set && known_wa == q_next ? known_wd : known_mem[q_next];
    if (!picked) picked <= turn;
    else if (act) picked <= 1'b0;
    // Entries are fetched up to 256 ahead of the slots.
    rings_ok <= entries <= 9'd224 && chunks != 7'(CHUNKS);
    if (rst) begin
      picked   <= 1'b0;
      q        <= '0;
      rings_ok <= 1'b0;
    end
  end

  always_ff @(posedge clk) begin
    if (next_we) next_mem[next_wa] <= next_wd;
    if (next_we) next_copy_mem[next_wa] <= next_wd;
  end

  always_ff @(posedge clk) begin
    if (act && (do_index || do_ring)) begin
      rd_valid <= 1'b1;
      rd_fn    <= ctx_fn;
      rd_addr  <= do_index ? ctx_addr : ctx_addr + 64'd4 + {47'b0, place, 1'b0};
      rd_len   <= do_index ? 16'd4 : {9'b0, n, 1'b0};
    end else if (rd_ready) begin
      rd_valid <= 1'b0;
    end
    if (rst) rd_valid <= 1'b0;
  end

  // ---- Reads in flight ----
  localparam int OUT_W = 1 + 6 + 6;
  logic             out_in_ready, out_valid, out_take, out_ring, chunk_ready;
  logic [OUT_W-1:0] out_data;
  logic [5:0]       out_pair, out_n;
  vq_fifo #(.W(OUT_W), .DEPTH(128)) out_fifo (
    .clk, .rst,
    .in_valid(act && (do_index || do_ring)), .in_ready(out_in_ready), .in_data({do_ring, q, n}),
    .out_valid, .out_ready(out_take), .out_data
  );
  always_comb begin
    {out_ring, out_pair, out_n} = out_data;
    cpl_ready = out_valid && (out_ring ? chunk_ready : irq_in_ready);
    out_take  = cpl_valid && cpl_ready && cpl_last;
  end

  // ---- An index came: flags [15:0], idx [31:16] ----
  logic        i_valid, i_error, i_wrong, known_we, known_set, irq_in_ready, irq_in_valid;
  logic [5:0]  i_pair, known_wa;
  logic [15:0] i_idx, i_next, i_known, i_mask, known_wd;
  logic        i_quiet;
  logic [15:0] mask_mem[64];
  always_ff @(posedge clk) begin
    if (ctx_valid && ctx_word == 3'd0) mask_mem[ctx_pair] <= ctx_data[15:0] - 16'd1;
    i_valid <= out_take && !out_ring;
    if (out_take && !out_ring) begin
      i_pair  <= out_pair;
      i_quiet <= cpl_data[0];
      i_idx   <= cpl_data[31:16];
      i_error <= cpl_error;
      i_next  <= next_copy_mem[out_pair];
      i_known <= known_copy_mem[out_pair];
      i_mask  <= mask_mem[out_pair];
    end
    if (rst) i_valid <= 1'b0;
  end
  logic [15:0] ahead, news;
  always_comb begin
    ahead        = i_idx - i_next - 16'd1;
    news         = i_idx - i_known;
    i_wrong      = news != 16'd0 && (ahead > i_mask || news - 16'd1 > i_mask);
    known_we     = i_valid && !i_error && !i_wrong;
    irq_in_valid = known_we && asking[i_pair] && !i_quiet && run[i_pair];
    stop_valid   = i_valid && (i_error || i_wrong) && run[i_pair];
    stop_pair    = i_pair;
    stop_code    = i_error ? 3'(frl_pkg::QUEUE_ERROR_DMA) : 3'(frl_pkg::QUEUE_ERROR_INDEX);
    start_ready  = !known_we;
  end
  always_comb begin
    known_set = start_valid || known_we;
    known_wa  = known_we ? i_pair : start_pair;
    known_wd  = known_we ? i_idx : start_index;
  end
  always_ff @(posedge clk) begin
    if (known_set) known_mem[known_wa] <= known_wd;
    if (known_set) known_copy_mem[known_wa] <= known_wd;
  end

  vq_fifo #(.W(6), .DEPTH(64)) irq_fifo (
    .clk, .rst,
    .in_valid(irq_in_valid), .in_ready(irq_in_ready), .in_data(i_pair),
    .out_valid(irq_valid), .out_ready(irq_ready), .out_data(irq_pair)
  );

  // ---- Flags: what sets one comes last, so that no wish is lost ----
  always_ff @(posedge clk) begin
    if (act && do_index) begin
      want[q]    <= 1'b0;
      asked[q]   <= 1'b0;
      asking[q]  <= asked[q];
      reading[q] <= 1'b1;
    end
    if (act && (do_ring ? all : known == next)) known_some[q] <= 1'b0;
    // Few are left: look for more in time, and once more before going to sleep.
    if (act && do_ring && left < 16'd64) want[q] <= 1'b1;
    if (i_valid) reading[i_pair] <= 1'b0;
    if (known_we && news != 16'd0) known_some[i_pair] <= 1'b1;
    if (notify_valid) want[notify_pair] <= 1'b1;
    if (ask_valid) asked[ask_pair] <= 1'b1;
    if (start_valid && start_ready) begin
      want[start_pair]       <= 1'b1;
      asked[start_pair]      <= 1'b0;
      known_some[start_pair] <= 1'b0;
    end
    if (rst) begin
      want       <= '0;
      asked      <= '0;
      asking     <= '0;
      reading    <= '0;
      known_some <= '0;
    end
  end

  // ---- Ring entries came: one head a cycle. Those of a queue that stopped meanwhile are forgotten ----
  localparam int CHUNK_W = 512 + 1 + 6 + 6;
  logic               chunk_valid, chunk_take, e_valid, e_error, e_wanted, e_next;
  logic [CHUNK_W-1:0] chunk_data;
  logic [511:0]       e_entries;
  logic [5:0]         e_n;
  vq_fifo #(.W(CHUNK_W), .DEPTH(CHUNKS)) chunk_fifo (
    .clk, .rst,
    .in_valid(out_take && out_ring), .in_ready(chunk_ready), .in_data({cpl_data, cpl_error, out_pair, out_n}),
    .out_valid(chunk_valid), .out_ready(chunk_take), .out_data(chunk_data)
  );
  always_comb begin
    // One slot stays free, so that all in use differs from none.
    e_wanted    = run[head_pair] && !stopped[head_pair];
    head_valid  = e_valid && e_wanted && slots_used != 8'd255;
    head_index  = e_entries[15:0];
    head_err    = e_error ? 4'(frl_pkg::QUEUE_ERROR_DMA) : 4'd0;
    head_slot   = slot_alloc;
  end
  always_comb begin
    e_next      = e_valid && (!e_wanted || (head_valid && head_ready));
    chunk_ended = e_next && e_n == 6'd1;
    chunk_take  = !e_valid || chunk_ended;
  end
  always_ff @(posedge clk) begin
    if (chunk_take) begin
      e_valid <= chunk_valid;
      if (chunk_valid) {e_entries, e_error, head_pair, e_n} <= chunk_data;
    end else if (e_next) begin
      e_entries <= e_entries >> 16;
      e_n       <= e_n - 6'd1;
    end
    if (rst) e_valid <= 1'b0;
  end

  // ---- Slots and chunks in use ----
  always_ff @(posedge clk) begin
    slots_used <= slots_used + 8'(head_valid && head_ready) - 8'(ended);
    entries    <= entries + (act && do_ring ? 9'(n) : 9'd0) - 9'(e_next);
    chunks     <= chunks + 7'(act && do_ring) - 7'(chunk_take && chunk_valid);
    if (head_valid && head_ready) slot_alloc <= slot_alloc + 8'd1;
    if (act && do_ring) chunk_alloc <= chunk_alloc + 8'd1;
    late_reads <= (reading & ~run) != '0;
    if (rst) begin
      slots_used  <= '0;
      entries     <= '0;
      chunks      <= '0;
      slot_alloc  <= '0;
      chunk_alloc <= '0;
    end
  end
  always_comb busy = ready != '0 || reading != '0 || slots_used != '0 || entries != '0 || picked || irq_valid;

endmodule

`default_nettype wire
