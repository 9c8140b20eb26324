// SPDX-License-Identifier: BSD-3-Clause
// vq_turn: offers only what was set two cycles before it was offered, and holds it until it is taken; something that is
// set is offered whenever nothing waits to be taken; a flag that stays set sees at most 63 others offered before it.

`default_nettype none

module prove_vq_turn (
  input wire logic        clk,
  input wire logic [63:0] flags,
  input wire logic        take,
  input wire logic [5:0]  other  // any flag
);

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic       valid;
  logic [5:0] pick;
  vq_turn dut (.clk, .rst, .flags, .valid, .take, .pick);

  logic [5:0]  watched, pick_before;
  logic [63:0] before, two_before;     // flags
  logic        started, waits, is_new;
  logic [6:0]  waited, waited_before;  // offers of others while the watched flag was set
  initial started = 1'b0;

  always_ff @(posedge clk) begin
    watched <= started ? watched : other;
    started <= 1'b1;
    before <= rst ? 64'd0 : flags;
    two_before <= before;
    pick_before <= pick;
    waits <= valid && !take && !rst;
    is_new <= (!valid || take) && !rst;
    waited_before <= rst ? 7'd0 : waited;
  end

  always_comb begin
    waited = waited_before;
    if (!two_before[watched] || (is_new && valid && pick == watched)) waited = 7'd0;
    else if (is_new && valid) waited = waited_before + 7'd1;
  end

  always_comb
    if (started && !rst) begin
      if (waits) assert (valid && pick == pick_before);
      if (is_new) assert (valid == (two_before != 64'd0));
      if (is_new && valid) assert (two_before[pick]);
      assert (waited <= 7'd63 - 7'(6'(watched - pick - 6'd1)));
    end

`ifdef INVARIANTS
  (* hierconn *) wire [63:0] \dut.seen ;
  always_comb if (started && !rst) assert (\dut.seen == before);
`endif

endmodule

`default_nettype wire
