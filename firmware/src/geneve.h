/* SPDX-License-Identifier: BSD-3-Clause */
/* Words of GENEVE options in the key: which option's which word the parser puts into gnv_opt<i>. */
#ifndef FRL_FW_GENEVE_H
#define FRL_FW_GENEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "frl_abi.h"
#include "frl_chip.h"

struct card;

struct geneve_word {
	uint32_t select; /* Register GNV_SEL as it stands; 0: the word is free. */
	uint32_t refs;	 /* GENEVE_OPTION_CREATE minus GENEVE_OPTION_DESTROY. */
	uint32_t users;	 /* Rules that match the word. */
	uint32_t gen;	 /* Generation of the handle. */
	uint32_t pos;	 /* refs is 0: not free before this entry of the update ring is finished. */
};

struct geneve {
	struct geneve_word word[FRL_GNV_WORDS];
	uint32_t high;
	bool leaving; /* A word waits for the end of a batch. */
};

/* Takes all words out of the parser: they may be a former firmware's. */
void geneve_init(struct card *c);
/* Bits of the words that a mask matches: value or presence. */
uint32_t geneve_words(const uint32_t *mask);
/* The first of these words that is not selected, or -1. */
int geneve_missing(const struct geneve *g, uint32_t words);
/* A rule that matches these words comes or goes. */
void geneve_hold(struct geneve *g, uint32_t words);
void geneve_release(struct geneve *g, uint32_t words);
/* All words go, with the rules that matched them: FLUSH. */
void geneve_drop_all(struct card *c);
/* A batch is finished: words that waited for it are free. */
void geneve_settle(struct card *c);
struct frl_resource_entry geneve_resource(const struct geneve *g);

#endif
