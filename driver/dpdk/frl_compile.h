/* SPDX-License-Identifier: BSD-3-Clause */
/* From rte_flow to struct frl_rule_desc. Knows no device: the environment says which card port an ethdev
 * is. What is supported stands in two tables, frl_items and frl_actions; README.md's matrix is printed
 * from them.
 */
#ifndef FRL_COMPILE_H
#define FRL_COMPILE_H

#include <rte_flow.h>

#include "frl_rule.h"

/* Rules with attribute ingress stand behind those with transfer, whatever their numbers. */
#define FRL_PRIO_MAX	 32767
#define FRL_PRIO_INGRESS 32768

#define FRL_VXLAN_UDP_PORT 4789

struct frl_flow_env {
	uint16_t ethdev;   /* the port that the rule is created on */
	uint8_t card_port; /* and its number on the card */
	void *arg;
	/* Card port of another ethdev, or -1 if it is no port of this card. */
	int (*port_of)(void *arg, uint16_t ethdev);
};

/* Why not: message is frl_refusal_text(reason). */
struct frl_flow_no {
	enum frl_refusal reason;
	enum rte_flow_error_type type;
	const void *cause; /* the item or action */
};

struct frl_flow_count {
	uint8_t present;
	uint32_t id;
};

/* 0, or a negative errno value with *no filled in. */
int frl_flow_compile(const struct frl_flow_env *env, const struct rte_flow_attr *attr,
		     const struct rte_flow_item *pattern, const struct rte_flow_action *actions,
		     struct frl_rule_desc *rule, struct frl_flow_count *count,
		     struct frl_flow_no *no);

/* errno value (positive) of a refusal that the driver itself makes. */
int frl_refusal_errno(enum frl_refusal reason);

/* ---- Items ---- */

#define FRL_NO_FIELD FRL_F_COUNT

/* A part of an item's struct that can be matched. */
struct frl_item_field {
	const char *name;
	uint16_t offset;
	uint8_t size;
	uint32_t limit;	      /* mask bits that are taken, lowest byte first in memory; 0: all */
	enum frl_field main;  /* key field, FRL_NO_FIELD: the item's function does it */
	enum frl_field outer; /* the same before a tunnel item */
};

enum frl_layer {
	FRL_LAYER_PORT = 1,
	FRL_LAYER_L2,
	FRL_LAYER_VLAN,
	FRL_LAYER_L3,
	FRL_LAYER_L3_EXT,
	FRL_LAYER_L4,
	FRL_LAYER_L4_OPT,
	FRL_LAYER_TUNNEL,
	FRL_LAYER_TUNNEL_OPT
};

struct frl_pattern;

struct frl_item {
	enum rte_flow_item_type type;
	const char *name; /* as testpmd says it */
	enum frl_layer layer;
	uint16_t size;
	const void *default_mask;
	const struct frl_item_field *fields; /* ends with name NULL */
	/* What the fields alone do not say: implied matches, special fields. spec and mask are never
	 * NULL (all zero if the item has none), last may be. */
	enum frl_refusal (*parse)(struct frl_pattern *p, const struct rte_flow_item *item,
				  const void *spec, const void *last, const void *mask);
	const char *note; /* for the matrix */
};

extern const struct frl_item frl_items[]; /* ends with name NULL */

int frl_flow_match(const struct frl_flow_env *env, const struct rte_flow_item *pattern,
		   struct frl_match *match, struct frl_flow_no *no);

/* ---- Actions ---- */

struct frl_action_ctx {
	const struct frl_flow_env *env;
	const struct rte_flow_attr *attr;
	struct frl_acts acts;
	struct frl_flow_count count;
	const struct rte_flow_action *mark_at, *host_at;
	uint32_t mark;
};

struct frl_action {
	enum rte_flow_action_type type;
	const char *name;
	uint8_t needs_conf;
	enum frl_refusal (*parse)(struct frl_action_ctx *c, const struct rte_flow_action *action);
	const char *note;
};

extern const struct frl_action frl_actions[]; /* ends with name NULL */

int frl_flow_actions(const struct frl_flow_env *env, const struct rte_flow_attr *attr,
		     const struct rte_flow_action *actions, struct frl_rule_desc *rule,
		     struct frl_flow_count *count, struct frl_flow_no *no);

#endif /* FRL_COMPILE_H */
