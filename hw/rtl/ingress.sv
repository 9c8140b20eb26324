// SPDX-License-Identifier: BSD-3-Clause
// Takes whole frames from the sources in turn, one beat per cycle without a bubble, and makes of each a
// header vector (first 256 bytes, zero behind its end) and payload beats (the rest). A frame whose source
// port is disabled is read and dropped.

`default_nettype none

module ingress #(
  // Sources.
  parameter int N_SRC = 4,
  // Bits of frame_meta_t.
  parameter int META_W = 167
) (
  input  wire logic                    clk,
  input  wire logic                    rst,
  output logic                         busy,

  // Frame streams of the sources, side by side; meta is a frame_meta_t with len.
  input  wire logic [N_SRC-1:0]        src_valid,
  output logic      [N_SRC-1:0]        src_ready,
  input  wire logic [N_SRC*512-1:0]    src_data,
  input  wire logic [N_SRC*6-1:0]      src_empty,
  input  wire logic [N_SRC-1:0]        src_last,
  input  wire logic [N_SRC*META_W-1:0] src_meta,

  // Room for one more header vector, and for one more payload beat; the pulses that use it up.
  input  wire logic                    hdr_room,
  output logic                         hdr_take,
  input  wire logic                    pay_room,
  output logic                         pay_take,

  output logic                         hdr_valid,
  output logic      [2047:0]           hdr_data,
  output frl_pkg::frame_meta_t         hdr_meta,
  output logic                         pay_valid,
  output logic      [511:0]            pay_data,

  // PORT_CTRL.enable by port number.
  input  wire logic [63:0]             cfg_enable,

  // Frame taken into the pipeline (no replicas, no direct frames).
  output logic                         ev_rx_valid,
  output logic      [7:0]              ev_rx_port,
  output logic      [15:0]             ev_rx_len,
  output logic                         drop_valid
);

  localparam int S_W = $clog2(N_SRC);

  if (N_SRC < 2) $error("ingress: needs two sources or more");
  if ($bits(hdr_meta) != META_W) $error("ingress: META_W is not the width of frame_meta_t");

  // ---- Arbiter: round robin, held from a frame's first beat to its last ----

  logic [S_W-1:0]       last_src;   // source of the last frame, or of the one under way
  logic                 in_frame;     // in the middle of a frame
  logic                 dropping;   // and it is being dropped
  logic [2:0]           index;      // beat of the frame, 4 for all from the fifth on
  logic [S_W-1:0]       pick;
  logic                 any, room, take, refuse;
  frl_pkg::frame_meta_t meta;

  always_comb begin
    pick = last_src;
    if (!in_frame) begin
      for (int i = N_SRC - 1; i >= 0; i--) if (src_valid[i]) pick = S_W'(i);
      for (int i = N_SRC - 1; i >= 0; i--) if (src_valid[i] && S_W'(i) > last_src) pick = S_W'(i);
    end
  end

  assign meta = src_meta[pick*META_W+:META_W];
  assign any = src_valid[pick];
  assign room = dropping || (in_frame ? !index[2] || pay_room : hdr_room);
  assign take = any && room;
  // The host may name the port that its frame is taken to come from: one that cannot exist is disabled.
  assign refuse = in_frame ? dropping
      : meta.src_port[7:6] != 2'b00
        || (!cfg_enable[meta.src_port[5:0]] && !meta.replica && !meta.direct
            && meta.src_port != frl_pkg::PORT_HOST && meta.src_port != frl_pkg::PORT_FW);
  assign hdr_take = take && !refuse && !in_frame;
  assign pay_take = take && !refuse && in_frame && index[2];

  always_comb begin
    src_ready = '0;
    src_ready[pick] = room;
  end

  always_ff @(posedge clk) begin
    drop_valid <= 1'b0;
    ev_rx_valid <= 1'b0;
    if (take) begin
      last_src <= pick;
      in_frame <= !src_last[pick];
      dropping <= refuse && !src_last[pick];
      index <= src_last[pick] ? 3'd0 : index[2] ? index : index + 3'd1;
      if (!in_frame) begin
        drop_valid <= refuse;
        ev_rx_valid <= !refuse && !meta.replica && !meta.direct;
        ev_rx_port <= meta.src_port;
        ev_rx_len <= meta.len;
      end
    end
    if (rst) begin
      last_src <= '0;
      in_frame <= 1'b0;
      dropping <= 1'b0;
      index <= 3'd0;
      drop_valid <= 1'b0;
      ev_rx_valid <= 1'b0;
      ev_rx_port <= 8'd0;
      ev_rx_len <= 16'd0;
    end
  end

  // ---- Stage 1: the beat of the source whose turn it is; what lies behind the frame's end becomes zero ----

  logic                 b_valid, b_last;
  logic [2:0]           b_index;
  logic [5:0]           empty;
  logic [511:0]         b_data, all_ones;
  frl_pkg::frame_meta_t b_meta;

  assign all_ones = '1;
  assign empty = src_last[pick] ? src_empty[pick*6+:6] : 6'd0;

  always_ff @(posedge clk) begin
    b_valid <= take && !refuse;
    if (take && !refuse) begin
      b_data <= src_data[pick*512+:512] & (all_ones >> {empty, 3'b000});
      b_last <= src_last[pick];
      b_index <= index;
      if (!in_frame) b_meta <= meta;
    end
    if (rst) b_valid <= 1'b0;
  end

  // ---- Stage 2: header vector and payload ----

  always_ff @(posedge clk) begin
    hdr_valid <= b_valid && (b_last ? !b_index[2] : b_index == 3'd3);
    pay_valid <= b_valid && b_index[2];
    if (b_valid) begin
      unique case (b_index)
        3'd0: begin
          hdr_data <= {1536'd0, b_data};
          hdr_meta <= b_meta;
        end
        3'd1: hdr_data[1023:512] <= b_data;
        3'd2: hdr_data[1535:1024] <= b_data;
        3'd3: hdr_data[2047:1536] <= b_data;
        default: pay_data <= b_data;
      endcase
    end
    if (rst) begin
      hdr_valid <= 1'b0;
      pay_valid <= 1'b0;
    end
  end

  assign busy = in_frame || b_valid || hdr_valid || pay_valid || drop_valid || ev_rx_valid;

endmodule

`default_nettype wire
