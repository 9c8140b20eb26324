/* SPDX-License-Identifier: BSD-3-Clause */
#include "mask.h"

#include <string.h>

#include "card.h"
#include "row.h"

struct key_field {
	uint16_t lsb;
	uint8_t width;
	uint8_t hw;
};

#define FIELD(name, lsb, width, hw) { lsb, width, hw },
static const struct key_field key_fields[] = { FRL_KEY_FIELDS(FIELD) };
#undef FIELD
#define KEY_FIELD_COUNT (sizeof(key_fields) / sizeof(key_fields[0]))

void masks_alloc(struct masks *m, struct arena *a, uint32_t size)
{
	pool_init(&m->pool, a, 0, size);
	m->mask = arena_take_raw(a, size, sizeof(*m->mask), 8);
}

/* Removes bits lsb .. lsb + width - 1 from `key`; returns whether one was set. */
static bool take_bits(uint32_t *key, unsigned int lsb, unsigned int width)
{
	bool any = false;

	for (unsigned int bit = lsb; bit < lsb + width; bit += 32 - bit % 32) {
		unsigned int n = lsb + width - bit < 32 - bit % 32 ? lsb + width - bit
								   : 32 - bit % 32;
		uint32_t bits = (uint32_t)(0xffffffffull >> (32 - n)) << bit % 32;

		any |= (key[bit / 32] & bits) != 0;
		key[bit / 32] &= ~bits;
	}
	return any;
}

/* Index of the first field that hardware does not match, KEY_FIELD_COUNT for a bit of no field, or -1. */
static int unmatchable(const uint32_t mask[FRL_KEY_WORDS])
{
	uint32_t rest[FRL_KEY_WORDS];

	memcpy(rest, mask, sizeof(rest));
	for (unsigned int i = 0; i < KEY_FIELD_COUNT; i++)
		if (take_bits(rest, key_fields[i].lsb, key_fields[i].width) && !key_fields[i].hw)
			return (int)i;
	for (unsigned int w = 0; w < FRL_KEY_WORDS; w++)
		if (rest[w])
			return KEY_FIELD_COUNT;
	return -1;
}

static uint32_t find_equal(const struct masks *m, const uint32_t *key, const struct hash_mask *hash)
{
	for (uint32_t i = 0; i < m->pool.size; i++)
		if (m->pool.live[i] && m->mask[i].hash.fixed == hash->fixed &&
		    !memcmp(m->mask[i].key, key, sizeof(m->mask[i].key)))
			return i;
	return POOL_NONE;
}

enum outcome op_mask_create(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_mask *req = body;
	struct masks *m = &c->masks;
	struct hash_mask hash;
	int field = unmatchable(req->key);
	uint32_t i;

	(void)len;
	if (field >= 0)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MATCH_FIELD,
				 (uint32_t)field);
	hash_mask_init(&hash, req->key);
	i = find_equal(m, req->key, &hash);
	if (i == POOL_NONE) {
		i = pool_take(&m->pool);
		if (i == POOL_NONE)
			return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_OBJECTS_FULL,
					 m->pool.usable);
		m->mask[i] = (struct mask){ .hash = hash };
		memcpy(m->mask[i].key, req->key, sizeof(m->mask[i].key));
	}
	m->mask[i].refs++;
	op_handle(rep, pool_handle(&m->pool, i));
	return OP_DONE;
}

enum outcome op_mask_destroy(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_handle *req = body;
	uint32_t i = pool_find(&c->masks.pool, req->handle);
	struct mask *mask;

	(void)len;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	mask = &c->masks.mask[i];
	if (mask->refs == 1 && mask->rules)
		return op_refuse(rep, FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE, mask->rules);
	if (--mask->refs == 0)
		pool_free(&c->masks.pool, i);
	return OP_DONE;
}
