// SPDX-License-Identifier: BSD-3-Clause
// Bench of frame_fifo: random frames, good and bad, through one that drops when full and one that waits.
// Byte i of frame n is known from n and i, so that what comes out says which frame it is.

`default_nettype none

module tb;

  localparam int DEPTH = 256;
  localparam int N_FRAMES = 3000;

  logic clk = 1'b0;
  logic rst = 1'b1;
  initial forever #1 clk = !clk;

  int passed, failed, seed;

  // Chance in 256.
  function automatic logic chance(input int of);
    return ($urandom & 32'hff) < of;
  endfunction

  function automatic logic [7:0] content(input int n, input int i);
    return 8'(n * 37 + i * 5 + (i >> 8) * 3);
  endfunction

  function automatic int random_length();
    int sizes[8];
    sizes = '{1, 13, 14, 60, 64, 65, 9216, 9217};
    if (chance(128)) return 1 + int'($urandom % 400);
    if (chance(4)) return 9100 + int'($urandom % 700);
    return sizes[$urandom%8] > 9000 && !chance(20) ? 64 : sizes[$urandom%8];
  endfunction

  int gap, stall;        // chances in 256 of a wait
  logic [1:0] rest;      // both are through

  for (genvar b = 0; b < 2; b++) begin : side  // 0: drops when full, 1: waits

    logic         in_valid = 1'b0, in_ready, in_last = 1'b0, in_error = 1'b0, in_discard = 1'b0, in_short_ok = 1'b0;
    logic [511:0] in_data = '0;
    logic [5:0]   in_empty = '0;
    logic [31:0]  in_meta = '0;
    logic         out_valid, out_ready = 1'b0, out_last, busy, drop_valid;
    logic [511:0] out_data;
    logic [5:0]   out_empty;
    logic [31:0]  out_meta;
    logic [15:0]  out_len;
    logic [7:0]   drop_reason;

    frame_fifo #(.DEPTH(DEPTH), .META_W(32), .BACKPRESSURE(b == 1)) dut (.*);

    // What the next clock edge will see; set at one edge, driven between the two.
    logic         v, last, error, discard, short_ok, r;
    logic [511:0] data;
    logic [5:0]   empty;
    int           n, at, len;          // frame under way, its bytes sent and in all
    int           used, worst;         // beats stored, and the most while this frame came
    int           lengths[N_FRAMES+1];
    logic [7:0]   fate[N_FRAMES+1];    // 0: comes out, else enum drop, or 255: goes without a word
    int           out_n, out_at, wrong, drops, overflows;

    always @(negedge clk) begin
      in_valid <= v;
      in_last <= last;
      in_error <= error;
      in_discard <= discard;
      in_short_ok <= short_ok;
      in_data <= data;
      in_empty <= empty;
      in_meta <= 32'(n) ^ 32'h5a5a0000;
      out_ready <= r;
    end

    // What becomes of the frame if there is room.
    function automatic logic [7:0] fate_of();
      if (len > 9216 || error) return frl_pkg::DROP_WIRE_ERROR;
      if (len < 14 && !short_ok) return frl_pkg::DROP_RUNT;
      return discard ? 8'd255 : 8'd0;
    endfunction

    initial forever @(posedge clk) begin
      if (rst) begin
        {v, last, n, at, used, worst, out_n, out_at, drops, overflows, r} = 0;
        wrong = 0;
      end else begin
        // Drop reports come one cycle after the last beat; they name the fate that the model has for the frame.
        if (drop_valid) begin
          drops++;
          if (drop_reason == frl_pkg::DROP_RX_OVERFLOW) begin
            overflows++;
            if (b == 1 || worst < DEPTH - 1) wrong++;
            fate[n-1] = frl_pkg::DROP_RX_OVERFLOW;
          end else if (drop_reason != fate[n-1]) wrong++;
        end
        if (out_valid && out_ready) begin
          while (fate[out_n] != 8'd0 && out_n < n) out_n++;
          if (32'(out_len) != lengths[out_n] || out_meta != (32'(out_n) ^ 32'h5a5a0000)) wrong++;
          if (out_last != (out_at + 64 >= lengths[out_n])) wrong++;
          for (int i = 0; i < 64; i++)
            if (out_at + i < lengths[out_n] && out_data[8*i+:8] != content(out_n, out_at + i)) begin
              wrong++;
              break;
            end
          if (out_last && 32'(out_empty) != out_at + 64 - lengths[out_n]) wrong++;
          out_at = out_last ? 0 : out_at + 64;
          if (out_last) out_n++;
          used--;
        end
        if (in_valid && in_ready) begin
          used++;
          if (used > worst) worst = used;
          at += 64;
          v = 1'b0;
          if (in_last) begin
            lengths[n] = len;
            fate[n] = fate_of();
            n++;
            at = 0;
          end
        end
        if (in_valid && !in_ready && b == 0) wrong++;
        // A frame that was dropped holds nothing; when all is empty, so is the model.
        if (!busy && at == 0) {used, worst} = 0;
        else if (at == 0 && !drop_valid) worst = used;
        if (!v && n < N_FRAMES && !chance(gap)) begin
          if (at == 0) begin
            len = random_length();
            error = chance(20);
            discard = chance(20) && b == 1;
            short_ok = chance(128);
          end
          v = 1'b1;
          last = len - at <= 64;
          empty = last ? 6'(64 - (len - at)) : 6'd0;
          for (int i = 0; i < 64; i++) data[8*i+:8] = content(n, at + i);
        end
        r = !chance(stall);
        rest[b] = n == N_FRAMES && !busy;
      end
    end
  end

  task automatic round(input string name, input int gap_, input int stall_, input logic full);
    int left, wrong0, wrong1, rest0, rest1;
    gap = gap_;
    stall = stall_;
    rst = 1'b1;
    repeat (4) @(negedge clk);
    rst = 1'b0;
    repeat (4) @(negedge clk);
    left = 400000;
    while (rest != 2'b11 && left > 0) begin
      @(negedge clk);
      left--;
    end
    repeat (3) @(negedge clk);
    wrong0 = side[0].wrong;
    wrong1 = side[1].wrong;
    rest0 = 0;
    rest1 = 0;
    for (int i = side[0].out_n; i < N_FRAMES; i++) if (side[0].fate[i] == 8'd0) rest0++;
    for (int i = side[1].out_n; i < N_FRAMES; i++) if (side[1].fate[i] == 8'd0) rest1++;
    if (left == 0) $display("%s: not at rest", name);
    if (wrong0 != 0 || wrong1 != 0) $display("%s: %0d and %0d wrong", name, wrong0, wrong1);
    if (rest0 != 0 || rest1 != 0) $display("%s: %0d and %0d frames did not come out", name, rest0, rest1);
    if (full != (side[0].overflows != 0)) $display("%s: %0d overflows", name, side[0].overflows);
    if (left == 0 || wrong0 != 0 || wrong1 != 0 || rest0 != 0 || rest1 != 0 || full != (side[0].overflows != 0)) begin
      failed++;
      $display("%s: seed %0d", name, seed);
    end else passed++;
  endtask

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    void'($urandom(seed));
    round("back to back", 0, 0, 1'b0);
    round("gaps and stalls", 128, 64, 1'b0);
    round("slow output", 0, 220, 1'b1);
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
