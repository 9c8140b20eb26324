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
  logic [3:0] over;
  logic       active;

  // Slots in use; never all 256. Ends count a cycle later.
  always_comb used = slot_alloc - slot_end - 8'(over);

  always_ff @(posedge clk) begin
    over       <= ended;
    slot_end   <= slot_end + 8'(over);
    drain_done <= active && to_go == '0 && !late;
    if (drain_start) begin
      active <= 1'b1;
      to_go  <= used;
    end else if (active) begin
      to_go <= to_go <= 8'(over) ? '0 : to_go - 8'(over);
      if (to_go == '0 && !late) active <= 1'b0;
    end
    if (rst) begin
      over       <= '0;
      slot_end   <= '0;
      active     <= 1'b0;
      drain_done <= 1'b0;
    end
  end

endmodule

`default_nettype wire
