// SPDX-License-Identifier: BSD-3-Clause
// payload_ring, with beats of 8 bits (it only stores them) and 4 of them: a beat for which room was taken always finds its place, beats come out in their order, once and
// unchanged, and no credit is lost or made: those given out are the beats on their way and those inside.

`default_nettype none

module prove_payload_ring (
  input wire logic         clk,
  input wire logic         take_wish,
  input wire logic         wr_wish,
  input wire logic [7:0] wr_data,
  input wire logic         pick,
  input wire logic         pop_wish
);

  localparam int DEPTH = 4;

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  // The user: takes room that there is, writes what it has room for, pops what is offered.
  logic         room, take, wr_valid, rd_valid, rd_pop, in_store;
  logic [7:0] rd_data, value;
  logic [3:0]   coming, count, ahead;  // coming: room taken, beat not yet written

  always_comb begin
    take = take_wish && room && !rst;
    wr_valid = wr_wish && coming != 4'd0 && !rst;
    rd_pop = pop_wish && rd_valid && !rst;
  end

  always_ff @(posedge clk) coming <= rst ? 4'd0 : coming + 4'(take) - 4'(wr_valid);

  payload_ring #(.DEPTH(DEPTH)) dut (.clk, .rst, .room, .take, .wr_valid, .wr_data, .rd_valid, .rd_data, .rd_pop);

  fifo_watch #(.W(8), .MAX(DEPTH + 1)) watch (
    .clk, .rst, .put(wr_valid), .put_data(wr_data), .pick, .take(rd_pop), .take_data(rd_data), .count, .in_store,
    .ahead, .value
  );

  logic late;  // a beat was inside, and the output was free
  always_ff @(posedge clk) late <= !rst && count != 4'd0 && !rd_valid;

  always_comb
    if (!rst) begin
      // One more stands in the output register.
      assert (coming + count <= 4'(DEPTH) + 4'd1);
      assert (room == (coming + count - 4'(rd_valid) < 4'(DEPTH)));
      if (late) assert (rd_valid);
    end

`ifdef INVARIANTS
  (* hierconn *) wire [2:0]   \dut.wr_ptr ;
  (* hierconn *) wire [2:0]   \dut.rd_ptr ;
  (* hierconn *) wire [2:0]   \dut.used ;
  (* hierconn *) wire [7:0] \dut.beats.rows[0] ;
  (* hierconn *) wire [7:0] \dut.beats.rows[1] ;
  (* hierconn *) wire [7:0] \dut.beats.rows[2] ;
  (* hierconn *) wire [7:0] \dut.beats.rows[3] ;
  logic [2:0]   level;
  logic [1:0]   at;
  logic [7:0] stored;
  assign level = \dut.wr_ptr - \dut.rd_ptr ;
  assign at = 2'(\dut.rd_ptr + ahead[2:0] - 3'(rd_valid));
  assign stored = at[1] ? (at[0] ? \dut.beats.rows[3] : \dut.beats.rows[2] )
                        : (at[0] ? \dut.beats.rows[1] : \dut.beats.rows[0] );
  always_comb
    if (!rst) begin
      assert (level <= 3'(DEPTH));
      assert (count == 4'(level) + 4'(rd_valid));
      assert (\dut.used <= 3'(DEPTH) && 4'(\dut.used ) == coming + 4'(level));
      if (in_store && (!rd_valid || ahead != '0)) assert (stored == value);
      if (in_store && rd_valid && ahead == '0) assert (rd_data == value);
    end
`endif

endmodule

`default_nettype wire
