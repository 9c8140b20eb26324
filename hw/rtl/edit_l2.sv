// SPDX-License-Identifier: BSD-3-Clause
// Edits of the Ethernet header: decap, pop and push of VLAN tags, addresses. The result is a prefix (the new
// addresses and pushed tags) that replaces the first `cut` bytes of the frame. Two stages.

`default_nettype none

module edit_l2 (
  input  wire logic               clk,
  // Stage 1 and 2 take their input.
  input  wire logic               load1,
  input  wire logic               load2,

  // Stage 1: the frame; edits are off for direct frames, and `own` says that the parser's fields are
  // those of the Ethernet header that comes first after decap.
  input  wire logic [2047:0]      hdr,
  input  wire logic [15:0]        len,
  input  wire logic               direct,
  input  wire logic               own,
  input  wire frl_pkg::leg_row_t  leg,
  input  wire logic [7:0]         base,
  input  wire logic [1:0]         vlans,
  // Bytes that the prefix replaces; ok: they are in the frame, and an EtherType behind them. A direct frame
  // may be of any length.
  output logic      [8:0]         cut0,
  output logic                    ok0,

  // Stage 2's result: prefix in bus order, its bytes (12, 16 or 20), cut, and bytes of the frame after it all.
  output logic                    ok,
  output logic      [159:0]       prefix,
  output logic      [4:0]         prefix_len,
  output logic      [8:0]         cut,
  output logic      [15:0]        new_len
);

  // An Ethernet address in bus order: its first byte is its number's highest.
  function automatic logic [47:0] swap6(input logic [47:0] v);
    swap6 = {v[7:0], v[15:8], v[23:16], v[31:24], v[39:32], v[47:40]};
  endfunction

  function automatic logic [15:0] swap2(input logic [15:0] v);
    swap2 = {v[7:0], v[15:8]};
  endfunction

  // ---- Stage 1 ----

  logic       decap;
  logic [1:0] pop, push;
  logic [7:0] start;  // offset of the Ethernet header that stays

  assign decap = !direct && leg.edits[frl_pkg::EDIT_DECAP];
  assign start = decap ? base : 8'd0;
  assign push = direct ? 2'd0 : leg.push == 2'd3 ? 2'd2 : leg.push;

  always_comb begin
    pop = 2'd0;
    if (!direct && own) pop = leg.pop < vlans ? leg.pop : vlans;
    if (pop == 2'd3) pop = 2'd2;
  end

  assign cut0 = 9'(start) + 9'd12 + {5'd0, pop, 2'b00};
  assign ok0 = direct || (cut0 <= 9'd254 && 16'(cut0) + 16'd2 <= len);

  logic        r1_ok;
  logic [8:0]  r1_cut;
  logic [1:0]  r1_push;
  logic [47:0] r1_dst, r1_src, r1_old_dst, r1_old_src;
  logic        r1_set_dst, r1_set_src;
  logic [15:0] r1_len;
  logic [63:0] r1_tags;

  always_ff @(posedge clk) begin
    if (load1) begin
      r1_ok <= ok0;
      r1_cut <= cut0;
      r1_push <= push;
      r1_len <= len;
      r1_set_dst <= !direct && own && leg.edits[frl_pkg::EDIT_SET_ETH_DST];
      r1_set_src <= !direct && own && leg.edits[frl_pkg::EDIT_SET_ETH_SRC];
      r1_dst <= swap6(leg.eth_dst);
      r1_src <= swap6(leg.eth_src);
      r1_tags <= 64'd0;
      if (push != 2'd0) r1_tags[31:0] <= {swap2(leg.vlan0_tci), swap2(leg.vlan0_tpid)};
      if (push == 2'd2) r1_tags[63:32] <= {swap2(leg.vlan1_tci), swap2(leg.vlan1_tpid)};
    end
  end

  hdr_window #(.BYTES(12)) addresses (.clk, .load(load1), .hdr, .at(start), .window({r1_old_src, r1_old_dst}));

  // ---- Stage 2 ----

  always_ff @(posedge clk) begin
    if (load2) begin
      ok <= r1_ok;
      prefix <= {r1_tags, r1_set_src ? r1_src : r1_old_src, r1_set_dst ? r1_dst : r1_old_dst};
      prefix_len <= 5'd12 + {1'b0, r1_push, 2'b00};
      cut <= r1_cut;
      new_len <= r1_len - 16'(r1_cut) + 16'd12 + {12'd0, r1_push, 2'b00};
    end
  end

  logic unused_leg;
  assign unused_leg = &{1'b0, leg};

endmodule

`default_nettype wire
