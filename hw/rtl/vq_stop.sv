// SPDX-License-Identifier: BSD-3-Clause
// Which queues of one direction stopped for an error, and the first reason of each.

`default_nettype none

module vq_stop (
  input  wire logic        clk,
  input  wire logic        rst,

  // A queue stops: pair and enum queue_error, from three places.
  input  wire logic        a_valid,
  input  wire logic [5:0]  a_pair,
  input  wire logic [2:0]  a_code,
  input  wire logic        b_valid,
  input  wire logic [5:0]  b_pair,
  input  wire logic [2:0]  b_code,
  input  wire logic        c_valid,
  input  wire logic [5:0]  c_pair,
  input  wire logic [2:0]  c_code,

  // A queue starts anew.
  input  wire logic        clear_valid,
  input  wire logic [5:0]  clear_pair,

  output logic      [63:0] stopped,
  // Code of a queue, one cycle after its number.
  input  wire logic [5:0]  query_pair,
  output logic      [2:0]  query_code
);

  logic [2:0] code_mem[64];

  always_ff @(posedge clk) begin
    if (a_valid && !stopped[a_pair]) begin
      stopped[a_pair]  <= 1'b1;
      code_mem[a_pair] <= a_code;
    end
    if (b_valid && !stopped[b_pair]) begin
      stopped[b_pair]  <= 1'b1;
      code_mem[b_pair] <= b_code;
    end
    if (c_valid && !stopped[c_pair]) begin
      stopped[c_pair]  <= 1'b1;
      code_mem[c_pair] <= c_code;
    end
    if (clear_valid) stopped[clear_pair] <= 1'b0;
    if (rst) stopped <= '0;
  end

  always_ff @(posedge clk) query_code <= stopped[query_pair] ? code_mem[query_pair] : 3'(frl_pkg::QUEUE_ERROR_NONE);

endmodule

`default_nettype wire
