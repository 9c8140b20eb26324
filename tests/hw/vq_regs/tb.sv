// SPDX-License-Identifier: BSD-3-Clause
// Plays the driver that vectors.py wrote down, line by line, and checks what comes. A line is an
// operation, up to five numbers (hexadecimal) and a name for reports:
//
//   M at n value        write n bytes (1 to 8) of memory          K at n value   they must be this
//   P at n number from  write n bytes of a frame's pattern        C ...          they must be this
//   W bus fn offset data strobe   register write                  R bus fn offset mask value   read and compare
//   U bus fn offset mask value    read until it is so             O bus fn offset at   write, Y: compare 16 bits at `at`
//   X queue number len   a frame comes from the pipeline          T queue number len port flags   next frame that the queue sent
//   S latency how        memory: how 1 stutters, 2 takes no read, 4 no write                       N cycles       wait
//   I                    wait until idle                          Z              counters to zero
//   E counter value      counter: 0+fn MSI-X, 40+fn writes, 80 firmware's, 100+reason and 200+reason drops of TX and RX,
//                        300 reads of functions without an enabled queue
//   V way first last floor   packets per 1000 cycles between two frames, way 0 transmit, 1 receive
//
// A frame's bytes follow from its number: the number (low byte first, bits 8 to 14 are its queue), then a pattern.

