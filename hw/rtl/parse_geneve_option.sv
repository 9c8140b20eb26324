// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// One step over GENEVE options (RFC 8926, 3.5): is it one that a GNV_SEL register names, and has it the word? One stage.
module parse_geneve_option (
    input wire clk,
    input wire rst,

    input wire [127:0] cfg_gnv_sel,  // four GNV_SEL registers

    input wire                           in_valid,
    input wire                   [479:0] in_words,  // options, zero behind the last
    input frl_pkg::geneve_walk_t         in_walk,

    output logic                         out_valid,
    output logic                 [479:0] out_words,
    output frl_pkg::geneve_walk_t        out_walk
);

  logic [31:0] head;  // class, type, length; byte 0 lowest
  logic [5:0] end_at;
  logic more, bad;
  logic [3:0] named, has;
  logic [15:0] place;
  wire [511:0] words = {32'd0, in_words};

  always_comb begin
    more = in_walk.at != in_walk.total && !in_walk.bad;
    head = words[{in_walk.at, 5'd0}+:32];
    end_at = {2'd0, in_walk.at} + {1'b0, head[28:24]} + 6'd1;
    bad = end_at > {2'd0, in_walk.total};
    for (int i = 0; i < 4; i++) begin
      named[i] = more && cfg_gnv_sel[32*i+31] && head[23:0] == {cfg_gnv_sel[32*i+16+:8], cfg_gnv_sel[32*i+:8], cfg_gnv_sel[32*i+8+:8]};
      has[i] = cfg_gnv_sel[32*i+24+:5] < head[28:24];
      place[4*i+:4] = in_walk.at + 4'd1 + cfg_gnv_sel[32*i+24+:4];
    end
  end

  always_ff @(posedge clk) begin
    out_valid <= in_valid && !rst;
    if (in_valid) begin
      out_words <= in_words;
      out_walk <= in_walk;
      if (more) begin
        out_walk.at <= end_at[3:0];
        out_walk.bad <= bad;
        out_walk.found <= in_walk.found | named;
        for (int i = 0; i < 4; i++)
          if (named[i] && !in_walk.found[i]) begin
            out_walk.present[i] <= has[i];
            out_walk.word[4*i+:4] <= place[4*i+:4];
          end
      end
    end
  end

  wire unused_bits = &{1'b0, head[31:29]};

endmodule

`default_nettype wire
