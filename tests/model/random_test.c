/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes and any rows: the sanitizers watch, and what must hold of every pass is checked. The same numbers in each
 * run; another start with FRL_SEED, more passes with FRL_PASSES.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frl_model.h"

static uint64_t seed;

/* splitmix64 (Steele et al., 2014). */
static uint64_t any(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static uint32_t below(uint32_t limit)
{
	return any() % limit;
}

static uint32_t setting(const char *name, uint32_t normal)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : normal;
}

/* ---- Frames that look like some ---- */

static uint8_t frame[2048];
static size_t len;

static void put(const void *bytes, size_t count)
{
	memcpy(frame + len, bytes, count);
	len += count;
}

static void put_any(size_t count)
{
	while (count--)
		frame[len++] = any();
}

static void put16(uint32_t value)
{
	put((uint8_t[]){ value >> 8, value }, 2);
}

static void put_l4(uint32_t proto)
{
	static const uint16_t port[] = { 4789, 6081, 80, 0 };

	switch (proto) {
	case 6:
		put_any(12);
		put((uint8_t[]){ 0x50 + 16 * below(3), any() }, 2);
		put_any(6 + below(60));
		break;
	case 17:
		put16(any());
		put16(port[below(4)]);
		put16(below(4) ? 200 : below(32));
		put16(below(2) ? any() : 0);
		break;
	case 58:
		put((uint8_t[]){ 135 + below(3), !below(8) }, 2);
		put_any(22);
		if (below(2)) {
			put((uint8_t[]){ 1 + below(3), 1 }, 2);
			put_any(6);
		}
		break;
	default:
		put_any(below(40));
	}
}

static uint32_t any_proto(void)
{
	static const uint8_t proto[] = { 6, 17, 17, 17, 58, 132, 1, 50 };

	return proto[below(8)];
}

