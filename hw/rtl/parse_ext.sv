// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// One step over IPv6 extension headers (RFC 8200): hop-by-hop, routing and destination options, fragment, and AH
// (RFC 4302). One stage. What is none of these is final, as in Open vSwitch (parse_ipv6_ext_hdrs).
//
// A later fragment ends the walk; its protocol reads 44, as there. An atomic fragment (RFC 6946) is punted: to Open
// vSwitch's user space it is no fragment, to Linux' openvswitch module a first one.
module parse_ext (
    input wire clk,
    input wire rst,

    input  wire                         in_valid,
    input  wire                [2271:0] in_rest,  // the frame in words from byte 2 of the Ethernet header on
    input  frl_pkg::ip_walk_t           in_walk,

    output logic                        out_valid,
    output logic               [2271:0] out_rest,
    output frl_pkg::ip_walk_t           out_walk
);

  logic generic, ah, fragment, ext;
  logic [31:0] head;     // first word, byte 0 lowest
  logic later, first;    // by the offset and the M bit of a fragment header
  logic [ 8:0] longer;   // words of the header above the two that each has
  // What is behind those two words: place, words that the parser sees, bytes of the payload.
  logic [ 6:0] at2, limit2;
  logic [15:0] left2;
  logic [ 7:0] punt;

  always_comb begin
    generic = in_walk.next == 8'd0 || in_walk.next == 8'd43 || in_walk.next == 8'd60;
    ah = in_walk.next == 8'd51;
    fragment = in_walk.next == 8'd44;
    ext = in_walk.walk && (generic || ah || fragment);
    head = '0;
    if (in_valid && ext) head = in_rest[{1'b0, in_walk.at[5:0], 5'd0}+:32];
    later = fragment && {head[23:16], head[31:27]} != 13'd0;
    first = head[24];
    longer = generic ? {head[15:8], 1'b0} : ah ? {1'b0, head[15:8]} : 9'd0;
    at2 = in_walk.at + 7'd2;
    limit2 = in_walk.limit - at2;
    left2 = in_walk.left - 16'd8;

    punt = frl_pkg::PUNT_NONE;
    if (in_walk.left < 16'd8) punt = frl_pkg::PUNT_IP_MALFORMED;
    else if (at2 > in_walk.limit) punt = frl_pkg::PUNT_HEADER_LENGTH;
    else if ({5'd0, longer} > left2[15:2]) punt = frl_pkg::PUNT_IP_MALFORMED;
    else if (longer > {2'd0, limit2}) punt = frl_pkg::PUNT_HEADER_LENGTH;
    else if (fragment && !later && !first) punt = frl_pkg::PUNT_IPV6_EXT;
  end

  always_ff @(posedge clk) begin
    out_valid <= in_valid && !rst;
    if (in_valid) begin
      out_rest <= in_rest;
      out_walk <= in_walk;
      if (ext) begin
        out_walk.walk <= punt == frl_pkg::PUNT_NONE && !later;
        out_walk.next <= later ? 8'd44 : head[7:0];
        out_walk.at <= at2 + longer[6:0];
        out_walk.left <= left2 - {5'd0, longer, 2'b00};
        out_walk.punt <= punt;
        out_walk.plain <= 1'b0;
        if (in_walk.next == 8'd43) out_walk.routing <= 1'b1;
        if (fragment) out_walk.frag <= later ? frl_pkg::FRAG_LATER : frl_pkg::FRAG_FIRST;
      end
    end
  end

  wire unused_bits = &{1'b0, head[26:25]};

endmodule

`default_nettype wire
