// SPDX-License-Identifier: BSD-3-Clause
// edit_l3l4: the checksums that it mends by the change alone (RFC 1624, equation 3) are those that a sum over the whole
// header and payload gives (RFC 1071), for every value, old and new, of a 16-bit word that an edit changes: any word of
// either address, the TTL (set, lowered, or both), either port; one edit at a time.
//
// Words that the edit does not change enter a sum only by their own sum, so that one word stands for all of them: `rest`,
// any but 0, since an IP header begins with its version and a pseudo header has a protocol. Macros say what the frame is.

`default_nettype none

module prove_checksum (
  input wire logic         clk,
  input wire logic [15:0]  any_rest,
  input wire logic [15:0]  any_word,
  input wire logic [15:0]  any_new_word,
  input wire logic         any_no_sum
);

`ifdef IPV6
  localparam bit V6 = 1'b1;
`else
  localparam bit V6 = 1'b0;
`endif
`ifdef ROUTING_HEADER
  localparam bit ROUTING = 1'b1;
`else
  localparam bit ROUTING = 1'b0;
`endif
`ifdef UDP
  localparam logic [2:0] L4 = frl_pkg::L4_TYPE_UDP;
`elsif ICMPV6
  localparam logic [2:0] L4 = frl_pkg::L4_TYPE_ICMPV6;
`else
  localparam logic [2:0] L4 = frl_pkg::L4_TYPE_TCP;
