// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Link layer: Ethernet, up to two VLAN tags (IEEE 802.1Q), LLC; cuts out the first 40 bytes behind them. Two stages.
//
// All headers that follow begin 2 + 4n bytes behind the Ethernet header's first byte, so what is handed on are 32-bit
// words counted from its byte 2: a later stage selects words, not bytes.
module parse_link #(
    parameter int BYTES = 256  // header bytes of in_data, 32 to 256
) (
    input wire clk,
    input wire rst,

    input wire               in_valid,
    input wire [8*BYTES-1:0] in_data,  // from the Ethernet header on
    input wire [        7:0] in_base,  // offset of the Ethernet header in the frame
    input wire [       15:0] in_len,   // bytes of the frame, counted from its byte 0

    output logic          out_valid,
    output logic [2271:0] out_rest,     // words of the frame; zero behind the last
    output logic [ 319:0] out_l3,       // first 40 bytes behind the EtherType
    output logic [   1:0] out_tags,
    output logic [   7:0] out_base,
    output logic [   8:0] out_limit,    // header bytes that are there, from the Ethernet header on
    output logic [  15:0] out_avail,    // bytes from the L3 header to the end of the frame
    output logic [   1:0] out_l3_type,  // by the EtherType
    output logic [   7:0] out_punt,
    output logic [ 223:0] out_key       // words 0 to 6 of the key: link layer fields
);

  if (BYTES < 32 || BYTES > 256) $error("BYTES must be 32 to 256");

  function automatic logic [15:0] be16(input logic [15:0] x);
    be16 = {x[7:0], x[15:8]};
  endfunction

  function automatic logic [47:0] be48(input logic [47:0] x);
    be48 = {be16(x[15:0]), be16(x[31:16]), be16(x[47:32])};
  endfunction

  // C-VLAN and S-VLAN tag.
  function automatic logic is_vlan(input logic [15:0] t);
    is_vlan = t == 16'h8100 || t == 16'h88a8;
  endfunction

  // ---- Stage 1: tags ----
  logic v1, tag_a1, tag_b1;
  logic [2271:0] rest1;
  logic [  15:0] first1;  // bytes before the words
  logic [   7:0] base1;
  logic [   8:0] limit1;
  logic [  15:0] avail1;  // from the Ethernet header
  wire  [   8:0] seen = in_len > 16'd256 ? 9'd256 : in_len[8:0];

  always_ff @(posedge clk) begin
    v1 <= in_valid && !rst;
    if (in_valid) begin
      rest1  <= {{(2288 - 8 * BYTES) {1'b0}}, in_data[8*BYTES-1:16]};
      first1 <= in_data[15:0];
      tag_a1 <= is_vlan(be16(in_data[96+:16]));
      tag_b1 <= is_vlan(be16(in_data[96+:16])) && is_vlan(be16(in_data[128+:16]));
      base1  <= in_base;
      limit1 <= seen - {1'b0, in_base};
      avail1 <= in_len - {8'd0, in_base};
    end
  end

  // ---- Stage 2: EtherType behind the tags, LLC, what follows ----
  logic [15:0] type_a, type_b, type_c, type1;
  logic [ 7:0] l3_off1;
  logic [47:0] llc1;
  logic        snap1;

  always_comb begin
    type_a = be16(rest1[80+:16]);
    type_b = be16(rest1[112+:16]);
    type_c = be16(rest1[144+:16]);
    type1 = tag_b1 ? type_c : tag_a1 ? type_b : type_a;
    l3_off1 = tag_b1 ? 8'd22 : tag_a1 ? 8'd18 : 8'd14;
    llc1 = tag_b1 ? rest1[160+:48] : tag_a1 ? rest1[128+:48] : rest1[96+:48];
    // IEEE 802.2 SNAP header with OUI 0 behind a length: an EtherType follows.
    snap1 = type1 < 16'h0600 && llc1 == 48'h00000003aaaa && {1'b0, l3_off1} + 9'd8 <= limit1;
  end

  frl_pkg::lookup_key_t key2;

  always_ff @(posedge clk) begin
    out_valid <= v1 && !rst;
    if (v1) begin
      out_rest <= rest1;
      out_l3 <= tag_b1 ? rest1[160+:320] : tag_a1 ? rest1[128+:320] : rest1[96+:320];
      out_tags <= {tag_b1, tag_a1 && !tag_b1};
      out_base <= base1;
      out_limit <= limit1;
      out_avail <= avail1 - {8'd0, l3_off1};
      out_l3_type <= type1 == 16'h0800 ? frl_pkg::L3_TYPE_IPV4 : type1 == 16'h86dd ? frl_pkg::L3_TYPE_IPV6 :
                     type1 == 16'h0806 ? frl_pkg::L3_TYPE_ARP : frl_pkg::L3_TYPE_NONE;
      out_punt <= {1'b0, l3_off1} > limit1 ? frl_pkg::PUNT_HEADER_LENGTH : snap1 ? frl_pkg::PUNT_SNAP : frl_pkg::PUNT_NONE;
      key2 <= '0;
      key2.eth_dst <= be48({rest1[31:0], first1});
      key2.eth_src <= be48(rest1[79:32]);
      key2.eth_type <= type1 < 16'h0600 ? 16'h05ff : type1;
      key2.vlan0_present <= tag_a1;
      key2.vlan1_present <= tag_b1;
      key2.vlan0_tpid <= tag_a1 ? type_a : 16'd0;
      key2.vlan0_tci <= tag_a1 ? be16(rest1[96+:16]) : 16'd0;
      key2.vlan1_tpid <= tag_b1 ? type_b : 16'd0;
      key2.vlan1_tci <= tag_b1 ? be16(rest1[128+:16]) : 16'd0;
    end
  end

  assign out_key = key2[223:0];
  wire unused_bits = &{1'b0, key2[1279:224]};

endmodule

`default_nettype wire
