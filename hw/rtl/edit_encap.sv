// SPDX-License-Identifier: BSD-3-Clause
// Outer headers of a tunnel, 50 bytes: Ethernet, IPv4 (RFC 791), UDP with checksum 0 and the flow's hash as
// source port, VXLAN (RFC 7348, section 5). Three stages.

`default_nettype none

module edit_encap (
  input  wire logic                clk,
  // Each stage takes its input.
  input  wire logic                load1,
  input  wire logic                load2,
  input  wire logic                load3,
  // Stage 1: the encap entry, and the hash of the flow.
  input  wire logic                en,
  input  wire frl_pkg::encap_row_t row,
  input  wire logic [31:0]         hash,
  // Stage 3: bytes of the frame that is wrapped.
  input  wire logic [15:0]         inner_len,
  // Stage 3's result, in bus order.
  output logic      [399:0]        outer
);

  // Bytes in bus order: the first one is the number's highest.
  function automatic logic [399:0] swap50(input logic [399:0] v);
    for (int i = 0; i < 50; i++) swap50[8*i+:8] = v[8*(49-i)+:8];
  endfunction

  function automatic logic [15:0] fold(input logic [19:0] sum);
    logic [16:0] once;
    once = 17'(sum[15:0]) + 17'(sum[19:16]);
    fold = once[15:0] + 16'(once[16]);
  endfunction

  // ---- Stages 1 and 2: the sum of what does not depend on the length (version 4, 5 words; DF; UDP) ----

  logic                r1_en, r2_en;
  frl_pkg::encap_row_t r1_row, r2_row;
  logic [13:0]         r1_hash, r2_hash;
  logic [19:0]         r2_sum;

  always_ff @(posedge clk) begin
    if (load1) begin
      r1_en <= en;
      if (en) begin
        r1_row <= row;
        r1_hash <= hash[13:0];
      end
    end
    if (load2) begin
      r2_en <= r1_en;
      if (r1_en) begin
        r2_row <= r1_row;
        r2_hash <= r1_hash;
        r2_sum <= 20'({8'h45, r1_row.tos}) + 20'({1'b0, r1_row.df, 14'd0}) + 20'({r1_row.ttl, 8'd17})
            + 20'(r1_row.ip_src[31:16]) + 20'(r1_row.ip_src[15:0])
            + 20'(r1_row.ip_dst[31:16]) + 20'(r1_row.ip_dst[15:0]);
      end
    end
  end

  // ---- Stage 3 ----

  logic [15:0] ip_len, udp_len, sum;
  assign ip_len = inner_len + 16'd36;
  assign udp_len = inner_len + 16'd16;
  assign sum = fold(r2_sum + 20'(ip_len));

  always_ff @(posedge clk) begin
    if (load3 && r2_en) begin
      outer <= swap50({
        r2_row.eth_dst, r2_row.eth_src, 16'h0800,
        8'h45, r2_row.tos, ip_len, 16'd0, 1'b0, r2_row.df, 14'd0, r2_row.ttl, 8'd17, ~sum, r2_row.ip_src, r2_row.ip_dst,
        2'b11, r2_hash, r2_row.udp_dst, udp_len, 16'd0,
        8'h08, 24'd0, r2_row.vni, 8'd0});
    end
  end

  logic unused_bits;
  assign unused_bits = &{1'b0, r2_row, hash};

endmodule

`default_nettype wire
