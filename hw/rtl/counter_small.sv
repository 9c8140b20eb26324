// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A few packet and byte counters of one source of events, one event per cycle. Zero after reset, without a sweep.
module counter_small #(
    parameter int N = 64  // counters, a power of two, small enough for LUT RAM
) (
    input wire clk,
    input wire rst,

    input wire                 ev_valid,
    input wire [$clog2(N)-1:0] ev_id,
    input wire [         15:0] ev_len,

    input  wire                  re,
    input  wire  [$clog2(N)-1:0] rd_at,
    output logic [        127:0] rd_value  // one cycle after re: packets in the lower half, bytes in the upper
);

  logic [127:0] mem[N];
  logic [N-1:0] live;  // the counter has counted since reset

  logic [127:0] old;
  always_comb old = ev_valid && live[ev_id] ? mem[ev_id] : 128'd0;

  always_ff @(posedge clk) begin
    if (ev_valid) begin
      mem[ev_id] <= {old[127:64] + {48'd0, ev_len}, old[63:0] + 64'd1};
      live[ev_id] <= 1'b1;
    end
    if (re) rd_value <= live[rd_at] ? mem[rd_at] : 128'd0;
    if (rst) live <= '0;
  end

endmodule

`default_nettype wire
