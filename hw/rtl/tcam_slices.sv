// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Sixteen slices of the TCAM: for each five bits of the key a LUT RAM of 32 rows that says which entries take this value.
// Thirteen entries and a parity bit are a chunk of fourteen bits, which is what a RAM32M16 holds: nothing of a row is ever
// read to be changed, a chunk is made anew from the keys and masks of its thirteen entries, a bit in each cycle.
// Lookups take one stage.
module tcam_slices #(
    parameter int N_TCAM = 64,  // entries
    localparam int CHUNKS = (N_TCAM + 12) / 13,
    localparam int W = 14 * CHUNKS
) (
    input wire clk,

    input  wire          in_valid,
    input  wire  [ 79:0] in_key,
    output logic [W-1:0] out_match,  // of the sixteen rows that are read: AND of each bit, one cycle after in_valid
    output logic [W-1:0] out_odd,    // XOR of each bit: even in every chunk while no bit has flipped

    input wire              clear,      // write zero rows
    input wire              wr_shift,   // the next entry's bit of the chunk's row wr_value
    input wire [       4:0] wr_value,
    input wire              wr_live,    // the entry takes keys
    input wire [      79:0] wr_key,
    input wire [      79:0] wr_care,    // bits of the key that are compared
    input wire              wr_write,   // the thirteen bits that came last become row wr_at
    input wire [       4:0] wr_at,
    input wire [CHUNKS-1:0] wr_chunk    // one-hot
);
  /* verilator no_inline_module */

  logic [CHUNKS-1:0] wr_chunks;
  always_comb wr_chunks = clear ? '1 : wr_write ? wr_chunk : '0;

  for (genvar s = 0; s < 16; s++) begin : slices
    logic [W-1:0] mem[32];
    logic [12:0] bits;

    always_ff @(posedge clk)
      if (wr_shift)
        bits <= {wr_live && ((wr_value ^ wr_key[5*s+:5]) & wr_care[5*s+:5]) == 5'd0, bits[12:1]};

    // A whole row, so that Verilator has one write of a slice to look after; synthesis makes write enables of it.
    always_ff @(posedge clk)
      if (clear || wr_write) begin : write
        logic [W-1:0] row;
        row = mem[wr_at];
        for (int c = 0; c < CHUNKS; c++) if (wr_chunks[c]) row[14*c+:14] = clear ? 14'd0 : {^bits, bits};
        mem[wr_at] <= row;
      end
  end

  // Written out, so that Verilator has nothing to do in a cycle without a lookup.
  always_ff @(posedge clk)
    if (in_valid) begin
      out_match <= slices[0].mem[in_key[4:0]] & slices[1].mem[in_key[9:5]] & slices[2].mem[in_key[14:10]] &
                   slices[3].mem[in_key[19:15]] & slices[4].mem[in_key[24:20]] & slices[5].mem[in_key[29:25]] &
                   slices[6].mem[in_key[34:30]] & slices[7].mem[in_key[39:35]] & slices[8].mem[in_key[44:40]] &
                   slices[9].mem[in_key[49:45]] & slices[10].mem[in_key[54:50]] & slices[11].mem[in_key[59:55]] &
                   slices[12].mem[in_key[64:60]] & slices[13].mem[in_key[69:65]] & slices[14].mem[in_key[74:70]] &
                   slices[15].mem[in_key[79:75]];
      out_odd <= slices[0].mem[in_key[4:0]] ^ slices[1].mem[in_key[9:5]] ^ slices[2].mem[in_key[14:10]] ^
                 slices[3].mem[in_key[19:15]] ^ slices[4].mem[in_key[24:20]] ^ slices[5].mem[in_key[29:25]] ^
                 slices[6].mem[in_key[34:30]] ^ slices[7].mem[in_key[39:35]] ^ slices[8].mem[in_key[44:40]] ^
                 slices[9].mem[in_key[49:45]] ^ slices[10].mem[in_key[54:50]] ^ slices[11].mem[in_key[59:55]] ^
                 slices[12].mem[in_key[64:60]] ^ slices[13].mem[in_key[69:65]] ^ slices[14].mem[in_key[74:70]] ^
                 slices[15].mem[in_key[79:75]];
    end

endmodule

`default_nettype wire
