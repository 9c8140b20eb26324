/* SPDX-License-Identifier: BSD-3-Clause */
#include "geneve.h"

#include "card.h"
#include "hal.h"
#include "row.h"

#define WORD_MAX 30 /* Length of an option's data is 5 bits of words: RFC 8926, 3.5. */
#define GEN_MAX	 0xffffu

/* A handle: generation, then the word's number. */
#define HANDLE(gen, i) ((gen) << 4 | (i))

static void select_word(struct card *c, uint32_t i, uint32_t select)
{
	c->geneve.word[i].select = select;
	hal_write32(c->board.regs.base + FRL_REG_CHIP_GNV_SEL + 4 * i, select);
}

void geneve_init(struct card *c)
{
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++) {
		c->geneve.word[i].gen = 1;
		select_word(c, i, 0);
	}
}

/* ---- Users ---- */

uint32_t geneve_words(const uint32_t *mask)
{
	uint32_t words = (uint32_t)frl_get_bits(mask, FRL_KEY_GNV_PRESENT_LSB, FRL_GNV_WORDS);

	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		if (mask[FRL_KEY_GNV_OPT0_LSB / 32 + i])
			words |= 1u << i;
	return words;
}

int geneve_missing(const struct geneve *g, uint32_t words)
{
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		if ((words >> i & 1) && !g->word[i].refs)
			return (int)i;
	return -1;
}

void geneve_hold(struct geneve *g, uint32_t words)
{
	for (; words; words &= words - 1)
		g->word[__builtin_ctz(words)].users++;
}

void geneve_release(struct geneve *g, uint32_t words)
{
	for (; words; words &= words - 1)
		g->word[__builtin_ctz(words)].users--;
}

struct frl_resource_entry geneve_resource(const struct geneve *g)
{
	struct frl_resource_entry e = { .id = FRL_RESOURCE_GENEVE_OPTIONS,
					.size = FRL_GNV_WORDS,
					.high = g->high };

	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		e.used += g->word[i].refs != 0;
	return e;
}

/* ---- Coming and going ---- */

/* The word stays as it is until the batch that withdraws its last rules is finished: in another option's place it would
 * be matched by them.
 */
static void leave(struct card *c, uint32_t i)
{
	struct geneve_word *w = &c->geneve.word[i];

	w->refs = 0;
	w->gen = w->gen == GEN_MAX ? 1 : w->gen + 1;
	w->pos = c->update.head;
	c->geneve.leaving = true;
	geneve_settle(c);
}

void geneve_settle(struct card *c)
{
	struct geneve *g = &c->geneve;

	if (!g->leaving)
		return;
	g->leaving = false;
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++) {
		struct geneve_word *w = &g->word[i];

		if (!w->select || w->refs)
			continue;
		if ((int32_t)(c->update.finished - w->pos) < 0)
			g->leaving = true;
		else
			select_word(c, i, 0);
	}
}

void geneve_drop_all(struct card *c)
{
	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		if (c->geneve.word[i].refs)
			leave(c, i);
}

/* The word that is selected so, or a free one; FRL_GNV_WORDS: neither. */
static uint32_t find_word(const struct geneve *g, uint32_t select)
{
	uint32_t found = FRL_GNV_WORDS;

	for (uint32_t i = FRL_GNV_WORDS; i-- > 0;) {
		if (g->word[i].refs && g->word[i].select == select)
			return i;
		if (!g->word[i].select)
			found = i;
	}
	return found;
}

enum outcome op_geneve_option_create(struct card *c, const void *body, size_t len,
				     struct reply *rep)
{
	const struct frl_geneve_option *req = body;
	struct frl_geneve_option_rep *out = (void *)rep->body;
	struct geneve *g = &c->geneve;
	uint32_t select = (uint32_t)req->opt_class << FRL_REG_CHIP_GNV_SEL_CLASS_LSB |
			  (uint32_t)req->type << FRL_REG_CHIP_GNV_SEL_TYPE_LSB |
			  (uint32_t)req->word << FRL_REG_CHIP_GNV_SEL_WORD_LSB |
			  1u << FRL_REG_CHIP_GNV_SEL_ENABLE_LSB;
	uint32_t i, used;

	(void)len;
	if (req->reserved3)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (req->word > WORD_MAX)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, WORD_MAX);
	i = find_word(g, select);
	if (i == FRL_GNV_WORDS)
		return g->leaving ? OP_AGAIN
				  : op_refuse(rep, FRL_STATUS_NO_SPACE,
					      FRL_REFUSAL_GENEVE_OPTIONS_FULL, FRL_GNV_WORDS);
	if (!g->word[i].select)
		select_word(c, i, select);
	g->word[i].refs++;
	used = geneve_resource(g).used;
	if (used > g->high)
		g->high = used;
	*out = (struct frl_geneve_option_rep){ .handle = HANDLE(g->word[i].gen, i), .index = i };
	rep->len = sizeof(*out);
	return OP_DONE;
}

enum outcome op_geneve_option_destroy(struct card *c, const void *body, size_t len,
				      struct reply *rep)
{
	const struct frl_handle *req = body;
	uint32_t i = req->handle & 0xf;
	struct geneve_word *w;

	(void)len;
	if (i >= FRL_GNV_WORDS || !c->geneve.word[i].refs ||
	    req->handle != HANDLE(c->geneve.word[i].gen, i))
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	w = &c->geneve.word[i];
	if (w->refs == 1 && w->users)
		return op_refuse(rep, FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE, w->users);
	if (--w->refs == 0)
		leave(c, i);
	return OP_DONE;
}
