// SPDX-License-Identifier: BSD-3-Clause
/* Shim around Verilator's class of the chip; see frl_rtl.h. The project's only C++. */
#include "frl_rtl.h"

#include "frl_chip.h"
#include "Vferrule.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif
#if VM_COVERAGE
#include "frl_rtl_coverage.h"
#endif

#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <vector>

namespace
{

/* Reads that the endpoint may have on the link at a time (PCIe: tags). */
constexpr size_t READS_MAX = 256;
/* Round trip to card memory, in cycles. */
constexpr uint32_t CARD_ROUND_TRIP = 2;
constexpr uint32_t READ_LEN_MAX = 16384;
constexpr size_t BEAT = FRL_DATA_BYTES;
constexpr size_t WORDS = BEAT / 4;
/* Parameter N_WIRES of this build. */
constexpr unsigned int WIRES = FRL_RTL_WIRES;

struct Frame {
	std::vector<uint8_t> data;
	uint64_t not_before;
	bool error;
};

struct Wire {
	std::deque<Frame> rx;
	size_t rx_offset = 0; /* bytes of rx.front() that have entered */
	bool rx_valid = false;
	bool rx_held = false; /* offered and not taken */
	uint64_t rx_first = 0;
	std::vector<uint8_t> tx;
	uint64_t tx_first = 0;
	bool tx_ready = true;
};

struct Read {
	uint32_t ticket;
	uint32_t len;
	uint64_t due; /* cycle of the first beat */
	bool done;
	bool error;
	size_t offset;
	std::vector<uint8_t> data;
};

struct Write {
	unsigned int fn;
	uint64_t addr;
	uint32_t len;
	std::vector<uint8_t> data;
};

unsigned int bit(uint32_t word, unsigned int n)
{
	return (word >> n) & 1;
}

/* Takes a packed struct of chip.toml apart, in the order of its fields: the first is the most significant. */
class Fields
{
      public:
	Fields(const uint32_t *from, unsigned int width) : words(from), at(width)
	{
	}

	/* A field of at most 32 bits. */
	uint32_t take(unsigned int width)
	{
		at -= width;
		uint64_t pair = words[at / 32];

		if (at % 32 + width > 32)
			pair |= static_cast<uint64_t>(words[at / 32 + 1]) << 32;
		return pair >> (at % 32) & ((1ULL << width) - 1);
	}

      private:
	const uint32_t *words;
	unsigned int at;
};

/* Marsaglia's xorshift64: the same sequence for the same seed. */
class Dice
{
      public:
	void seed(uint64_t value)
	{
		state = value ? value : 1;
	}

	/* True in that many of a hundred throws. */
	bool hit(unsigned int per_cent)
	{
		if (!per_cent)
			return false;
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		return (state >> 32) % 100 < per_cent;
	}

      private:
	uint64_t state = 1;
};

} // namespace

struct frl_rtl {
	frl_rtl_config config;
	std::unique_ptr<VerilatedContext> context;
	std::unique_ptr<Vferrule> top;
#if VM_TRACE
	std::unique_ptr<VerilatedFstC> trace;
	bool tracing = false;
#endif
#if VM_COVERAGE
	std::unique_ptr<Coverage> coverage;
#endif
	uint64_t cycles = 0;
	uint32_t next_ticket = 0;
	Wire wires[WIRES];
	std::deque<Read> reads;
	bool cpl_valid = false;
	Write write{};
	bool write_open = false;
	uint32_t epoch = 0; /* table writes since reset */
	bool stalling = false;
	bool cpl_held = false; /* a completion beat was offered and not taken */
	frl_rtl_stalls stalls{};
	Dice dice;

	void drive_rx(unsigned int w);
	void drive_completion();
	void drive_stalls();
	void sample_trace();
	void tell_write();
	void tell_lookup();
	void sample_rx(unsigned int w);
	void sample_tx(unsigned int w);
	void sample_completion();
	void sample_read_request();
	void sample_write();
	void start_read(Read &read, unsigned int fn, uint64_t addr);
	void finish_write();
	void cycle();
};

