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
  if (N_RD < 2 || N_WR < 3) $error("at least two read and three write clients");

  // ---- Reads: the client behind the last one goes first ----
  logic            rd_any, rd_go, owner_in_ready, owner_valid;
  logic [RD_W-1:0] rd_last, rd_pick, owner;
  always_comb begin
    rd_any  = c_rd_valid != '0;
    rd_pick = '0;
    if (rd_any) begin
      for (int i = N_RD - 1; i >= 0; i--) if (c_rd_valid[i]) rd_pick = RD_W'(i);
      for (int i = N_RD - 1; i >= 0; i--) if (c_rd_valid[i] && RD_W'(i) > rd_last) rd_pick = RD_W'(i);
    end
    rd_go = rd_any && owner_in_ready && (!dma_rd_valid || dma_rd_ready);
    c_rd_ready = '0;
    c_rd_ready[rd_pick] = rd_go;
  end

  always_ff @(posedge clk) begin
    if (rd_go) begin
      rd_last      <= rd_pick;
      dma_rd_valid <= 1'b1;
      dma_rd_fn    <= c_rd_fn[rd_pick*8 +: 8];
      dma_rd_addr  <= c_rd_addr[rd_pick*64 +: 64];
      dma_rd_len   <= c_rd_len[rd_pick*16 +: 16];
    end else if (dma_rd_ready) begin
      dma_rd_valid <= 1'b0;
    end
    if (rst) begin
      rd_last      <= '0;
      dma_rd_valid <= 1'b0;
    end
  end

  // ---- Completions: whose request was first? ----
  logic owner_take;
  vq_fifo #(.W(RD_W), .DEPTH(1024)) owner_fifo (
    .clk, .rst,
    .in_valid(rd_go), .in_ready(owner_in_ready), .in_data(rd_pick),
    .out_valid(owner_valid), .out_ready(owner_take), .out_data(owner)
  );
  always_comb begin
    c_cpl_valid = '0;
    c_cpl_valid[owner] = dma_cpl_valid && owner_valid;
  end
  always_comb dma_cpl_ready = owner_valid && c_cpl_ready[owner];
  always_comb owner_take = dma_cpl_valid && dma_cpl_ready && dma_cpl_last;

  // ---- Writes: a burst keeps the port ----
  logic            wr_locked, wr_valid;
  logic [WR_W-1:0] wr_last, wr_pick, wr_owner;
  always_comb begin
    wr_pick = WR_W'(N_WR - 1);
    if (c_wr_valid != '0) begin
      for (int i = N_WR - 2; i >= 0; i--) if (c_wr_valid[i]) wr_pick = WR_W'(i);
      for (int i = N_WR - 2; i >= 0; i--) if (c_wr_valid[i] && WR_W'(i) > wr_last) wr_pick = WR_W'(i);
    end
    wr_owner = wr_locked ? wr_last : wr_pick;
    wr_valid = c_wr_valid[wr_owner];
  end

  logic for_fw, wr_fire;
  always_comb begin
    dma_wr_irq   = c_wr_irq[wr_owner];
    dma_wr_fn    = c_wr_fn[wr_owner*8 +: 8];
    dma_wr_addr  = c_wr_addr[wr_owner*64 +: 64];
    dma_wr_len   = c_wr_len[wr_owner*16 +: 16];
    dma_wr_data  = c_wr_data[wr_owner*512 +: 512];
    dma_wr_last  = c_wr_last[wr_owner];
    for_fw       = dma_wr_irq && dma_wr_fn == frl_pkg::FN_FW;
    dma_wr_valid = wr_valid && !for_fw;
    fw_irq       = wr_valid && for_fw;
  end
  always_comb begin
    wr_fire    = wr_valid && (dma_wr_ready || for_fw);
    c_wr_ready = '0;
    c_wr_ready[wr_owner] = dma_wr_ready || for_fw;
  end

  always_ff @(posedge clk) begin
    if (wr_fire) begin
      wr_locked <= !dma_wr_last;
      wr_last   <= wr_owner;
    end else if (wr_valid && !wr_locked) begin
      // Offered and not taken: nothing may change while it waits.
      wr_locked <= 1'b1;
      wr_last   <= wr_owner;
    end
    if (rst) begin
      wr_locked <= 1'b0;
      wr_last   <= '0;
    end
  end

  always_comb busy = dma_rd_valid || owner_valid || rd_any || wr_valid;

endmodule

`default_nettype wire
