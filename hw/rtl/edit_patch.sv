// SPDX-License-Identifier: BSD-3-Clause
// Lays the new headers over the beats of a frame: IP header, L4 header, and the prefix (outer headers, Ethernet
// addresses, pushed VLAN tags) in front of them. One stage.

`default_nettype none

module edit_patch (
  input  wire logic         clk,
  input  wire logic         rst,

  // With the first step of a frame: its patches. An offset is that in the frame that leaves (negative: nowhere),
  // a length is in bytes.
  input  wire logic         first,
  input  wire logic [559:0] prefix,
  input  wire logic [6:0]   prefix_len,
  input  wire logic [319:0] l3_data,
  input  wire logic [5:0]   l3_len,
  input  wire logic [9:0]   l3_at,
  input  wire logic [143:0] l4_data,
  input  wire logic [4:0]   l4_len,
  input  wire logic [9:0]   l4_at,

  // One cycle later: a beat of the frame; index counts to 7 and stays.
  input  wire logic         in_valid,
  input  wire logic [511:0] in_data,
  input  wire logic [2:0]   in_index,
  output logic              out_valid,
  output logic      [511:0] out_data
);

  // v moved up by `at` bytes, or down for a negative one; the part that is in the beat.
  function automatic logic [511:0] place(input logic [511:0] v, input logic [9:0] at);
    logic [9:0] down;
    down = -at;
    place = 512'd0;
    if (at[9]) begin
      if (down < 10'd64) place = v >> {down[5:0], 3'b000};
    end else if (at < 10'd64) begin
      place = v << {at[5:0], 3'b000};
    end
  endfunction

  // The lowest n bytes, n below 64.
  function automatic logic [511:0] lowest(input logic [5:0] n);
    logic [511:0] ones;
    ones = '1;
    lowest = ~(ones << {n, 3'b000});
  endfunction

  logic [559:0] p_prefix;
  logic [6:0]   p_prefix_len;
  logic [319:0] p_l3;
  logic [143:0] p_l4;
  logic [5:0]   p_l3_len;
  logic [4:0]   p_l4_len;
  logic [9:0]   p_l3_at, p_l4_at;

  always_ff @(posedge clk) begin
    if (first) begin
      p_prefix <= prefix;
      p_prefix_len <= prefix_len;
      p_l3_len <= l3_len;
      p_l4_len <= l4_len;
      if (l3_len != 6'd0) begin
        p_l3 <= l3_data;
        p_l3_at <= l3_at;
      end
      if (l4_len != 5'd0) begin
        p_l4 <= l4_data;
        p_l4_at <= l4_at;
      end
    end
  end

  logic [9:0]   l3_rel, l4_rel;
  logic [511:0] after_l3, after_l4, after_prefix, mask;

  assign l3_rel = p_l3_at - {1'b0, in_index, 6'd0};
  assign l4_rel = p_l4_at - {1'b0, in_index, 6'd0};

  always_comb begin
    mask = 512'd0;
    after_l3 = in_data;
    if (in_valid && p_l3_len != 6'd0) begin
      mask = place(lowest(p_l3_len), l3_rel);
      after_l3 = (in_data & ~mask) | (place(512'(p_l3), l3_rel) & mask);
    end
    after_l4 = after_l3;
    if (in_valid && p_l4_len != 5'd0) begin
      mask = place(lowest({1'b0, p_l4_len}), l4_rel);
      after_l4 = (after_l3 & ~mask) | (place(512'(p_l4), l4_rel) & mask);
    end
    after_prefix = after_l4;
    if (in_valid && in_index == 3'd0) begin
      mask = p_prefix_len[6] ? '1 : lowest(p_prefix_len[5:0]);
      after_prefix = (after_l4 & ~mask) | (p_prefix[511:0] & mask);
    end else if (in_valid && in_index == 3'd1 && p_prefix_len[6]) begin
      mask = lowest(p_prefix_len[5:0]);
      after_prefix = (after_l4 & ~mask) | (512'(p_prefix[559:512]) & mask);
    end
  end

  always_ff @(posedge clk) begin
    out_valid <= in_valid;
    if (in_valid) out_data <= after_prefix;
    if (rst) out_valid <= 1'b0;
  end

endmodule

`default_nettype wire