/* Make the IP header at `start` say that the frame ends where it does now. */
static void end_ip(size_t start)
{
	uint32_t bytes = len - start, sum = 0;

	if (frame[start] >> 4 == 6) {
		frame[start + 4] = (bytes - 40) >> 8;
		frame[start + 5] = bytes - 40;
		return;
	}
	frame[start + 2] = bytes >> 8;
	frame[start + 3] = bytes;
	memset(frame + start + 10, 0, 2);
	for (size_t i = start; i < start + 20; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[start + 10] = sum >> 8;
	frame[start + 11] = sum;
}

static void put_ip4(void)
{
	size_t start = len;
	uint32_t proto = any_proto(), options = below(8) ? 0 : 4 * below(11);

	put((uint8_t[]){ 0x45 + options / 4, any(), 0, 0, any(), any(), 0, 0, below(4), proto },
	    10);
	if (!below(6))
		frame[start + 6] = any();
	put_any(10 + options);
	put_l4(proto);
	end_ip(start);
}

static void put_ip6(void)
{
	static const uint8_t kind[] = { 0, 43, 44, 51, 60 };
	size_t start = len, next = start + 6;
	uint32_t proto = any_proto(), extensions = below(3) ? 0 : below(6);

	put((uint8_t[]){ 0x60 + below(16), any(), any(), any(), 0, 0, 0, below(4) }, 8);
	put_any(32);
	while (extensions--) {
		uint32_t k = kind[below(5)], units = below(12) ? below(3) : below(30);

		frame[next] = k;
		next = len;
		put((uint8_t[]){ 0, k == 51 ? 2 * units : units, 0, below(2) }, 4);
		put_any(4);
		if (k != 44)
			put_any(8 * units);
		else if (!below(3))
			frame[len - 5] = any();
	}
	frame[next] = proto;
	put_l4(proto);
	end_ip(start);
}

/* Offset of the IP header, or 0. */
static size_t put_ethernet(void)
{
	uint32_t tags = below(4);
	size_t l3;

	put_any(12);
	while (tags--) {
		put16(below(2) ? 0x8100 : 0x88a8);
		put16(any());
	}
	l3 = len + 2;
	switch (below(5)) {
	case 0:
	case 1:
		put16(0x0800);
		put_ip4();
		return l3;
	case 2:
	case 3:
		put16(0x86dd);
		put_ip6();
		return l3;
	default:
		put16(below(2) ? 0x0806 : 46);
		put((const uint8_t[]){ 0xaa, 0xaa, 3, 0, 0, 0 }, below(2) ? 6 : 0);
		put((const uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, 1 }, 8);
		put_any(below(24));
		return 0;
	}
}

static void put_tunnel(void)
{
	if (below(2)) {
		put((const uint8_t[]){ 8, 0, 0, 0 }, 4);
	} else {
		uint32_t options = below(3) ? below(5) : below(20);

		put((uint8_t[]){ options, below(2) ? 0xc0 : 0, 0x65, 0x58 }, 4);
		put_any(3);
		put((const uint8_t[]){ 0 }, 1);
		while (options--)
			put((uint8_t[]){ 0, 1, below(2), below(2) ? 0 : below(3) }, 4);
		return;
	}
	put_any(3);
	put((const uint8_t[]){ 0 }, 1);
}

static void make_frame(void)
{
	size_t l3;

	len = 0;
	l3 = put_ethernet();
	if (below(2)) {
		put_tunnel();
		put_ethernet();
		if (l3 && below(8))
			end_ip(l3);
	}
	put_any(below(4) ? 0 : below(300));
	if (!below(3))
		for (uint32_t i = below(4); i; i--)
			frame[below(len)] = any();
	if (!below(4))
		len = below(len + 1);
}

/* ---- Tables ---- */

static const struct frl_model_sizes sizes = {
	.banks = 3,
	.bank_slots = 32,
	.tcam = 8,
	.rules = 16,
	.legs = 24,
	.encaps = 4,
	.teams = 4,
};

static void write_any(struct frl_model_tables *tables)
{
	uint32_t row[FRL_MODEL_ROW_WORDS], table = below(FRL_TABLE_COUNT + 1), index = below(32);
	uint32_t flip = below(20) ? 0 : below(1600);

	/* Masks of few bits, so that something matches. */
	for (uint32_t i = 0; i < FRL_MODEL_ROW_WORDS; i++)
		row[i] = below(3) ? 0 : any();
	if ((table == FRL_TABLE_BANK || table == FRL_TABLE_TCAM_MASK) && below(2))
		memset(row, 0, FRL_KEY_BYTES);
	if (table == FRL_TABLE_BANK)
		row[40] = 1;
	if (table == FRL_TABLE_SLOT)
		index = below(3) << 24 | below(2) << 20 | below(4) << 16 | below(5);
	if (table == FRL_TABLE_TCAM)
		row[41] |= below(2) << 4;
	if (table == FRL_TABLE_LEG && below(2)) {
		row[0] = (uint32_t)any();
		row[1] = below(16) | below(5) << 4 | below(20) << 8 | (uint32_t)below(4) << 16;
	}
	if (!below(50))
		index = any();
	(void)frl_model_write(tables, table, index, row, flip);
}

/* A rule of mask zero in bank 0, so that most frames come to an action. */
static void write_catch_all(struct frl_model_tables *tables)
{
	uint32_t row[FRL_MODEL_ROW_WORDS] = { 0 }, h;
	const uint32_t zero[FRL_KEY_WORDS] = { 0 };
	uint64_t slot;

	row[40] = 1;
	assert_int_equal(frl_model_write(tables, FRL_TABLE_BANK, 0, row, 0), 0);
	h = frl_model_hash(frl_model_nh(zero), 0, 0);
	slot = 1 | (uint64_t)(h & ((1u << FRL_SLOT_FP_W) - 1)) << FRL_SLOT_FP_LSB |
	       (uint64_t)below(16) << FRL_SLOT_RULE_LSB;
	row[40] = 0;
	row[0] = slot;
	row[1] = slot >> 32;
	assert_int_equal(frl_model_write(tables, FRL_TABLE_SLOT, h >> 30 | below(4) << 16, row, 0),
			 0);
	row[0] = below(24);
	row[1] = 0;
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(frl_model_write(tables, FRL_TABLE_RULE, i, row, 0), 0);
}

static void any_config(struct frl_model_config *config)
{
	*config = (struct frl_model_config){
		.wires = 1 + below(8),
		.vfs = below(32),
		.enable = any() | any() | any(),
		.tunnel = any() | any(),
		.vxlan_port = 4789,
		.geneve_port = below(8) ? 6081 : 4789,
	};
	for (uint32_t p = 0; p < FRL_N_PORTS; p++) {
		config->max_len[p] = below(3) ? 0 : below(300);
		config->slow_pair[p] = any();
	}
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		config->gnv_sel[i] = (uint32_t)below(2) << 31 | below(3) << 24 | below(2) << 16 |
				     below(2);
}

static void any_meta(struct frl_model_meta *meta)
{
	*meta = (struct frl_model_meta){
		.src_port = below(4) ? below(20) : any(),
		.direct = !below(10),
		.dst_port = any(),
		.replica = !below(10),
		.leg = any(),
		.rule = any(),
		.mark = any(),
		.table_id = any(),
		.ct_state = any(),
		.ct_zone = any(),
		.ct_mark = any(),
	};
}

/* ---- What must hold ---- */

static void check(const struct frl_model_meta *meta, const struct frl_model_result *r)
{
	assert_true(r->drop < FRL_DROP_COUNT && r->leave < FRL_DROP_COUNT);
	assert_true(r->len <= FRL_MODEL_FRAME_MAX);
	if (r->drop != FRL_DROP_NONE)
		assert_int_equal(r->leave, r->drop);
	/* Only a direct frame may be empty. */
	if (r->leave != FRL_DROP_NONE)
		assert_int_equal(r->len, 0);
	else
		assert_true(r->len >= 14 || (meta->direct && r->len == len));
	if (r->counted)
		assert_true(r->rule_hit && !meta->replica && !meta->direct);
	if (meta->direct)
		assert_true(!r->rule_hit && r->next_leg == 0);
	if (r->reason != FRL_PUNT_NONE)
		assert_int_equal(r->port, FRL_PORT_HOST);
	/* What is for the host by a reason, and what is direct, leaves as it came. */
	if (r->len && (r->reason != FRL_PUNT_NONE || meta->direct)) {
		assert_int_equal(r->len, len);
		assert_memory_equal(r->frame, frame, len);
	}
}

/* In an allocation of its own size, so that the sanitizer sees a read behind the end. */
static void run(const struct frl_model_tables *tables, const struct frl_model_config *config,
		const struct frl_model_meta *meta, struct frl_model_result *r, FILE *account)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, frame, len);
	frl_model_pass(tables, tables, config, meta, copy, len, r, account);
	assert_memory_equal(copy, frame, len);
	free(copy);
}

