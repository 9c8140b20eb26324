// SPDX-License-Identifier: BSD-3-Clause
// dma_arb: one client is granted at a time, and only one that asks; the port says what that client says and holds it
// while it waits; completions go back in the order of the grants, and to no other; write bursts are not mixed; a client
// that asks waits for one grant of each other at most (of the writers, the last one goes when no other wants to).
//
// Three clients of each kind, beats of 8 bits, and an owner FIFO of 4 in place of 1,024, so that it fills.

`default_nettype none

module prove_dma_arb (
  input wire logic         clk,
  input wire logic [2:0]   rd_new,
  input wire logic [47:0]  rd_len,
  input wire logic [23:0]  rd_fn,
  input wire logic         dma_rd_ready,
  input wire logic         dma_cpl_valid,
  input wire logic         dma_cpl_last,
  input wire logic [2:0]   c_cpl_ready,
  input wire logic         pick,
  input wire logic [2:0]   wr_new,
  input wire logic [2:0]   wr_irq,
  input wire logic [23:0]  wr_fn,
  input wire logic [23:0]  wr_data,
  input wire logic [2:0]   wr_last,
  input wire logic         dma_wr_ready
);

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  // ---- Clients: what is offered is held until it is taken ----
  logic [2:0]   rd_valid, rd_ready, cpl_valid, wr_valid, wr_ready, rd_held, wr_held, h_irq, h_last, c_irq, c_last;
  logic [47:0]  h_len, c_len;
  logic [23:0]  h_rfn, c_rfn, h_wfn, c_wfn, h_data, c_data;

  always_comb
    for (int i = 0; i < 3; i++) begin
      rd_valid[i] = rd_held[i] || (rd_new[i] && !rst);
      c_len[16*i+:16] = rd_held[i] ? h_len[16*i+:16] : rd_len[16*i+:16];
      c_rfn[8*i+:8] = rd_held[i] ? h_rfn[8*i+:8] : rd_fn[8*i+:8];
      wr_valid[i] = wr_held[i] || (wr_new[i] && !rst);
      c_irq[i] = wr_held[i] ? h_irq[i] : wr_irq[i];
      c_last[i] = wr_held[i] ? h_last[i] : wr_last[i] || wr_irq[i];
      c_wfn[8*i+:8] = wr_held[i] ? h_wfn[8*i+:8] : wr_fn[8*i+:8];
      c_data[8*i+:8] = wr_held[i] ? h_data[8*i+:8] : wr_data[8*i+:8];
    end

  always_ff @(posedge clk) begin
    rd_held <= rst ? 3'd0 : rd_valid & ~rd_ready;
    wr_held <= rst ? 3'd0 : wr_valid & ~wr_ready;
    {h_len, h_rfn, h_wfn, h_data, h_irq, h_last} <= {c_len, c_rfn, c_wfn, c_data, c_irq, c_last};
  end

  logic        busy, p_rd_valid, p_cpl_ready, p_wr_valid, p_irq, p_last, fw_irq;
  logic [7:0]  p_rd_fn, p_wr_fn, p_data;
  logic [63:0] p_rd_addr, p_wr_addr;
  logic [15:0] p_rd_len, p_wr_len;

  dma_arb #(.N_RD(3), .N_WR(3)) dut (
    .clk, .rst, .busy, .c_rd_valid(rd_valid), .c_rd_ready(rd_ready), .c_rd_fn(c_rfn), .c_rd_addr(192'd0),
    .c_rd_len(c_len), .c_cpl_valid(cpl_valid), .c_cpl_ready, .c_wr_valid(wr_valid), .c_wr_ready(wr_ready),
    .c_wr_irq(c_irq), .c_wr_fn(c_wfn), .c_wr_addr(192'd0), .c_wr_len(48'd0), .c_wr_data(c_data), .c_wr_last(c_last),
    .dma_rd_valid(p_rd_valid), .dma_rd_ready, .dma_rd_fn(p_rd_fn), .dma_rd_addr(p_rd_addr), .dma_rd_len(p_rd_len),
    .dma_cpl_valid, .dma_cpl_ready(p_cpl_ready), .dma_cpl_last, .dma_wr_valid(p_wr_valid), .dma_wr_ready,
    .dma_wr_irq(p_irq), .dma_wr_fn(p_wr_fn), .dma_wr_addr(p_wr_addr), .dma_wr_len(p_wr_len), .dma_wr_data(p_data),
    .dma_wr_last(p_last), .fw_irq
  );

  function automatic logic one_at_most(input logic [2:0] v);
    one_at_most = (v & (v - 3'd1)) == 3'd0;
  endfunction

  // ---- Reads: grants, and what the port says of them ----
  logic [2:0]  rd_grant;
  logic        granted;
  logic [15:0] granted_len;
  logic [7:0]  granted_fn;
  logic [5:0]  rd_wait;  // grants of others since client i asked, two bits each

  assign rd_grant = rd_valid & rd_ready;

  always_ff @(posedge clk) begin
    granted <= rd_grant != 3'd0 && !rst;
    for (int i = 0; i < 3; i++) begin
      if (rd_grant[i]) {granted_len, granted_fn} <= {c_len[16*i+:16], c_rfn[8*i+:8]};
      if (!rd_valid[i] || rd_grant[i] || rst) rd_wait[2*i+:2] <= 2'd0;
      else if (rd_grant != 3'd0) rd_wait[2*i+:2] <= rd_wait[2*i+:2] + 2'd1;
    end
  end

  logic stays;  // a request was on the port and not taken
  logic [23:0] stays_what;
  always_ff @(posedge clk) begin
    stays <= p_rd_valid && !dma_rd_ready && !rst;
    stays_what <= {p_rd_len, p_rd_fn};
  end

  always_comb
    if (!rst) begin
      assert (one_at_most(rd_ready) && (rd_ready & ~rd_valid) == 3'd0);
      if (granted) assert (p_rd_valid && p_rd_len == granted_len && p_rd_fn == granted_fn);
      if (stays) assert (p_rd_valid && {p_rd_len, p_rd_fn} == stays_what);
      for (int i = 0; i < 3; i++) assert (rd_wait[2*i+:2] <= 2'd2);
      assert (one_at_most(cpl_valid));
    end

  // ---- Completions: to the clients in the order of their grants ----
  logic [3:0] count, ahead;
  logic       in_store, cpl_done;
  logic [2:0] value;

  assign cpl_done = dma_cpl_valid && p_cpl_ready && dma_cpl_last && !rst;

  fifo_watch #(.W(3), .MAX(5)) watch (
    .clk, .rst, .put(rd_grant != 3'd0 && !rst), .put_data(rd_grant), .pick, .take(cpl_done), .take_data(cpl_valid),
    .count, .in_store, .ahead, .value
  );

  always_comb
    if (!rst) begin
      if (cpl_valid != 3'd0) assert (dma_cpl_valid && count != 4'd0);
      assert (!(dma_cpl_valid && p_cpl_ready) || (cpl_valid & c_cpl_ready) != 3'd0);
      assert (!((cpl_valid & c_cpl_ready) != 3'd0) || p_cpl_ready);
    end

  // ---- Writes ----
  logic [2:0] wr_fire, burst;  // burst: whose, when its last beat is to come
  logic [3:0] wr_wait;         // bursts of others since client 0 or 1 asked
  logic       wr_stays;
  logic [17:0] wr_what;

  assign wr_fire = wr_valid & wr_ready;

  always_ff @(posedge clk) begin
    for (int i = 0; i < 3; i++) if (wr_fire[i]) burst <= c_last[i] ? 3'd0 : 3'd1 << i;
    for (int i = 0; i < 2; i++)
      if (!wr_valid[i] || wr_fire[i] || burst[i]) wr_wait[2*i+:2] <= 2'd0;
      else if (wr_fire != 3'd0 && (wr_fire & c_last) != 3'd0) wr_wait[2*i+:2] <= wr_wait[2*i+:2] + 2'd1;
    wr_stays <= p_wr_valid && !dma_wr_ready && !rst;
    wr_what <= {p_irq, p_last, p_wr_fn, p_data};
    if (rst) begin
      burst <= 3'd0;
      wr_wait <= 4'd0;
    end
  end

  always_comb
    if (!rst) begin
      assert (one_at_most(wr_fire));
      if (burst != 3'd0) assert ((wr_fire & ~burst) == 3'd0);
      for (int i = 0; i < 3; i++)
        if (wr_fire[i]) begin
          // A message for the firmware is taken here, all else by the port.
          assert (fw_irq == (c_irq[i] && c_wfn[8*i+:8] == frl_pkg::FN_FW));
          assert (fw_irq || (p_wr_valid && dma_wr_ready));
          assert ({p_irq, p_last, p_wr_fn, p_data} == {c_irq[i], c_last[i], c_wfn[8*i+:8], c_data[8*i+:8]});
        end
      if (p_wr_valid && dma_wr_ready) assert (wr_fire != 3'd0);
      if (wr_stays) assert (p_wr_valid && {p_irq, p_last, p_wr_fn, p_data} == wr_what);
      // Two others, and the burst under way when it asked.
      for (int i = 0; i < 2; i++) assert (wr_wait[2*i+:2] <= 2'd2);
    end

  wire unused_bits = &{1'b0, busy, p_rd_addr, p_wr_addr, p_wr_len, in_store, ahead, value};

endmodule

`default_nettype wire
