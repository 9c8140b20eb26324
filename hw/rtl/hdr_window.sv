// SPDX-License-Identifier: BSD-3-Clause
// Cuts a window out of a header vector: the bytes from `at` on, 0 behind its end. One stage. It moves by powers of two,
// the long steps first: each throws away what cannot come into the window any more.

`default_nettype none

module hdr_window #(
  // Bytes of the window.
  parameter int BYTES = 40
) (
  input  wire logic               clk,
  input  wire logic               load,
  input  wire logic [2047:0]      hdr,
  input  wire logic [7:0]         at,
  output logic      [8*BYTES-1:0] window
);

  always_ff @(posedge clk) begin
    if (load) begin : cut
      logic [2047:0] left;
      left = hdr;
      for (int i = 7; i >= 0; i--) if (at[i]) left = left >> (8 << i);
      window <= left[8*BYTES-1:0];
    end
  end

endmodule

`default_nettype wire
