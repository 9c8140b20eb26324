// SPDX-License-Identifier: BSD-3-Clause
// update: between the last row that was written before a LOOKUP_FENCE and the first one behind it there are at least
// LOOKUP_FENCE cycles, whatever entries stand before and behind, and however long the tables let it wait. A row that is
// offered stays as it is until it is taken. With `prove_move` this is the protocol of decision 8.
//
// Entries come from update_fetch_any; LOOKUP_FENCE is 10 in place of 64 (see proofs.toml).

`default_nettype none

module prove_fence (
  input wire logic         clk,
  input wire logic         init_done,
  input wire logic [31:0]  cfg_head,
  input wire logic         cpl_valid,
  input wire logic [63:0]  header,  // of an entry; what it needs of it
  input wire logic         cpl_last,
  input wire logic         cpl_error,
  input wire logic         wr_ready,
  input wire logic         tw_ready,
  input wire logic         drain_busy,
  input wire logic         clear_ready
);

  logic rst;
  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic [31:0]   tail, tw_index;
  logic [2:0]    error;
  logic          irq_done, busy, rd_valid, cpl_ready, wr_valid, wr_irq, wr_last, tw_valid, drain_flip, clear_valid;
  logic [63:0]   rd_addr, wr_addr;
  logic [15:0]   rd_len, wr_len;
  logic [7:0]    wr_fn, tw_table;
  logic [511:0]  wr_data;
  logic [1535:0] tw_row;
  logic [10:0]   tw_flip;
  logic [19:0]   clear_id;

  update dut (
    .clk, .rst, .init_done, .cfg_ring_addr(64'd0), .cfg_ring_size(32'd16), .cfg_head, .cfg_done_addr(64'd0), .tail,
    .error, .irq_done, .busy, .rd_valid, .rd_ready(1'b1), .rd_addr, .rd_len, .cpl_valid, .cpl_ready, .cpl_data(512'(header)),
    .cpl_last, .cpl_error, .wr_valid, .wr_ready, .wr_irq, .wr_fn, .wr_addr, .wr_len, .wr_data, .wr_last, .tw_valid,
    .tw_ready, .tw_table, .tw_index, .tw_row, .tw_flip, .drain_flip, .drain_busy, .clear_valid, .clear_ready, .clear_id
  );

  // The entry that is being taken, as `update` sees it.
`ifdef YOSYS
  (* hierconn *) wire         \dut.entry_take ;
  (* hierconn *) wire         \dut.entry_bad ;
  (* hierconn *) wire [511:0] \dut.beat ;
  wire is_fence = \dut.entry_take && ! \dut.entry_bad && \dut.beat [frl_pkg::UPD_ENTRY_OP_AT+:8] == frl_pkg::UPD_OP_LOOKUP_FENCE;
`else
  wire is_fence = dut.entry_take && !dut.entry_bad && dut.beat[frl_pkg::UPD_ENTRY_OP_AT+:8] == frl_pkg::UPD_OP_LOOKUP_FENCE;
`endif

  logic          fenced;  // since the last row was taken
  logic [7:0]    gap;     // cycles since then, 255 for more
  logic          stays;
  logic [7:0]    s_table;
  logic [31:0]   s_index;
  logic [10:0]   s_flip;

  always_ff @(posedge clk) begin
    if (gap != 8'd255) gap <= gap + 8'd1;
    if (is_fence) fenced <= 1'b1;
    if (tw_valid && tw_ready) {fenced, gap} <= {1'b0, 8'd1};
    stays <= tw_valid && !tw_ready && !rst;
    {s_table, s_index, s_flip} <= {tw_table, tw_index, tw_flip};
    if (rst) {fenced, gap} <= {1'b0, 8'd255};
  end

  always_comb
    if (!rst) begin
      if (tw_valid && fenced) assert ({24'd0, gap} >= frl_pkg::LOOKUP_FENCE);
      if (is_fence) assert (!tw_valid);
      if (stays) assert (tw_valid && {tw_table, tw_index, tw_flip} == {s_table, s_index, s_flip});
    end

  wire unused_bits = &{1'b0, tail, error, irq_done, busy, rd_valid, rd_addr, rd_len, cpl_ready, wr_valid, wr_irq, wr_fn, wr_addr,
                       wr_len, wr_data, wr_last, tw_row, drain_flip, clear_valid, clear_id};

endmodule

`default_nettype wire
