// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* TC offload: blocks of filters bound to our netdevs, and to tunnel devices over them. */
#include <net/pkt_cls.h>
#include <net/vxlan.h>

#include "frl_tc.h"

/* ---- Filters ---- */

static int flower(struct frl_tc_bind *bind, struct flow_cls_offload *cls)
{
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return frl_tc_rule_replace(bind, cls->cookie, &cls->common, cls->rule);
	case FLOW_CLS_DESTROY:
		return frl_tc_rule_destroy(bind, cls->cookie);
	case FLOW_CLS_STATS:
		return frl_tc_rule_stats(bind, cls->cookie, &cls->stats);
	default: /* templates of chains */
		return -EOPNOTSUPP;
	}
}

static int block_cb(enum tc_setup_type type, void *data, void *priv)
{
	struct frl_tc_bind *bind = priv;
	int err;

	mutex_lock(&bind->tc->lock);
	switch (type) {
	case TC_SETUP_CLSFLOWER:
		err = flower(bind, data);
		break;
	case TC_SETUP_CLSMATCHALL:
		err = frl_tc_matchall(bind, data);
		break;
	default:
		err = -EOPNOTSUPP;
	}
	mutex_unlock(&bind->tc->lock);
	return err;
}

/* ---- Bindings ---- */

static struct frl_tc_bind *bind_find(struct frl_tc *tc, const struct net_device *netdev)
{
	struct frl_tc_bind *bind;

	list_for_each_entry(bind, &tc->binds, list)
		if (bind->netdev == netdev)
			return bind;
	return NULL;
}

static struct frl_tc_bind *bind_new(struct frl_tc *tc, struct net_device *netdev)
{
	struct frl_tc_bind *bind = kzalloc(sizeof(*bind), GFP_KERNEL);

	if (!bind)
		return NULL;
	bind->tc = tc;
	bind->netdev = netdev;
	bind->rep = frl_rep_of(tc->pf, netdev);
	INIT_LIST_HEAD(&bind->levels);
	mutex_lock(&tc->lock);
	list_add_tail(&bind->list, &tc->binds);
	mutex_unlock(&tc->lock);
	return bind;
}

/* TC takes the filters away before it unbinds a block; what it left would point to nothing. */
static void bind_free(void *priv)
{
	struct frl_tc_bind *bind = priv;
	struct frl_tc_level *l, *next;
	struct frl_tc_rule *rule;
	struct frl_tc *tc = bind->tc;
	bool last;

	mutex_lock(&tc->lock);
	list_for_each_entry_safe(l, next, &bind->levels, list) {
		do {
			rule = list_first_entry(&l->rules, struct frl_tc_rule, level_list);
			last = list_is_singular(&l->rules);
			frl_tc_rule_free(rule); /* the last one frees the level */
		} while (!last);
	}
	list_del(&bind->list);
	mutex_unlock(&tc->lock);
	kfree(bind);
}

static int unbind(struct frl_tc *tc, struct net_device *netdev, struct flow_block_offload *f,
		  bool indirect)
{
	struct frl_tc_bind *bind = bind_find(tc, netdev);
	struct flow_block_cb *cb;

	if (!bind)
		return -ENOENT;
	cb = flow_block_cb_lookup(f->block, block_cb, bind);
	if (!cb)
		return -ENOENT;
	list_del(&cb->driver_list);
	if (indirect)
		flow_indr_block_cb_remove(cb, f);
	else
		flow_block_cb_remove(cb, f);
	return 0;
}

/* TC takes a callback off the driver's list when binding fails, or the driver goes. */
static void add_cb(struct frl_tc *tc, struct flow_block_cb *cb, struct flow_block_offload *f)
{
	flow_block_cb_add(cb, f);
	list_add_tail(&cb->driver_list, &tc->cbs);
}

static int setup_block(struct frl_tc *tc, struct net_device *netdev, struct flow_block_offload *f)
{
	struct frl_tc_bind *bind;
	struct flow_block_cb *cb;

	if (f->binder_type != FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS)
		return -EOPNOTSUPP;
	if (f->command == FLOW_BLOCK_UNBIND)
		return unbind(tc, netdev, f, false);
	if (f->command != FLOW_BLOCK_BIND)
		return -EOPNOTSUPP;
	if (bind_find(tc, netdev))
		return -EBUSY;
	bind = bind_new(tc, netdev);
	if (!bind)
		return -ENOMEM;
	cb = flow_block_cb_alloc(block_cb, bind, bind, bind_free);
	if (IS_ERR(cb)) {
		bind_free(bind);
		return PTR_ERR(cb);
	}
	add_cb(tc, cb, f);
	return 0;
}

