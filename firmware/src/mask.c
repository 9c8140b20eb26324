/* SPDX-License-Identifier: BSD-3-Clause */
#include "mask.h"

#include <string.h>

#include "card.h"

struct key_field {
	uint16_t lsb;
	uint8_t width;
};

#define FIELD(name, lsb, width) { lsb, width },
static const struct key_field key_fields[] = { FRL_KEY_FIELDS(FIELD) };
#undef FIELD
#define KEY_FIELD_COUNT (sizeof(key_fields) / sizeof(key_fields[0]))

void masks_alloc(struct masks *m, struct arena *a, uint32_t size)
{
	pool_init(&m->pool, a, 0, size);
	chains_alloc(&m->chains, a, size);
	m->mask = arena_take_raw(a, size, sizeof(*m->mask), 8);
}

/* Removes bits lsb .. lsb + width - 1 from `key`. */
static void take_bits(uint32_t *key, unsigned int lsb, unsigned int width)
{
	for (unsigned int bit = lsb; bit < lsb + width; bit += 32 - bit % 32) {
		unsigned int n = lsb + width - bit < 32 - bit % 32 ? lsb + width - bit
								   : 32 - bit % 32;

		key[bit / 32] &= ~((uint32_t)(0xffffffffull >> (32 - n)) << bit % 32);
	}
}

/* A bit of the mask belongs to no field. */
static bool unmatchable(const uint32_t mask[FRL_KEY_WORDS])
{
	uint32_t rest[FRL_KEY_WORDS];

	memcpy(rest, mask, sizeof(rest));
	for (unsigned int i = 0; i < KEY_FIELD_COUNT; i++)
		take_bits(rest, key_fields[i].lsb, key_fields[i].width);
	for (unsigned int w = 0; w < FRL_KEY_WORDS; w++)
		if (rest[w])
			return true;
	return false;
}

static uint32_t find_equal(const struct masks *m, const uint32_t *key, uint32_t hash)
{
	for (uint32_t i = chains_first(&m->chains, hash); i != CHAIN_END; i = m->chains.next[i])
		if (m->mask[i].hash == hash && !memcmp(m->mask[i].key, key, sizeof(m->mask[i].key)))
			return i;
	return POOL_NONE;
}

enum outcome op_mask_create(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_mask *req = body;
	struct masks *m = &c->masks;
	uint32_t hash = chain_hash(req->key, FRL_KEY_WORDS);
	uint32_t i = find_equal(m, req->key, hash);

	(void)len;
	if (i == POOL_NONE && unmatchable(req->key))
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_MATCH_FIELD,
				 KEY_FIELD_COUNT);
	if (i == POOL_NONE) {
		i = pool_take(&m->pool);
		if (i == POOL_NONE)
			return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_OBJECTS_FULL,
					 m->pool.usable);
		m->mask[i] = (struct mask){ .hash = hash,
					    .tcam = POOL_NONE,
					    .geneve = (uint8_t)geneve_words(req->key) };
		memcpy(m->mask[i].key, req->key, sizeof(m->mask[i].key));
		chains_add(&m->chains, hash, i);
	}
	m->mask[i].refs++;
	op_handle(rep, pool_handle(&m->pool, i));
	return OP_DONE;
}

void mask_drop(struct card *c, uint32_t mask)
{
	chains_remove(&c->masks.chains, c->masks.mask[mask].hash, mask);
	pool_free(&c->masks.pool, mask);
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
		mask_drop(c, i);
	return OP_DONE;
}
