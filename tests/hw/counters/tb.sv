// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Events on every input in every cycle, few ids so that they collide, against exact sums; what stands in host memory is compared
// whenever the module says that it is idle. Counters are cleared under load, writing is switched off and on.
module tb;

  localparam int N_RULES = 64;
  localparam int N_DROPS = 3;
  localparam int AREA = N_RULES + 320;
  localparam logic [63:0] BASE = 64'h7_1234_5640;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic init_done, cfg_enable = 0, sweep_done, idle, busy;
  logic ev_rule_valid = 0, ev_rx_valid = 0, ev_tx_valid = 0, ev_tx_slow = 0, ev_vtx_valid = 0, ev_vtx_slow = 0;
  logic ev_slow_valid = 0, ev_punt_valid = 0;
  logic [19:0] ev_rule_id = 0;
  logic [7:0] ev_rx_port = 0, ev_tx_port = 0, ev_vtx_port = 0, ev_slow_port = 0, ev_punt_reason = 0;
  logic [15:0] ev_rule_len = 0, ev_rx_len = 0, ev_tx_len = 0, ev_vtx_len = 0, ev_slow_len = 0, ev_punt_len = 0;
  logic [N_DROPS-1:0] ev_drop_valid = 0;
  logic [8*N_DROPS-1:0] ev_drop_reason = 0;
  logic clear_valid = 0, clear_ready;
  logic [19:0] clear_id = 0;
  logic wr_valid, wr_ready = 0, wr_irq, wr_last;
  logic [7:0] wr_fn;
  logic [63:0] wr_addr;
  logic [15:0] wr_len;
  logic [511:0] wr_data;

  counters #(
      .N_RULES(N_RULES),
      .N_DROPS(N_DROPS)
  ) dut (
      .clk,
      .rst,
      .init_done,
      .cfg_enable,
      .cfg_base(BASE),
      .sweep_done,
      .idle,
      .busy,
      .ev_rule_valid,
      .ev_rule_id,
      .ev_rule_len,
      .ev_rx_valid,
      .ev_rx_port,
      .ev_rx_len,
      .ev_tx_valid,
      .ev_tx_port,
      .ev_tx_len,
      .ev_tx_slow,
      .ev_vtx_valid,
      .ev_vtx_port,
      .ev_vtx_len,
      .ev_vtx_slow,
      .ev_slow_valid,
      .ev_slow_port,
      .ev_slow_len,
      .ev_punt_valid,
      .ev_punt_reason,
      .ev_punt_len,
      .ev_drop_valid,
      .ev_drop_reason,
      .clear_valid,
      .clear_ready,
      .clear_id,
      .wr_valid,
      .wr_ready,
      .wr_irq,
      .wr_fn,
      .wr_addr,
      .wr_len,
      .wr_data,
      .wr_last
  );

  int passed = 0, failed = 0, seed, cycle = 0;
  initial forever @(posedge clk) cycle++;

  task automatic check(input logic good, input string what);
    if (good) passed++;
    else begin
      failed++;
      if (failed < 10) $display("cycle %0d: %s", cycle, what);
    end
  endtask

  // ---- Host memory ----
  logic [127:0] host[AREA];
  int writes = 0, ready_of = 4;
  logic [63:0] place;

  // A chance of ready_of in eight that a write is taken.
  initial
    forever begin
      @(negedge clk);
      wr_ready = $urandom % 8 < ready_of;
      if (wr_valid && wr_ready && !rst) begin
        place = (wr_addr - BASE) / 16;
        writes++;
        if (wr_addr < BASE || wr_addr[3:0] != 0 || place >= 64'(AREA) || wr_irq || wr_fn != frl_pkg::FN_PF || wr_len != 16 ||
            !wr_last || wr_data[511:128] != 0)
          check(0, "write to a wrong place");
        else host[place[8:0]] = wr_data[127:0];
      end
    end

  // ---- Events and sums ----
  logic [127:0] sums[AREA];
  int load = 0, ids = 1;  // chance of an event in eight, ids in use

  function automatic int add(input int at, input logic [15:0] bytes);
    sums[at] = {sums[at][127:64] + 64'(bytes), sums[at][63:0] + 64'd1};
    add = at;
  endfunction

  function automatic logic event_now();
    event_now = $urandom % 8 < load;
  endfunction

  function automatic logic [7:0] port_now();
    port_now = $urandom % 64 == 0 ? 8'd64 : 8'($urandom % ids);  // 64 is not a port: nothing is counted
  endfunction

  int other;
  logic [N_DROPS-1:0] drops;
  logic [8*N_DROPS-1:0] drop_reasons;
  initial
    forever begin
      @(negedge clk);
      ev_rule_valid = event_now() && init_done;
      ev_rule_id = 20'($urandom % ids);
      ev_rule_len = 16'($urandom);
      if (ev_rule_valid) other = add(32'(ev_rule_id), ev_rule_len);
      ev_rx_valid = event_now();
      ev_rx_port = port_now();
      ev_rx_len = 16'($urandom);
      if (ev_rx_valid && ev_rx_port < 64) other = add(N_RULES + 32'(ev_rx_port) * 4, ev_rx_len);
      ev_tx_valid = event_now();
      ev_tx_port = port_now();
      ev_tx_len = 16'($urandom);
      ev_tx_slow = 1'($urandom);
      if (ev_tx_valid && ev_tx_port < 64) other = add(N_RULES + 32'(ev_tx_port) * 4 + 1, ev_tx_len);
      if (ev_tx_valid && ev_tx_port < 64 && ev_tx_slow) other = add(N_RULES + 32'(ev_tx_port) * 4 + 3, ev_tx_len);
      ev_vtx_valid = event_now();
      ev_vtx_port = port_now();
      ev_vtx_len = 16'($urandom);
      ev_vtx_slow = 1'($urandom);
      if (ev_vtx_valid && ev_vtx_port < 64) other = add(N_RULES + 32'(ev_vtx_port) * 4 + 1, ev_vtx_len);
      if (ev_vtx_valid && ev_vtx_port < 64 && ev_vtx_slow) other = add(N_RULES + 32'(ev_vtx_port) * 4 + 3, ev_vtx_len);
      ev_slow_valid = event_now();
      ev_slow_port = port_now();
      ev_slow_len = 16'($urandom);
      if (ev_slow_valid && ev_slow_port < 64) other = add(N_RULES + 32'(ev_slow_port) * 4 + 2, ev_slow_len);
      ev_punt_valid = event_now();
      ev_punt_reason = 8'($urandom % 12);
      ev_punt_len = 16'($urandom);
      if (ev_punt_valid) other = add(N_RULES + 288 + 32'(ev_punt_reason), ev_punt_len);
      drop_reasons = 24'($urandom);
      for (int k = 0; k < N_DROPS; k++) begin
        drops[k] = event_now();
        drop_reasons[8*k+:8] = 8'(32'(drop_reasons[8*k+:8]) % ids);
        if (drops[k] && drop_reasons[8*k+:8] < 32) other = add(N_RULES + 256 + 32'(drop_reasons[8*k+:8]), 0);
      end
      ev_drop_valid = drops;  // whole: Verilator 5.006 does not see bits written one by one
      ev_drop_reason = drop_reasons;
    end

  // ---- Steps ----
  task automatic run(input int chance, input int of_ids, input int cycles);
    load = chance;
    ids  = of_ids;
    repeat (cycles) @(negedge clk);
    load = 0;
    repeat (2) @(negedge clk);
  endtask

  task automatic compare(input string step);
    int earlier;
    earlier = cycle;
    while (busy && cycle - earlier < 100000) @(negedge clk);
    check(idle && !busy, {step, ": never idle"});
    for (int i = 0; i < AREA; i++)
      if (host[i] != sums[i]) begin
        check(0, {step, ": wrong counter"});
        if (failed < 10) $display("counter %0d: packets, bytes %h, expected %h", i, host[i], sums[i]);
      end else passed++;
  endtask

  // A clear is asked for while no event is on its counter, as the update engine does after a drain.
  task automatic clear(input logic [19:0] id);
    clear_id = id;
    clear_valid = 1;
    sums[32'(id)] = 0;
    @(negedge clk);
    while (!clear_ready) @(negedge clk);
    clear_valid = 0;
    check(!cfg_enable || host[clear_id[8:0]] == 0, "ready before zeros stand in host memory");
    @(negedge clk);
  endtask

  int earlier;
  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    $display("seed %0d", seed);
    void'($urandom(seed));
    for (int i = 0; i < AREA; i++) {host[i], sums[i]} = 0;
    repeat (4) @(negedge clk);
    rst = 0;
    while (!init_done) @(negedge clk);

    run(4, 5, 500);
    check(writes == 0 && idle && !busy, "written or busy while off");
    cfg_enable = 1;
    while (!sweep_done) @(negedge clk);
    compare("switched on");
    earlier = writes;
    repeat (100) @(negedge clk);
    check(writes == earlier, "writes while nothing happens");

    run(8, 1, 3000);  // one event per cycle and source, all on one counter
    compare("one id");
    run(8, 2, 3000);
    compare("two ids");
    run(8, 64, 10000);
    compare("all ids");
    ready_of = 1;
    run(2, 64, 5000);
    compare("slow host");
    ready_of = 8;
    run(1, 7, 5000);
    compare("fast host");

    // The last event falls on every cycle between a counter's being taken from the list and its being written.
    for (int i = 0; i < 96; i++) begin
      run(8, 1 + i % 2, 40 + i % 32);
      compare("end of a burst");
    end

    for (int i = 0; i < 40; i++) begin  // ids 0 to 39 are busy, those above are cleared and used again
      load = 8;
      ids  = 40;
      clear(20'(40 + $urandom % 24));
      if (i % 4 == 0) begin
        run(8, 64, 20);
        repeat (2) @(negedge clk);
      end
    end
    load = 0;
    compare("cleared");

    for (int i = 0; i < 10; i++) begin  // off and on at any time
      load = 3;
      ids  = 64;
      repeat ($urandom % 3000) @(negedge clk);
      cfg_enable = 0;
      repeat (1 + $urandom % 40) @(negedge clk);
      cfg_enable = 1;
    end
    load = 0;
    while (!sweep_done) @(negedge clk);
    compare("off and on");

    cfg_enable = 0;
    repeat (40) @(negedge clk);
    run(5, 64, 500);
    clear(20'd3);
    check(!busy, "busy while off");
    for (int i = 0; i < AREA; i++) host[i] = 0;  // a new host with fresh memory
    cfg_enable = 1;
    while (!sweep_done) @(negedge clk);
    compare("fresh memory");
    check(sums[N_RULES+256+1] != 0 && sums[N_RULES+256+1][127:64] == 0, "drops were counted with bytes");

    if (other < 0) failed++;
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

  initial begin
    #4000000;
    $display("%0d passed, %0d failed: hangs", passed, failed + 1);
    $finish;
  end

endmodule

`default_nettype wire
