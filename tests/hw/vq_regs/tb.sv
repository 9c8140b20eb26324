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
  logic unused_meta;
  always_comb unused_meta = ^htx_meta;

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
    if (clk) @(negedge clk);
    card_valid = card;
    host_valid = !card;
    bus_write  = wr;
    bus_fn     = 8'(fn & 'hff);
    bus_addr   = 12'(off & 'hfff);
    bus_wdata  = data;
    bus_wstrb  = 4'(strb & 'hf);
    do @(posedge clk); while (!(card_valid && card_ready) && !(host_valid && host_ready));
    value = rdata;
    @(negedge clk);
    card_valid = 1'b0;
    host_valid = 1'b0;
    @(negedge clk);
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
    int unused_value;
    access(1'b1, 1'b1, fn, 'h804, 1, 15, unused_value);
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
    v = i < 4 ? number >> (8 * i) : v ^ (v >> 8);
    return 8'(v & 'hff);
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
  int         frame_len, tx_frames, tx_drops[256], rx_drops[256], deliveries, fw_irqs;
  initial forever begin
    @(posedge clk);
    if (tx_drop_valid) tx_drops[tx_drop_reason]++;
    if (rx_drop_valid) rx_drops[rx_drop_reason]++;
    if (delivered) deliveries++;
    if (fw_irq) fw_irqs++;
    if (htx_valid && htx_ready) begin
      for (int i = 0; i < 64; i++) frame[frame_len + i] = htx_data[i*8 +: 8];
      frame_len += 64;
      if (htx_last) begin
        frame_len -= int'(htx_empty);
        if (!htx_drop) arrived();
        frame_len = 0;
      end
    end
    @(negedge clk);
    htx_ready = !slow || ($random & 3) != 0;
  end
  // Bits 8 and up of a frame's number say which queue sent it.
  task automatic arrived();
    int k, n, len;
    bit same, meta;
    tx_frames++;
    k = int'(frame[1]) & 'h7f;
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
    if (clk) @(negedge clk);
    hrx_meta.len      = len[15:0];
    hrx_meta.rxq      = 8'(k & 'hff);
    hrx_meta.src_port = 8'd1;
    hrx_meta.reason   = n[7:0];
    hrx_meta.mark     = {16'd0, n[15:0]};
    hrx_meta.rule     = 20'h12345;
    hrx_meta.rule_hit = n[1];
    hrx_meta.dst_port = 8'd16;
    hrx_meta.slow     = 1'b0;
    for (int b = 0; b < len; b += 64) begin
      for (int i = 0; i < 64; i++) hrx_data[i*8 +: 8] = b + i < len ? pattern(n, b + i) : 8'd0;
      hrx_last  = b + 64 >= len;
      hrx_valid = 1'b1;
      do @(posedge clk); while (!hrx_ready);
      @(negedge clk);
    end
    hrx_valid = 1'b0;
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

  // ---- Cases ----
  localparam int NEEDS_RESET = 'h40;

  task automatic registers();
    int value;
    reg_read(0, 'h14, value);
    check(value == 0, "status is 0 after reset");
    reg_read(0, 'h10, value);
    check(value == 'h0040ffff, "PF has 64 queues and no vector");
    reg_read(3, 'h10, value);
    check(value == 'h0002ffff, "VF has 2 queues");
    // FEATURES_OK: only a subset of what is offered, and only with VERSION_1.
    access(1'b1, 1'b1, 3, 'h800, 'h20, 15, value);
    access(1'b1, 1'b1, 3, 'h804, 1, 15, value);
    status(3, 3);
    reg_write(3, 'h0c, 'h20, 15);
    status(3, 11);
    reg_read(3, 'h14, value);
    check((value & 255) == 3, "FEATURES_OK needs VERSION_1");
    reg_write(3, 'h08, 1, 15);
    reg_write(3, 'h0c, 3, 15);
    status(3, 11);
    reg_read(3, 'h14, value);
    check((value & 255) == 3, "FEATURES_OK refuses a feature that was not offered");
    reg_write(3, 'h0c, 1, 15);
    status(3, 11);
    reg_read(3, 'h14, value);
    check((value & 255) == 11, "FEATURES_OK stays");
    access(1'b1, 1'b0, 3, 'h808, 0, 0, value);
    check(value == 'h20, "card sees driver features");
    // What a host must not reach.
    access(1'b0, 1'b0, 3, 'h800, 0, 0, value);
    check(value == 0, "host does not see the vendor's half");
    access(1'b0, 1'b1, 3, 'h804, 'h7f, 15, value);
    access(1'b1, 1'b0, 3, 'h804, 0, 0, value);
    check(value == 1, "host does not write the vendor's half");
    access(1'b1, 1'b1, 3, 'h204, 'h11223344, 15, value);
    access(1'b0, 1'b1, 3, 'h204, 0, 15, value);
    reg_read(3, 'h204, value);
    check(value == 'h11223344, "configuration is read-only for the host");
    access(1'b0, 1'b0, 48, 'h10, 0, 0, value);
    check(value == 0, "host does not see the firmware's page");
    access(1'b0, 1'b0, 17, 'h10, 0, 0, value);
    check(value == 0, "no page behind the last VF");
    // Queue selection, sizes.
    reg_write(3, 'h14, 2 << 16, 12);
    reg_read(3, 'h18, value);
    check(value == 0, "a queue that is not there has size 0");
    reg_write(3, 'h14, 1 << 16, 12);
    reg_read(3, 'h18, value);
    check(value == 'hffff0400, "size after reset is the largest");
    reg_write(3, 'h18, 48, 3);
    reg_write(3, 'h1c, 1, 3);
    reg_read(3, 'h1c, value);
    check(value == 0, "a size that is no power of two does not start");
    reg_write(3, 'h18, 'h00050040, 15);
    reg_write(3, 'h1c, 1, 3);
    reg_read(3, 'h1c, value);
    check(value == 1, "queue is enabled");
    reg_read(3, 'h18, value);
    check(value == 'h00050040, "size and vector read back");
    stop(3);
    reg_read(3, 'h1c, value);
    check(value == 0, "reset disables queues");
    // A change of the configuration: generation, ISR.
    function_on(3);
    status(3, 15);
    access(1'b1, 1'b1, 3, 'h810, 1, 1, value);
    settle("configuration change");
    reg_read(3, 'h14, value);
    check(value == 'h0000010f, "generation advances");
    reg_read(3, 'h80, value);
    check(value == 2, "ISR tells configuration change");
    reg_read(3, 'h80, value);
    check(value == 0, "reading clears ISR");
    stop(3);
  endtask

  task automatic stop(input int fn);
    int value, tries;
    status(fn, 0);
    tries = 0;
    do begin
      reg_read(fn, 'h14, value);
      tries++;
    end while ((value & 255) != 0 && tries < 5000);
    check((value & 255) == 0, $sformatf("function %0d resets", fn));
  endtask

  function automatic int random(input int below);
    return (int'($random) & 'h7fffffff) % below;
  endfunction
  function automatic int length_of_frame();
    case (random(8))
      0: return 14 + random(20);
      1: return 1000 + random(600);
      2: return 9216 - random(3);
      default: return 60 + random(140);
    endcase
  endfunction

  // Random frames of several queues at a time, cut at random.
  task automatic transmit_random(input int rtt, input bit stutter);
    int queues[4];
    int k, earlier, sent;
    queues  = '{1, 11, 65, 127};
    latency = rtt;
    slow    = stutter;
    function_on(0);
    function_on(1);
    function_on(48);
    for (int i = 0; i < 4; i++) queue_on(queues[i], 64, 'hffff);
    status(0, 15);
    status(1, 15);
    status(48, 15);
    earlier = tx_frames;
    sent   = 0;
    for (int round = 0; round < 30; round++) begin
      for (int i = 0; i < 4; i++) begin
        k = queues[i];
        for (int j = 0; j < 4; j++) begin
          if (random(3) != 0) begin
            send(k, (k << 8) | random(256), length_of_frame(), 1 + random(16));
            sent++;
          end
        end
        notify(k);
      end
      settle("transmit");
    end
    check(tx_frames - earlier == sent, $sformatf("%0d frames sent, %0d came (round trip %0d)", sent, tx_frames - earlier, rtt));
    for (int i = 0; i < 4; i++) begin
      check(avail[queues[i]] == host.r16(used_at(queues[i]) + 2), "every transmit buffer comes back");
      check(host.r32(used_at(queues[i]) + 8) == 0, "used length of transmit is 0");
    end
    slow = 1'b0;
    stop(0);
    stop(1);
    stop(48);
  endtask

  task automatic receive_random(input int rtt, input bit stutter);
    int queues[4];
    int k, len, n;
    queues  = '{0, 10, 66, 126};
    latency = rtt;
    slow    = stutter;
    function_on(0);
    function_on(2);
    function_on(48);
    for (int i = 0; i < 4; i++) queue_on(queues[i], 64, 'hffff);
    status(0, 15);
    status(2, 15);
    status(48, 15);
    for (int round = 0; round < 30; round++) begin
      for (int j = 0; j < 12; j++) begin
        k   = queues[random(4)];
        len = length_of_frame();
        n   = (k << 8) | random(256);
        // A buffer that just fits, or one with room to spare.
        post(k, len + hdr_of(k) + (random(2) != 0 ? 0 : random(200)), 1 + random(4));
        receive(k, n, len, 1'b1);
        if (avail[k] - used[k] > 3) begin
          settle("receive");
          reap_rx(k);
        end
      end
      settle("receive");
      for (int i = 0; i < 4; i++) reap_rx(queues[i]);
    end
    for (int i = 0; i < 4; i++)
      check(avail[queues[i]] == used[queues[i]] && expect_in[queues[i]] == expect_out[queues[i]], "every frame came into its buffer");
    slow = 1'b0;
    stop(0);
    stop(2);
    stop(48);
  endtask

  // One bad thing in VF 1's ring; VF 2 goes on meanwhile.
  task automatic bad_transmit(input string what, input int kind, input int code);
    int k, head, value, earlier, vf, id;
    k  = 67;
    vf = 2;
    latency = 20;
    function_on(vf);
    queue_on(k, 16, 'hffff);
    status(vf, 15);
    function_on(3);
    queue_on(69, 16, 'hffff);
    status(3, 15);
    earlier = tx_frames;
    send(k, (k << 8) | 1, 100, 1);
    head = (next_desc[k] * 5) % 16;
    id   = desc_at(k) + head * 16;
    send(k, (k << 8) | 2, 100, 2);
    case (kind)
      0: host.w32(id + 4, 'h100);
      1: host.w16(avail_at(k) + 2, 40);
      2: host.w16(avail_at(k) + 4 + 2, 16);
      3: host.w16(id + 14, head);
      4: host.w16(id + 12, 2);
      5: host.w16(id + 12, 5);
      6: host.w32(id + 8, 0);
      7: host.w32(id + 8, 100000);
      8: begin
        host.w32(id + 8, 12);
        host.w16(id + 12, 0);
      end
      9: host.w16(id + 14, 77);
      default: begin
        reg_write(vf, 'h14, 1 << 16, 12);
        host.w16(avail_at(k) + 2, 'hfffe);
      end
    endcase
    send(69, (69 << 8) | 3, 200, 3);
    notify(k);
    notify(69);
    settle(what);
    reg_write(vf, 'h14, 1 << 16, 12);
    reg_read(vf, 'h44, value);
    check(value == code, $sformatf("%s: queue error %0d, got %0d", what, code, value));
    reg_read(vf, 'h14, value);
    check((value & NEEDS_RESET) != 0, {what, ": DEVICE_NEEDS_RESET"});
    access(1'b1, 1'b0, vf, 'h814, 0, 0, value);
    check(((value >> 8) & 255) == 1, {what, ": one queue stopped"});
    check(host.r16(used_at(69) + 2) == 1, {what, ": neighbour goes on"});
    stop(vf);
    access(1'b1, 1'b0, vf, 'h814, 0, 0, value);
    check((value & 'hffff) == 0, {what, ": reset starts over"});
    // It works again.
    function_on(vf);
    queue_on(k, 16, 'hffff);
    status(vf, 15);
    earlier = tx_frames;
    send(k, (k << 8) | 4, 64, 2);
    notify(k);
    settle(what);
    check(tx_frames == earlier + 1, {what, ": works after reset"});
    stop(vf);
    stop(3);
  endtask

  task automatic transmit_headers();
    int head, earlier;
    function_on(1);
    queue_on(65, 16, 'hffff);
    function_on(0);
    queue_on(1, 16, 'hffff);
    status(0, 15);
    status(1, 15);
    earlier = tx_drops[14];
    for (int i = 0; i < 3; i++) begin
      head = (next_desc[65] * 5) % 16;
      send(65, (65 << 8) | i, 60 + 500 * i, 1 + i);
      if (i < 2) begin
        host.mem[byte_at(65, head, i)] = 8'd1;
        expect_in[65]--;
        expected[65][0] = (65 << 8) | 2 | (1060 << 16);
      end
    end
    notify(65);
    settle("headers");
    check(tx_drops[14] == earlier + 2, "offloads that were not negotiated are dropped and counted");
    check(host.r16(used_at(65) + 2) == 3, "and their buffers come back");
    earlier = tx_drops[13];
    head = 0;
    send(1, (1 << 8) | 2, 60, 1);
    host.mem[byte_at(1, head, 12)] = 8'd200;
    notify(1);
    settle("headers");
    check(tx_drops[13] == earlier + 1, "PF cannot inject for a port that does not exist");
    stop(0);
    stop(1);
  endtask

  task automatic receive_faults();
    int value, earlier;
    latency = 30;
    earlier = rx_drops[9];
    receive(66, 66 << 8, 100, 1'b0);
    settle("no driver");
    check(rx_drops[9] == earlier + 1, "a queue that does not run drops with QUEUE_STOPPED");
    function_on(2);
    queue_on(66, 16, 'hffff);
    function_on(3);
    queue_on(68, 16, 'hffff);
    status(2, 15);
    status(3, 15);
    earlier = rx_drops[8];
    receive(66, 66 << 8, 100, 1'b0);
    post(68, 300, 2);
    receive(68, (68 << 8) | 1, 200, 1'b1);
    receive(66, 66 << 8, 3000, 1'b0);
    settle("no buffer");
    check(rx_drops[8] == earlier + 2, "no buffer: dropped with NO_BUFFER");
    reap_rx(68);
    check(used[68] == 1, "while a neighbour gets its frame");
    post(66, 400, 3);
    receive(66, (66 << 8) | 5, 388, 1'b1);
    settle("buffer");
    reap_rx(66);
    check(used[66] == 1, "a buffer posted later takes the next frame");
    earlier = rx_drops[10];
    post(66, 100, 2);
    receive(66, 66 << 8, 89, 1'b0);
    settle("short buffer");
    check(rx_drops[10] == earlier + 1, "short buffer: dropped with BUFFER_SHORT");
    reg_write(2, 'h14, 0, 12);
    reg_read(2, 'h44, value);
    check(value == 4, "short buffer stops the queue with LENGTH");
    post(68, 300, 1);
    host.w16(desc_at(68) + (((next_desc[68] - 1) * 5) % 16) * 16 + 12, 0);
    receive(68, 68 << 8, 64, 1'b0);
    settle("readable buffer");
    reg_write(3, 'h14, 0, 12);
    reg_read(3, 'h44, value);
    check(value == 5, "readable buffer stops the queue with DIRECTION");
    stop(2);
    stop(3);
  endtask

  // Reset with work in flight: nothing is written when status reads 0.
  task automatic reset_in_flight();
    int writes, value;
    latency = 200;
    for (int cut = 0; cut < 12; cut++) begin
      function_on(1);
      queue_on(64, 64, 3);
      queue_on(65, 64, 3);
      status(1, 15);
      for (int i = 0; i < 30; i++) send(65, (65 << 8) | i, 80, 2);
      notify(65);
      for (int i = 0; i < 10; i++) post(64, 200, 2);
      for (int i = 0; i < 12; i++) receive(64, (64 << 8) | i, 150, 1'b1);
      repeat (cut * 70) @(posedge clk);
      stop(1);
      writes = host.writes[1];
      settle("reset in flight");
      check(writes == host.writes[1], "no DMA of a function behind its reset");
      expect_out[65] = expect_in[65];
    end
    // One queue alone, and where it stood.
    function_on(1);
    queue_on(65, 64, 'hffff);
    status(1, 15);
    for (int i = 0; i < 30; i++) send(65, (65 << 8) | i, 80, 2);
    notify(65);
    repeat (650) @(posedge clk);
    reg_write(1, 'h14, 1 << 16, 12);
    reg_write(1, 'h38, 1 << 16, 12);
    reg_read(1, 'h38, value);
    check(value == 'h10001, "queue_reset reads 1 while it works");
    settle("queue reset");
    reg_read(1, 'h38, value);
    check(value == 1, "queue_reset reads 0 when it is done");
    reg_read(1, 'h1c, value);
    check(value == 0, "and the queue is disabled");
    reg_read(1, 'h40, value);
    check(value == host.r16(used_at(65) + 2) && value > 0, "QUEUE_BASE is the used index");
    // Live restart there.
    reg_write(1, 'h40, value, 15);
    reg_write(1, 'h1c, 1, 3);
    expect_out[65] = value;
    settle("restart");
    check(host.r16(used_at(65) + 2) == 30, "a restarted queue goes on without a notification");
    stop(1);
  endtask

  task automatic interrupts();
    int earlier;
    latency = 20;
    function_on(1);
    queue_on(64, 16, 4);
    queue_on(65, 16, 'hffff);
    status(1, 15);
    earlier = host.irqs[1];
    send(65, 65 << 8, 60, 1);
    notify(65);
    settle("interrupt");
    check(host.irqs[1] == earlier, "no vector, no interrupt");
    post(64, 200, 1);
    receive(64, 64 << 8, 60, 1'b1);
    settle("interrupt");
    check(host.irqs[1] == earlier + 1, "one frame, one interrupt");
    host.w16(avail_at(64), 1);
    post(64, 200, 1);
    receive(64, 64 << 8, 60, 1'b1);
    settle("interrupt");
    check(host.irqs[1] == earlier + 1, "VIRTQ_AVAIL_F_NO_INTERRUPT is kept");
    stop(1);
    earlier = fw_irqs;
    function_on(48);
    queue_on(126, 16, 0);
    status(48, 15);
    post(126, 200, 1);
    receive(126, 126 << 8, 60, 1'b1);
    settle("interrupt");
    check(fw_irqs == earlier + 1 && host.irqs[48] == 0, "the firmware's MSI-X is an interrupt of the card");
    stop(48);
  endtask

  // Frames of 60 bytes, one queue; the driver keeps it full. Cycles are counted between frame 512 and 2560.
  task automatic speed(input int k, input int floor_permille);
    int start, first, cycles, permille;
    bit tx;
    tx = k[0];
    latency = 250;
    function_on(fn_of(k));
    queue_on(k, 1024, 'hffff);
    status(fn_of(k), 15);
    for (int i = 0; i < 1000; i++)
      if (tx) send(k, (k << 8) | (i & 255), 60, 1);
      else post(k, 60 + hdr_of(k), 1);
    if (tx) begin
      notify(k);
      start = tx_frames;
      while (tx_frames - start < 300) @(posedge clk);
      first = tx_frames;
      cycles = 0;
      while (tx_frames - first < 600) begin
        @(posedge clk);
        cycles++;
      end
      permille = 600 * 1000 / cycles;
    end else begin
      start  = deliveries;
      first  = 0;
      cycles = 0;
      fork
        for (int i = 0; i < 1000; i++) receive(k, (k << 8) | (i & 255), 60, 1'b1);
        begin
          while (deliveries - start < 300) @(posedge clk);
          while (deliveries - start < 900) begin
            @(posedge clk);
            cycles++;
          end
        end
      join
      permille = 600 * 1000 / cycles;
    end
    settle("speed");
    if (tx) reap_tx(k);
    else reap_rx(k);
    check(used[k] == 1000, "all came");
    $display("queue %0d, 64 B, one queue, round trip 250: 0.%03d packets per cycle", k, permille);
    check(permille >= floor_permille, $sformatf("queue %0d: at least %0d of 1000", k, floor_permille));
    stop(fn_of(k));
  endtask

  task automatic run_cases();
    registers();
    transmit_random(10, 1'b0);
    transmit_random(250, 1'b0);
    transmit_random(0, 1'b1);
    transmit_headers();
    receive_random(10, 1'b0);
    receive_random(250, 1'b0);
    receive_random(0, 1'b1);
    receive_faults();
    bad_transmit("descriptor outside memory", 0, 1);
    bad_transmit("index ran ahead", 1, 2);
    bad_transmit("head outside the table", 2, 2);
    bad_transmit("loop", 3, 3);
    bad_transmit("writable descriptor", 4, 5);
    bad_transmit("indirect descriptor", 5, 6);
    bad_transmit("empty descriptor", 6, 4);
    bad_transmit("frame too long", 7, 4);
    bad_transmit("header alone", 8, 4);
    bad_transmit("next outside the table", 9, 2);
    bad_transmit("index went back", 10, 2);
    reset_in_flight();
    interrupts();
    speed(65, 250);
    speed(1, 250);
    speed(64, 250);
    speed(0, 250);
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    void'($urandom(seed));
    for (int i = 0; i < seed; i++) void'($random);
    {card_valid, host_valid, hrx_valid, slow} = '0;
    {passed, failed, frame_len, tx_frames, deliveries, fw_irqs} = '0;
    latency = 10;
    htx_ready = 1'b1;
    rst = 1'b1;
    repeat (4) @(posedge clk);
    @(negedge clk);
    rst = 1'b0;
    run_cases();
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
