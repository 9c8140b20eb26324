// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Encapsulations: the route and the next hop of a tunnel, and what happens when they change.
 *
 * A rule needs the next hop's address in its encap entry. While there is none, its packets go to
 * the host, whose tunnel device resolves it. Neighbour, route and device events mark
 * encapsulations; a work looks at them.
 */
#include <linux/inetdevice.h>
#include <net/arp.h>
#include <net/fib_notifier.h>
#include <net/netevent.h>
#include <net/route.h>

#include "frl_tc.h"

/* ---- One encapsulation ---- */

struct frl_tc_encap *frl_tc_encap_get(struct frl_tc *tc, const struct frl_tc_encap_key *key)
{
	struct frl_tc_encap *e;

	list_for_each_entry(e, &tc->encaps, list) {
		if (!e->gone && !memcmp(&e->key, key, sizeof(*key))) {
			e->refs++;
			return e;
		}
	}
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return NULL;
	e->key = *key;
	e->refs = 1;
	INIT_LIST_HEAD(&e->users);
	dev_hold(key->netdev);
	spin_lock_bh(&tc->spin);
	list_add_tail(&e->list, &tc->encaps);
	spin_unlock_bh(&tc->spin);
	return e;
}

static void set_neigh(struct frl_tc *tc, struct frl_tc_encap *e, struct neighbour *n)
{
	struct neighbour *old;

	spin_lock_bh(&tc->spin);
	old = e->neigh;
	e->neigh = n;
	spin_unlock_bh(&tc->spin);
	if (old)
		neigh_release(old);
}

/* The tunnel device is no more, or the last rule is. */
static void let_device_go(struct frl_tc *tc, struct frl_tc_encap *e)
{
	if (e->gone)
		return;
	e->gone = true;
	e->ready = false;
	set_neigh(tc, e, NULL);
	dev_put(e->key.netdev);
}

static void encap_put(struct frl_tc *tc, struct frl_tc_encap *e)
{
	if (--e->refs)
		return;
	spin_lock_bh(&tc->spin);
	list_del(&e->list);
	spin_unlock_bh(&tc->spin);
	let_device_go(tc, e);
	kfree(e);
}

/* The reference that frl_tc_encap_get() gave becomes the leg's. */
void frl_tc_encap_use(struct frl_tc_use *use, struct frl_tc_rule *rule, struct frl_tc_encap *e)
{
	use->rule = rule;
	use->encap = e;
	list_add_tail(&use->list, &e->users);
}

void frl_tc_encap_unuse(struct frl_tc *tc, struct frl_tc_use *use)
{
	if (!use->encap)
		return;
	list_del(&use->list);
	encap_put(tc, use->encap);
	use->encap = NULL;
}

/* ---- Route and next hop ---- */

static void fill_content(struct frl_encap *c, const struct frl_tc_encap_key *key,
			 const struct flowi4 *fl, const struct rtable *rt,
			 const struct net_device *uplink)
{
	memset(c, 0, sizeof(*c));
	c->tun_type = FRL_TUN_TYPE_VXLAN;
	c->tos = key->tos;
	c->ttl = key->ttl ? key->ttl : ip4_dst_hoplimit(&rt->dst);
	c->df = key->df;
	c->vni = key->vni;
	c->udp_dst = key->udp_dst;
	ether_addr_copy(c->eth_src, uplink->dev_addr);
	memcpy(c->ip_src, &fl->saddr, sizeof(c->ip_src));
	memcpy(c->ip_dst, &key->dst, sizeof(c->ip_dst));
}

int frl_tc_route(struct frl_tc *tc, const struct frl_tc_encap_key *key, struct neighbour **neigh,
		 struct frl_encap *content)
{
	struct flowi4 fl = {
		.flowi4_tos = RT_TOS(key->tos),
		.flowi4_proto = IPPROTO_UDP,
		.daddr = key->dst,
		.saddr = key->src,
		.fl4_dport = htons(key->udp_dst),
	};
	struct rtable *rt = ip_route_output_key(key->net, &fl);
	struct frl_rep *rep;
	int port = -1;

