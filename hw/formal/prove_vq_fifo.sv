// SPDX-License-Identifier: BSD-3-Clause
// vq_fifo: words come out in their order, once and unchanged; it is never over full, takes what it has room for, and a
// word inside is offered within two cycles.

`default_nettype none

module prove_vq_fifo (
  input wire logic       clk,
  input wire logic       in_valid,
  input wire logic [3:0] in_data,
  input wire logic       pick,
  input wire logic       out_ready
);

  localparam int DEPTH = 4;

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic       in_ready, out_valid, in_store;
  logic [3:0] out_data, value;
  logic [3:0] count, ahead;

  vq_fifo #(.W(4), .DEPTH(DEPTH)) dut (.clk, .rst, .in_valid, .in_ready, .in_data, .out_valid, .out_ready, .out_data);

  fifo_watch #(.W(4), .MAX(DEPTH + 1)) watch (
    .clk, .rst, .put(in_valid && in_ready), .put_data(in_data), .pick, .take(out_valid && out_ready),
    .take_data(out_data), .count, .in_store, .ahead, .value
  );

  logic late;  // there was a word inside, and the output had room
  always_ff @(posedge clk) late <= !rst && count != '0 && (!out_valid || (out_ready && count != 4'd1));

  always_comb
    if (!rst) begin
      assert (in_ready || count >= 4'(DEPTH));
      if (late) assert (out_valid);
    end

`ifdef INVARIANTS
  // Pointers, and where the watched word stands.
  (* hierconn *) wire [2:0] \dut.wr_ptr ;
  (* hierconn *) wire [2:0] \dut.rd_ptr ;
  (* hierconn *) wire [3:0] \dut.mem[0] ;
  (* hierconn *) wire [3:0] \dut.mem[1] ;
  (* hierconn *) wire [3:0] \dut.mem[2] ;
  (* hierconn *) wire [3:0] \dut.mem[3] ;
  logic [15:0] words;
  logic [2:0]  level;
  logic [1:0]  at;
  assign words = {\dut.mem[3] , \dut.mem[2] , \dut.mem[1] , \dut.mem[0] };
  assign level = \dut.wr_ptr - \dut.rd_ptr ;
  assign at = 2'(\dut.rd_ptr + ahead[2:0] - 3'(out_valid));
  always_comb
    if (!rst) begin
      assert (level <= 3'(DEPTH));
      assert (count == 4'(level) + 4'(out_valid));
      if (in_store && (!out_valid || ahead != '0)) assert (words[4*at+:4] == value);
      if (in_store && out_valid && ahead == '0) assert (out_data == value);
    end
`endif

endmodule

`default_nettype wire