/* Put the next beat of a wire's frame on the bus; a beat that was not taken stays. */
void frl_rtl::drive_rx(unsigned int w)
{
	Wire &wire = wires[w];
	uint32_t *words = &top->rx_data[w * WORDS];

	/* A beat that waits for the chip stays; else the MAC may pause. */
	if (!wire.rx_held)
		wire.rx_valid = !wire.rx.empty() && wire.rx.front().not_before <= cycles &&
				!(stalling && dice.hit(stalls.wire_rx));
	top->rx_valid = (top->rx_valid & ~(1u << w)) | (wire.rx_valid << w);
	if (!wire.rx_valid)
		return;
	const Frame &frame = wire.rx.front();
	size_t left = frame.data.size() - wire.rx_offset;
	size_t n = left < BEAT ? left : BEAT;
	bool last = left <= BEAT;

	memcpy(words, frame.data.data() + wire.rx_offset, n);
	memset(reinterpret_cast<uint8_t *>(words) + n, 0, BEAT - n);
	top->rx_last = (top->rx_last & ~(1u << w)) | (last << w);
	top->rx_error = (top->rx_error & ~(1u << w)) | ((last && frame.error) << w);
	uint64_t empty = top->rx_empty & ~(0x3fULL << (6 * w));
	top->rx_empty = empty | (static_cast<uint64_t>(BEAT - n) << (6 * w));
}

void frl_rtl::sample_rx(unsigned int w)
{
	Wire &wire = wires[w];

	wire.rx_held = wire.rx_valid && !bit(top->rx_ready, w);
	if (!wire.rx_valid || wire.rx_held)
		return;
	if (wire.rx_offset == 0)
		wire.rx_first = cycles;
	wire.rx_offset += BEAT;
	if (wire.rx_offset >= wire.rx.front().data.size()) {
		wire.rx.pop_front();
		wire.rx_offset = 0;
	}
}

void frl_rtl::sample_tx(unsigned int w)
{
	Wire &wire = wires[w];

	if (!bit(top->tx_valid, w) || !bit(top->tx_ready, w))
		return;
	bool last = bit(top->tx_last, w);
	size_t n = last ? BEAT - ((top->tx_empty >> (6 * w)) & 0x3f) : BEAT;
	const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&top->tx_data[w * WORDS]);

	if (wire.tx.empty())
		wire.tx_first = cycles;
	wire.tx.insert(wire.tx.end(), bytes, bytes + n);
	if (!last)
		return;
	if (config.ops->tx)
		config.ops->tx(config.arg, w, wire.tx.data(), wire.tx.size(), wire.tx_first);
	wire.tx.clear();
}

void frl_rtl::drive_completion()
{
	cpl_valid = !reads.empty() && reads.front().done && reads.front().due <= cycles;
	if (stalling && cpl_valid && !cpl_held)
		cpl_valid = !dice.hit(stalls.dma_cpl);
	top->dma_cpl_valid = cpl_valid;
	top->dma_rd_ready = reads.size() < READS_MAX;
	if (!cpl_valid)
		return;
	const Read &read = reads.front();
	size_t left = read.len - read.offset;

	top->dma_cpl_error = read.error;
	top->dma_cpl_last = read.error || left <= BEAT;
	if (!read.error)
		memcpy(&top->dma_cpl_data[0], read.data.data() + read.offset,
		       left < BEAT ? left : BEAT);
}

void frl_rtl::sample_completion()
{
	cpl_held = cpl_valid && !top->dma_cpl_ready;
	if (!cpl_valid || cpl_held)
		return;
	Read &read = reads.front();

	read.offset += BEAT;
	if (read.error || read.offset >= read.len)
		reads.pop_front();
}

/* Ask the owner of the memory; he may answer later. */
void frl_rtl::start_read(Read &read, unsigned int fn, uint64_t addr)
{
	if (read.len == 0 || read.len > READ_LEN_MAX || !config.ops->dma_read) {
		read.done = read.error = true;
		return;
	}
	int status =
		config.ops->dma_read(config.arg, fn, addr, read.data.data(), read.len, read.ticket);

	read.done = status != FRL_RTL_LATER;
	read.error = status < 0;
}

void frl_rtl::sample_read_request()
{
	if (!top->dma_rd_valid || !top->dma_rd_ready)
		return;
	unsigned int fn = top->dma_rd_fn;
	uint32_t round_trip = fn == FRL_FN_FW ? CARD_ROUND_TRIP : config.pcie_round_trip;
	uint32_t len = top->dma_rd_len;

	reads.push_back(Read{ next_ticket++, len, cycles + 1 + round_trip, false, false, 0,
			      std::vector<uint8_t>(len) });
	start_read(reads.back(), fn, top->dma_rd_addr);
}