	*neigh = NULL;
	if (IS_ERR(rt))
		return -1;
	rep = frl_rep_of(tc->pf, rt->dst.dev);
	if (rep && rep->uplink && rt->rt_type == RTN_UNICAST)
		*neigh = dst_neigh_lookup(&rt->dst, &fl.daddr);
	if (*neigh) {
		fill_content(content, key, &fl, rt, rt->dst.dev);
		port = rep->port;
	}
	ip_rt_put(rt);
	return port;
}

/* Whether the next hop can be used, and its address. */
static bool next_hop(struct neighbour *n, u8 *mac)
{
	bool valid;

	read_lock_bh(&n->lock);
	valid = !n->dead && (n->nud_state & NUD_VALID);
	ether_addr_copy(mac, n->ha);
	read_unlock_bh(&n->lock);
	return valid;
}

/* Looks at route and next hop; true when what the card must know has changed. */
static bool resolve(struct frl_tc *tc, struct frl_tc_encap *e)
{
	struct frl_encap content;
	struct neighbour *n;
	bool ready = false;
	int port = -1;

	if (e->gone)
		return false;
	if (e->key.netdev->flags & IFF_UP)
		port = frl_tc_route(tc, &e->key, &n, &content);
	if (port >= 0) {
		set_neigh(tc, e, n);
		ready = next_hop(n, content.eth_dst);
		if (!ready)
			neigh_event_send(n, NULL);
	} else {
		set_neigh(tc, e, NULL);
	}
	if (!ready && !e->ready)
		return false;
	if (ready && e->ready && e->port == port && !memcmp(&e->content, &content, sizeof(content)))
		return false;
	e->ready = ready;
	if (ready) {
		e->port = port;
		e->content = content;
	}
	return true;
}

static void tell_rules(struct frl_tc_encap *e)
{
	struct frl_tc_use *use;

	list_for_each_entry(use, &e->users, list)
		frl_tc_rule_refresh(use->rule, true);
}

/* The first look at a new encapsulation; its rule is not in the card yet. */
void frl_tc_encap_first(struct frl_tc *tc, struct frl_tc_encap *e)
{
	if (!e->ready && resolve(tc, e))
		tell_rules(e);
	frl_tc_look_start(tc);
}

/* ---- Looking after them ---- */

/* The kernel forgets a neighbour that nobody uses, and only we know that the card uses it. */
static void keep_alive(struct frl_tc_encap *e)
{
	struct frl_tc_use *use;
	u64 packets = 0;

	list_for_each_entry(use, &e->users, list)
		packets += frl_tc_rule_count(use->rule).packets;
	if (packets != e->packets && e->neigh && e->ready)
		neigh_event_send(e->neigh, NULL);
	e->packets = packets;
}

static void look_at_encaps(struct frl_tc *tc, bool all)
{
	struct frl_tc_encap *e;

	list_for_each_entry(e, &tc->encaps, list) {
		bool dirty;

		spin_lock_bh(&tc->spin);
		dirty = e->dirty;
		e->dirty = false;
		spin_unlock_bh(&tc->spin);
		if ((dirty || all) && resolve(tc, e))
			tell_rules(e);
	}
}

/* Rules that fall back for another reason than they know: an address moved, or the card would not
 * take what it was told. Returns whether there are any to be looked at again.
 */
static bool look_at_rules(struct frl_tc *tc)
{
	struct frl_tc_rule *rule;

	list_for_each_entry(rule, &tc->rules, list)
		if (rule->underlay.net || rule->fallback)
			frl_tc_rule_refresh(rule, false);
	return tc->tunnel_rules || !list_empty(&tc->encaps);
}

static void event_work(struct work_struct *work)
{
	struct frl_tc *tc = container_of(work, struct frl_tc, event_work);
	bool all;

	mutex_lock(&tc->lock);
	spin_lock_bh(&tc->spin);
	all = tc->all_dirty;
	tc->all_dirty = false;
	spin_unlock_bh(&tc->spin);
	look_at_encaps(tc, all);
	if (all)
		look_at_rules(tc);
	mutex_unlock(&tc->lock);
}

