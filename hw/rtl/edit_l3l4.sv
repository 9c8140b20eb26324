// SPDX-License-Identifier: BSD-3-Clause
// Edits of the IP header and of TCP and UDP ports, with their checksums mended by the change alone (RFC 1624,
// equation 3). Both headers are cut out of the frame as windows, changed, and handed on as patches at their
// offset in the frame as received; IPv6 extension headers may stand between them. What the frame does not have, or not
// whole, is left alone. Three stages.
//
// Checksums are summed as they lie on the bus, low byte first: a ones' complement sum does not mind (RFC 1071, 2B).

`default_nettype none

module edit_l3l4 (
  input  wire logic                clk,
  // Each stage takes its input.
  input  wire logic                load1,
  input  wire logic                load2,
  input  wire logic                load3,

  // Stage 1: the frame; `en`: fields may be edited; headers must begin at `from` or later.
  input  wire logic [2047:0]       hdr,
  input  wire logic [15:0]         len,
  input  wire logic                en,
  input  wire logic [8:0]          from,
  input  wire frl_pkg::leg_row_t   leg,
  input  wire frl_pkg::parsed_t    parsed,

  // Stage 3's result: patches in bus order, and their bytes, 0 for none: 20 or 40, and 4, 8 or 18.
  output logic      [319:0]        l3_data,
  output logic      [5:0]          l3_len,
  output logic      [7:0]          l3_off,
  output logic      [143:0]        l4_data,
  output logic      [4:0]          l4_len,
  output logic      [7:0]          l4_off
);

  // ---- Helpers ----

  function automatic logic [15:0] swap2(input logic [15:0] v);
    swap2 = {v[7:0], v[15:8]};
  endfunction

  // An address in bus order; IPv4 in the low 32 bits.
  function automatic logic [127:0] swap16(input logic [127:0] v, input logic v4);
    swap16 = 128'd0;
    if (v4) swap16[31:0] = {v[7:0], v[15:8], v[23:16], v[31:24]};
    else for (int i = 0; i < 16; i++) swap16[8*i+:8] = v[8*(15-i)+:8];
  endfunction

  // What a change of an address adds to a checksum's complement: sum of ~m + m' over its eight words.
  function automatic logic [21:0] change(input logic [127:0] m, input logic [127:0] n);
    change = 22'd0;
    for (int i = 0; i < 8; i++) change = change + {6'd0, ~m[16*i+:16]} + 22'(n[16*i+:16]);
  endfunction

  // Checksum hc after a change: ~(~hc + delta).
  function automatic logic [15:0] mend(input logic [15:0] hc, input logic [21:0] delta);
    logic [21:0] sum;
    logic [16:0] once;
    sum = delta + {6'd0, ~hc};
    once = 17'(sum[15:0]) + 17'(sum[21:16]);
    mend = ~(once[15:0] + 16'(once[16]));
  endfunction

  // ---- Stage 1: which headers, and their windows ----

  logic [8:0]  seen;  // bytes of the frame in hdr
  logic        edit_ip, edit_tp, ip4, ip6, tcp, udp, icmp6, l4_there;

  assign edit_ip = leg.edits[frl_pkg::EDIT_SET_IP_SRC] || leg.edits[frl_pkg::EDIT_SET_IP_DST]
      || leg.edits[frl_pkg::EDIT_SET_TTL] || leg.edits[frl_pkg::EDIT_DEC_TTL];
  assign edit_tp = leg.edits[frl_pkg::EDIT_SET_TP_SRC] || leg.edits[frl_pkg::EDIT_SET_TP_DST];
  assign seen = len > 16'd256 ? 9'd256 : len[8:0];

  assign ip4 = parsed.l3_type == frl_pkg::L3_TYPE_IPV4 && 10'(parsed.l3_off) + 10'd20 <= 10'(seen);
  assign ip6 = parsed.l3_type == frl_pkg::L3_TYPE_IPV6 && 10'(parsed.l3_off) + 10'd40 <= 10'(seen);
  assign l4_there = (ip4 || ip6) && parsed.l4_off > parsed.l3_off;
  assign tcp = l4_there && parsed.l4_type == frl_pkg::L4_TYPE_TCP && 10'(parsed.l4_off) + 10'd18 <= 10'(seen);
  assign udp = l4_there && parsed.l4_type == frl_pkg::L4_TYPE_UDP && 10'(parsed.l4_off) + 10'd8 <= 10'(seen);
  assign icmp6 = l4_there && ip6 && parsed.l4_type == frl_pkg::L4_TYPE_ICMPV6
      && 10'(parsed.l4_off) + 10'd4 <= 10'(seen);

  logic                r1_may;  // what `en` and `from` say: they come late
  logic                r1_ip4, r1_ip6, r1_tcp, r1_udp, r1_icmp6, r1_routing;
  logic [7:0]          r1_l3_off, r1_l4_off;
  logic [319:0]        r1_l3;
  logic [143:0]        r1_l4;
  frl_pkg::leg_row_t   r1_leg;

  always_ff @(posedge clk) begin
    if (load1) begin
      r1_may <= en && 9'(parsed.l3_off) >= from;
      r1_ip4 <= ip4 && (edit_ip || edit_tp);
      r1_ip6 <= ip6 && (edit_ip || edit_tp);
      r1_tcp <= tcp && (edit_ip || edit_tp);
      r1_udp <= udp && (edit_ip || edit_tp);
      r1_icmp6 <= icmp6 && edit_ip;
      r1_routing <= parsed.routing;
      if (edit_ip || edit_tp) begin
        r1_l3_off <= parsed.l3_off;
        r1_l4_off <= parsed.l4_off;
        r1_leg <= leg;
      end
    end
  end

  hdr_window #(.BYTES(40)) l3 (.clk, .load(load1 && (edit_ip || edit_tp)), .hdr, .at(parsed.l3_off), .window(r1_l3));
  hdr_window #(.BYTES(18)) l4 (.clk, .load(load1 && (edit_ip || edit_tp)), .hdr, .at(parsed.l4_off), .window(r1_l4));

  // ---- Stage 2: new fields, and what they change ----

  logic         any1;
  logic [127:0] old_src, old_dst, new_src, new_dst;
  logic [7:0]   old_ttl, set_ttl, new_ttl;
  logic [15:0]  new_tp_src, new_tp_dst;
  logic [21:0]  d_src, d_dst, d_ttl, d_tp_src, d_tp_dst;

  assign any1 = r1_ip4 || r1_ip6;

  always_comb begin
    old_src = 128'd0;
    old_dst = 128'd0;
    new_src = 128'd0;
    new_dst = 128'd0;
    {old_ttl, set_ttl, new_ttl, new_tp_src, new_tp_dst} = 56'd0;
    {d_src, d_dst, d_ttl, d_tp_src, d_tp_dst} = 110'd0;
    if (any1) begin
      old_src = r1_ip4 ? {96'd0, r1_l3[127:96]} : r1_l3[191:64];
      old_dst = r1_ip4 ? {96'd0, r1_l3[159:128]} : r1_l3[319:192];
      old_ttl = r1_ip4 ? r1_l3[71:64] : r1_l3[63:56];
      new_src = r1_leg.edits[frl_pkg::EDIT_SET_IP_SRC] ? swap16(r1_leg.ip_src, r1_ip4) : old_src;
      new_dst = r1_leg.edits[frl_pkg::EDIT_SET_IP_DST] ? swap16(r1_leg.ip_dst, r1_ip4) : old_dst;
      set_ttl = r1_leg.edits[frl_pkg::EDIT_SET_TTL] ? r1_leg.ttl : old_ttl;
      new_ttl = set_ttl - 8'(r1_leg.edits[frl_pkg::EDIT_DEC_TTL] && set_ttl != 8'd0);
      new_tp_src = r1_leg.edits[frl_pkg::EDIT_SET_TP_SRC] ? swap2(r1_leg.tp_src) : r1_l4[15:0];
      new_tp_dst = r1_leg.edits[frl_pkg::EDIT_SET_TP_DST] ? swap2(r1_leg.tp_dst) : r1_l4[31:16];
      if (new_src != old_src) d_src = change(old_src, new_src);
      if (new_dst != old_dst) d_dst = change(old_dst, new_dst);
      if (new_ttl != old_ttl) d_ttl = {6'd0, 8'hff, ~old_ttl} + 22'(new_ttl);
      if (new_tp_src != r1_l4[15:0]) d_tp_src = {6'd0, ~r1_l4[15:0]} + 22'(new_tp_src);
      if (new_tp_dst != r1_l4[31:16]) d_tp_dst = {6'd0, ~r1_l4[31:16]} + 22'(new_tp_dst);
    end
  end

  logic         r2_ip4, r2_ip6, r2_tcp, r2_udp, r2_icmp6;
  logic [7:0]   r2_l3_off, r2_l4_off;
  logic [319:0] r2_l3;
  logic [143:0] r2_l4;
  logic [21:0]  r2_d3, r2_d4;

  always_ff @(posedge clk) begin
    if (load2) begin
      {r2_ip4, r2_ip6, r2_tcp, r2_udp, r2_icmp6} <= r1_may ? {r1_ip4, r1_ip6, r1_tcp, r1_udp, r1_icmp6} : 5'd0;
      if (any1) begin
        r2_l3_off <= r1_l3_off;
        r2_l4_off <= r1_l4_off;
        r2_l3 <= r1_l3;
        if (r1_ip4) begin
          r2_l3[71:64] <= new_ttl;
          r2_l3[127:96] <= new_src[31:0];
          r2_l3[159:128] <= new_dst[31:0];
        end else begin
          r2_l3[63:56] <= new_ttl;
          r2_l3[191:64] <= new_src;
          r2_l3[319:192] <= new_dst;
        end
        r2_l4 <= r1_l4;
        if (!r1_icmp6) r2_l4[31:0] <= {new_tp_dst, new_tp_src};
        r2_d3 <= d_src + d_dst + d_ttl;
        // Behind a routing header the sum has the final destination, which stands there (RFC 8200, 8.1).
        r2_d4 <= d_src + (r1_routing ? 22'd0 : d_dst) + (r1_icmp6 ? 22'd0 : d_tp_src + d_tp_dst);
      end
    end
  end

  // ---- Stage 3: checksums ----

  logic [15:0] sum_udp;
  assign sum_udp = mend(r2_l4[63:48], r2_d4);

  always_ff @(posedge clk) begin
    if (load3) begin
      l3_len <= r2_ip4 ? 6'd20 : r2_ip6 ? 6'd40 : 6'd0;
      l4_len <= r2_tcp ? 5'd18 : r2_udp ? 5'd8 : r2_icmp6 ? 5'd4 : 5'd0;
      if (r2_ip4 || r2_ip6) begin
        l3_off <= r2_l3_off;
        l4_off <= r2_l4_off;
        l3_data <= r2_l3;
        l4_data <= r2_l4;
        if (r2_ip4 && r2_d3 != 22'd0) l3_data[95:80] <= mend(r2_l3[95:80], r2_d3);
        if (r2_d4 != 22'd0) begin
          if (r2_tcp) l4_data[143:128] <= mend(r2_l4[143:128], r2_d4);
          // RFC 768: 0 says that there is none, and a sum of 0 is sent as all ones.
          if (r2_udp && r2_l4[63:48] != 16'd0) l4_data[63:48] <= sum_udp == 16'd0 ? 16'hffff : sum_udp;
          if (r2_icmp6) l4_data[31:16] <= mend(r2_l4[31:16], r2_d4);
        end
      end
    end
  end

  logic unused_fields;
  assign unused_fields = &{1'b0, r1_leg, leg, parsed};

endmodule

`default_nettype wire
