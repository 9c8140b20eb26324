// SPDX-License-Identifier: BSD-3-Clause
// Bench of ingress: three sources with random frames, room for headers and payload that comes and goes. Byte i of
// frame n of source s is known from the three, and meta.mark says n.

`default_nettype none

module tb;

  localparam int N_SRC = 3;
  localparam int META_W = $bits(hdr_meta);
  localparam int N_FRAMES = 3000;
  localparam logic [7:0] PORTS[N_SRC] = '{8'd0, 8'd17, 8'd200};

  logic clk = 1'b0;
  logic rst = 1'b1;
  initial forever #1 clk = !clk;

  logic                    busy, hdr_room = 1'b0, hdr_take, pay_room = 1'b0, pay_take, hdr_valid, pay_valid;
  logic                    ev_rx_valid, drop_valid;
  logic [N_SRC-1:0]        src_valid = '0, src_ready, src_last = '0;
  logic [N_SRC*512-1:0]    src_data = '0;
  logic [N_SRC*6-1:0]      src_empty = '0;
  logic [N_SRC*META_W-1:0] src_meta = '0;
  logic [2047:0]           hdr_data;
  frl_pkg::frame_meta_t    hdr_meta;
  logic [511:0]            pay_data;
  logic [63:0]             cfg_enable = '0;
  logic [7:0]              ev_rx_port;
  logic [15:0]             ev_rx_len;

  ingress #(.N_SRC(N_SRC), .META_W(META_W)) dut (.*);

  int passed, failed, seed, wrong;
  int stall;             // chance in 256 that there is no room
  int long;              // chance in 256 of a frame with payload
  logic [63:0] enable;

  function automatic logic chance(input int of);
    return ($urandom & 32'hff) < of;
  endfunction

  function automatic logic [7:0] content(input int s, input int n, input int i);
    return 8'(s * 101 + n * 37 + i * 5 + (i >> 8) * 3 + 1);
  endfunction

  // ---- Sources ----

  int limit;             // frames of each source
  int lengths[N_SRC][N_FRAMES];
  int next_n[N_SRC], drops, rx_events, rx_bytes, taken, cycles;

  for (genvar s = 0; s < N_SRC; s++) begin : source
    logic         v = 1'b0, last;
    logic [511:0] data;
    logic [5:0]   empty;
    int           at, len;
    frl_pkg::frame_meta_t meta;

    initial forever @(posedge clk) begin
      if (rst) begin
        {v, at} = 0;
        next_n[s] = 0;
        meta = '0;
      end else begin
        if (src_valid[s] && src_ready[s]) begin
          v = 1'b0;
          at = last ? 0 : at + 64;
          if (last) next_n[s]++;
        end
        if (!v && next_n[s] < limit) begin
          if (at == 0) begin
            len = chance(long) ? 1 + int'($urandom % 900) : 1 + int'($urandom % 64);
            lengths[s][next_n[s]] = len;
            meta.len = 16'(len);
            meta.src_port = PORTS[s];
            meta.mark = next_n[s];
          end
          v = 1'b1;
          last = len - at <= 64;
          empty = last ? 6'(64 - (len - at)) : 6'd0;
          for (int i = 0; i < 64; i++) data[8*i+:8] = content(s, next_n[s], at + i);
        end
      end
    end

    always @(negedge clk) begin
      src_valid[s] <= v;
      src_last[s] <= last;
      src_data[s*512+:512] <= data;
      src_empty[s*6+:6] <= empty;
      src_meta[s*META_W+:META_W] <= meta;
    end
  end

  always @(negedge clk) begin
    hdr_room <= !chance(stall);
    pay_room <= !chance(stall);
    cfg_enable <= enable;
  end

  // ---- What comes out ----

  int cur_s, cur_n, cur_len, cur_at;  // frame whose payload is awaited, and its bytes seen
  int got[N_SRC];                     // frames of each source, so far

  task automatic new_frame();
    if (cur_at < cur_len) wrong++;
    cur_s = hdr_meta.src_port == PORTS[0] ? 0 : hdr_meta.src_port == PORTS[1] ? 1 : 2;
    cur_n = hdr_meta.mark;
    if (cur_s == 2 || !enable[hdr_meta.src_port[5:0]]) wrong++;
    else begin
      if (cur_n != got[cur_s[1:0]]) wrong++;
      cur_len = lengths[cur_s[1:0]][cur_n[11:0]];
      got[cur_s[1:0]]++;
      if (32'(hdr_meta.len) != cur_len) wrong++;
      for (int i = 0; i < 256; i++)
        if (hdr_data[8*i+:8] != (i < cur_len ? content(cur_s, cur_n, i) : 8'd0)) begin
          wrong++;
          break;
        end
      cur_at = 256;
    end
  endtask

  initial forever @(posedge clk) begin
    if (rst) begin
      {cur_at, cur_len, drops, rx_events, rx_bytes, taken, wrong, cycles} = 0;
      for (int s = 0; s < N_SRC; s++) got[s] = 0;
    end else begin
      cycles++;
      if (hdr_take && !hdr_room || pay_take && !pay_room) wrong++;
      if (pay_valid) begin
        if (cur_at >= cur_len) wrong++;
        for (int i = 0; i < 64; i++)
          if (pay_data[8*i+:8] != (cur_at + i < cur_len ? content(cur_s, cur_n, cur_at + i) : 8'd0)) begin
            wrong++;
            break;
          end
        cur_at += 64;
      end
      if (hdr_valid) new_frame();
      if (hdr_valid) taken++;
      if (drop_valid) drops++;
      if (ev_rx_valid) begin
        rx_events++;
        rx_bytes += 32'(ev_rx_len);
        if (ev_rx_port != PORTS[0] && ev_rx_port != PORTS[1]) wrong++;
      end
      if ($countones(src_valid & src_ready) > 1) wrong++;
    end
  end

  // Frames that pass and frames that are dropped; source 2 names a port that cannot exist.
  task automatic round(input string name, input int stall_, input int long_, input logic [63:0] enable_, input int most);
    int left, bytes_, good;
    stall = stall_;
    long = long_;
    enable = enable_;
    limit = N_FRAMES;
    rst = 1'b1;
    repeat (4) @(negedge clk);
    rst = 1'b0;
    left = 400000;
    repeat (4) @(negedge clk);
    while (left > 0 && (busy || src_valid != '0)) begin
      @(negedge clk);
      left--;
    end
    {bytes_, good} = 0;
    for (int s = 0; s < 2; s++)
      if (enable[PORTS[s][5:0]]) begin
        good += N_FRAMES;
        if (got[s] != N_FRAMES) wrong++;
        for (int n = 0; n < N_FRAMES; n++) bytes_ += lengths[s][n];
      end
    if (left == 0 || wrong != 0 || taken != good || rx_events != good || rx_bytes != bytes_ || drops != 3 * N_FRAMES - good
        || (most != 0 && cycles > most)) begin
      failed++;
      $display("%s: %0d wrong, %0d frames, %0d dropped, %0d cycles, seed %0d", name, wrong, taken, drops, cycles, seed);
    end else passed++;
  endtask

  logic unused;
  assign unused = &{1'b0, hdr_meta, cur_s, cur_n};

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    void'($urandom(seed));
    round("a frame per cycle", 0, 0, '1, 3 * N_FRAMES + 20);
    round("long and short", 0, 128, '1, 0);
    round("no room now and then", 128, 100, '1, 0);
    round("a source that is disabled", 40, 100, ~(64'd1 << 17), 0);
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
