// SPDX-License-Identifier: BSD-3-Clause
// Stands in for update_fetch in prove_fence: any entries, at any time. They are what cpl_data is when they are read.

`default_nettype none

module update_fetch (
    input wire clk,
    input wire rst,
    input wire go,

    input wire [63:0] cfg_ring_addr,
    input wire [31:0] cfg_ring_size,
    input wire [31:0] cfg_head,
    input wire [31:0] tail,

    output logic idle,
    input  wire  skip_all,

    output logic         rd_valid,
    input  wire          rd_ready,
    output logic [ 63:0] rd_addr,
    output logic [ 15:0] rd_len,
    input  wire          cpl_valid,
    input  wire  [511:0] cpl_data,
    input  wire          cpl_last,
    input  wire          cpl_error,

    output logic        there,
    output logic        bad,
    output logic [ 4:0] slot,
    input  wire         take,

    input  wire          beat_read,
    input  wire  [  6:0] beat_at,
    output logic [511:0] beat
);

  always_comb begin
    idle = cpl_last;
    rd_valid = 1'b0;
    rd_addr = 64'd0;
    rd_len = 16'd0;
    slot = 5'd0;
  end

  // An entry that is there stays until it is taken.
  always_ff @(posedge clk) begin
    if (take) there <= 1'b0;
    if (cpl_valid && !there) {there, bad} <= {1'b1, cpl_error};
    if (rst) there <= 1'b0;
    if (beat_read) beat <= cpl_data;
  end

  wire unused_bits = &{1'b0, go, cfg_ring_addr, cfg_ring_size, cfg_head, tail, skip_all, rd_ready, beat_at};

endmodule

`default_nettype wire
