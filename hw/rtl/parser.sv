// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Makes key and parse result of every frame in a fixed number of cycles (14), one frame per cycle.
//
// All frames go through the first parse_headers. Those from a port with CTRL.tunnel that are VXLAN (RFC 7348) over
// IPv4 to the configured UDP port go through the second, from their inner Ethernet header on; the others' results
// wait beside it. Tunnel headers that Open vSwitch would refuse (IPv4 options, wrong header checksum, flags other
// than I, reserved VNI byte) are punted, so that software refuses them. The UDP checksum is not looked at.
module parser (
    input wire clk,
    input wire rst,

    input wire [63:0] cfg_tunnel,     // per source port: parse tunnel headers
    input wire [15:0] cfg_vxlan_port,

    input wire                    in_valid,
    input wire           [2047:0] in_data,   // first 256 bytes of the frame, byte 0 in [7:0]
    input frl_pkg::frame_meta_t   in_meta,
    input wire                    in_colour,

    output logic                    out_valid,
    output frl_pkg::lookup_key_t    out_key,
    output frl_pkg::parsed_t        out_parsed,
    output frl_pkg::frame_meta_t    out_meta,
    output logic                    out_colour
);

  // v[n]: the frame is n cycles behind the input.
  logic [13:1] v_reg;
  wire [13:0] v = {v_reg, in_valid};
  always_ff @(posedge clk) v_reg <= rst ? 13'd0 : v[12:0];

  // ---- Cycles 1 to 5: the frame's own headers ----
  logic valid5;
  logic [2047:0] data5;
  logic [575:0] main5;
  frl_pkg::parsed_t parsed5;
  logic [127:0] l4_5;
  logic [15:0] l4_len5;
  logic plain5;

  parse_headers outer (
      .clk,
      .rst,
      .in_valid,
      .in_data,
      .in_keep(cfg_tunnel[in_meta.src_port[5:0]] && in_meta.src_port[7:6] == 2'd0),
      .in_base(8'd0),
      .in_len(in_meta.len),
      .out_valid(valid5),
      .out_data(data5),
      .out_main(main5),
      .out_parsed(parsed5),
      .out_l4(l4_5),
      .out_l4_len(l4_len5),
      .out_ip_plain(plain5)
  );

  frl_pkg::frame_meta_t meta5;
  logic colour5;
  localparam int META_W = $bits(in_meta) + 1;
  logic [META_W-1:0] side5;
  assign {colour5, meta5} = side5;

  park #(
      .W(META_W),
      .DEPTH(16)
  ) meta_park (
      .clk,
      .rst,
      .put(v[0]),
      .put_data({in_colour, in_meta}),
      .take(v[4]),
      .take_data(side5)
  );

  // ---- Cycle 6: is it a tunnel? ----
  frl_pkg::lookup_key_t key5;
  logic to_vxlan5, good5;

  always_comb begin
    key5 = '0;
    key5[575:0] = main5;
    to_vxlan5 = cfg_tunnel[meta5.src_port[5:0]] && meta5.src_port[7:6] == 2'd0 && parsed5.punt == frl_pkg::PUNT_NONE &&
                parsed5.l4_type == frl_pkg::L4_TYPE_UDP && key5.frag == frl_pkg::FRAG_NO && key5.tp_dst == cfg_vxlan_port;
    // Flags are exactly I, all reserved bits are zero, and the header fits the datagram.
    good5 = plain5 && l4_len5 >= 16'd16 && l4_5[95:64] == 32'h00000008 && l4_5[127:120] == 8'd0;
  end

  logic tunnel6, colour6;
  logic [2047:0] data6;
  logic [575:0] main6;
  frl_pkg::parsed_t parsed6;
  frl_pkg::frame_meta_t meta6;
  logic [119:0] tun6;  // vni, tos, ttl, dst, src, udp_dst
  logic [7:0] base6;

  always_ff @(posedge clk)
    if (v[5]) begin
      tunnel6 <= to_vxlan5 && good5;
      colour6 <= colour5;
      meta6 <= meta5;
      main6 <= main5;
      parsed6 <= parsed5;
      if (to_vxlan5 && !good5) parsed6.punt <= frl_pkg::PUNT_TUNNEL;
      if (to_vxlan5) begin
        data6 <= data5;
        base6 <= parsed5.l4_off + 8'd16;
        tun6 <= {l4_5[103:96], l4_5[111:104], l4_5[119:112], key5.ip_tos, key5.ip_ttl, key5.ip_dst[31:0],
                 key5.ip_src[31:0], key5.tp_dst};
      end
    end

  // ---- Cycles 7 to 11: headers behind the tunnel header ----
  logic valid11, plain11;
  logic [2047:0] data11;
  logic [575:0] main11;
  frl_pkg::parsed_t parsed11;
  logic [127:0] l4_11;
  logic [15:0] l4_len11;

  parse_headers inner (
      .clk,
      .rst,
      .in_valid(v[6] && tunnel6),
      .in_data(data6),
      .in_keep(1'b0),
      .in_base(base6),
      .in_len(meta6.len),
      .out_valid(valid11),
      .out_data(data11),
      .out_main(main11),
      .out_parsed(parsed11),
      .out_l4(l4_11),
      .out_l4_len(l4_len11),
      .out_ip_plain(plain11)
  );

  localparam int PARK_W = META_W + 576 + $bits(parsed6) + 120 + 1;
  logic [PARK_W-1:0] side11;
  logic colour_s, tunnel_s;
  frl_pkg::frame_meta_t meta_s;
  logic [575:0] main_s;
  frl_pkg::parsed_t parsed_s;
  logic [119:0] tun_s;
  assign {colour_s, meta_s, main_s, parsed_s, tun_s, tunnel_s} = side11;

  park #(
      .W(PARK_W),
      .DEPTH(16)
  ) outer_park (
      .clk,
      .rst,
      .put(v[6]),
      .put_data({colour6, meta6, main6, parsed6, tun6, tunnel6}),
      .take(v[10]),
      .take_data(side11)
  );

  // ---- Cycle 12: one key of both ----
  frl_pkg::lookup_key_t key12;
  frl_pkg::parsed_t parsed12;
  frl_pkg::frame_meta_t meta12;
  logic colour12;

  always_ff @(posedge clk)
    if (v[11]) begin
      meta12 <= meta_s;
      colour12 <= colour_s;
      parsed12 <= tunnel_s ? parsed11 : parsed_s;
      key12 <= {704'd0, tunnel_s ? main11 : main_s};
      key12.port <= meta_s.src_port;
      if (tunnel_s) begin
        parsed12.tunnel <= frl_pkg::TUN_TYPE_VXLAN;
        key12.tun_type <= frl_pkg::TUN_TYPE_VXLAN;
        key12.tun_udp_dst <= tun_s[15:0];
        key12.tun_src <= {96'd0, tun_s[47:16]};
        key12.tun_dst <= {96'd0, tun_s[79:48]};
        key12.tun_ttl <= tun_s[87:80];
        key12.tun_tos <= tun_s[95:88];
        key12.tun_vni <= tun_s[119:96];
      end
    end

  // ---- Cycles 13 and 14: hash ----
  logic [31:0] hash;
  flow_hash flow (
      .clk,
      .in_valid(v[12]),
      .in_key(key12),
      .out_hash(hash)
  );

  frl_pkg::lookup_key_t key13;
  frl_pkg::parsed_t parsed13, parsed14;
  frl_pkg::frame_meta_t meta13;
  logic colour13;

  always_ff @(posedge clk) begin
    out_valid <= v[13] && !rst;
    if (v[12]) begin
      key13 <= key12;
      parsed13 <= parsed12;
      meta13 <= meta12;
      colour13 <= colour12;
    end
    if (v[13]) begin
      out_key <= key13;
      parsed14 <= parsed13;
      out_meta <= meta13;
      out_colour <= colour13;
    end
  end

  always_comb begin
    out_parsed = parsed14;
    out_parsed.hash = hash;
  end

  wire unused_bits = &{1'b0, valid5, valid11, data11, l4_11, l4_len11, plain11, key5, l4_5[63:0]};

endmodule

`default_nettype wire
