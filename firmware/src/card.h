/* SPDX-License-Identifier: BSD-3-Clause */
/* All that the firmware knows of one card. There is one; tests make several. */
#ifndef FRL_FW_CARD_H
#define FRL_FW_CARD_H

#include "action.h"
#include "admin.h"
#include "arena.h"
#include "bank.h"
#include "board.h"
#include "encap.h"
#include "geneve.h"
#include "mask.h"
#include "op.h"
#include "port.h"
#include "rule.h"
#include "tcam.h"
#include "team.h"
#include "update.h"

struct card {
	struct board board;
	uint32_t epoch;
	struct update update;
	struct ports ports;
	struct masks masks;
	struct banks banks;
	struct tcam tcam;
	struct geneve geneve;
	struct rules rules;
	struct actions actions;
	struct encaps encaps;
	struct teams teams;
	struct admin admin;
};

/* Brings the card up with the memory `a`. NULL, or what is wrong. */
const char *card_start(struct card *c, const struct board *b, struct arena *a);
/* Serves the pending interrupts until there is none. */
void card_serve(struct card *c);

#endif