void frl_rtl::finish_write()
{
	write_open = false;
	if (write.data.size() >= write.len && config.ops->dma_write)
		config.ops->dma_write(config.arg, write.fn, write.addr, write.data.data(),
				      write.len);
}

void frl_rtl::sample_write()
{
	if (!top->dma_wr_valid || !top->dma_wr_ready)
		return;
	if (top->dma_wr_irq) {
		if (config.ops->msix)
			config.ops->msix(config.arg, top->dma_wr_fn, top->dma_wr_addr & 0xffff);
		return;
	}
	if (!write_open) {
		write_open = true;
		write.fn = top->dma_wr_fn;
		write.addr = top->dma_wr_addr;
		write.len = top->dma_wr_len;
		write.data.clear();
	}
	const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&top->dma_wr_data[0]);

	write.data.insert(write.data.end(), bytes, bytes + BEAT);
	if (top->dma_wr_last)
		finish_write();
}

/* The far ends of the chip's outputs stand still now and then. */
void frl_rtl::drive_stalls()
{
	for (unsigned int w = 0; w < WIRES; w++) {
		bool ready = wires[w].tx_ready && !dice.hit(stalls.wire_tx);
		top->tx_ready = (top->tx_ready & ~(1u << w)) | (ready << w);
	}
	if (dice.hit(stalls.dma_rd))
		top->dma_rd_ready = 0;
	top->dma_wr_ready = !dice.hit(stalls.dma_wr);
}

void frl_rtl::tell_write()
{
	frl_rtl_trace_write write;

	write.epoch = ++epoch;
	write.table = top->trace_write_table;
	write.index = top->trace_write_index;
	write.flip = top->trace_write_flip;
	memcpy(write.row, &top->trace_write_row[0], sizeof(write.row));
	config.ops->trace_write(config.arg, &write);
}

void frl_rtl::tell_lookup()
{
	Fields fields(&top->trace_lookup[0], 135);
	frl_rtl_trace_lookup lookup;

	lookup.epoch_lookup = fields.take(32);
	lookup.epoch_action = fields.take(32);
	lookup.src_port = fields.take(8);
	lookup.direct = fields.take(1);
	lookup.replica = fields.take(1);
	lookup.leg = fields.take(16);
	lookup.rule_hit = fields.take(1);
	lookup.rule = fields.take(20);
	lookup.port = fields.take(8);
	lookup.reason = fields.take(8);
	lookup.drop = fields.take(8);
	config.ops->trace_lookup(config.arg, &lookup);
}

/* Writes first: a frame that saw one is told of later. */
void frl_rtl::sample_trace()
{
	if (top->trace_write && config.ops->trace_write)
		tell_write();
	if (top->trace_lookup_valid && config.ops->trace_lookup)
		tell_lookup();
	if (top->trace_leave_valid && config.ops->trace_leave) {
		frl_rtl_trace_leave leave;

		leave.drop = top->trace_leave >> 1;
		leave.copied = top->trace_leave & 1;
		config.ops->trace_leave(config.arg, &leave);
	}
}

/* Inputs change while the clock is low; what stands on the buses then is what the edge takes. */
void frl_rtl::cycle()
{
	for (unsigned int w = 0; w < WIRES; w++)
		drive_rx(w);
	drive_completion();
	if (stalling)
		drive_stalls();
	top->clk = 0;
	top->eval();
#if VM_TRACE
	if (tracing)
		trace->dump(cycles * 2);
#endif
#if VM_COVERAGE
	coverage->sample();
#endif
	for (unsigned int w = 0; w < WIRES; w++) {
		sample_rx(w);
		sample_tx(w);
	}
	sample_completion();
	sample_read_request();
	sample_write();
	sample_trace();
	top->clk = 1;
	top->eval();
#if VM_TRACE
	if (tracing)
		trace->dump(cycles * 2 + 1);
#endif
	cycles++;
}

bool frl_rtl_can_trace(void)
{
	return VM_TRACE;
}

static bool open_trace(frl_rtl *rtl)
{
	if (!rtl->config.trace_file)
		return true;
#if VM_TRACE
	rtl->trace = std::make_unique<VerilatedFstC>();
	rtl->top->trace(rtl->trace.get(), 99);
	rtl->trace->open(rtl->config.trace_file);
	rtl->tracing = rtl->trace->isOpen();
	return rtl->tracing;
#else
	return false;
#endif
}

