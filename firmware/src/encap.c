/* SPDX-License-Identifier: BSD-3-Clause */
#include "encap.h"

#include <string.h>

#include "card.h"
#include "row.h"

#define VNI_MAX 0xffffffu

void encaps_alloc(struct encaps *e, struct arena *a, uint32_t size)
{
	pool_init(&e->pool, a, 0, size);
	chains_alloc(&e->chains, a, size);
	e->encap = arena_take_raw(a, size, sizeof(*e->encap), 8);
}

static enum outcome check(const struct frl_encap *req, struct reply *rep)
{
	static const uint8_t zero[16];

	_Static_assert(sizeof(req->reserved11) == sizeof(zero), "reserved tail");
	if (req->reserved8 || memcmp(req->reserved11, zero, sizeof(zero)) != 0)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (req->tun_type != FRL_TUN_TYPE_VXLAN)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_TUNNEL,
				 req->tun_type);
	if (req->vni > VNI_MAX)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, req->vni);
	if (!req->udp_dst)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, 0);
	if (req->df > 1)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, req->df);
	if (!req->ttl)
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_ACTION_TTL_ZERO, 0);
	return OP_DONE;
}

static uint32_t header_hash(const struct frl_encap *header)
{
	uint32_t words[sizeof(*header) / 4];

	memcpy(words, header, sizeof(words));
	return chain_hash(words, sizeof(words) / sizeof(words[0]));
}

static uint32_t find_equal(const struct encaps *e, const struct frl_encap *header)
{
	for (uint32_t i = chains_first(&e->chains, header_hash(header)); i != CHAIN_END;
	     i = e->chains.next[i])
		if (!memcmp(&e->encap[i].header, header, sizeof(*header)))
			return i;
	return POOL_NONE;
}

void encap_drop(struct card *c, uint32_t encap)
{
	struct encaps *e = &c->encaps;

	chains_remove(&e->chains, header_hash(&e->encap[encap].header), encap);
	pool_retire(&e->pool, encap);
	update_drain(&c->update);
}

static void write_row(struct update *u, uint32_t index, const struct frl_encap *h)
{
	uint32_t *row = update_write(u, FRL_TABLE_ENCAP, index);

	FRL_PUT(row, ENCAP_ETH_DST, frl_be(h->eth_dst, 6));
	FRL_PUT(row, ENCAP_ETH_SRC, frl_be(h->eth_src, 6));
	FRL_PUT(row, ENCAP_IP_SRC, frl_be(h->ip_src, 4));
	FRL_PUT(row, ENCAP_IP_DST, frl_be(h->ip_dst, 4));
	FRL_PUT(row, ENCAP_UDP_DST, h->udp_dst);
	FRL_PUT(row, ENCAP_VNI, h->vni);
	FRL_PUT(row, ENCAP_TOS, h->tos);
	FRL_PUT(row, ENCAP_TTL, h->ttl);
	FRL_PUT(row, ENCAP_DF, h->df);
}

enum outcome op_encap_create(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_encap *req = body;
	struct encaps *e = &c->encaps;
	uint32_t i;

	(void)len;
	if (check(req, rep) != OP_DONE)
		return OP_REFUSED;
	i = find_equal(e, req);
	if (i == POOL_NONE) {
		if (!update_room(&c->update, 1))
			return OP_AGAIN;
		i = pool_take(&e->pool);
		if (i == POOL_NONE && pool_waiting(&e->pool))
			return OP_AGAIN;
		if (i == POOL_NONE)
			return op_refuse(rep, FRL_STATUS_NO_SPACE, FRL_REFUSAL_ENCAPS_FULL,
					 e->pool.usable);
		e->encap[i] = (struct encap){ .header = *req };
		chains_add(&e->chains, header_hash(req), i);
		write_row(&c->update, i, req);
	}
	e->encap[i].refs++;
	op_handle(rep, pool_handle(&e->pool, i));
	return OP_DONE;
}

enum outcome op_encap_destroy(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_handle *req = body;
	struct encaps *e = &c->encaps;
	uint32_t i = pool_find(&e->pool, req->handle);

	(void)len;
	if (i == POOL_NONE)
		return op_refuse(rep, FRL_STATUS_NO_ENTRY, FRL_REFUSAL_HANDLE_UNKNOWN, req->handle);
	if (e->encap[i].refs == 1 && e->encap[i].legs)
		return op_refuse(rep, FRL_STATUS_BUSY, FRL_REFUSAL_IN_USE, e->encap[i].legs);
	if (--e->encap[i].refs == 0)
		encap_drop(c, i);
	return OP_DONE;
}