`default_nettype none

module tb;

  logic clk, rst, slow, busy;
  logic [1:0] hold;
  int   latency, passed, failed;
  initial begin
    clk = 1'b0;
    forever #5 clk = !clk;
  end

  logic         card_valid, card_ready, host_valid, host_ready, bus_write;
  logic [7:0]   bus_fn;
  logic [11:0]  bus_addr;
  logic [31:0]  bus_wdata, rdata;
  logic [3:0]   bus_wstrb;
  logic         htx_valid, htx_ready, htx_last, htx_drop, hrx_valid, hrx_ready, hrx_last;
  logic [511:0] htx_data, hrx_data;
  logic [5:0]   htx_empty;
  frl_pkg::frame_meta_t htx_meta;
  frl_pkg::rx_meta_t    hrx_meta;
  logic         tx_drop_valid, rx_drop_valid, delivered, fw_irq, stray;
  logic [7:0]   tx_drop_reason, rx_drop_reason;
  host host (.*);
  logic unused_meta;
  always_comb unused_meta = ^htx_meta;

  function automatic logic [7:0] pattern(input int number, input int i);
    int v;
    v = number * 7 + i * 13 + (i / 64) * 5;
    v = i < 4 ? number >> (8 * i) : v ^ (v >> 8);
    return 8'(v & 'hff);
  endfunction

  // ---- What happened ----
  int   counters['h301];
  int   cycle, frames[2];
  int   came_at[2][4096];
  logic [7:0]  frame[16384];
  int          frame_len, n;
  logic        same;
  // Frames by queue: number and length, source or destination port and flags (bit 0 direct, bit 1 damaged).
  int   sent[128][1024];
  int   sent_how[128][1024];
  int   sent_in[128], sent_out[128];
  logic [63:0] chosen;
  initial forever begin
    @(posedge clk);
    cycle++;
    if (tx_drop_valid) counters['h100 + int'(tx_drop_reason)]++;
    if (rx_drop_valid) counters['h200 + int'(rx_drop_reason)]++;
    if (fw_irq) counters['h80]++;
    if (stray) counters['h300]++;
    if (host.dma_wr_valid && host.dma_wr_ready) counters[(host.dma_wr_irq ? 0 : 'h40) + int'(host.dma_wr_fn)]++;
    if (delivered) begin
      came_at[1][frames[1] % 4096] = cycle;
      frames[1]++;
    end
    if (htx_valid && htx_ready) begin
      for (int i = 0; i < 64; i++) frame[frame_len + i] = htx_data[i*8 +: 8];
      frame_len += 64;
      if (htx_last && !htx_drop) begin
        frame_len -= int'(htx_empty);
        came_at[0][frames[0] % 4096] = cycle;
        frames[0]++;
        n    = int'({frame[1], frame[0]});
        same = frame_len == int'(htx_meta.len) && !htx_meta.replica;
        for (int i = 0; i < frame_len; i++) if (frame[i] != pattern(n, i)) same = 1'b0;
        // What only PF and firmware may choose, and for a lookup only; 0 of all others.
        chosen = 64'd0;
        if (!htx_meta.direct && (((n >> 8) & 127) < 64 || ((n >> 8) & 127) == 127))
          chosen = {n[15:0], n[15:0], ~n[15:0], n[15:0]};
        if ({htx_meta.ct_mark, htx_meta.ct_zone, htx_meta.ct_state, htx_meta.table_id} != chosen) same = 1'b0;
        sent[(n >> 8) & 127][sent_in[(n >> 8) & 127] % 1024]     = n | (frame_len << 16);
        sent_how[(n >> 8) & 127][sent_in[(n >> 8) & 127] % 1024] =
            int'({htx_meta.direct ? htx_meta.dst_port : 8'd0, htx_meta.src_port, 6'd0, !same, htx_meta.direct});
        sent_in[(n >> 8) & 127]++;
      end
      if (htx_last) frame_len = 0;
    end
    @(negedge clk);
    htx_ready = !slow || ($random & 3) != 0;
  end

  // What goes with a received frame.
  logic [7:0]  rx_queue;
  logic [15:0] rx_number, rx_len;
  always_comb begin
    hrx_meta.len      = rx_len;
    hrx_meta.rxq      = rx_queue;
    hrx_meta.src_port = 8'd1;
    hrx_meta.reason   = rx_number[7:0];
    hrx_meta.mark     = {16'd0, rx_number};
    hrx_meta.rule     = 20'h12345;
    hrx_meta.rule_hit = rx_number[1];
    hrx_meta.dst_port = 8'd16;
    hrx_meta.slow     = 1'b0;
    {hrx_meta.ct_mark, hrx_meta.ct_zone, hrx_meta.ct_state, hrx_meta.table_id} = {~rx_number, rx_number, rx_number, ~rx_number};
  end

  // ---- The script ----
  int     file, line, got, v, tries, rest;
  string  op, what, path;
  longint a[5];
  logic   good, reads;

  initial begin
    {card_valid, host_valid, hrx_valid, slow, hold, frame_len, passed, failed, line, cycle} = '0;
    latency   = 10;
    htx_ready = 1'b1;
    rst       = 1'b1;
    repeat (4) @(posedge clk);
    @(negedge clk);
    rst = 1'b0;
    if ($value$plusargs("vectors=%s", path) == 0) path = ".";
    file = $fopen({path, "/script.txt"}, "r");
    if (file == 0) $fatal(1, "no script");
    while ($fscanf(file, "%s %h %h %h %h %h %s\n", op, a[0], a[1], a[2], a[3], a[4], what) == 7) begin
      line++;
      good = 1'b1;
      got  = 0;
      case (op)
        "M": for (int i = 0; i < 8; i++) if (i < int'(a[1])) host.mem[int'(a[0]) + i] = 8'((a[2] >> (8 * i)) & 'hff);
        "K": begin
          for (int i = 3; i >= 0; i--) if (i < int'(a[1])) got = (got << 8) | int'(host.mem[int'(a[0]) + i]);
          good = got == int'(a[2]);
        end
        "P": for (int i = 0; i < int'(a[1]); i++) host.mem[int'(a[0]) + i] = pattern(int'(a[2]), int'(a[3]) + i);
        "C": for (int i = 0; i < int'(a[1]); i++) if (host.mem[int'(a[0]) + i] != pattern(int'(a[2]), int'(a[3]) + i)) good = 1'b0;
        "S": begin
          latency = int'(a[0]);
          {hold, slow} = 3'(a[1]);
        end
        "N": begin
          repeat (int'(a[0])) @(posedge clk);
          @(negedge clk);
        end
        "I": begin
          tries = 0;
          rest  = 0;
          while (rest < 8 && tries < 100000) begin
            @(negedge clk);
            tries++;
            rest = busy ? 0 : rest + 1;
          end
          good = !busy;
        end
        "Z": begin
          for (int i = 0; i < 'h300; i++) counters[i] = 0;
          for (int i = 0; i < 128; i++) sent_out[i] = sent_in[i];
          frames[0] = 0;
          frames[1] = 0;
        end
        "E": begin
          got  = counters[int'(a[0])];
          good = got == int'(a[1]);
        end
        "T": begin
          got  = sent_how[int'(a[0])][sent_out[int'(a[0])] % 1024];
          good = sent_out[int'(a[0])] < sent_in[int'(a[0])]
                 && sent[int'(a[0])][sent_out[int'(a[0])] % 1024] == (int'(a[1]) | (int'(a[2]) << 16))
                 && got == ((int'(a[3]) << 8) | int'(a[4]));
          sent_out[int'(a[0])]++;
        end
        "V": begin
          got = (int'(a[2]) - int'(a[1])) * 1000 / (came_at[int'(a[0])][int'(a[2])] - came_at[int'(a[0])][int'(a[1])]);
          $display("%s: 0.%03d packets per cycle", what, got);
          good = got >= int'(a[3]);
        end
        "X": begin
          rx_queue  = 8'(a[0] & 'hff);
          rx_number = 16'(a[1] & 'hffff);
          rx_len    = 16'(a[2] & 'hffff);
          for (int b = 0; b < int'(a[2]); b += 64) begin
            for (int i = 0; i < 64; i++) hrx_data[i*8 +: 8] = b + i < int'(a[2]) ? pattern(int'(a[1]), b + i) : 8'd0;
            hrx_last  = b + 64 >= int'(a[2]);
            hrx_valid = 1'b1;
            do @(posedge clk); while (!hrx_ready);
            @(negedge clk);
          end
          hrx_valid = 1'b0;
        end
        default: begin
          // Register accesses; U repeats them.
          tries = 0;
          reads = op != "W" && op != "O";
          v     = op == "O" || op == "Y" ? int'({host.mem[int'(a[3]) + 1], host.mem[int'(a[3])]}) : int'(a[4]);
          do begin
            card_valid = a[0] == 1;
            host_valid = a[0] == 0;
            bus_write  = !reads;
            bus_fn     = 8'(a[1] & 'hff);
            bus_addr   = 12'(a[2] & 'hfff);
            bus_wdata  = op == "O" ? v : int'(a[3]);
            bus_wstrb  = op == "O" ? 4'hf : 4'(a[4] & 'hf);
            do @(posedge clk); while (!(card_valid && card_ready) && !(host_valid && host_ready));
            got = op == "R" || op == "U" ? int'(rdata) & int'(a[3]) : int'(rdata);
            @(negedge clk);
            card_valid = 1'b0;
            host_valid = 1'b0;
            @(negedge clk);
            tries++;
          end while (op == "U" && got != v && tries < 5000);
          good = !reads || got == v;
        end
      endcase
      if (!good) $display("FAILED: %s, line %0d: %s %h %h %h %h %h, got %h", what, line, op, a[0], a[1], a[2], a[3], a[4], got);
      if (good && what != "-") passed++;
      if (!good) failed++;
    end
    if (line == 0) failed++;
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
