/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages about the card as a whole: HELLO, RESOURCES, COUNTERS_SET. */
#include <string.h>

#include "card.h"
#include "hal.h"

#define FW_VERSION "ferrule-fw 1.0"
#define OFFERED                                                                     \
	(FRL_FEATURE_BATCH | FRL_FEATURE_OUT_OF_ORDER | FRL_FEATURE_COUNTERS_PUSH | \
	 FRL_FEATURE_VXLAN | FRL_FEATURE_REPLICATE | FRL_FEATURE_TEAM | FRL_FEATURE_GENEVE)

void op_handle(struct reply *rep, uint32_t handle)
{
	struct frl_handle *out = (void *)rep->body;

	*out = (struct frl_handle){ .handle = handle };
	rep->len = sizeof(*out);
}

enum outcome op_hello(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_hello_req *req = body;
	struct frl_hello_rep *out = (void *)rep->body;
	uint32_t rules = c->rules.pool.usable;

	(void)len;
	if (req->abi_major != FRL_ABI_MAJOR)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ABI_VERSION,
				 FRL_ABI_MAJOR);
	if (req->reserved2)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	c->admin.hello = true;
	c->admin.features = req->features & OFFERED;
	*out = (struct frl_hello_rep){ .abi_major = FRL_ABI_MAJOR,
				       .abi_minor = FRL_ABI_MINOR,
				       .epoch = c->epoch,
				       .offered = OFFERED,
				       .features = c->admin.features,
				       .wires = (uint16_t)c->ports.wires,
				       .vfs = (uint16_t)c->ports.vfs,
				       .rules = rules,
				       .counter_bytes = FRL_COUNTER_AREA_BYTES(rules),
				       .fw_version = FW_VERSION };
	memcpy(out->serial, c->board.serial, sizeof(out->serial));
	rep->len = sizeof(*out);
	return OP_DONE;
}

static struct frl_resource_entry entry_of(uint32_t id, const struct pool *p)
{
	return (struct frl_resource_entry){
		.id = id, .size = p->usable, .used = p->used, .high = p->high
	};
}

enum outcome op_resources(struct card *c, const void *body, size_t len, struct reply *rep)
{
	struct frl_resource_entry *out = (void *)rep->body;
	const struct banks *b = &c->banks;
	const struct pool *rules = &c->rules.pool;

	(void)body;
	(void)len;
	*out++ = (struct frl_resource_entry){ .id = FRL_RESOURCE_BANKS,
					      .size = b->count,
					      .used = b->count -
						      (uint32_t)__builtin_popcount(b->free),
					      .high = b->high };
	*out++ = (struct frl_resource_entry){ .id = FRL_RESOURCE_SLOTS,
					      .size = b->count * b->rows * 2 * FRL_SLOT_WAYS,
					      .used = b->slots_used,
					      .high = b->slots_high };
	*out++ = entry_of(FRL_RESOURCE_RULES, rules);
	*out++ = entry_of(FRL_RESOURCE_MASKS, &c->masks.pool);
	*out++ = entry_of(FRL_RESOURCE_ACTION_SETS, &c->actions.pool);
	*out++ = entry_of(FRL_RESOURCE_LEGS, &c->actions.legs);
	*out++ = entry_of(FRL_RESOURCE_ENCAPS, &c->encaps.pool);
	*out++ = entry_of(FRL_RESOURCE_TEAMS, &c->teams.pool);
	*out++ = entry_of(FRL_RESOURCE_TCAM, &c->tcam.pool);
	*out++ = geneve_resource(&c->geneve);
	rep->len = (uint32_t)((uint8_t *)out - (uint8_t *)rep->body);
	return OP_DONE;
}

/* Hardware has no event for the end of its sweep over all counters, so the reply comes when the sweep has
 * begun; each counter is current when it has been written once.
 */
enum outcome op_counters_set(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_counters_set *req = body;
	uint64_t regs = c->board.regs.base;
	uint32_t need = FRL_COUNTER_AREA_BYTES(c->rules.pool.usable);

	(void)len;
	if (req->reserved2)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (req->iova && (req->iova % 64 || req->length < need || req->iova + need < req->iova))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, need);
	hal_write32(regs + FRL_REG_CHIP_CNT_CTRL, 0);
	hal_write32(regs + FRL_REG_CHIP_CNT_BASE_LO, (uint32_t)req->iova);
	hal_write32(regs + FRL_REG_CHIP_CNT_BASE_HI, (uint32_t)(req->iova >> 32));
	if (req->iova)
		hal_write32(regs + FRL_REG_CHIP_CNT_CTRL, 1u << FRL_REG_CHIP_CNT_CTRL_ENABLE_LSB);
	return OP_DONE;
}
