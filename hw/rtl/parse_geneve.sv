// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// GENEVE options (RFC 8926, 3.5): up to four of them, 60 bytes in all. Words that the GNV_SEL registers name become key
// fields. Six stages; the result stands until the next frame's.
module parse_geneve (
    input wire clk,
    input wire rst,

    input wire [127:0] cfg_gnv_sel,  // four GNV_SEL registers, see chip.toml

    input wire         in_valid,
    input wire [703:0] in_words,  // options begin in one of the first eight words
    input wire [  2:0] in_at,     // in this one
    input wire [  3:0] in_total,  // words of all options

    output logic         out_valid,
    output logic         out_bad,      // an option runs beyond the last word, or there are more than four
    output logic [  3:0] out_present,
    output logic [127:0] out_words     // gnv_opt3 to gnv_opt0; zero where not present
);

  // ---- Stage 1: the options ----
  logic v1, v2, v3, v4, v5;
  logic [479:0] words1, words2, words3, words4, words5;
  frl_pkg::geneve_walk_t walk1, walk2, walk3, walk4, walk5;

  always_ff @(posedge clk) begin
    v1 <= in_valid && !rst;
    if (in_valid) begin
      words1 <= in_words[{2'b00, in_at, 5'd0}+:480];
      walk1 <= '0;
      walk1.total <= in_total;
    end
  end

  // ---- Stages 2 to 5: one option each ----
  parse_geneve_option option1 (
      .clk,
      .rst,
      .cfg_gnv_sel,
      .in_valid(v1),
      .in_words(words1),
      .in_walk(walk1),
      .out_valid(v2),
      .out_words(words2),
      .out_walk(walk2)
  );
  parse_geneve_option option2 (
      .clk,
      .rst,
      .cfg_gnv_sel,
      .in_valid(v2),
      .in_words(words2),
      .in_walk(walk2),
      .out_valid(v3),
      .out_words(words3),
      .out_walk(walk3)
  );
  parse_geneve_option option3 (
      .clk,
      .rst,
      .cfg_gnv_sel,
      .in_valid(v3),
      .in_words(words3),
      .in_walk(walk3),
      .out_valid(v4),
      .out_words(words4),
      .out_walk(walk4)
  );
  parse_geneve_option option4 (
      .clk,
      .rst,
      .cfg_gnv_sel,
      .in_valid(v4),
      .in_words(words4),
      .in_walk(walk4),
      .out_valid(v5),
      .out_words(words5),
      .out_walk(walk5)
  );

  // ---- Stage 6: the words ----
  function automatic logic [31:0] be32(input logic [31:0] x);
    be32 = {x[7:0], x[15:8], x[23:16], x[31:24]};
  endfunction

  wire [511:0] words = {32'd0, words5};

  always_ff @(posedge clk) begin
    out_valid <= v5 && !rst;
    if (v5) begin
      out_bad <= walk5.bad || walk5.at != walk5.total;
      out_present <= walk5.present;
      for (int i = 0; i < 4; i++)
        out_words[32*i+:32] <= walk5.present[i] ? be32(words[{walk5.word[4*i+:4], 5'd0}+:32]) : 32'd0;
    end
  end

  wire unused_bits = &{1'b0, walk5.found};

endmodule

`default_nettype wire
