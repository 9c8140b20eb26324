// SPDX-License-Identifier: BSD-3-Clause
// What one stage of a queue engine must know of a queue: one of its three ring addresses, its size,
// its vector and its function. vq_regs sends every change to all copies, word by word.

`default_nettype none

module vq_ctx_ram #(
  // First word of the address: 2 descriptor table, 4 available ring, 6 used ring.
  parameter int WORD = 2
) (
  input  wire logic        clk,

  // Write from vq_regs. Word 0: size [15:0], MSI-X vector [31:16]; 2 to 7: addresses.
  input  wire logic        wr_valid,
  input  wire logic [5:0]  wr_pair,
  input  wire logic [2:0]  wr_word,
  input  wire logic [31:0] wr_data,

  // Read: what belongs to rd_pair stands at the outputs one cycle later.
  input  wire logic [5:0]  rd_pair,
  output logic      [63:0] rd_addr,
  output logic      [15:0] rd_mask,
  output logic      [15:0] rd_msix,
  output logic      [7:0]  rd_fn
);

  if (WORD != 2 && WORD != 4 && WORD != 6) $error("WORD must be 2, 4 or 6");

  logic [31:0] lo_mem[64];
  logic [31:0] hi_mem[64];
  logic [31:0] size_mem[64];
  logic [15:0] size;

  always_ff @(posedge clk) begin
    if (wr_valid && wr_word == 3'(WORD)) lo_mem[wr_pair] <= wr_data;
    if (wr_valid && wr_word == 3'(WORD + 1)) hi_mem[wr_pair] <= wr_data;
    if (wr_valid && wr_word == 3'd0) size_mem[wr_pair] <= wr_data;
  end

  always_ff @(posedge clk) begin
    rd_addr         <= {hi_mem[rd_pair], lo_mem[rd_pair]};
    {rd_msix, size} <= size_mem[rd_pair];
    if (rd_pair < 6'(frl_pkg::PF_PAIRS)) rd_fn <= frl_pkg::FN_PF;
    else if (rd_pair == 6'(frl_pkg::QUEUE_FW / 2)) rd_fn <= frl_pkg::FN_FW;
    else rd_fn <= frl_pkg::FN_VF0 + 8'(rd_pair) - 8'(frl_pkg::QUEUE_VF0 / 2);
  end

  always_comb rd_mask = size - 16'd1;

endmodule

`default_nettype wire