/* Every pass holds to the rules above, and a second one with an account comes to the same. */
static void hostile_rows_and_frames(void **state)
{
	static struct frl_model_result first, second;
	struct frl_model_tables *tables = frl_model_tables_create(&sizes);
	uint32_t passes = setting("FRL_PASSES", 100000), reasons[256] = { 0 };
	struct frl_model_config config;
	struct frl_model_meta meta;
	FILE *account = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(tables);
	assert_non_null(account);
	seed = setting("FRL_SEED", 1);
	for (uint32_t i = 0; i < passes; i++) {
		if (i % 64 == 0)
			any_config(&config);
		for (uint32_t writes = below(8); writes; writes--)
			write_any(tables);
		if (i % 16 == 0)
			write_catch_all(tables);
		any_meta(&meta);
		make_frame();
		memset(&first, 0xa5, sizeof(first));
		memset(&second, 0x5a, sizeof(second));
		run(tables, &config, &meta, &first, NULL);
		check(&meta, &first);
		run(tables, &config, &meta, &second, account);
		assert_memory_equal(&first, &second, offsetof(struct frl_model_result, len));
		assert_int_equal(first.len, second.len);
		assert_memory_equal(first.frame, second.frame, first.len);
		reasons[first.reason]++;
	}
	for (uint32_t i = 0; i < FRL_PUNT_COUNT; i++)
		if (!reasons[i])
			fail_msg("no frame was punted for: %s", frl_punt_text(i));
	fclose(account);
	frl_model_tables_destroy(tables);
}

/* ---- Lookup against the plain search ---- */

