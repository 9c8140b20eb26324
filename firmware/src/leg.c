/* SPDX-License-Identifier: BSD-3-Clause */
#include "leg.h"

#include "card.h"
#include "row.h"

#define VLANS_MAX 2
#define EDITS_ALL                                                                             \
	(FRL_EDIT_DECAP | FRL_EDIT_SET_ETH_SRC | FRL_EDIT_SET_ETH_DST | FRL_EDIT_SET_IP_SRC | \
	 FRL_EDIT_SET_IP_DST | FRL_EDIT_SET_TTL | FRL_EDIT_DEC_TTL | FRL_EDIT_SET_TP_SRC |    \
	 FRL_EDIT_SET_TP_DST | FRL_EDIT_ENCAP)

static bool reserved_zero(const struct frl_leg *leg)
{
	uint32_t any = leg->reserved6;

	for (unsigned int i = 0; i < sizeof(leg->reserved18) / sizeof(leg->reserved18[0]); i++)
		any |= leg->reserved18[i];
	return any == 0;
}

static enum outcome check_edits(const struct card *c, const struct frl_leg *leg, struct reply *rep)
{
	if (leg->edits & ~EDITS_ALL)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_UNKNOWN,
				 leg->edits);
	if (leg->pop > VLANS_MAX || leg->push > VLANS_MAX)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_VLAN_DEPTH,
				 VLANS_MAX);
	if ((leg->edits & FRL_EDIT_DECAP) && leg->pop)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_ORDER, leg->pop);
	if ((leg->edits & FRL_EDIT_SET_TTL) && (leg->edits & FRL_EDIT_DEC_TTL))
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_ORDER, leg->edits);
	if ((leg->edits & FRL_EDIT_SET_TTL) && !leg->ttl)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_TTL_ZERO, 0);
	for (unsigned int i = 0; i < leg->push; i++)
		if (leg->vlan_tpid[i] != 0x8100 && leg->vlan_tpid[i] != 0x88a8)
			return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE,
					 leg->vlan_tpid[i]);
	if (!(leg->edits & FRL_EDIT_ENCAP))
		return leg->encap ? op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED,
					      leg->encap)
				  : OP_DONE;
	if (pool_find(&c->encaps.pool, leg->encap) == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, leg->encap);
	return OP_DONE;
}

static enum outcome check_dest(const struct card *c, const struct frl_leg *leg, struct reply *rep)
{
	if (leg->dest > FRL_DEST_HOST)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_UNKNOWN,
				 leg->dest);
	if (leg->mark && leg->dest != FRL_DEST_HOST)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_MARK_RSS,
				 leg->mark);
	if (leg->dest != FRL_DEST_TEAM && leg->handle)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, leg->handle);
	if (leg->dest != FRL_DEST_PORT && leg->dest_id)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, leg->dest_id);
	if (leg->dest == FRL_DEST_PORT && !port_is_data(&c->ports, leg->dest_id))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN, leg->dest_id);
	if (leg->dest == FRL_DEST_TEAM && leg_team(c, leg) == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, leg->handle);
	return OP_DONE;
}

enum outcome leg_check(const struct card *c, const struct frl_leg *leg, struct reply *rep)
{
	if (!reserved_zero(leg))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (check_edits(c, leg, rep) != OP_DONE)
		return OP_REFUSED;
	return check_dest(c, leg, rep);
}

uint32_t leg_team(const struct card *c, const struct frl_leg *leg)
{
	return leg->dest == FRL_DEST_TEAM ? pool_find(&c->teams.pool, leg->handle) : POOL_NONE;
}

uint32_t leg_encap(const struct card *c, const struct frl_leg *leg)
{
	return leg->edits & FRL_EDIT_ENCAP ? pool_find(&c->encaps.pool, leg->encap) : POOL_NONE;
}

/* An address of the message is IPv4 when bytes 4 to 15 are zero. An IPv6 address that looks so cannot
 * be told from it: the set then needs IPv4, and an IPv6 rule with it is refused, never misread.
 */
static bool is_ip4(const uint8_t addr[16])
{
	return frl_be(addr + 4, 4) == 0 && frl_be(addr + 8, 8) == 0;
}

static void address_needs(const uint8_t addr[16], struct needs *n)
{
	if (is_ip4(addr) && frl_be(addr, 4) == 0)
		n->ip = true; /* 0.0.0.0 and :: are the same number. */
	else if (is_ip4(addr))
		n->ip4 = true;
	else
		n->ip6 = true;
}

