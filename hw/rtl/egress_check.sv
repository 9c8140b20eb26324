// SPDX-License-Identifier: BSD-3-Clause
// May the frame leave? Everything but the room in its queue. Two stages beside edit, and the answer in
// its third.

`default_nettype none

module egress_check #(
  // Wire ports and virtual functions.
  parameter int N_WIRES = frl_pkg::N_WIRES,
  parameter int N_VFS = frl_pkg::N_VFS
) (
  input  wire logic                 clk,
  // Each stage takes its input.
  input  wire logic                 load1,
  input  wire logic                 load2,
  input  wire logic                 load3,
  // Stage 1: what was decided, and the source port.
  input  wire frl_pkg::verdict_t    verdict,
  input  wire logic [7:0]           src_port,
  // Configuration by port number: enable, slow_pair, max_len (0: MAX_FRAME).
  input  wire logic [63:0]          cfg_enable,
  input  wire logic [64*5-1:0]      cfg_slow_pair,
  input  wire logic [64*16-1:0]     cfg_max_len,
  // Stage 3: the edits fit the frame; its bytes after them.
  input  wire logic                 edit_ok,
  input  wire logic [15:0]          len,
  // Stage 3's result: enum drop, or NONE; output, N_WIRES for the host interface; receive queue there.
  output logic      [7:0]           reason,
  output logic      [3:0]           dest,
  output logic      [7:0]           rxq
);

  logic [7:0] port;
  logic       is_wire, is_vf, is_host, is_fw;

  assign port = verdict.port;
  assign is_wire = 32'(port) < N_WIRES;
  assign is_host = port == frl_pkg::PORT_HOST;
  assign is_fw = port == frl_pkg::PORT_FW;
  assign is_vf = port >= frl_pkg::PORT_VF0 && 32'(port) < 32'(frl_pkg::PORT_VF0) + N_VFS;

  logic [7:0]  r1_reason, r2_reason, r1_queue, r2_queue;
  logic [3:0]  r1_dest, r2_dest;
  logic [15:0] r1_max, r2_max;

  always_ff @(posedge clk) begin
    if (load1) begin
      r1_reason <= verdict.drop != frl_pkg::DROP_NONE ? verdict.drop
          : !(is_wire || is_vf || is_host || is_fw) ? frl_pkg::DROP_NO_SUCH_PORT
          : !cfg_enable[port[5:0]] ? frl_pkg::DROP_PORT_DOWN : frl_pkg::DROP_NONE;
      r1_dest <= is_wire ? port[3:0] : 4'(N_WIRES);
      // VF v has queue QUEUE_VF0 + 2 * v, its port is PORT_VF0 + v.
      r1_queue <= is_fw ? 8'(frl_pkg::QUEUE_FW)
          : is_host ? {2'd0, cfg_slow_pair[src_port[5:0]*5+:5], 1'b0}
          : 8'(frl_pkg::QUEUE_VF0) + {port[6:0] - 7'(frl_pkg::PORT_VF0), 1'b0};
      r1_max <= is_host || is_fw ? 16'hffff
          : cfg_max_len[port[5:0]*16+:16] == 16'd0 ? 16'(frl_pkg::MAX_FRAME) : cfg_max_len[port[5:0]*16+:16];
    end
    if (load2) {r2_reason, r2_dest, r2_queue, r2_max} <= {r1_reason, r1_dest, r1_queue, r1_max};
    if (load3) begin
      reason <= r2_reason != frl_pkg::DROP_NONE ? r2_reason
          : !edit_ok ? frl_pkg::DROP_RUNT
          : len > r2_max ? frl_pkg::DROP_TOO_LONG : frl_pkg::DROP_NONE;
      dest <= r2_dest;
      rxq <= r2_queue;
    end
  end

  logic unused_bits;
  assign unused_bits = &{1'b0, verdict, src_port};

endmodule

`default_nettype wire
