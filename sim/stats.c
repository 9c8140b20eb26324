// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts as flat JSON, name to number; see stats.h. */
#include "stats.h"

#include "board/board.h"
#include "board/log.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void put(FILE *file, const char *prefix, int index, const char *name, uint64_t value)
{
	if (index < 0)
		fprintf(file, ",\n \"%s.%s\": %" PRIu64, prefix, name, value);
	else
		fprintf(file, ",\n \"%s%d.%s\": %" PRIu64, prefix, index, name, value);
}

static void put_board(FILE *file, const struct sim *sim)
{
	struct board_stats stats;

	board_stats(sim->board, &stats);
	fprintf(file, "{\n \"board.cycles\": %" PRIu64, stats.cycles);
	put(file, "board", -1, "skipped_cycles", stats.skipped_cycles);
	put(file, "board", -1, "dma_errors", stats.dma_errors);
	put(file, "core", -1, "instructions", stats.core.instructions);
	put(file, "core", -1, "register_reads", stats.core.register_reads);
	put(file, "core", -1, "register_writes", stats.core.register_writes);
}

static void put_pf(FILE *file, const struct sim *sim)
{
	struct link_server_stats stats;

	if (!sim->pf)
		return;
	link_server_stats(sim->pf, &stats);
	put(file, "pf", -1, "clients", stats.clients);
	put(file, "pf", -1, "register_reads", stats.register_reads);
	put(file, "pf", -1, "register_writes", stats.register_writes);
	put(file, "pf", -1, "dma_bytes_read", stats.dma_bytes_read);
	put(file, "pf", -1, "dma_bytes_written", stats.dma_bytes_written);
	put(file, "pf", -1, "dma_refused", stats.dma_refused);
	put(file, "pf", -1, "interrupts", stats.interrupts);
}

static void put_vfs(FILE *file, const struct sim *sim)
{
	struct vhost_stats stats;

	for (int i = 0; i < OPTIONS_VFS; i++) {
		if (!sim->vfs[i])
			continue;
		vhost_stats(sim->vfs[i], &stats);
		put(file, "vf", i, "connections", stats.connections);
		put(file, "vf", i, "kicks", stats.kicks);
		put(file, "vf", i, "interrupts", stats.interrupts);
		put(file, "vf", i, "refused_messages", stats.refused_messages);
		put(file, "vf", i, "dma_errors", stats.dma_errors);
	}
}

static void put_wires(FILE *file, const struct sim *sim)
{
	for (int i = 0; i < OPTIONS_WIRES; i++) {
		const struct wire_stats *stats = &sim->wires[i].stats;

		if (!sim->wires[i].priv)
			continue;
		put(file, "wire", i, "rx_frames", stats->rx_frames);
		put(file, "wire", i, "tx_frames", stats->tx_frames);
		put(file, "wire", i, "rx_too_long", stats->rx_too_long);
		put(file, "wire", i, "tx_dropped", stats->tx_dropped);
	}
}

int stats_write(const struct sim *sim, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		sim_log("sim", "--stats %s: %s", path, strerror(errno));
		return -1;
	}
	put_board(file, sim);
	put_pf(file, sim);
	put_vfs(file, sim);
	put_wires(file, sim);
	fputs("\n}\n", file);
	if (fclose(file)) {
		sim_log("sim", "--stats %s: %s", path, strerror(errno));
		return -1;
	}
	return 0;
}
