// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Ports of TCP, UDP and SCTP (RFC 9293, RFC 768, RFC 9260), type and code of ICMP and ICMPv6, target and link-layer
// address of neighbour discovery (RFC 4861). Two stages.
module parse_transport (
    input wire clk,
    input wire rst,

    input wire                        in_valid,
    input wire               [2271:0] in_rest,  // the frame in words from byte 2 of the Ethernet header on
    input wire                        in_keep,  // hand the frame on to out_rest
    input frl_pkg::ip_walk_t          in_walk,

    output logic                       out_valid,
    output logic              [2031:0] out_rest,    // with in_keep
    output logic                       out_keep,
    output frl_pkg::ip_walk_t          out_walk,    // as it came, but for punt
    output logic              [ 127:0] out_l4,      // first 16 bytes
    output logic              [   2:0] out_type,    // enum l4_type
    output logic              [  15:0] out_src,     // key fields
    output logic              [  15:0] out_dst,
    output logic              [  11:0] out_flags,
    output logic              [ 127:0] out_target,
    output logic              [  47:0] out_ll
);

  function automatic logic [15:0] be16(input logic [15:0] x);
    be16 = {x[7:0], x[15:8]};
  endfunction

  function automatic logic [31:0] be32(input logic [31:0] x);
    be32 = {be16(x[15:0]), be16(x[31:16])};
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

  // Words of an L4 header that must be there.
  function automatic logic [2:0] need_of(input logic [2:0] t);
    unique case (t)
      frl_pkg::L4_TYPE_TCP: need_of = 3'd5;
      frl_pkg::L4_TYPE_SCTP: need_of = 3'd3;
      default: need_of = 3'd2;
    endcase
  endfunction

  // ---- Stage 1: L4 header, whichever ----
  logic v1, keep1, ip, v6, more;
  logic [2031:0] rest1;
  logic [255:0] l4;
  frl_pkg::ip_walk_t walk1;
  logic [2:0] type1;

  always_comb begin
    v6 = in_walk.l3_type == frl_pkg::L3_TYPE_IPV6;
    ip = v6 || in_walk.l3_type == frl_pkg::L3_TYPE_IPV4;
    // One extension header more than there are steps.
    more = in_walk.walk && (in_walk.next == 8'd0 || in_walk.next == 8'd43 || in_walk.next == 8'd44 ||
                            in_walk.next == 8'd51 || in_walk.next == 8'd60);
  end

  always_ff @(posedge clk) begin
    v1 <= in_valid && !rst;
    if (in_valid) begin
      keep1 <= in_keep;
      if (in_keep) rest1 <= in_rest[2031:0];
      l4 <= in_rest[{1'b0, in_walk.at[5:0], 5'd0}+:256];
      walk1 <= in_walk;
      if (in_walk.punt == frl_pkg::PUNT_NONE && more) walk1.punt <= frl_pkg::PUNT_IPV6_EXT;
      type1 <= ip && in_walk.frag != frl_pkg::FRAG_LATER ? l4_of(v6, in_walk.next) : frl_pkg::L4_TYPE_NONE;
    end
  end

  // ---- Stage 2: checks and fields ----
  logic is_icmp, nd, nd_option, bad_option;
  logic [7:0] punt, end_need, end_nd;
  logic [2:0] need;
  logic [15:0] doff;

  always_comb begin
    is_icmp = type1 == frl_pkg::L4_TYPE_ICMP || type1 == frl_pkg::L4_TYPE_ICMPV6;
    need = need_of(type1);
    doff = {10'd0, l4[103:100], 2'b00};
    // Neighbour solicitation and advertisement; their target is there.
    nd = type1 == frl_pkg::L4_TYPE_ICMPV6 && (l4[7:0] == 8'd135 || l4[7:0] == 8'd136) && l4[15:8] == 8'd0 && walk1.left >= 16'd24;
    nd_option = walk1.left == 16'd32;
    // One option, 8 bytes: source's address in a solicitation, target's in an advertisement.
    bad_option = l4[207:200] != 8'd1 || l4[199:192] != (l4[7:0] == 8'd135 ? 8'd1 : 8'd2);
    end_need = {1'b0, walk1.at} + {5'd0, need};
    end_nd = {1'b0, walk1.at} + (nd_option ? 8'd8 : 8'd6);

    punt = walk1.punt;
    if (walk1.punt == frl_pkg::PUNT_NONE && type1 != frl_pkg::L4_TYPE_NONE) begin
      if (walk1.left < {11'd0, need, 2'b00}) punt = frl_pkg::PUNT_IP_MALFORMED;
      else if (end_need > {1'b0, walk1.limit}) punt = frl_pkg::PUNT_HEADER_LENGTH;
      else if (type1 == frl_pkg::L4_TYPE_TCP && (doff < 16'd20 || doff > walk1.left)) punt = frl_pkg::PUNT_IP_MALFORMED;
      else if (nd) begin
        if (walk1.left != 16'd24 && !nd_option) punt = frl_pkg::PUNT_ND_OPTIONS;
        else if (end_nd > {1'b0, walk1.limit}) punt = frl_pkg::PUNT_HEADER_LENGTH;
        else if (nd_option && bad_option) punt = frl_pkg::PUNT_ND_OPTIONS;
      end
    end
  end

  always_ff @(posedge clk) begin
    out_valid <= v1 && !rst;
    if (v1) begin
      out_keep <= keep1;
      if (keep1) out_rest <= rest1;
      out_l4 <= l4[127:0];
      out_walk <= walk1;
      out_walk.punt <= punt;
      out_type <= type1;
      out_src <= 16'd0;
      out_dst <= 16'd0;
      if (is_icmp) begin
        out_src <= {8'd0, l4[7:0]};
        out_dst <= {8'd0, l4[15:8]};
      end else if (type1 != frl_pkg::L4_TYPE_NONE) begin
        out_src <= be16(l4[15:0]);
        out_dst <= be16(l4[31:16]);
      end
      out_flags <= type1 == frl_pkg::L4_TYPE_TCP ? {l4[99:96], l4[111:104]} : 12'd0;
      out_target <= nd ? {be32(l4[95:64]), be32(l4[127:96]), be32(l4[159:128]), be32(l4[191:160])} : 128'd0;
      out_ll <= nd && nd_option ? {be16(l4[223:208]), be16(l4[239:224]), be16(l4[255:240])} : 48'd0;
    end
  end

endmodule

`default_nettype wire
