// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Counts, and writes counters to host memory (function PF) at cfg_base + 16 * index: sections RULE (N_RULES
// entries), PORT (64 x enum port_counter), DROP and PUNT (32 each) of counter_area in hw/data/abi.toml, each entry
// struct frl_counter. All events of a cycle count. A counter that changed is written when the DMA write port takes
// it, at most one per eight cycles; when cfg_enable rises, all that are not zero are written.
module counters #(
    parameter int N_RULES = frl_pkg::N_RULES,  // rule counters, a power of two
    parameter int N_DROPS = 8  // sources of drop events
) (
    input  wire  clk,
    input  wire  rst,
    output logic init_done,  // rule counters are zero after reset; no rule may be hit before

    input  wire         cfg_enable,  // write counters to host memory
    input  wire  [63:0] cfg_base,    // multiple of 64
    output logic        sweep_done,  // since cfg_enable rose, every counter that is not zero has been written
    output logic        idle,        // host memory shows all events (or cfg_enable is 0)
    output logic        busy,

    input wire        ev_rule_valid,
    input wire [19:0] ev_rule_id,
    input wire [15:0] ev_rule_len,
    input wire        ev_rx_valid,    // frame from a port into the pipeline
    input wire [ 7:0] ev_rx_port,
    input wire [15:0] ev_rx_len,
    input wire        ev_tx_valid,    // frame out of a port, slow: sent by the host with the port as destination
    input wire [ 7:0] ev_tx_port,
    input wire [15:0] ev_tx_len,
    input wire        ev_tx_slow,
    input wire        ev_vtx_valid,   // the same for frames out of virtqueues
    input wire [ 7:0] ev_vtx_port,
    input wire [15:0] ev_vtx_len,
    input wire        ev_vtx_slow,
    input wire        ev_slow_valid,  // frame from a port went to the host
    input wire [ 7:0] ev_slow_port,
    input wire [15:0] ev_slow_len,
    input wire        ev_punt_valid,
    input wire [ 7:0] ev_punt_reason,
    input wire [15:0] ev_punt_len,
    input wire [  N_DROPS-1:0] ev_drop_valid,   // packets only: bytes of drops stay 0
    input wire [8*N_DROPS-1:0] ev_drop_reason,

    // Zero a rule counter and its place in host memory; ready when both are done.
    input  wire         clear_valid,
    output logic        clear_ready,
    input  wire  [19:0] clear_id,

    // DMA write client.
    output logic         wr_valid,
    input  wire          wr_ready,
    output logic         wr_irq,
    output logic [  7:0] wr_fn,
    output logic [ 63:0] wr_addr,
    output logic [ 15:0] wr_len,
    output logic [511:0] wr_data,
    output logic         wr_last
);

  localparam int RULE_W = $clog2(N_RULES);

  // ---- Rule counters ----
  logic rules_changed, list_valid, take, unlist, rule_re, clear;
  logic [RULE_W-1:0] list_id, rule_at, top;
  logic [127:0] rule_value;

  counter_bank #(
      .N(N_RULES)
  ) rules (
      .clk,
      .rst,
      .init_done,
      .ev_valid(ev_rule_valid),
      .ev_id(ev_rule_id[RULE_W-1:0]),
      .ev_len(ev_rule_len),
      .changed(rules_changed),
      .list_valid,
      .take,
      .list_id,
      .unlist,
      .re(rule_re),
      .rd_at(rule_at),
      .rd_value(rule_value),
      .clear,
      .clear_at(clear_id[RULE_W-1:0]),
      .top
  );

  // ---- All others ----
  logic others_changed, other_take, other_re;
  logic [8:0] other_at, other_next;
  logic [127:0] other_value;

  counter_others #(
      .N_DROPS(N_DROPS)
  ) others (
      .clk,
      .rst,
      .ev_rx_valid,
      .ev_rx_port,
      .ev_rx_len,
      .ev_tx_valid,
      .ev_tx_port,
      .ev_tx_len,
      .ev_tx_slow,
      .ev_vtx_valid,
      .ev_vtx_port,
      .ev_vtx_len,
      .ev_vtx_slow,
      .ev_slow_valid,
      .ev_slow_port,
      .ev_slow_len,
      .ev_punt_valid,
      .ev_punt_reason,
      .ev_punt_len,
      .ev_drop_valid,
      .ev_drop_reason,
      .changed(others_changed),
      .next_valid(other_found),
      .next_id(other_next),
      .take(other_take),
      .re(other_re),
      .rd_at(other_at),
      .rd_value(other_value)
  );

  // ---- What is written next ----
  localparam logic [3:0] IDLE = 4'd0, CLEAR = 4'd1, UNLIST = 4'd2, RULE_READ = 4'd3, RULE_SUM = 4'd4, OTHER_READ = 4'd5,
      OTHER_WAIT = 4'd6, OTHER_SUM = 4'd7, WRITE = 4'd8,
      UNLISTED = 4'd9;
  localparam logic [8:0] OTHERS = 9'd320;

  logic other_found, enable_reg, sweeping, sweep_others, clearing, turn;
  logic [3:0] state;
  logic [2:0] pace;
  logic [RULE_W-1:0] sweep_rule;
  logic [8:0] sweep_other;
  logic [20:0] index;
  logic go;  // a changed counter may be written

  always_comb begin
    go = state == IDLE && cfg_enable && !clear_valid && !sweeping && pace == 3'd0;
    take = go && list_valid && (turn || !other_found);
    other_take = go && other_found && !take;
    unlist = state == UNLIST;
    rule_re = state == RULE_READ;
    rule_at = sweeping ? sweep_rule : list_id;
    other_re = state == OTHER_READ;
    clear = state == CLEAR;
  end

  always_ff @(posedge clk) begin
    enable_reg <= cfg_enable;
    clear_ready <= 1'b0;
    if (pace != 3'd0) pace <= pace - 3'd1;

    unique case (state)
      IDLE:
      if (clear_valid && !clear_ready) state <= CLEAR;
      else if (sweeping) begin
        state <= !cfg_enable ? IDLE : sweep_others ? OTHER_READ : RULE_READ;
        other_at <= sweep_other;
      end else if (take) begin
        turn <= 1'b0;
        state <= UNLIST;
      end else if (other_take) begin
        turn <= 1'b1;
        state <= OTHER_READ;
        other_at <= other_next;
      end
      CLEAR: begin
        clearing <= cfg_enable;
        index <= {1'b0, clear_id};
        wr_data <= '0;
        state <= cfg_enable ? WRITE : IDLE;
        clear_ready <= !cfg_enable;
      end
      UNLIST: state <= UNLISTED;
      UNLISTED: state <= RULE_READ;
      RULE_READ: begin
        index <= {{21 - RULE_W{1'b0}}, rule_at};
        state <= RULE_SUM;
      end
      RULE_SUM: begin
        wr_data[127:0] <= rule_value;
        state <= sweeping && rule_value == 128'd0 ? IDLE : WRITE;
      end
      OTHER_READ: begin
        index <= N_RULES[20:0] + {12'd0, other_at};
        state <= OTHER_WAIT;
      end
      OTHER_WAIT: state <= OTHER_SUM;
      OTHER_SUM: begin
        wr_data[127:0] <= other_value;
        state <= sweeping && other_value == 128'd0 ? IDLE : WRITE;
      end
      default:  // WRITE
      if (!wr_valid) wr_valid <= 1'b1;
      else if (wr_ready) begin
        wr_valid <= 1'b0;
        state <= IDLE;
        pace <= 3'd2;  // with the states of the next one: eight cycles
        clearing <= 1'b0;
        clear_ready <= clearing;
      end
    endcase

    // The sweep: rule counters up to the highest that was ever hit, then all others.
    if (sweeping && state == RULE_SUM) begin
      sweep_rule   <= sweep_rule + 1'b1;
      sweep_others <= sweep_rule == top;
    end
    if (sweeping && state == OTHER_SUM) begin
      sweep_other <= sweep_other + 9'd1;
    end
    if (sweeping && state == IDLE && sweep_other == OTHERS) begin
      state <= IDLE;
      sweeping <= 1'b0;
      sweep_done <= 1'b1;
    end
    if (cfg_enable && !enable_reg) begin
      sweeping <= 1'b1;
      sweep_rule <= '0;
      sweep_other <= '0;
      sweep_others <= 1'b0;
    end
    if (!cfg_enable) begin
      sweep_done <= 1'b0;
      if (state == IDLE) sweeping <= 1'b0;
    end

    if (rst) begin
      state <= IDLE;
      enable_reg <= 1'b0;
      wr_valid <= 1'b0;
      sweeping <= 1'b0;
      sweep_done <= 1'b0;
      clear_ready <= 1'b0;
      clearing <= 1'b0;
      pace <= '0;
      wr_data <= '0;
      turn <= 1'b0;
    end
  end

  always_comb begin
    wr_irq = 1'b0;
    wr_fn = frl_pkg::FN_PF;
    wr_addr = cfg_base + {39'd0, index, 4'd0};
    wr_len = 16'd16;
    wr_last = 1'b1;
    idle = state == IDLE && !(cfg_enable && (!enable_reg || sweeping || rules_changed || others_changed));
    busy = !idle || !init_done || clear_valid;
  end

  wire unused_bits = &{1'b0, ev_rule_id, clear_id};

endmodule

`default_nettype wire
