// SPDX-License-Identifier: BSD-3-Clause
// Shares the DMA ports. Read requests go out in turn, and completions, which come in their order, back
// to who asked. Writes go out burst by burst. Nothing stands between a write client and the port, so
// that what a client was told is done has its place in the order of the port.

`default_nettype none

module dma_arb #(
  // Read clients.
  parameter int N_RD = 6,
  // Write clients; the last one goes when no other wants to.
  parameter int N_WR = 6
) (
  input  wire logic                clk,
  input  wire logic                rst,
  output logic                     busy,

  // Read clients, side by side. Completion data goes to all of them, valid to one.
  input  wire logic [N_RD-1:0]     c_rd_valid,
  output logic      [N_RD-1:0]     c_rd_ready,
  input  wire logic [N_RD*8-1:0]   c_rd_fn,
  input  wire logic [N_RD*64-1:0]  c_rd_addr,
  input  wire logic [N_RD*16-1:0]  c_rd_len,
  output logic      [N_RD-1:0]     c_cpl_valid,
  input  wire logic [N_RD-1:0]     c_cpl_ready,

  // Write clients, side by side.
  input  wire logic [N_WR-1:0]     c_wr_valid,
  output logic      [N_WR-1:0]     c_wr_ready,
  input  wire logic [N_WR-1:0]     c_wr_irq,
  input  wire logic [N_WR*8-1:0]   c_wr_fn,
  input  wire logic [N_WR*64-1:0]  c_wr_addr,
  input  wire logic [N_WR*16-1:0]  c_wr_len,
  input  wire logic [N_WR*512-1:0] c_wr_data,
  input  wire logic [N_WR-1:0]     c_wr_last,

  // Board.
  output logic                     dma_rd_valid,
  input  wire logic                dma_rd_ready,
  output logic      [7:0]          dma_rd_fn,
  output logic      [63:0]         dma_rd_addr,
  output logic      [15:0]         dma_rd_len,
  input  wire logic                dma_cpl_valid,
  output logic                     dma_cpl_ready,
  input  wire logic                dma_cpl_last,
  output logic                     dma_wr_valid,
  input  wire logic                dma_wr_ready,
  output logic                     dma_wr_irq,
  output logic      [7:0]          dma_wr_fn,
  output logic      [63:0]         dma_wr_addr,
  output logic      [15:0]         dma_wr_len,
  output logic      [511:0]        dma_wr_data,
  output logic                     dma_wr_last,

  // Pulse: an MSI-X for the firmware function came to its place in the order of writes.
  output logic                     fw_irq
);

  localparam int RD_W = $clog2(N_RD);
  localparam int WR_W = $clog2(N_WR);
  if (N_RD < 2 || N_WR < 3 || N_RD > 8 || N_WR > 8) $error("two to eight read clients, three to eight write clients");

  // The first of those who ask that stands behind the last one, else the first of all; one bit, or none.
  function automatic logic [7:0] turn(input logic [7:0] asks, input logic [7:0] behind);
    logic [7:0] pool;
    pool = (asks & behind) != '0 ? asks & behind : asks;
    for (int i = 0; i < 8; i++) turn[i] = pool[i] && (pool & 8'((1 << i) - 1)) == '0;
  endfunction
  // Number of the one bit; whose places are behind it.
  function automatic logic [2:0] number(input logic [7:0] one);
    number = {|(one & 8'hf0), |(one & 8'hcc), |(one & 8'haa)};
  endfunction
  function automatic logic [7:0] after(input logic [7:0] one);
    for (int i = 0; i < 8; i++) after[i] = (one & 8'((1 << i) - 1)) != '0;
  endfunction

  // ---- Reads: the client behind the last one goes first ----
  logic            rd_any, rd_go, owner_in_ready, owner_valid;
  logic [7:0]      rd_behind, rd_grant;
  logic [RD_W-1:0] rd_pick;
  logic [N_RD-1:0] owner;
  always_comb begin
    rd_any   = c_rd_valid != '0;
    rd_grant = turn(8'(c_rd_valid), rd_behind);
    rd_pick  = RD_W'(number(rd_grant));
    rd_go    = rd_any && owner_in_ready && (!dma_rd_valid || dma_rd_ready);
    c_rd_ready = rd_go ? rd_grant[N_RD-1:0] : '0;
  end

  always_ff @(posedge clk) begin
    if (rd_go) begin
      rd_behind    <= after(rd_grant);
      dma_rd_valid <= 1'b1;
      dma_rd_fn    <= c_rd_fn[rd_pick*8 +: 8];
      dma_rd_addr  <= c_rd_addr[rd_pick*64 +: 64];
      dma_rd_len   <= c_rd_len[rd_pick*16 +: 16];
    end else if (dma_rd_ready) begin
      dma_rd_valid <= 1'b0;
    end
    if (rst) begin
      rd_behind    <= '0;
      dma_rd_valid <= 1'b0;
    end
  end

  // ---- Completions: whose request was first? ----
  logic owner_take;
  vq_fifo #(.W(N_RD), .DEPTH(1024)) owner_fifo (
    .clk, .rst,
    .in_valid(rd_go), .in_ready(owner_in_ready), .in_data(rd_grant[N_RD-1:0]),
    .out_valid(owner_valid), .out_ready(owner_take), .out_data(owner)
  );
  always_comb c_cpl_valid = owner & {N_RD{dma_cpl_valid && owner_valid}};
  always_comb dma_cpl_ready = owner_valid && (owner & c_cpl_ready) != '0;
  always_comb owner_take = dma_cpl_valid && dma_cpl_ready && dma_cpl_last;

  // ---- Writes: a burst keeps the port ----
  logic            wr_locked, wr_valid, for_fw, wr_fire;
  logic [7:0]      wr_asks, wr_behind, wr_held, wr_grant;
  logic [N_WR-1:0] wr_fw;
  logic [WR_W-1:0] wr_owner;
  always_comb begin
    // The last one has no turn.
    wr_asks           = 8'(c_wr_valid);
    wr_asks[N_WR-1]   = 1'b0;
    wr_grant          = turn(wr_asks, wr_behind);
    wr_grant[N_WR-1]  = wr_asks == '0;
    if (wr_locked) wr_grant = wr_held;
    wr_owner = WR_W'(number(wr_grant));
    wr_valid = (c_wr_valid & wr_grant[N_WR-1:0]) != '0;
    for (int i = 0; i < N_WR; i++) wr_fw[i] = c_wr_irq[i] && c_wr_fn[i*8 +: 8] == frl_pkg::FN_FW;
    c_wr_ready = wr_grant[N_WR-1:0] & (wr_fw | {N_WR{dma_wr_ready}});
    wr_fire    = (c_wr_valid & c_wr_ready) != '0;
    for_fw     = (wr_grant[N_WR-1:0] & wr_fw) != '0;
  end

  always_comb begin
    dma_wr_irq   = c_wr_irq[wr_owner];
    dma_wr_fn    = c_wr_fn[wr_owner*8 +: 8];
    dma_wr_addr  = c_wr_addr[wr_owner*64 +: 64];
    dma_wr_len   = c_wr_len[wr_owner*16 +: 16];
    dma_wr_data  = c_wr_data[wr_owner*512 +: 512];
    dma_wr_last  = c_wr_last[wr_owner];
    dma_wr_valid = wr_valid && !for_fw;
    fw_irq       = wr_valid && for_fw;
  end

  always_ff @(posedge clk) begin
    if (wr_fire || (wr_valid && !wr_locked)) begin
      // Offered and not taken: nothing may change while it waits.
      wr_locked <= !wr_fire || !dma_wr_last;
      wr_held   <= wr_grant;
      wr_behind <= after(wr_grant);
    end
    if (rst) begin
      wr_locked <= 1'b0;
      wr_behind <= '0;
    end
  end

  always_comb busy = dma_rd_valid || owner_valid || rd_any || wr_valid;

endmodule

`default_nettype wire
