// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Executes the update ring (hw/data/chip.toml: registers UPD_*, enum upd_op, layout upd_entry) and makes all table
// writes. `update_fetch` reads entries ahead of their execution into a buffer, so that an entry that waits never holds
// the DMA completions of others; they are executed in order, one after the other. A WRITE of a row of at most 64 bytes
// takes three cycles when its table takes it at once; the ring gives an entry in four.
//
// A bad entry is skipped and told in `error`, and so is an entry that could not be read. Nothing is executed before
// init_done.
module update #(
    parameter int N_BANKS = frl_pkg::N_BANKS,  // sizes of the tables: indexes are checked against them
    parameter int BANK_SLOTS = frl_pkg::BANK_SLOTS,
    parameter int N_TCAM = frl_pkg::N_TCAM,
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

    // DMA write of the completion count and of sums.
    output logic         wr_valid,
    input  wire          wr_ready,
    output logic         wr_irq,
    output logic [  7:0] wr_fn,
    output logic [ 63:0] wr_addr,
    output logic [ 15:0] wr_len,
    output logic [511:0] wr_data,
    output logic         wr_last,

    // Table writes, one row each. tw_flip: 0, or 1 + the bit of the stored row to be inverted; 0 for one beyond the row.
    output logic          tw_valid,
    input  wire           tw_ready,
    output logic [   7:0] tw_table,
    output logic [  31:0] tw_index,
    output logic [1535:0] tw_row,
    output logic [  10:0] tw_flip,

    // Frames in flight: a pulse flips the colour of frames that enter, drain_busy is 1 from at most two cycles
    // later until all of the old colour have left.
    output logic drain_flip,
    input  wire  drain_busy,

    // Zero a rule counter; ready when done.
    output logic        clear_valid,
    input  wire         clear_ready,
    output logic [19:0] clear_id
);

  localparam logic [3:0] WAIT = 4'd0, HEAD = 4'd1, ROW0 = 4'd2, ROW1 = 4'd3, ROW2 = 4'd4, FENCE = 4'd5, DRAIN = 4'd6,
      CLEAR = 4'd7, HASH_WAIT = 4'd8, HASH = 4'd9, SKIP = 4'd10, REPORT = 4'd11;

  logic [3:0] state;

  // ---- Entries in the buffer, beat by beat ----
  logic entry_there, entry_bad, entry_take, fetch_idle, fetch_stop, skip_all, hash_busy;
  logic [4:0] slot, row_slot;  // of the next entry, of the one in work
  logic [6:0] beat_at;
  logic beat_read;
  logic [511:0] beat;
  logic ring_rd_valid;
  logic [63:0] ring_rd_addr;
  logic [15:0] ring_rd_len;

  update_fetch fetch (
      .clk,
      .rst,
      .go(init_done && !fetch_stop),
      .cfg_ring_addr,
      .cfg_ring_size,
      .cfg_head,
      .tail,
      .idle(fetch_idle),
      .skip_all,
      .rd_valid(ring_rd_valid),
      .rd_ready(rd_ready && !hash_busy),
      .rd_addr(ring_rd_addr),
      .rd_len(ring_rd_len),
      .cpl_valid(cpl_valid && !hash_busy),
      .cpl_data,
      .cpl_last,
      .cpl_error,
      .there(entry_there),
      .bad(entry_bad),
      .slot,
      .take(entry_take),
      .beat_read,
      .beat_at,
      .beat
  );

  logic more_rows;
  logic go;  // what was written before has taken effect
  always_comb begin
    go = tw_ready && !tw_valid;
    entry_take = state == HEAD && go;
    fetch_stop = state == HASH_WAIT || state == HASH;
    more_rows = state == ROW0 ? rows != 2'd0 : state == ROW1 && rows != 2'd1;
    beat_read = 1'b1;
    beat_at = {slot, 2'd0};
    if (state == HEAD) begin
      beat_read = go;
      beat_at = {slot, 2'd1};
    end else if (more_rows) beat_at = {row_slot, state == ROW0 ? 2'd2 : 2'd3};
  end

  // ---- Checks of an entry's header ----
  logic [7:0] op, bank_of, entry_table;
  logic [15:0] flip;
  logic [31:0] entry_index, stride, keys;
  logic [63:0] key_addr, sum_addr;
  logic [1:0] rows_of;  // beats of the row, less one
  logic [15:0] row_bits;
  logic bad_op, bad_index;

  always_comb begin
    op = beat[frl_pkg::UPD_ENTRY_OP_AT+:8];
    entry_table = beat[frl_pkg::UPD_ENTRY_TABLE_AT+:8];
    flip = beat[frl_pkg::UPD_ENTRY_FLIP_AT+:16];
    entry_index = beat[frl_pkg::UPD_ENTRY_INDEX_AT+:32];
    key_addr = beat[frl_pkg::UPD_ENTRY_SRC_AT+:64];
    sum_addr = beat[frl_pkg::UPD_ENTRY_DST_AT+:64];
    stride = beat[frl_pkg::UPD_ENTRY_STRIDE_AT+:32];
    keys = beat[frl_pkg::UPD_ENTRY_COUNT_AT+:32];
    bank_of = {3'd0, entry_index[28:24]};
    bad_op = 1'b0;
    bad_index = 1'b0;
    rows_of = 2'd2;
    row_bits = 16'd1280;
    unique case (op)
      frl_pkg::UPD_OP_WRITE: begin
        unique case (entry_table)
          frl_pkg::TABLE_BANK: begin
            bad_index = entry_index >= N_BANKS;
            row_bits  = 16'd1344;
          end
          frl_pkg::TABLE_SLOT: begin
            bad_index = entry_index[31:29] != 3'd0 || entry_index[23:21] != 3'd0 || entry_index[19:18] != 2'd0 ||
                        {24'd0, bank_of} >= N_BANKS || {16'd0, entry_index[15:0]} >= BANK_SLOTS / 8;
            rows_of   = 2'd0;
            row_bits  = 16'd64;
          end
          frl_pkg::TABLE_KEY: bad_index = entry_index >= N_RULES;
          frl_pkg::TABLE_RULE: begin
            bad_index = entry_index >= N_RULES;
            rows_of   = 2'd0;
            row_bits  = 16'd64;
          end
          frl_pkg::TABLE_LEG: begin
            bad_index = entry_index >= N_LEGS;
            rows_of   = 2'd1;
            row_bits  = 16'd640;
          end
          frl_pkg::TABLE_ENCAP: begin
            bad_index = entry_index >= N_ENCAPS;
            rows_of   = 2'd0;
            row_bits  = 16'd256;
          end
          frl_pkg::TABLE_TEAM: begin
            bad_index = entry_index >= N_TEAMS;
            rows_of   = 2'd0;
            row_bits  = 16'd128;
          end
          frl_pkg::TABLE_TCAM_MASK: bad_index = entry_index >= N_TCAM;
          frl_pkg::TABLE_TCAM: begin
            bad_index = entry_index >= N_TCAM;
            row_bits  = 16'd1536;
          end
          default:  bad_op = 1'b1;
        endcase
      end
      frl_pkg::UPD_OP_LOOKUP_FENCE, frl_pkg::UPD_OP_DRAIN: ;
      frl_pkg::UPD_OP_COUNTER_CLEAR: bad_index = entry_index >= N_RULES;
      frl_pkg::UPD_OP_HASH:
      bad_index = keys == 32'd0 || keys > 32'd1024 || key_addr[2:0] != 3'd0 || sum_addr[2:0] != 3'd0 || stride[2:0] != 3'd0;
      default: bad_op = 1'b1;
    endcase
  end

  // ---- Operation HASH; it has the read port for itself ----
  logic hash_start, hash_done, hash_failed, hash_rd_valid, hash_wr_valid;
  logic [63:0] hash_src, hash_dst, hash_rd_addr, hash_wr_addr;
  logic [31:0] hash_stride;
  logic [10:0] hash_count;
  logic [15:0] hash_wr_len;
  logic [511:0] hash_wr_data;

  update_hash hash (
      .clk,
      .rst,
      .start(hash_start),
      .src(hash_src),
      .dst(hash_dst),
      .stride(hash_stride),
      .count(hash_count),
      .busy(hash_busy),
      .done(hash_done),
      .failed(hash_failed),
      .rd_valid(hash_rd_valid),
      .rd_ready(rd_ready && hash_busy),
      .rd_addr(hash_rd_addr),
      .cpl_valid(cpl_valid && hash_busy),
      .cpl_data,
      .cpl_last,
      .cpl_error,
      .wr_valid(hash_wr_valid),
      .wr_ready(wr_ready && hash_busy),
      .wr_addr(hash_wr_addr),
      .wr_len(hash_wr_len),
      .wr_data(hash_wr_data)
  );

  // ---- Sequence. An entry counts in `tail` when it is done, a WRITE when its table has taken it and is ready again ----
  logic [1:0] rows;  // of the entry in work, less one
  logic [7:0] wait_cycles;
  logic over;  // pulse: an entry other than a WRITE is done
  logic written;  // a row was taken by its table and is not counted yet
  logic unreported;  // entries were done since the last report
  logic report_valid;
  logic [31:0] report;

  always_comb begin
    over = state == SKIP || (state == FENCE && wait_cycles == 8'd0) ||
           (state == DRAIN && wait_cycles == 8'd0 && !drain_busy) || (state == CLEAR && clear_ready) ||
           (state == HASH && hash_done);
    skip_all = state == WAIT && !entry_there && !tw_valid && !written && fetch_idle && cfg_head != tail && !size_ok && init_done;
  end

  logic size_ok;
  always_ff @(posedge clk) size_ok <= cfg_ring_size != 32'd0 && (cfg_ring_size & (cfg_ring_size - 32'd1)) == 32'd0;

  always_ff @(posedge clk) begin
    error <= {2'b00, hash_failed};
    irq_done <= 1'b0;
    drain_flip <= 1'b0;
    hash_start <= 1'b0;
    if (tw_ready) tw_valid <= 1'b0;
    if (tw_ready) written <= tw_valid;
    if ((written && tw_ready) || over) begin
      tail <= tail + 32'd1;
      unreported <= 1'b1;
    end
    if (over) state <= WAIT;

    unique case (state)
      WAIT:
      if (entry_there) state <= HEAD;
      else if (skip_all) begin  // no ring: all that was asked for is skipped
        error[0] <= 1'b1;
        tail <= cfg_head;
        unreported <= 1'b1;
      end else if (unreported && !tw_valid && !written && tail == cfg_head) state <= REPORT;
      HEAD:  // header is here, first beat of the row is being read
      if (go) begin
        row_slot <= slot;
        rows <= rows_of;
        wait_cycles <= frl_pkg::LOOKUP_FENCE[7:0];
        tw_table <= entry_table;
        tw_index <= entry_index;
        tw_flip <= flip > row_bits ? 11'd0 : flip[10:0];
        clear_id <= entry_index[19:0];
        if (entry_bad) error[0] <= 1'b1;
        else error[2:1] <= {bad_index, bad_op};
        if (entry_bad || bad_op || bad_index) state <= SKIP;
        else
          unique case (op)
            frl_pkg::UPD_OP_WRITE: state <= ROW0;
            frl_pkg::UPD_OP_LOOKUP_FENCE: state <= FENCE;
            frl_pkg::UPD_OP_DRAIN: begin
              state <= DRAIN;
              drain_flip <= 1'b1;
              wait_cycles <= 8'd4;
            end
            frl_pkg::UPD_OP_HASH: begin
              state <= HASH_WAIT;
              hash_src <= key_addr;
              hash_dst <= sum_addr;
              hash_stride <= stride;
              hash_count <= keys[10:0];
            end
            default: begin
              state <= CLEAR;
              clear_valid <= 1'b1;
            end
          endcase
      end
      ROW0: tw_row <= {1024'd0, beat};
      ROW1: tw_row[1023:512] <= beat;
      ROW2: tw_row[1535:1024] <= beat;
      FENCE, DRAIN:  // drain_busy counts from a few cycles after the flip
      if (wait_cycles != 8'd0) wait_cycles <= wait_cycles - 8'd1;
      CLEAR: if (clear_ready) clear_valid <= 1'b0;
      HASH_WAIT:
      if (fetch_idle) begin
        hash_start <= 1'b1;
        state <= HASH;
      end
      HASH, SKIP: ;
      default:  // REPORT
      if (!report_valid) begin
        report_valid <= 1'b1;
        report <= tail;
        unreported <= 1'b0;
      end else if (wr_ready) begin
        report_valid <= 1'b0;
        irq_done <= 1'b1;
        state <= WAIT;
      end
    endcase

    if (state == ROW0 || state == ROW1 || state == ROW2) begin
      if (more_rows) state <= state + 4'd1;
      else begin
        tw_valid <= 1'b1;
        state <= entry_there ? HEAD : WAIT;
      end
    end

    if (rst) begin
      state <= WAIT;
      tail <= 32'd0;
      tw_valid <= 1'b0;
      written <= 1'b0;
      unreported <= 1'b0;
      report_valid <= 1'b0;
      clear_valid <= 1'b0;
      hash_start <= 1'b0;
    end
  end

  // ---- Ports: hash and report are never under way together ----
  always_comb begin
    cpl_ready = 1'b1;
    rd_valid = hash_busy ? hash_rd_valid : ring_rd_valid;
    rd_addr = hash_busy ? hash_rd_addr : ring_rd_addr;
    rd_len = hash_busy ? 16'(frl_pkg::KEY_BYTES) : ring_rd_len;
    wr_irq = 1'b0;
    wr_fn = frl_pkg::FN_FW;
    wr_last = 1'b1;
    wr_valid = hash_busy ? hash_wr_valid : report_valid;
    wr_addr = hash_busy ? hash_wr_addr : cfg_done_addr;
    wr_len = hash_busy ? hash_wr_len : 16'd4;
    wr_data = hash_busy ? hash_wr_data : {480'd0, report};
    busy = state != WAIT || tw_valid || written || unreported || cfg_head != tail || !fetch_idle;
  end

endmodule

`default_nettype wire
