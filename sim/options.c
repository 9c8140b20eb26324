// SPDX-License-Identifier: GPL-2.0-or-later
/* Command line; see options.h. */
#define _GNU_SOURCE
#include "options.h"

#include "board/log.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	BOARD,
	FIRMWARE,
	PF,
	VF,
	WIRE,
	TRACE,
	TIME,
	ROUND_TRIP,
	STATS,
	READY_FD,
	HELP
};

static const struct option names[] = {
	{ "board", required_argument, NULL, BOARD },
	{ "firmware", required_argument, NULL, FIRMWARE },
	{ "pf", required_argument, NULL, PF },
	{ "vf", required_argument, NULL, VF },
	{ "wire", required_argument, NULL, WIRE },
	{ "trace", required_argument, NULL, TRACE },
	{ "time", required_argument, NULL, TIME },
	{ "pcie-round-trip", required_argument, NULL, ROUND_TRIP },
	{ "stats", required_argument, NULL, STATS },
	{ "ready-fd", required_argument, NULL, READY_FD },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: ferrule-sim --board DTB --firmware ELF [options]\n"
	"\n"
	"Runs a Ferrule card: the verilated chip, and its firmware on a simulated core.\n"
	"Prints \"ready\" when the firmware is up and all sockets are there; ends at SIGTERM or SIGINT.\n"
	"\n"
	"  --board DTB          board description (build/firmware/ferrule-sim.dtb)\n"
	"  --firmware ELF       firmware image (build/firmware/ferrule-fw.elf)\n"
	"  --pf SOCKET          serve the PF there (sim/link/frl_link.h; the PMD's socket=)\n"
	"  --vf N=SOCKET        VF N is a vhost-user backend there; repeat for more\n"
	"  --wire N=if:NAME     wire N is a network interface\n"
	"  --wire N=sock:PATH   ... a unix SEQPACKET socket, one frame a packet; link while somebody is connected\n"
	"  --wire N=pcap:IN[,OUT]  ... played from a capture file, and written to one\n"
	"  --time wall|cycle    the card's clock: real time (default), or the board file's ns a cycle\n"
	"  --pcie-round-trip N  cycles from a DMA read to its data, instead of the board file's\n"
	"  --stats FILE         write counts as JSON at the end\n"
	"  --trace FILE.fst     record all signals (ferrule-sim-trace only)\n"
	"  --ready-fd N         write \"ready\" to this descriptor and close it, instead of stdout\n"
	"  --help               this text\n";

static int wrong(const char *option, const char *value, const char *want)
{
	sim_log("ferrule-sim", "%s %s: %s; see --help", option, value, want);
	return -1;
}

/* N=VALUE into slots[N]. */
static int numbered(const char *option, char *arg, const char **slots, unsigned long count,
		    const char *want)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (end == arg || *end != '=' || end[1] == '\0')
		return wrong(option, arg, want);
	if (n >= count)
		return wrong(option, arg, "there is no such number on any board");
	if (slots[n])
		return wrong(option, arg, "that number was given before");
	slots[n] = end + 1;
	return 0;
}

static int number(const char *option, const char *arg, int max, int *out)
{
	char *end;
	long n = strtol(arg, &end, 10);

	if (end == arg || *end || n < 0 || n > max)
		return wrong(option, arg, "a number is wanted");
	*out = (int)n;
	return 0;
}

static int set_option(struct options *options, int option, char *arg)
{
	switch (option) {
	case BOARD:
		options->board = arg;
		return 0;
	case FIRMWARE:
		options->firmware = arg;
		return 0;
	case PF:
		options->pf = arg;
		return 0;
	case VF:
		return numbered("--vf", arg, options->vfs, OPTIONS_VFS, "N=SOCKET is wanted");
	case WIRE:
		return numbered("--wire", arg, options->wires, OPTIONS_WIRES,
				"N=KIND:WHAT is wanted");
	case TRACE:
		options->trace = arg;
		return 0;
	case TIME:
		options->cycle_time = strcmp(arg, "cycle") == 0;
		if (!options->cycle_time && strcmp(arg, "wall") != 0)
			return wrong("--time", arg, "wall or cycle is wanted");
		return 0;
	case ROUND_TRIP:
		return number("--pcie-round-trip", arg, 100000, &options->pcie_round_trip);
	case STATS:
		options->stats = arg;
		return 0;
	case READY_FD:
		return number("--ready-fd", arg, 65535, &options->ready_fd);
	case HELP:
		fputs(help, stdout);
		return 1;
	default:
		sim_log("ferrule-sim", "see --help");
		return -1;
	}
}

int options_parse(struct options *options, int argc, char **argv)
{
	int option, ret;

	*options = (struct options){ .pcie_round_trip = -1, .ready_fd = -1 };
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		ret = set_option(options, option, optarg);
		if (ret)
			return ret;
	}
	if (optind < argc)
		return wrong("argument", argv[optind], "only options are known");
	if (options->board && options->firmware)
		return 0;
	sim_log("ferrule-sim", "%s is missing; see --help",
		options->board ? "--firmware" : "--board");
	return -1;
}
