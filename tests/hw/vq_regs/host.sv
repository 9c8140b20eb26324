// SPDX-License-Identifier: BSD-3-Clause
// The host interface with a memory behind it: function pages, both engines and the DMA arbiter, joined
// as in ferrule.sv. One memory of 16 MiB serves all functions; a read beyond it fails. A read is
// answered `latency` cycles after it was asked; with `slow`, every stream stutters at random; `hold`
// takes no read (bit 0) or no write (bit 1).

`default_nettype none

module host (
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire int          latency,
  input  wire logic        slow,
  input  wire logic [1:0]  hold,
  output logic             busy,

  // Register buses.
  input  wire logic        card_valid,
  output logic             card_ready,
  input  wire logic        host_valid,
  output logic             host_ready,
  input  wire logic        bus_write,
  input  wire logic [7:0]  bus_fn,
  input  wire logic [11:0] bus_addr,
  input  wire logic [31:0] bus_wdata,
  input  wire logic [3:0]  bus_wstrb,
  output logic      [31:0] rdata,

  // Frames.
  output logic             htx_valid,
  input  wire logic        htx_ready,
  output logic      [511:0] htx_data,
  output logic      [5:0]  htx_empty,
  output logic             htx_last,
  output logic             htx_drop,
  output frl_pkg::frame_meta_t htx_meta,
  input  wire logic        hrx_valid,
  output logic             hrx_ready,
  input  wire logic [511:0] hrx_data,
  input  wire logic        hrx_last,
  input  wire frl_pkg::rx_meta_t hrx_meta,
  output logic             tx_drop_valid,
  output logic      [7:0]  tx_drop_reason,
  output logic             rx_drop_valid,
  output logic      [7:0]  rx_drop_reason,
  output logic             delivered,
  output logic             fw_irq,
  // A read is taken of a function that has no enabled queue.
  output logic             stray
);

  // ---- The chip's part ----
  logic [4:0]    rd_valid, rd_ready, cpl_valid, cpl_ready;
  logic [39:0]   rd_fn;
  logic [319:0]  rd_addr;
  logic [79:0]   rd_len;
  logic [3:0]    wr_valid, wr_ready, wr_irq, wr_last;
  logic [31:0]   wr_fn;
  logic [255:0]  wr_addr;
  logic [63:0]   wr_len;
  logic [2047:0] wr_data;
  logic          dma_rd_valid, dma_rd_ready, dma_cpl_valid, dma_cpl_ready, dma_cpl_last, dma_cpl_error;
  logic          dma_wr_valid, dma_wr_ready, dma_wr_irq, dma_wr_last, arb_busy, regs_busy, tx_busy, rx_busy;
  logic [7:0]    dma_rd_fn, dma_wr_fn, unused_port, unused_src, unused_reason;
  logic [63:0]   dma_rd_addr, dma_wr_addr;
  logic [15:0]   dma_rd_len, dma_wr_len, unused_len;
  logic [511:0]  dma_cpl_data, dma_wr_data;
  logic          unused_slow, unused_event;
  logic [5:0]    unused_event_fn;

  dma_arb #(.N_RD(5), .N_WR(4)) arb (
    .clk, .rst, .busy(arb_busy),
    .c_rd_valid(rd_valid), .c_rd_ready(rd_ready), .c_rd_fn(rd_fn), .c_rd_addr(rd_addr), .c_rd_len(rd_len),
    .c_cpl_valid(cpl_valid), .c_cpl_ready(cpl_ready),
    .c_wr_valid(wr_valid), .c_wr_ready(wr_ready), .c_wr_irq(wr_irq), .c_wr_fn(wr_fn), .c_wr_addr(wr_addr),
    .c_wr_len(wr_len), .c_wr_data(wr_data), .c_wr_last(wr_last),
    .dma_rd_valid, .dma_rd_ready, .dma_rd_fn, .dma_rd_addr, .dma_rd_len,
    .dma_cpl_valid, .dma_cpl_ready, .dma_cpl_last,
    .dma_wr_valid, .dma_wr_ready, .dma_wr_irq, .dma_wr_fn, .dma_wr_addr, .dma_wr_len, .dma_wr_data, .dma_wr_last,
    .fw_irq
  );

  logic        ctx_rx_valid, ctx_tx_valid, start_rx_valid, start_rx_ready, start_tx_valid, start_tx_ready, notify_rx_valid, notify_tx_valid;
  logic [5:0]  ctx_pair, start_pair, notify_pair, query_pair, irq_rx_fn, irq_tx_fn;
  logic [2:0]  ctx_word, query_code_rx, query_code_tx;
  logic [31:0] ctx_data;
  logic [15:0] start_index, query_index_rx, query_index_tx;
  logic [63:0] run_rx, run_tx, stopped_rx, stopped_tx;
  logic        drain_start, drain_done_rx, drain_done_tx, irq_rx_sent, irq_tx_sent;
  vq_regs vq_regs (
    .clk, .rst, .busy(regs_busy),
    .card_valid, .card_ready, .card_write(bus_write), .card_fn(bus_fn), .card_addr(bus_addr), .card_wdata(bus_wdata),
    .card_wstrb(bus_wstrb),
    .host_valid, .host_ready, .host_write(bus_write), .host_fn(bus_fn), .host_addr(bus_addr), .host_wdata(bus_wdata),
    .host_wstrb(bus_wstrb), .rdata,
    .ctx_rx_valid, .ctx_tx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .start_rx_valid, .start_rx_ready, .start_tx_valid, .start_tx_ready, .start_pair, .start_index,
    .run_rx, .run_tx, .notify_rx_valid, .notify_tx_valid, .notify_pair,
    .stopped_rx, .stopped_tx, .query_pair, .query_code_rx, .query_index_rx, .query_code_tx, .query_index_tx,
    .drain_start, .drain_done_rx, .drain_done_tx, .irq_rx_sent, .irq_rx_fn, .irq_tx_sent, .irq_tx_fn,
    .event_valid(unused_event), .event_fn(unused_event_fn),
    .wr_valid(wr_valid[3]), .wr_ready(wr_ready[3]), .wr_fn(wr_fn[31:24]), .wr_addr(wr_addr[255:192])
  );
  assign wr_irq[3]          = 1'b1;
  assign wr_len[63:48]      = 16'd0;
  assign wr_data[2047:1536] = 512'd0;
  assign wr_last[3:2]       = 2'b11;

  vq_tx vq_tx (
    .clk, .rst, .busy(tx_busy),
    .ctx_valid(ctx_tx_valid), .ctx_pair, .ctx_word, .ctx_data,
    .start_valid(start_tx_valid), .start_ready(start_tx_ready), .start_pair, .start_index,
    .run(run_tx), .notify_valid(notify_tx_valid), .notify_pair, .stopped(stopped_tx),
    .query_pair, .query_code(query_code_tx), .query_index(query_index_tx),
    .drain_start, .drain_done(drain_done_tx), .irq_sent(irq_tx_sent), .irq_fn(irq_tx_fn),
    .rd_valid(rd_valid[2:0]), .rd_ready(rd_ready[2:0]), .rd_fn(rd_fn[23:0]), .rd_addr(rd_addr[191:0]), .rd_len(rd_len[47:0]),
    .cpl_valid(cpl_valid[2:0]), .cpl_ready(cpl_ready[2:0]),
    .cpl_data(dma_cpl_data), .cpl_last(dma_cpl_last), .cpl_error(dma_cpl_error),
    .wr_valid(wr_valid[2]), .wr_ready(wr_ready[2]), .wr_irq(wr_irq[2]), .wr_fn(wr_fn[23:16]), .wr_addr(wr_addr[191:128]),
    .wr_len(wr_len[47:32]), .wr_data(wr_data[1535:1024]),
    .htx_valid, .htx_ready, .htx_data, .htx_empty, .htx_last, .htx_drop, .htx_meta,
    .ev_drop_valid(tx_drop_valid), .ev_drop_reason(tx_drop_reason)
  );

  vq_rx vq_rx (
    .clk, .rst, .busy(rx_busy),
    .ctx_valid(ctx_rx_valid), .ctx_pair, .ctx_word, .ctx_data,
    .start_valid(start_rx_valid), .start_ready(start_rx_ready), .start_pair, .start_index,
    .run(run_rx), .notify_valid(notify_rx_valid), .notify_pair, .stopped(stopped_rx),
    .query_pair, .query_code(query_code_rx), .query_index(query_index_rx),
    .drain_start, .drain_done(drain_done_rx), .irq_sent(irq_rx_sent), .irq_fn(irq_rx_fn),
    .rd_valid(rd_valid[4:3]), .rd_ready(rd_ready[4:3]), .rd_fn(rd_fn[39:24]), .rd_addr(rd_addr[319:192]), .rd_len(rd_len[79:48]),
    .cpl_valid(cpl_valid[4:3]), .cpl_ready(cpl_ready[4:3]),
    .cpl_data(dma_cpl_data), .cpl_last(dma_cpl_last), .cpl_error(dma_cpl_error),
    .wr_valid(wr_valid[1:0]), .wr_ready(wr_ready[1:0]), .wr_irq(wr_irq[1:0]), .wr_fn(wr_fn[15:0]), .wr_addr(wr_addr[127:0]),
    .wr_len(wr_len[31:0]), .wr_data(wr_data[1023:0]), .wr_last(wr_last[1:0]),
    .hrx_valid, .hrx_ready, .hrx_data, .hrx_last, .hrx_meta,
    .ev_tx_valid(delivered), .ev_tx_port(unused_port), .ev_tx_len(unused_len), .ev_tx_slow(unused_slow),
    .ev_tx_src(unused_src), .ev_tx_reason(unused_reason), .ev_drop_valid(rx_drop_valid), .ev_drop_reason(rx_drop_reason)
  );
  logic [63:0] enabled;
  always_comb begin
    enabled = vq_regs.enabled_rx | vq_regs.enabled_tx;
    stray   = dma_rd_valid && dma_rd_ready;
    if (dma_rd_fn == frl_pkg::FN_PF) stray = stray && enabled[frl_pkg::PF_PAIRS-1:0] == '0;
    else if (dma_rd_fn == frl_pkg::FN_FW) stray = stray && !enabled[frl_pkg::QUEUE_FW/2];
    else stray = stray && !enabled[6'(dma_rd_fn) - 6'(frl_pkg::FN_VF0) + 6'(frl_pkg::QUEUE_VF0/2)];
  end
  always_comb busy = arb_busy || regs_busy || tx_busy || rx_busy;

  // ---- Memory ----
  localparam int MEM_BYTES = 1 << 24;
  logic [7:0] mem[MEM_BYTES];

  // Requests in flight, oldest at q_out.
  longint     q_addr[1024];
  int         q_len[1024];
  int         q_when[1024];
  int         q_in, q_out, now, sent;
  logic       rd_ok, wr_ok, taken;
  always_comb dma_rd_ready = rd_ok && q_in - q_out < 1024;
  always_comb dma_wr_ready = wr_ok;

  initial begin
    rd_ok = 1'b1;
    wr_ok = 1'b1;
    dma_cpl_valid = 1'b0;
    {q_in, q_out, now, sent} = '0;
    forever begin
      @(posedge clk);
      now++;
      taken = dma_cpl_valid && dma_cpl_ready;
      if (dma_rd_valid && dma_rd_ready) begin
        q_addr[q_in % 1024] = dma_rd_addr;
        q_len[q_in % 1024]  = int'(dma_rd_len);
        q_when[q_in % 1024] = now + latency;
        q_in++;
      end
      if (taken) begin
        sent += 64;
        if (dma_cpl_last) begin
          sent = 0;
          q_out++;
        end
      end
      if (dma_wr_valid && dma_wr_ready) store();
      @(negedge clk);
      rd_ok = !hold[0] && (!slow || ($random & 3) != 0);
      wr_ok = !hold[1] && (!slow || ($random & 3) != 0);
      if (taken) dma_cpl_valid = 1'b0;
      if (!dma_cpl_valid && q_out != q_in && q_when[q_out % 1024] <= now && (!slow || ($random & 3) != 0)) complete();
    end
  end

  task automatic complete();
    longint at;
    int     left;
    logic [511:0] data;
    at   = q_addr[q_out % 1024] + longint'(sent);
    left = q_len[q_out % 1024] - sent;
    dma_cpl_valid = 1'b1;
    dma_cpl_error = 1'b0;
    dma_cpl_last  = left <= 64;
    // Bytes behind the end are anything.
    data = {16{32'hdeadbeef}};
    if (at < 0 || at + longint'(left) > longint'(MEM_BYTES)) begin
      dma_cpl_error = 1'b1;
      dma_cpl_last  = 1'b1;
    end else begin
      for (int i = 0; i < 64; i++) if (i < left) data[i*8 +: 8] = mem[int'(at) + i];
    end
    dma_cpl_data = data;
  endtask

  int wr_at;
  initial wr_at = 0;
  task automatic store();
    if (!dma_wr_irq) begin
      for (int i = 0; i < 64; i++)
        if (wr_at + i < int'(dma_wr_len)) mem[int'(dma_wr_addr[23:0]) + wr_at + i] = dma_wr_data[i*8 +: 8];
      wr_at = dma_wr_last ? 0 : wr_at + 64;
    end
  endtask

  logic unused_fn;
  always_comb unused_fn = ^{dma_wr_fn[7:6], dma_wr_addr[63:24]};

endmodule

`default_nettype wire
