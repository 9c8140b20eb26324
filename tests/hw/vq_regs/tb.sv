// SPDX-License-Identifier: BSD-3-Clause
// Virtqueues end to end: registers, transmit and receive of PF, VFs and firmware against drivers in
// this bench; hostile rings; resets with work in flight; packets per cycle with a round trip of 250.

`default_nettype none

module tb;

  logic clk, rst, slow, busy;
  int   latency, seed, passed, failed;
  initial begin
    clk = 1'b0;
    forever #5 clk = !clk;
  end

  logic        card_valid, card_ready, host_valid, host_ready, bus_write;
  logic [7:0]  bus_fn;
  logic [11:0] bus_addr;
  logic [31:0] bus_wdata, rdata;
  logic [3:0]  bus_wstrb;
  logic        htx_valid, htx_ready, htx_last, htx_drop, hrx_valid, hrx_ready, hrx_last;
  logic [511:0] htx_data, hrx_data;
  logic [5:0]  htx_empty;
  frl_pkg::frame_meta_t htx_meta;
  frl_pkg::rx_meta_t hrx_meta;
  logic        tx_drop_valid, rx_drop_valid, delivered, fw_irq;
  logic [7:0]  tx_drop_reason, rx_drop_reason;
  host host (.*);

  // ---- Reports ----
  task automatic check(input bit good, input string what);
    if (good) passed++;
    else begin
      failed++;
      $display("FAILED: %s (seed %0d, time %0t)", what, seed, $time);
    end
  endtask

  // ---- Registers ----
  task automatic access(input bit card, input bit wr, input int fn, input int off, input int data, input int strb, output int value);
    card_valid <= card;
    host_valid <= !card;
    bus_write  <= wr;
    bus_fn     <= fn[7:0];
    bus_addr   <= off[11:0];
    bus_wdata  <= data;
    bus_wstrb  <= strb[3:0];
    do @(posedge clk); while (!(card_valid && card_ready) && !(host_valid && host_ready));
    value = rdata;
    card_valid <= 1'b0;
    host_valid <= 1'b0;
    @(posedge clk);
  endtask
  task automatic reg_write(input int fn, input int off, input int data, input int strb);
    int unused_value;
    access(fn == 48, 1'b1, fn, off, data, strb, unused_value);
  endtask
  task automatic reg_read(input int fn, input int off, output int value);
    access(fn == 48, 1'b0, fn, off, 0, 0, value);
  endtask

  // ---- Queues: number k = 2 * pair + (transmit); its memory is at k * 128 KiB ----
  int size[128];
  int avail[128];
  int used[128];
  int next_desc[128];
  int next_byte[128];
  int expected[128][4096];
  int expect_in[128];
  int expect_out[128];

  function automatic int desc_at(input int k);
    return k * 'h20000;
  endfunction
  function automatic int avail_at(input int k);
    return k * 'h20000 + 'h4000;
  endfunction
  function automatic int used_at(input int k);
    return k * 'h20000 + 'h5000;
  endfunction
  function automatic int fn_of(input int k);
    return k < 64 ? 0 : k >= 126 ? 48 : 1 + (k - 64) / 2;
  endfunction
  function automatic int hdr_of(input int k);
    return k < 64 || k >= 126 ? 32 : 12;
  endfunction
  function automatic int local_of(input int k);
    return k < 64 ? k : k % 2;
  endfunction

  task automatic status(input int fn, input int value);
    reg_write(fn, 'h14, value, 1);
  endtask
  task automatic function_on(input int fn);
    int value;
    access(1'b1, 1'b1, fn, 'h804, 1, 15, value);
    status(fn, 1);
    status(fn, 3);
    reg_write(fn, 'h08, 1, 15);
    reg_write(fn, 'h0c, 1, 15);
    status(fn, 11);
  endtask
  task automatic queue_on(input int k, input int entries, input int vector);
    size[k]      = entries;
    avail[k]     = 0;
    used[k]      = 0;
    next_desc[k] = 0;
    next_byte[k] = 0;
    expect_in[k]  = 0;
    expect_out[k] = 0;
    for (int i = 0; i < 'h8000; i++) host.mem[k * 'h20000 + i] = '0;
    reg_write(fn_of(k), 'h14, local_of(k) << 16, 12);
    reg_write(fn_of(k), 'h18, (vector << 16) | entries, 15);
    reg_write(fn_of(k), 'h20, desc_at(k), 15);
    reg_write(fn_of(k), 'h28, avail_at(k), 15);
    reg_write(fn_of(k), 'h30, used_at(k), 15);
    reg_write(fn_of(k), 'h1c, 1, 3);
  endtask
  task automatic notify(input int k);
    reg_write(fn_of(k), 'h100, local_of(k), 3);
  endtask

  // Frame's bytes: from its number.
  function automatic logic [7:0] pattern(input int number, input int i);
    int v;
    v = number * 7 + i * 13 + (i / 64) * 5;
    return i < 4 ? number[i*8 +: 8] : v[7:0] ^ v[15:8];
  endfunction

  // A chain of `segs` descriptors over `bytes` bytes; returns its head. Lengths are random cuts.
  task automatic chain(input int k, input int bytes, input int segs, input bit device_writes, output int head);
    int id, following, left, len, at;
    if (next_byte[k] + bytes + 256 > 'h18000) next_byte[k] = 0;
    at   = desc_at(k) + 'h8000 + next_byte[k] + (int'($random) & 63);
    left = bytes;
    head = (next_desc[k] * 5) % size[k];
    for (int s = 0; s < segs; s++) begin
      id        = (next_desc[k] * 5) % size[k];
      following = ((next_desc[k] + 1) * 5) % size[k];
      len = left;
      if (s + 1 < segs) begin
        len = 1 + (int'($random) & 'h7fffffff) % ((int'($random) & 1) != 0 ? 20 : left);
        if (len > left - (segs - 1 - s)) len = left - (segs - 1 - s);
      end
      host.w32(desc_at(k) + id * 16, at);
      host.w32(desc_at(k) + id * 16 + 4, 0);
      host.w32(desc_at(k) + id * 16 + 8, len);
      host.w16(desc_at(k) + id * 16 + 12, (s + 1 < segs ? 1 : 0) | (device_writes ? 2 : 0));
      host.w16(desc_at(k) + id * 16 + 14, following);
      at   += len;
      left -= len;
      next_desc[k]++;
    end
    next_byte[k] = at - desc_at(k) - 'h8000;
  endtask
  task automatic offer(input int k, input int head);
    host.w16(avail_at(k) + 4 + 2 * (avail[k] % size[k]), head);
    avail[k]++;
    host.w16(avail_at(k) + 2, avail[k]);
  endtask
  // Byte `i` of a chain.
  function automatic int byte_at(input int k, input int head, input int i);
    int id, left, len;
    id   = head;
    left = i;
    for (int s = 0; s < 16; s++) begin
      len = host.r32(desc_at(k) + id * 16 + 8);
      if (left < len) return host.r32(desc_at(k) + id * 16) + left;
      left -= len;
      id = host.r16(desc_at(k) + id * 16 + 14);
    end
    return 0;
  endfunction

  // ---- Transmit: frame number n goes out over queue k ----
  task automatic send(input int k, input int n, input int len, input int segs);
    int head, hdr;
    hdr = hdr_of(k);
    chain(k, hdr + len, segs, 1'b0, head);
    for (int i = 0; i < hdr; i++) host.mem[byte_at(k, head, i)] = '0;
    if (hdr == 32) begin
      host.mem[byte_at(k, head, 12)] = 8'd16;
      host.mem[byte_at(k, head, 13)] = 8'd1;
      host.mem[byte_at(k, head, 14)] = {7'd0, n[0]};
    end
    for (int i = 0; i < len; i++) host.mem[byte_at(k, head, hdr + i)] = pattern(n, i);
    expected[k][expect_in[k] % 4096] = (n & 'hffff) | (len << 16);
    expect_in[k]++;
    offer(k, head);
  endtask

  logic [7:0] frame[16384];
  int         frame_len, tx_frames, tx_drops[32], rx_drops[32], deliveries, fw_irqs;
  initial forever begin
    @(posedge clk);
    if (tx_drop_valid) tx_drops[tx_drop_reason[4:0]]++;
    if (rx_drop_valid) rx_drops[rx_drop_reason[4:0]]++;
    if (delivered) deliveries++;
    if (fw_irq) fw_irqs++;
    htx_ready <= !slow || ($random & 3) != 0;
    if (htx_valid && htx_ready) begin
      for (int i = 0; i < 64; i++) frame[frame_len + i] = htx_data[i*8 +: 8];
      frame_len += 64;
      if (htx_last) begin
        frame_len -= int'(htx_empty);
        if (!htx_drop) arrived();
        frame_len = 0;
      end
    end
  end
  // Bits 8 and up of a frame's number say which queue sent it.
  task automatic arrived();
    int k, n, len;
    bit same, meta;
    tx_frames++;
    k = int'(frame[1] & 8'h7f);
    n   = expected[k][expect_out[k] % 4096] & 'hffff;
    len = expected[k][expect_out[k] % 4096] >> 16;
    expect_out[k]++;
    same = frame_len == len && int'(htx_meta.len) == len;
    for (int i = 0; i < len; i++) if (frame[i] != pattern(n, i)) same = 1'b0;
    meta = htx_meta.direct == (hdr_of(k) == 32 && n[0]) && !htx_meta.replica;
    if (hdr_of(k) == 12) meta = meta && int'(htx_meta.src_port) == 16 + (k - 64) / 2;
    else if (n[0]) meta = meta && int'(htx_meta.src_port) == (k < 64 ? 8 : 9) && htx_meta.dst_port == 8'd1;
    else meta = meta && htx_meta.src_port == 8'd16;
    if (!same || !meta) check(1'b0, $sformatf("transmit queue %0d frame %0d length %0d (got %0d) meta %0b", k, n, len, frame_len, meta));
  endtask

  // ---- Receive: frame number n for queue k ----
  task automatic post(input int k, input int bytes, input int segs);
    int head;
    chain(k, bytes, segs, 1'b1, head);
    offer(k, head);
  endtask
  task automatic receive(input int k, input int n, input int len, input bit comes);
    if (comes) begin
      expected[k][expect_in[k] % 4096] = (n & 'hffff) | (len << 16);
      expect_in[k]++;
    end
    hrx_meta.len      <= len[15:0];
    hrx_meta.rxq      <= k[7:0];
    hrx_meta.src_port <= 8'd1;
    hrx_meta.reason   <= n[7:0];
    hrx_meta.mark     <= {16'd0, n[15:0]};
    hrx_meta.rule     <= 20'h12345;
    hrx_meta.rule_hit <= n[1];
    hrx_meta.dst_port <= 8'd16;
    hrx_meta.slow     <= 1'b0;
    for (int b = 0; b < len; b += 64) begin
      for (int i = 0; i < 64; i++) hrx_data[i*8 +: 8] <= b + i < len ? pattern(n, b + i) : 8'd0;
      hrx_last  <= b + 64 >= len;
      hrx_valid <= 1'b1;
      do @(posedge clk); while (!hrx_ready);
    end
    hrx_valid <= 1'b0;
  endtask
  // Look at what the device gave back.
  task automatic reap_rx(input int k);
    int id, len, n, hdr, at, flags;
    bit good;
    hdr = hdr_of(k);
    while (used[k][15:0] != 16'(host.r16(used_at(k) + 2))) begin
      id  = host.r32(used_at(k) + 4 + 8 * (used[k] % size[k]));
      at  = host.r32(used_at(k) + 8 + 8 * (used[k] % size[k]));
      n   = expected[k][expect_out[k] % 4096] & 'hffff;
      len = expected[k][expect_out[k] % 4096] >> 16;
      expect_out[k]++;
      used[k]++;
      good = at == len + hdr && host.mem[byte_at(k, id, 10)] == 8'd1 && host.mem[byte_at(k, id, 0)] == 8'd0;
      if (hdr == 32) begin
        flags = (n[1] ? 2 : 0) | (n[15:0] != '0 ? 4 : 0);
        good = good && host.mem[byte_at(k, id, 12)] == 8'd1 && int'(host.mem[byte_at(k, id, 14)]) == flags;
        good = good && host.mem[byte_at(k, id, 15)] == n[7:0] && host.mem[byte_at(k, id, 17)] == 8'h23;
        good = good && host.mem[byte_at(k, id, 21)] == n[15:8];
      end
      for (int i = 0; i < len; i++) if (host.mem[byte_at(k, id, hdr + i)] != pattern(n, i)) good = 1'b0;
      if (!good) check(1'b0, $sformatf("receive queue %0d frame %0d length %0d", k, n, len));
    end
  endtask
  task automatic reap_tx(input int k);
    while (used[k][15:0] != 16'(host.r16(used_at(k) + 2))) used[k]++;
  endtask

  task automatic settle(input string what);
    int cycles;
    cycles = 0;
    do begin
      @(posedge clk);
      cycles++;
    end while ((busy || cycles < 8) && cycles < 50000);
    check(!busy, {what, ": idle at last"});
  endtask

  `include "cases.svh"

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    void'($urandom(seed));
    for (int i = 0; i < seed; i++) void'($random);
    {card_valid, host_valid, hrx_valid, slow} = '0;
    {passed, failed, frame_len, tx_frames, deliveries, fw_irqs} = '0;
    latency = 10;
    rst = 1'b1;
    repeat (4) @(posedge clk);
    rst <= 1'b0;
    run_cases();
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
