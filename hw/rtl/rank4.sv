// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A stage of a tournament: of each four candidates the least goes on. A candidate is a number whose highest bit says that
// there is none, so that none loses against any.
module rank4 #(
    parameter int N = 4,  // candidates, 1 to 64
    parameter int W = 37,  // bits of a candidate
    localparam int G = (N + 3) / 4  // winners
) (
    input wire clk,

    input wire           in_any,  // 0: there is no candidate, and winners are not looked at either
    input wire [N*W-1:0] in_each,

    output logic [G*W-1:0] out_each  // one cycle later
);

  function automatic [W-1:0] less(input [W-1:0] a, input [W-1:0] b);
    less = b < a ? b : a;
  endfunction

  logic [4*G*W-1:0] padded;
  always_comb begin
    padded = '1;
    padded[N*W-1:0] = in_each;
  end

  always_ff @(posedge clk)
    if (in_any)
      for (int g = 0; g < G; g++)
        out_each[W*g+:W] <= less(less(padded[4*W*g+:W], padded[4*W*g+W+:W]),
                                 less(padded[4*W*g+2*W+:W], padded[4*W*g+3*W+:W]));

endmodule

`default_nettype wire
