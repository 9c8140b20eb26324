// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// IPv4 (RFC 791), the fixed header of IPv6 (RFC 8200) and ARP (RFC 826). One stage.
//
// Length checks follow what a software switch accepts (Open vSwitch miniflow_extract): where it would go
// on with fields left zero, an IP frame is punted and software decides. An ARP message that is not for IPv4 over
// Ethernet leaves its fields zero, as there.
module parse_network (
    input wire clk,

    input wire         in_valid,
    input wire [319:0] in_l3,       // first 40 bytes
    input wire [  1:0] in_tags,     // VLAN tags before them
    input wire [  8:0] in_limit,    // header bytes that are there, from the Ethernet header on
    input wire [ 15:0] in_avail,    // bytes from here to the end of the frame
    input wire [  1:0] in_l3_type,
    input wire [  7:0] in_punt,
    input wire [223:0] in_key,      // words 0 to 6 of the key

    output frl_pkg::ip_walk_t         out_walk,
    output logic              [511:0] out_key,  // words 0 to 15; ip_proto and frag are in the walk
    output logic              [ 95:0] out_arp,  // tha, sha
    output logic              [ 19:0] out_sum   // sum of the ten halves of an IPv4 header without options
);

  function automatic logic [15:0] be16(input logic [15:0] x);
    be16 = {x[7:0], x[15:8]};
  endfunction

  function automatic logic [31:0] be32(input logic [31:0] x);
    be32 = {be16(x[15:0]), be16(x[31:16])};
  endfunction

  function automatic logic [47:0] be48(input logic [47:0] x);
    be48 = {be16(x[15:0]), be16(x[31:16]), be16(x[47:32])};
  endfunction

  function automatic logic [127:0] be128(input logic [127:0] x);
    be128 = {be32(x[31:0]), be32(x[63:32]), be32(x[95:64]), be32(x[127:96])};
  endfunction

  // Byte order does not matter to a one's complement sum.
  function automatic logic [19:0] halves(input logic [159:0] h);
    halves = '0;
    for (int i = 0; i < 10; i++) halves = halves + {4'd0, h[16*i+:16]};
  endfunction

  logic is4, is6, arp;
  logic [7:0] l3_off, ihl, punt, proto;
  logic [15:0] total, frag_word, plen;
  logic [31:0] v6_word;
  logic [ 8:0] words;  // whole words behind byte 2

  always_comb begin
    is4 = in_l3_type == frl_pkg::L3_TYPE_IPV4;
    is6 = in_l3_type == frl_pkg::L3_TYPE_IPV6;
    l3_off = 8'd14 + {4'd0, in_tags, 2'b00};
    ihl = {2'b00, in_l3[3:0], 2'b00};
    total = be16(in_l3[31:16]);
    frag_word = be16(in_l3[63:48]);
    v6_word = be32(in_l3[31:0]);
    plen = be16(in_l3[47:32]);
    words = in_limit - 9'd2;
    // Ethernet, IPv4, address lengths 6 and 4.
    arp = in_l3_type == frl_pkg::L3_TYPE_ARP && {1'b0, l3_off} + 9'd28 <= in_limit && in_l3[47:0] == 48'h040600080100;
    // Of an ARP operation above 255 nothing is told.
    proto = is6 ? in_l3[55:48] : is4 ? in_l3[79:72] : arp && in_l3[55:48] == 8'd0 ? in_l3[63:56] : 8'd0;

    punt = in_punt;
    if (in_punt == frl_pkg::PUNT_NONE && is4) begin
      if ({1'b0, l3_off} + 9'd20 > in_limit) punt = frl_pkg::PUNT_HEADER_LENGTH;
      else if (in_l3[7:4] != 4'd4 || ihl < 8'd20) punt = frl_pkg::PUNT_IP_MALFORMED;
      else if (total < {8'd0, ihl} || total > in_avail) punt = frl_pkg::PUNT_IP_MALFORMED;
    end
    if (in_punt == frl_pkg::PUNT_NONE && is6) begin
      if ({1'b0, l3_off} + 9'd40 > in_limit) punt = frl_pkg::PUNT_HEADER_LENGTH;
      else if (in_l3[7:4] != 4'd6) punt = frl_pkg::PUNT_IP_MALFORMED;
      else if ({1'b0, plen} + 17'd40 > {1'b0, in_avail}) punt = frl_pkg::PUNT_IP_MALFORMED;
    end
  end

  frl_pkg::lookup_key_t key;

  always_ff @(posedge clk) begin
    if (in_valid) begin
      out_walk <= '0;
      out_walk.walk <= is6 && punt == frl_pkg::PUNT_NONE;
      out_walk.l3_type <= in_l3_type;
      out_walk.next <= proto;
      out_walk.at <= 7'd3 + {5'd0, in_tags} + (is6 ? 7'd10 : {3'd0, in_l3[3:0]});
      out_walk.left <= is6 ? plen : total - {8'd0, ihl};
      out_walk.limit <= words[8:2];
      out_walk.punt <= punt;
      out_walk.plain <= is6 || in_l3[3:0] == 4'd5;
      if (is4)
        out_walk.frag <= frag_word[12:0] != 13'd0 ? frl_pkg::FRAG_LATER : frag_word[13] ? frl_pkg::FRAG_FIRST : frl_pkg::FRAG_NO;
      if (is4) out_sum <= halves(in_l3[159:0]);
      out_arp <= arp ? {be48(in_l3[191:144]), be48(in_l3[111:64])} : 96'd0;
      key <= {1056'd0, in_key};
      key.l3_type <= in_l3_type;
      if (is4) begin
        key.ip_src <= {96'd0, be32(in_l3[127:96])};
        key.ip_dst <= {96'd0, be32(in_l3[159:128])};
        key.ip_tos <= in_l3[15:8];
        key.ip_ttl <= in_l3[71:64];
        key.ip_flags <= frag_word[15:14];
      end
      if (is6) begin
        key.ip_src <= be128(in_l3[191:64]);
        key.ip_dst <= be128(in_l3[319:192]);
        key.ip_tos <= v6_word[27:20];
        key.ip_ttl <= in_l3[63:56];
        key.ip6_flow <= v6_word[19:0];
      end
      if (arp) begin
        key.ip_src <= {96'd0, be32(in_l3[143:112])};
        key.ip_dst <= {96'd0, be32(in_l3[223:192])};
      end
    end
  end

  assign out_key = key[511:0];
  wire unused_bits = &{1'b0, key[1279:512], v6_word[31:28], words[1:0]};

endmodule

`default_nettype wire
