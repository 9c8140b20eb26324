// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Is it a tunnel (VXLAN, RFC 7348, or GENEVE, RFC 8926)? And where is the inner Ethernet header? Two stages.
//
// Tunnel headers that Open vSwitch would refuse (IPv4 options, wrong header checksum, VXLAN flags other than I, GENEVE of
// another version or payload) and those with reserved bits are punted, so that software decides. So are outer extension
// headers. The UDP checksum is not looked at, zero is good over IPv6 too (RFC 6935).
module parse_tunnel (
    input wire clk,
    input wire rst,

    input wire [15:0] cfg_vxlan_port,
    input wire [15:0] cfg_geneve_port,

    // What parse_headers found.
    input wire                        in_valid,
    input wire                        in_look,     // from a port where tunnels are looked for
    input wire               [2031:0] in_rest,
    input wire               [ 127:0] in_l4,
    input wire               [   6:0] in_l4_at,
    input wire               [  15:0] in_l4_len,
    input wire                        in_plain,
    input wire               [   1:0] in_frag,
    input frl_pkg::parsed_t           in_parsed,

    // Stage 1.
    output logic         out_tunnel,   // there is an inner frame
    output logic [  7:0] out_punt,     // the frame's reason, or why the tunnel header is not taken
    output logic [  1:0] out_type,     // enum tun_type
    output logic [  7:0] out_base,     // offset of the inner Ethernet header
    output logic [ 23:0] out_vni,
    output logic [  7:0] out_flags,    // enum tun_flag; but for DF
    output logic [703:0] opt_words,    // GENEVE options begin in one of the first eight words
    output logic [  2:0] opt_at,
    output logic [  3:0] opt_total,    // words of options

    // Stage 2.
    output logic          out_valid,
    output logic [1647:0] out_data    // from the inner Ethernet header on: 206 bytes are the most there can be
);

  // An outer L4 header that is taken begins in word 8 to 15, an inner Ethernet header in word 12 to 34.
  localparam int FIRST = 12;

  logic to_vxlan, to_geneve, good, options;
  logic [5:0] words;  // of options

  always_comb begin
    to_vxlan = in_l4[31:16] == {cfg_vxlan_port[7:0], cfg_vxlan_port[15:8]};
    to_geneve = in_l4[31:16] == {cfg_geneve_port[7:0], cfg_geneve_port[15:8]} && !to_vxlan;
    if (!in_look || in_parsed.punt != frl_pkg::PUNT_NONE || in_parsed.l4_type != frl_pkg::L4_TYPE_UDP || in_frag != frl_pkg::FRAG_NO) begin
      to_vxlan  = 1'b0;
      to_geneve = 1'b0;
    end
    words = to_geneve ? in_l4[69:64] : 6'd0;
    // Both headers fit the IP payload, and by its own length the datagram.
    good = in_plain && in_l4_len >= 16'd16 && {in_l4[39:32], in_l4[47:40]} >= 16'd16 && in_l4[127:120] == 8'd0;
    // VXLAN: flags are exactly I. GENEVE: version 0, Ethernet inside. All reserved bits are zero.
    if (to_vxlan) good = good && in_l4[95:64] == 32'h00000008;
    else good = good && in_l4[71:70] == 2'd0 && in_l4[77:72] == 6'd0 && in_l4[95:80] == 16'h5865;
    options = words > 6'd15 || {8'd0, words, 2'b00} + 16'd16 > in_l4_len;
  end

  logic v1;
  logic [2031:0] rest;
  logic [4:0] shift;  // words before the inner Ethernet header, less FIRST

  always_ff @(posedge clk) begin
    v1 <= in_valid && (to_vxlan || to_geneve) && good && !options && !rst;
    out_tunnel <= in_valid && (to_vxlan || to_geneve) && good && !options;
    if (in_valid) begin
      out_punt <= in_parsed.punt;
      if (to_vxlan || to_geneve)
        out_punt <= !good ? frl_pkg::PUNT_TUNNEL : options ? frl_pkg::PUNT_GENEVE_OPTIONS : frl_pkg::PUNT_NONE;
      if (to_vxlan || to_geneve) begin
        rest <= in_rest;
        shift <= in_l4_at[4:0] - 5'd8 + words[4:0];
        out_type <= to_vxlan ? frl_pkg::TUN_TYPE_VXLAN : frl_pkg::TUN_TYPE_GENEVE;
        out_base <= in_parsed.l4_off + 8'd16 + {words, 2'b00};
        out_vni <= {in_l4[103:96], in_l4[111:104], in_l4[119:112]};
        out_flags <= 8'd0;
        out_flags[frl_pkg::TUN_FLAG_CSUM] <= in_l4[63:48] != 16'd0;
        out_flags[frl_pkg::TUN_FLAG_OAM] <= to_geneve && in_l4[79];
        out_flags[frl_pkg::TUN_FLAG_CRIT] <= to_geneve && in_l4[78];
        opt_at <= in_l4_at[2:0];
        opt_total <= words[3:0];
      end
    end
  end

  assign opt_words = rest[32*FIRST+:704];

  always_ff @(posedge clk) begin
    out_valid <= v1 && !rst;
    if (v1) out_data <= rest[2031:32*FIRST] >> {shift, 5'd0};
  end

  wire unused_bits = &{1'b0, in_l4[15:0], in_l4_at[6:5], in_parsed, rest[32*FIRST-1:0]};

endmodule

`default_nettype wire
