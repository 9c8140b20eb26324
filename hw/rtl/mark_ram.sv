// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// A bit for every counter, in block RAM: one write port, one read port.
module mark_ram #(
    parameter int N = 1024,  // bits, a power of two
    parameter bit FORWARD = 1'b1  // a read sees the write of the same cycle; 0: the bit before it
) (
    input wire clk,

    input wire                 we,
    input wire [$clog2(N)-1:0] wr_at,
    input wire                 wr_mark,

    input  wire                  re,
    input  wire  [$clog2(N)-1:0] rd_at,
    output logic                 rd_mark  // one cycle after re
);

  logic mem[N];
  logic stored, passed, take_passed;

  always_ff @(posedge clk) begin
    if (we) mem[wr_at] <= wr_mark;
    if (re) begin
      stored <= mem[rd_at];
      take_passed <= FORWARD && we && wr_at == rd_at;
      passed <= wr_mark;
    end
  end

  always_comb rd_mark = take_passed ? passed : stored;

endmodule

`default_nettype wire
