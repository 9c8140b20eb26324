// SPDX-License-Identifier: BSD-3-Clause
// Frames of random length, each cut in one way as it goes in and in another as it comes out, with pauses on all sides
// and rubbish above the bytes of each piece. Every byte must come out once and in order; what is cleared away is gone.

`default_nettype none

module tb;

  localparam int FRAMES = 3000;

  logic clk = 0;
  logic rst = 1;
  initial forever #2 clk = !clk;

  logic         clear = 0, in_valid = 0, in_ready, take_valid = 0, take_fire, out_valid, out_ready = 0;
  logic [511:0] in_data = '0, out_data;
  logic [6:0]   in_bytes = 7'd1, take_bytes = 7'd1;

  vq_repack dut (
      .clk,
      .rst,
      .clear,
      .in_valid,
      .in_ready,
      .in_data,
      .in_bytes,
      .take_valid,
      .take_fire,
      .take_bytes,
      .out_valid,
      .out_ready,
      .out_data
  );

  int passed = 0, failed = 0, seed;
  int given = 0, wanted = 0, seen = 0, total;  // bytes of this frame
  int pieces[$];  // taken and not yet looked at
  logic [7:0] salt = 0;

  function automatic logic [7:0] byte_at(input int at);
    byte_at = 8'(at * 37 + (at >> 6) * 11) + salt;
  endfunction

  function automatic int piece(input int left);
    piece = $urandom_range(3) == 0 ? 64 : $urandom_range(64, 1);
    if (piece > left) piece = left;
  endfunction

  function automatic void offer();
    in_valid = given < total && $urandom_range(3) != 0;
    in_bytes = 7'(piece(total - given));
    for (int i = 0; i < 64; i++) in_data[8*i+:8] = i < 32'(in_bytes) ? byte_at(given + i) : 8'($urandom);
  endfunction

  function automatic void want();
    take_valid = wanted < total && $urandom_range(3) != 0;
    take_bytes = 7'(piece(total - wanted));
  endfunction

  function automatic void look();
    int n;
    n = pieces.pop_front();
    for (int i = 0; i < n; i++) begin
      if (out_data[8*i+:8] != byte_at(seen + i)) begin
        failed++;
        if (failed < 10) $display("byte %0d is %02x, not %02x", seen + i, out_data[8*i+:8], byte_at(seen + i));
      end
    end
    seen += n;
  endfunction

  // Whatever was transferred at the edge between is known by what stood before it.
  task automatic cycle();
    logic got, took, left;
    #1;
    got = in_valid && in_ready;
    took = take_fire;
    left = out_valid && out_ready;
    if (took && !take_valid) failed++;
    if (left) look();
    if (took) pieces.push_back(32'(take_bytes));
    if (got) given += 32'(in_bytes);
    if (took) wanted += 32'(take_bytes);
    @(negedge clk);
    if (got || !in_valid) offer();
    if (took || !take_valid) want();
    out_ready = $urandom_range(3) != 0;
  endtask

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    void'($urandom(seed));
    repeat (3) @(negedge clk);
    rst = 0;
    for (int f = 0; f < FRAMES; f++) begin
      salt = 8'($urandom);
      total = $urandom_range(400, 1);
      {given, wanted, seen} = 96'd0;
      while (seen < total) cycle();
      passed++;
      // Bytes that nobody takes, and are forgotten.
      if (f % 8 == 7) begin
        total = $urandom_range(63, 1);
        {given, wanted, seen} = 96'd0;
        in_valid = 1;
        in_bytes = 7'(total);
        in_data = '1;
        take_valid = 1;
        take_bytes = 7'd64;
        @(negedge clk);
        in_valid = 0;
        take_valid = 0;
        clear = 1;
        @(negedge clk);
        clear = 0;
      end
    end
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

  initial begin
    #4000000;
    $display("a frame does not come out\n%0d passed, %0d failed", passed, failed + 1);
    $finish;
  end

endmodule

`default_nettype wire