static void write_rule(struct frl_model_tables *tables, uint32_t bank, uint32_t rule,
		       const uint32_t *mask, const uint32_t *key)
{
	uint32_t row[FRL_MODEL_ROW_WORDS] = { 0 }, sub = below(2), h;
	uint64_t slot;

	for (uint32_t i = 0; i < FRL_KEY_WORDS; i++)
		row[i] = key[i] & mask[i];
	h = frl_model_hash(frl_model_nh(row), bank, sub);
	assert_int_equal(frl_model_write(tables, FRL_TABLE_KEY, rule, row, 0), 0);
	slot = 1 | (uint64_t)(h & ((1u << FRL_SLOT_FP_W) - 1)) << FRL_SLOT_FP_LSB |
	       (uint64_t)below(4) << FRL_SLOT_PRIO_LSB | (uint64_t)rule << FRL_SLOT_RULE_LSB;
	row[0] = slot;
	row[1] = slot >> 32;
	/* A slot may be taken over: a way at random. */
	assert_int_equal(frl_model_write(tables, FRL_TABLE_SLOT,
					 bank << 24 | sub << 20 | below(4) << 16 | h >> 30, row, 0),
			 0);
}

static void write_tcam(struct frl_model_tables *tables, uint32_t entry, uint32_t rule,
		       const uint32_t *mask, const uint32_t *key)
{
	uint32_t row[FRL_MODEL_ROW_WORDS] = { 0 };

	for (uint32_t i = 0; i < FRL_KEY_WORDS; i++)
		row[i] = key[i] & mask[i];
	assert_int_equal(frl_model_write(tables, FRL_TABLE_KEY, rule, row, 0), 0);
	memcpy(row, mask, FRL_KEY_BYTES);
	assert_int_equal(frl_model_write(tables, FRL_TABLE_TCAM_MASK, entry, row, 0), 0);
	memcpy(row, key, FRL_KEY_BYTES);
	row[40] = below(4) | rule << 16;
	row[41] = rule >> 16 | 1u << 4;
	assert_int_equal(frl_model_write(tables, FRL_TABLE_TCAM, entry, row, 0), 0);
}

/* Keys of two values in each of three words, masks over them: many rules match a key. */
static void any_key(uint32_t *key)
{
	memset(key, 0, FRL_KEY_BYTES);
	for (uint32_t i = 0; i < FRL_KEY_WORDS; i += 13)
		key[i] = below(2) ? 0x12345678 : 0x9abcdef0;
}

static void any_mask(uint32_t *mask)
{
	memset(mask, 0, FRL_KEY_BYTES);
	for (uint32_t i = 0; i < FRL_KEY_WORDS; i += 13)
		mask[i] = below(2) ? 0xffffffff : below(2) ? 0x0000ffff : 0;
}

static void lookup_is_the_plain_search(void **state)
{
	struct frl_model_tables *tables = frl_model_tables_create(&sizes);
	uint32_t mask[3][FRL_KEY_WORDS], key[FRL_KEY_WORDS], hits = 0;
	uint32_t row[FRL_MODEL_ROW_WORDS] = { 0 };

	(void)state;
	assert_non_null(tables);
	seed = setting("FRL_SEED", 1);
	for (uint32_t round = 0; round < 200; round++) {
		for (uint32_t bank = 0; bank < 3; bank++) {
			any_mask(mask[bank]);
			memcpy(row, mask[bank], FRL_KEY_BYTES);
			row[40] = 1;
			assert_int_equal(frl_model_write(tables, FRL_TABLE_BANK, bank, row, 0), 0);
		}
		memset(row, 0, sizeof(row));
		for (uint32_t i = 0; i < 3 * 32; i++)
			assert_int_equal(frl_model_write(tables, FRL_TABLE_SLOT,
							 i / 32 << 24 | (i >> 4 & 1) << 20 |
								 (i & 3) << 16 | (i >> 2 & 3),
							 row, 0),
					 0);
		for (uint32_t rule = 0; rule < 16; rule++) {
			any_key(key);
			if (rule < 12)
				write_rule(tables, rule % 3, rule, mask[rule % 3], key);
			else
				write_tcam(tables, rule - 12, rule, mask[below(3)], key);
		}
		for (uint32_t i = 0; i < 50; i++) {
			uint32_t got, want;
			uint8_t punt;

			any_key(key);
			punt = frl_model_lookup(tables, key, &got, NULL);
			if (frl_model_best(tables, key, &want)) {
				assert_int_equal(punt, FRL_PUNT_NONE);
				assert_int_equal(got, want);
				hits++;
			} else {
				assert_int_equal(punt, FRL_PUNT_MISS);
			}
		}
	}
	assert_true(hits > 1000);
	frl_model_tables_destroy(tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_rows_and_frames),
		cmocka_unit_test(lookup_is_the_plain_search),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
