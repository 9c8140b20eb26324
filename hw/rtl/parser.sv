// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Makes key and parse result of every frame in a fixed number of cycles (25), one frame per cycle.
//
// All frames go through the first parse_headers. Those from a port with CTRL.tunnel that are VXLAN or GENEVE
// (parse_tunnel) go through the second, from their inner Ethernet header on, and through parse_geneve; the others'
// results wait beside it.
module parser (
    input wire clk,
    input wire rst,

    input wire [ 63:0] cfg_tunnel,      // per source port: parse tunnel headers
    input wire [ 15:0] cfg_vxlan_port,
    input wire [ 15:0] cfg_geneve_port,
    input wire [127:0] cfg_gnv_sel,     // four GNV_SEL registers

    input wire                    in_valid,
    input wire           [2047:0] in_data,   // first 256 bytes of the frame, byte 0 in [7:0], zero behind its last
    input frl_pkg::frame_meta_t   in_meta,
    input wire                    in_colour,

    output logic                    out_valid,
    output frl_pkg::lookup_key_t    out_key,
    output frl_pkg::parsed_t        out_parsed,
    output frl_pkg::frame_meta_t    out_meta,
    output logic                    out_colour
);

  // v[n]: the frame is n cycles behind the input.
  logic [24:1] v_reg;
  wire [24:0] v = {v_reg, in_valid};
  always_ff @(posedge clk) v_reg <= rst ? 24'd0 : v[23:0];

  // ---- Cycles 1 to 9: the frame's own headers ----
  logic valid9, keep9, plain9;
  logic [2031:0] rest9;
  logic [575:0] main9;
  logic [175:0] nd9;
  frl_pkg::parsed_t parsed9;
  logic [127:0] l4_9;
  logic [6:0] l4_at9;
  logic [15:0] l4_len9;
  frl_pkg::lookup_key_t key9;

  parse_headers outer (
      .clk,
      .rst,
      .in_valid,
      .in_data,
      .in_keep(cfg_tunnel[in_meta.src_port[5:0]] && in_meta.src_port[7:6] == 2'd0),
      .in_base(8'd0),
      .in_len(in_meta.len),
      .out_valid(valid9),
      .out_keep(keep9),
      .out_rest(rest9),
      .out_main(main9),
      .out_nd(nd9),
      .out_parsed(parsed9),
      .out_l4(l4_9),
      .out_l4_at(l4_at9),
      .out_l4_len(l4_len9),
      .out_ip_plain(plain9)
  );
  assign key9 = {704'd0, main9};

  frl_pkg::frame_meta_t meta9;
  logic colour9;
  localparam int META_W = $bits(in_meta) + 1;
  logic [META_W-1:0] side9;
  assign {colour9, meta9} = side9;

  park #(
      .W(META_W),
      .DEPTH(16)
  ) meta_park (
      .clk,
      .rst,
      .put(v[0]),
      .put_data({in_colour, in_meta}),
      .take(v[8]),
      .take_data(side9)
  );

  // ---- Cycles 10 and 11: is it a tunnel? ----
  logic tunnel10, valid11, colour10;
  logic [7:0] punt10, base10, base11, tun_flags10;
  logic [1:0] tun_type10;
  logic [23:0] vni10;
  logic [703:0] opt_words10;
  logic [2:0] opt_at10;
  logic [3:0] opt_total10;
  logic [1647:0] data11;
  logic [15:0] len11;
  logic [575:0] main10;
  logic [175:0] nd10;
  frl_pkg::parsed_t parsed10;
  frl_pkg::frame_meta_t meta10;

  parse_tunnel tunnel_stages (
      .clk,
      .rst,
      .cfg_vxlan_port,
      .cfg_geneve_port,
      .in_valid(v[9]),
      .in_look(keep9),
      .in_rest(rest9),
      .in_l4(l4_9),
      .in_l4_at(l4_at9),
      .in_l4_len(l4_len9),
      .in_plain(plain9),
      .in_frag(key9.frag),
      .in_parsed(parsed9),
      .out_tunnel(tunnel10),
      .out_punt(punt10),
      .out_type(tun_type10),
      .out_base(base10),
      .out_vni(vni10),
      .out_flags(tun_flags10),
      .opt_words(opt_words10),
      .opt_at(opt_at10),
      .opt_total(opt_total10),
      .out_valid(valid11),
      .out_data(data11)
  );

  always_ff @(posedge clk) begin
    if (v[9]) begin
      main10 <= main9;
      nd10 <= nd9;
      parsed10 <= parsed9;
      meta10 <= meta9;
      colour10 <= colour9;
    end
    if (v[10] && tunnel10) begin
      base11 <= base10;
      len11  <= meta10.len;
    end
  end

  // ---- Cycles 12 to 20: headers behind the tunnel header. Cycles 11 to 16: options ----
  logic valid20, keep20, plain20;
  logic [2031:0] rest20;
  logic [575:0] main20;
  logic [175:0] nd20;
  frl_pkg::parsed_t parsed20;
  logic [127:0] l4_20;
  logic [6:0] l4_at20;
  logic [15:0] l4_len20;

  parse_headers #(
      .BYTES(206)
  ) inner (
      .clk,
      .rst,
      .in_valid(valid11),
      .in_data(data11),
      .in_keep(1'b0),
      .in_base(base11),
      .in_len(len11),
      .out_valid(valid20),
      .out_keep(keep20),
      .out_rest(rest20),
      .out_main(main20),
      .out_nd(nd20),
      .out_parsed(parsed20),
      .out_l4(l4_20),
      .out_l4_at(l4_at20),
      .out_l4_len(l4_len20),
      .out_ip_plain(plain20)
  );

  logic valid16, bad16, bad20;
  logic [3:0] present16, present20;
  logic [127:0] words16, words20;

  parse_geneve geneve_stages (
      .clk,
      .rst,
      .cfg_gnv_sel,
      .in_valid(v[10] && tunnel10),
      .in_words(opt_words10),
      .in_at(opt_at10),
      .in_total(opt_total10),
      .out_valid(valid16),
      .out_bad(bad16),
      .out_present(present16),
      .out_words(words16)
  );

  logic tunnel19;  // the frame 19 cycles behind the input is one
  logic [19:11] tunnel;
  always_ff @(posedge clk) tunnel <= {tunnel[18:11], v[10] && tunnel10 && !rst};
  assign tunnel19 = tunnel[19];

  park #(
      .W(1 + 4 + 128),
      .DEPTH(8)
  ) option_park (
      .clk,
      .rst,
      .put(valid16),
      .put_data({bad16, present16, words16}),
      .take(tunnel19),
      .take_data({bad20, present20, words20})
  );

  localparam int PARK_W = META_W + 576 + 176 + $bits(parsed10) + 8 + 1 + 2 + 24 + 8;
  logic [PARK_W-1:0] side20;
  logic colour_s, tunnel_s;
  frl_pkg::frame_meta_t meta_s;
  logic [575:0] main_s;
  logic [175:0] nd_s;
  frl_pkg::parsed_t parsed_s;
  logic [7:0] punt_s, tun_flags_s;
  logic [1:0] tun_type_s;
  logic [23:0] vni_s;
  frl_pkg::lookup_key_t outer_s;
  assign {colour_s, meta_s, main_s, nd_s, parsed_s, punt_s, tunnel_s, tun_type_s, vni_s, tun_flags_s} = side20;
  assign outer_s = {704'd0, main_s};

  park #(
      .W(PARK_W),
      .DEPTH(16)
  ) outer_park (
      .clk,
      .rst,
      .put(v[10]),
      .put_data({colour10, meta10, main10, nd10, parsed10, punt10, tunnel10, tun_type10, vni10, tun_flags10}),
      .take(v[19]),
      .take_data(side20)
  );

  // ---- Cycle 21: one key of both ----
  frl_pkg::lookup_key_t key21;
  frl_pkg::parsed_t parsed21;
  frl_pkg::frame_meta_t meta21;
  logic colour21;

  always_ff @(posedge clk)
    if (v[20]) begin
      meta21 <= meta_s;
      colour21 <= colour_s;
      key21 <= {704'd0, tunnel_s ? main20 : main_s};
      {key21.nd_ll, key21.nd_target} <= tunnel_s ? nd20 : nd_s;
      key21.port <= meta_s.src_port;
      key21.table_id <= meta_s.table_id;
      key21.ct_state <= meta_s.ct_state;
      key21.ct_zone <= meta_s.ct_zone;
      key21.ct_mark <= meta_s.ct_mark;
      parsed21 <= tunnel_s ? parsed20 : parsed_s;
      if (!tunnel_s) parsed21.punt <= punt_s;
      if (tunnel_s) begin
        if (bad20) parsed21.punt <= frl_pkg::PUNT_GENEVE_OPTIONS;
        parsed21.tunnel <= tun_type_s;
        key21.tun_type <= tun_type_s;
        key21.tun_udp_dst <= outer_s.tp_dst;
        key21.tun_src <= outer_s.ip_src;
        key21.tun_dst <= outer_s.ip_dst;
        key21.tun_ttl <= outer_s.ip_ttl;
        key21.tun_tos <= outer_s.ip_tos;
        key21.tun_ip6 <= outer_s.l3_type == frl_pkg::L3_TYPE_IPV6;
        key21.tun_vni <= vni_s;
        key21.tun_flags <= tun_flags_s;
        key21.tun_flags[frl_pkg::TUN_FLAG_DF] <= outer_s.ip_flags[0];
        key21.gnv_present <= present20;
        {key21.gnv_opt3, key21.gnv_opt2, key21.gnv_opt1, key21.gnv_opt0} <= words20;
      end
    end

  // ---- Cycles 22 to 25: hash; the rest waits ----
  logic [31:0] hash;
  flow_hash flow (
      .clk,
      .in_valid(v[21]),
      .in_key(key21),
      .out_hash(hash)
  );

  localparam int LAST_W = META_W + $bits(parsed21) + $bits(key21);
  logic [LAST_W-1:0] side25;
  frl_pkg::parsed_t parsed25;
  assign {out_colour, out_meta, parsed25, out_key} = side25;

  park #(
      .W(LAST_W),
      .DEPTH(4)
  ) result_park (
      .clk,
      .rst,
      .put(v[21]),
      .put_data({colour21, meta21, parsed21, key21}),
      .take(v[24]),
      .take_data(side25)
  );

  always_ff @(posedge clk) out_valid <= v[24] && !rst;

  always_comb begin
    out_parsed = parsed25;
    out_parsed.hash = hash;
  end

  wire unused_bits = &{1'b0, valid9, key9, valid20, keep20, rest20, l4_20, l4_at20, l4_len20, plain20, outer_s};

endmodule

`default_nettype wire
