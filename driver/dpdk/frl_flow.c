/* SPDX-License-Identifier: BSD-3-Clause */
/* rte_flow operations. */
#include <errno.h>
#include <stdlib.h>

#include "frl_pmd.h"

static int port_of(void *arg, uint16_t ethdev)
{
	struct frl_dev *dev = arg;
	struct frl_ethport *port = frl_port_of_ethdev(ethdev);

	return port && port->dev == dev ? port->number : -1;
}

/* ---- Refusals ---- */

static void remember(struct frl_ethport *port, const struct rte_flow_attr *attr,
		     const struct frl_flow_no *no, uint32_t arg, bool by_firmware)
{
	struct frl_dev *dev = port->dev;
	struct frl_refused *r = &dev->refusals[dev->refused % FRL_REFUSALS_KEPT];

	r->number = ++dev->refused;
	r->ethdev = port->eth->data->port_id;
	r->reason = (uint16_t)no->reason;
	r->arg = arg;
	r->by_firmware = by_firmware;
	r->transfer = attr->transfer;
	r->is_item = no->type == RTE_FLOW_ERROR_TYPE_ITEM;
	r->what = -1;
	if (no->cause && r->is_item)
		r->what = ((const struct rte_flow_item *)no->cause)->type;
	else if (no->cause && no->type == RTE_FLOW_ERROR_TYPE_ACTION)
		r->what = ((const struct rte_flow_action *)no->cause)->type;
}

static int say_no(struct rte_flow_error *error, int err, const struct frl_flow_no *no)
{
	return rte_flow_error_set(error, -err, no->type, no->cause, frl_refusal_text(no->reason));
}

/* What firmware refuses concerns the rule as a whole. To Open vSwitch only an error of type ACTION is
 * ordinary, all others it logs as a warning for each flow; a full table is ordinary.
 */
static int firmware_said_no(struct frl_ethport *port, const struct rte_flow_attr *attr, int err,
			    struct rte_flow_error *error)
{
	struct frl_dev *dev = port->dev;
	struct frl_flow_no no = { .reason = dev->admin.why.reason,
				  .type = RTE_FLOW_ERROR_TYPE_ACTION };

	if (no.reason == FRL_REFUSAL_DEVICE_GONE)
		err = -EIO;
	remember(port, attr, &no, dev->admin.why.arg, true);
	return say_no(error, err, &no);
}

/* ---- Create and destroy ---- */

static int compile(struct frl_ethport *port, const struct rte_flow_attr *attr,
		   const struct rte_flow_item *pattern, const struct rte_flow_action *actions,
		   struct rte_flow *flow, struct rte_flow_error *error)
{
	struct frl_flow_env env = {
		.ethdev = port->eth->data->port_id,
		.card_port = port->number,
		.arg = port->dev,
		.port_of = port_of,
	};
	struct frl_flow_no no = { 0 };
	int err = frl_flow_compile(&env, attr, pattern, actions, &flow->desc, &flow->count, &no);

	if (!err)
		return 0;
	pthread_mutex_lock(&port->dev->lock);
	remember(port, attr, &no, 0, false);
	pthread_mutex_unlock(&port->dev->lock);
	return say_no(error, err, &no);
}

static int flow_validate(struct rte_eth_dev *eth, const struct rte_flow_attr *attr,
			 const struct rte_flow_item *pattern, const struct rte_flow_action *actions,
			 struct rte_flow_error *error)
{
	struct rte_flow flow = { .transfer = attr->transfer };

	return compile(eth->data->dev_private, attr, pattern, actions, &flow, error);
}

static int install(struct frl_ethport *port, const struct rte_flow_attr *attr,
		   struct rte_flow *flow, struct rte_flow_error *error)
{
	struct frl_dev *dev = port->dev;
	int err;

	pthread_mutex_lock(&dev->lock);
	frl_flow_take_over(dev);
	err = frl_admin_rule_create(&dev->admin, &flow->desc, &flow->ref);
	if (err) {
		err = firmware_said_no(port, attr, err, error);
	} else {
		TAILQ_INSERT_TAIL(&dev->flows, flow, next);
		dev->nflows++;
		dev->created++;
	}
	pthread_mutex_unlock(&dev->lock);
	return err;
}

static struct rte_flow *flow_create(struct rte_eth_dev *eth, const struct rte_flow_attr *attr,
				    const struct rte_flow_item *pattern,
				    const struct rte_flow_action *actions,
				    struct rte_flow_error *error)
{
	struct frl_ethport *port = eth->data->dev_private;
	struct rte_flow *flow = calloc(1, sizeof(*flow));

