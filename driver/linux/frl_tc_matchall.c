// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* matchall: a filter without a match, that ends the list of filters as a flower filter does. */
#include <net/pkt_cls.h>

#include "frl_tc.h"

int frl_tc_matchall(struct frl_tc_bind *bind, struct tc_cls_matchall_offload *mall)
{
	switch (mall->command) {
	case TC_CLSMATCHALL_REPLACE:
		return frl_tc_rule_replace(bind, mall->cookie, &mall->common, mall->rule);
	case TC_CLSMATCHALL_DESTROY:
		return frl_tc_rule_destroy(bind, mall->cookie);
	case TC_CLSMATCHALL_STATS:
		return frl_tc_rule_stats(bind, mall->cookie, &mall->stats);
	default:
		return -EOPNOTSUPP;
	}
}
