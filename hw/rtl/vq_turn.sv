// SPDX-License-Identifier: BSD-3-Clause
// Offers 64 flags in turn, in two steps: the flags as they were a cycle ago, then vq_pick among them. So a flag may
// have gone when it is offered, and one that is still set when its turn was taken may be offered once more: whoever
// takes it looks at the flag itself.

`default_nettype none

module vq_turn (
  input  wire logic        clk,
  input  wire logic        rst,
  input  wire logic [63:0] flags,

  // A flag that was set; it is held until it is taken. From two cycles after a flag, one per cycle.
  output logic             valid,
  input  wire logic        take,
  output logic      [5:0]  pick
);

  logic [63:0] seen;
  logic [5:0]  first;
  logic        any;
  vq_pick picker (.flags(seen), .from(pick + 6'd1), .any, .pick(first));

  always_ff @(posedge clk) begin
    seen <= flags;
    if (!valid || take) begin
      valid <= any;
      if (any) pick <= first;
    end
    if (rst) begin
      seen  <= '0;
      valid <= 1'b0;
      pick  <= '0;
    end
  end

endmodule

`default_nettype wire