struct frl_rtl *frl_rtl_create(const struct frl_rtl_config *config)
{
	auto *rtl = new (std::nothrow) frl_rtl;

	if (!rtl)
		return nullptr;
	rtl->config = *config;
	rtl->context = std::make_unique<VerilatedContext>();
	rtl->context->threads(
		1); /* no pool: a fork would not have its threads, and could not end it */
#if VM_TRACE || VM_COVERAGE
	rtl->context->traceEverOn(true);
#endif
	rtl->top = std::make_unique<Vferrule>(rtl->context.get());
#if VM_COVERAGE
	rtl->coverage = std::make_unique<Coverage>(rtl->top.get());
#endif
	if (!open_trace(rtl)) {
		delete rtl;
		return nullptr;
	}
	rtl->top->tx_ready = (1u << WIRES) - 1;
	rtl->top->dma_wr_ready = 1;
	frl_rtl_reset(rtl);
	return rtl;
}

void frl_rtl_destroy(struct frl_rtl *rtl)
{
	if (!rtl)
		return;
#if VM_TRACE
	if (rtl->trace)
		rtl->trace->close();
#endif
#if VM_COVERAGE
	rtl->coverage->save();
#endif
	rtl->top->final();
	delete rtl;
}

void frl_rtl_trace(struct frl_rtl *rtl, bool on)
{
#if VM_TRACE
	rtl->tracing = on && rtl->trace;
#else
	(void)rtl;
	(void)on;
#endif
}

void frl_rtl_reset(struct frl_rtl *rtl)
{
	for (Wire &wire : rtl->wires) {
		bool ready = wire.tx_ready;
		wire = Wire();
		wire.tx_ready = ready;
	}
	rtl->reads.clear();
	rtl->write_open = false;
	rtl->cpl_held = false;
	rtl->top->card_valid = 0;
	rtl->top->host_valid = 0;
	rtl->top->rst = 1;
	frl_rtl_step(rtl, 8);
	/* What the chip said while in reset was nothing. */
	rtl->reads.clear();
	rtl->write_open = false;
	rtl->epoch = 0;
	for (Wire &wire : rtl->wires)
		wire.tx.clear();
	rtl->top->rst = 0;
	frl_rtl_step(rtl, 1);
}

void frl_rtl_step(struct frl_rtl *rtl, unsigned int cycles)
{
	while (cycles--)
		rtl->cycle();
}

bool frl_rtl_run_idle(struct frl_rtl *rtl, unsigned int max)
{
	while (frl_rtl_busy(rtl) && max--)
		rtl->cycle();
	return !frl_rtl_busy(rtl);
}

uint64_t frl_rtl_cycles(const struct frl_rtl *rtl)
{
	return rtl->cycles;
}

bool frl_rtl_busy(const struct frl_rtl *rtl)
{
	if (rtl->top->busy || rtl->write_open)
		return true;
	if (!rtl->reads.empty() && rtl->reads.front().done)
		return true;
	for (const Wire &wire : rtl->wires) {
		if (!wire.rx.empty())
			return true;
	}
	return false;
}

void frl_rtl_set_time(struct frl_rtl *rtl, uint64_t ns)
{
	rtl->top->time_ns = ns;
}

void frl_rtl_set_link(struct frl_rtl *rtl, uint32_t bits)
{
	rtl->top->link = bits & ((1u << WIRES) - 1);
}

bool frl_rtl_irq(const struct frl_rtl *rtl)
{
	return rtl->top->irq_card;
}

int frl_rtl_rx(struct frl_rtl *rtl, unsigned int wire, const void *frame, size_t len,
	       uint64_t not_before, bool error)
{
	const uint8_t *bytes = static_cast<const uint8_t *>(frame);

	if (wire >= WIRES || len == 0 || len > UINT16_MAX)
		return -EINVAL;
	rtl->wires[wire].rx.push_back(
		Frame{ std::vector<uint8_t>(bytes, bytes + len), not_before, error });
	return 0;
}

size_t frl_rtl_rx_queued(const struct frl_rtl *rtl, unsigned int wire)
{
	return wire < WIRES ? rtl->wires[wire].rx.size() : 0;
}

