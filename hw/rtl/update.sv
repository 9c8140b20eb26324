// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Executes the update ring (hw/data/chip.toml: registers UPD_*, enum upd_op, layout upd_entry) and makes all table
// writes. Up to 16 entries are read from card memory at once into a buffer and executed in order from there, so that
// an entry that waits never holds the DMA completions of others.
//
// A bad entry is skipped and told in `error`; entries of a read that failed are skipped too. Nothing is executed
// before init_done.
module update #(
    parameter int N_BANKS = frl_pkg::N_BANKS,  // sizes of the tables: indexes are checked against them
    parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,
    parameter int N_RULES = frl_pkg::N_RULES,
    parameter int N_LEGS = frl_pkg::N_LEGS,
    parameter int N_ENCAPS = frl_pkg::N_ENCAPS,
    parameter int N_TEAMS = frl_pkg::N_TEAMS
) (
    input wire clk,
    input wire rst,
    input wire init_done,  // tables may be written

    // Registers.
    input  wire  [63:0] cfg_ring_addr,  // multiple of 64
    input  wire  [31:0] cfg_ring_size,  // entries, a power of two
    input  wire  [31:0] cfg_head,       // entries ever written
    input  wire  [63:0] cfg_done_addr,
    output logic [31:0] tail,           // entries ever completed
    output logic [ 2:0] error,          // pulses, bits of UPD_ERROR
    output logic        irq_done,       // pulse: tail has reached the head and stands in card memory
    output logic        busy,

    // DMA read of card memory.
    output logic         rd_valid,
    input  wire          rd_ready,
    output logic [ 63:0] rd_addr,
    output logic [ 15:0] rd_len,
    input  wire          cpl_valid,
    output logic         cpl_ready,  // always 1
    input  wire  [511:0] cpl_data,
    input  wire          cpl_last,
    input  wire          cpl_error,

    // DMA write of the completion count.
    output logic         wr_valid,
    input  wire          wr_ready,
    output logic         wr_irq,
    output logic [  7:0] wr_fn,
    output logic [ 63:0] wr_addr,
    output logic [ 15:0] wr_len,
    output logic [511:0] wr_data,
    output logic         wr_last,

    // Table writes, one row per cycle, always taken.
    output logic          tw_valid,
    output logic [   7:0] tw_table,
    output logic [  31:0] tw_index,
    output logic [1535:0] tw_row,

    // Frames in flight: a pulse flips the colour of frames that enter, drain_busy is 1 from at most two cycles
    // later until all of the old colour have left.
    output logic drain_flip,
    input  wire  drain_busy,

    // Zero a rule counter; ready when done.
    output logic        clear_valid,
    input  wire         clear_ready,
    output logic [19:0] clear_id
);

  localparam logic [3:0] IDLE = 4'd0, REQUEST = 4'd1, RECEIVE = 4'd2, FETCH = 4'd3, DECODE = 4'd4, ROW0 = 4'd5,
      ROW1 = 4'd6, ROW2 = 4'd7, FENCE = 4'd8, DRAIN = 4'd9, CLEAR = 4'd10, NEXT = 4'd11, REPORT = 4'd12;

  // ---- What to read: not beyond the ring's end, at most 16 ----
  logic [31:0] pending, at, to_end, batch;
  logic size_ok;

  always_comb begin
    pending = cfg_head - tail;
    at = tail & (cfg_ring_size - 32'd1);
    to_end = cfg_ring_size - at;
    batch = pending < to_end ? pending : to_end;
    if (batch > 32'd16) batch = 32'd16;
    size_ok = cfg_ring_size != 32'd0 && (cfg_ring_size & (cfg_ring_size - 32'd1)) == 32'd0;
  end

  // ---- Buffer: 16 entries of four beats ----
  logic [511:0] buffer[64];
  logic [511:0] beat;
  logic [5:0] rd_at, wr_at;
  logic fetch;
  logic [3:0] state;

  always_comb begin
    cpl_ready = 1'b1;
    fetch = state == FETCH || state == DECODE || state == ROW0 || state == ROW1;
  end

  always_ff @(posedge clk) begin
    if (cpl_valid) buffer[wr_at] <= cpl_data;
    if (fetch) beat <= buffer[rd_at];
  end

  // ---- Entry ----
  logic [7:0] op, bank_of;
  logic [7:0] entry_table;
  logic [31:0] entry_index;
  logic bad_op, bad_index;

  always_comb begin
    op = beat[frl_pkg::UPD_ENTRY_OP_AT+:8];
    entry_table = beat[frl_pkg::UPD_ENTRY_TABLE_AT+:8];
    entry_index = beat[frl_pkg::UPD_ENTRY_INDEX_AT+:32];
    bank_of = {3'd0, entry_index[28:24]};
    bad_op = 1'b0;
    bad_index = 1'b0;
    unique case (op)
      frl_pkg::UPD_OP_WRITE:
      unique case (entry_table)
        frl_pkg::TABLE_BANK: bad_index = entry_index >= N_BANKS;
        frl_pkg::TABLE_SLOT:
        bad_index = entry_index[31:29] != 3'd0 || entry_index[23:21] != 3'd0 || entry_index[19:18] != 2'd0 ||
                    {24'd0, bank_of} >= N_BANKS || {16'd0, entry_index[15:0]} >= BANK_SLOTS / 8;
        frl_pkg::TABLE_KEY, frl_pkg::TABLE_RULE: bad_index = entry_index >= N_RULES;
        frl_pkg::TABLE_LEG: bad_index = entry_index >= N_LEGS;
        frl_pkg::TABLE_ENCAP: bad_index = entry_index >= N_ENCAPS;
        frl_pkg::TABLE_TEAM: bad_index = entry_index >= N_TEAMS;
        default: bad_op = 1'b1;
      endcase
      frl_pkg::UPD_OP_LOOKUP_FENCE, frl_pkg::UPD_OP_DRAIN: ;
      frl_pkg::UPD_OP_COUNTER_CLEAR: bad_index = entry_index >= N_RULES;
      default: bad_op = 1'b1;
    endcase
  end

  // ---- Sequence ----
  logic [4:0] left;  // entries of the batch that are not executed
  logic [3:0] entry;  // the one in work
  logic [7:0] wait_cycles;

  always_ff @(posedge clk) begin
    error <= 3'd0;
    irq_done <= 1'b0;
    tw_valid <= 1'b0;
    drain_flip <= 1'b0;
    if (fetch) rd_at <= rd_at + 6'd1;
    if (cpl_valid) wr_at <= wr_at + 6'd1;

    unique case (state)
      IDLE:
      if (pending != 32'd0 && init_done) begin
        if (size_ok) begin
          state <= REQUEST;
          rd_valid <= 1'b1;
          rd_addr <= cfg_ring_addr + {24'd0, at, 8'd0};
          rd_len <= {3'd0, batch[4:0], 8'd0};
          left <= batch[4:0];
          wr_at <= 6'd0;
          rd_at <= 6'd0;
          entry <= 4'd0;
        end else begin  // no ring: all that was asked for is skipped
          error[0] <= 1'b1;
          tail <= cfg_head;
          state <= REPORT;
        end
      end
      REQUEST:
      if (rd_ready) begin
        rd_valid <= 1'b0;
        state <= RECEIVE;
      end
      RECEIVE:
      if (cpl_valid && cpl_last) begin
        if (cpl_error) begin
          error[0] <= 1'b1;
          tail <= tail + {27'd0, left};
          state <= tail + {27'd0, left} == cfg_head ? REPORT : IDLE;
        end else state <= FETCH;
      end
      FETCH: state <= DECODE;  // header beat is being read
      DECODE: begin  // header is here, first beat of the row is being read
        wait_cycles <= frl_pkg::LOOKUP_FENCE[7:0];
        tw_table <= entry_table;
        tw_index <= entry_index;
        clear_id <= entry_index[19:0];
        error[2:1] <= {bad_index, bad_op};
        if (bad_op || bad_index) state <= NEXT;
        else
          unique case (op)
            frl_pkg::UPD_OP_WRITE: state <= ROW0;
            frl_pkg::UPD_OP_LOOKUP_FENCE: state <= FENCE;
            frl_pkg::UPD_OP_DRAIN: begin
              state <= DRAIN;
              drain_flip <= 1'b1;
              wait_cycles <= 8'd4;
            end
            default: begin
              state <= CLEAR;
              clear_valid <= 1'b1;
            end
          endcase
      end
      ROW0: begin
        tw_row[511:0] <= beat;
        state <= ROW1;
      end
      ROW1: begin
        tw_row[1023:512] <= beat;
        state <= ROW2;
      end
      ROW2: begin
        tw_row[1535:1024] <= beat;
        tw_valid <= 1'b1;
        state <= NEXT;
      end
      FENCE: begin
        wait_cycles <= wait_cycles - 8'd1;
        if (wait_cycles == 8'd0) state <= NEXT;
      end
      DRAIN:  // drain_busy counts from a few cycles after the flip
      if (wait_cycles != 8'd0) wait_cycles <= wait_cycles - 8'd1;
      else if (!drain_busy) state <= NEXT;
      CLEAR:
      if (clear_ready) begin
        clear_valid <= 1'b0;
        state <= NEXT;
      end
      NEXT: begin
        tail  <= tail + 32'd1;
        left  <= left - 5'd1;
        entry <= entry + 4'd1;
        rd_at <= {entry + 4'd1, 2'd0};
        if (left != 5'd1) state <= FETCH;
        else state <= tail + 32'd1 == cfg_head ? REPORT : IDLE;
      end
      default:  // REPORT
      if (!wr_valid) begin
        wr_valid <= 1'b1;
        wr_addr  <= cfg_done_addr;
        wr_data  <= {480'd0, tail};
      end else if (wr_ready) begin
        wr_valid <= 1'b0;
        irq_done <= 1'b1;
        state <= IDLE;
      end
    endcase

    if (rst) begin
      state <= IDLE;
      tail <= 32'd0;
      rd_valid <= 1'b0;
      wr_valid <= 1'b0;
      clear_valid <= 1'b0;
    end
  end

  always_comb begin
    wr_irq = 1'b0;
    wr_fn = frl_pkg::FN_FW;
    wr_len = 16'd4;
    wr_last = 1'b1;
    busy = state != IDLE || pending != 32'd0;
  end

endmodule

`default_nettype wire
