// SPDX-License-Identifier: BSD-3-Clause
// frame_room: never more beats given out than the FIFO holds, no credit lost or made, and a frame that fits is let in.

`default_nettype none

module prove_frame_room (
  input wire logic       clk,
  input wire logic [7:0] beats,
  input wire logic       take_wish,
  input wire logic       give_wish
);

  localparam int DEPTH = 512;

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic       ok, take, give;
  logic [9:0] given;

  always_comb begin
`ifdef BROKEN_USER
    take = take_wish && !rst;
`else
    take = take_wish && ok && !rst;
`endif
    give = give_wish && given != 10'd0 && !rst;
  end

  always_ff @(posedge clk) given <= rst ? 10'd0 : given + (take ? 10'(beats) : 10'd0) - 10'(give);

  frame_room #(.DEPTH(DEPTH)) dut (.clk, .rst, .beats, .ok, .take, .give);

  always_comb
    if (!rst) begin
      assert (given <= 10'(DEPTH));
      assert (ok == (11'(given) + 11'(beats) <= 11'(DEPTH)));
    end

`ifdef INVARIANTS
  (* hierconn *) wire [9:0] \dut.free ;
  always_comb if (!rst) assert (11'(\dut.free ) + 11'(given) == 11'(DEPTH));
`endif

endmodule

`default_nettype wire
