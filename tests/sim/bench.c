// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Benchmarks of the card in this process. All figures but sim.khz.* are counts of cycles, instructions and
 * register accesses: they repeat exactly, so a change is a change of the product.
 *
 * "64B" is the frame with its FCS, 60 bytes on the bus. Rates are counted from the first beat of the first frame
 * out to that of the last.
 *
 * usage: bench [--full | --update] BOARD.dtb FIRMWARE.elf OUTPUT.json
 *   --full    the chip has its full size: speed of the simulation, and rates with full tables only
 *   --update  nothing but rules that change under traffic
 */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROUND_TRIP 250
#define UPDATES	   100000

static FILE *figures;
static const char *separator = "{\n";

void figure(const char *format, double value, ...)
{
	va_list args;

	va_start(args, value);
	fprintf(figures, "%s \"", separator);
	vfprintf(figures, format, args);
	fprintf(figures, "\": %.6g", value);
	va_end(args);
	separator = ",\n";
	fflush(figures);
}

static size_t short_frame(uint8_t *frame, unsigned int n)
{
	frame_udp(frame, 60, 1024 + n % 4096);
	return 60;
}

static size_t long_frame(uint8_t *frame, unsigned int n)
{
	frame_udp(frame, 1514, 1024 + n % 4096);
	return 1514;
}

/* Speed of the simulation, forwarding back to back: the only figures that depend on this machine. */
static void bench_simulation(struct card *card, bool full)
{
	struct bench_output out = { 0 };
	struct bench_rules rules;

	bench_rules_init(&rules, card);
	bench_forward(&rules, BENCH_WIRE0, BENCH_WIRE1);
	figure(full ? "sim.khz.64B" : "sim.khz.small",
	       1e-3 / bench_send(card, &out, short_frame, 20000, 0, 1, NULL));
	if (full)
		figure("sim.khz.1518B",
		       1e-3 / bench_send(card, &out, long_frame, 2000, 0, 1, NULL));
	bench_rules_remove(&rules);
}

static void bench_small(struct card *card)
{
	bench_insert(card);
	bench_pipeline(card, "pipeline");
	bench_full_tables(card, "pipeline");
	bench_latency(card);
	bench_host(card);
	bench_update(card, UPDATES);
	bench_simulation(card, false);
}

static void bench_full(struct card *card)
{
	bench_simulation(card, true);
	bench_full_tables(card, "full.pipeline");
}

int main(int argc, char **argv)
{
	bool full = argc == 5 && !strcmp(argv[1], "--full");
	bool update = argc == 5 && !strcmp(argv[1], "--update");
	struct card *card;

	if (argc != 4 && !full && !update)
		card_fail("usage: bench [--full | --update] BOARD.dtb FIRMWARE.elf OUTPUT.json");
	argv += argc - 4;
	card = card_create(argv[1], argv[2], ROUND_TRIP);
	figures = fopen(argv[3], "w");
	if (!figures)
		card_fail("%s cannot be written", argv[3]);
	if (full)
		bench_full(card);
	else if (update)
		bench_update(card, UPDATES);
	else
		bench_small(card);
	fputs("\n}\n", figures);
	if (fclose(figures))
		card_fail("%s cannot be written", argv[3]);
	card_destroy(card);
	return 0;
}
