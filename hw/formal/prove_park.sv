// SPDX-License-Identifier: BSD-3-Clause
// park: entries come out in their order, once and unchanged, one cycle after take, as long as its user keeps what park
// asks of him: at most DEPTH entries inside, and none taken in the cycle of its own put.

`default_nettype none

module prove_park (
  input wire logic       clk,
  input wire logic       put_wish,
  input wire logic [3:0] put_data,
  input wire logic       pick,
  input wire logic       take_wish
);

  localparam int DEPTH = 4;

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic       put, take, came;
  logic [3:0] take_data, value;
  logic [3:0] count, ahead;
  logic       in_store;
  logic [2:0] level;  // entries that were put and not taken; those of `watch` leave a cycle later

  always_comb begin
    take = take_wish && !rst && level != 3'd0;
`ifdef BROKEN_USER
    put = put_wish && !rst && level <= 3'(DEPTH);
`else
    put = put_wish && !rst && (level < 3'(DEPTH) || take);
`endif
  end

  always_ff @(posedge clk) begin
    came <= take && !rst;
    level <= rst ? 3'd0 : level + 3'(put) - 3'(take);
  end

  park #(.W(4), .DEPTH(DEPTH)) dut (.clk, .rst, .put, .put_data, .take, .take_data);

  fifo_watch #(.W(4), .MAX(DEPTH + 1)) watch (
    .clk, .rst, .put, .put_data, .pick, .take(came), .take_data, .count, .in_store, .ahead, .value
  );

`ifdef INVARIANTS
  (* hierconn *) wire [1:0] \dut.wr_at ;
  (* hierconn *) wire [1:0] \dut.rd_at ;
  (* hierconn *) wire [3:0] \dut.mem[0] ;
  (* hierconn *) wire [3:0] \dut.mem[1] ;
  (* hierconn *) wire [3:0] \dut.mem[2] ;
  (* hierconn *) wire [3:0] \dut.mem[3] ;
  logic [15:0] words;
  logic [1:0]  at;
  assign words = {\dut.mem[3] , \dut.mem[2] , \dut.mem[1] , \dut.mem[0] };
  assign at = 2'(\dut.rd_at + ahead[1:0] - 2'(came));
  always_comb
    if (!rst) begin
      assert (level <= 3'(DEPTH));
      assert (2'(\dut.wr_at - \dut.rd_at ) == level[1:0]);
      assert (count == 4'(level) + 4'(came));
      if (in_store && (!came || ahead != '0)) assert (words[4*at+:4] == value);
      if (in_store && came && ahead == '0) assert (take_data == value);
    end
`endif

endmodule

`default_nettype wire