void leg_needs(const struct frl_leg *leg, struct needs *n)
{
	if (leg->edits & FRL_EDIT_DECAP)
		n->decap = true;
	else if (leg->edits || leg->pop || leg->push)
		n->no_tunnel = true;
	if (leg->edits & (FRL_EDIT_SET_TTL | FRL_EDIT_DEC_TTL))
		n->ip = true;
	if (leg->edits & FRL_EDIT_SET_IP_SRC)
		address_needs(leg->ip_src, n);
	if (leg->edits & FRL_EDIT_SET_IP_DST)
		address_needs(leg->ip_dst, n);
	if (leg->edits & (FRL_EDIT_SET_TP_SRC | FRL_EDIT_SET_TP_DST))
		n->ports = true;
	if (leg->pop > n->vlans)
		n->vlans = leg->pop;
}

static void put_address(uint32_t *row, unsigned int lsb, const uint8_t addr[16])
{
	if (is_ip4(addr)) {
		frl_put_bits(row, lsb, 32, frl_be(addr, 4));
		return;
	}
	frl_put_bits(row, lsb, 64, frl_be(addr + 8, 8));
	frl_put_bits(row, lsb + 64, 64, frl_be(addr, 8));
}

static uint32_t dest_id(const struct frl_leg *leg, uint32_t team)
{
	switch (leg->dest) {
	case FRL_DEST_PORT:
		return leg->dest_id;
	case FRL_DEST_TEAM:
		return team;
	case FRL_DEST_HOST:
		return FRL_PUNT_ACTION;
	default:
		return 0;
	}
}

static void put_tags(uint32_t *row, const struct frl_leg *leg)
{
	FRL_PUT(row, LEG_POP, leg->pop);
	FRL_PUT(row, LEG_PUSH, leg->push);
	if (leg->push > 0) {
		FRL_PUT(row, LEG_VLAN0_TCI, leg->vlan_tci[0]);
		FRL_PUT(row, LEG_VLAN0_TPID, leg->vlan_tpid[0]);
	}
	if (leg->push > 1) {
		FRL_PUT(row, LEG_VLAN1_TCI, leg->vlan_tci[1]);
		FRL_PUT(row, LEG_VLAN1_TPID, leg->vlan_tpid[1]);
	}
}

static void put_fields(uint32_t *row, const struct frl_leg *leg)
{
	FRL_PUT(row, LEG_EDITS, leg->edits);
	if (leg->edits & FRL_EDIT_SET_ETH_DST)
		FRL_PUT(row, LEG_ETH_DST, frl_be(leg->eth_dst, 6));
	if (leg->edits & FRL_EDIT_SET_ETH_SRC)
		FRL_PUT(row, LEG_ETH_SRC, frl_be(leg->eth_src, 6));
	if (leg->edits & FRL_EDIT_SET_IP_SRC)
		put_address(row, FRL_LEG_IP_SRC_LSB, leg->ip_src);
	if (leg->edits & FRL_EDIT_SET_IP_DST)
		put_address(row, FRL_LEG_IP_DST_LSB, leg->ip_dst);
	if (leg->edits & FRL_EDIT_SET_TP_SRC)
		FRL_PUT(row, LEG_TP_SRC, leg->tp_src);
	if (leg->edits & FRL_EDIT_SET_TP_DST)
		FRL_PUT(row, LEG_TP_DST, leg->tp_dst);
	if (leg->edits & FRL_EDIT_SET_TTL)
		FRL_PUT(row, LEG_TTL, leg->ttl);
}

void leg_write(struct update *u, const struct frl_leg *leg, uint32_t row_number, uint32_t next,
	       uint32_t team, uint32_t encap)
{
	uint32_t *row = update_write(u, FRL_TABLE_LEG, row_number);

	FRL_PUT(row, LEG_NEXT_LEG, next);
	FRL_PUT(row, LEG_DEST, leg->dest);
	FRL_PUT(row, LEG_DEST_ID, dest_id(leg, team));
	FRL_PUT(row, LEG_MARK, leg->mark);
	if (encap != POOL_NONE)
		FRL_PUT(row, LEG_ENCAP, encap);
	put_tags(row, leg);
	put_fields(row, leg);
}