	if (!flow) {
		rte_flow_error_set(error, ENOMEM, RTE_FLOW_ERROR_TYPE_HANDLE, NULL,
				   "no memory for a flow");
		return NULL;
	}
	flow->port = port;
	flow->transfer = attr->transfer;
	if (compile(port, attr, pattern, actions, flow, error) ||
	    install(port, attr, flow, error)) {
		free(flow);
		return NULL;
	}
	return flow;
}

/* The flow is gone afterwards in any case; frl_dev.lock is held. */
static int destroy_locked(struct frl_dev *dev, struct rte_flow *flow)
{
	struct frl_rule_gone gone;
	int err = frl_admin_rule_destroy(&dev->admin, &flow->ref, &gone);

	if (err)
		FRL_LOG(ERR, dev, "destroying a rule: %s", frl_refusal_text(dev->admin.why.reason));
	TAILQ_REMOVE(&dev->flows, flow, next);
	dev->nflows--;
	dev->destroyed++;
	free(flow);
	return err;
}

static int flow_destroy(struct rte_eth_dev *eth, struct rte_flow *flow,
			struct rte_flow_error *error)
{
	struct frl_ethport *port = eth->data->dev_private;
	struct frl_dev *dev = port->dev;
	int err;

	pthread_mutex_lock(&dev->lock);
	err = destroy_locked(dev, flow);
	pthread_mutex_unlock(&dev->lock);
	if (!err)
		return 0;
	return rte_flow_error_set(error, -err, RTE_FLOW_ERROR_TYPE_HANDLE, NULL,
				  frl_refusal_text(dev->admin.why.reason));
}

void frl_flow_free_port(struct frl_ethport *port)
{
	struct rte_flow *flow, *next;

	for (flow = TAILQ_FIRST(&port->dev->flows); flow; flow = next) {
		next = TAILQ_NEXT(flow, next);
		if (flow->port == port)
			destroy_locked(port->dev, flow);
	}
}

static int flow_flush(struct rte_eth_dev *eth, struct rte_flow_error *error)
{
	struct frl_ethport *port = eth->data->dev_private;

	(void)error;
	pthread_mutex_lock(&port->dev->lock);
	frl_flow_free_port(port);
	pthread_mutex_unlock(&port->dev->lock);
	return 0;
}

void frl_flow_free_all(struct frl_dev *dev)
{
	struct rte_flow *flow;

	pthread_mutex_lock(&dev->lock);
	while ((flow = TAILQ_FIRST(&dev->flows)))
		destroy_locked(dev, flow);
	pthread_mutex_unlock(&dev->lock);
}

/* ---- Counters ---- */

/* All hits since the flow was created or last reset; frl_dev.lock is held. */
static struct frl_counter flow_hits(const struct rte_flow *flow)
{
	const struct frl_dev *dev = flow->port->dev;
	struct frl_counter c = { 0, 0 };

	if (flow->ref.handle && flow->ref.generation == dev->admin.generation && !dev->admin.gone)
		c = frl_counter_read(dev, FRL_COUNTER_RULE(dev->rules) + flow->ref.counter);
	c.packets += flow->before.packets - flow->base.packets;
	c.bytes += flow->before.bytes - flow->base.bytes;
	return c;
}

/* The card is gone: what its counters said last is kept, the memory serves the next epoch. */
void frl_flow_save_counts(struct frl_dev *dev)
{
	struct rte_flow *flow;

	TAILQ_FOREACH(flow, &dev->flows, next) {
		struct frl_counter c = { 0, 0 };

		if (flow->ref.handle && flow->ref.generation == dev->admin.generation)
			c = frl_counter_read(dev, FRL_COUNTER_RULE(dev->rules) + flow->ref.counter);
		flow->before.packets += c.packets;
		flow->before.bytes += c.bytes;
	}
}

/* A card goes on forwarding by the rules of a driver that died. They end when this one starts to work (first
 * port started, or first rule), not at probe: what they forwarded then comes to a port that listens. frl_dev.lock
 * is held.
 */
void frl_flow_take_over(struct frl_dev *dev)
{
	if (!dev->leftovers || dev->admin.gone)
		return;
	dev->leftovers = false;
	if (frl_admin_flush(&dev->admin))
		FRL_LOG(ERR, dev, "rules of a former driver stay in the card: %s",
			frl_refusal_text(dev->admin.why.reason));
}

/* The card is back, and its tables are empty or of another driver's making: install again. */
void frl_flow_replay(struct frl_dev *dev)
{
	struct frl_rule_gone gone;
	struct rte_flow *flow;
	uint64_t lost = 0;

	dev->leftovers = true;
	if (!dev->nflows)
		return;
	frl_flow_take_over(dev);
	TAILQ_FOREACH(flow, &dev->flows, next) {
		frl_admin_rule_destroy(&dev->admin, &flow->ref, &gone); /* of a former epoch */
		flow->lost = frl_admin_rule_create(&dev->admin, &flow->desc, &flow->ref) != 0;
		lost += flow->lost;
	}
	FRL_LOG(NOTICE, dev, "%" PRIu64 " of %" PRIu64 " rules installed again", dev->nflows - lost,
		dev->nflows);
}

