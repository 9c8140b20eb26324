// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Frames of vectors.py through the parser, at one per cycle with pauses; results against tests/hw/model.py.
module tb;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic [ 63:0] cfg_tunnel;
  logic [ 15:0] cfg_vxlan_port, cfg_geneve_port;
  logic [127:0] cfg_gnv_sel;
  logic in_valid = 0;
  logic [2047:0] in_data;
  frl_pkg::frame_meta_t in_meta, out_meta;
  logic in_colour, out_valid, out_colour;
  frl_pkg::lookup_key_t out_key;
  frl_pkg::parsed_t out_parsed;

  parser dut (
      .clk,
      .rst,
      .cfg_tunnel,
      .cfg_vxlan_port,
      .cfg_geneve_port,
      .cfg_gnv_sel,
      .in_valid,
      .in_data,
      .in_meta,
      .in_colour,
      .out_valid,
      .out_key,
      .out_parsed,
      .out_meta,
      .out_colour
  );

  localparam int PARSED_W = $bits(out_parsed);
  localparam int DEPTH = 64;
  localparam int LATENCY = 25;  // cycles

  // What is expected of the frames inside, in order.
  frl_pkg::frame_meta_t metas[DEPTH];
  frl_pkg::parsed_t parsed_rows[DEPTH];
  frl_pkg::lookup_key_t keys[DEPTH];
  int cycles[DEPTH];
  int cycle = 0, sent = 0, seen = 0, taken = 0;
  int passed = 0, failed = 0, seed, file, line = 0;
  string folder;

  frl_pkg::frame_meta_t want_meta;
  frl_pkg::parsed_t want_parsed;
  frl_pkg::lookup_key_t want_key;
  logic good;

  // Outputs are looked at, and inputs change, at the falling edge.
  initial forever @(posedge clk) cycle++;

  initial forever begin
    @(negedge clk);
    if (out_valid && !rst) begin
      want_meta = metas[seen%DEPTH];
      want_parsed = parsed_rows[seen%DEPTH];
      want_key = keys[seen%DEPTH];
      good = seen < sent && out_parsed.punt == want_parsed.punt && out_meta == want_meta &&
             out_colour == want_meta.mark[0] && cycle - cycles[seen%DEPTH] == LATENCY;
      if (want_parsed.punt == frl_pkg::PUNT_NONE) begin
        good = good && out_parsed == want_parsed && out_key == want_key;
        taken++;
      end
      if (good) passed++;
      else begin
        failed++;
        if (failed < 10)
          $display("line %0d, %0d cycles: parsed %h, expected %h; key %h, expected %h", want_meta.mark,
                   cycle - cycles[seen%DEPTH], out_parsed, want_parsed, out_key, want_key);
      end
      seen++;
    end
  end

  localparam int META_W = $bits(in_meta);
  logic [127:0] gnv_sel;
  logic [15:0] vxlan_port, geneve_port;
  logic [META_W-1:0] file_meta;
  logic [15:0] len;
  logic [7:0] port;
  logic tunnel;
  logic [2047:0] data;
  logic [PARSED_W-1:0] file_parsed;
  logic [1279:0] file_key;

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("vectors=%s", folder) == 0) folder = ".";
    $display("seed %0d", seed);
    void'($urandom(seed));
    cfg_tunnel = '0;
    cfg_vxlan_port = '0;
    cfg_geneve_port = '0;
    cfg_gnv_sel = '0;
    in_data = '0;
    in_meta = '0;
    in_colour = 0;
    file = $fopen({folder, "/parser.txt"}, "r");
    if (file == 0) $fatal(1, "no vectors");
    repeat (4) @(negedge clk);
    rst = 0;
    @(negedge clk);
    while ($fscanf(file, "%h %h %h %h %h %h %h %h %h %h\n", gnv_sel, vxlan_port, geneve_port, len, tunnel, port, file_meta, data,
                   file_parsed, file_key) == 10) begin
      line++;
      cfg_tunnel[port[5:0]] = tunnel;
      // These are looked at in more than one stage: let the pipeline run empty before they change.
      if (gnv_sel != cfg_gnv_sel || vxlan_port != cfg_vxlan_port || geneve_port != cfg_geneve_port) begin
        repeat (LATENCY) @(negedge clk);
        cfg_gnv_sel = gnv_sel;
        cfg_vxlan_port = vxlan_port;
        cfg_geneve_port = geneve_port;
      end
      if ($urandom % 8 == 0) repeat ($urandom % 20) @(negedge clk);
      in_data = data;
      in_valid = 1;
      in_meta = file_meta;
      in_meta.len = len;
      in_meta.src_port = port;
      in_meta.mark = line;
      in_colour = line[0];
      metas[sent%DEPTH] = in_meta;
      parsed_rows[sent%DEPTH] = file_parsed;
      keys[sent%DEPTH] = file_key;
      cycles[sent%DEPTH] = cycle;
      sent++;
      @(negedge clk);
      in_valid = 0;
      in_data  = '1;
    end
    repeat (LATENCY + 5) @(negedge clk);
    if (seen != sent || taken == 0 || taken == sent) failed++;
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
