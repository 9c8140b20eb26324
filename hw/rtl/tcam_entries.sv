// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// What sixteen TCAM entries say beside their key (valid, prio, rule, with a parity bit), and the best of those that match.
// Two stages; an entry whose word has wrong parity decides nothing, whether it reads as valid or not.
module tcam_entries (
    input wire clk,
    input wire rst,

    input wire        we,
    input wire [ 3:0] wr_at,
    input wire [37:0] wr_sealed, // parity, valid, rule, prio

    input wire        in_valid,
    input wire [15:0] in_match,  // the key matches; valid bits are applied in this cycle

    output logic        out_hit,  // two cycles later
    output logic        out_bad,
    output logic [40:0] out_best  // no match, prio, rule, entry
);

  logic [3:0] hit1, bad1;
  logic [4*41-1:0] best1;

  for (genvar g = 0; g < 4; g++) begin : fours
    logic [38*4-1:0] word;
    logic [41*4-1:0] each;
    wire some = in_valid && in_match[4*g+:4] != 4'd0;

    always_ff @(posedge clk) begin
      if (we && wr_at[3:2] == g)
        for (int i = 0; i < 4; i++) if (wr_at[1:0] == i[1:0]) word[38*i+:38] <= wr_sealed;
      if (rst) word <= '0;
    end

    always_comb begin
      each = '0;
      if (some)
        for (int i = 0; i < 4; i++)
          each[41*i+:41] = {!(in_match[4*g+i] && word[38*i+36]), word[38*i+:16], word[38*i+16+:20], 2'(g), 2'(i)};
    end

    rank4 #(
        .N(4),
        .W(41)
    ) rank (
        .clk,
        .in_any(some),
        .in_each(each),
        .out_each(best1[41*g+:41])
    );

    logic hit, bad;
    always_comb begin
      hit = 1'b0;
      bad = 1'b0;
      if (some)
        for (int i = 0; i < 4; i++) begin
          hit = hit || (in_match[4*g+i] && word[38*i+36]);
          bad = bad || (in_match[4*g+i] && ^word[38*i+:38]);
        end
    end
    always_ff @(posedge clk) begin
      hit1[g] <= hit && !rst;
      bad1[g] <= bad && !rst;
    end
  end

  logic [4*41-1:0] each1;
  always_comb begin
    each1 = best1;
    for (int g = 0; g < 4; g++) each1[41*g+40] = !hit1[g];
  end

  rank4 #(
      .N(4),
      .W(41)
  ) rank (
      .clk,
      .in_any(hit1 != 4'd0),
      .in_each(each1),
      .out_each(out_best)
  );

  always_ff @(posedge clk) begin
    out_hit <= hit1 != 4'd0 && !rst;
    out_bad <= bad1 != 4'd0 && !rst;
  end

endmodule

`default_nettype wire
