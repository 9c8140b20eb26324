/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What differs between kernels, by the name of the feature. The floor is 6.1. */
#ifndef FRL_COMPAT_H
#define FRL_COMPAT_H

#include <linux/netlink.h>
#include <linux/version.h>

#ifndef __LITTLE_ENDIAN
#error "rings and messages are little endian, and are not converted"
#endif

/*
 * Formatted extack texts (NL_SET_ERR_MSG_FMT) came with 6.2: here texts are constants, from
 * frl_refusal_text().
 */
static inline void frl_extack(struct netlink_ext_ack *extack, const char *constant)
{
	if (extack)
		extack->_msg = constant;
}

#endif /* FRL_COMPAT_H */
