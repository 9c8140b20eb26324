// SPDX-License-Identifier: BSD-3-Clause
// frame_fifo: frames leave whole, in their order, with their own length and side data; those that do not are told as
// dropped (or were discarded by their source), whole. A frame that is good and finds an empty FIFO is never dropped; one
// that is inside is offered; broken, runt and overlong ones never leave.
//
// A beat carries the side data of its frame, which is free, and its own number, so that any mix, loss or repetition of
// beats shows; `watch` does the same for frames. Small: 4 beats of 5 bits, frames of up to 4 beats.

`default_nettype none

module prove_frame_fifo (
  input wire logic       clk,
  input wire logic       in_valid,
  input wire logic [1:0] in_meta_wish,
  input wire logic [5:0] in_empty_wish,
  input wire logic       in_last,
  input wire logic       in_error,
  input wire logic       in_discard,
  input wire logic       in_short_ok,
  input wire logic       pick,
  input wire logic       out_ready
);

`ifdef BACKPRESSURE
  localparam bit BP = 1'b1;
`else
  localparam bit BP = 1'b0;
`endif

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic [2:0]  beat;  // of the frame that comes in; 5 and more count as 5
  logic [1:0]  in_meta, held_meta, out_meta;
  logic [5:0]  in_empty, out_empty;
  logic        busy, in_ready, out_valid, out_last, drop_valid, fire;
  logic [4:0]  out_data;
  logic [15:0] out_len;
  logic [7:0]  drop_reason;

  assign in_meta = beat == 3'd0 ? in_meta_wish : held_meta;
  assign in_empty = in_last ? in_empty_wish : 6'd0;
  assign fire = in_valid && in_ready && !rst;

  frame_fifo #(.DEPTH(4), .META_W(2), .BACKPRESSURE(BP)) dut (
    .clk, .rst, .busy, .in_valid(in_valid && !rst), .in_ready, .in_data({in_meta, beat}), .in_empty, .in_last,
    .in_error, .in_discard, .in_short_ok, .in_meta, .out_valid, .out_ready, .out_data, .out_empty, .out_last, .out_meta,
    .out_len, .drop_valid, .drop_reason
  );

  // ---- What comes in. A cycle after its last beat a frame is told as dropped, or it is inside ----

  logic        ended, discarded, wrong, may_drop, found_busy;
  logic [15:0] len, ended_len;
  logic [1:0]  ended_meta;

  assign len = {7'd0, beat, 6'd0} + 16'd64 - 16'(in_empty);

  always_ff @(posedge clk) begin
    ended <= fire && in_last;
    if (fire) begin
      beat <= in_last ? 3'd0 : beat == 3'd5 ? beat : beat + 3'd1;
      held_meta <= in_meta;
      if (beat == 3'd0) found_busy <= busy;
      ended_len <= len;
      ended_meta <= in_meta;
      discarded <= in_discard;
      wrong <= in_error || len > 16'd256 || (len < 16'd14 && !in_short_ok);
      may_drop <= beat == 3'd0 ? busy : found_busy;
    end
    if (rst) {beat, ended} <= '0;
  end

  always_comb
    if (!rst) begin
      if (!BP) assert (in_ready);
      if (drop_valid) assert (ended && !discarded && (wrong || may_drop) && drop_reason != frl_pkg::DROP_NONE);
      if (ended && !discarded && wrong) assert (drop_valid);
      if (BP && ended && !wrong) assert (!drop_valid);
    end

  // ---- What comes out ----

  logic [2:0]  o_beat;
  logic        leaves, waited;
  logic [3:0]  count, ahead;
  logic        in_store;
  logic [17:0] value;

  assign leaves = out_valid && out_ready && out_last && !rst;

  fifo_watch #(.W(18), .MAX(5)) watch (
    .clk, .rst, .put(ended && !drop_valid && !discarded && !rst), .put_data({ended_meta, ended_len}), .pick,
    .take(leaves), .take_data({out_meta, out_len}), .count, .in_store, .ahead, .value
  );

  always_ff @(posedge clk) begin
    waited <= !rst && count > 4'(leaves);
    if (out_valid && out_ready) o_beat <= out_last ? 3'd0 : o_beat + 3'd1;
    if (rst) o_beat <= 3'd0;
  end

  always_comb
    if (!rst) begin
      if (out_valid) begin
        assert (count != 4'd0);
        assert (out_data == {out_meta, o_beat});
        assert (out_last == ({7'd0, o_beat, 6'd0} + 16'd64 >= out_len));
        assert (out_empty == (out_last ? 6'(-out_len[5:0]) : 6'd0));
      end
      if (waited) assert (out_valid);
      if (!busy) assert (count == 4'd0 && !out_valid);
    end

  wire unused_watch = &{1'b0, in_store, ahead, value};

endmodule

`default_nettype wire
