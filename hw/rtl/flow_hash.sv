// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Hash of a flow for team members and tunnel entropy: addresses, protocol and ports of an IP frame (no ports
// of fragments, so that all fragments go one way), else Ethernet addresses and EtherType. Words are multiplied
// and added (NH with the constants of the lookup hash), then mixed once more. Four stages.
module flow_hash (
    input wire clk,

    input wire                  in_valid,
    input frl_pkg::lookup_key_t in_key,
    output logic          [31:0] out_hash  // four cycles later
);

  localparam logic [1279:0] NH = frl_pkg::NH_KEY;
  localparam logic [63:0] FIN = frl_pkg::NH_FIN;

  logic ip, ports;
  logic [319:0] words;

  always_comb begin
    ip = in_key.l3_type == frl_pkg::L3_TYPE_IPV4 || in_key.l3_type == frl_pkg::L3_TYPE_IPV6;
    ports = in_key.frag == frl_pkg::FRAG_NO;
    words = ip ? {24'd0, in_key.ip_proto, ports ? {in_key.tp_dst, in_key.tp_src} : 32'd0, in_key.ip_dst, in_key.ip_src}
               : {208'd0, in_key.eth_type, in_key.eth_dst, in_key.eth_src};
  end

  // Words plus constants; their products; the sum of those; mixed.
  logic v1, v2, v3;
  logic [319:0] sums, products;
  logic [63:0] nh, mixed;

  always_ff @(posedge clk) begin
    v1 <= in_valid;
    v2 <= v1;
    v3 <= v2;
    if (in_valid) for (int i = 0; i < 10; i++) sums[32*i+:32] <= words[32*i+:32] + NH[32*i+:32];
    if (v1) for (int i = 0; i < 5; i++) products[64*i+:64] <= {32'd0, sums[64*i+:32]} * {32'd0, sums[64*i+32+:32]};
    if (v2)
      nh <= products[63:0] + products[127:64] + products[191:128] + products[255:192] + products[319:256];
    if (v3) out_hash <= mixed[63:32];
  end

  assign mixed = (nh ^ {32'd0, nh[63:32]}) * FIN;
  wire unused_bits = &{1'b0, mixed[31:0], in_key};

endmodule

`default_nettype wire
