// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Sixteen slices of the TCAM: for each five bits of the key a LUT RAM of 32 rows that says which entries take this value,
// one bit an entry, and a parity bit. One stage. A row is changed in two cycles: the sixteen bits around the entry's are
// read, and written with that bit. Parity changes with the bit, so that a row that was bad stays bad.
module tcam_slices #(
    parameter int N_TCAM = 64  // entries
) (
    input wire clk,

    input  wire               in_valid,
    input  wire  [      79:0] in_key,
    output logic [N_TCAM-1:0] out_match,  // all sixteen slices match, one cycle after in_valid
    output logic              out_bad,    // a row that was read has wrong parity

    input wire                      clear,     // write zero rows
    input wire                      wr_read,   // first cycle of a change
    input wire                      wr_write,  // second one; all of the following is held in both
    input wire [               4:0] wr_at,     // row, of all slices
    input wire [$clog2(N_TCAM)-1:0] wr_entry,
    input wire                      wr_set,    // the entry is valid
    input wire [              79:0] wr_key,
    input wire [              79:0] wr_care    // bits of the key that are compared
);
  /* verilator no_inline_module */

  localparam int A = $clog2(N_TCAM);

  // The sixteen bits that are read and written, as one-hot number and as bit in them.
  logic [N_TCAM/16-1:0] chunk, wr_chunks;
  logic [15:0] sel;

  always_comb begin
    for (int c = 0; c < N_TCAM / 16; c++) chunk[c] = (wr_entry >> 4) == A'(c);
    sel = 16'd1 << wr_entry[3:0];
    wr_chunks = clear ? '1 : wr_write ? chunk : '0;
  end

  for (genvar s = 0; s < 16; s++) begin : slices
    logic [N_TCAM-1:0] mem[32];
    logic parity[32];
    logic [15:0] old;
    logic old_parity, set;

    always_ff @(posedge clk)
      if (wr_read) begin
        for (int c = 0; c < N_TCAM / 16; c++) if (chunk[c]) old <= mem[wr_at][16*c+:16];
        old_parity <= parity[wr_at];
        set <= wr_set && ((wr_at ^ wr_key[5*s+:5]) & wr_care[5*s+:5]) == 5'd0;
      end

    always_ff @(posedge clk)
      if (clear || wr_write) begin
        for (int c = 0; c < N_TCAM / 16; c++)
          if (wr_chunks[c]) mem[wr_at][16*c+:16] <= clear ? 16'd0 : set ? old | sel : old & ~sel;
        parity[wr_at] <= !clear && (old_parity ^ set ^ (|(old & sel)));
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
      out_bad <= (^slices[0].mem[in_key[4:0]] ^ slices[0].parity[in_key[4:0]]) ||
                 (^slices[1].mem[in_key[9:5]] ^ slices[1].parity[in_key[9:5]]) ||
                 (^slices[2].mem[in_key[14:10]] ^ slices[2].parity[in_key[14:10]]) ||
                 (^slices[3].mem[in_key[19:15]] ^ slices[3].parity[in_key[19:15]]) ||
                 (^slices[4].mem[in_key[24:20]] ^ slices[4].parity[in_key[24:20]]) ||
                 (^slices[5].mem[in_key[29:25]] ^ slices[5].parity[in_key[29:25]]) ||
                 (^slices[6].mem[in_key[34:30]] ^ slices[6].parity[in_key[34:30]]) ||
                 (^slices[7].mem[in_key[39:35]] ^ slices[7].parity[in_key[39:35]]) ||
                 (^slices[8].mem[in_key[44:40]] ^ slices[8].parity[in_key[44:40]]) ||
                 (^slices[9].mem[in_key[49:45]] ^ slices[9].parity[in_key[49:45]]) ||
                 (^slices[10].mem[in_key[54:50]] ^ slices[10].parity[in_key[54:50]]) ||
                 (^slices[11].mem[in_key[59:55]] ^ slices[11].parity[in_key[59:55]]) ||
                 (^slices[12].mem[in_key[64:60]] ^ slices[12].parity[in_key[64:60]]) ||
                 (^slices[13].mem[in_key[69:65]] ^ slices[13].parity[in_key[69:65]]) ||
                 (^slices[14].mem[in_key[74:70]] ^ slices[14].parity[in_key[74:70]]) ||
                 (^slices[15].mem[in_key[79:75]] ^ slices[15].parity[in_key[79:75]]);
    end

endmodule

`default_nettype wire
