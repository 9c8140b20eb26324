// SPDX-License-Identifier: BSD-3-Clause
// Where frames wait for match_action: a ring of header vectors, and beside it a ring of the answers, which
// come in the same order. Room in both is one credit, taken when ingress starts a frame, so that an answer
// always finds its place. A pair leaves as soon as the answer is there.

`default_nettype none

module frame_park #(
  // Frames, a power of two.
  parameter int DEPTH = 128,
  // Bits of frame_meta_t, verdict_t, leg_row_t, encap_row_t and parsed_t.
  parameter int META_W = 103,
  parameter int ACT_W = 1024
) (
  input  wire logic              clk,
  input  wire logic              rst,
  output logic                   busy,
  // Room for a frame; the pulse that reserves it; the header vector, some cycles later.
  output logic                   room,
  input  wire logic              take,
  input  wire logic              hdr_valid,
  input  wire logic [2047:0]     hdr_data,
  input  wire logic [META_W-1:0] hdr_meta,
  // Answer of match_action.
  input  wire logic              act_valid,
  input  wire logic [ACT_W-1:0]  act,
  // Frame with its answer.
  output logic                   out_valid,
  input  wire logic              out_ready,
  output logic      [2047:0]     out_hdr,
  output logic      [META_W-1:0] out_meta,
  output logic      [ACT_W-1:0]  out_act
);

  localparam int A_W = $clog2(DEPTH);

  if ((1 << A_W) != DEPTH) $error("frame_park: DEPTH must be a power of two");

  logic [A_W:0] used;            // reserved places
  logic [A_W-1:0] hdr_ptr, act_ptr, rd_ptr;
  logic [A_W:0] answers;         // answers that have not been read
  logic         rd_en;

  assign room = !used[A_W];
  assign rd_en = answers != '0 && (!out_valid || out_ready);

  always_ff @(posedge clk) begin
    if (hdr_valid) hdr_ptr <= hdr_ptr + 1'b1;
    if (act_valid) act_ptr <= act_ptr + 1'b1;
    if (rd_en) rd_ptr <= rd_ptr + 1'b1;
    if (act_valid != rd_en) answers <= act_valid ? answers + 1'b1 : answers - 1'b1;
    if (take != rd_en) used <= take ? used + 1'b1 : used - 1'b1;
    if (rd_en || out_ready) out_valid <= rd_en;
    if (rst) begin
      hdr_ptr <= '0;
      act_ptr <= '0;
      rd_ptr <= '0;
      answers <= '0;
      used <= '0;
      out_valid <= 1'b0;
    end
  end

  frame_ram #(.W(2048 + META_W), .DEPTH(DEPTH)) headers (
    .clk, .wr_en(hdr_valid), .wr_addr(hdr_ptr), .wr_data({hdr_meta, hdr_data}),
    .rd_en, .rd_addr(rd_ptr), .rd_data({out_meta, out_hdr})
  );

  frame_ram #(.W(ACT_W), .DEPTH(DEPTH)) acts (
    .clk, .wr_en(act_valid), .wr_addr(act_ptr), .wr_data(act),
    .rd_en, .rd_addr(rd_ptr), .rd_data(out_act)
  );

  assign busy = used != '0 || out_valid;

endmodule

`default_nettype wire
