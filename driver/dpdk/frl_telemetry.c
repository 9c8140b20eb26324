/* SPDX-License-Identifier: BSD-3-Clause */
/* Telemetry: /ferrule/info, /ferrule/resources, /ferrule/queues, /ferrule/flows. Parameter: name of the device; without one the
 * first.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_telemetry.h>

#include "frl_pmd.h"

static struct frl_dev *find(const char *params)
{
	struct frl_dev *dev = NULL;

	while ((dev = frl_dev_next(dev))) {
		if (!params || !*params || !strcmp(params, dev->name))
			return dev;
	}
	return NULL;
}

static int info(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct frl_dev *dev = find(params);
	char text[64];

	(void)cmd;
	if (!dev)
		return -ENODEV;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "name", dev->name);
	rte_tel_data_add_dict_string(d, "bus", dev->bus->name);
	rte_tel_data_add_dict_string(d, "state", dev->alive ? "alive" : "gone");
	snprintf(text, sizeof(text), "%.32s", (const char *)dev->hello.fw_version);
	rte_tel_data_add_dict_string(d, "fw_version", text);
	snprintf(text, sizeof(text), "%.16s", (const char *)dev->hello.serial);
	rte_tel_data_add_dict_string(d, "serial", text);
	snprintf(text, sizeof(text), "%u.%u", dev->hello.abi_major, dev->hello.abi_minor);
	rte_tel_data_add_dict_string(d, "abi", text);
	rte_tel_data_add_dict_u64(d, "epoch", dev->epoch);
	rte_tel_data_add_dict_u64(d, "features", dev->admin.features);
	rte_tel_data_add_dict_u64(d, "wires", dev->wires);
	rte_tel_data_add_dict_u64(d, "vfs", dev->vfs);
	rte_tel_data_add_dict_u64(d, "rules", dev->nflows);
	rte_tel_data_add_dict_u64(d, "rules_max", dev->rules);
	rte_tel_data_add_dict_u64(d, "messages", dev->admin.sent);
	rte_tel_data_add_dict_u64(d, "messages_late", dev->admin.late);
	rte_tel_data_add_dict_u64(d, "messages_malformed", dev->admin.malformed);
	return 0;
}

/* /ferrule/queues: what the card says about the queues of each started port, and of messages. */
static int queues(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct frl_dev *dev = find(params);
	char key[32];

	(void)cmd;
	if (!dev)
		return -ENODEV;
	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&dev->lock);
	rte_tel_data_add_dict_string(d, "admin_rx", frl_queue_state(dev, &dev->admin_rx));
	rte_tel_data_add_dict_string(d, "admin_tx", frl_queue_state(dev, &dev->admin_tx));
	for (unsigned int i = 0; i < FRL_N_PORTS; i++) {
		struct frl_ethport *port = dev->ports[i];

		if (!port || !port->started || !port->rxq)
			continue;
		snprintf(key, sizeof(key), "port%u_rx", i);
		rte_tel_data_add_dict_string(d, key, frl_queue_state(dev, &port->rxq->q));
		snprintf(key, sizeof(key), "port%u_tx", i);
		rte_tel_data_add_dict_string(d, key, frl_queue_state(dev, &port->tx));
	}
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

static int resources(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct frl_resource_entry entry[FRL_RESOURCE_COUNT];
	struct frl_dev *dev = find(params);
	unsigned int count = 0;
	int err;

	(void)cmd;
	if (!dev)
		return -ENODEV;
	pthread_mutex_lock(&dev->lock);
	err = frl_admin_resources(&dev->admin, entry, RTE_DIM(entry), &count);
	pthread_mutex_unlock(&dev->lock);
	if (err)
		return err;
	rte_tel_data_start_dict(d);
	for (unsigned int i = 0; i < count; i++) {
		const char *name = frl_resource_name(entry[i].id);
		char key[32];

		snprintf(key, sizeof(key), "%s_size", name);
		rte_tel_data_add_dict_u64(d, key, entry[i].size);
		snprintf(key, sizeof(key), "%s_used", name);
		rte_tel_data_add_dict_u64(d, key, entry[i].used);
		snprintf(key, sizeof(key), "%s_high", name);
		rte_tel_data_add_dict_u64(d, key, entry[i].high);
	}
	return 0;
}

static const char *what_name(const struct frl_refused *r)
{
	if (r->what < 0)
		return r->by_firmware ? "rule" : "attributes";
	if (r->is_item) {
		for (const struct frl_item *i = frl_items; i->name; i++) {
			if ((int)i->type == r->what)
				return i->name;
		}
		return "unknown item";
	}
	for (const struct frl_action *a = frl_actions; a->name; a++) {
		if ((int)a->type == r->what)
			return a->name;
	}
	return "unknown action";
}

static void add_refusals(struct frl_dev *dev, struct rte_tel_data *list)
{
	uint64_t first = dev->refused > FRL_REFUSALS_KEPT ? dev->refused - FRL_REFUSALS_KEPT : 0;

	for (uint64_t n = first; n < dev->refused; n++) {
		const struct frl_refused *r = &dev->refusals[n % FRL_REFUSALS_KEPT];
		char text[RTE_TEL_MAX_STRING_LEN];

		snprintf(text, sizeof(text), "%" PRIu64 ": ethdev %u %s, %s: %s (%u), by %s",
			 r->number, r->ethdev, r->transfer ? "transfer" : "ingress", what_name(r),
			 frl_refusal_text(r->reason), r->arg,
			 r->by_firmware ? "firmware" : "driver");
		rte_tel_data_add_array_string(list, text);
	}
}

static int flows(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct frl_dev *dev = find(params);
	struct rte_tel_data *list = rte_tel_data_alloc();
	uint64_t transfer = 0, ingress = 0, lost = 0;
	struct rte_flow *flow;

	(void)cmd;
	if (!dev || !list) {
		rte_tel_data_free(list);
		return dev ? -ENOMEM : -ENODEV;
	}
	rte_tel_data_start_array(list, RTE_TEL_STRING_VAL);
	pthread_mutex_lock(&dev->lock);
	TAILQ_FOREACH(flow, &dev->flows, next) {
		transfer += flow->transfer;
		ingress += !flow->transfer;
		lost += flow->lost;
	}
	add_refusals(dev, list);
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "transfer", transfer);
	rte_tel_data_add_dict_u64(d, "ingress", ingress);
	rte_tel_data_add_dict_u64(d, "not_in_hardware", lost);
	rte_tel_data_add_dict_u64(d, "created", dev->created);
	rte_tel_data_add_dict_u64(d, "destroyed", dev->destroyed);
	rte_tel_data_add_dict_u64(d, "refused", dev->refused);
	rte_tel_data_add_dict_u64(d, "masks", dev->admin.masks.count);
	rte_tel_data_add_dict_u64(d, "action_sets", dev->admin.action_sets.count);
	rte_tel_data_add_dict_u64(d, "encaps", dev->admin.encaps.count);
	rte_tel_data_add_dict_container(d, "last_refusals", list, 0);
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

RTE_INIT(frl_telemetry_init)
{
	rte_telemetry_register_cmd("/ferrule/info", info,
				   "Card, firmware and state. Parameter: device name");
	rte_telemetry_register_cmd(
		"/ferrule/resources", resources,
		"Tables of the card, their size and use. Parameter: device name");
	rte_telemetry_register_cmd(
		"/ferrule/queues", queues,
		"Slow-path queues, and why the card stopped one. Parameter: device name");
	rte_telemetry_register_cmd("/ferrule/flows", flows,
				   "Flows in hardware, and why the last ones were refused. "
				   "Parameter: device name");
}
