// SPDX-License-Identifier: BSD-3-Clause
// Registers of chip and ports (regs.chip, regs.port in hw/data/chip.toml), interrupts to the card's
// cores, and the way to the function pages.

`default_nettype none

module regs #(
  // Sizes that the CAP registers tell.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  parameter int N_VFS = frl_pkg::N_VFS,
  parameter int N_BANKS = frl_pkg::N_BANKS,
  parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,
  parameter int N_TCAM = frl_pkg::N_TCAM,
  parameter int N_RULES = frl_pkg::N_RULES,
  parameter int N_LEGS = frl_pkg::N_LEGS,
  parameter int N_ENCAPS = frl_pkg::N_ENCAPS,
  parameter int N_TEAMS = frl_pkg::N_TEAMS
) (
  input  wire logic          clk,
  input  wire logic          rst,
  output logic               busy,

  // Card's register bus, whole map.
  input  wire logic          card_valid,
  output logic               card_ready,
  input  wire logic          card_write,
  input  wire logic [19:0]   card_addr,
  input  wire logic [31:0]   card_wdata,
  input  wire logic [3:0]    card_wstrb,
  output logic      [31:0]   card_rdata,
  output logic               irq_card,

  // Access to a function page.
  output logic               fn_valid,
  input  wire logic          fn_ready,
  output logic      [7:0]    fn_number,
  input  wire logic [31:0]   fn_rdata,

  // Ports: bit, 5 bits, 16 bits each.
  output logic      [63:0]   port_enable,
  output logic      [63:0]   port_tunnel,
  output logic      [319:0]  port_slow_pair,
  output logic      [1023:0] port_max_len,

  // Update engine and counters.
  output logic      [63:0]   upd_ring,
  output logic      [31:0]   upd_ring_size,
  output logic      [31:0]   upd_head,
  output logic      [63:0]   upd_done,
  input  wire logic [31:0]   upd_tail,
  input  wire logic [2:0]    upd_error,
  output logic      [63:0]   cnt_base,
  output logic               cnt_enable,
  input  wire logic          cnt_swept,
  input  wire logic          cnt_idle,
  // Tunnels: UDP ports, and selectors of GENEVE option words, 32 bits each.
  output logic      [15:0]   vxlan_port,
  output logic      [15:0]   geneve_port,
  output logic      [127:0]  gnv_sel,

  // Interrupt sources: pulses, and the link of the wires.
  input  wire logic          fw_irq,
  input  wire logic          upd_irq,
  input  wire logic          event_valid,
  input  wire logic [5:0]    event_fn,
  input  wire logic [N_WIRES-1:0] link
);

  logic        is_fn, is_port, is_chip, access, write;
  logic [5:0]  port;
  logic [11:0] offset;
  logic [31:0] value, merged;
  always_comb begin
    is_fn     = card_addr[19:18] == 2'b01;
    is_chip   = card_addr[19:12] == 8'h00;
    is_port   = card_addr[19:10] == 10'h004 && card_addr[3:2] == 2'b00;
    port      = card_addr[9:4];
    offset    = {card_addr[11:2], 2'b00};
    access    = card_valid && !is_fn && !own_ready;
    write     = access && card_write && is_chip;
    fn_number = {2'b00, card_addr[17:12]};
  end

  always_comb fn_valid = card_valid && is_fn;

  logic [1:0] unused_addr;
  always_comb unused_addr = card_addr[1:0];

  localparam logic [11:0] GNV_SEL0 = frl_pkg::REG_CHIP_GNV_SEL;
  localparam logic [11:0] GNV_SEL1 = GNV_SEL0 + 12'd4;
  localparam logic [11:0] GNV_SEL2 = GNV_SEL0 + 12'd8;
  localparam logic [11:0] GNV_SEL3 = GNV_SEL0 + 12'd12;
  localparam logic [31:0] GNV_SEL_BITS = 32'h9fffffff;
  if (frl_pkg::GNV_WORDS != 4) $error("regs: four registers GNV_SEL");

  // ---- Read value; a write replaces its bytes ----
  logic [31:0] irq_status, irq_enable;
  logic [63:0] fn_event;
  logic [2:0]  error;
  always_comb begin
    value = '0;
    if (is_port) begin
      value = {port_max_len[{port, 4'd0} +: 16], 3'd0, port_slow_pair[9'(port) * 9'd5 +: 5], 6'd0, port_tunnel[port],
               port_enable[port]};
    end else if (is_chip) begin
      case (offset)
        frl_pkg::REG_CHIP_ID: value = frl_pkg::CHIP_ID;
        frl_pkg::REG_CHIP_VERSION: value = frl_pkg::CHIP_VERSION;
        frl_pkg::REG_CHIP_CAP_PORTS: value = {8'd0, 8'(frl_pkg::PF_PAIRS), 8'(N_VFS), 8'(N_WIRES)};
        frl_pkg::REG_CHIP_CAP_BANKS: value = {16'(BANK_SLOTS), 8'd0, 8'(N_BANKS)};
        frl_pkg::REG_CHIP_CAP_RULES: value = 32'(N_RULES);
        frl_pkg::REG_CHIP_CAP_LEGS: value = 32'(N_LEGS);
        frl_pkg::REG_CHIP_CAP_ENCAPS: value = 32'(N_ENCAPS);
        frl_pkg::REG_CHIP_CAP_TEAMS: value = 32'(N_TEAMS);
        frl_pkg::REG_CHIP_IRQ_STATUS: value = irq_status;
        frl_pkg::REG_CHIP_IRQ_ENABLE: value = irq_enable;
        frl_pkg::REG_CHIP_LINK: value = 32'(link_seen);
        frl_pkg::REG_CHIP_FN_EVENT0: value = fn_event[31:0];
        frl_pkg::REG_CHIP_FN_EVENT1: value = fn_event[63:32];
        frl_pkg::REG_CHIP_UPD_RING_LO: value = upd_ring[31:0];
        frl_pkg::REG_CHIP_UPD_RING_HI: value = upd_ring[63:32];
        frl_pkg::REG_CHIP_UPD_RING_SIZE: value = upd_ring_size;
        frl_pkg::REG_CHIP_UPD_HEAD: value = upd_head;
        frl_pkg::REG_CHIP_UPD_TAIL: value = upd_tail;
        frl_pkg::REG_CHIP_UPD_DONE_LO: value = upd_done[31:0];
        frl_pkg::REG_CHIP_UPD_DONE_HI: value = upd_done[63:32];
        frl_pkg::REG_CHIP_UPD_ERROR: value = {29'd0, error};
        frl_pkg::REG_CHIP_CNT_BASE_LO: value = cnt_base[31:0];
        frl_pkg::REG_CHIP_CNT_BASE_HI: value = cnt_base[63:32];
        frl_pkg::REG_CHIP_CNT_CTRL: value = {29'd0, cnt_idle, cnt_swept, cnt_enable};
        frl_pkg::REG_CHIP_CAP_TCAM: value = 32'(N_TCAM);
        frl_pkg::REG_CHIP_VXLAN_PORT: value = {16'd0, vxlan_port};
        frl_pkg::REG_CHIP_GENEVE_PORT: value = {16'd0, geneve_port};
        GNV_SEL0, GNV_SEL1, GNV_SEL2, GNV_SEL3: value = gnv_sel[{offset[3:2], 5'd0} +: 32];
        default: value = '0;
      endcase
    end
    merged = {card_wstrb[3] ? card_wdata[31:24] : value[31:24], card_wstrb[2] ? card_wdata[23:16] : value[23:16],
              card_wstrb[1] ? card_wdata[15:8] : value[15:8], card_wstrb[0] ? card_wdata[7:0] : value[7:0]};
  end

  // ---- Answer in the next cycle ----
  logic        own_ready;
  logic [31:0] own_rdata;
  always_ff @(posedge clk) begin
    own_ready <= access;
    if (access) own_rdata <= value;
    if (rst) own_ready <= 1'b0;
  end
  always_comb begin
    card_ready = own_ready || (fn_valid && fn_ready);
    card_rdata = fn_valid ? fn_rdata : own_rdata;
  end

  // ---- Writable registers ----
  always_ff @(posedge clk) begin
    if (write) begin
      case (offset)
        frl_pkg::REG_CHIP_IRQ_ENABLE: irq_enable <= merged;
        frl_pkg::REG_CHIP_UPD_RING_LO: upd_ring[31:0] <= merged;
        frl_pkg::REG_CHIP_UPD_RING_HI: upd_ring[63:32] <= merged;
        frl_pkg::REG_CHIP_UPD_RING_SIZE: upd_ring_size <= merged;
        frl_pkg::REG_CHIP_UPD_HEAD: upd_head <= merged;
        frl_pkg::REG_CHIP_UPD_DONE_LO: upd_done[31:0] <= merged;
        frl_pkg::REG_CHIP_UPD_DONE_HI: upd_done[63:32] <= merged;
        frl_pkg::REG_CHIP_CNT_BASE_LO: cnt_base[31:0] <= merged;
        frl_pkg::REG_CHIP_CNT_BASE_HI: cnt_base[63:32] <= merged;
        frl_pkg::REG_CHIP_CNT_CTRL: cnt_enable <= merged[0];
        frl_pkg::REG_CHIP_VXLAN_PORT: vxlan_port <= merged[15:0];
        frl_pkg::REG_CHIP_GENEVE_PORT: geneve_port <= merged[15:0];
        // Only bits that have a meaning are kept.
        GNV_SEL0, GNV_SEL1, GNV_SEL2, GNV_SEL3: gnv_sel[{offset[3:2], 5'd0} +: 32] <= merged & GNV_SEL_BITS;
        default: ;
      endcase
    end
    if (rst) begin
      irq_enable    <= '0;
      upd_ring      <= '0;
      upd_ring_size <= '0;
      upd_head      <= '0;
      upd_done      <= '0;
      cnt_base      <= '0;
      cnt_enable    <= 1'b0;
      vxlan_port    <= 16'd4789;
      geneve_port   <= 16'd6081;
      gnv_sel       <= '0;
    end
  end

  always_ff @(posedge clk) begin
    if (access && card_write && is_port) begin
      port_enable[port]                  <= merged[0];
      port_tunnel[port]                  <= merged[1];
      port_slow_pair[9'(port)*9'd5 +: 5] <= merged[12:8];
      port_max_len[{port, 4'd0} +: 16]   <= merged[31:16];
    end
    if (rst) begin
      port_enable    <= (64'd1 << frl_pkg::PORT_HOST) | (64'd1 << frl_pkg::PORT_FW);
      port_tunnel    <= '0;
      port_slow_pair <= '0;
      port_max_len   <= '0;
    end
  end

  // ---- Interrupts and events: cleared by writing ones, what is set in the same cycle stays ----
  logic [N_WIRES-1:0] link_seen;
  logic [31:0]        ones;
  always_comb ones = {{8{card_wstrb[3]}}, {8{card_wstrb[2]}}, {8{card_wstrb[1]}}, {8{card_wstrb[0]}}} & card_wdata;
  always_ff @(posedge clk) begin
    link_seen <= link;
    if (write && offset == frl_pkg::REG_CHIP_IRQ_STATUS) irq_status <= irq_status & ~ones;
    if (write && offset == frl_pkg::REG_CHIP_FN_EVENT0) fn_event[31:0] <= fn_event[31:0] & ~ones;
    if (write && offset == frl_pkg::REG_CHIP_FN_EVENT1) fn_event[63:32] <= fn_event[63:32] & ~ones;
    if (write && offset == frl_pkg::REG_CHIP_UPD_ERROR) error <= (error & ~ones[2:0]) | upd_error;
    else error <= error | upd_error;
    if (fw_irq) irq_status[frl_pkg::IRQ_FWQ] <= 1'b1;
    if (upd_irq) irq_status[frl_pkg::IRQ_UPD] <= 1'b1;
    if (link != link_seen) irq_status[frl_pkg::IRQ_LINK] <= 1'b1;
    if (event_valid) irq_status[frl_pkg::IRQ_FN] <= 1'b1;
    if (event_valid) fn_event[event_fn] <= 1'b1;
    irq_card <= (irq_status & irq_enable) != '0;
    if (rst) begin
      link_seen  <= '0;
      irq_status <= '0;
      fn_event   <= '0;
      error      <= '0;
      irq_card   <= 1'b0;
    end
  end

  always_comb busy = card_valid || event_valid || fw_irq || upd_irq || link != link_seen || irq_card != ((irq_status & irq_enable) != '0);

endmodule

`default_nettype wire
