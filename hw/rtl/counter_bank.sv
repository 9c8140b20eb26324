// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Packet and byte counters in block RAM, one event per cycle on the same or different ids, exact. A list names those
// that changed since they were last taken from it, each once.
//
// Events own both ports of the counter RAM, so reads for the list's user go to a second copy, and a clear never
// writes it: it marks the counter, and the next event or read takes the old value as zero. Marks with two writers
// are pairs of bits, one written by either side; the mark is set while the two differ. They stand in block RAM, a copy
// for each reader.
module counter_bank #(
    parameter int N = 1024  // counters, a power of two
) (
    input  wire  clk,
    input  wire  rst,
    output logic init_done,  // counters are zero after reset; no events before

    input wire                 ev_valid,
    input wire [$clog2(N)-1:0] ev_id,
    input wire [         15:0] ev_len,

    output logic                 changed,  // the list is not empty, or an event is on its way to it
    output logic                 list_valid,
    input  wire                  take,       // take one from the list, with list_valid
    output logic [$clog2(N)-1:0] list_id,    // in the next cycle; and it must be given to unlist then
    input  wire                  unlist,     // from the cycle after next on, an event puts list_id on the list again

    input  wire                  re,        // read, not before the second cycle after unlist or clear
    input  wire  [$clog2(N)-1:0] rd_at,
    output logic [        127:0] rd_value,  // one cycle after re: packets in the lower half, bytes in the upper

    input wire                 clear,
    input wire [$clog2(N)-1:0] clear_at,

    output logic [$clog2(N)-1:0] top  // highest id that ever had an event
);

  localparam int A = $clog2(N);
  if ((1 << A) != N || N < 2) $error("N must be a power of two");

  // ---- Reset: all counters are marked as zero, none as changed ----
  logic [A-1:0] sweep_at;
  always_ff @(posedge clk) begin
    if (!init_done) sweep_at <= sweep_at + 1'b1;
    if (&sweep_at) init_done <= 1'b1;
    if (rst) begin
      sweep_at  <= '0;
      init_done <= 1'b0;
    end
  end

  // ---- Marks: what either side writes ----
  logic [A-1:0] ev_at, ctl_dirty_at, ctl_zero_at;
  logic zero_ev_we, zero_ev_to, dirty_ev_we, dirty_ev_to;
  logic zero_ctl_we, zero_ctl_to, dirty_ctl_we, dirty_ctl_to;

  // ---- Event: read, then add and write ----
  logic v1;
  logic [A-1:0] id1;
  logic [15:0] len1;
  logic [127:0] read1, sum, base;
  logic again;  // the event before was on the same counter: its sum is not in read1
  logic [127:0] sum_reg;
  logic zero1, dirty1, zero_ev1, zero_ctl1, dirty_ev1, dirty_ctl1;

  always_comb begin
    zero1 = 1'b0;
    dirty1 = 1'b0;
    base = again ? sum_reg : read1;
    if (v1) begin
      zero1  = zero_ev1 != zero_ctl1;
      dirty1 = dirty_ev1 != dirty_ctl1;
      if (zero1) base = 128'd0;
    end
    sum = {base[127:64] + {48'd0, len1}, base[63:0] + 64'd1};
  end

  logic [127:0] mem[N];
  logic [127:0] copy[N];

  always_ff @(posedge clk) begin
    v1 <= ev_valid && !rst;
    if (ev_valid) begin
      id1   <= ev_id;
      len1  <= ev_len;
      read1 <= mem[ev_id];
      again <= v1 && id1 == ev_id;
    end
    if (v1) begin
      sum_reg  <= sum;
      mem[id1] <= sum;
      copy[id1] <= sum;
      if (id1 > top) top <= id1;
    end
    if (rst) top <= '0;
  end

  always_comb begin
    ev_at = init_done ? id1 : sweep_at;
    zero_ev_we = !init_done || (v1 && zero1);
    zero_ev_to = init_done && zero_ctl1;
    dirty_ev_we = !init_done || (v1 && !dirty1);
    dirty_ev_to = init_done && !dirty_ctl1;
  end

  mark_ram #(.N(N)) zero_ev (
      .clk, .we(zero_ev_we), .wr_at(ev_at), .wr_mark(zero_ev_to), .re(ev_valid), .rd_at(ev_id), .rd_mark(zero_ev1)
  );
  mark_ram #(.N(N)) zero_ctl (
      .clk, .we(zero_ctl_we), .wr_at(ctl_zero_at), .wr_mark(zero_ctl_to), .re(ev_valid), .rd_at(ev_id), .rd_mark(zero_ctl1)
  );
  mark_ram #(.N(N)) dirty_ev (
      .clk, .we(dirty_ev_we), .wr_at(ev_at), .wr_mark(dirty_ev_to), .re(ev_valid), .rd_at(ev_id), .rd_mark(dirty_ev1)
  );
  mark_ram #(.N(N)) dirty_ctl (
      .clk, .we(dirty_ctl_we), .wr_at(ctl_dirty_at), .wr_mark(dirty_ctl_to), .re(ev_valid), .rd_at(ev_id), .rd_mark(dirty_ctl1)
  );

  // ---- The list: every counter is on it at most once, so N places are enough ----
  logic [A-1:0] list[N];
  logic [A:0] put_at, take_at;

  always_comb begin
    list_valid = put_at != take_at;
    changed = list_valid || v1;
  end

  always_ff @(posedge clk) begin
    if (v1 && !dirty1) begin
      list[put_at[A-1:0]] <= id1;
      put_at <= put_at + 1'b1;
    end
    if (take) begin
      list_id <= list[take_at[A-1:0]];
      take_at <= take_at + 1'b1;
    end
    if (rst) begin
      put_at  <= '0;
      take_at <= '0;
    end
  end

  // ---- Control side: the event side's bit is read, and a cycle later the own bit is made equal (unlist) or not (clear) ----
  logic unlist1, clear1, dirty_seen, zero_seen;
  logic [A-1:0] unlist_at1, clear_at1;

  always_ff @(posedge clk) begin
    unlist1 <= unlist && !rst;
    clear1 <= clear && !rst;
    if (unlist) unlist_at1 <= list_id;
    if (clear) clear_at1 <= clear_at;
  end

  mark_ram #(.N(N)) dirty_ev_unlist (
      .clk, .we(dirty_ev_we), .wr_at(ev_at), .wr_mark(dirty_ev_to), .re(unlist), .rd_at(list_id), .rd_mark(dirty_seen)
  );
  mark_ram #(.N(N)) zero_ev_clear (
      .clk, .we(zero_ev_we), .wr_at(ev_at), .wr_mark(zero_ev_to), .re(clear), .rd_at(clear_at), .rd_mark(zero_seen)
  );

  always_comb begin
    ctl_dirty_at = init_done ? unlist_at1 : sweep_at;
    dirty_ctl_we = !init_done || unlist1;
    dirty_ctl_to = init_done && dirty_seen;
    ctl_zero_at = init_done ? clear_at1 : sweep_at;
    zero_ctl_we = !init_done || clear1;
    zero_ctl_to = !init_done || !zero_seen;
  end

  // ---- Reads: marks and copy as they are before this cycle's event ----
  logic [127:0] copy_read;
  logic zero_ev_read, zero_ctl_read;

  mark_ram #(.N(N), .FORWARD(1'b0)) zero_ev_rd (
      .clk, .we(zero_ev_we), .wr_at(ev_at), .wr_mark(zero_ev_to), .re, .rd_at, .rd_mark(zero_ev_read)
  );
  mark_ram #(.N(N), .FORWARD(1'b0)) zero_ctl_rd (
      .clk, .we(zero_ctl_we), .wr_at(ctl_zero_at), .wr_mark(zero_ctl_to), .re, .rd_at, .rd_mark(zero_ctl_read)
  );

  always_ff @(posedge clk) if (re) copy_read <= copy[rd_at];
  always_comb rd_value = zero_ev_read != zero_ctl_read ? 128'd0 : copy_read;

endmodule

`default_nettype wire
