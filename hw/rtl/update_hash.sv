// SPDX-License-Identifier: BSD-3-Clause
// Operation HASH of the update ring: reads keys from card memory and writes the sum nh of each back (hw/data/chip.toml,
// [hash]). A key is a read of three beats, one beat is summed in a cycle; sums leave eight at a time.
//
// At most 16 keys are asked for and not written back, and there is room for as many sums: so completions are always
// taken, and those of others never wait behind them. The sum of a key that could not be read is 0.

`default_nettype none

module update_hash (
  input  wire logic         clk,
  input  wire logic         rst,

  // Pulse: begin; the arguments are held until `done`. Addresses and stride are multiples of 8, count is 1 to 1,024.
  input  wire logic         start,
  input  wire logic [63:0]  src,
  input  wire logic [63:0]  dst,
  input  wire logic [31:0]  stride,
  input  wire logic [10:0]  count,
  output logic              busy,
  // Pulses: all sums were handed to the write port; a key could not be read.
  output logic              done,
  output logic              failed,

  // Read of card memory; completions of these reads only.
  output logic              rd_valid,
  input  wire logic         rd_ready,
  output logic      [63:0]  rd_addr,
  input  wire logic         cpl_valid,
  input  wire logic [511:0] cpl_data,
  input  wire logic         cpl_last,
  input  wire logic         cpl_error,

  // Write of card memory, one beat each.
  output logic              wr_valid,
  input  wire logic         wr_ready,
  output logic      [63:0]  wr_addr,
  output logic      [15:0]  wr_len,
  output logic      [511:0] wr_data
);

  localparam logic [1279:0] NH = frl_pkg::NH_KEY;
  localparam logic [10:0] WINDOW = 11'd16;

  // ---- Reads: as long as there is room for their sums ----
  logic [10:0] asked, written;

  always_ff @(posedge clk) begin
    if (rd_valid && rd_ready) begin
      rd_valid <= 1'b0;
      rd_addr  <= rd_addr + {32'd0, stride};
      asked    <= asked + 11'd1;
    end else if (busy && asked < count && asked - written < WINDOW) begin
      rd_valid <= 1'b1;
    end
    if (start) begin
      rd_addr <= src;
      asked   <= 11'd0;
    end
    if (rst) rd_valid <= 1'b0;
  end

  // ---- Four stages: add the hash's key, multiply pairs of words, sum them, sum the beats of a key ----
  logic [1:0]   beat;
  logic         v1, v2, v3, first1, first2, first3, last1, last2, last3, error1, error2, error3, short1, short2;
  logic [511:0] nh_beat, word1, prod2;
  logic [63:0]  low3, high3, sum;

  always_comb begin
    unique case (beat)
      2'd0: nh_beat = NH[511:0];
      2'd1: nh_beat = NH[1023:512];
      default: nh_beat = {256'd0, NH[1279:1024]};
    endcase
  end

  logic [63:0] acc;
  always_comb sum = (first3 ? 64'd0 : acc) + low3 + high3;

  always_ff @(posedge clk) begin
    {v1, v2, v3} <= {cpl_valid, v1, v2};
    if (cpl_valid) begin
      for (int i = 0; i < 16; i++) word1[32*i+:32] <= cpl_data[32*i+:32] + nh_beat[32*i+:32];
      first1 <= beat == 2'd0;
      short1 <= beat == 2'd2;  // its upper half is behind the key
      last1  <= cpl_last;
      error1 <= cpl_error;
      beat   <= cpl_last ? 2'd0 : beat + 2'd1;
    end
    if (v1) begin
      for (int i = 0; i < 8; i++) prod2[64*i+:64] <= {32'd0, word1[64*i+:32]} * {32'd0, word1[64*i+32+:32]};
      {first2, short2, last2, error2} <= {first1, short1, last1, error1};
    end
    if (v2) begin
      low3  <= prod2[63:0] + prod2[127:64] + prod2[191:128] + prod2[255:192];
      high3 <= short2 ? 64'd0 : prod2[319:256] + prod2[383:320] + prod2[447:384] + prod2[511:448];
      {first3, last3, error3} <= {first2, last2, error2};
    end
    if (v3) acc <= sum;
    failed <= v3 && last3 && error3;
    if (rst) begin
      {v1, v2, v3, failed} <= 4'd0;
      beat <= 2'd0;
    end
  end

  // ---- Sums: eight make a beat, which moves on when the one before it was written ----
  logic [10:0]  summed;
  logic [511:0] group;
  logic         full, wr_free;
  logic [3:0]   in_group, wr_sums;

  always_comb wr_free = !wr_valid || wr_ready;

  always_ff @(posedge clk) begin
    if (wr_valid && wr_ready) begin
      wr_valid <= 1'b0;
      wr_addr  <= wr_addr + 64'd64;
      written  <= written + 11'(wr_sums);
    end
    if (full && wr_free) begin
      wr_valid <= 1'b1;
      wr_data  <= group;
      wr_sums  <= in_group;
      full     <= 1'b0;
    end
    if (v3 && last3) begin
      group[{summed[2:0], 6'd0}+:64] <= error3 ? 64'd0 : sum;
      summed <= summed + 11'd1;
      in_group <= {1'b0, summed[2:0]} + 4'd1;
      full <= summed[2:0] == 3'd7 || summed + 11'd1 == count;
    end
    done <= 1'b0;
    if (busy && written == count) begin
      busy <= 1'b0;
      done <= 1'b1;
    end
    if (start) begin
      busy    <= 1'b1;
      wr_addr <= dst;
      summed  <= 11'd0;
      written <= 11'd0;
    end
    if (rst) begin
      busy     <= 1'b0;
      done     <= 1'b0;
      full     <= 1'b0;
      wr_valid <= 1'b0;
    end
  end

  always_comb wr_len = {9'd0, wr_sums, 3'd0};

endmodule

`default_nettype wire
