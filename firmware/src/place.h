/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a rule stands: in a bank of its mask, or in the TCAM.
 *
 * Banks are for masks with many rules, the TCAM for those with few. A mask gets a bank when one is free; when none is,
 * its rules go to the TCAM until they are PLACE_MANY, and then a mask whose only bank has no more than PLACE_MANY
 * rules gives way: its rules go to the TCAM. Every step is a copy, a fence, then the old place: a lookup finds
 * the rule in one place or in both, with the same number and priority.
 */
#ifndef FRL_FW_PLACE_H
#define FRL_FW_PLACE_H

#include "op.h"

#include "bank.h"
#include "tcam.h"

#define PLACE_MANY    8
#define PLACE_PROMOTE 8 /* Rules that an insertion takes along from the TCAM to the mask's bank. */

/* Demotion of a bank, with a fence behind the copies and one before the bank's new mask; the bank given; the rule; and
 * promotion, with a fence behind the copies.
 */
#define PLACE_INSERT_ENTRIES                                                    \
	(PLACE_MANY * (TCAM_INSERT_ENTRIES + 1) + 2 + 2 + BANK_INSERT_ENTRIES + \
	 PLACE_PROMOTE * 2 + 1)
#define PLACE_REMOVE_ENTRIES 3

/* Publishes a rule, whose key and rule row are written before. OP_DONE, or a refusal in `rep`. */
enum outcome place_insert(struct card *c, uint32_t rule, struct reply *rep);
/* Withdraws a rule; a bank that has become empty is free again. */
void place_remove(struct card *c, uint32_t rule);

#endif