`endif
  // Chosen in the first cycle, then held.
  logic [2:0]  step;
  logic [15:0] rest, word, new_word;
  logic        no_sum;  // UDP without a checksum
  initial step = 3'd0;
  always_ff @(posedge clk) begin
    if (step != 3'd5) step <= step + 3'd1;
    if (step == 3'd0) {rest, word, new_word, no_sum} <= {any_rest, any_word, any_new_word, any_no_sum};
  end

  localparam int LANES = V6 ? 8 : 2;  // words of an address
  localparam int PORTS = L4 == frl_pkg::L4_TYPE_ICMPV6 ? 0 : 2;

  // Word of the source, of the destination, TTL set, TTL - 1, both, a port.
  for (genvar g = 0; g < 2 * LANES + 3 + PORTS; g++) begin : edits
    localparam int WHAT = g < LANES ? 0 : g < 2 * LANES ? 1 : g - 2 * LANES + 2;
    localparam int LANE = g % LANES;
    checksum_case #(.V6(V6), .L4(L4), .WHAT(WHAT), .LANE(LANE), .ROUTING(ROUTING)) one (
      .clk, .check(step == 3'd5), .rest, .word, .new_word, .no_sum
    );
  end

endmodule

// One edit: `check` is 1 when the inputs have been held for more than three cycles.
module checksum_case #(
  parameter bit V6 = 1'b0,
  parameter logic [2:0] L4 = 3'd1,
  parameter int WHAT = 0,
  parameter int LANE = 0,
  parameter bit ROUTING = 1'b0
) (
  input wire logic         clk,
  input wire logic         check,
  input wire logic [15:0]  rest,
  input wire logic [15:0]  word,       // before
  input wire logic [15:0]  new_word,
  input wire logic         no_sum
);

  localparam bit UDP_SUM = L4 == frl_pkg::L4_TYPE_UDP;

  // Ones' complement sum, folded twice (RFC 1071).
  function automatic logic [15:0] fold(input logic [19:0] sum);
    logic [16:0] once;
    once = 17'(sum[15:0]) + 17'(sum[19:16]);
    fold = once[15:0] + 16'(once[16]);
  endfunction

  function automatic logic [127:0] reversed(input logic [127:0] v);
    for (int i = 0; i < 16; i++) reversed[8*i+:8] = v[8*(15-i)+:8];
  endfunction

  localparam bit IS_ADDR = WHAT <= 1;
  localparam bit IS_TTL = WHAT >= 2 && WHAT <= 4;
  // Behind a routing header the sum has another destination (RFC 8200, 8.1).
  localparam bit IN_L3 = !V6 && (IS_ADDR || IS_TTL);
  localparam bit IN_L4 = WHAT == 0 || (WHAT == 1 && !ROUTING) || WHAT >= 5;

  // ---- The frame as received, values as they lie on the bus ----
  logic [15:0] after, l3_sum, l4_sum, a_l3_sum, a_l4_sum, l4_field, a_l4_field;
  logic [7:0]  set_ttl;

  always_comb begin
    // TTL is in the lower byte, and has the protocol beside it, which stays.
    set_ttl = WHAT == 3 ? word[7:0] : new_word[7:0];
    after = IS_TTL ? {word[15:8], set_ttl - 8'(WHAT != 2 && set_ttl != 8'd0)} : new_word;

    l3_sum = fold(20'(rest) + 20'(IN_L3 ? word : 16'd0));
    a_l3_sum = fold(20'(rest) + 20'(IN_L3 ? after : 16'd0));
    l4_sum = fold(20'(rest) + 20'(IN_L4 ? word : 16'd0));
    a_l4_sum = fold(20'(rest) + 20'(IN_L4 ? after : 16'd0));
    // RFC 768: 0 says that there is none, and a sum of 0 is sent as all ones.
    l4_field = UDP_SUM && no_sum ? 16'd0 : UDP_SUM && ~l4_sum == 16'd0 ? 16'hffff : ~l4_sum;
    a_l4_field = UDP_SUM && no_sum ? 16'd0 : UDP_SUM && ~a_l4_sum == 16'd0 ? 16'hffff : ~a_l4_sum;
  end

  logic [319:0]        l3;
  logic [143:0]        l4;
  frl_pkg::leg_row_t   leg;
  frl_pkg::parsed_t    parsed;
  logic [127:0]        leg_src, leg_dst;  // in bus order

  always_comb begin
    l3 = '0;
    leg_src = '0;
    leg_dst = '0;
    if (V6) begin
      if (IS_TTL) l3[63:56] = word[7:0];
      if (WHAT == 0) l3[64+16*LANE+:16] = word;
      if (WHAT == 1) l3[192+16*LANE+:16] = word;
    end else begin
      l3[15:0] = rest;
      if (IS_TTL) l3[79:64] = word;
      l3[95:80] = ~l3_sum;
      if (WHAT == 0) l3[96+16*LANE+:16] = word;
      if (WHAT == 1) l3[128+16*LANE+:16] = word;
    end
    if (V6) begin
      leg_src[16*LANE+:16] = new_word;
      leg_dst[16*LANE+:16] = new_word;
    end else begin
      leg_src[96+16*LANE+:16] = new_word;
      leg_dst[96+16*LANE+:16] = new_word;
    end
    l4 = '0;
    if (WHAT == 5) l4[15:0] = word;
    if (WHAT == 6) l4[31:16] = word;
    if (L4 == frl_pkg::L4_TYPE_TCP) l4[143:128] = l4_field;
    else if (UDP_SUM) l4[63:48] = l4_field;
    else l4[31:16] = l4_field;
    leg = '0;
    leg.ip_src = reversed(leg_src);
    leg.ip_dst = reversed(leg_dst);
    leg.ttl = new_word[7:0];
    leg.tp_src = {new_word[7:0], new_word[15:8]};
    leg.tp_dst = {new_word[7:0], new_word[15:8]};
    leg.edits[frl_pkg::EDIT_SET_IP_SRC] = WHAT == 0;
    leg.edits[frl_pkg::EDIT_SET_IP_DST] = WHAT == 1;
    leg.edits[frl_pkg::EDIT_SET_TTL] = WHAT == 2 || WHAT == 4;
    leg.edits[frl_pkg::EDIT_DEC_TTL] = WHAT == 3 || WHAT == 4;
    leg.edits[frl_pkg::EDIT_SET_TP_SRC] = WHAT == 5;
    leg.edits[frl_pkg::EDIT_SET_TP_DST] = WHAT == 6;
    parsed = '0;
    parsed.l3_off = 8'd14;
    parsed.l4_off = V6 ? 8'd54 : 8'd34;
    parsed.l3_type = V6 ? frl_pkg::L3_TYPE_IPV6 : frl_pkg::L3_TYPE_IPV4;
    parsed.l4_type = L4;
    parsed.routing = ROUTING;
  end

  logic [319:0]  l3_data;
  logic [143:0]  l4_data;
  logic [5:0]    l3_len;
  logic [4:0]    l4_len;
  logic [7:0]    l3_off, l4_off;
  logic [2047:0] hdr;

  always_comb begin
    hdr = '0;
    if (V6) hdr[112+:464] = {l4, l3};
    else hdr[112+:304] = {l4, l3[159:0]};
  end

  edit_l3l4 dut (
    .clk, .load1(1'b1), .load2(1'b1), .load3(1'b1), .hdr, .len(16'd256), .en(1'b1), .from(9'd0), .leg, .parsed,
    .l3_data, .l3_len, .l3_off, .l4_data, .l4_len, .l4_off
  );

  logic [15:0] done;
  always_comb begin
    done = l4_data[15:0];
    if (WHAT == 0) done = V6 ? l3_data[64+16*LANE+:16] : l3_data[96+16*LANE+:16];
    if (WHAT == 1) done = V6 ? l3_data[192+16*LANE+:16] : l3_data[128+16*LANE+:16];
    if (IS_TTL) done = V6 ? {after[15:8], l3_data[63:56]} : l3_data[79:64];
    if (WHAT == 6) done = l4_data[31:16];
    if (check && rest != 16'd0) begin
      assert (l3_len == (V6 ? 6'd40 : 6'd20));
      assert (done == after);
      // That of the IP header is the same whatever follows: shown once.
      if (!V6 && L4 == frl_pkg::L4_TYPE_TCP) assert (l3_data[95:80] == ~a_l3_sum);
      if (L4 == frl_pkg::L4_TYPE_TCP) assert (l4_len == 5'd18 && l4_data[143:128] == a_l4_field);
      if (UDP_SUM) assert (l4_len == 5'd8 && l4_data[63:48] == a_l4_field);
      // No address, no sum to mend: ICMPv6 is left out then.
      if (L4 == frl_pkg::L4_TYPE_ICMPV6 && IS_ADDR) assert (l4_len == 5'd4 && l4_data[31:16] == a_l4_field);
    end
  end

  wire unused_bits = &{1'b0, l3_off, l4_off, l3[319:160], no_sum, IN_L3, IN_L4};

endmodule

`default_nettype wire
