// SPDX-License-Identifier: BSD-3-Clause
/* Functional coverage; see bins.h. */
#define _GNU_SOURCE
#include "bins.h"

#include "driver/common/frl_abi.h"
#include "frl_chip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ITEMS 48

#define NAME(name, lsb, width) #name,
static const char *const key_names[] = { FRL_KEY_FIELDS(NAME) };
#undef NAME
static const char *const mask_names[] = { "bank_exact", "bank_prefix", "bank_partial",
					  "tcam_exact", "tcam_prefix", "tcam_partial" };
static const char *const edit_names[] = { "decap",	"set_eth_src", "set_eth_dst", "set_ip_src",
					  "set_ip_dst", "set_ttl",     "dec_ttl",     "set_tp_src",
					  "set_tp_dst", "encap",       "pop1",	      "pop2",
					  "push1",	"push2" };
static const char *const legs_names[] = { "1", "2", "3", "4" };
static const char *const stall_names[] = { "wire_rx", "wire_tx", "dma_rd", "dma_cpl", "dma_wr" };
static const char *const update_names[] = { "insert", "remove",	 "move",    "swing",
					    "hash",   "between", "inflight" };
static const char *const source_names[] = { "wire0", "wire1", "host", "direct", "replica", "vf" };
static const char *const frame_names[] = {
	"runt",	  "jumbo",	"longest",    "overlong", "mac_error", "tag1",	 "tag2",
	"arp",	  "ipv4",	"ipv6",	      "tcp",	  "udp",       "sctp",	 "icmp",
	"icmpv6", "frag_first", "frag_later", "routing",  "vxlan",     "geneve", "outer_ipv6"
};

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))
_Static_assert(COUNT(mask_names) == BINS_MASKS, "names of masks");
_Static_assert(COUNT(edit_names) == BINS_EDITS, "names of edits");
_Static_assert(COUNT(update_names) == BINS_UPDATES, "names of updates");
_Static_assert(COUNT(source_names) == BINS_SOURCES, "names of sources");
_Static_assert(COUNT(frame_names) == BINS_FRAMES, "names of frames");
_Static_assert(COUNT(key_names) <= ITEMS, "room for fields of the key");

static const struct {
	const char *name;
	uint32_t first, count; /* of its items */
	const char *const *items;
	const char *(*item)(unsigned int v);
} groups[BINS_GROUPS] = {
	[BINS_KEY] = { "key", 0, COUNT(key_names), key_names, NULL },
	[BINS_MASK] = { "mask", 0, BINS_MASKS, mask_names, NULL },
	[BINS_EDIT] = { "edit", 0, BINS_EDITS, edit_names, NULL },
	[BINS_DEST] = { "dest", 0, FRL_DEST_COUNT, NULL, frl_dest_name },
	[BINS_LEGS] = { "legs", 0, COUNT(legs_names), legs_names, NULL },
	[BINS_PUNT] = { "punt", 1, FRL_PUNT_COUNT, NULL, frl_punt_name },
	[BINS_DROP] = { "drop", 1, FRL_DROP_COUNT, NULL, frl_drop_name },
	[BINS_PARITY] = { "parity", 0, FRL_TABLE_COUNT, NULL, frl_table_name },
	[BINS_STALL] = { "stall", 0, COUNT(stall_names), stall_names, NULL },
	[BINS_UPDATE] = { "update", 0, BINS_UPDATES, update_names, NULL },
	[BINS_SOURCE] = { "source", 0, BINS_SOURCES, source_names, NULL },
	[BINS_FRAME] = { "frame", 0, BINS_FRAMES, frame_names, NULL },
};

static uint64_t (*bins)[ITEMS];

int bins_create(void)
{
	bins = mmap(NULL, sizeof(uint64_t) * BINS_GROUPS * ITEMS, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return bins == MAP_FAILED ? -ENOMEM : 0;
}

void bins_hit(enum bins_group group, uint32_t item)
{
	if (item < groups[group].count)
		__atomic_fetch_add(&bins[group][item], 1, __ATOMIC_RELAXED);
}

static void name_of(uint32_t group, uint32_t item, char name[64])
{
	snprintf(name, 64, "%s.%s", groups[group].name,
		 groups[group].items ? groups[group].items[item] : groups[group].item(item));
}

int bins_write(const char *path)
{
	FILE *file = fopen(path, "w");
	const char *sep = "{\n";
	char name[64];

	if (!file)
		return -errno;
	for (uint32_t g = 0; g < BINS_GROUPS; g++) {
		for (uint32_t i = groups[g].first; i < groups[g].count; i++, sep = ",\n") {
			name_of(g, i, name);
			fprintf(file, "%s  \"%s\": %lu", sep, name, bins[g][i]);
		}
	}
	fputs("\n}\n", file);
	return fclose(file) ? -errno : 0;
}

/* The bin that a line of the exceptions is about; its item, or NULL. */
static uint64_t *bin_of(const char *line)
{
	char name[64];

	for (uint32_t g = 0; g < BINS_GROUPS; g++) {
		for (uint32_t i = groups[g].first; i < groups[g].count; i++) {
			size_t len;

			name_of(g, i, name);
			len = strlen(name);
			if (!strncmp(line, name, len) && line[len] == ':' && line[len + 1] == ' ')
				return &bins[g][i];
		}
	}
	return NULL;
}

static int read_exceptions(FILE *file, bool excepted[BINS_GROUPS][ITEMS])
{
	char line[512];
	int wrong = 0;

	while (fgets(line, sizeof(line), file)) {
		uint64_t *bin = bin_of(line);

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!bin || *bin) {
			printf("  exception that %s: %s", bin ? "was reached" : "names no bin",
			       line);
			wrong++;
		}
		if (bin)
			excepted[0][bin - bins[0]] = true;
	}
	return wrong;
}

int bins_holes(const char *exceptions)
{
	static bool excepted[BINS_GROUPS][ITEMS];
	FILE *file = fopen(exceptions, "r");
	char name[64];
	int holes;

	if (!file)
		return -errno;
	holes = read_exceptions(file, excepted);
	fclose(file);
	for (uint32_t g = 0; g < BINS_GROUPS; g++) {
		for (uint32_t i = groups[g].first; i < groups[g].count; i++) {
			if (bins[g][i] || excepted[g][i])
				continue;
			name_of(g, i, name);
			printf("  never reached: %s\n", name);
			holes++;
		}
	}
	return holes;
}