static int query_refused(struct rte_flow_error *error, const struct rte_flow_action *action)
{
	return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, action,
				  frl_refusal_text(FRL_REFUSAL_COUNTER_UNKNOWN));
}

/* A memory read. Lock: a new epoch exchanges the counters. */
static int flow_query(struct rte_eth_dev *eth, struct rte_flow *flow,
		      const struct rte_flow_action *action, void *data,
		      struct rte_flow_error *error)
{
	struct frl_ethport *port = eth->data->dev_private;
	struct rte_flow_query_count *query = data;
	struct frl_counter hits;

	for (; action->type == RTE_FLOW_ACTION_TYPE_VOID; action++)
		;
	if (action->type != RTE_FLOW_ACTION_TYPE_COUNT || !flow->count.present)
		return query_refused(error, action);
	if (action->conf &&
	    ((const struct rte_flow_action_count *)action->conf)->id != flow->count.id)
		return query_refused(error, action);
	pthread_mutex_lock(&port->dev->lock);
	hits = flow_hits(flow);
	if (query->reset) {
		flow->base.packets += hits.packets;
		flow->base.bytes += hits.bytes;
	}
	pthread_mutex_unlock(&port->dev->lock);
	query->hits_set = 1;
	query->bytes_set = 1;
	query->hits = hits.packets;
	query->bytes = hits.bytes;
	return 0;
}

/* ---- Dump ---- */

static void dump_match(const struct frl_match *m, FILE *file)
{
	for (unsigned int f = 0; f < FRL_F_COUNT; f++) {
		uint64_t mask = frl_match_mask(m, f);

		if (mask && frl_match_means(m, f))
			fprintf(file, " %s=0x%" PRIx64 "/0x%" PRIx64, frl_field_name(f),
				frl_match_value(m, f), mask);
	}
	for (unsigned int i = 0; i < m->geneves; i++) {
		const struct frl_match_geneve *w = &m->geneve[i];

		fprintf(file, " geneve_opt(0x%x,0x%x,%u)=0x%x/0x%x", w->opt_class, w->type, w->word,
			w->value, w->mask);
	}
}

static void dump_flow(const struct rte_flow *flow, FILE *file)
{
	struct frl_counter hits = flow_hits(flow);

	fprintf(file, "flow %p port %u prio %u handle 0x%08x%s:", (const void *)flow,
		flow->port->number, flow->desc.prio, flow->ref.handle,
		flow->lost ? " (not in hardware)" : "");
	dump_match(&flow->desc.match, file);
	fprintf(file, " ->");
	for (unsigned int i = 0; i < flow->desc.legs; i++) {
		const struct frl_leg *leg = &flow->desc.leg[i];

		fprintf(file, " [edits 0x%x pop %u push %u %s %u]", leg->edits, leg->pop, leg->push,
			frl_dest_name(leg->dest), leg->dest_id);
	}
	fprintf(file, " packets %" PRIu64 " bytes %" PRIu64 "\n", hits.packets, hits.bytes);
}

static int flow_dump(struct rte_eth_dev *eth, struct rte_flow *only, FILE *file,
		     struct rte_flow_error *error)
{
	struct frl_ethport *port = eth->data->dev_private;
	struct rte_flow *flow;

	(void)error;
	pthread_mutex_lock(&port->dev->lock);
	TAILQ_FOREACH(flow, &port->dev->flows, next) {
		if (flow->port == port && (!only || flow == only))
			dump_flow(flow, file);
	}
	pthread_mutex_unlock(&port->dev->lock);
	return 0;
}

static int pick_proxy(struct rte_eth_dev *eth, uint16_t *proxy, struct rte_flow_error *error)
{
	struct frl_ethport *port = eth->data->dev_private;
	struct frl_ethport *uplink = port->dev->ports[FRL_PORT_WIRE0];

	if (!uplink)
		return rte_flow_error_set(error, ENODEV, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "the uplink port was closed");
	*proxy = uplink->eth->data->port_id;
	return 0;
}

const struct rte_flow_ops frl_flow_ops = {
	.validate = flow_validate,
	.create = flow_create,
	.destroy = flow_destroy,
	.flush = flow_flush,
	.query = flow_query,
	.dev_dump = flow_dump,
	.pick_transfer_proxy = pick_proxy,
};
