// SPDX-License-Identifier: BSD-3-Clause
// Waits until the slots that were in use when it was asked have ended: slots end in their order, so it
// is enough to follow the count.

`default_nettype none

module vq_drain (
  input  wire logic       clk,
  input  wire logic       rst,

  // Pulses: begin, and the end of it.
  input  wire logic       drain_start,
  output logic            drain_done,

  // Next slot to be given out; slots that end in this cycle, 0 to 8; something else is not yet done.
  input  wire logic [7:0] slot_alloc,
  input  wire logic [3:0] ended,
  input  wire logic       late
);

  logic [7:0] slot_end, used, to_go;
  logic       active;

  // Slots in use after this cycle; never all 256.
  always_comb used = slot_alloc - slot_end - 8'(ended);

  always_ff @(posedge clk) begin
    slot_end   <= slot_end + 8'(ended);
    drain_done <= active && to_go == '0 && !late;
    if (drain_start) begin
      active <= 1'b1;
      to_go  <= used;
    end else if (active) begin
      to_go <= to_go <= 8'(ended) ? '0 : to_go - 8'(ended);
      if (to_go == '0 && !late) active <= 1'b0;
    end
    if (rst) begin
      slot_end   <= '0;
      active     <= 1'b0;
      drain_done <= 1'b0;
    end
  end

endmodule

`default_nettype wire
