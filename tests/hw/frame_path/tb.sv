// SPDX-License-Identifier: BSD-3-Clause
// Bench of the whole frame path. vectors.py makes frames, decisions and expected frames; a stand-in for
// match_action looks the decision up by the order of the frames and answers after a fixed time.

`default_nettype none

module tb;

  localparam int N_WIRES = 2;
  localparam int N_SRC = 3;           // wire 0, wire 1, host interface
  localparam int MA_CYCLES = 20;
  localparam int MAX_BYTES = 4194304;
  localparam int MAX_VECTORS = 8192;
  localparam int MAX_JOBS = 8192;
  localparam int META_W = $bits(htx_meta);
  localparam int ACT_W = $bits(act_verdict) + $bits(act_leg) + $bits(act_encap) + $bits(act_parsed);

  logic clk = 1'b0;
  logic rst = 1'b1, rst_next = 1'b1;
  initial forever #1 clk = !clk;

  // ---- The frame path ----

  logic                       busy;
  logic [N_WIRES-1:0]         rx_valid = '0, rx_ready, rx_last = '0, rx_error = '0, tx_valid, tx_ready = '0, tx_last;
  logic [N_WIRES*512-1:0]     rx_data = '0, tx_data;
  logic [N_WIRES*6-1:0]       rx_empty = '0, tx_empty;
  logic                       htx_valid = 1'b0, htx_ready, htx_last = 1'b0, htx_drop = 1'b0;
  logic [511:0]               htx_data = '0;
  logic [5:0]                 htx_empty = '0;
  frl_pkg::frame_meta_t       htx_meta = '0;
  logic                       hrx_valid, hrx_ready = 1'b0, hrx_last;
  logic [511:0]               hrx_data;
  logic [5:0]                 hrx_empty;
  frl_pkg::rx_meta_t          hrx_meta;
  logic                       hdr_valid, hdr_colour;
  logic [2047:0]              hdr_data;
  frl_pkg::frame_meta_t       hdr_meta;
  logic                       act_valid;
  frl_pkg::verdict_t          act_verdict;
  frl_pkg::leg_row_t          act_leg;
  frl_pkg::encap_row_t        act_encap;
  frl_pkg::parsed_t           act_parsed;
  logic [63:0]                cfg_enable, enable_next;
  logic [64*5-1:0]            cfg_slow_pair, slow_pair_next;
  logic [64*16-1:0]           cfg_max_len, max_len_next;
  logic                       drain_flip = 1'b0, drain_busy, flip_next = 1'b0;
  logic                       ev_rx_valid, ev_tx_valid, ev_tx_slow;
  logic [7:0]                 ev_rx_port, ev_tx_port;
  logic [15:0]                ev_rx_len, ev_tx_len;
  logic [N_WIRES+3:0]         ev_drop_valid;
  logic [(N_WIRES+4)*8-1:0]   ev_drop_reason;

  logic                       trace_leave_valid;
  frl_pkg::trace_leave_t      trace_leave;

  frame_path #(.N_WIRES(N_WIRES), .N_VFS(16)) dut (.*);

  logic unused;
  assign unused = &{1'b0, hdr_colour, hdr_meta, hdr_row, out_row};

  // Everything that the tests set reaches the frame path between its clock edges.
  always @(negedge clk) begin
    rst <= rst_next;
    drain_flip <= flip_next;
    cfg_enable <= enable_next;
    cfg_slow_pair <= slow_pair_next;
    cfg_max_len <= max_len_next;
  end

  // ---- Vectors ----

  logic [7:0]       bytes[MAX_BYTES];
  logic [255:0]     index_rows[MAX_VECTORS];
  logic [ACT_W-1:0] act_rows[MAX_VECTORS];
  logic [META_W-1:0] meta_rows[MAX_VECTORS];
  int               job_rows[MAX_JOBS], tag_rows[MAX_JOBS];

  // A row of index.hex, see INDEX in vectors.py.
  typedef struct packed {
    logic [23:0] unused;
    logic [7:0]  last;
    logic [7:0]  replica;
    logic [7:0]  src_port;
    logic [31:0] rule;
    logic [7:0]  slow;
    logic [7:0]  port;
    logic [31:0] mark;
    logic [7:0]  reason;
    logic [7:0]  rxq;
    logic [7:0]  dest;
    logic [7:0]  src;
    logic [15:0] out_len;
    logic [31:0] out_at;
    logic [15:0] in_len;
    logic [31:0] in_at;
  } index_t;

  index_t rows[MAX_VECTORS];

  localparam int DROPPED = 3;

  int    passed, failed, errors;
  string vectors;
  int    seed;

  // What is wrong within a test, the first few of them.
  task automatic wrong(input string what);
    errors++;
    if (errors <= 10) $display("wrong: %s", what);
  endtask

  task automatic verdict_of(input string test);
    if (errors == 0) passed++;
    else begin
      failed++;
      $display("%s: %0d errors, seed %0d", test, errors, seed);
    end
    errors = 0;
  endtask

  // Chance in 256.
  function automatic logic chance(input int of);
    return ($urandom & 32'hff) < of;
  endfunction

  // ---- Drivers: a list of vectors per source ----

  int jobs[N_SRC][MAX_JOBS];
  int n_jobs[N_SRC], next_job[N_SRC], job_at[N_SRC];
  int gap;               // chance in 256 that a source waits
  int window;            // frames that may be inside
  logic held;            // sources wait
  int force_error;       // chance in 256 that a wire's frame ends with an error, or the host's is discarded
  int sent, seen, finished;

  function automatic logic [511:0] beat_of(input int at, input int left);
    logic [511:0] v;
    for (int i = 0; i < 64; i++) v[8*i+:8] = i < left ? bytes[at+i] : 8'(unsigned'($urandom));
    return v;
  endfunction

  for (genvar s = 0; s < N_SRC; s++) begin : driver
    logic         valid = 1'b0, last, bad;
    frl_pkg::frame_meta_t meta;
    logic [511:0] data;
    logic [5:0]   empty;
    index_t       row;
    int           left;
    logic         unused_row;
    assign unused_row = &{1'b0, row};

    initial forever @(posedge clk) begin
      if (rst) begin
        valid = 1'b0;
        next_job[s] = 0;
        job_at[s] = 0;
      end else begin
        if (s != 2 || htx_ready) valid = 1'b0;
        if (!valid && next_job[s] < n_jobs[s] && (job_at[s] != 0 || (!held && sent - finished < window)) && !chance(gap)) begin
          row = rows[jobs[s][next_job[s]]];
          left = 32'(row.in_len) - job_at[s];
          data = beat_of(32'(row.in_at) + job_at[s], left);
          last = left <= 64;
          empty = last ? 6'(64 - left) : 6'd0;
          valid = 1'b1;
          if (job_at[s] == 0) sent++;
          job_at[s] = last ? 0 : job_at[s] + 64;
          meta = meta_rows[jobs[s][next_job[s]]];
          bad = last && chance(force_error);
          if (last) next_job[s] = next_job[s] + 1;
        end
      end
    end

    always @(negedge clk) begin
      if (s == 2) begin
        htx_valid <= valid;
        htx_data <= data;
        htx_empty <= empty;
        htx_last <= last;
        htx_meta <= meta;
        htx_drop <= bad;
      end else begin
        rx_valid[s%2] <= valid;
        rx_data[(s%2)*512+:512] <= data;
        rx_empty[(s%2)*6+:6] <= empty;
        rx_last[s%2] <= last;
        rx_error[s%2] <= bad;
      end
    end
  end

  // ---- Stand-in for match_action, and what is expected where ----

  int hdr_job[N_SRC];
  int expected[3][MAX_JOBS*4];
  int n_expected[3], next_expected[3];
  logic [7:0] drops[MAX_JOBS*4];
  int n_drops, next_drop;
  int pipe_id[MA_CYCLES];
  logic pipe_valid[MA_CYCLES];
  logic loose;           // only count: which frames come is not known
  logic check_hdr;
  frl_pkg::trace_leave_t leaves[MAX_JOBS*4];  // what becomes of each pass
  int   n_leaves, next_leave;
  int   n_tx;            // frames that will go to a wire: their events
  logic [24:0] tx_list[MAX_JOBS*4];
  int   rx_bytes;        // sum over frames of length and 1000 x source port
  frl_pkg::verdict_t   n_verdict;
  frl_pkg::leg_row_t   n_leg;
  frl_pkg::encap_row_t n_encap;
  frl_pkg::parsed_t    n_parsed;
  int   fuzz;            // chance in 256 that offsets and edits are random
  int   id;
  logic [1:0] from;
  index_t hdr_row;

  initial forever @(posedge clk) begin
    for (int i = MA_CYCLES - 1; i > 0; i--) begin
      pipe_valid[i] = pipe_valid[i-1];
      pipe_id[i] = pipe_id[i-1];
    end
    pipe_valid[0] = hdr_valid && !rst;
    if (rst) begin
      for (int i = 0; i < MA_CYCLES; i++) pipe_valid[i] = 1'b0;
      for (int i = 0; i < N_SRC; i++) hdr_job[i] = 0;
      for (int i = 0; i < 3; i++) begin
        n_expected[i] = 0;
        next_expected[i] = 0;
      end
      n_drops = 0;
      next_drop = 0;
      n_tx = 0;
      n_leaves = 0;
      seen = 0;
      rx_bytes = 0;
    end else if (hdr_valid) begin
      from = hdr_meta.src_port == 8'd0 ? 2'd0 : hdr_meta.src_port == 8'd1 ? 2'd1 : 2'd2;
      if (hdr_meta.replica) id = 32'(hdr_meta.leg);
      else begin
        id = jobs[from][hdr_job[from]];
        hdr_job[from] = hdr_job[from] + 1;
      end
      pipe_id[0] = id;
      hdr_row = rows[id];
      seen++;
      if (check_hdr) begin
        if (hdr_meta.len != hdr_row.in_len) wrong($sformatf("vector %0d: length %0d at match_action", id, hdr_meta.len));
        for (int i = 0; i < 256; i++)
          if (hdr_data[8*i+:8] != (i < 32'(hdr_row.in_len) ? bytes[32'(hdr_row.in_at)+i] : 8'd0)) begin
            wrong($sformatf("vector %0d: header byte %0d is %02x", id, i, hdr_data[8*i+:8]));
            break;
          end
      end
      if (!hdr_meta.replica && !hdr_meta.direct) rx_bytes = rx_bytes + 32'(hdr_row.in_len) + 1000 * 32'(hdr_row.src_port);
      leaves[n_leaves].drop = 32'(hdr_row.dest) == DROPPED ? hdr_row.reason : frl_pkg::DROP_NONE;
      leaves[n_leaves].copied = hdr_row.last == 8'd0;
      n_leaves++;
      if (!loose) begin
        if (32'(hdr_row.dest) == DROPPED) begin
          drops[n_drops] = hdr_row.reason;
          n_drops++;
        end else begin
          expected[hdr_row.dest[1:0]][n_expected[hdr_row.dest[1:0]]] = id;
          n_expected[hdr_row.dest[1:0]]++;
          if (!hdr_row.dest[1]) begin
            tx_list[n_tx] = {hdr_row.out_len, hdr_row.port, hdr_row.slow[0]};
            n_tx++;
          end
        end
      end
    end
    {n_verdict, n_leg, n_encap, n_parsed} = act_rows[pipe_id[MA_CYCLES-1]];
    if (pipe_valid[MA_CYCLES-1] && chance(fuzz)) begin
      // Any offsets and edits; where it goes stays, and no copies.
      n_verdict.encap_en = 1'(unsigned'($urandom));
      n_leg.edits = 16'(unsigned'($urandom));
      n_leg.pop = 2'(unsigned'($urandom));
      n_leg.push = 2'(unsigned'($urandom));
      n_parsed = {10'(unsigned'($urandom)), $urandom, $urandom};
    end
  end

  always @(negedge clk) begin
    act_valid <= pipe_valid[MA_CYCLES-1];
    {act_verdict, act_leg, act_encap, act_parsed} <= {n_verdict, n_leg, n_encap, n_parsed};
  end

  // ---- Sinks ----

  int         stall;     // chance in 256 that an output is not ready
  logic [2:0] blocked;   // outputs that take nothing
  int         out_at[3], out_frames[3], out_beats[3], first_out[3], last_out[3];
  int         cycle;
  logic [2:0] o_valid, o_ready, o_last;
  logic [511:0] o_data;
  logic [5:0] o_empty;
  index_t     out_row;
  int         out_id, out_bytes;

  assign o_valid = {hrx_valid, tx_valid};
  assign o_ready = {hrx_ready, tx_ready};
  assign o_last = {hrx_last, tx_last};

  task automatic check_beat(input int d);
    out_id = expected[d][next_expected[d]];
    out_row = rows[out_id];
    if (next_expected[d] >= n_expected[d]) wrong($sformatf("output %0d: a frame that nobody sent", d));
    else begin
      out_bytes = o_last[d] ? 64 - 32'(o_empty) : 64;
      for (int i = 0; i < 64; i++)
        if (o_data[8*i+:8] != (i < out_bytes ? bytes[32'(out_row.out_at)+out_at[d]+i] : 8'd0)) begin
          wrong($sformatf("vector %0d at output %0d: byte %0d is %02x, not %02x", out_id, d, out_at[d] + i, o_data[8*i+:8],
                          bytes[32'(out_row.out_at)+out_at[d]+i]));
          break;
        end
      if (o_last[d] && out_at[d] + out_bytes != 32'(out_row.out_len))
        wrong($sformatf("vector %0d at output %0d: %0d bytes, not %0d", out_id, d, out_at[d] + out_bytes, out_row.out_len));
      if (d == 2 && (hrx_meta.len != out_row.out_len || hrx_meta.rxq != out_row.rxq || hrx_meta.dst_port != out_row.port
          || hrx_meta.mark != out_row.mark || hrx_meta.reason != out_row.reason || hrx_meta.slow != out_row.slow[0]
          || hrx_meta.src_port != out_row.src_port || hrx_meta.rule != out_row.rule[19:0]))
        wrong($sformatf("vector %0d: wrong meta to the host interface: %p", out_id, hrx_meta));
    end
  endtask

  logic one_value;
  int   histogram[3][256];
  int   tagged_frames, commonest, others;

  // How often each byte value is in a frame; all but zero and the commonest must be few.
  task automatic count_bytes(input logic [1:0] d);
    for (int i = 0; i < (o_last[d] ? 64 - 32'(o_empty) : 64); i++) histogram[d][o_data[8*i+:8]]++;
    if (o_last[d]) begin
      {commonest, others} = 0;
      for (int v = 1; v < 256; v++) begin
        others = others + histogram[d][v];
        if (histogram[d][v] > commonest) commonest = histogram[d][v];
      end
      if (others - commonest > 21) wrong($sformatf("%0d foreign bytes in a frame", others - commonest));
      for (int v = 0; v < 256; v++) histogram[d][v] = 0;
      tagged_frames++;
    end
  endtask

  initial forever @(posedge clk) begin
    cycle++;
    if (rst) begin
      tagged_frames = 0;
      for (int d = 0; d < 3; d++) begin
        for (int v = 0; v < 256; v++) histogram[d][v] = 0;
        out_at[d] = 0;
        out_frames[d] = 0;
        out_beats[d] = 0;
      end
    end else
      for (int d = 0; d < 3; d++)
        if (o_valid[d] && o_ready[d]) begin
          o_data = d == 2 ? hrx_data : tx_data[(d%2)*512+:512];
          o_empty = d == 2 ? hrx_empty : tx_empty[(d%2)*6+:6];
          if (!loose) check_beat(d);
          if (one_value) count_bytes(2'(d));
          if (out_beats[d] == 0) first_out[d] = cycle;
          last_out[d] = cycle;
          out_beats[d]++;
          out_at[d] += 64;
          if (o_last[d]) begin
            out_at[d] = 0;
            out_frames[d]++;
            next_expected[d]++;
          end
        end
  end

  always @(negedge clk) begin
    for (int w = 0; w < N_WIRES; w++) tx_ready[w] <= !blocked[w] && !chance(stall);
    hrx_ready <= !blocked[2] && !chance(stall);
  end

  // ---- Events ----

  int drop_count[256];
  int rx_events, tx_events, rx_event_bytes;

  initial forever @(posedge clk) begin
    if (rst) begin
      for (int i = 0; i < 256; i++) drop_count[i] = 0;
      rx_events = 0;
      tx_events = 0;
      rx_event_bytes = 0;
      sent = 0;
      finished = 0;
      next_leave = 0;
    end else begin
      if (trace_leave_valid) begin
        if (next_leave >= n_leaves) wrong("trace of a frame that nobody sent");
        else if (!loose && trace_leave != leaves[next_leave])
          wrong($sformatf("trace %0d: %p, not %p", next_leave, trace_leave, leaves[next_leave]));
        next_leave++;
      end
      if (ev_rx_valid) begin
        rx_events++;
        rx_event_bytes = rx_event_bytes + 32'(ev_rx_len) + 1000 * 32'(ev_rx_port);
      end
      if (ev_tx_valid) begin
        if (!loose && (tx_events >= n_tx || tx_list[tx_events] != {ev_tx_len, ev_tx_port, ev_tx_slow}))
          wrong($sformatf("tx event %0d: length %0d port %0d slow %0d", tx_events, ev_tx_len, ev_tx_port, ev_tx_slow));
        tx_events++;
      end
      for (int k = 0; k < N_WIRES + 4; k++)
        if (ev_drop_valid[k]) drop_count[ev_drop_reason[8*k+:8]]++;
      if (ev_drop_valid[N_WIRES+3] && !loose) begin
        if (next_drop >= n_drops) wrong("a drop that was not expected");
        else if (ev_drop_reason[8*(N_WIRES+3)+:8] != drops[next_drop])
          wrong($sformatf("drop reason %0d, not %0d", ev_drop_reason[8*(N_WIRES+3)+:8], drops[next_drop]));
        next_drop++;
      end
      if (dut.leave) finished++;
      for (int k = 0; k < N_WIRES + 2; k++) if (ev_drop_valid[k]) finished++;
      if (htx_valid && htx_ready && htx_last && htx_drop) finished++;
    end
  end

  // ---- Tests ----

  task automatic reset();
    @(negedge clk);
    rst_next = 1'b1;
    for (int s = 0; s < N_SRC; s++) n_jobs[s] = 0;
    {gap, stall, force_error, fuzz} = 0;
    one_value = 1'b0;
    window = 1000000;
    blocked = 3'b000;
    loose = 1'b0;
    held = 1'b0;
    check_hdr = 1'b1;
    for (int i = 0; i < 64; i++) begin
      enable_next[i] = i != 30;
      slow_pair_next[i*5+:5] = 5'((i * 7 + 3) % 32);
      max_len_next[i*16+:16] = i == 1 ? 16'd1514 : i == 19 ? 16'd700 : 16'd0;
    end
    repeat (3) @(negedge clk);
    rst_next = 1'b0;
    repeat (3) @(negedge clk);
  endtask

  task automatic send(input logic [1:0] s, input int vector, input int times);
    for (int i = 0; i < times; i++) begin
      jobs[s][n_jobs[s]] = vector;
      n_jobs[s]++;
    end
  endtask

  // Source that sends a vector.
  logic [1:0] sources[MAX_VECTORS];

  // Until everything that was sent is out; fails after `limit` cycles.
  task automatic settle(input int limit);
    int left;
    left = limit;
    run_out(left);
    if (left == 0) wrong($sformatf("not at rest after %0d cycles", limit));
    if (next_leave != n_leaves) wrong($sformatf("%0d passes traced of %0d", next_leave, n_leaves));
  endtask

  // The same, at most `left` cycles; gives what is left of them.
  task automatic run_out(inout int left);
    repeat (10) @(negedge clk);
    while (left > 0 && (busy || next_job[0] < n_jobs[0] || next_job[1] < n_jobs[1] || next_job[2] < n_jobs[2]
                        || rx_valid != '0 || htx_valid)) begin
      @(negedge clk);
      left--;
    end
  endtask

  task automatic all_arrived();
    for (int d = 0; d < 3; d++)
      if (next_expected[d] != n_expected[d])
        wrong($sformatf("output %0d: %0d frames of %0d", d, next_expected[d], n_expected[d]));
    if (next_drop != n_drops) wrong($sformatf("%0d drops of %0d", next_drop, n_drops));
    if (tx_events != n_tx) wrong($sformatf("%0d tx events of %0d", tx_events, n_tx));
    if (rx_event_bytes != rx_bytes) wrong("rx events: lengths or ports");
    if (drain_busy) wrong("drain_busy at rest");
  endtask

  // Every vector, with gaps and stalls, few or many frames inside.
  task automatic test_vectors(input int gap_, input int stall_, input int window_, input string name);
    int n;
    reset();
    n = job_rows[0];
    for (int i = 1; i <= n; i++) begin
      id = job_rows[i];
      send(sources[id], id, 1);
    end
    gap = gap_;
    stall = stall_;
    window = window_;
    settle(500000);
    all_arrived();
    if (finished != sent) wrong($sformatf("%0d of %0d frames left", finished, sent));
    verdict_of(name);
  endtask

  // `times` of a vector back to back: cycles per frame in hundredths at its output, at most `most`.
  task automatic test_rate(input int vector, input int times, input int most, input string name);
    int rate;
    logic [1:0] d;
    reset();
    d = rows[vector].dest[1:0];
    send(sources[vector], vector, times);
    settle(200000);
    all_arrived();
    rate = (last_out[d] - first_out[d] + 1) * 100 / times;
    $display("%s: %0d.%02d cycles per frame", name, rate / 100, rate % 100);
    if (rate > most) wrong($sformatf("%0d hundredths of a cycle per frame, more than %0d", rate, most));
    verdict_of({"rate ", name});
  endtask

  task automatic test_rate_all();
    int rate;
    reset();
    // All sources together: the FIFOs fill first, then everything leaves at one per cycle.
    send(0, 1, 300);
    send(1, 10, 300);
    send(2, 11, 300);
    while (seen < 450) @(negedge clk);
    for (int i = 0; i < 3; i++)
      if (hdr_job[i] < 145 || hdr_job[i] > 155) wrong($sformatf("source %0d had %0d turns of 450", i, hdr_job[i]));
    settle(20000);
    all_arrived();
    rate = (last_out[1] - first_out[1] + 1) * 100 / 900;
    $display("three sources at once: %0d.%02d cycles per frame", rate / 100, rate % 100);
    if (rate > 101) wrong("less than a frame per cycle");
    verdict_of("rate of all sources");
  endtask

  task automatic test_latency();
    int start;
    reset();
    send(0, 1, 1);
    @(posedge rx_valid[0]);
    start = cycle;
    settle(1000);
    $display("latency of 60 bytes: %0d cycles, %0d of them match_action", first_out[1] - start, MA_CYCLES + 1);
    if (first_out[1] - start > 48 + MA_CYCLES) wrong("too slow");
    all_arrived();
    verdict_of("latency");
  endtask

  // A blocked output fills its queue, drops with its reason, and holds up nobody.
  task automatic test_full(input int vector, input int d, input logic [7:0] reason, input int room);
    int left;
    reset();
    loose = 1'b1;
    blocked = 3'b001 << d;
    send(0, vector, 2000);
    send(1, d == 1 ? 9 : 10, 300);
    window = 100;
    left = 8000;
    run_out(left);
    if (left != 0) wrong("at rest although an output is blocked");
    if (next_job[0] != 2000) wrong("a full queue holds up the source");
    if (drop_count[reason] < 2000 - room - 4) wrong($sformatf("%0d drops", drop_count[reason]));
    blocked = 3'b000;
    settle(8000);
    if (out_frames[d] + drop_count[reason] < 2000) wrong("frames lost without a drop");
    if (out_frames[d] < room - 4) wrong($sformatf("only %0d frames in the queue", out_frames[d]));
    verdict_of($sformatf("full queue %0d", d));
  endtask

  // Wires at more than the pipeline takes: RX_OVERFLOW, whole frames only, all accounted for.
  task automatic test_overflow();
    reset();
    loose = 1'b1;
    for (int i = 0; i < 40; i++) begin
      send(0, 6, 1);
      send(1, 6, 1);
    end
    check_hdr = 1'b0;
    settle(50000);
    if (drop_count[frl_pkg::DROP_RX_OVERFLOW] == 0) wrong("no overflow");
    if (out_frames[0] + drop_count[frl_pkg::DROP_RX_OVERFLOW] != 80)
      wrong($sformatf("%0d out, %0d dropped", out_frames[0], drop_count[frl_pkg::DROP_RX_OVERFLOW]));
    verdict_of("overflow");
  endtask

  // Frames that end with an error are dropped and counted; what the host interface discards is not counted.
  task automatic test_errors();
    reset();
    loose = 1'b1;
    check_hdr = 1'b0;
    force_error = 128;
    send(0, 1, 300);
    send(2, 11, 300);
    settle(20000);
    if (drop_count[frl_pkg::DROP_WIRE_ERROR] < 100 || drop_count[frl_pkg::DROP_WIRE_ERROR] > 200) wrong("WIRE_ERROR");
    if (rx_events != tx_events || rx_events > 400 - 2 || finished != 600) wrong("counts");
    verdict_of("errors");
  endtask

  // RUNT and WIRE_ERROR by length, and the limits themselves.
  task automatic test_lengths();
    reset();
    loose = 1'b1;
    check_hdr = 1'b0;
    for (int i = 0; i < 20; i++) begin
      send(0, 14, 1);
      send(0, 16, 1);
      send(0, 15, 1);
    end
    window = 4;
    settle(20000);
    if (drop_count[frl_pkg::DROP_RUNT] != 20 || drop_count[frl_pkg::DROP_WIRE_ERROR] != 20 || rx_events != 20
        || finished != 60) wrong("counts");
    verdict_of("lengths");
  endtask

  task automatic test_port_down();
    reset();
    enable_next[0] = 1'b0;
    send(0, 6, 2);
    send(0, 1, 20);
    send(2, 11, 20);
    settle(2000);
    if (drop_count[frl_pkg::DROP_PORT_DOWN] != 22 || out_frames[1] != 20 || rx_events != 20) wrong("counts");
    all_arrived();
    verdict_of("source port down");
  endtask

  // More copies than the replica loop holds: REPLICA_FULL, each frame's colour is released once.
  task automatic test_replica_full();
    int lost;
    reset();
    loose = 1'b1;
    send(0, 12, 60);
    send(1, 10, 200);
    settle(60000);
    lost = drop_count[frl_pkg::DROP_REPLICA_FULL];
    if (rx_events != 260 - drop_count[frl_pkg::DROP_RX_OVERFLOW]) wrong("rx events");
    if (tx_events + lost + drop_count[frl_pkg::DROP_WIRE_QUEUE_FULL] != 2 * 60 + 200
        - 2 * drop_count[frl_pkg::DROP_RX_OVERFLOW]) wrong("a copy lost without a count");
    if (dut.drain.count0 != '0 || dut.drain.count1 != '0) wrong("colours not released");
    verdict_of("replica storm");
  endtask

  // Old colour is busy until the last copy of what came before the flip has left, however much comes behind it.
  task automatic test_drain();
    int sent_then, wait_;
    reset();
    window = 40;
    send(0, 7, 1000);
    send(1, 10, 1000);
    for (int round = 0; round < 20; round++) begin
      repeat (20 + round * 3) @(negedge clk);
      sent_then = sent;
      flip_next = 1'b1;
      @(negedge clk);
      flip_next = 1'b0;
      wait_ = 0;
      while (drain_busy && wait_ < 500) begin
        @(negedge clk);
        wait_++;
      end
      if (wait_ == 500) wrong("drain does not end under load");
      if (round > 0 && wait_ < MA_CYCLES) wrong("drain ended before frames could leave");
      if (finished < sent_then - 40) wrong("drain");
    end
    settle(20000);
    all_arrived();
    verdict_of("drain");
  endtask

  // Random offsets and edits on frames of one byte value, with legs of zeroes. What else may leave is what is
  // computed: two checksums, TTL, and with an encap its version, lengths, checksum, protocol, port and flags.
  task automatic test_tagged();
    reset();
    loose = 1'b1;
    check_hdr = 1'b0;
    fuzz = 256;
    one_value = 1'b1;
    for (int i = 1; i <= tag_rows[0]; i++) send(sources[tag_rows[i]], tag_rows[i], 1);
    window = 60;
    settle(100000);
    if (finished != sent || sent != tag_rows[0]) wrong($sformatf("%0d of %0d frames left", finished, sent));
    if (tagged_frames < 100) wrong($sformatf("only %0d frames came out", tagged_frames));
    verdict_of("foreign bytes");
  endtask

  // Random offsets and edits: everything comes to rest, and nothing of another frame leaves.
  task automatic test_fuzz();
    reset();
    loose = 1'b1;
    fuzz = 200;
    for (int i = 1; i <= job_rows[0]; i++) begin
      id = job_rows[i];
      if (rows[id].last != 8'd0 && rows[id].replica == 8'd0)
        send(sources[id], id, 1);
    end
    window = 60;
    gap = 40;
    stall = 40;
    settle(200000);
    if (finished != sent) wrong($sformatf("%0d of %0d frames left", finished, sent));
    if (dut.drain.count0 != '0 || dut.drain.count1 != '0) wrong("colours not released");
    verdict_of("random edits and offsets");
    test_tagged();
    // Afterwards all is as before.
    loose = 1'b0;
    test_vectors(20, 20, 30, "vectors after random edits");
  endtask

  always @(posedge clk) if (!rst && rx_ready != '1) $fatal(1, "rx_ready fell");

  initial begin
    if (!$value$plusargs("vectors=%s", vectors)) $fatal(1, "no +vectors");
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    void'($urandom(seed));
    $readmemh({vectors, "/bytes.hex"}, bytes);
    $readmemh({vectors, "/index.hex"}, index_rows);
    $readmemh({vectors, "/act.hex"}, act_rows);
    $readmemh({vectors, "/meta.hex"}, meta_rows);
    $readmemh({vectors, "/jobs.hex"}, job_rows);
    $readmemh({vectors, "/tagged.hex"}, tag_rows);
    for (int i = 0; i < MAX_VECTORS; i++) begin
      rows[i] = index_rows[i];
      sources[i] = index_rows[i][96+:8] == 8'd8 ? 2'd2 : index_rows[i][97:96];
    end

    test_vectors(0, 0, 1, "vectors one at a time");
    test_vectors(30, 30, 40, "vectors with gaps and stalls");
    test_vectors(0, 0, 60, "vectors without gaps");
    test_latency();
    test_rate(1, 400, 100, "forward 60");
    test_rate(2, 400, 100, "vlan push 56 to 60");
    test_rate(5, 400, 100, "all fields 60");
    test_rate(3, 400, 200, "encap 60 to 110");
    test_rate(4, 200, 200, "decap 110 to 60");
    test_rate_all();
    test_full(1, 1, frl_pkg::DROP_WIRE_QUEUE_FULL, 512);
    test_full(9, 2, frl_pkg::DROP_HOST_QUEUE_FULL, 1024);
    test_overflow();
    test_errors();
    test_lengths();
    test_port_down();
    test_replica_full();
    test_drain();
    test_fuzz();
    $display("%0d passed, %0d failed", passed, failed);
    $finish;
  end

endmodule

`default_nettype wire
