// SPDX-License-Identifier: GPL-2.0-or-later
/* The simulator program: one board, its sockets and wires, one loop. */
#define _GNU_SOURCE
#include "options.h"
#include "stats.h"

#include "board/board.h"
#include "board/guard.h"
#include "board/log.h"
#include "frl_abi.h"
#include "frl_chip.h"
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Cycles between two looks at sockets and wires. */
#define SLICE 256

static unsigned int room(void *arg, unsigned int index)
{
	struct sim *sim = arg;
	size_t queued = frl_rtl_rx_queued(board_rtl(sim->board), index);

	return queued < WIRE_QUEUE ? (unsigned int)(WIRE_QUEUE - queued) : 0;
}

static void rx(void *arg, unsigned int index, const void *frame, size_t len)
{
	struct sim *sim = arg;

	frl_rtl_rx(board_rtl(sim->board), index, frame, len, 0, false);
}

static void link_changed(void *arg, unsigned int index, bool up)
{
	struct sim *sim = arg;

	sim->links = (sim->links & ~(1u << index)) | ((uint32_t)up << index);
	frl_rtl_set_link(board_rtl(sim->board), sim->links);
	sim->link_news = true;
}

static uint64_t now_ns(void *arg)
{
	struct board_stats stats;

	board_stats(((struct sim *)arg)->board, &stats);
	return stats.time_ns;
}

static void tx(void *arg, unsigned int wire, const void *frame, size_t len, uint64_t first_cycle)
{
	struct sim *sim = arg;

	(void)first_cycle;
	wire_send(&sim->wires[wire], frame, len);
}

static void on_signal(void *arg, short events)
{
	struct sim *sim = arg;

	(void)events;
	sim->ending = true;
}

static int watch_signals(struct sim *sim)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    guard_init())
		return -1;
	sim->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return sim->signal_fd < 0 ? -1
				  : loop_add(sim->loop, sim->signal_fd, POLLIN, on_signal, sim);
}

static int open_wires(struct sim *sim, const struct options *options)
{
	uint32_t wires = board_desc(sim->board)->wires;

	for (unsigned int i = 0; i < OPTIONS_WIRES; i++) {
		if (!options->wires[i])
			continue;
		if (i >= wires) {
			sim_log("sim", "--wire %u: the board has wires 0 to %u", i, wires - 1);
			return -1;
		}
		if (wire_open(&sim->wires[i], sim->loop, &sim->owner, i, options->wires[i]))
			return -1;
	}
	return 0;
}

static int open_vfs(struct sim *sim, const struct options *options)
{
	uint32_t vfs = board_desc(sim->board)->vfs;

	for (unsigned int i = 0; i < OPTIONS_VFS; i++) {
		if (!options->vfs[i])
			continue;
		if (i >= vfs) {
			sim_log("sim", "--vf %u: the board has VFs 0 to %u", i, vfs - 1);
			return -1;
		}
		sim->vfs[i] = vhost_create(sim->board, sim->loop, i, options->vfs[i]);
		if (!sim->vfs[i])
			return -1;
	}
	return 0;
}

static bool signalled(struct sim *sim)
{
	struct pollfd pfd = { .fd = sim->signal_fd, .events = POLLIN };

	sim->ending = poll(&pfd, 1, 0) > 0;
	return sim->ending;
}

/* Sockets are there and nobody looks at them yet: whoever connects waits, and finds a card that works. */
static int boot(struct sim *sim)
{
	while (board_fw_state(sim->board) == FRL_FW_STATE_BOOT) {
		bool idle = board_run(sim->board, 4096);

		if (signalled(sim))
			return -1;
		if (idle && board_fw_state(sim->board) == FRL_FW_STATE_BOOT) {
			sim_log("sim",
				"firmware went to sleep before it was ready; its last lines say why");
			return -1;
		}
	}
	if (board_fw_state(sim->board) == FRL_FW_STATE_READY)
		return 0;
	sim_log("sim", "firmware failed to start");
	return -1;
}

static int start(struct sim *sim, const struct options *options)
{
	struct board_config config = {
		.dtb = options->board,
		.firmware = options->firmware,
		.trace_file = options->trace,
		.time = options->cycle_time ? BOARD_TIME_CYCLE : BOARD_TIME_WALL,
		.pcie_round_trip = options->pcie_round_trip,
		.tx = tx,
		.tx_arg = sim,
	};

	sim->owner = (struct wire_owner){ room, rx, link_changed, now_ns, sim };
	sim->loop = loop_create();
	if (!sim->loop || watch_signals(sim)) {
		sim_log("sim", "cannot watch signals: %s", strerror(errno));
		return -1;
	}
	sim->board = board_create(&config);
	if (!sim->board)
		return -1;
	if (options->pf) {
		sim->pf = link_server_create(sim->board, sim->loop, options->pf);
		if (!sim->pf)
			return -1;
	}
	if (open_vfs(sim, options) || open_wires(sim, options) || boot(sim))
		return -1;
	for (unsigned int i = 0; i < OPTIONS_WIRES; i++)
		wire_start(&sim->wires[i]);
	return 0;
}

/* Say that everything is there: to the descriptor that was asked for, or on stdout. */
static void tell_ready(int fd)
{
	static const char ready[] = "ready\n";

	if (write(fd < 0 ? STDOUT_FILENO : fd, ready, sizeof(ready) - 1) < 0)
		sim_log("sim", "nobody reads that the simulator is ready: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Let the card work while there is work, sleep in poll() while there is none. */
static int run(struct sim *sim)
{
	int err = 0;

	while (!sim->ending && !err) {
		bool idle = board_run(sim->board, SLICE);

		if (sim->link_news) {
			/* The chip sees its input with the next clocks, and has something to tell firmware. */
			frl_rtl_step(board_rtl(sim->board), 4);
			sim->link_news = false;
			idle = false;
		}
		err = loop_wait(sim->loop, idle ? -1 : 0);
	}
	return err;
}

static void end(struct sim *sim)
{
	link_server_destroy(sim->pf);
	for (unsigned int i = 0; i < OPTIONS_VFS; i++)
		vhost_destroy(sim->vfs[i]);
	for (unsigned int i = 0; i < OPTIONS_WIRES; i++)
		wire_close(&sim->wires[i]);
	board_destroy(sim->board);
	if (sim->signal_fd >= 0)
		close(sim->signal_fd);
	loop_destroy(sim->loop);
}

int main(int argc, char **argv)
{
	static struct sim sim = { .signal_fd = -1 };
	struct options options;
	int ret = options_parse(&options, argc, argv);

	if (ret)
		return ret > 0 ? 0 : 1;
	ret = start(&sim, &options);
	if (!ret) {
		tell_ready(options.ready_fd);
		ret = run(&sim);
	} else if (sim.ending) {
		ret = 0;
	}
	if (!ret && sim.board && options.stats)
		ret = stats_write(&sim, options.stats);
	end(&sim);
	return ret ? 1 : 0;
}
