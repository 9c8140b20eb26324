// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// Tables and frames of vectors.py through the whole header path; verdict, leg, encap entry, parse result and rule count
// against tests/hw/model.py and tables.py, in order and after one number of cycles, whatever the frame. Then tables change
// in flight: a rule's slot comes and goes, and its leg swings; the epochs on the trace port must explain what is seen.
module tb;

  localparam int DEPTH = 64;
  localparam int LATENCY_MAX = 48;

  logic clk = 0;
  logic rst = 1;
  initial forever #1 clk = !clk;

  logic [127:0] gnv_sel = '0;
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
  logic tw_valid = 0, tw_ready;
  logic [7:0] tw_table = 0;
  logic [31:0] tw_index = 0;
  logic [1535:0] tw_row = '0;
  logic [10:0] tw_flip = 0;
  logic trace_write, trace_lookup_valid;
  logic [7:0] trace_write_table;
  logic [31:0] trace_write_index;
  logic [15:0] trace_write_flip;
  logic [1535:0] trace_write_row;
  frl_pkg::trace_lookup_t trace_lookup;

  match_action #(
      .N_BANKS(4),
      .BANK_SLOTS(64),
      .N_TCAM(16),
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
      .cfg_geneve_port(16'd6081),
      .cfg_gnv_sel(gnv_sel),
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
      .tw_ready,
      .tw_table,
      .tw_index,
      .tw_row,
      .tw_flip,
      .trace_write,
      .trace_write_table,
      .trace_write_index,
      .trace_write_flip,
      .trace_write_row,
      .trace_lookup_valid,
      .trace_lookup
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
  logic flights[DEPTH];  // the frame is one of those in flight
  frl_pkg::frame_meta_t metas[DEPTH];
  int cycles[DEPTH];

  int cycle = 0, latency = 0, sent = 0, seen = 0, passed = 0, failed = 0;
  logic [5:0] at;
  frl_pkg::verdict_t verdict;
  frl_pkg::frame_meta_t meta;
  logic good;

  initial forever @(posedge clk) cycle++;
  wire unused_bits = &{1'b0, meta, trace_lookup};

  // ---- Table writes as the trace port tells them: the state of slot and leg of the rule in flight, by epoch ----
  localparam int EPOCHS = 4096;
  int epoch = 0, writes = 0;
  logic [31:0] slot_index, rule_index;  // of the rule in flight
  logic slot_at[EPOCHS];
  logic [15:0] leg_at[EPOCHS];
  logic [639:0] leg_rows[256];
  logic [7:0] tables[EPOCHS];
  logic [31:0] indexes[EPOCHS];
  logic [1546:0] rows[EPOCHS];  // flip and row

  initial begin
    slot_at[0] = 0;
    leg_at[0]  = 0;
  end

  always_ff @(posedge clk)
    if (!rst && trace_write) begin
      epoch <= epoch + 1;
      slot_at[epoch+1] <= trace_write_table == frl_pkg::TABLE_SLOT && trace_write_index == slot_index ?
                          trace_write_row[0] : slot_at[epoch];
      leg_at[epoch+1] <= trace_write_table == frl_pkg::TABLE_RULE && trace_write_index == rule_index ?
                         trace_write_row[15:0] : leg_at[epoch];
      if (trace_write_table != tables[epoch] || trace_write_index != indexes[epoch] ||
          {trace_write_flip, trace_write_row} != {5'd0, rows[epoch]}) begin
        failed <= failed + 1;
        $display("write %0d: table %0d index %h", epoch, trace_write_table, trace_write_index);
      end
    end

  // ---- Results ----
  int in_old_state = 0;  // frames in flight that did not see the newest leg
  logic [15:0] other_leg;  // of the rule below the one in flight

  function automatic logic explained(input logic [11:0] epoch_lookup, input logic [11:0] epoch_action);
    logic [15:0] leg;
    leg = slot_at[epoch_lookup] ? leg_at[epoch_action] : other_leg;
    if (leg != leg_at[epoch[11:0]]) in_old_state++;
    explained = act_leg == leg_rows[leg[7:0]];
  endfunction

  initial begin
    forever begin
      @(negedge clk);
      if (!rst && ev_rule_valid && !act_valid) failed++;
      if (!rst && act_valid) begin
        at = seen[5:0];
        verdict = verdicts[at];
        meta = metas[at];
        if (latency == 0) latency = cycle - cycles[at];
        good = seen < sent && cycle - cycles[at] == latency && trace_lookup_valid &&
               {trace_lookup.rule_hit, trace_lookup.rule, trace_lookup.port, trace_lookup.reason, trace_lookup.drop} ==
               {act_verdict.rule_hit, act_verdict.rule, act_verdict.port, act_verdict.reason, act_verdict.drop} &&
               {trace_lookup.src_port, trace_lookup.direct, trace_lookup.replica, trace_lookup.leg} ==
               {meta.src_port, meta.direct, meta.replica, meta.leg};
        if (flights[at]) good = good && explained(trace_lookup.epoch_lookup[11:0], trace_lookup.epoch_action[11:0]);
        else begin
          good = good && act_verdict == verdict && act_leg == legs[at] &&
                 ev_rule_valid == hits[at][36] && (!ev_rule_valid || {ev_rule_id, ev_rule_len} == hits[at][35:0]);
          if (verdict.encap_en) good = good && act_encap == encaps[at];
          if (parse_ok[at]) good = good && act_parsed == parse_rows[at];
        end
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
  logic more, ok, hit;
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

  logic [10:0] flip_read;
  logic [3:0] kind;

  // One cycle; what is sampled at the falling edge is sampled before inputs change.
  task automatic step;
    @(negedge clk);
    #0.5;
    hdr_valid = 0;
    tw_valid  = 0;
  endtask

  task automatic frame;
    more = $fscanf(file, "%h %h %h %h %h %h %h %h %h\n", meta_read, data_read, verdict_read, leg_read, encap_read,
                   parsed_read, ok, hit, rule_read) == 9;
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
    metas[entry] = meta_read;
    flights[entry] = kind == 2;
    cycles[entry] = cycle;
    sent++;
    step;
  endtask

  task automatic write;
    more = $fscanf(file, "%h %h %h %h\n", table_read, index_read, row_read, flip_read) == 4;
    while (!tw_ready) step;
    tw_valid = 1;
    tw_table = table_read;
    tw_index = index_read;
    tw_row = row_read;
    tw_flip = flip_read;
    tables[writes%EPOCHS] = table_read;
    indexes[writes%EPOCHS] = index_read;
    rows[writes%EPOCHS] = {flip_read, row_read};
    if (table_read == frl_pkg::TABLE_LEG) leg_rows[index_read[7:0]] = row_read[639:0];
    writes++;
    step;
  endtask

  initial begin
    if ($value$plusargs("seed=%d", seed) == 0) seed = 1;
    if ($value$plusargs("vectors=%s", folder) == 0) folder = ".";
    $display("seed %0d", seed);
    void'($urandom(seed));
    file = $fopen({folder, "/match_action.txt"}, "r");
    if (file == 0) $fatal(1, "no vectors");
    if ($fscanf(file, "%h %h %h %h\n", gnv_sel, slot_index, rule_index, other_leg) != 4) $fatal(1, "no first line");
    repeat (4) step;
    rst = 0;
    while (!init_done) step;
    more = 1;
    while (more && $fscanf(file, "%h ", kind) == 1) begin
      if (kind != 0 && $urandom % 8 == 0) repeat ($urandom % 20) step;
      if (kind == 0) write;
      else if (kind == 3) begin  // all that was sent is out, all that was written has taken effect
        more = $fscanf(file, "%h\n", flip_read) == 1;
        while (seen != sent || epoch != writes) step;
      end else frame;
    end
    repeat (LATENCY_MAX + 64) step;
    if (seen != sent || sent == 0 || epoch != writes || writes >= EPOCHS || in_old_state == 0 || latency > LATENCY_MAX)
      failed++;
    $display("%0d cycles; %0d writes, %0d frames in flight did not see the newest of them", latency, writes, in_old_state);
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
