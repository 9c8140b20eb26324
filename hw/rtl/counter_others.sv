// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Counters of ports, drops and punts, numbered as they stand in host memory behind the rule counters: port * 4 + enum
// port_counter from 0, enum drop from 256, enum punt from 288. Every source of events has counters of its own, so that all
// can count in one cycle; a read adds what belongs together. Ports above 63 and reasons above 31 are not counted.
module counter_others #(
    parameter int N_DROPS = 8  // sources of drop events
) (
    input wire clk,
    input wire rst,

    // Events, as in module counters.
    input wire        ev_rx_valid,
    input wire [ 7:0] ev_rx_port,
    input wire [15:0] ev_rx_len,
    input wire        ev_tx_valid,
    input wire [ 7:0] ev_tx_port,
    input wire [15:0] ev_tx_len,
    input wire        ev_tx_slow,
    input wire        ev_vtx_valid,
    input wire [ 7:0] ev_vtx_port,
    input wire [15:0] ev_vtx_len,
    input wire        ev_vtx_slow,
    input wire        ev_slow_valid,
    input wire [ 7:0] ev_slow_port,
    input wire [15:0] ev_slow_len,
    input wire        ev_punt_valid,
    input wire [ 7:0] ev_punt_reason,
    input wire [15:0] ev_punt_len,
    input wire [  N_DROPS-1:0] ev_drop_valid,
    input wire [8*N_DROPS-1:0] ev_drop_reason,

    output logic       changed,     // some counter has changed
    output logic       next_valid,  // next_id has changed; it moves on while this is 0 and changed is 1
    output logic [8:0] next_id,
    input  wire        take,        // next_id will be read: it is no longer changed

    input  wire          re,       // read, not in the cycle of take
    input  wire  [  8:0] rd_at,    // held for one more cycle
    output logic [127:0] rd_value  // two cycles after re: packets in the lower half, bytes in the upper
);

  localparam int N = 320;

  // ---- Port counters: rx, tx, tx slow, vtx, vtx slow, slow ----
  logic rx, tx, txs, vtx, vtxs, slow, punt;
  logic [127:0] rx_value, tx_value, txs_value, vtx_value, vtxs_value, slow_value, punt_value;

  always_comb begin
    rx   = ev_rx_valid && ev_rx_port[7:6] == 2'd0;
    tx   = ev_tx_valid && ev_tx_port[7:6] == 2'd0;
    txs  = tx && ev_tx_slow;
    vtx  = ev_vtx_valid && ev_vtx_port[7:6] == 2'd0;
    vtxs = vtx && ev_vtx_slow;
    slow = ev_slow_valid && ev_slow_port[7:6] == 2'd0;
    punt = ev_punt_valid && ev_punt_reason[7:5] == 3'd0;
  end

  wire [5:0] port = rd_at[7:2];

  counter_small #(.N(64)) rx_count (
      .clk, .rst, .ev_valid(rx), .ev_id(ev_rx_port[5:0]), .ev_len(ev_rx_len), .re, .rd_at(port), .rd_value(rx_value)
  );
  counter_small #(.N(64)) tx_count (
      .clk, .rst, .ev_valid(tx), .ev_id(ev_tx_port[5:0]), .ev_len(ev_tx_len), .re, .rd_at(port), .rd_value(tx_value)
  );
  counter_small #(.N(64)) txs_count (
      .clk, .rst, .ev_valid(txs), .ev_id(ev_tx_port[5:0]), .ev_len(ev_tx_len), .re, .rd_at(port), .rd_value(txs_value)
  );
  counter_small #(.N(64)) vtx_count (
      .clk, .rst, .ev_valid(vtx), .ev_id(ev_vtx_port[5:0]), .ev_len(ev_vtx_len), .re, .rd_at(port), .rd_value(vtx_value)
  );
  counter_small #(.N(64)) vtxs_count (
      .clk, .rst, .ev_valid(vtxs), .ev_id(ev_vtx_port[5:0]), .ev_len(ev_vtx_len), .re, .rd_at(port),
      .rd_value(vtxs_value)
  );
  counter_small #(.N(64)) slow_count (
      .clk, .rst, .ev_valid(slow), .ev_id(ev_slow_port[5:0]), .ev_len(ev_slow_len), .re, .rd_at(port),
      .rd_value(slow_value)
  );
  counter_small #(.N(32)) punt_count (
      .clk, .rst, .ev_valid(punt), .ev_id(ev_punt_reason[4:0]), .ev_len(ev_punt_len), .re, .rd_at(rd_at[4:0]),
      .rd_value(punt_value)
  );

  // ---- Drop counters ----
  wire [N_DROPS-1:0] drop;
  logic [128*N_DROPS-1:0] drop_values;

  for (genvar k = 0; k < N_DROPS; k++) begin : drops
    wire [7:0] reason = ev_drop_reason[8*k+:8];
    assign drop[k] = ev_drop_valid[k] && reason < 8'd32;
    counter_small #(.N(32)) count (
        .clk, .rst, .ev_valid(drop[k]), .ev_id(reason[4:0]), .ev_len(16'd0), .re, .rd_at(rd_at[4:0]),
        .rd_value(drop_values[128*k+:128])
    );
  end

  // ---- Read: add halves apart ----
  function automatic logic [127:0] add(input logic [127:0] x, input logic [127:0] y);
    add = {x[127:64] + y[127:64], x[63:0] + y[63:0]};
  endfunction

  logic re_reg;
  logic [63:0] drop_sum;  // packets; drops have no bytes

  always_comb begin
    drop_sum = '0;
    if (re_reg) for (int k = 0; k < N_DROPS; k++) drop_sum = drop_sum + drop_values[128*k+:64];
  end

  always_ff @(posedge clk) begin
    re_reg <= re;
    if (re_reg) begin
      if (rd_at[8]) rd_value <= rd_at[5] ? punt_value : {64'd0, drop_sum};
      else
        unique case (rd_at[1:0])
          frl_pkg::PORT_COUNTER_RX: rd_value <= rx_value;
          frl_pkg::PORT_COUNTER_TX: rd_value <= add(tx_value, vtx_value);
          frl_pkg::PORT_COUNTER_RX_SLOW: rd_value <= slow_value;
          default: rd_value <= add(txs_value, vtxs_value);
        endcase
    end
  end

  // ---- Which have changed; looked for one per cycle, only while there is one ----
  logic [N-1:0] dirty;

  always_comb begin
    changed = dirty != '0;
    next_valid = dirty[next_id];
  end

  always_ff @(posedge clk) begin
    if (take) dirty[next_id] <= 1'b0;
    if (take || (changed && !next_valid)) next_id <= next_id == 9'(N - 1) ? 9'd0 : next_id + 9'd1;
    if (rx) dirty[{1'b0, ev_rx_port[5:0], frl_pkg::PORT_COUNTER_RX}] <= 1'b1;
    if (tx) dirty[{1'b0, ev_tx_port[5:0], frl_pkg::PORT_COUNTER_TX}] <= 1'b1;
    if (txs) dirty[{1'b0, ev_tx_port[5:0], frl_pkg::PORT_COUNTER_TX_SLOW}] <= 1'b1;
    if (vtx) dirty[{1'b0, ev_vtx_port[5:0], frl_pkg::PORT_COUNTER_TX}] <= 1'b1;
    if (vtxs) dirty[{1'b0, ev_vtx_port[5:0], frl_pkg::PORT_COUNTER_TX_SLOW}] <= 1'b1;
    if (slow) dirty[{1'b0, ev_slow_port[5:0], frl_pkg::PORT_COUNTER_RX_SLOW}] <= 1'b1;
    if (punt) dirty[{4'b1001, ev_punt_reason[4:0]}] <= 1'b1;
    for (int k = 0; k < N_DROPS; k++) if (drop[k]) dirty[{4'b1000, ev_drop_reason[8*k+:5]}] <= 1'b1;
    if (rst) begin
      dirty   <= '0;
      next_id <= '0;
    end
  end

endmodule

`default_nettype wire
