/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reference model at a pipe, for tests in Python. A line in, lines out, the last of them begins with "=":
 *
 *   sizes BANKS SLOTS TCAM RULES LEGS ENCAPS TEAMS   new tables, all zero
 *   port N ENABLE TUNNEL MAX_LEN SLOW_PAIR           registers of a port
 *   tunnels VXLAN_PORT GENEVE_PORT GNV_SEL x 4
 *   write TABLE INDEX FLIP ROW                       ROW: hexadecimal number; "= 0" or "= -22"
 *   meta SRC DIRECT DST REPLICA LEG RULE MARK TABLE_ID CT_STATE CT_ZONE CT_MARK   of the frames that follow
 *   frame HEX                                        the account, then the result
 *   best KEY                                         "= 1 RULE" or "= 0 0"
 */
#include "frl_model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct frl_model_tables *tables;
static struct frl_model_config config = { .wires = 2, .vfs = 4 };
static struct frl_model_meta meta;
static char line[4 * FRL_MODEL_FRAME_MAX];

/* Numbers behind the command, at most `max`. */
static unsigned int numbers(const char *text, uint64_t *value, unsigned int max)
{
	unsigned int count = 0;
	char *end;

	while (count < max) {
		value[count] = strtoull(text, &end, 0);
		if (end == text)
			break;
		text = end;
		count++;
	}
	return count;
}

static void sizes(const uint64_t *v)
{
	const struct frl_model_sizes size = { v[0], v[1], v[2], v[3], v[4], v[5], v[6] };

	frl_model_tables_destroy(tables);
	tables = frl_model_tables_create(&size);
	printf("= %d\n", tables != NULL);
}

static void port(const uint64_t *v)
{
	uint64_t bit = 1ull << v[0] % FRL_N_PORTS;

	config.enable = v[1] ? config.enable | bit : config.enable & ~bit;
	config.tunnel = v[2] ? config.tunnel | bit : config.tunnel & ~bit;
	config.max_len[v[0] % FRL_N_PORTS] = v[3];
	config.slow_pair[v[0] % FRL_N_PORTS] = v[4];
	printf("=\n");
}

static void tunnels(const uint64_t *v)
{
	config.vxlan_port = v[0];
	config.geneve_port = v[1];
	for (unsigned int i = 0; i < FRL_GNV_WORDS; i++)
		config.gnv_sel[i] = v[2 + i];
	printf("=\n");
}

static void set_meta(const uint64_t *v)
{
	meta = (struct frl_model_meta){
		.src_port = v[0],
		.direct = v[1],
		.dst_port = v[2],
		.replica = v[3],
		.leg = v[4],
		.rule = v[5],
		.mark = v[6],
		.table_id = v[7],
		.ct_state = v[8],
		.ct_zone = v[9],
		.ct_mark = v[10],
	};
	printf("=\n");
}

/* A hexadecimal number of any length, digits up to the end of the line. */
static void number(const char *hex, uint32_t *words, size_t count)
{
	size_t digits = strspn(hex, "0123456789abcdefABCDEF");

	memset(words, 0, count * sizeof(*words));
	for (size_t i = 0; i < digits && i < count * 8; i++) {
		char digit[2] = { hex[digits - 1 - i], 0 };

		words[i / 8] |= (uint32_t)strtoul(digit, NULL, 16) << 4 * (i % 8);
	}
}

static void write_row(const uint64_t *v)
{
	uint32_t row[FRL_MODEL_ROW_WORDS];

	number(strrchr(line, ' ') + 1, row, FRL_MODEL_ROW_WORDS);
	printf("= %d\n", frl_model_write(tables, v[0], v[1], row, v[2]));
}

static void frame(const char *hex)
{
	static struct frl_model_result r;
	size_t digits = strspn(hex, "0123456789abcdef"), len = digits / 2;
	/* Its own allocation, so that the sanitizer sees a read behind the end. */
	uint8_t *bytes = malloc(len ? len : 1);

	for (size_t i = 0; i < len; i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1], 0 };

		bytes[i] = strtoul(byte, NULL, 16);
	}
	frl_model_pass(tables, tables, &config, &meta, bytes, len, &r, stdout);
	free(bytes);
	printf("= drop %u port %u reason %u hit %u rule %u counted %u next %u leave %u mark %u "
	       "pair %u frame ",
	       r.drop, r.port, r.reason, r.rule_hit, r.rule, r.counted, r.next_leg, r.leave, r.mark,
	       r.rxpair);
	for (size_t i = 0; i < r.len; i++)
		printf("%02x", r.frame[i]);
	printf(r.len ? "\n" : "-\n");
}

static void best(const char *hex)
{
	uint32_t key[FRL_KEY_WORDS], rule;
	bool found;

	number(hex, key, FRL_KEY_WORDS);
	found = frl_model_best(tables, key, &rule);
	printf("= %d %" PRIu32 "\n", found, rule);
}

static const struct {
	const char *name;
	unsigned int count;
	void (*run)(const uint64_t *v);
} commands[] = {
	{ "sizes ", 7, sizes },	   { "port ", 5, port },       { "tunnels ", 6, tunnels },
	{ "meta ", 11, set_meta }, { "write ", 3, write_row },
};

static bool command(void)
{
	uint64_t v[11];

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		size_t len = strlen(commands[i].name);

		if (strncmp(line, commands[i].name, len) != 0)
			continue;
		if (numbers(line + len, v, commands[i].count) != commands[i].count)
			return false;
		commands[i].run(v);
		return true;
	}
	if (!tables)
		return false;
	if (!strncmp(line, "frame ", 6))
		frame(line + 6);
	else if (!strncmp(line, "best ", 5))
		best(line + 5);
	else
		return false;
	return true;
}

int main(void)
{
	while (fgets(line, sizeof(line), stdin)) {
		if (!command()) {
			fprintf(stderr, "model_cli: %.60s", line);
			return 1;
		}
		fflush(stdout);
	}
	frl_model_tables_destroy(tables);
	return 0;
}
