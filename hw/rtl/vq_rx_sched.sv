// SPDX-License-Identifier: BSD-3-Clause
// Finds a receive buffer for every frame (virtio 1.2, 2.7.13): takes the next entry of the queue's
// available ring if one is known to be there, else reads the available index first. Frames do not wait
// for each other: each has a slot, and ends up in the head stream with its chain's head or a reason.

`default_nettype none

module vq_rx_sched (
  input  wire logic         clk,
  input  wire logic         rst,
  output logic              busy,

  // Frames: slot, queue, bytes that are needed with the header.
  input  wire logic         new_valid,
  output logic              new_ready,
  input  wire logic [7:0]   new_slot,
  input  wire logic [5:0]   new_pair,
  input  wire logic [15:0]  new_need,

  // Queues that may work; queues that stopped.
  input  wire logic [63:0]  run,
  // Buffers were added: no need, but the first frame will not have to wait for an index.
  input  wire logic         notify_valid,
  input  wire logic [5:0]   notify_pair,
  input  wire logic [63:0]  stopped,
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

  // Heads of chains. err: enum queue_error, or 8: no buffer, 9: queue does not run.
  output logic              head_valid,
  input  wire logic         head_ready,
  output logic      [7:0]   head_slot,
  output logic      [5:0]   head_pair,
  output logic      [15:0]  head_index,
  output logic      [3:0]   head_err,
  output logic      [15:0]  head_need,

  // Index reads of queues that must not run.
  output logic              late_reads,

  // Interrupts: asked for after a used index was written; the flags are read then.
  input  wire logic         ask_valid,
  input  wire logic [5:0]   ask_pair,
  output logic              irq_valid,
  input  wire logic         irq_ready,
  output logic      [5:0]   irq_pair
);

  localparam logic [3:0] NO_BUFFER = 4'd8;
  localparam logic [3:0] NOT_RUNNING = 4'd9;

  // Flags of the queues: index to be read ahead, such a read is in flight, interrupt wanted, the read in
  // flight answers an interrupt.
  logic [63:0] want, reading, asked, asking, look;

  // Next entry to take (two readers), and available index as last read (two readers).
  logic [15:0] next_mem[64];
  logic [15:0] next_copy_mem[64];
  logic [15:0] known_mem[64];
  logic [15:0] known_copy_mem[64];

  // ---- Frames that waited for an index come again ----
  logic        retry_in_valid, unused_retry_ready, retry_valid, retry_take;
  logic [29:0] retry_in, retry;
  vq_fifo #(.W(30), .DEPTH(256)) retry_fifo (
    .clk, .rst,
    .in_valid(retry_in_valid), .in_ready(unused_retry_ready), .in_data(retry_in),
    .out_valid(retry_valid), .out_ready(retry_take), .out_data(retry)
  );

  // ---- Choose: a frame again, a new frame, or a queue to look at; the latter at least every other time ----
  // Step 1: what comes next, for which queue.
  logic        take, c_take, c_valid, c_look, c_again, turn, turn_take, frame_first;
  logic [5:0]  turn_pair, c_pair;
  logic [7:0]  c_slot;
  logic [15:0] c_need;
  always_comb look = run & ~stopped & (want | asked) & ~reading;
  vq_turn turns (.clk, .rst, .flags(look), .valid(turn), .take(turn_take), .pick(turn_pair));
  always_comb begin
    take        = !picked || act;
    c_take      = !c_valid || take;
    frame_first = (retry_valid || new_valid) && (c_look || !turn);
    retry_take  = c_take && frame_first && retry_valid;
    new_ready   = c_take && frame_first && !retry_valid;
    turn_take   = c_take && !frame_first;
  end
  always_ff @(posedge clk) begin
    if (c_take) c_valid <= frame_first || turn;
    if (c_take && (frame_first || turn)) begin
      c_look           <= !frame_first;
      c_again          <= retry_valid;
      c_pair           <= !frame_first ? turn_pair : retry_valid ? retry[21:16] : new_pair;
      {c_slot, c_need} <= retry_valid ? {retry[29:22], retry[15:0]} : {new_slot, new_need};
    end
    if (rst) begin
      c_valid <= 1'b0;
      c_look  <= 1'b0;
    end
  end

  // Step 2: what is known of the queue.
  logic       picked, p_look, p_again;
  logic [5:0] q, q_next;
  always_comb q_next = take ? c_pair : q;

  logic [63:0] ctx_addr;
  logic [15:0] ctx_mask, unused_msix;
  logic [7:0]  ctx_fn;
  vq_ctx_ram #(.WORD(4)) ctx (
    .clk,
    .wr_valid(ctx_valid), .wr_pair(ctx_pair), .wr_word(ctx_word), .wr_data(ctx_data),
    .rd_pair(q_next), .rd_addr(ctx_addr), .rd_mask(ctx_mask), .rd_msix(unused_msix), .rd_fn(ctx_fn)
  );

  logic [7:0]  p_slot;
  logic [15:0] p_need, next, known;
  always_ff @(posedge clk) begin
    if (take) begin
      picked                             <= c_valid;
      {p_look, p_again, p_slot, p_need} <= {c_look, c_again, c_slot, c_need};
    end
    q     <= q_next;
    if (start_valid && start_pair == q_next) next <= start_index;
    else next <= act && do_claim && q_next == q ? next + 16'd1 : next_mem[q_next];
    known <= known_set && known_wa == q_next ? known_wd : known_mem[q_next];
    if (rst) begin
      picked <= 1'b0;
      q      <= '0;
    end
  end

  // ---- Decide ----
  logic        may_run, do_claim, do_drop, do_look, do_read, act, room;
  logic [15:0] left, place;
  always_comb begin
    may_run  = run[q] && !stopped[q];
    left     = known - next;
    place    = next & ctx_mask;
    do_claim = !p_look && may_run && known != next;
    do_drop  = !p_look && (!may_run || (known == next && p_again));
    // Whoever was in turn twice, or may no longer work, is not looked at, and nobody waits for that.
    do_look  = p_look && look[q];
    room     = out_in_ready && (!rd_valid || rd_ready) && !start_valid;
    act      = picked && (do_drop ? !ring_came && head_in_ready : room || (p_look && !do_look));
    do_read  = act && (p_look ? do_look : !do_drop);
  end

  logic        next_we;
  logic [5:0]  next_wa;
  logic [15:0] next_wd;
  always_comb begin
    next_we = (act && do_claim) || start_valid;
    next_wa = start_valid ? start_pair : q;
    next_wd = start_valid ? start_index : next + 16'd1;
  end
  always_ff @(posedge clk) begin
    if (next_we) next_mem[next_wa] <= next_wd;
    if (next_we) next_copy_mem[next_wa] <= next_wd;
  end

  always_ff @(posedge clk) begin
    if (do_read) begin
      rd_valid <= 1'b1;
      rd_fn    <= ctx_fn;
      rd_addr  <= do_claim ? ctx_addr + 64'd4 + {47'b0, place, 1'b0} : ctx_addr;
      rd_len   <= do_claim ? 16'd2 : 16'd4;
    end else if (rd_ready) begin
      rd_valid <= 1'b0;
    end
    if (rst) rd_valid <= 1'b0;
  end

  // ---- Reads in flight ----
  localparam int OUT_W = 2 + 6 + 8 + 16;
  logic             out_in_ready, out_valid, out_take, out_ring, out_look, ring_came;
  logic [OUT_W-1:0] out_data;
  logic [5:0]       out_pair;
  logic [7:0]       out_slot;
  logic [15:0]      out_need;
  vq_fifo #(.W(OUT_W), .DEPTH(512)) out_fifo (
    .clk, .rst,
    .in_valid(do_read), .in_ready(out_in_ready), .in_data({do_claim, p_look, q, p_slot, p_need}),
    .out_valid, .out_ready(out_take), .out_data
  );
  always_comb begin
    {out_ring, out_look, out_pair, out_slot, out_need} = out_data;
    cpl_ready = out_valid && (out_ring || irq_in_ready);
    out_take  = cpl_valid && cpl_last && cpl_ready;
    ring_came = cpl_valid && cpl_last && out_valid && out_ring;
  end

  // ---- An index came: flags [15:0], idx [31:16] ----
  logic        i_valid, i_look, i_error, i_wrong, i_quiet, known_we, known_set, irq_in_ready, irq_in_valid;
  logic [5:0]  i_pair, known_wa;
  logic [7:0]  i_slot;
  logic [15:0] i_idx, i_next, i_known, i_mask, i_need, known_wd, ahead, news;
  logic [15:0] mask_mem[64];
  always_ff @(posedge clk) begin
    if (ctx_valid && ctx_word == 3'd0) mask_mem[ctx_pair] <= ctx_data[15:0] - 16'd1;
    i_valid <= out_take && !out_ring;
    if (out_take && !out_ring) begin
      i_look  <= out_look;
      i_pair  <= out_pair;
      i_slot  <= out_slot;
      i_need  <= out_need;
      i_quiet <= cpl_data[0];
      i_idx   <= cpl_data[31:16];
      i_error <= cpl_error;
      i_next  <= next_copy_mem[out_pair];
      i_known <= known_copy_mem[out_pair];
      i_mask  <= mask_mem[out_pair];
    end
    if (rst) i_valid <= 1'b0;
  end
  always_comb begin
    ahead          = i_idx - i_next - 16'd1;
    news           = i_idx - i_known;
    i_wrong        = news != 16'd0 && (ahead > i_mask || news - 16'd1 > i_mask);
    known_we       = i_valid && !i_error && !i_wrong;
    irq_in_valid   = known_we && i_look && asking[i_pair] && !i_quiet && run[i_pair];
    stop_valid     = i_valid && (i_error || i_wrong) && run[i_pair];
    stop_pair      = i_pair;
    stop_code      = i_error ? 3'(frl_pkg::QUEUE_ERROR_DMA) : 3'(frl_pkg::QUEUE_ERROR_INDEX);
    start_ready    = !known_we;
    retry_in_valid = i_valid && !i_look;
    retry_in       = {i_slot, i_pair, i_need};
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
    if (act && do_look) begin
      want[q]    <= 1'b0;
      asked[q]   <= 1'b0;
      asking[q]  <= asked[q];
      reading[q] <= 1'b1;
    end
    // Few are left: look for more in time.
    if (act && do_claim && left <= 16'd32) want[q] <= 1'b1;
    if (i_valid && i_look) reading[i_pair] <= 1'b0;
    if (notify_valid) want[notify_pair] <= 1'b1;
    if (ask_valid) asked[ask_pair] <= 1'b1;
    if (start_valid && start_ready) begin
      want[start_pair]  <= 1'b1;
      asked[start_pair] <= 1'b0;
    end
    if (rst) begin
      want    <= '0;
      asked   <= '0;
      asking  <= '0;
      reading <= '0;
    end
  end

  // ---- Heads: ring entries that came, and frames that get no buffer ----
  logic        head_in_ready;
  logic [49:0] head_in;
  always_comb begin
    head_in = {p_slot, q, 16'd0, may_run ? NO_BUFFER : NOT_RUNNING, p_need};
    if (ring_came) head_in = {out_slot, out_pair, cpl_data[15:0], cpl_error ? 4'(frl_pkg::QUEUE_ERROR_DMA) : 4'd0, out_need};
  end
  vq_fifo #(.W(50), .DEPTH(256)) head_fifo (
    .clk, .rst,
    .in_valid(ring_came || (act && do_drop)), .in_ready(head_in_ready), .in_data(head_in),
    .out_valid(head_valid), .out_ready(head_ready), .out_data({head_slot, head_pair, head_index, head_err, head_need})
  );

  logic [479:0] unused_data;
  always_comb unused_data = cpl_data[511:32];

  always_ff @(posedge clk) begin
    late_reads <= (reading & ~run) != '0;
  end
  always_comb busy = look != '0 || reading != '0 || c_valid || picked || irq_valid;

endmodule

`default_nettype wire
