// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Every register of chip and ports: value after reset, reads, writes byte by byte, what cannot be written, bits that are
// cleared by writing ones while events set them, addresses where nothing is, and the way to the function pages.
module tb;

  localparam int N_WIRES = 3;
  localparam int WORDS = 1024;  // of the block of chip registers
  localparam int ROUNDS = 20000;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic busy, card_valid = 0, card_ready, card_write = 0, irq_card, fn_valid, fn_ready = 0;
  logic [19:0] card_addr = 0;
  logic [31:0] card_wdata = 0, card_rdata, fn_rdata = 0;
  logic [3:0] card_wstrb = 0;
  logic [7:0] fn_number;
  logic [63:0] port_enable, port_tunnel, upd_ring, upd_done, cnt_base;
  logic [319:0] port_slow_pair;
  logic [1023:0] port_max_len;
  logic [31:0] upd_ring_size, upd_head, upd_tail = 0;
  logic [2:0] upd_error = 0;
  logic cnt_enable, cnt_swept = 0, cnt_idle = 0;
  logic [15:0] vxlan_port, geneve_port;
  logic [127:0] gnv_sel;
  logic fw_irq = 0, upd_irq = 0, event_valid = 0;
  logic [5:0] event_fn = 0;
  logic [N_WIRES-1:0] link = 0;

  regs #(
      .N_WIRES(N_WIRES),
      .N_VFS(5),
      .N_BANKS(7),
      .BANK_SLOTS(2048),
      .N_TCAM(32),
      .N_RULES(12345),
      .N_LEGS(678),
      .N_ENCAPS(90),
      .N_TEAMS(11)
  ) dut (
      .*
  );

  int passed = 0, failed = 0, seed;

  task automatic check(input logic good, input string what);
    if (good) passed++;
    else begin
      failed++;
      if (failed < 20) $display("register %05x: %s", card_addr, what);
    end
  endtask

  // ---- The bus: inputs change at the falling edge ----
  logic [31:0] got;

  task automatic access(input logic write, input logic [19:0] addr, input logic [31:0] data, input logic [3:0] strb);
    int left;
    {card_valid, card_write, card_addr, card_wdata, card_wstrb} = {1'b1, write, addr, data, strb};
    left = 10;
    do begin
      @(posedge clk);
      left--;
    end while (!card_ready && left > 0);
    got = card_rdata;
    check(card_ready, "no answer");
    @(negedge clk);
    card_valid = 0;
    @(negedge clk);
  endtask

  task automatic expect_read(input logic [19:0] addr, input logic [31:0] value, input string what);
    access(0, addr, 0, 0);
    check(got == value, $sformatf("%s: %08x, not %08x", what, got, value));
  endtask

  function automatic logic [31:0] bytes_of(input logic [3:0] strb);
    for (int i = 0; i < 4; i++) bytes_of[8*i+:8] = {8{strb[i]}};
  endfunction

  // ---- Plain registers of the chip: value, and bits that can be written ----
  logic [31:0] value[WORDS], writable[WORDS];

  task automatic plain(input logic [11:0] offset, input logic [31:0] reset, input logic [31:0] bits);
    value[10'(offset>>2)] = reset;
    writable[10'(offset>>2)] = bits;
  endtask

  function automatic logic [31:0] now(input logic [11:0] offset);
    now = value[10'(offset>>2)];
  endfunction

  task automatic describe();
    for (int i = 0; i < WORDS; i++) {value[i], writable[i]} = 0;
    plain(frl_pkg::REG_CHIP_ID, frl_pkg::CHIP_ID, 0);
    plain(frl_pkg::REG_CHIP_VERSION, frl_pkg::CHIP_VERSION, 0);
    plain(frl_pkg::REG_CHIP_CAP_PORTS, {8'd0, 8'(frl_pkg::PF_PAIRS), 8'd5, 8'd3}, 0);
    plain(frl_pkg::REG_CHIP_CAP_BANKS, {16'd2048, 8'd0, 8'd7}, 0);
    plain(frl_pkg::REG_CHIP_CAP_TCAM, 32, 0);
    plain(frl_pkg::REG_CHIP_CAP_RULES, 12345, 0);
    plain(frl_pkg::REG_CHIP_CAP_LEGS, 678, 0);
    plain(frl_pkg::REG_CHIP_CAP_ENCAPS, 90, 0);
    plain(frl_pkg::REG_CHIP_CAP_TEAMS, 11, 0);
    plain(frl_pkg::REG_CHIP_IRQ_ENABLE, 0, '1);
    plain(frl_pkg::REG_CHIP_UPD_RING_LO, 0, '1);
    plain(frl_pkg::REG_CHIP_UPD_RING_HI, 0, '1);
    plain(frl_pkg::REG_CHIP_UPD_RING_SIZE, 0, '1);
    plain(frl_pkg::REG_CHIP_UPD_HEAD, 0, '1);
    plain(frl_pkg::REG_CHIP_UPD_DONE_LO, 0, '1);
    plain(frl_pkg::REG_CHIP_UPD_DONE_HI, 0, '1);
    plain(frl_pkg::REG_CHIP_CNT_BASE_LO, 0, '1);
    plain(frl_pkg::REG_CHIP_CNT_BASE_HI, 0, '1);
    plain(frl_pkg::REG_CHIP_CNT_CTRL, 0, 1);
    plain(frl_pkg::REG_CHIP_VXLAN_PORT, 4789, 32'hffff);
    plain(frl_pkg::REG_CHIP_GENEVE_PORT, 6081, 32'hffff);
    for (int i = 0; i < 4; i++) plain(frl_pkg::REG_CHIP_GNV_SEL + 12'(4 * i), 0, 32'h9fffffff);
  endtask

  // What the registers say to the chip is what was written.
  task automatic check_outputs();
    check(upd_ring == {now(frl_pkg::REG_CHIP_UPD_RING_HI), now(frl_pkg::REG_CHIP_UPD_RING_LO)}, "upd_ring");
    check(upd_done == {now(frl_pkg::REG_CHIP_UPD_DONE_HI), now(frl_pkg::REG_CHIP_UPD_DONE_LO)}, "upd_done");
    check(cnt_base == {now(frl_pkg::REG_CHIP_CNT_BASE_HI), now(frl_pkg::REG_CHIP_CNT_BASE_LO)}, "cnt_base");
    check(upd_ring_size == now(frl_pkg::REG_CHIP_UPD_RING_SIZE), "upd_ring_size");
    check(upd_head == now(frl_pkg::REG_CHIP_UPD_HEAD), "upd_head");
    check(32'(cnt_enable) == now(frl_pkg::REG_CHIP_CNT_CTRL), "cnt_enable");
    check(32'(vxlan_port) == now(frl_pkg::REG_CHIP_VXLAN_PORT), "vxlan_port");
    check(32'(geneve_port) == now(frl_pkg::REG_CHIP_GENEVE_PORT), "geneve_port");
    for (int i = 0; i < 4; i++) check(gnv_sel[32*i+:32] == now(frl_pkg::REG_CHIP_GNV_SEL + 12'(4 * i)), "gnv_sel");
  endtask

  // ---- Registers with a life of their own ----
  function automatic logic special(input logic [11:0] offset);
    special = offset == frl_pkg::REG_CHIP_IRQ_STATUS || offset == frl_pkg::REG_CHIP_LINK || offset == frl_pkg::REG_CHIP_FN_EVENT0 ||
              offset == frl_pkg::REG_CHIP_FN_EVENT1 || offset == frl_pkg::REG_CHIP_UPD_TAIL || offset == frl_pkg::REG_CHIP_UPD_ERROR;
  endfunction

  task automatic test_reset_values();
    for (int i = 0; i < WORDS; i++) if (!special(12'(4 * i))) expect_read(20'(4 * i), value[i], "after reset");
    for (int i = 0; i < WORDS; i++) if (special(12'(4 * i))) expect_read(20'(4 * i), 0, "after reset");
    for (int p = 0; p < 64; p++)
      expect_read(20'h1000 + 20'(16 * p), 32'(p == 32'(frl_pkg::PORT_HOST) || p == 32'(frl_pkg::PORT_FW)), "port after reset");
    check_outputs();
  endtask

  // Random bytes anywhere in the chip's block.
  task automatic test_writes();
    logic [9:0]  i;
    logic [31:0] data, bits;
    logic [3:0]  strb;
    for (int round = 0; round < ROUNDS; round++) begin
      i = 10'($urandom % ($urandom % 4 == 0 ? WORDS : 40));
      if (special({i, 2'd0})) continue;
      data = $urandom;
      strb = $urandom % 4 == 0 ? 4'($urandom) : '1;
      bits = bytes_of(strb) & writable[i];
      access(1, {8'd0, i, 2'd0}, data, strb);
      value[i] = (value[i] & ~bits) | (data & bits);
      if ($urandom % 4 == 0) check_outputs();
      if ($urandom % 2 == 0) expect_read({8'd0, i, 2'd0}, value[i], "after a write");
    end
    for (int j = 0; j < WORDS; j++) if (!special(12'(4 * j))) expect_read(20'(4 * j), value[j], "at the end");
  endtask

  task automatic test_ports();
    logic [31:0] ctrl[64];
    logic [5:0]  p;
    logic [31:0] data, bits;
    logic [3:0]  strb;
    for (int i = 0; i < 64; i++) ctrl[i] = 32'(i == 32'(frl_pkg::PORT_HOST) || i == 32'(frl_pkg::PORT_FW));
    for (int round = 0; round < 2000; round++) begin
      p = 6'($urandom);
      data = $urandom;
      strb = 4'($urandom);
      bits = bytes_of(strb) & 32'hffff1f03;
      access(1, 20'h1000 + {10'd0, p, 4'd0}, data, strb);
      ctrl[p] = (ctrl[p] & ~bits) | (data & bits);
      access(1, 20'h1004 + {10'd0, p, 4'd0} + 20'(4 * ($urandom % 3)), ~data, '1);  // nothing is there
      p = 6'($urandom);
      expect_read(20'h1000 + {10'd0, p, 4'd0}, ctrl[p], "port");
    end
    for (int i = 0; i < 64; i++) begin
      check(port_enable[i] == ctrl[i][0] && port_tunnel[i] == ctrl[i][1], $sformatf("port %0d: bits", i));
      check(port_slow_pair[5*i+:5] == ctrl[i][12:8] && port_max_len[16*i+:16] == ctrl[i][31:16], $sformatf("port %0d: numbers", i));
      for (int k = 1; k < 4; k++) expect_read(20'h1000 + 20'(16 * i + 4 * k), 0, "behind a port");
    end
  endtask

  // Bits that events set and ones clear; an event in the cycle of the clearing write is not lost.
  task automatic test_events();
    logic [31:0] ones;
    logic [63:0] events;
    logic [2:0]  errors;
    events = 0;
    errors = 0;
    for (int round = 0; round < 2000; round++) begin
      event_valid = $urandom % 2 == 0;
      event_fn = 6'($urandom);
      upd_error = 3'($urandom) & 3'($urandom);
      @(negedge clk);
      if (event_valid) events[event_fn] = 1;
      errors |= upd_error;
      {event_valid, upd_error} = 0;
      ones = $urandom;
      case ($urandom % 6)
        0: begin
          access(1, 20'(frl_pkg::REG_CHIP_FN_EVENT0), ones, '1);
          events[31:0] &= ~ones;
        end
        1: begin
          access(1, 20'(frl_pkg::REG_CHIP_FN_EVENT1), ones, 4'b0110);
          events[63:32] &= ~(ones & 32'h00ffff00);
        end
        2: begin
          access(1, 20'(frl_pkg::REG_CHIP_UPD_ERROR), ones, '1);
          errors &= ~ones[2:0];
        end
        3: expect_read(20'(frl_pkg::REG_CHIP_FN_EVENT0), events[31:0], "FN_EVENT0");
        4: expect_read(20'(frl_pkg::REG_CHIP_FN_EVENT1), events[63:32], "FN_EVENT1");
        default: expect_read(20'(frl_pkg::REG_CHIP_UPD_ERROR), {29'd0, errors}, "UPD_ERROR");
      endcase
    end
    // Set and cleared at once: it stays.
    {card_valid, card_write, card_addr, card_wdata, card_wstrb} = {1'b1, 1'b1, 20'(frl_pkg::REG_CHIP_FN_EVENT0), 32'hffffffff, 4'hf};
    {event_valid, event_fn, upd_error} = {1'b1, 6'd7, 3'd0};
    @(negedge clk);
    event_valid = 0;
    @(negedge clk);
    card_valid = 0;
    @(negedge clk);
    expect_read(20'(frl_pkg::REG_CHIP_FN_EVENT0), 32'h80, "an event in the cycle of its clearing");
  endtask

  task automatic test_interrupts();
    logic [3:0] want;
    link = '0;
    repeat (2) @(negedge clk);
    access(1, 20'(frl_pkg::REG_CHIP_IRQ_STATUS), '1, '1);
    access(1, 20'(frl_pkg::REG_CHIP_IRQ_ENABLE), 0, '1);
    want = 0;
    for (int round = 0; round < 500; round++) begin
      case ($urandom % 6)
        0: begin
          fw_irq = 1;
          want[frl_pkg::IRQ_FWQ] = 1;
        end
        1: begin
          upd_irq = 1;
          want[frl_pkg::IRQ_UPD] = 1;
        end
        2: begin
          link = ~link;
          want[frl_pkg::IRQ_LINK] = 1;
        end
        3: begin
          event_valid = 1;
          want[frl_pkg::IRQ_FN] = 1;
        end
        4: begin
          access(1, 20'(frl_pkg::REG_CHIP_IRQ_STATUS), {28'd0, want & 4'b0101}, 4'b0001);
          want &= 4'b1010;
        end
        default: access(1, 20'(frl_pkg::REG_CHIP_IRQ_ENABLE), 32'($urandom % 16), '1);
      endcase
      @(negedge clk);
      check(busy || (!fw_irq && !upd_irq && !event_valid), "not busy although something comes in");
      {fw_irq, upd_irq, event_valid} = 0;
      expect_read(20'(frl_pkg::REG_CHIP_IRQ_STATUS), {28'd0, want}, "IRQ_STATUS");
      expect_read(20'(frl_pkg::REG_CHIP_LINK), 32'(link), "LINK");
      access(0, 20'(frl_pkg::REG_CHIP_IRQ_ENABLE), 0, 0);
      check(irq_card == ((got[3:0] & want) != 0), "the line to the cores");
    end
  endtask

  // What other parts of the chip say is read, and cannot be written.
  task automatic test_inputs();
    for (int round = 0; round < 100; round++) begin
      upd_tail = $urandom;
      {cnt_swept, cnt_idle} = 2'($urandom);
      access(1, 20'(frl_pkg::REG_CHIP_UPD_TAIL), ~upd_tail, '1);
      access(1, 20'(frl_pkg::REG_CHIP_LINK), $urandom, '1);
      expect_read(20'(frl_pkg::REG_CHIP_UPD_TAIL), upd_tail, "UPD_TAIL");
      expect_read(20'(frl_pkg::REG_CHIP_CNT_CTRL), {29'd0, cnt_idle, cnt_swept, cnt_enable}, "CNT_CTRL");
      expect_read(20'(frl_pkg::REG_CHIP_LINK), 32'(link), "LINK");
    end
  endtask

  // Between and behind the blocks there is nothing: it is answered, reads 0 and changes nothing.
  task automatic test_holes();
    logic [19:0] addr;
    for (int round = 0; round < 2000; round++) begin
      do addr = {20'($urandom)} & 20'hffffc;
      while (addr[19:18] == 2'b01 || addr[19:12] == 8'd0 || addr[19:10] == 10'd4);
      access(1, addr, $urandom, '1);
      expect_read(addr, 0, "where nothing is");
    end
    check_outputs();
  endtask

  // An access to a function page goes out and waits for its answer; the answer is handed on.
  logic [7:0] fn_seen;
  logic       fn_gone;
  initial
    forever begin
      @(negedge clk);
      fn_ready = 0;
      if (fn_valid && !fn_gone && $urandom % 3 == 0) begin
        fn_ready = 1;
        fn_rdata = {card_addr[11:0], 12'd0, fn_number};
        fn_seen  = fn_number;
        fn_gone  = 1;
      end
      if (!fn_valid) fn_gone = 0;
    end

  task automatic test_pages();
    logic [5:0] fn;
    logic [11:0] offset;
    for (int round = 0; round < 500; round++) begin
      fn = 6'($urandom);
      offset = 12'($urandom) & 12'hffc;
      {card_valid, card_write, card_addr} = {1'b1, 1'($urandom), 2'b01, fn, offset};
      do @(posedge clk);
      while (!card_ready);
      check(fn_seen == 8'(fn) && card_rdata == {offset, 12'd0, 8'(fn)}, "function page");
      @(negedge clk);
      card_valid = 0;
      @(negedge clk);
      check(!card_ready && !fn_valid, "bus at rest");
    end
    check_outputs();
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    $display("seed %0d", seed);
    void'($urandom(seed));
    describe();
    repeat (3) @(negedge clk);
    rst = 0;
    repeat (3) @(negedge clk);
    check(!busy && !irq_card, "at rest after reset");
    test_reset_values();
    test_writes();
    test_ports();
    test_events();
    test_inputs();
    test_holes();
    test_pages();
    test_interrupts();
    // Reset takes everything back.
    rst = 1;
    link = 0;
    {cnt_swept, cnt_idle} = 0;
    upd_tail = 0;
    repeat (3) @(negedge clk);
    rst = 0;
    repeat (3) @(negedge clk);
    describe();
    test_reset_values();
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

  initial begin
    #4000000;
    $display("takes for ever");
    $display("%0d passed, %0d failed", passed, failed + 1);
    $finish;
  end

endmodule

`default_nettype wire
