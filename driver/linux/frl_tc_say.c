// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Why a filter is not in hardware: to the user at once, and to be asked later. */
#include "frl_tc.h"

/* The kernel takes a text by its address and copies it when the request ends, which is before the
 * same task makes another one. Texts are those of tasks that ask at the same time; they outlive
 * the card.
 */
#define TEXTS	 64
#define TEXT_MAX 192

static char texts[TEXTS][TEXT_MAX];
static atomic_t next_text;

static char *text_room(void)
{
	return texts[(unsigned int)atomic_inc_return(&next_text) % TEXTS];
}

static void say(struct netlink_ext_ack *extack, enum frl_refusal reason, const char *what)
{
	char *text;

	if (!extack)
		return;
	text = text_room();
	if (what)
		snprintf(text, TEXT_MAX, FRL_DRV_NAME ": %s: %s", what, frl_refusal_text(reason));
	else
		snprintf(text, TEXT_MAX, FRL_DRV_NAME ": %s", frl_refusal_text(reason));
	frl_extack(extack, text);
}

static void count(struct frl_tc *tc, const struct frl_tc_bind *bind, enum frl_refusal reason,
		  const char *what, bool by_firmware)
{
	struct frl_tc_refused *r = &tc->last[tc->refused % FRL_TC_REFUSED_KEPT];

	tc->refused++;
	if ((unsigned int)reason < FRL_REFUSAL_COUNT)
		tc->refused_by[reason]++;
	r->number = tc->refused;
	r->reason = reason;
	r->by_firmware = by_firmware;
	strscpy(r->ifname, bind->netdev->name, sizeof(r->ifname));
	strscpy(r->what, what ? what : "", sizeof(r->what));
}

int frl_tc_refuse(struct frl_tc *tc, const struct frl_tc_bind *bind, struct netlink_ext_ack *extack,
		  enum frl_refusal reason, const char *what)
{
	say(extack, reason, what);
	count(tc, bind, reason, what, false);
	return -EOPNOTSUPP;
}

int frl_tc_firmware_refused(struct frl_tc *tc, const struct frl_tc_bind *bind,
			    struct netlink_ext_ack *extack, const struct frl_why *why)
{
	say(extack, why->reason, NULL);
	count(tc, bind, why->reason, NULL, true);
	return frl_errno(why);
}

void frl_tc_no(struct frl_tc_parse *p, enum frl_refusal reason, const char *what)
{
	if (reason && !p->err)
		p->err = frl_tc_refuse(p->tc, p->bind, p->extack, reason, what);
}

void frl_tc_warn(struct netlink_ext_ack *extack, const char *text)
{
	frl_extack(extack, text);
}
