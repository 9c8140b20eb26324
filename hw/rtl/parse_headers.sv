// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Finds Ethernet, VLAN, L3 and L4 headers from one Ethernet header on; five stages, one frame per cycle.
// The parser has two of these: one for the frame, one for what is behind a tunnel header.
//
// Length checks follow what a software switch accepts (Open vSwitch miniflow_extract): where it would go
// on with fields left zero, the frame is punted and software decides.
module parse_headers (
    input wire clk,
    input wire rst,

    input wire          in_valid,
    input wire [2047:0] in_data,   // first 256 bytes of the frame, byte 0 in [7:0]
    input wire          in_keep,   // hand the data on to out_data
    input wire [   7:0] in_base,   // offset of the Ethernet header
    input wire [  15:0] in_len,    // bytes of the frame, counted from its byte 0

    output logic                     out_valid,
    output logic            [2047:0] out_data,     // with in_keep
    output logic            [ 575:0] out_main,     // words 0 to 17 of the key, port and tun_type zero
    output frl_pkg::parsed_t         out_parsed,   // tunnel and hash zero
    output logic            [ 127:0] out_l4,       // first 16 bytes of the L4 header
    output logic            [  15:0] out_l4_len,   // bytes of the IP payload
    output logic                     out_ip_plain  // IPv4 header of 20 bytes whose checksum is right (RFC 791)
);

  function automatic logic [15:0] be16(input logic [15:0] x);
    be16 = {x[7:0], x[15:8]};
  endfunction

  function automatic logic [31:0] be32(input logic [31:0] x);
    be32 = {x[7:0], x[15:8], x[23:16], x[31:24]};
  endfunction

  function automatic logic [47:0] be48(input logic [47:0] x);
    be48 = {be16(x[15:0]), be32(x[47:16])};
  endfunction

  function automatic logic [127:0] be128(input logic [127:0] x);
    be128 = {be32(x[31:0]), be32(x[63:32]), be32(x[95:64]), be32(x[127:96])};
  endfunction

  // IEEE 802.1Q: C-VLAN and S-VLAN tag.
  function automatic logic is_vlan(input logic [15:0] t);
    is_vlan = t == 16'h8100 || t == 16'h88a8;
  endfunction

  // IPv6 next headers that are extension headers (IANA registry; ESP included, 59 "no next header" is none).
  function automatic logic is_ext(input logic [7:0] nh);
    is_ext = nh == 8'd0 || nh == 8'd43 || nh == 8'd44 || nh == 8'd50 || nh == 8'd51 || nh == 8'd60 ||
             nh == 8'd135 || nh == 8'd139 || nh == 8'd140;
  endfunction

  // One's complement sum of a 20-byte IPv4 header is 0xffff when its checksum is right. Byte order does not matter.
  function automatic logic csum_ok(input logic [159:0] h);
    logic [19:0] sum;
    logic [16:0] fold;
    sum = '0;
    for (int i = 0; i < 10; i++) sum = sum + {4'd0, h[16*i+:16]};
    fold = {1'b0, sum[15:0]} + {13'd0, sum[19:16]};
    csum_ok = fold[15:0] + {15'd0, fold[16]} == 16'hffff;
  endfunction

  function automatic logic [2:0] l4_of(input logic v6, input logic [7:0] proto);
    unique case (proto)
      8'd6: l4_of = frl_pkg::L4_TYPE_TCP;
      8'd17: l4_of = frl_pkg::L4_TYPE_UDP;
      8'd132: l4_of = frl_pkg::L4_TYPE_SCTP;
      8'd1: l4_of = v6 ? frl_pkg::L4_TYPE_NONE : frl_pkg::L4_TYPE_ICMP;
      8'd58: l4_of = v6 ? frl_pkg::L4_TYPE_ICMPV6 : frl_pkg::L4_TYPE_NONE;
      default: l4_of = frl_pkg::L4_TYPE_NONE;
    endcase
  endfunction

  // Bytes of an L4 header that must be there.
  function automatic logic [7:0] l4_need(input logic [2:0] t);
    unique case (t)
      frl_pkg::L4_TYPE_TCP: l4_need = 8'd20;
      frl_pkg::L4_TYPE_SCTP: l4_need = 8'd12;
      default: l4_need = 8'd8;
    endcase
  endfunction

  // ---- Stage 1: Ethernet header, two VLAN tags, LLC ----
  logic v1, keep1;
  logic [2047:0] data1;
  logic [239:0] eth1;
  logic [7:0] base1;
  logic [15:0] len1;

  always_ff @(posedge clk) begin
    v1 <= in_valid && !rst;
    if (in_valid) begin
      data1 <= in_data;
      keep1 <= in_keep;
      eth1  <= in_data[{in_base, 3'b000}+:240];
      base1 <= in_base;
      len1  <= in_len;
    end
  end

  // ---- Stage 2: EtherType behind the tags, L3 header ----
  logic [15:0] type_a, type_b, type_c, type1;
  logic tag_a, tag_b, snap1;
  logic [7:0] eth_len1, l3_off1;
  logic [8:0] limit1;  // header bytes that are there
  logic [47:0] llc1;

  always_comb begin
    type_a = be16(eth1[96+:16]);
    type_b = be16(eth1[128+:16]);
    type_c = be16(eth1[160+:16]);
    tag_a = is_vlan(type_a);
    tag_b = tag_a && is_vlan(type_b);
    type1 = tag_b ? type_c : tag_a ? type_b : type_a;
    eth_len1 = tag_b ? 8'd22 : tag_a ? 8'd18 : 8'd14;
    llc1 = tag_b ? eth1[176+:48] : tag_a ? eth1[144+:48] : eth1[112+:48];
    l3_off1 = base1 + eth_len1;
    limit1 = len1 > 16'd256 ? 9'd256 : len1[8:0];
    // IEEE 802.2 SNAP header with OUI 0 behind a length: an EtherType follows.
    snap1 = type1 < 16'h0600 && llc1 == 48'h00000003aaaa && {1'b0, l3_off1} + 9'd8 <= limit1;
  end

  logic v2, keep2;
  logic [2047:0] data2;
  logic [319:0] ip2;
  logic [7:0] l3_off2, base2, punt2;
  logic [8:0] limit2;
  logic [15:0] avail2;  // bytes from the L3 header to the end of the frame
  logic [1:0] l3_2;
  frl_pkg::lookup_key_t key2;

  always_ff @(posedge clk) begin
    v2 <= v1 && !rst;
    if (v1) begin
      data2 <= data1;
      keep2 <= keep1;
      ip2 <= data1[{l3_off1, 3'b000}+:320];
      l3_off2 <= l3_off1;
      base2 <= base1;
      limit2 <= limit1;
      avail2 <= len1 - {8'd0, l3_off1};
      l3_2 <= type1 == 16'h0800 ? frl_pkg::L3_TYPE_IPV4 : type1 == 16'h86dd ? frl_pkg::L3_TYPE_IPV6 :
              type1 == 16'h0806 ? frl_pkg::L3_TYPE_ARP : frl_pkg::L3_TYPE_NONE;
      punt2 <= {1'b0, l3_off1} > limit1 ? frl_pkg::PUNT_HEADER_LENGTH : snap1 ? frl_pkg::PUNT_SNAP : frl_pkg::PUNT_NONE;
      key2 <= '0;
      key2.eth_dst <= be48(eth1[47:0]);
      key2.eth_src <= be48(eth1[95:48]);
      key2.eth_type <= type1 < 16'h0600 ? 16'h05ff : type1;
      key2.vlan0_present <= tag_a;
      key2.vlan1_present <= tag_b;
      key2.vlan0_tpid <= tag_a ? type_a : 16'd0;
      key2.vlan0_tci <= tag_a ? be16(eth1[112+:16]) : 16'd0;
      key2.vlan1_tpid <= tag_b ? type_b : 16'd0;
      key2.vlan1_tci <= tag_b ? be16(eth1[144+:16]) : 16'd0;
    end
  end

  // ---- Stage 3: IPv4 (RFC 791), IPv6 (RFC 8200) ----
  logic is4, is6;
  logic [7:0] ihl2, proto2, punt_ip, l4_off2;
  logic [15:0] total2, frag_word, plen2;
  logic [31:0] v6_word;

  always_comb begin
    is4 = l3_2 == frl_pkg::L3_TYPE_IPV4;
    is6 = l3_2 == frl_pkg::L3_TYPE_IPV6;
    ihl2 = {2'b00, ip2[3:0], 2'b00};
    total2 = be16(ip2[31:16]);
    frag_word = be16(ip2[63:48]);
    v6_word = be32(ip2[31:0]);
    plen2 = be16(ip2[47:32]);
    proto2 = is6 ? ip2[55:48] : ip2[79:72];
    l4_off2 = l3_off2 + (is6 ? 8'd40 : ihl2);

    punt_ip = frl_pkg::PUNT_NONE;
    if (punt2 != frl_pkg::PUNT_NONE) punt_ip = punt2;
    else if (is4) begin
      if ({1'b0, l3_off2} + 9'd20 > limit2) punt_ip = frl_pkg::PUNT_HEADER_LENGTH;
      else if (ip2[7:4] != 4'd4 || ihl2 < 8'd20) punt_ip = frl_pkg::PUNT_IP_MALFORMED;
      else if ({1'b0, l3_off2} + {1'b0, ihl2} > limit2) punt_ip = frl_pkg::PUNT_HEADER_LENGTH;
      else if (total2 < {8'd0, ihl2} || total2 > avail2) punt_ip = frl_pkg::PUNT_IP_MALFORMED;
    end else if (is6) begin
      if ({1'b0, l3_off2} + 9'd40 > limit2) punt_ip = frl_pkg::PUNT_HEADER_LENGTH;
      else if (ip2[7:4] != 4'd6) punt_ip = frl_pkg::PUNT_IP_MALFORMED;
      else if ({1'b0, plen2} + 17'd40 > {1'b0, avail2}) punt_ip = frl_pkg::PUNT_IP_MALFORMED;
      else if (is_ext(proto2)) punt_ip = frl_pkg::PUNT_IPV6_EXT;
    end
  end

  logic v3, keep3, plain3;
  logic [2047:0] data3;
  logic [7:0] l3_off3, l4_off3, base3, punt3;
  logic [8:0] limit3;
  logic [15:0] l4_len3;
  logic [2:0] l4_3;
  frl_pkg::lookup_key_t key3;

  always_ff @(posedge clk) begin
    v3 <= v2 && !rst;
    if (v2) begin
      data3 <= data2;
      keep3 <= keep2;
      l3_off3 <= l3_off2;
      l4_off3 <= l4_off2;
      base3 <= base2;
      limit3 <= limit2;
      punt3 <= punt_ip;
      l4_len3 <= is6 ? plen2 : total2 - {8'd0, ihl2};
      l4_3 <= (is4 && frag_word[12:0] == 13'd0) || is6 ? l4_of(is6, proto2) : frl_pkg::L4_TYPE_NONE;
      plain3 <= is4 && ip2[3:0] == 4'd5 && csum_ok(ip2[159:0]);
      key3 <= key2;
      key3.l3_type <= l3_2;
      if (is4) begin
        key3.ip_src <= {96'd0, be32(ip2[127:96])};
        key3.ip_dst <= {96'd0, be32(ip2[159:128])};
        key3.ip_tos <= ip2[15:8];
        key3.ip_ttl <= ip2[71:64];
        key3.ip_flags <= frag_word[15:14];
        key3.frag <= frag_word[12:0] != 13'd0 ? frl_pkg::FRAG_LATER : frag_word[13] ? frl_pkg::FRAG_FIRST : frl_pkg::FRAG_NO;
      end
      if (is6) begin
        key3.ip_src <= be128(ip2[191:64]);
        key3.ip_dst <= be128(ip2[319:192]);
        key3.ip_tos <= v6_word[27:20];
        key3.ip_ttl <= ip2[63:56];
      end
      if (is4 || is6) key3.ip_proto <= proto2;
    end
  end

  // ---- Stage 4: L4 header ----
  logic v4, keep4, plain4, has_l4;
  logic [2047:0] data4;
  logic [127:0] l4_4;
  logic [7:0] l3_off4, l4_off4, base4, punt4;
  logic [8:0] limit4;
  logic [15:0] l4_len4;
  logic [2:0] l4_t4;
  frl_pkg::lookup_key_t key4;

  always_ff @(posedge clk) begin
    v4 <= v3 && !rst;
    if (v3) begin
      if (keep3) data4 <= data3;
      keep4 <= keep3;
      plain4 <= plain3;
      l4_4 <= data3[{l4_off3, 3'b000}+:128];
      l3_off4 <= l3_off3;
      l4_off4 <= l4_off3;
      base4 <= base3;
      limit4 <= limit3;
      punt4 <= punt3;
      l4_len4 <= l4_len3;
      l4_t4 <= l4_3;
      key4 <= key3;
    end
  end

  // ---- Stage 5: ports (RFC 9293, RFC 768, RFC 9260), ICMP type and code ----
  logic [7:0] need, punt_l4;
  logic [15:0] doff;
  logic is_icmp;
  frl_pkg::lookup_key_t key5;

  always_comb begin
    has_l4  = l4_t4 != frl_pkg::L4_TYPE_NONE;
    is_icmp = l4_t4 == frl_pkg::L4_TYPE_ICMP || l4_t4 == frl_pkg::L4_TYPE_ICMPV6;
    need = l4_need(l4_t4);
    doff = {10'd0, l4_4[103:100], 2'b00};
    punt_l4 = punt4;
    if (punt4 == frl_pkg::PUNT_NONE && has_l4) begin
      if (l4_len4 < {8'd0, need}) punt_l4 = frl_pkg::PUNT_IP_MALFORMED;
      else if ({1'b0, l4_off4} + {1'b0, need} > limit4) punt_l4 = frl_pkg::PUNT_HEADER_LENGTH;
      else if (l4_t4 == frl_pkg::L4_TYPE_TCP && (doff < 16'd20 || doff > l4_len4)) punt_l4 = frl_pkg::PUNT_IP_MALFORMED;
    end
  end

  always_ff @(posedge clk) begin
    out_valid <= v4 && !rst;
    if (v4) begin
      if (keep4) out_data <= data4;
      out_l4 <= l4_4;
      out_l4_len <= l4_len4;
      out_ip_plain <= plain4;
      out_parsed <= '0;
      out_parsed.punt <= punt_l4;
      out_parsed.base <= base4;
      out_parsed.vlans <= {1'b0, key4.vlan0_present} + {1'b0, key4.vlan1_present};
      out_parsed.l3_off <= l3_off4;
      out_parsed.l4_off <= has_l4 ? l4_off4 : 8'd0;
      out_parsed.l3_type <= key4.l3_type;
      out_parsed.l4_type <= l4_t4;
      key5 <= key4;
      key5.l4_type <= l4_t4;
      if (has_l4) begin
        key5.tp_src <= is_icmp ? {8'd0, l4_4[7:0]} : be16(l4_4[15:0]);
        key5.tp_dst <= is_icmp ? {8'd0, l4_4[15:8]} : be16(l4_4[31:16]);
      end
      if (l4_t4 == frl_pkg::L4_TYPE_TCP) key5.tcp_flags <= {l4_4[99:96], l4_4[111:104]};
    end
  end

  assign out_main = key5[575:0];
  wire unused_bits = &{1'b0, key5[1279:576], v6_word[31:28], v6_word[19:0], eth1[239:224]};

endmodule

`default_nettype wire
