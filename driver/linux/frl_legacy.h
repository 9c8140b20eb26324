/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Legacy mode: forwarding between VFs, host and first wire by address; rules, and the same in
 * software.
 */
#ifndef FRL_LEGACY_H
#define FRL_LEGACY_H

#include "frl.h"

/**
 * struct frl_legacy_vf - what forwarding has to know of a VF
 * @mac: its address
 * @vlan: port VLAN: its frames get this tag, and it gets frames with it; 0: as they are
 * @qos: priority of that tag
 * @spoofchk: frames with another source address are dropped
 * @trusted: may send to 01:80:c2:00:00:0x (IEEE 802.1Q, 8.6.3)
 */
struct frl_legacy_vf {
	u8 mac[ETH_ALEN];
	u16 vlan;
	u8 qos;
	bool spoofchk;
	bool trusted;
};

/**
 * struct frl_legacy_table - what the software path goes by; never changed, replaced
 * @rcu: for kfree_rcu()
 * @host: address of the first uplink's netdev
 * @vfs: entries of @vf
 * @vf: by number
 */
struct frl_legacy_table {
	struct rcu_head rcu;
	u8 host[ETH_ALEN];
	u16 vfs;
	struct frl_legacy_vf vf[];
};

/**
 * struct frl_legacy - rules of legacy mode
 * @lock: of the rules; taken before fw_lock
 * @on: the mode is legacy
 * @vfs: VFs that have rules
 * @columns: destinations of a source
 * @rule: by source, then by destination
 */
struct frl_legacy {
	struct mutex lock; /* see struct's comment */
	bool on;
	u16 vfs;
	unsigned int columns;
	struct frl_rule_ref *rule;
};

int frl_legacy_rules_sync(struct frl_pf *pf, const struct frl_legacy_table *t, int vf);
void frl_legacy_rules_clear(struct frl_pf *pf);
u64 frl_legacy_drops(struct frl_pf *pf, u16 vf);

#endif /* FRL_LEGACY_H */
