// SPDX-License-Identifier: BSD-3-Clause
// The chip: wires, host interface, pipeline and tables. What stands around it (PCIe endpoint, MACs,
// card memory and cores) is the board's. Buses and groups: hw/README.md.

`default_nettype none

module ferrule #(
  // Wire ports, 1 to 8.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  // Virtual functions, 1 to 31 (queues 126 and 127 are the firmware's).
  parameter int N_VFS = frl_pkg::N_VFS,
  // Masked hash banks, 1 to 32.
  parameter int N_BANKS = frl_pkg::N_BANKS,
  // Slots of a bank, a power of two.
  parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,
  // Entries of the TCAM, a power of two from 16 to 256.
  parameter int N_TCAM = frl_pkg::N_TCAM,
  // Rules: rows of key store, rule table and rule counters.
  parameter int N_RULES = frl_pkg::N_RULES,
  // Rows of the leg table.
  parameter int N_LEGS = frl_pkg::N_LEGS,
  // Rows of the encap table.
  parameter int N_ENCAPS = frl_pkg::N_ENCAPS,
  // Rows of the team table.
  parameter int N_TEAMS = frl_pkg::N_TEAMS
) (
  input  wire logic clk,
  input  wire logic rst,
  // Nanoseconds, from the board.
  input  wire logic [63:0] time_ns,
  // Something is in flight or to be done: the clock must go on.
  output logic      busy,

  // Wires, side by side: wire w's data in bits [w*512 +: 512].
  input  wire logic [N_WIRES-1:0]     rx_valid,
  output logic      [N_WIRES-1:0]     rx_ready,
  input  wire logic [N_WIRES*512-1:0] rx_data,
  input  wire logic [N_WIRES*6-1:0]   rx_empty,
  input  wire logic [N_WIRES-1:0]     rx_last,
  input  wire logic [N_WIRES-1:0]     rx_error,
  output logic      [N_WIRES-1:0]     tx_valid,
  input  wire logic [N_WIRES-1:0]     tx_ready,
  output logic      [N_WIRES*512-1:0] tx_data,
  output logic      [N_WIRES*6-1:0]   tx_empty,
  output logic      [N_WIRES-1:0]     tx_last,
  input  wire logic [N_WIRES-1:0]     link,

  // Card cores: register bus, whole map.
  input  wire logic        card_valid,
  output logic             card_ready,
  input  wire logic        card_write,
  input  wire logic [19:0] card_addr,
  input  wire logic [31:0] card_wdata,
  input  wire logic [3:0]  card_wstrb,
  output logic      [31:0] card_rdata,
  output logic             irq_card,

  // Host: register bus, offset in the page of a function.
  input  wire logic        host_valid,
  output logic             host_ready,
  input  wire logic        host_write,
  input  wire logic [7:0]  host_fn,
  input  wire logic [11:0] host_addr,
  input  wire logic [31:0] host_wdata,
  input  wire logic [3:0]  host_wstrb,
  output logic      [31:0] host_rdata,

  // DMA read requests; completions in their order.
  output logic             dma_rd_valid,
  input  wire logic        dma_rd_ready,
  output logic      [7:0]  dma_rd_fn,
  output logic      [63:0] dma_rd_addr,
  output logic      [15:0] dma_rd_len,
  input  wire logic        dma_cpl_valid,
  output logic             dma_cpl_ready,
  input  wire logic [511:0] dma_cpl_data,
  input  wire logic        dma_cpl_last,
  input  wire logic        dma_cpl_error,

  // DMA writes and MSI-X, in order.
  output logic             dma_wr_valid,
  input  wire logic        dma_wr_ready,
  output logic             dma_wr_irq,
  output logic      [7:0]  dma_wr_fn,
  output logic      [63:0] dma_wr_addr,
  output logic      [15:0] dma_wr_len,
  output logic      [511:0] dma_wr_data,
  output logic             dma_wr_last,

  // Trace, for a model that runs beside; open in synthesis. A table write in the cycle in which it takes effect;
  // what was decided on a frame, and what became of it.
  output logic                   trace_write,
  output logic      [7:0]        trace_write_table,
  output logic      [31:0]       trace_write_index,
  output logic      [15:0]       trace_write_flip,
  output logic      [1535:0]     trace_write_row,
  output logic                   trace_lookup_valid,
  output frl_pkg::trace_lookup_t trace_lookup,
  output logic                   trace_leave_valid,
  output frl_pkg::trace_leave_t  trace_leave
);


  // ---- Clients of the DMA ports. Read: 0 to 2 transmit, 3 and 4 receive, 5 update. Write: 0 and 1
  // receive (frames, used rings), 2 transmit, 3 notices, 4 update, 5 counters ----
  localparam int N_RD = 6;
  localparam int N_WR = 6;
  logic [N_RD-1:0]     rd_valid, rd_ready, cpl_valid, cpl_ready;
  logic [N_RD*8-1:0]   rd_fn;
  logic [N_RD*64-1:0]  rd_addr;
  logic [N_RD*16-1:0]  rd_len;
  logic [N_WR-1:0]     wr_valid, wr_ready, wr_irq, wr_last;
  logic [N_WR*8-1:0]   wr_fn;
  logic [N_WR*64-1:0]  wr_addr;
  logic [N_WR*16-1:0]  wr_len;
  logic [N_WR*512-1:0] wr_data;
  logic                fw_irq, arb_busy;
  dma_arb #(.N_RD(N_RD), .N_WR(N_WR)) arb (
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

  // ---- Registers ----
  logic          fn_valid, fn_ready, regs_busy, fn_busy, event_valid;
  logic [7:0]    fn_number;
  logic [31:0]   fn_rdata;
  logic [63:0]   port_enable, port_tunnel, upd_ring, upd_done, cnt_base;
  logic [319:0]  port_slow_pair;
  logic [1023:0] port_max_len;
  logic [31:0]   upd_ring_size, upd_head, upd_tail;
  logic [2:0]    upd_error;
  logic          upd_irq, cnt_enable, cnt_swept, cnt_idle;
  logic [15:0]   vxlan_port, geneve_port;
  logic [127:0]  gnv_sel;
  logic [5:0]    event_fn;
  regs #(
    .N_WIRES(N_WIRES), .N_VFS(N_VFS), .N_BANKS(N_BANKS), .BANK_SLOTS(BANK_SLOTS), .N_TCAM(N_TCAM), .N_RULES(N_RULES),
    .N_LEGS(N_LEGS), .N_ENCAPS(N_ENCAPS), .N_TEAMS(N_TEAMS)
  ) regs (
    .clk, .rst, .busy(regs_busy),
    .card_valid, .card_ready, .card_write, .card_addr, .card_wdata, .card_wstrb, .card_rdata, .irq_card,
    .fn_valid, .fn_ready, .fn_number, .fn_rdata,
    .port_enable, .port_tunnel, .port_slow_pair, .port_max_len,
    .upd_ring, .upd_ring_size, .upd_head, .upd_done, .upd_tail, .upd_error,
    .cnt_base, .cnt_enable, .cnt_swept, .cnt_idle, .vxlan_port, .geneve_port, .gnv_sel,
    .fw_irq, .upd_irq, .event_valid, .event_fn, .link
  );

  // ---- Function pages ----
  logic        ctx_rx_valid, ctx_tx_valid, start_rx_valid, start_rx_ready, start_tx_valid, start_tx_ready, notify_rx_valid, notify_tx_valid;
  logic [5:0]  ctx_pair, start_pair, notify_pair, query_pair, irq_rx_fn, irq_tx_fn;
  logic [2:0]  ctx_word, query_code_rx, query_code_tx;
  logic [31:0] ctx_data;
  logic [15:0] start_index, query_index_rx, query_index_tx;
  logic [63:0] run_rx, run_tx, stopped_rx, stopped_tx;
  logic        drain_start, drain_done_rx, drain_done_tx, irq_rx_sent, irq_tx_sent;
  vq_regs #(.N_VFS(N_VFS)) vq_regs (
    .clk, .rst, .busy(fn_busy),
    .card_valid(fn_valid), .card_ready(fn_ready), .card_write, .card_fn(fn_number), .card_addr(card_addr[11:0]),
    .card_wdata, .card_wstrb,
    .host_valid, .host_ready, .host_write, .host_fn, .host_addr, .host_wdata, .host_wstrb, .rdata(fn_rdata),
    .ctx_rx_valid, .ctx_tx_valid, .ctx_pair, .ctx_word, .ctx_data,
    .start_rx_valid, .start_rx_ready, .start_tx_valid, .start_tx_ready, .start_pair, .start_index,
    .run_rx, .run_tx, .notify_rx_valid, .notify_tx_valid, .notify_pair,
    .stopped_rx, .stopped_tx, .query_pair, .query_code_rx, .query_index_rx, .query_code_tx, .query_index_tx,
    .drain_start, .drain_done_rx, .drain_done_tx, .irq_rx_sent, .irq_rx_fn, .irq_tx_sent, .irq_tx_fn,
    .event_valid, .event_fn,
    .wr_valid(wr_valid[3]), .wr_ready(wr_ready[3]), .wr_fn(wr_fn[31:24]), .wr_addr(wr_addr[255:192])
  );
  always_comb host_rdata = fn_rdata;
  assign wr_irq[3]             = 1'b1;
  assign wr_len[63:48]         = 16'd0;
  assign wr_data[4*512-1:3*512] = 512'd0;
  assign wr_last[3]            = 1'b1;

  // ---- Transmit queues ----
  logic                 htx_valid, htx_ready, htx_last, htx_drop, vq_tx_busy, tx_drop_valid;
  logic [511:0]         htx_data;
  logic [5:0]           htx_empty;
  logic [7:0]           tx_drop_reason;
  frl_pkg::frame_meta_t htx_meta;
  vq_tx #(.N_WIRES(N_WIRES), .N_VFS(N_VFS)) vq_tx (
    .clk, .rst, .busy(vq_tx_busy),
    .ctx_valid(ctx_tx_valid), .ctx_pair, .ctx_word, .ctx_data,
    .start_valid(start_tx_valid), .start_ready(start_tx_ready), .start_pair, .start_index,
    .run(run_tx), .notify_valid(notify_tx_valid), .notify_pair, .stopped(stopped_tx),
    .query_pair, .query_code(query_code_tx), .query_index(query_index_tx),
    .drain_start, .drain_done(drain_done_tx), .irq_sent(irq_tx_sent), .irq_fn(irq_tx_fn),
    .rd_valid(rd_valid[2:0]), .rd_ready(rd_ready[2:0]), .rd_fn(rd_fn[23:0]), .rd_addr(rd_addr[191:0]), .rd_len(rd_len[47:0]),
    .cpl_valid(cpl_valid[2:0]), .cpl_ready(cpl_ready[2:0]),
    .cpl_data(dma_cpl_data), .cpl_last(dma_cpl_last), .cpl_error(dma_cpl_error),
    .wr_valid(wr_valid[2]), .wr_ready(wr_ready[2]), .wr_irq(wr_irq[2]), .wr_fn(wr_fn[23:16]), .wr_addr(wr_addr[191:128]),
    .wr_len(wr_len[47:32]), .wr_data(wr_data[3*512-1:2*512]),
    .htx_valid, .htx_ready, .htx_data, .htx_empty, .htx_last, .htx_drop, .htx_meta,
    .ev_drop_valid(tx_drop_valid), .ev_drop_reason(tx_drop_reason)
  );
  assign wr_last[2] = 1'b1;

  // ---- Receive queues ----
  logic              hrx_valid, hrx_ready, hrx_last, vq_rx_busy, rx_drop_valid, vtx_valid, vtx_slow;
  logic [511:0]      hrx_data;
  logic [5:0]        unused_hrx_empty;
  logic [7:0]        rx_drop_reason, vtx_port, vtx_src, vtx_reason;
  logic [15:0]       vtx_len;
  frl_pkg::rx_meta_t hrx_meta;
  vq_rx vq_rx (
    .clk, .rst, .busy(vq_rx_busy),
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
    .ev_tx_valid(vtx_valid), .ev_tx_port(vtx_port), .ev_tx_len(vtx_len), .ev_tx_slow(vtx_slow),
    .ev_tx_src(vtx_src), .ev_tx_reason(vtx_reason), .ev_drop_valid(rx_drop_valid), .ev_drop_reason(rx_drop_reason)
  );

  // ---- Frames ----
  localparam int N_DROPS = N_WIRES + 4 + 2;
  logic                  path_busy, hdr_valid, hdr_colour, act_valid, drain_flip, drain_busy;
  logic [2047:0]         hdr_data;
  frl_pkg::frame_meta_t  hdr_meta;
  frl_pkg::verdict_t     act_verdict;
  frl_pkg::leg_row_t     act_leg;
  frl_pkg::encap_row_t   act_encap;
  frl_pkg::parsed_t      act_parsed;
  logic                  ev_rx_valid, ev_tx_valid, ev_tx_slow;
  logic [7:0]            ev_rx_port, ev_tx_port;
  logic [15:0]           ev_rx_len, ev_tx_len;
  logic [N_DROPS-1:0]    drop_valid;
  logic [N_DROPS*8-1:0]  drop_reason;
  frame_path #(.N_WIRES(N_WIRES), .N_VFS(N_VFS)) frame_path (
    .clk, .rst, .busy(path_busy),
    .rx_valid, .rx_ready, .rx_data, .rx_empty, .rx_last, .rx_error, .tx_valid, .tx_ready, .tx_data, .tx_empty, .tx_last,
    .htx_valid, .htx_ready, .htx_data, .htx_empty, .htx_last, .htx_drop, .htx_meta,
    .hrx_valid, .hrx_ready, .hrx_data, .hrx_empty(unused_hrx_empty), .hrx_last, .hrx_meta,
    .hdr_valid, .hdr_data, .hdr_meta, .hdr_colour,
    .act_valid, .act_verdict, .act_leg, .act_encap, .act_parsed,
    .cfg_enable(port_enable), .cfg_slow_pair(port_slow_pair), .cfg_max_len(port_max_len),
    .drain_flip, .drain_busy,
    .ev_rx_valid, .ev_rx_port, .ev_rx_len, .ev_tx_valid, .ev_tx_port, .ev_tx_len, .ev_tx_slow,
    .ev_drop_valid(drop_valid[N_DROPS-3:0]), .ev_drop_reason(drop_reason[N_DROPS*8-17:0]),
    .trace_leave_valid, .trace_leave
  );
  assign drop_valid[N_DROPS-1:N_DROPS-2]         = {rx_drop_valid, tx_drop_valid};
  assign drop_reason[N_DROPS*8-1:N_DROPS*8-16] = {rx_drop_reason, tx_drop_reason};

  // ---- What happens to them ----
  logic          lookup_ready, rules_ready, rule_valid, tw_valid, tw_ready, upd_busy, cnt_busy, clear_valid, clear_ready;
  logic [19:0]   rule_id, clear_id;
  logic [15:0]   rule_len;
  logic [7:0]    tw_table;
  logic [31:0]   tw_index;
  logic [1535:0] tw_row;
  logic [10:0]   tw_flip;
  match_action #(
    .N_BANKS(N_BANKS), .BANK_SLOTS(BANK_SLOTS), .N_TCAM(N_TCAM), .N_RULES(N_RULES), .N_LEGS(N_LEGS), .N_ENCAPS(N_ENCAPS),
    .N_TEAMS(N_TEAMS)
  ) match_action (
    .clk, .rst, .init_done(lookup_ready), .cfg_tunnel(port_tunnel), .cfg_vxlan_port(vxlan_port),
    .cfg_geneve_port(geneve_port), .cfg_gnv_sel(gnv_sel),
    .hdr_valid, .hdr_data, .hdr_meta, .hdr_colour,
    .act_valid, .act_verdict, .act_leg, .act_encap, .act_parsed,
    .ev_rule_valid(rule_valid), .ev_rule_id(rule_id), .ev_rule_len(rule_len),
    .tw_valid, .tw_ready, .tw_table, .tw_index, .tw_row, .tw_flip,
    .trace_write, .trace_write_table, .trace_write_index, .trace_write_flip, .trace_write_row,
    .trace_lookup_valid, .trace_lookup
  );

  logic ready;
  always_ff @(posedge clk) ready <= lookup_ready && rules_ready && !rst;
  update #(
    .N_BANKS(N_BANKS), .BANK_SLOTS(BANK_SLOTS), .N_TCAM(N_TCAM), .N_RULES(N_RULES), .N_LEGS(N_LEGS), .N_ENCAPS(N_ENCAPS),
    .N_TEAMS(N_TEAMS)
  ) update (
    .clk, .rst, .init_done(ready),
    .cfg_ring_addr(upd_ring), .cfg_ring_size(upd_ring_size), .cfg_head(upd_head), .cfg_done_addr(upd_done),
    .tail(upd_tail), .error(upd_error), .irq_done(upd_irq), .busy(upd_busy),
    .rd_valid(rd_valid[5]), .rd_ready(rd_ready[5]), .rd_addr(rd_addr[383:320]), .rd_len(rd_len[95:80]),
    .cpl_valid(cpl_valid[5]), .cpl_ready(cpl_ready[5]),
    .cpl_data(dma_cpl_data), .cpl_last(dma_cpl_last), .cpl_error(dma_cpl_error),
    .wr_valid(wr_valid[4]), .wr_ready(wr_ready[4]), .wr_irq(wr_irq[4]), .wr_fn(wr_fn[39:32]), .wr_addr(wr_addr[319:256]),
    .wr_len(wr_len[79:64]), .wr_data(wr_data[5*512-1:4*512]), .wr_last(wr_last[4]),
    .tw_valid, .tw_ready, .tw_table, .tw_index, .tw_row, .tw_flip, .drain_flip, .drain_busy, .clear_valid, .clear_ready, .clear_id
  );
  assign rd_fn[47:40] = frl_pkg::FN_FW;

  // A frame for the host's slow path counts as it is delivered: for its source port, and for its reason.
  logic slow_valid;
  always_comb slow_valid = vtx_valid && vtx_port == frl_pkg::PORT_HOST && vtx_reason != frl_pkg::PUNT_NONE;
  counters #(.N_RULES(N_RULES), .N_DROPS(N_DROPS)) counters (
    .clk, .rst, .init_done(rules_ready), .cfg_enable(cnt_enable), .cfg_base(cnt_base),
    .sweep_done(cnt_swept), .idle(cnt_idle), .busy(cnt_busy),
    .ev_rule_valid(rule_valid), .ev_rule_id(rule_id), .ev_rule_len(rule_len),
    .ev_rx_valid, .ev_rx_port, .ev_rx_len, .ev_tx_valid, .ev_tx_port, .ev_tx_len, .ev_tx_slow,
    .ev_vtx_valid(vtx_valid), .ev_vtx_port(vtx_port), .ev_vtx_len(vtx_len), .ev_vtx_slow(vtx_slow),
    .ev_slow_valid(slow_valid), .ev_slow_port(vtx_src), .ev_slow_len(vtx_len),
    .ev_punt_valid(slow_valid), .ev_punt_reason(vtx_reason), .ev_punt_len(vtx_len),
    .ev_drop_valid(drop_valid), .ev_drop_reason(drop_reason),
    .clear_valid, .clear_ready, .clear_id,
    .wr_valid(wr_valid[5]), .wr_ready(wr_ready[5]), .wr_irq(wr_irq[5]), .wr_fn(wr_fn[47:40]), .wr_addr(wr_addr[383:320]),
    .wr_len(wr_len[95:80]), .wr_data(wr_data[6*512-1:5*512]), .wr_last(wr_last[5])
  );

  logic [63:0] unused_time;
  always_comb unused_time = time_ns;

  // Work moves from block to block through registers, and some blocks say a cycle late that they have it: the clock goes
  // on for LINGER cycles after nobody had anything to do.
  localparam int LINGER = 8;
  logic              active;
  logic [LINGER-1:0] linger;
  always_comb begin
    active = !ready || arb_busy || regs_busy || fn_busy || vq_tx_busy || vq_rx_busy || path_busy || upd_busy || cnt_busy
             || rx_valid != '0 || host_valid || card_valid || dma_cpl_valid;
    busy   = rst || active || linger != '0;
  end
  always_ff @(posedge clk) linger <= rst ? '1 : {linger[LINGER-2:0], active};

endmodule

`default_nettype wire