int frl_tc_setup(struct net_device *netdev, enum tc_setup_type type, void *data)
{
	struct frl_rep *rep = frl_rep_of_any(netdev);

	if (!rep || !rep->pf->tc || type != TC_SETUP_BLOCK)
		return -EOPNOTSUPP;
	return setup_block(rep->pf->tc, netdev, data);
}

bool frl_tc_busy(const struct frl_rep *rep)
{
	struct frl_tc *tc = rep->pf->tc;
	struct frl_tc_bind *bind;

	ASSERT_RTNL();
	bind = tc ? bind_find(tc, rep->netdev) : NULL;
	return bind && bind->rules;
}

/* ---- Blocks of other drivers' devices ---- */

/* Tunnel devices, and internal ports of Open vSwitch, on whose egress it puts the filters: they
 * are bound to say why no filter of theirs can be in hardware.
 */
static bool wanted(const struct net_device *netdev, enum flow_block_binder_type type,
		   enum frl_tun_type *tunnel, enum frl_refusal *refuse)
{
	*tunnel = FRL_TUN_TYPE_NONE;
	if (netif_is_ovs_master(netdev)) {
		*refuse = FRL_REFUSAL_TC_INTERNAL_PORT;
		return true;
	}
	*tunnel = frl_tc_tunnel_of(netdev, refuse);
	return *tunnel != FRL_TUN_TYPE_NONE && type == FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS;
}

static int indirect_bind(struct frl_tc *tc, struct net_device *netdev, struct Qdisc *sch,
			 struct flow_block_offload *f, void *data,
			 void (*cleanup)(struct flow_block_cb *block_cb))
{
	enum frl_tun_type tunnel;
	enum frl_refusal refuse;
	struct frl_tc_bind *bind;
	struct flow_block_cb *cb;

	if (!wanted(netdev, f->binder_type, &tunnel, &refuse))
		return -EOPNOTSUPP;
	if (bind_find(tc, netdev))
		return -EBUSY;
	bind = bind_new(tc, netdev);
	if (!bind)
		return -ENOMEM;
	bind->tunnel = tunnel;
	bind->refuse = refuse;
	cb = flow_indr_block_cb_alloc(block_cb, bind, bind, bind_free, f, netdev, sch, data, tc,
				      cleanup);
	if (IS_ERR(cb)) {
		bind_free(bind);
		return PTR_ERR(cb);
	}
	add_cb(tc, cb, f);
	return 0;
}

static int indirect_cb(struct net_device *netdev, struct Qdisc *sch, void *priv,
		       enum tc_setup_type type, void *type_data, void *data,
		       void (*cleanup)(struct flow_block_cb *block_cb))
{
	struct flow_block_offload *f = type_data;
	struct frl_tc *tc = priv;

	if (!netdev || type != TC_SETUP_BLOCK || frl_rep_of_any(netdev))
		return -EOPNOTSUPP;
	if (f->binder_type != FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS &&
	    f->binder_type != FLOW_BLOCK_BINDER_TYPE_CLSACT_EGRESS)
		return -EOPNOTSUPP;
	if (f->command == FLOW_BLOCK_BIND)
		return indirect_bind(tc, netdev, sch, f, data, cleanup);
	if (f->command == FLOW_BLOCK_UNBIND)
		return unbind(tc, netdev, f, true);
	return -EOPNOTSUPP;
}

/* ---- Life ---- */

int frl_tc_init(struct frl_pf *pf)
{
	struct frl_tc *tc = kzalloc(sizeof(*tc), GFP_KERNEL);
	int err;

	if (!tc)
		return -ENOMEM;
	tc->pf = pf;
	mutex_init(&tc->lock);
	spin_lock_init(&tc->spin);
	INIT_LIST_HEAD(&tc->rules);
	INIT_LIST_HEAD(&tc->binds);
	INIT_LIST_HEAD(&tc->cbs);
	INIT_LIST_HEAD(&tc->encaps);
	err = frl_tc_table_init(tc);
	if (err)
		goto err_free;
	err = frl_tc_events_init(tc);
	if (err)
		goto err_table;
	pf->tc = tc;
	err = flow_indr_dev_register(indirect_cb, tc);
	if (err)
		goto err_events;
	frl_tc_debug_init(tc);
	return 0;

err_events:
	pf->tc = NULL;
	frl_tc_events_fini(tc);
err_table:
	frl_tc_table_fini(tc);
err_free:
	kfree(tc);
	return err;
}

void frl_tc_fini(struct frl_pf *pf)
{
	struct frl_tc *tc = pf->tc;

	if (!tc)
		return;
	frl_tc_debug_fini(tc);
	flow_indr_dev_unregister(indirect_cb, tc, bind_free);
	frl_tc_events_fini(tc);
	WARN_ON(!list_empty(&tc->binds) || !list_empty(&tc->rules));
	pf->tc = NULL;
	frl_tc_table_fini(tc);
	kfree(tc);
}
