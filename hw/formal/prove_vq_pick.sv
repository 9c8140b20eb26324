// SPDX-License-Identifier: BSD-3-Clause
// vq_pick: picks a flag that is set whenever one is, and no set flag stands between `from` and the pick. Its user goes
// on behind the last pick: then each pick of another brings any waiting flag at least one place nearer, so that none
// waits for more than 63 others.

`default_nettype none

module prove_vq_pick (
  input wire logic        clk,
  input wire logic [63:0] flags,
  input wire logic [5:0]  from,
  input wire logic [5:0]  other  // any flag
);

  logic       any;
  logic [5:0] pick, next_from;

  vq_pick dut (.flags, .from, .any, .pick);

`ifdef BROKEN_USER
  assign next_from = pick;
`else
  assign next_from = pick + 6'd1;
`endif

  always_comb begin
    assert (any == (flags != 64'd0));
    if (any) assert (flags[pick]);
    if (flags[other]) assert (6'(pick - from) <= 6'(other - from));
    if (flags[other] && pick != other) assert (6'(other - next_from) < 6'(other - from));
  end

  wire unused_clk = &{1'b0, clk};

endmodule

`default_nettype wire
