// SPDX-License-Identifier: BSD-3-Clause
// Gives buffers back (virtio 1.2, 2.7.8): writes used elements, up to eight of one queue at a time, then
// the queue's used index. Sends the queues' MSI-X.

`default_nettype none

module vq_used (
  input  wire logic         clk,
  input  wire logic         rst,

  // A buffer is done: its head, bytes written into it. skip: nothing to give back, the slot ends here.
  input  wire logic         done_valid,
  output logic              done_ready,
  input  wire logic         done_skip,
  input  wire logic [5:0]   done_pair,
  input  wire logic [15:0]  done_head,
  input  wire logic [15:0]  done_len,

  // Queue contexts; start sets the used index, when start_ready (of all that keep an index) is 1.
  input  wire logic         ctx_valid,
  input  wire logic [5:0]   ctx_pair,
  input  wire logic [2:0]   ctx_word,
  input  wire logic [31:0]  ctx_data,
  input  wire logic         start_valid,
  output logic              start_ready,
  input  wire logic [5:0]   start_pair,
  input  wire logic [15:0]  start_index,
  // Used index of a queue, one cycle after its number.
  input  wire logic [5:0]   query_pair,
  output logic      [15:0]  query_index,

  // Slots that ended, 0 to 8.
  output logic      [3:0]   ended,
  // A queue that has a vector got used buffers: may it be interrupted?
  output logic              ask_valid,
  output logic      [5:0]   ask_pair,
  // Answer: it may.
  input  wire logic         irq_valid,
  output logic              irq_ready,
  input  wire logic [5:0]   irq_pair,

  // DMA writes, all of one beat. irq_sent: an MSI-X went out, for the function in wr_fn.
  output logic              wr_valid,
  input  wire logic         wr_ready,
  output logic              wr_irq,
  output logic      [7:0]   wr_fn,
  output logic      [63:0]  wr_addr,
  output logic      [15:0]  wr_len,
  output logic      [511:0] wr_data,
  output logic              irq_sent,
  output logic              busy
);

  typedef enum logic [2:0] {IDLE, FILL, ELEMENTS, INDEX, VECTOR} state_t;
  state_t       state;
  logic [5:0]   pair, read_pair;
  logic [3:0]   count;
  logic [511:0] elements;

  logic [63:0] ctx_addr;
  logic [15:0] ctx_mask, ctx_msix;
  logic [7:0]  ctx_fn;
  vq_ctx_ram #(.WORD(6)) ctx (
    .clk,
    .wr_valid(ctx_valid), .wr_pair(ctx_pair), .wr_word(ctx_word), .wr_data(ctx_data),
    .rd_pair(read_pair), .rd_addr(ctx_addr), .rd_mask(ctx_mask), .rd_msix(ctx_msix), .rd_fn(ctx_fn)
  );

  // Used index of every queue, two copies for two readers.
  logic [15:0] index_mem[64];
  logic [15:0] index_copy_mem[64];
  logic [15:0] index, index_after, place, fill_place;
  logic        index_we;
  logic [5:0]  index_wa;
  logic [15:0] index_wd;
  always_comb begin
    index_after = index + 16'(count);
    index_we    = state == INDEX ? wr_ready : start_valid;
    index_wa    = state == INDEX ? pair : start_pair;
    index_wd    = state == INDEX ? index_after : start_index;
    start_ready = state != INDEX;
  end
  always_ff @(posedge clk) begin
    if (index_we) index_mem[index_wa] <= index_wd;
    if (index_we) index_copy_mem[index_wa] <= index_wd;
    index       <= index_mem[read_pair];
    query_index <= index_copy_mem[query_pair];
  end

  // Elements of one write stand side by side in the ring: after the last one of the ring it is full.
  logic take, full, write_now, go_vector, go_fill, index_out, same;
  always_comb begin
    place      = index & ctx_mask;
    fill_place = index_after & ctx_mask;
    same       = done_pair == pair;
    take       = state == FILL && done_valid && !done_skip && same && !full;
    write_now  = state == ELEMENTS || (state == FILL && !take);
    done_ready = take || (state == IDLE && !irq_valid && done_skip);
  end
  // Behind an index, another queue may follow at once; the same one must wait for its index to be stored.
  always_comb begin
    index_out = state == INDEX && wr_ready;
    go_vector = state == IDLE && irq_valid;
    go_fill   = (state == IDLE || (index_out && !same)) && !irq_valid && done_valid && !done_skip;
    irq_ready = go_vector;
    read_pair = go_vector ? irq_pair : go_fill ? done_pair : pair;
  end

  always_ff @(posedge clk) begin
    if (go_vector || go_fill) pair <= read_pair;
    for (int i = 0; i < 8; i++)
      if (take && count[2:0] == 3'(i)) elements[64*i +: 64] <= {16'd0, done_len, 16'd0, done_head};
    if (go_fill) count <= '0;
    else if (take) count <= count + 4'd1;
    if (go_fill) full <= 1'b0;
    else if (take) full <= count == 4'd7 || fill_place == ctx_mask;
    case (state)
      IDLE: if (go_vector) state <= VECTOR; else if (go_fill) state <= FILL;
      FILL: if (write_now) state <= wr_ready ? INDEX : ELEMENTS;
      ELEMENTS: if (wr_ready) state <= INDEX;
      INDEX: if (wr_ready) state <= go_fill ? FILL : IDLE;
      default: if (wr_ready || ctx_msix == frl_pkg::MSIX_NONE) state <= IDLE;
    endcase
    if (rst) state <= IDLE;
  end

  always_comb begin
    wr_irq   = state == VECTOR;
    wr_valid = write_now || state == INDEX || (state == VECTOR && ctx_msix != frl_pkg::MSIX_NONE);
    wr_fn    = ctx_fn;
    wr_addr  = {48'b0, ctx_msix};
    wr_len   = 16'd0;
    wr_data  = {496'b0, index_after};
    if (write_now) begin
      wr_addr = ctx_addr + 64'd4 + {45'b0, place, 3'b0};
      wr_len  = {9'b0, count, 3'b0};
      wr_data = elements;
    end else if (state == INDEX) begin
      wr_addr = ctx_addr + 64'd2;
      wr_len  = 16'd2;
    end
  end
  always_comb begin
    irq_sent = wr_irq && wr_valid && wr_ready;
    ended    = 4'd0;
    if (index_out) ended = count;
    else if (done_ready && done_skip && done_valid) ended = 4'd1;
    busy     = state != IDLE || done_valid || irq_valid || ask_valid;
  end

  // Asked a cycle after the index went out.
  always_ff @(posedge clk) begin
    ask_valid <= index_out && ctx_msix != frl_pkg::MSIX_NONE && !rst;
    ask_pair  <= pair;
  end

endmodule

`default_nettype wire
