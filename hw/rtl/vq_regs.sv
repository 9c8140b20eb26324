// SPDX-License-Identifier: BSD-3-Clause
// The function pages: struct virtio_pci_common_cfg (virtio 1.2, 4.1.4.3), ISR, notification, device
// configuration, and what only the card's cores see (registers fn in hw/data/chip.toml). One access or
// one piece of house-keeping at a time, a few cycles each.
//
// A reset (status 0, or queue_reset) takes the queues' right to run away, waits until both engines have
// finished what they had in flight, and then clears what there is to clear.

`default_nettype none

module vq_regs #(
  // Virtual functions, 1 to 31.
  parameter int N_VFS = frl_pkg::N_VFS
) (
  input  wire logic        clk,
  input  wire logic        rst,
  output logic             busy,

  // Register buses: card side (any function, whole page), host side (below 0x800, not the firmware's).
  input  wire logic        card_valid,
  output logic             card_ready,
  input  wire logic        card_write,
  input  wire logic [7:0]  card_fn,
  input  wire logic [11:0] card_addr,
  input  wire logic [31:0] card_wdata,
  input  wire logic [3:0]  card_wstrb,
  input  wire logic        host_valid,
  output logic             host_ready,
  input  wire logic        host_write,
  input  wire logic [7:0]  host_fn,
  input  wire logic [11:0] host_addr,
  input  wire logic [31:0] host_wdata,
  input  wire logic [3:0]  host_wstrb,
  output logic      [31:0] rdata,

  // Queue contexts to the engines, a word at a time, see vq_ctx_ram; start sets a queue's indexes.
  output logic             ctx_rx_valid,
  output logic             ctx_tx_valid,
  output logic      [5:0]  ctx_pair,
  output logic      [2:0]  ctx_word,
  output logic      [31:0] ctx_data,
  output logic             start_rx_valid,
  input  wire logic        start_rx_ready,
  output logic             start_tx_valid,
  input  wire logic        start_tx_ready,
  output logic      [5:0]  start_pair,
  output logic      [15:0] start_index,
  output logic      [63:0] run_rx,
  output logic      [63:0] run_tx,
  output logic             notify_rx_valid,
  output logic             notify_tx_valid,
  output logic      [5:0]  notify_pair,

  // From the engines.
  input  wire logic [63:0] stopped_rx,
  input  wire logic [63:0] stopped_tx,
  output logic      [5:0]  query_pair,
  input  wire logic [2:0]  query_code_rx,
  input  wire logic [15:0] query_index_rx,
  input  wire logic [2:0]  query_code_tx,
  input  wire logic [15:0] query_index_tx,
  output logic             drain_start,
  input  wire logic        drain_done_rx,
  input  wire logic        drain_done_tx,
  input  wire logic        irq_rx_sent,
  input  wire logic [5:0]  irq_rx_fn,
  input  wire logic        irq_tx_sent,
  input  wire logic [5:0]  irq_tx_fn,

  // Pulse: function changed its status or had a queue stopped.
  output logic             event_valid,
  output logic      [5:0]  event_fn,

  // MSI-X of configuration changes: a DMA write client, one beat.
  output logic             wr_valid,
  input  wire logic        wr_ready,
  output logic      [7:0]  wr_fn,
  output logic      [63:0] wr_addr
);

  if (N_VFS < 1 || N_VFS > 31) $error("N_VFS must be 1 to 31");

  // Bits of device_status (virtio 1.2, 2.1).
  localparam int DRIVER_OK = 2;
  localparam int FEATURES_OK = 3;
  localparam int NEEDS_RESET = 6;
  localparam logic [5:0] FW = 6'(frl_pkg::FN_FW);
  localparam logic [5:0] FW_PAIR = 6'(frl_pkg::QUEUE_FW / 2);
  localparam logic [5:0] VF0_PAIR = 6'(frl_pkg::QUEUE_VF0 / 2);

  typedef enum logic [3:0] {CLEAR, CLEAR_START, IDLE, LOAD, LOOK, WAIT, ACT, START, DONE, SETTLE_JOB} state_t;
  typedef enum logic [1:0] {BUS, STOP, NOTICE} job_t;
  state_t state;
  job_t   job;

  // ---- Memories by function ----
  logic [31:0] offer_lo_mem[64];
  logic [31:0] offer_hi_mem[64];
  logic [31:0] acked_lo_mem[64];
  logic [31:0] acked_hi_mem[64];
  logic [31:0] offer_sel_mem[64];
  logic [31:0] acked_sel_mem[64];
  logic [15:0] queue_sel_mem[64];
  logic [15:0] msix_mem[64];
  logic [15:0] bad_mem[64];
  logic [7:0]  status_mem[64];
  logic [7:0]  generation_mem[64];
  logic [31:0] config_mem[1024];
  // By queue: size and vector, base, addresses; see vq_ctx_ram.
  logic [31:0] queue_mem[1024];

  // ---- Flags by function and by queue pair ----
  logic [63:0] driver_ok, resetting, to_clear, notice, isr_queue, isr_config;
  logic [63:0] enabled_rx, enabled_tx, size_ok_rx, size_ok_tx, reset_rx, reset_tx, seen_rx, seen_tx, pair_ok;
  always_comb pair_ok = {driver_ok[FW], driver_ok[31:1], {32{driver_ok[0]}}};
  always_ff @(posedge clk) begin
    run_rx <= enabled_rx & pair_ok;
    run_tx <= enabled_tx & pair_ok;
  end

  // ---- What is next: clear a function, note a stopped queue, send a notice, serve a bus ----
  // The flags are a cycle old when one is picked; a job that changes them ends with a cycle more.
  logic [63:0] new_rx, new_tx, flags;
  logic        any, clear_any, stop_rx_any, stop_tx_any, flags_clear, flags_stop, flags_tx, last_card, pick_card;
  logic [5:0]  pick, pick_fn, pick_pair;
  always_comb begin
    new_rx      = stopped_rx & ~seen_rx;
    new_tx      = stopped_tx & ~seen_tx;
    clear_any   = to_clear != '0;
    stop_rx_any = new_rx != '0;
    stop_tx_any = new_tx != '0;
    pick_card   = card_valid && (!host_valid || !last_card);
  end
  always_ff @(posedge clk) begin
    flags       <= clear_any ? to_clear : stop_rx_any ? new_rx : stop_tx_any ? new_tx : wr_valid ? '0 : notice;
    flags_clear <= clear_any;
    flags_stop  <= stop_rx_any || stop_tx_any;
    flags_tx    <= !stop_rx_any;
    if (rst) flags <= '0;
  end
  always_comb begin
    // Of a function its first pair, of a pair its function.
    pick_pair = pick == 6'd0 ? 6'd0 : pick == FW ? FW_PAIR : VF0_PAIR + pick - 6'd1;
    pick_fn   = pick;
    if (flags_stop) pick_fn = pick < VF0_PAIR ? 6'd0 : pick == FW_PAIR ? FW : pick - VF0_PAIR + 6'd1;
  end
  vq_pick #(.TURNS(1'b0)) picker (.flags, .from(6'd0), .any, .pick);

  // ---- The access in work ----
  logic        by_card, writes, known, active;
  logic [5:0]  f, stop_pair;
  logic        stop_tx, all;
  logic [11:0] offset;
  logic [31:0] data;
  logic [3:0]  strobe;
  logic [9:0]  at, at_last;

  // Function's row, then the selected queue: pair and direction.
  logic [31:0] offer_lo, offer_hi, acked_lo, acked_hi, offer_sel, acked_sel, config_word, queue_word;
  logic [15:0] queue_sel, msix, bad, queues;
  logic [7:0]  status, generation;
  logic [5:0]  first_pair, pair, note_pair;
  logic        tx, queue_known;
  logic [2:0]  word;
  always_comb begin
    first_pair = f == 6'd0 ? 6'd0 : f == FW ? FW_PAIR : VF0_PAIR + f - 6'd1;
    queues     = f == 6'd0 ? 16'(2 * frl_pkg::PF_PAIRS) : 16'd2;
    word       = offset[6] ? 3'd1 : 3'(offset[5:2] - 4'd6);
    note_pair  = first_pair + data[6:1];
    query_pair = pair;
  end
  always_ff @(posedge clk) begin
    if (state == LOAD) begin
      offer_lo   <= offer_lo_mem[f];
      offer_hi   <= offer_hi_mem[f];
      acked_lo   <= acked_lo_mem[f];
      acked_hi   <= acked_hi_mem[f];
      offer_sel  <= offer_sel_mem[f];
      acked_sel  <= acked_sel_mem[f];
      queue_sel  <= queue_sel_mem[f];
      msix       <= msix_mem[f];
      bad        <= bad_mem[f];
      status     <= status_mem[f];
      generation <= generation_mem[f];
    end
    if (state == LOOK) begin
      queue_known <= queue_sel < queues;
      pair        <= first_pair + queue_sel[6:1];
      tx          <= queue_sel[0];
    end
    if (state == WAIT) begin
      queue_word  <= queue_mem[{pair, tx, word}];
      config_word <= config_mem[{f, offset[5:2]}];
    end
  end

  // ---- Read value; a write replaces its bytes ----
  logic [31:0] value, merged;
  logic [7:0]  stops;
  logic        enabled, pending, size_ok;
  always_comb begin
    enabled = queue_known && (tx ? enabled_tx[pair] : enabled_rx[pair]);
    pending = queue_known && (tx ? reset_tx[pair] : reset_rx[pair]);
    size_ok = queue_known && (tx ? size_ok_tx[pair] : size_ok_rx[pair]);
  end
  always_comb begin
    value = '0;
    case (offset)
      frl_pkg::REG_FN_DEVICE_FEATURE_SELECT: value = offer_sel;
      frl_pkg::REG_FN_DEVICE_FEATURE: value = offer_sel == 32'd0 ? offer_lo : offer_sel == 32'd1 ? offer_hi : '0;
      frl_pkg::REG_FN_DRIVER_FEATURE_SELECT: value = acked_sel;
      frl_pkg::REG_FN_DRIVER_FEATURE: value = acked_sel == 32'd0 ? acked_lo : acked_sel == 32'd1 ? acked_hi : '0;
      frl_pkg::REG_FN_CONFIG_MSIX: value = {queues, msix};
      // Not 0 before a reset is over, also when the function had no status yet: writes count from then on.
      frl_pkg::REG_FN_STATUS: value = {queue_sel, generation, status[7:1], status[0] || resetting[f]};
      frl_pkg::REG_FN_QUEUE_ENABLE: value = {31'd0, enabled};
      frl_pkg::REG_FN_QUEUE_SIZE, frl_pkg::REG_FN_QUEUE_DESC_LO, frl_pkg::REG_FN_QUEUE_DESC_HI,
      frl_pkg::REG_FN_QUEUE_DRIVER_LO, frl_pkg::REG_FN_QUEUE_DRIVER_HI, frl_pkg::REG_FN_QUEUE_DEVICE_LO,
      frl_pkg::REG_FN_QUEUE_DEVICE_HI: if (queue_known) value = queue_word;
      frl_pkg::REG_FN_QUEUE_RESET: value = {15'd0, pending, queue_sel};
      frl_pkg::REG_FN_QUEUE_BASE: if (queue_known) value = {16'd0, tx ? query_index_tx : query_index_rx};
      frl_pkg::REG_FN_QUEUE_ERROR: if (queue_known) value = {29'd0, tx ? query_code_tx : query_code_rx};
      frl_pkg::REG_FN_ISR: value = {30'd0, isr_config[f], isr_queue[f]};
      frl_pkg::REG_FN_FEATURES_LO: value = offer_lo;
      frl_pkg::REG_FN_FEATURES_HI: value = offer_hi;
      frl_pkg::REG_FN_ACKED_LO: value = acked_lo;
      frl_pkg::REG_FN_ACKED_HI: value = acked_hi;
      frl_pkg::REG_FN_FN_STATUS: value = {bad, stops, status};
      default: if (offset[11:6] == 6'h08) value = config_word;
    endcase
    merged = {strobe[3] ? data[31:24] : value[31:24], strobe[2] ? data[23:16] : value[23:16],
              strobe[1] ? data[15:8] : value[15:8], strobe[0] ? data[7:0] : value[7:0]};
  end

  // Queues of the function that stand still.
  logic [63:0] of_fn;
  always_comb of_fn = f == 6'd0 ? 64'hffffffff : 64'd1 << first_pair;
  // Counted six at a time by table, then in threes and pairs: a chain of adders would be as deep as it is long.
  function automatic logic [191:0] ones(input int unused_n);
    for (int v = 0; v < 64; v++) begin
      ones[3*v+:3] = 3'd0;
      for (int i = 0; i < 6; i++) ones[3*v+:3] = ones[3*v+:3] + 3'((v >> i) % 2);
    end
  endfunction
  localparam logic [191:0] ONES = ones(6);

  logic [24*3-1:0] six;
  logic [8*5-1:0]  eighteen;
  always_ff @(posedge clk) begin
    if (state == LOAD && offset == frl_pkg::REG_FN_FN_STATUS) begin : count_sixes
      logic [143:0] still;
      still = {16'd0, stopped_rx & of_fn, stopped_tx & of_fn};
      for (int i = 0; i < 24; i++) six[3*i+:3] <= ONES[3*8'(still[6*i+:6])+:3];
    end
    if (state == LOOK)
      for (int i = 0; i < 8; i++)
        eighteen[5*i+:5] <= {2'd0, six[9*i+:3]} + {2'd0, six[9*i+3+:3]} + {2'd0, six[9*i+6+:3]};
    if (state == WAIT)
      stops <= (({3'd0, eighteen[4:0]} + {3'd0, eighteen[9:5]}) + ({3'd0, eighteen[14:10]} + {3'd0, eighteen[19:15]})) +
               (({3'd0, eighteen[24:20]} + {3'd0, eighteen[29:25]}) + ({3'd0, eighteen[34:30]} + {3'd0, eighteen[39:35]}));
  end

  // ---- What a write does ----
  logic do_act, do_write, do_offer, do_config, do_reset, do_enable, do_queue_reset, do_base, do_size, do_addr, do_note;
  logic features_fit;
  logic [7:0] new_status;
  always_comb begin
    do_act         = state == ACT && known;
    do_write       = do_act && writes && !resetting[f];
    do_offer       = do_act && writes && by_card;
    do_config      = do_offer && offset[11:6] == 6'h08;
    do_reset       = do_write && offset == frl_pkg::REG_FN_STATUS && strobe[0] && data[7:0] == 8'd0;
    do_enable      = do_write && offset == frl_pkg::REG_FN_QUEUE_ENABLE && merged[0] && !enabled && !pending && size_ok;
    do_queue_reset = do_write && offset == frl_pkg::REG_FN_QUEUE_RESET && strobe[2] && data[16] && enabled;
    do_base        = do_write && offset == frl_pkg::REG_FN_QUEUE_BASE && queue_known && !enabled && !pending;
    do_size        = do_write && offset == frl_pkg::REG_FN_QUEUE_SIZE && queue_known;
    do_addr        = do_write && offset[11:6] == 6'd0 && offset[5:2] >= 4'd8 && offset[5:2] <= 4'd13 && queue_known && !enabled;
    do_note        = do_write && offset == frl_pkg::REG_FN_NOTIFY && data[15:0] < queues;

    // FEATURES_OK stays only when the driver wants nothing that was not offered, and VERSION_1.
    features_fit = (acked_lo & ~offer_lo) == '0 && (acked_hi & ~offer_hi) == '0 && acked_hi[0];
    new_status   = merged[7:0];
    new_status[NEEDS_RESET] = status[NEEDS_RESET];
    if (!status[FEATURES_OK] && !features_fit) new_status[FEATURES_OK] = 1'b0;
  end

  // ---- Memories written ----
  logic       fn_clear, status_we, queue_we;
  logic [5:0] fa;
  logic [9:0] queue_wa;
  logic [31:0] queue_wd;
  always_comb begin
    fn_clear  = state == CLEAR && (all || at == at_last);
    fa        = all ? at[5:0] : f;
    status_we = fn_clear || (state == LOOK && job == STOP)
                || (do_write && offset == frl_pkg::REG_FN_STATUS && strobe[0] && !do_reset);
    queue_we  = state == CLEAR || do_queue_reset || do_base || do_size || do_addr;
    queue_wa  = {pair, tx, word};
    queue_wd  = merged;
    if (state == CLEAR) queue_wa = at;
    else if (do_queue_reset) queue_wa = {pair, tx, 3'd1};
    if (state == CLEAR) queue_wd = at[2:0] == 3'd0 ? {frl_pkg::MSIX_NONE, 16'(frl_pkg::QUEUE_SIZE_MAX)} : '0;
    else if (do_queue_reset) queue_wd = '0;
    else if (do_size && enabled) queue_wd = {merged[31:16], value[15:0]};
    else if (do_base) queue_wd = {16'd0, merged[15:0]};
  end

  logic acked_we;
  always_comb acked_we = do_write && offset == frl_pkg::REG_FN_DRIVER_FEATURE && !status[FEATURES_OK];
  always_ff @(posedge clk) begin
    if ((fn_clear && all) || (do_offer && offset == frl_pkg::REG_FN_FEATURES_LO)) offer_lo_mem[fa] <= fn_clear ? '0 : merged;
    if ((fn_clear && all) || (do_offer && offset == frl_pkg::REG_FN_FEATURES_HI)) offer_hi_mem[fa] <= fn_clear ? '0 : merged;
    if (fn_clear || (acked_we && acked_sel == 32'd0)) acked_lo_mem[fa] <= fn_clear ? '0 : merged;
    if (fn_clear || (acked_we && acked_sel == 32'd1)) acked_hi_mem[fa] <= fn_clear ? '0 : merged;
    if (fn_clear || (do_write && offset == frl_pkg::REG_FN_DEVICE_FEATURE_SELECT)) offer_sel_mem[fa] <= fn_clear ? '0 : merged;
    if (fn_clear || (do_write && offset == frl_pkg::REG_FN_DRIVER_FEATURE_SELECT)) acked_sel_mem[fa] <= fn_clear ? '0 : merged;
    if (fn_clear || (do_write && offset == frl_pkg::REG_FN_STATUS)) queue_sel_mem[fa] <= fn_clear ? '0 : merged[31:16];
    if (fn_clear || (do_write && offset == frl_pkg::REG_FN_CONFIG_MSIX)) msix_mem[fa] <= fn_clear ? frl_pkg::MSIX_NONE : merged[15:0];
    if ((fn_clear && all) || (do_offer && offset == frl_pkg::REG_FN_FN_CTRL && merged[0]))
      generation_mem[fa] <= fn_clear ? '0 : generation + 8'd1;
    if ((fn_clear && all) || (state == LOOK && job == STOP)) bad_mem[fa] <= fn_clear ? '0 : bad + 16'(bad != '1);
    if (status_we) status_mem[fa] <= fn_clear ? '0 : job == STOP ? status | 8'(1 << NEEDS_RESET) : new_status;
    if ((state == CLEAR && all) || do_config) config_mem[do_config ? {f, offset[5:2]} : at] <= do_config ? merged : '0;
    if (queue_we) queue_mem[queue_wa] <= queue_wd;
  end

  // Every change of a queue's words goes to the engines.
  always_ff @(posedge clk) begin
    ctx_rx_valid <= queue_we && !queue_wa[3];
    ctx_tx_valid <= queue_we && queue_wa[3];
    if (queue_we) begin
      ctx_pair <= queue_wa[9:4];
      ctx_word <= queue_wa[2:0];
      ctx_data <= queue_wd;
    end
    notify_rx_valid <= do_note && !data[0] && run_rx[note_pair];
    notify_tx_valid <= do_note && data[0] && run_tx[note_pair];
    notify_pair     <= note_pair;
    if (rst) begin
      ctx_rx_valid <= 1'b0;
      ctx_tx_valid <= 1'b0;
      notify_rx_valid <= 1'b0;
      notify_tx_valid <= 1'b0;
    end
  end

  // ---- Flags ----
  logic drain_ends;
  logic [63:0] drain_fn, drain_rx, drain_tx;
  logic [15:0] size_wd;
  logic        size_fits, clear_queue, start_go;
  always_comb begin
    size_wd     = queue_wd[15:0];
    size_fits   = size_wd != '0 && size_wd <= 16'(frl_pkg::QUEUE_SIZE_MAX) && (size_wd & (size_wd - 16'd1)) == '0;
    clear_queue = state == CLEAR && at[2:0] == 3'd7;
  end
  always_ff @(posedge clk) begin
    seen_rx <= seen_rx & stopped_rx;
    seen_tx <= seen_tx & stopped_tx;
    if (irq_rx_sent) isr_queue[irq_rx_fn] <= 1'b1;
    if (irq_tx_sent) isr_queue[irq_tx_fn] <= 1'b1;
    if (queue_we && queue_wa[2:0] == 3'd0 && queue_wa[3]) size_ok_tx[queue_wa[9:4]] <= size_fits;
    if (queue_we && queue_wa[2:0] == 3'd0 && !queue_wa[3]) size_ok_rx[queue_wa[9:4]] <= size_fits;
    if (do_enable && tx) enabled_tx[pair] <= 1'b1;
    if (do_enable && !tx) enabled_rx[pair] <= 1'b1;
    if (do_queue_reset && tx) begin
      enabled_tx[pair] <= 1'b0;
      reset_tx[pair] <= 1'b1;
    end
    if (do_queue_reset && !tx) begin
      enabled_rx[pair] <= 1'b0;
      reset_rx[pair] <= 1'b1;
    end
    if (do_act && !writes && offset == frl_pkg::REG_FN_ISR) begin
      isr_queue[f] <= 1'b0;
      isr_config[f] <= 1'b0;
    end
    if (do_write && offset == frl_pkg::REG_FN_STATUS && strobe[0]) driver_ok[f] <= merged[DRIVER_OK];
    if (do_reset) begin
      driver_ok[f] <= 1'b0;
      resetting[f] <= 1'b1;
    end
    if (do_offer && offset == frl_pkg::REG_FN_FN_CTRL && merged[0] && driver_ok[f]) notice[f] <= 1'b1;
    if (state == LOOK && job == STOP) begin
      if (stop_tx) seen_tx[stop_pair] <= 1'b1;
      else seen_rx[stop_pair] <= 1'b1;
      if (driver_ok[f]) notice[f] <= 1'b1;
    end
    if (state == LOOK && job == NOTICE) begin
      notice[f] <= 1'b0;
      isr_config[f] <= 1'b1;
    end
    if (drain_ends) begin
      reset_rx <= reset_rx & ~drain_rx;
      reset_tx <= reset_tx & ~drain_tx;
      to_clear <= drain_fn;
    end
    if (clear_queue && at[3]) begin
      enabled_tx[at[9:4]] <= 1'b0;
      reset_tx[at[9:4]] <= 1'b0;
    end
    if (clear_queue && !at[3]) begin
      enabled_rx[at[9:4]] <= 1'b0;
      reset_rx[at[9:4]] <= 1'b0;
    end
    if (fn_clear && !all) begin
      resetting[f] <= 1'b0;
      to_clear[f] <= 1'b0;
      notice[f] <= 1'b0;
      isr_queue[f] <= 1'b0;
      isr_config[f] <= 1'b0;
    end
    if (rst) begin
      {driver_ok, resetting, to_clear, notice, isr_queue, isr_config} <= '0;
      {enabled_rx, enabled_tx, size_ok_rx, size_ok_tx, reset_rx, reset_tx, seen_rx, seen_tx} <= '0;
    end
  end

  // ---- Steps ----
  always_comb start_go = start_tx_valid ? start_tx_ready : start_rx_ready;
  always_comb begin
    start_rx_valid = (state == START && !tx) || (state == CLEAR_START && !at[3]);
    start_tx_valid = (state == START && tx) || (state == CLEAR_START && at[3]);
    start_pair     = state == START ? pair : at[9:4];
  end
  always_ff @(posedge clk) begin
    case (state)
      CLEAR: begin
        if (at[2:0] == 3'd7) state <= CLEAR_START;
        else at <= at + 10'd1;
      end
      CLEAR_START: if (start_go) begin
        state <= at == at_last ? SETTLE_JOB : CLEAR;
        at    <= at + 10'd1;
        if (at == at_last) all <= 1'b0;
      end
      IDLE: begin
        start_index <= '0;
        if (any && flags_clear) begin
          f       <= pick;
          at      <= {pick_pair, 4'd0};
          at_last <= {pick == 6'd0 ? 6'(frl_pkg::PF_PAIRS - 1) : pick_pair, 4'd15};
          state   <= CLEAR;
        end else if (any) begin
          f         <= pick_fn;
          job       <= flags_stop ? STOP : NOTICE;
          stop_pair <= pick;
          stop_tx   <= flags_tx;
          state     <= LOAD;
        end else if (card_valid || host_valid) begin
          job       <= BUS;
          last_card <= pick_card;
          by_card   <= pick_card;
          if (pick_card) begin
            {writes, f, offset, data, strobe} <= {card_write, card_fn[5:0], card_addr & 12'hffc, card_wdata, card_wstrb};
            known <= card_fn <= 8'(N_VFS) || card_fn == frl_pkg::FN_FW;
          end else begin
            {writes, f, offset, data, strobe} <= {host_write, host_fn[5:0], host_addr & 12'hffc, host_wdata, host_wstrb};
            known <= host_fn <= 8'(N_VFS) && !host_addr[11];
          end
          state <= LOAD;
        end
      end
      LOAD: state <= LOOK;
      LOOK: state <= job == BUS ? WAIT : SETTLE_JOB;
      WAIT: state <= ACT;
      ACT: begin
        rdata       <= known ? value : '0;
        start_index <= do_enable ? queue_word[15:0] : merged[15:0];
        state       <= do_enable || do_base ? START : DONE;
      end
      START: if (start_go) state <= DONE;
      default: state <= IDLE;
    endcase
    if (rst) begin
      state       <= CLEAR;
      all         <= 1'b1;
      at          <= '0;
      at_last     <= '1;
      start_index <= '0;
      last_card   <= 1'b0;
    end
  end
  always_comb begin
    card_ready = state == DONE && by_card;
    host_ready = state == DONE && !by_card;
  end

  // ---- Notices and events ----
  always_ff @(posedge clk) begin
    if (state == LOOK && job == NOTICE && msix != frl_pkg::MSIX_NONE) begin
      wr_valid <= 1'b1;
      wr_fn    <= 8'(f);
      wr_addr  <= {48'd0, msix};
    end else if (wr_ready) begin
      wr_valid <= 1'b0;
    end
    event_valid <= status_we && !all;
    event_fn    <= f;
    if (rst) begin
      wr_valid    <= 1'b0;
      event_valid <= 1'b0;
    end
  end

  // ---- Drain before a reset is done; `run` needs some cycles to reach all stages of the engines ----
  typedef enum logic [1:0] {REST, SETTLE, DRAIN, FINISH} drain_t;
  drain_t     drain;
  logic [2:0] settle;
  logic       done_rx, done_tx;
  always_comb drain_start = drain == SETTLE && settle == 3'd7;
  always_comb drain_ends = drain == DRAIN && done_rx && done_tx;
  always_ff @(posedge clk) begin
    done_rx <= drain == DRAIN && (done_rx || drain_done_rx);
    done_tx <= drain == DRAIN && (done_tx || drain_done_tx);
    case (drain)
      REST: begin
        settle <= '0;
        {drain_fn, drain_rx, drain_tx} <= {resetting, reset_rx, reset_tx};
        if (resetting != '0 || reset_rx != '0 || reset_tx != '0) drain <= SETTLE;
      end
      SETTLE: begin
        settle <= settle + 3'd1;
        if (settle == 3'd7) drain <= DRAIN;
      end
      DRAIN: if (drain_ends) drain <= FINISH;
      default: if (to_clear == '0) drain <= REST;
    endcase
    if (rst) drain <= REST;
  end

  always_comb active = state != IDLE || any || card_valid || host_valid || wr_valid;
  always_comb busy = active || drain != REST || notify_rx_valid || notify_tx_valid || ctx_rx_valid || ctx_tx_valid;

endmodule

`default_nettype wire
