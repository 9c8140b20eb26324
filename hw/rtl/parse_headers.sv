// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Finds Ethernet, VLAN, L3 and L4 headers from one Ethernet header on; nine stages, one frame per cycle.
// The parser has two of these: one for the frame, one for what is behind a tunnel header.
//
//   1, 2    parse_link        Ethernet, VLAN tags, LLC
//   3       parse_network     IPv4, IPv6, ARP
//   4 to 7  parse_ext         an IPv6 extension header each
//   8, 9    parse_transport   TCP, UDP, SCTP, ICMP, neighbour discovery
module parse_headers #(
    parameter int BYTES = 256  // header bytes of in_data, 32 to 256
) (
    input wire clk,
    input wire rst,

    input wire               in_valid,
    input wire [8*BYTES-1:0] in_data,  // from the Ethernet header on, zero behind the frame's last byte
    input wire               in_keep,  // a tunnel may be looked for: hand the data on, and the checksum's sum
    input wire [        7:0] in_base,  // offset of the Ethernet header in the frame
    input wire [       15:0] in_len,   // bytes of the frame, counted from its byte 0

    output logic                       out_valid,
    output logic                       out_keep,
    output logic              [2031:0] out_rest,     // with in_keep: in_data from byte 2 on
    output logic              [ 575:0] out_main,     // words 0 to 17 of the key, port and tun_type zero
    output logic              [ 175:0] out_nd,       // nd_ll, nd_target
    output frl_pkg::parsed_t           out_parsed,   // tunnel and hash zero
    output logic              [ 127:0] out_l4,       // first 16 bytes of the L4 header
    output logic              [   6:0] out_l4_at,    // its place: 4 * this + 2 bytes behind the Ethernet header's first
    output logic              [  15:0] out_l4_len,   // bytes of the IP payload from there on
    output logic                       out_ip_plain  // with in_keep: IP header without options and extension headers; IPv4 checksum right
);

  // ---- Stages 1 to 3 ----
  logic v2;
  logic [2271:0] rest2;
  logic [319:0] l3_2;
  logic [1:0] tags2, type2;
  logic [7:0] base2, punt2;
  logic [8:0] limit2;
  logic [15:0] avail2;
  logic [223:0] key2;

  parse_link #(
      .BYTES(BYTES)
  ) link_stage (
      .clk,
      .rst,
      .in_valid,
      .in_data,
      .in_base,
      .in_len,
      .out_valid(v2),
      .out_rest(rest2),
      .out_l3(l3_2),
      .out_tags(tags2),
      .out_base(base2),
      .out_limit(limit2),
      .out_avail(avail2),
      .out_l3_type(type2),
      .out_punt(punt2),
      .out_key(key2)
  );

  frl_pkg::ip_walk_t walk3;
  logic [511:0] key3;
  logic [95:0] arp3;
  logic [19:0] sum3;

  parse_network network_stage (
      .clk,
      .in_valid(v2),
      .in_l3(l3_2),
      .in_tags(tags2),
      .in_limit(limit2),
      .in_avail(avail2),
      .in_l3_type(type2),
      .in_punt(punt2),
      .in_key(key2),
      .out_walk(walk3),
      .out_key(key3),
      .out_arp(arp3),
      .out_sum(sum3)
  );

  logic v3;
  logic [7:1] keep;  // keep[n]: of the frame that is n cycles behind the input
  logic [2271:0] rest3;
  logic [7:0] base3;
  logic [1:0] tags3;

  always_ff @(posedge clk) begin
    v3 <= v2 && !rst;
    keep <= {keep[6:1], in_keep};
    if (v2) begin
      rest3 <= rest2;
      base3 <= base2;
      tags3 <= tags2;
    end
  end

  // ---- Stages 4 to 7 ----
  logic v4, v5, v6, v7;
  logic [2271:0] rest4, rest5, rest6, rest7;
  frl_pkg::ip_walk_t walk4, walk5, walk6, walk7;

  parse_ext ext1 (
      .clk,
      .rst,
      .in_valid(v3),
      .in_rest(rest3),
      .in_walk(walk3),
      .out_valid(v4),
      .out_rest(rest4),
      .out_walk(walk4)
  );
  parse_ext ext2 (
      .clk,
      .rst,
      .in_valid(v4),
      .in_rest(rest4),
      .in_walk(walk4),
      .out_valid(v5),
      .out_rest(rest5),
      .out_walk(walk5)
  );
  parse_ext ext3 (
      .clk,
      .rst,
      .in_valid(v5),
      .in_rest(rest5),
      .in_walk(walk5),
      .out_valid(v6),
      .out_rest(rest6),
      .out_walk(walk6)
  );
  parse_ext ext4 (
      .clk,
      .rst,
      .in_valid(v6),
      .in_rest(rest6),
      .in_walk(walk6),
      .out_valid(v7),
      .out_rest(rest7),
      .out_walk(walk7)
  );

  // ---- Stages 8 and 9; what stage 3 found waits beside them ----
  frl_pkg::ip_walk_t walk9;
  logic [2:0] l4_type;
  logic [15:0] tp_src, tp_dst;
  logic [11:0] tcp_flags;
  logic [127:0] nd_target;
  logic [47:0] nd_ll;

  parse_transport transport_stages (
      .clk,
      .rst,
      .in_valid(v7),
      .in_rest(rest7),
      .in_keep(keep[7]),
      .in_walk(walk7),
      .out_valid,
      .out_rest,
      .out_keep,
      .out_walk(walk9),
      .out_l4,
      .out_type(l4_type),
      .out_src(tp_src),
      .out_dst(tp_dst),
      .out_flags(tcp_flags),
      .out_target(nd_target),
      .out_ll(nd_ll)
  );

  logic v8;
  logic [511:0] key9;
  logic [95:0] arp9;
  logic [19:0] sum9;
  logic [7:0] base9;
  logic [1:0] tags9;

  always_ff @(posedge clk) v8 <= v7 && !rst;

  park #(
      .W(512 + 96 + 20 + 8 + 2),
      .DEPTH(8)
  ) network_park (
      .clk,
      .rst,
      .put(v3),
      .put_data({key3, arp3, sum3, base3, tags3}),
      .take(v8),
      .take_data({key9, arp9, sum9, base9, tags9})
  );

  // ---- Results ----
  frl_pkg::lookup_key_t key;
  logic [15:0] folded;

  always_comb begin
    key = {768'd0, key9};
    key.ip_proto = walk9.next;
    key.frag = walk9.frag;
    key.l4_type = l4_type;
    key.tp_src = tp_src;
    key.tp_dst = tp_dst;
    key.tcp_flags = tcp_flags;
    out_main = key[575:0];
    out_nd = {nd_ll, nd_target};
    if (walk9.l3_type == frl_pkg::L3_TYPE_ARP) out_nd = {64'd0, arp9[95:48], 16'd0, arp9[47:0]};

    out_parsed = '0;
    out_parsed.punt = walk9.punt;
    out_parsed.base = base9;
    out_parsed.vlans = tags9;
    out_parsed.l3_off = base9 + 8'd14 + {4'd0, tags9, 2'b00};
    out_parsed.l4_off = l4_type == frl_pkg::L4_TYPE_NONE ? 8'd0 : base9 + {walk9.at[5:0], 2'b10};
    out_parsed.l3_type = walk9.l3_type;
    out_parsed.l4_type = l4_type;
    out_parsed.routing = walk9.routing;

    out_l4_at = walk9.at;
    out_l4_len = walk9.left;
    // A header of 20 bytes is right when the one's complement sum of its halves is 0xffff; ten of them overflow once.
    folded = sum9[15:0] + {12'd0, sum9[19:16]};
    out_ip_plain = walk9.plain && (walk9.l3_type == frl_pkg::L3_TYPE_IPV6 || folded == 16'hffff);
  end

  wire unused_bits = &{1'b0, key[1279:576], walk9.walk, walk9.limit};

endmodule

`default_nettype wire
