// SPDX-License-Identifier: BSD-3-Clause
// ingress: one source is granted at a time, and keeps the grant from a frame's first beat to its last; no grant without
// room; the header vector and the payload beats are those of the granted frame, in order, zero behind its end; what a
// port that is disabled sends is dropped whole and told; a source that waits sees one frame of each other at most.
//
// Three sources, beats of 4 bytes in place of 64 (see proofs.toml).

`default_nettype none

module prove_ingress (
  input wire logic        clk,
  input wire logic [2:0]  src_new,
  input wire logic [95:0] any_data,
  input wire logic [5:0]  any_empty,
  input wire logic [2:0]  any_last,
  input wire logic [23:0] any_port,
  input wire logic [2:0]  any_replica,
  input wire logic        hdr_room,
  input wire logic        pay_room,
  input wire logic        enable0,  // of port 0; all others are disabled
  input wire logic [3:0]  any_byte  // of the header vector, the one that is followed
);

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  frl_pkg::frame_meta_t hdr_meta, one;
  localparam int META_W = $bits(hdr_meta);

  // ---- Sources: what is offered is held until it is taken; side data until the frame's end ----
  logic [2:0]  valid, ready, last, held, in_frame, h_last, replica, h_replica;
  logic [95:0] data, h_data;
  logic [5:0]  empty, h_empty;
  logic [23:0] port, h_port;
  logic [3*META_W-1:0] meta;

  always_comb begin
    meta = '0;
    for (int i = 0; i < 3; i++) begin
      valid[i] = held[i] || (src_new[i] && !rst);
      last[i] = held[i] ? h_last[i] : any_last[i];
      data[32*i+:32] = held[i] ? h_data[32*i+:32] : any_data[32*i+:32];
      empty[2*i+:2] = !last[i] ? 2'd0 : held[i] ? h_empty[2*i+:2] : any_empty[2*i+:2];
      port[8*i+:8] = held[i] || in_frame[i] ? h_port[8*i+:8] : any_port[8*i+:8];
      replica[i] = held[i] || in_frame[i] ? h_replica[i] : any_replica[i];
      one = '0;
      one.src_port = port[8*i+:8];
      one.replica = replica[i];
      meta[META_W*i+:META_W] = one;
    end
  end

  logic [2:0] fire;
  assign fire = valid & ready & {3{!rst}};

  always_ff @(posedge clk) begin
    held <= rst ? 3'd0 : valid & ~ready;
    in_frame <= rst ? 3'd0 : (in_frame & ~fire) | (fire & ~last);
    {h_last, h_data, h_empty, h_port, h_replica} <= {last, data, empty, port, replica};
  end

  logic         busy, hdr_take, pay_take, hdr_valid, pay_valid, ev_rx_valid, drop_valid;
  logic [127:0] hdr_data;
  logic [31:0]  pay_data;
  logic [7:0]   ev_rx_port;
  logic [15:0]  ev_rx_len;

  ingress #(.N_SRC(3), .META_W(META_W)) dut (
    .clk, .rst, .busy, .src_valid(valid), .src_ready(ready), .src_data(data), .src_empty(empty), .src_last(last),
    .src_meta(meta), .hdr_room, .hdr_take, .pay_room, .pay_take, .hdr_valid, .hdr_data, .hdr_meta, .pay_valid, .pay_data,
    .cfg_enable({63'd0, enable0}), .ev_rx_valid, .ev_rx_port, .ev_rx_len, .drop_valid
  );

  // ---- What goes in, one beat a cycle ----
  logic        any, now_last, refused, dropped, first;
  logic [31:0] now_data;
  logic [1:0]  now_empty;
  logic [7:0]  now_port;
  logic [2:0]  beat;     // of the frame, 5 for all from there on
  logic [3:0]  followed;
  logic        now_replica;

  always_comb begin
    any = fire != 3'd0;
    {now_data, now_empty, now_port, now_last, now_replica} = '0;
    for (int i = 0; i < 3; i++)
      if (fire[i]) {now_data, now_empty, now_port, now_last, now_replica} =
          {data[32*i+:32], empty[2*i+:2], port[8*i+:8], last[i], replica[i]};
    first = beat == 3'd0;
    refused = first ? now_port[7:6] != 2'd0 || (!(now_port == 8'd0 && enable0) && !now_replica
        && now_port != frl_pkg::PORT_HOST && now_port != frl_pkg::PORT_FW) : dropped;
  end

  // Expected: the followed byte of the header vector, side data, payload beats, two cycles after their beat.
  logic [7:0]  byte_now, byte_kept;
  logic        e1_hdr, e1_pay, e2_hdr, e2_pay;
  logic [7:0]  e1_byte, e2_byte, e1_port, e2_port, frame_port;
  logic [31:0] e1_data, e2_data, clean;

  always_comb begin
    clean = now_data & (32'hffffffff >> {now_empty, 3'b000});
    byte_now = first ? 8'd0 : byte_kept;
    if (beat == {1'b0, followed[3:2]}) byte_now = clean[8*followed[1:0]+:8];
  end

  always_ff @(posedge clk) begin
    if (rst) followed <= any_byte;
    {e2_hdr, e2_pay, e2_byte, e2_port, e2_data} <= {e1_hdr, e1_pay, e1_byte, e1_port, e1_data};
    {e1_hdr, e1_pay} <= 2'b00;
    if (any) begin
      beat <= now_last ? 3'd0 : beat == 3'd5 ? beat : beat + 3'd1;
      dropped <= refused && !now_last;
      byte_kept <= byte_now;
      e1_hdr <= !refused && (now_last ? beat <= 3'd3 : beat == 3'd3);
      e1_pay <= !refused && beat >= 3'd4;
      e1_byte <= byte_now;
      if (first) frame_port <= now_port;
      e1_port <= first ? now_port : frame_port;
      e1_data <= clean;
    end
    if (rst) {beat, dropped, e1_hdr, e1_pay, e2_hdr, e2_pay} <= '0;
  end

  // ---- Frames of others since a source began to wait ----
  logic [5:0] waits;
  logic       was_first, was_refused, was_replica;
  always_ff @(posedge clk) begin
    for (int i = 0; i < 3; i++)
      if (rst || !valid[i] || fire[i] || in_frame[i]) waits[2*i+:2] <= 2'd0;
      else if (any && first) waits[2*i+:2] <= waits[2*i+:2] + 2'd1;
    {was_first, was_refused, was_replica} <= {any && first && !rst, refused, now_replica};
  end

  always_comb
    if (!rst) begin
      assert ((ready & (ready - 3'd1)) == 3'd0);
      // A frame that is under way keeps the grant.
      assert ((in_frame & (in_frame - 3'd1)) == 3'd0);
      if (in_frame != 3'd0) assert ((fire & ~in_frame) == 3'd0);
      // Room.
      assert (hdr_take == (any && first && !refused) && (!hdr_take || hdr_room));
      assert (pay_take == (any && beat >= 3'd4 && !refused) && (!pay_take || pay_room));
      // Header vector and payload.
      assert (hdr_valid == e2_hdr && pay_valid == e2_pay);
      if (hdr_valid) assert (hdr_data[8*followed+:8] == e2_byte && hdr_meta.src_port == e2_port);
      if (pay_valid) assert (pay_data == e2_data);
      // Told.
      assert (drop_valid == (was_first && was_refused));
      assert (ev_rx_valid == (was_first && !was_refused && !was_replica));
      for (int i = 0; i < 3; i++) assert (waits[2*i+:2] <= 2'd2);
    end

  wire unused_bits = &{1'b0, busy, ev_rx_port, ev_rx_len, hdr_meta};

endmodule

`default_nettype wire
