// SPDX-License-Identifier: BSD-3-Clause
// Turns a frame into beats again. It steps through the frame as received, beat by beat: the four of the header
// vector, which it can reach in any order, then payload. Two neighbours shifted into one make a beat of the
// frame that leaves; the same steps give the frame as received to the replica loop. A frame takes as many
// steps as the longer of both has beats, at least one.
//
// Beat j of the frame that leaves holds bytes 64 j + x and on of the frame as received, where x = bytes cut - bytes
// put before; lead = floor(x / 64) + 1, shift = x mod 64: it is made in step j + lead from beats step - 1 and step.

`default_nettype none

module edit_stream (
  input  wire logic          clk,
  input  wire logic          rst,

  // A frame, held until f_done; beats: of the frame that leaves; src_beats: as received.
  input  wire logic          f_valid,
  output logic               f_done,
  input  wire logic [2047:0] f_hdr,
  input  wire logic [2:0]    f_lead,
  input  wire logic [5:0]    f_shift,
  input  wire logic [7:0]    f_beats,
  input  wire logic [7:0]    f_src_beats,
  // First step of a frame, and what happens to it, given in that step: it leaves; it is copied.
  output logic               f_first,
  input  wire logic          f_emit,
  input  wire logic          f_copy,

  // Payload of the frame.
  input  wire logic          pay_valid,
  input  wire logic [511:0]  pay_data,
  output logic               pay_pop,

  // Beats that leave, before patches; index counts to 7 and stays.
  output logic               o_valid,
  output logic      [511:0]  o_data,
  output logic      [2:0]    o_index,
  output logic               o_last,

  // Beats as received.
  output logic               c_valid,
  output logic      [511:0]  c_data,
  output logic               c_last
);

  logic       going;  // in the middle of a frame
  logic [7:0] next_step, step, last_step;
  logic       emit_held, copy_held, emit, copy;
  logic       need_pay, go, at_end, emits;
  logic [2:0] index;

  assign emit = going ? emit_held : f_emit;
  assign copy = going ? copy_held : f_copy;

  // What becomes of a frame is known late in its first step, which is 0 for a copy, else f_lead. A frame that is only
  // dropped has its payload taken out. So the first step is worked out for each {emit, copy}: it is the only one; it
  // takes payload.
  logic [3:0] only, only_pays;

  always_comb begin
    only[0] = f_src_beats <= 8'd5;
    only[1] = f_src_beats == 8'd1;
    only[2] = f_beats == 8'd1;
    only[3] = f_beats == 8'd1 && f_lead == 3'd0;
    only_pays = 4'b0000;
    only_pays[0] = f_src_beats > 8'd4;
    only_pays[2] = f_lead >= 3'd4 && 8'(f_lead) < f_src_beats;
    last_step = emit_held ? 8'(f_lead) + f_beats - 8'd1 : f_src_beats - 8'd1;
  end

  // While it is not known, the beats of the frame that leaves are taken for granted.
  assign step = going ? next_step : 8'(f_lead);
  assign need_pay = going ? step >= 8'd4 && step < f_src_beats : only_pays[{f_emit, f_copy}];
  assign at_end = going ? step == last_step : only[{f_emit, f_copy}];
  assign go = f_valid && (!need_pay || pay_valid);
  assign pay_pop = go && need_pay;
  assign f_first = go && !going;
  assign f_done = go && at_end;
  assign emits = going ? emit_held && step >= 8'(f_lead) : f_emit && (!f_copy || f_lead == 3'd0);

  always_ff @(posedge clk) begin
    if (go) begin
      going <= !f_done;
      next_step <= going ? step + 8'd1 : f_copy ? 8'd1 : f_emit ? 8'(f_lead) + 8'd1 : 8'd5;
      emit_held <= emit;
      copy_held <= copy;
      if (f_done) index <= 3'd0;
      else if (emits && index != 3'd7) index <= index + 3'd1;
    end
    if (rst) begin
      going <= 1'b0;
      index <= 3'd0;
    end
  end

  // ---- The two neighbours: beats step - 1 and step of the frame as received ----

  logic [511:0] held;       // the payload beat before
  logic [511:0] low, high;

  always_comb begin
    unique case (step)
      8'd0: low = 512'd0;
      8'd1: low = f_hdr[511:0];
      8'd2: low = f_hdr[1023:512];
      8'd3: low = f_hdr[1535:1024];
      8'd4: low = f_hdr[2047:1536];
      default: low = held;
    endcase
    unique case (step)
      8'd0: high = f_hdr[511:0];
      8'd1: high = f_hdr[1023:512];
      8'd2: high = f_hdr[1535:1024];
      8'd3: high = f_hdr[2047:1536];
      default: high = step < f_src_beats ? pay_data : 512'd0;
    endcase
  end

  always_ff @(posedge clk) begin
    o_valid <= go && emits;
    c_valid <= go && copy && (!going || step < f_src_beats);
    if (go) begin
      if (step[7:2] != 6'd0) held <= high;
      if (emits) begin
        o_data <= 512'({high, low} >> {f_shift, 3'b000});
        o_index <= index;
        o_last <= at_end;
      end
      if (copy) begin
        c_data <= going ? high : f_hdr[511:0];
        c_last <= going ? step + 8'd1 == f_src_beats : f_src_beats == 8'd1;
      end
    end
    if (rst) begin
      o_valid <= 1'b0;
      c_valid <= 1'b0;
    end
  end

endmodule

`default_nettype wire
