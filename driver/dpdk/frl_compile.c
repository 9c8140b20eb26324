/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>

#include "frl_compile.h"

int frl_refusal_errno(enum frl_refusal reason)
{
	switch (reason) {
	case FRL_REFUSAL_NONE:
		return 0;
	case FRL_REFUSAL_VALUE_RANGE:
	case FRL_REFUSAL_MATCH_ORDER:
	case FRL_REFUSAL_MATCH_CONFLICT:
	case FRL_REFUSAL_MATCH_SPEC:
	case FRL_REFUSAL_ACTION_NO_FATE:
	case FRL_REFUSAL_ACTION_FATE_CONFLICT:
	case FRL_REFUSAL_ACTION_TTL_ZERO:
	case FRL_REFUSAL_ATTR_DIRECTION:
	case FRL_REFUSAL_COUNTER_UNKNOWN:
		return EINVAL;
	case FRL_REFUSAL_DEVICE_GONE:
		return EIO;
	default:
		return ENOTSUP;
	}
}

static int refuse_attr(struct frl_flow_no *no, const struct rte_flow_attr *attr,
		       enum rte_flow_error_type type, enum frl_refusal reason)
{
	no->reason = reason;
	no->type = type;
	no->cause = attr;
	return -frl_refusal_errno(reason);
}

static int check_attr(const struct rte_flow_attr *attr, struct frl_flow_no *no)
{
	if (attr->group)
		return refuse_attr(no, attr, RTE_FLOW_ERROR_TYPE_ATTR_GROUP,
				   FRL_REFUSAL_ATTR_GROUP);
	if (attr->priority > FRL_PRIO_MAX)
		return refuse_attr(no, attr, RTE_FLOW_ERROR_TYPE_ATTR_PRIORITY,
				   FRL_REFUSAL_ATTR_PRIORITY);
	if (attr->egress)
		return refuse_attr(no, attr, RTE_FLOW_ERROR_TYPE_ATTR_EGRESS,
				   FRL_REFUSAL_ATTR_DIRECTION);
	if (!attr->transfer && !attr->ingress)
		return refuse_attr(no, attr, RTE_FLOW_ERROR_TYPE_ATTR_INGRESS,
				   FRL_REFUSAL_ATTR_DIRECTION);
	return 0;
}

int frl_flow_compile(const struct frl_flow_env *env, const struct rte_flow_attr *attr,
		     const struct rte_flow_item *pattern, const struct rte_flow_action *actions,
		     struct frl_rule_desc *rule, struct frl_flow_count *count,
		     struct frl_flow_no *no)
{
	int err = check_attr(attr, no);

	if (err)
		return err;
	frl_rule_init(rule, env->card_port,
		      (uint16_t)(attr->priority + (attr->transfer ? 0 : FRL_PRIO_INGRESS)));
	err = frl_flow_match(env, pattern, &rule->match, no);
	if (err)
		return err;
	return frl_flow_actions(env, attr, actions, rule, count, no);
}
