// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames into wire 0 at a stated pace, and what leaves. */
#include "bench.h"

#include <string.h>
#include <time.h>

/* Frames that wait at the wire: enough that it never runs dry between two looks. */
#define AHEAD 512
#define STEP  128

static void on_tx(void *arg, unsigned int wire, const uint8_t *frame, size_t len,
		  uint64_t first_cycle)
{
	struct bench_output *out = arg;

	(void)wire;
	(void)frame;
	if (!out->frames)
		out->first = first_cycle;
	out->last = first_cycle;
	out->last_beats = (len + FRL_DATA_BYTES - 1) / FRL_DATA_BYTES;
	out->beats += out->last_beats;
	out->bytes += len;
	if (out->frames < out->room)
		out->cycle[out->frames] = first_cycle;
	out->frames++;
}

void bench_expect(struct card *card, struct bench_output *out)
{
	*out = (struct bench_output){ .cycle = out->cycle, .room = out->room };
	card->tx = on_tx;
	card->tx_arg = out;
}

uint64_t bench_cycles(const struct card *card)
{
	return frl_rtl_cycles(board_rtl(card->board));
}

/* Of processor time, so that what else the machine does counts little. */
static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

double bench_send(struct card *card, struct bench_output *out, bench_frame *make,
		  unsigned int count, unsigned int num, unsigned int den, uint64_t *in)
{
	struct frl_rtl *rtl = board_rtl(card->board);
	uint64_t start = bench_cycles(card), begin = start + 16;
	uint8_t frame[FRAME_MAX];
	struct timespec clock;
	double seconds = 0;

	bench_expect(card, out);
	for (unsigned int n = 0; n < count;) {
		for (; n < count && frl_rtl_rx_queued(rtl, 0) < AHEAD; n++) {
			uint64_t at = num ? begin + (uint64_t)n * num / den : 0;
			size_t len = make(frame, n);

			if (in)
				in[n] = at;
			frl_rtl_rx(rtl, 0, frame, len, at, false);
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &clock);
		frl_rtl_step(rtl, STEP);
		seconds += seconds_since(&clock);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &clock);
	if (!frl_rtl_run_idle(rtl, BENCH_CYCLES_MAX))
		card_fail("the chip does not become idle");
	seconds += seconds_since(&clock);
	if (out->frames == 0)
		card_fail("no frame came out");
	return seconds / (double)(bench_cycles(card) - start);
}

double bench_frame_rate(const struct bench_output *out)
{
	return out->frames < 2 ? 0 : (double)(out->frames - 1) / (double)(out->last - out->first);
}

double bench_beat_rate(const struct bench_output *out)
{
	return out->frames < 2
		       ? 0
		       : (double)(out->beats - out->last_beats) / (double)(out->last - out->first);
}
