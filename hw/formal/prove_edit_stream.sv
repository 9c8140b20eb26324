// SPDX-License-Identifier: BSD-3-Clause
// edit_stream: of a frame that leaves, any byte that is not cut stands in the beat and at the place where it belongs, be
// it from the header vector or from the payload, for every cut and put; beats are counted, marked as last, and no more and
// no fewer; payload is popped beat by beat, all of its frame's and none of the next one's; the copy is the frame as
// received. One byte of the frame that leaves and one of the copy are followed, any of them, in each of two frames back
// to back, with payload that comes late.
//
// At reduced width: beats of 4 bytes in place of 64 (the module's text with 64 -> 4, see proofs.toml), header vectors of
// four beats, frames of up to 7.

`default_nettype none

module prove_edit_stream (
  input wire logic         clk,
  input wire logic         f_new,
  input wire logic [127:0] any_hdr,
  input wire logic [2:0]   any_lead,      // 0 stands for x below 0
  input wire logic [1:0]   any_shift,
  input wire logic [2:0]   any_src_beats,
  input wire logic [2:0]   any_beats,
  input wire logic         any_emit,
  input wire logic         any_copy,
  input wire logic [4:0]   any_at,        // byte that is followed
  input wire logic         pay_there,
  input wire logic [31:0]  any_pay
);

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  // ---- A frame, held until it is done. x = 4 (lead - 1) + shift bytes of it are gone from its beginning ----
  logic         f_valid, f_done, f_first, emit, copy;
  logic [127:0] hdr;
  logic [2:0]   lead;
  logic [1:0]   shift;
  logic [7:0]   beats, src_beats;
  logic [4:0]   at;
  logic         take;  // a new frame is there from the next cycle on
  logic [7:0]   left;  // beats from the one with byte x on

  always_comb begin
    take = f_new && !rst && (!f_valid || f_done);
    left = {5'd0, any_src_beats} + 8'd1 - {5'd0, any_lead};
  end

  always_ff @(posedge clk) begin
    if (f_done) f_valid <= 1'b0;
    if (take) begin
      f_valid <= any_src_beats != 3'd0 && any_lead <= 3'd4 && any_lead <= any_src_beats && any_beats != 3'd0
          && ({5'd0, any_beats} == left || {5'd0, any_beats} + 8'd1 == left);
      hdr <= any_hdr;
      lead <= any_lead;
      shift <= any_shift;
      src_beats <= {5'd0, any_src_beats};
      beats <= {5'd0, any_beats};
      {emit, copy, at} <= {any_emit, any_copy, any_at};
    end
    if (rst) f_valid <= 1'b0;
  end

  // ---- Payload: beats of this frame in order; the one that is offered stays until it is popped ----
  logic        pay_valid, pay_pop, pay_held;
  logic [31:0] pay_data, held_data;
  logic [7:0]  popped;  // of this frame

  always_comb begin
    pay_valid = pay_held || pay_there;
    pay_data = pay_held ? held_data : any_pay;
  end

  always_ff @(posedge clk) begin
    pay_held <= pay_valid && !pay_pop && !rst;
    held_data <= pay_data;
    if (rst || f_done) popped <= 8'd0;
    else if (pay_pop) popped <= popped + 8'd1;
  end

  logic        o_valid, o_last, c_valid, c_last;
  logic [31:0] o_data, c_data;
  logic [2:0]  o_index;

  edit_stream dut (
    .clk, .rst, .f_valid, .f_done, .f_hdr(hdr), .f_lead(lead), .f_shift(shift), .f_beats(beats), .f_src_beats(src_beats),
    .f_first, .f_emit(emit), .f_copy(copy), .pay_valid, .pay_data, .pay_pop, .o_valid, .o_data, .o_index, .o_last,
    .c_valid, .c_data, .c_last
  );

  // ---- The byte at `at` of the frame as received, known from the header or since its beat was popped ----
  logic       known;
  logic [7:0] value;
  always_comb known = at < 5'd16;
  logic       pay_known;
  logic [7:0] pay_value;
  always_ff @(posedge clk) begin
    if (pay_pop && popped + 8'd4 == {5'd0, at[4:2]} && !known) {pay_known, pay_value} <= {1'b1, pay_data[8*at[1:0]+:8]};
    if (take || rst) pay_known <= 1'b0;
  end
  logic [7:0] now_value;
  always_comb begin
    now_value = pay_pop && popped + 8'd4 == {5'd0, at[4:2]} ? pay_data[8*at[1:0]+:8] : pay_value;
    value = known ? hdr[8*at[3:0]+:8] : now_value;
  end

  // ---- Where it goes: place at - x of the frame that leaves ----
  logic [7:0] to;  // 0xff: it is cut

  always_comb begin
    to = 8'(at) + 8'd4 - {3'd0, lead, 2'd0} - {6'd0, shift};
    if (to[7]) to = 8'hff;
  end

  // ---- Beats come a cycle after the step that made them ----
  logic       was_valid, was_done, was_emit, was_copy;
  logic [7:0] was_value, was_to, was_beats, was_src;
  logic [4:0] was_at;
  logic [7:0] o_seen, c_seen, o_now, c_now;
  always_comb begin
    o_now = o_valid ? o_seen + 8'd1 : o_seen;
    c_now = c_valid ? c_seen + 8'd1 : c_seen;
  end
  always_ff @(posedge clk) begin
    was_valid <= f_valid && !rst;
    was_done <= f_done && f_valid && !rst;
    {was_emit, was_copy, was_value, was_to, was_beats, was_src, was_at} <= {emit, copy, value, to, beats, src_beats, at};
    o_seen <= was_done || rst ? 8'd0 : o_now;
    c_seen <= was_done || rst ? 8'd0 : c_now;
  end

  always_comb
    if (!rst) begin
      if (o_valid) begin
        assert (was_valid && was_emit && o_seen < was_beats);
        assert (o_index == o_seen[2:0]);
        assert (o_last == (o_now == was_beats));
        if (was_to != 8'hff && o_seen == was_to >> 2 && 8'(was_at) < was_src << 2)
          assert (o_data[8*was_to[1:0]+:8] == was_value);
      end
      if (c_valid) begin
        assert (was_valid && was_copy && c_seen < was_src);
        assert (c_last == (c_now == was_src));
        if (c_seen == {3'd0, was_at} >> 2) assert (c_data[8*was_at[1:0]+:8] == was_value);
      end
      if (was_done) begin
        assert (!was_emit || o_now == was_beats);
        assert (!was_copy || c_now == was_src);
      end
      if (pay_pop) assert (f_valid && pay_valid && popped + 8'd4 < src_beats);
      if (f_done) assert (f_valid && 8'(popped) + 8'(pay_pop) == (src_beats > 8'd4 ? src_beats - 8'd4 : 8'd0));
    end

  wire unused_bits = &{1'b0, f_first, pay_known};

endmodule

`default_nettype wire
