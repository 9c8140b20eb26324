// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Reads the update ring ahead: up to eight entries a read, up to two reads on their way, into a buffer of 32 entries.
//
// When a read fails, what it asked for is read again entry by entry: only entries that cannot be read themselves are
// marked bad. Reads behind it that are on their way are thrown away first, so that the order stays.
module update_fetch (
    input wire clk,
    input wire rst,
    input wire go,  // reads may begin

    // Registers, see update.
    input wire [63:0] cfg_ring_addr,
    input wire [31:0] cfg_ring_size,
    input wire [31:0] cfg_head,
    input wire [31:0] tail,

    output logic idle,     // nothing was asked for that is not there
    input  wire  skip_all,  // pulse, when idle and nothing is there: all entries before cfg_head are done with

    // DMA read; completions of these reads only.
    output logic         rd_valid,
    input  wire          rd_ready,
    output logic [ 63:0] rd_addr,
    output logic [ 15:0] rd_len,
    input  wire          cpl_valid,
    input  wire  [511:0] cpl_data,
    input  wire          cpl_last,
    input  wire          cpl_error,

    // The next entry is in the buffer, in this slot; bad: it could not be read; take it.
    output logic        there,
    output logic        bad,
    output logic [ 4:0] slot,
    input  wire         take,

    // A beat of the buffer, one cycle after it is asked for: slot, and beat of the entry.
    input  wire          beat_read,
    input  wire  [  6:0] beat_at,
    output logic [511:0] beat
);

  localparam logic [31:0] BATCH = 32'd8;
  localparam logic [31:0] ROOM = 32'd32 - BATCH;

  // ---- Buffer ----
  logic [511:0] buffer[128];
  logic [6:0] wr_at;

  always_ff @(posedge clk) begin
    if (cpl_valid) buffer[wr_at] <= cpl_data;
    if (beat_read) beat <= buffer[beat_at];
  end

  // ---- Requests: not beyond the ring's end, entry by entry after a failure. Three steps ----
  localparam logic [1:0] LOOK = 2'd0, SIZE = 2'd1, ASK = 2'd2;
  logic [1:0] step;
  logic [31:0] asked;  // entries ever asked for
  logic [31:0] want, to_end, at;
  logic [3:0] batch;
  logic [1:0] reads;  // on their way
  logic [3:0] first_len, second_len;  // their entries
  logic [3:0] retry;  // entries that are to be read one by one
  logic flush;  // a read failed: throw away what is behind it
  logic may_ask, got, asking;

  always_comb begin
    may_ask = go && !flush && (retry == 4'd0 ? !reads[1] : reads == 2'd0) && asked - tail <= ROOM;
    batch = want < BATCH ? want[3:0] : BATCH[3:0];
    if (to_end < {28'd0, batch}) batch = to_end[3:0];
    if (retry != 4'd0) batch = 4'd1;
    asking = rd_valid && rd_ready;
    got = cpl_valid && cpl_last;
    idle = step == LOOK && reads == 2'd0 && !flush;
  end

  logic [3:0] rd_entries;
  always_comb rd_len = {4'd0, rd_entries, 8'd0};

  always_ff @(posedge clk) begin
    unique case (step)
      LOOK: begin
        want <= cfg_head - asked;
        at <= asked & (cfg_ring_size - 32'd1);
        if (may_ask && cfg_head != asked && size_ok) step <= SIZE;
      end
      SIZE: begin
        to_end <= cfg_ring_size - at;
        step <= may_ask ? ASK : LOOK;
      end
      default:
      if (!rd_valid) begin
        rd_valid <= 1'b1;
        rd_addr <= cfg_ring_addr + {24'd0, at, 8'd0};
        rd_entries <= batch;
      end else if (rd_ready) begin
        rd_valid <= 1'b0;
        asked <= asked + {28'd0, rd_entries};
        step <= LOOK;
      end
    endcase
    if (flush && reads == 2'd0 && step == LOOK) asked <= kept;
    if (skip_all) asked <= cfg_head;
    if (rst) begin
      step <= LOOK;
      rd_valid <= 1'b0;
      asked <= 32'd0;
    end
  end

  logic size_ok;
  always_ff @(posedge clk) size_ok <= cfg_ring_size != 32'd0 && (cfg_ring_size & (cfg_ring_size - 32'd1)) == 32'd0;

  // ---- Completions ----
  logic [31:0] kept;  // entries ever put into the buffer for good, whatever became of them
  logic [5:0] count;  // of them, not taken yet
  logic [31:0] bad_slots;  // by slot
  logic good, marked;

  always_comb begin
    good   = got && !flush && !cpl_error;
    marked = got && !flush && cpl_error && retry != 4'd0;  // could not be read even alone
    there  = count != 6'd0;
    bad    = bad_slots[slot];
  end

  logic [3:0] more;
  logic [4:0] next_slot;  // to be filled
  always_comb more = good ? first_len : {3'd0, marked};

  always_ff @(posedge clk) begin
    if (cpl_valid) wr_at <= wr_at + 7'd1;
    if (got) begin
      wr_at <= {next_slot + {1'b0, more}, 2'd0};
      first_len <= second_len;
      if (!flush && retry != 4'd0) retry <= retry - 4'd1;
      if (cpl_error && !flush && retry == 4'd0) begin
        flush <= 1'b1;
        retry <= first_len;
      end
    end
    if (asking && (reads == 2'd0 || (reads == 2'd1 && got))) first_len <= rd_entries;
    else if (asking) second_len <= rd_entries;
    reads <= reads + {1'b0, asking} - {1'b0, got};
    kept <= kept + {28'd0, more};
    next_slot <= next_slot + {1'b0, more};
    count <= count + {2'd0, more} - {5'd0, take};
    if (marked) bad_slots[next_slot] <= 1'b1;
    if (take) begin
      slot <= slot + 5'd1;
      bad_slots[slot] <= 1'b0;
    end
    if (flush && reads == 2'd0 && step == LOOK) flush <= 1'b0;
    if (skip_all) kept <= cfg_head;
    if (rst) begin
      wr_at <= 7'd0;
      reads <= 2'd0;
      retry <= 4'd0;
      flush <= 1'b0;
      kept <= 32'd0;
      count <= 6'd0;
      slot <= 5'd0;
      next_slot <= 5'd0;
      bad_slots <= 32'd0;
    end
  end

endmodule

`default_nettype wire
