// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Tables and frames of vectors.py through the whole header path; verdict, leg, encap entry, parse result and rule count
// against tests/hw/model.py and tables.py, in order and after a fixed number of cycles.
module tb;

  localparam int DEPTH = 64;
  localparam int LATENCY = 32;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic init_done;
  logic hdr_valid = 0, hdr_colour = 0, act_valid;
  logic [2047:0] hdr_data = '0;
  frl_pkg::frame_meta_t hdr_meta = '0;
  frl_pkg::verdict_t act_verdict;
  frl_pkg::leg_row_t act_leg;
  frl_pkg::encap_row_t act_encap;
  frl_pkg::parsed_t act_parsed;
  logic ev_rule_valid;
  logic [19:0] ev_rule_id;
  logic [15:0] ev_rule_len;
  logic tw_valid = 0;
  logic [7:0] tw_table = 0;
  logic [31:0] tw_index = 0;
  logic [1535:0] tw_row = '0;

  match_action #(
      .N_BANKS(4),
      .BANK_SLOTS(64),
      .N_RULES(256),
      .N_LEGS(256),
      .N_ENCAPS(16),
      .N_TEAMS(16)
  ) dut (
      .clk,
      .rst,
      .init_done,
      .cfg_tunnel(64'd8),
      .cfg_vxlan_port(16'd4789),
      .hdr_valid,
      .hdr_data,
      .hdr_meta,
      .hdr_colour,
      .act_valid,
      .act_verdict,
      .act_leg,
      .act_encap,
      .act_parsed,
      .ev_rule_valid,
      .ev_rule_id,
      .ev_rule_len,
      .tw_valid,
      .tw_table,
      .tw_index,
      .tw_row
  );

  localparam int VERDICT_W = $bits(act_verdict);
  localparam int PARSED_W = $bits(act_parsed);
  localparam int META_W = $bits(hdr_meta);

  // What is expected of the frames inside.
  frl_pkg::verdict_t verdicts[DEPTH];
  logic [639:0] legs[DEPTH];
  logic [255:0] encaps[DEPTH];
  logic [PARSED_W-1:0] parse_rows[DEPTH];
  logic parse_ok[DEPTH];
  logic [36:0] hits[DEPTH];  // hit, rule, length
  int cycles[DEPTH];

  int cycle = 0, sent = 0, seen = 0, passed = 0, failed = 0;
  logic [5:0] at;
  frl_pkg::verdict_t verdict;
  logic good;

  initial forever @(posedge clk) cycle++;

  initial begin
    forever begin
      @(negedge clk);
      if (!rst && ev_rule_valid && !act_valid) failed++;
      if (!rst && act_valid) begin
        at = seen[5:0];
        verdict = verdicts[at];
        good = seen < sent && act_verdict == verdict && act_leg == legs[at] && cycle - cycles[at] == LATENCY &&
               ev_rule_valid == hits[at][36] && (!ev_rule_valid || {ev_rule_id, ev_rule_len} == hits[at][35:0]);
        if (verdict.encap_en) good = good && act_encap == encaps[at];
        if (parse_ok[at]) good = good && act_parsed == parse_rows[at];
        if (good) passed++;
        else begin
          failed++;
          if (failed < 10)
            $display("frame %0d, %0d cycles: verdict %h, expected %h; leg %h, expected %h; parsed %h, expected %h; hit %b %h, expected %h",
                     seen, cycle - cycles[at], act_verdict, verdict, act_leg, legs[at], act_parsed, parse_rows[at],
                     ev_rule_valid, {ev_rule_id, ev_rule_len}, hits[at]);
        end
        seen++;
      end
    end
  end

  int seed, file;
  logic [5:0] entry;
  string folder;
  logic is_frame, more, ok, hit;
  logic [7:0] table_read;
  logic [31:0] index_read;
  logic [1535:0] row_read;
  logic [META_W-1:0] meta_read;
  logic [2047:0] data_read;
  logic [VERDICT_W-1:0] verdict_read;
  logic [639:0] leg_read;
  logic [255:0] encap_read;
  logic [PARSED_W-1:0] parsed_read;
  logic [19:0] rule_read;

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("vectors=%s", folder) == 0) folder = ".";
    $display("seed %0d", seed);
    void'($urandom(seed));
    file = $fopen({folder, "/match_action.txt"}, "r");
    if (file == 0) $fatal(1, "no vectors");
    repeat (4) @(negedge clk);
    rst = 0;
    while (!init_done) @(negedge clk);
    more = 1;
    while (more && $fscanf(file, "%h ", is_frame) == 1) begin
      if (is_frame) begin
        more = $fscanf(file, "%h %h %h %h %h %h %h %h %h\n", meta_read, data_read, verdict_read, leg_read, encap_read,
                       parsed_read, ok, hit, rule_read) == 9;
        if ($urandom % 8 == 0) repeat ($urandom % 20) @(negedge clk);
        hdr_valid = 1;
        hdr_data = data_read;
        hdr_meta = meta_read;
        hdr_colour = !hdr_meta.colour;
        entry = sent[5:0];
        verdicts[entry] = verdict_read;
        legs[entry] = leg_read;
        encaps[entry] = encap_read;
        parse_rows[entry] = parsed_read;
        parse_ok[entry] = ok;
        hits[entry] = {hit, rule_read, hdr_meta.len};
        cycles[entry] = cycle;
        sent++;
      end else begin
        more = $fscanf(file, "%h %h %h\n", table_read, index_read, row_read) == 3;
        tw_valid = 1;
        tw_table = table_read;
        tw_index = index_read;
        tw_row = row_read;
      end
      @(negedge clk);
      hdr_valid = 0;
      tw_valid  = 0;
    end
    repeat (LATENCY + 8) @(negedge clk);
    if (seen != sent || sent == 0) failed++;
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