static void look_work(struct work_struct *work)
{
	struct frl_tc *tc = container_of(to_delayed_work(work), struct frl_tc, look_work);
	struct frl_tc_encap *e;

	mutex_lock(&tc->lock);
	look_at_encaps(tc, true);
	list_for_each_entry(e, &tc->encaps, list)
		keep_alive(e);
	if (look_at_rules(tc))
		frl_tc_look_start(tc);
	mutex_unlock(&tc->lock);
}

void frl_tc_look_start(struct frl_tc *tc)
{
	queue_delayed_work(tc->wq, &tc->look_work, msecs_to_jiffies(FRL_TC_LOOK_MS));
}

/* ---- Events ----
 *
 * Routes of other network namespaces than the first are looked at every FRL_TC_LOOK_MS only.
 */

static void all_changed(struct frl_tc *tc)
{
	spin_lock_bh(&tc->spin);
	tc->all_dirty = true;
	spin_unlock_bh(&tc->spin);
	queue_work(tc->wq, &tc->event_work);
}

static int on_netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct frl_tc *tc = container_of(nb, struct frl_tc, netevent);
	struct frl_tc_encap *e;
	bool any = false;

	if (event != NETEVENT_NEIGH_UPDATE)
		return NOTIFY_DONE;
	spin_lock_bh(&tc->spin);
	list_for_each_entry(e, &tc->encaps, list) {
		if (e->neigh == ptr) {
			e->dirty = true;
			any = true;
		}
	}
	spin_unlock_bh(&tc->spin);
	if (any)
		queue_work(tc->wq, &tc->event_work);
	return NOTIFY_DONE;
}

static int on_fib(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct frl_tc *tc = container_of(nb, struct frl_tc, fib);

	all_changed(tc);
	return NOTIFY_DONE;
}

/* Whoever holds a neighbour holds its device, which waits for that when it goes. */
static void device_gone(struct frl_tc *tc, const struct net_device *netdev)
{
	struct frl_tc_encap *e;

	mutex_lock(&tc->lock);
	list_for_each_entry(e, &tc->encaps, list) {
		if (!e->gone && e->key.netdev == netdev) {
			let_device_go(tc, e);
		} else if (e->neigh && e->neigh->dev == netdev) {
			e->ready = false;
			set_neigh(tc, e, NULL);
		} else {
			continue;
		}
		tell_rules(e);
	}
	mutex_unlock(&tc->lock);
}

static int on_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct frl_tc *tc = container_of(nb, struct frl_tc, netdev_nb);

	switch (event) {
	case NETDEV_UNREGISTER:
		device_gone(tc, netdev_notifier_info_to_dev(ptr));
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGEADDR:
		all_changed(tc);
		break;
	}
	return NOTIFY_DONE;
}

int frl_tc_events_init(struct frl_tc *tc)
{
	int err;

	INIT_WORK(&tc->event_work, event_work);
	INIT_DELAYED_WORK(&tc->look_work, look_work);
	tc->netevent.notifier_call = on_netevent;
	tc->fib.notifier_call = on_fib;
	tc->netdev_nb.notifier_call = on_netdev;
	tc->wq = alloc_ordered_workqueue(FRL_DRV_NAME "-tc", WQ_MEM_RECLAIM);
	if (!tc->wq)
		return -ENOMEM;
	err = register_netevent_notifier(&tc->netevent);
	if (err)
		goto err_wq;
	err = register_fib_notifier(&init_net, &tc->fib, NULL, NULL);
	if (err)
		goto err_netevent;
	err = register_netdevice_notifier(&tc->netdev_nb);
	if (err)
		goto err_fib;
	return 0;

err_fib:
	unregister_fib_notifier(&init_net, &tc->fib);
err_netevent:
	unregister_netevent_notifier(&tc->netevent);
err_wq:
	destroy_workqueue(tc->wq);
	return err;
}

void frl_tc_events_fini(struct frl_tc *tc)
{
	unregister_netdevice_notifier(&tc->netdev_nb);
	unregister_fib_notifier(&init_net, &tc->fib);
	unregister_netevent_notifier(&tc->netevent);
	cancel_delayed_work_sync(&tc->look_work);
	cancel_work_sync(&tc->event_work);
	destroy_workqueue(tc->wq);
}