uint64_t frl_rtl_rx_first_cycle(const struct frl_rtl *rtl, unsigned int wire)
{
	return wire < WIRES ? rtl->wires[wire].rx_first : 0;
}

void frl_rtl_tx_ready(struct frl_rtl *rtl, unsigned int wire, bool ready)
{
	if (wire >= WIRES)
		return;
	rtl->wires[wire].tx_ready = ready;
	rtl->top->tx_ready = (rtl->top->tx_ready & ~(1u << wire)) | (ready << wire);
}

void frl_rtl_set_stalls(struct frl_rtl *rtl, uint64_t seed, const struct frl_rtl_stalls *stalls)
{
	rtl->stalls = *stalls;
	rtl->dice.seed(seed);
	rtl->stalling = stalls->wire_rx || stalls->wire_tx || stalls->dma_rd || stalls->dma_cpl ||
			stalls->dma_wr;
	if (rtl->stalling)
		return;
	for (unsigned int w = 0; w < WIRES; w++)
		rtl->top->tx_ready = (rtl->top->tx_ready & ~(1u << w)) |
				     (rtl->wires[w].tx_ready << w);
	rtl->top->dma_wr_ready = 1;
}

/* Drive one bus until the chip is ready; the data of a read stands on it in that very cycle. */
static int access(frl_rtl *rtl, frl_rtl_side side, uint32_t *rdata)
{
	Vferrule *top = rtl->top.get();
	bool card = side == FRL_RTL_CARD;
	int err = -ETIMEDOUT;

	(card ? top->card_valid : top->host_valid) = 1;
	for (unsigned int i = 0; i < FRL_RTL_REG_TIMEOUT && err; i++) {
		/* The same settled inputs as in cycle(), which samples nothing of this bus. */
		top->clk = 0;
		top->eval();
		if (card ? top->card_ready : top->host_ready) {
			*rdata = card ? top->card_rdata : top->host_rdata;
			err = 0;
		}
		rtl->cycle();
	}
	(card ? top->card_valid : top->host_valid) = 0;
	/* The valid that fell is seen with the next clock; outputs that hang on it settle now. */
	top->clk = 0;
	top->eval();
	return err;
}

static int set_up(frl_rtl *rtl, frl_rtl_side side, unsigned int fn, uint32_t addr,
		  unsigned int size, bool write, uint32_t val)
{
	Vferrule *top = rtl->top.get();
	unsigned int lane = addr & 3;
	uint32_t strb = ((1u << size) - 1) << lane;

	if ((size != 1 && size != 2 && size != 4) || addr % size)
		return -EINVAL;
	if (side == FRL_RTL_CARD) {
		if (addr >= 1u << 20)
			return -EINVAL;
		top->card_write = write;
		top->card_addr = addr & ~3u;
		top->card_wdata = val << (8 * lane);
		top->card_wstrb = strb;
	} else {
		if (addr >= 1u << 12 || fn >= FRL_N_FNS)
			return -EINVAL;
		top->host_write = write;
		top->host_fn = fn;
		top->host_addr = addr & ~3u;
		top->host_wdata = val << (8 * lane);
		top->host_wstrb = strb;
	}
	return 0;
}

int frl_rtl_read(struct frl_rtl *rtl, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		 unsigned int size, uint32_t *val)
{
	int err = set_up(rtl, side, fn, addr, size, false, 0);
	uint32_t word = 0;

	if (err)
		return err;
	err = access(rtl, side, &word);
	word >>= 8 * (addr & 3);
	*val = size == 4 ? word : word & ((1u << (8 * size)) - 1);
	return err;
}

int frl_rtl_write(struct frl_rtl *rtl, enum frl_rtl_side side, unsigned int fn, uint32_t addr,
		  unsigned int size, uint32_t val)
{
	int err = set_up(rtl, side, fn, addr, size, true, val);
	uint32_t unused;

	return err ? err : access(rtl, side, &unused);
}

void frl_rtl_dma_complete(struct frl_rtl *rtl, uint32_t ticket, int status, const void *buf,
			  uint32_t len)
{
	for (Read &read : rtl->reads) {
		if (read.ticket != ticket || read.done)
			continue;
		read.done = true;
		read.error = status < 0 || len != read.len;
		if (!read.error)
			memcpy(read.data.data(), buf, len);
		return;
	}
}
