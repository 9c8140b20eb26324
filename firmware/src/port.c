/* SPDX-License-Identifier: BSD-3-Clause */
#include "port.h"

#include <string.h>

#include "card.h"
#include "function.h"
#include "hal.h"
#include "log.h"
#include "row.h"

#define ETH_HEADER 14
#define VLAN_TAGS  8 /* Two of them. */
#define MTU_MIN	   68
#define MTU_MAX	   9198

bool port_exists(const struct ports *p, uint32_t port)
{
	return port < FRL_N_PORTS && p->port[port].exists;
}

bool port_is_data(const struct ports *p, uint32_t port)
{
	return port_exists(p, port) &&
	       (p->port[port].kind == FRL_PORT_KIND_WIRE || p->port[port].kind == FRL_PORT_KIND_VF);
}

static void write_ctrl(const struct ports *p, uint32_t number)
{
	const struct port *port = &p->port[number];
	uint32_t max_len = port->mtu ? port->mtu + ETH_HEADER + VLAN_TAGS : 0;
	uint32_t value = 0;

	if (max_len > FRL_MAX_FRAME)
		max_len = FRL_MAX_FRAME;
	if (port->admin)
		value |= 1u << FRL_REG_PORT_CTRL_ENABLE_LSB;
	if (port->parse_tunnel)
		value |= 1u << FRL_REG_PORT_CTRL_TUNNEL_LSB;
	value |= (uint32_t)port->slow_pair << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB;
	value |= max_len << FRL_REG_PORT_CTRL_MAX_LEN_LSB;
	hal_write32(p->regs + FRL_BASE_PORT + number * FRL_BASE_PORT_STRIDE + FRL_REG_PORT_CTRL,
		    value);
}

/* ---- Boot ---- */

static struct port *add_port(struct ports *p, uint32_t number, uint8_t kind, uint32_t slow_pair)
{
	struct port *port = &p->port[number];

	*port = (struct port){
		.exists = true, .admin = true, .kind = kind, .slow_pair = (uint8_t)slow_pair
	};
	return port;
}

/* VF 0's address plus `vf`, as a number. */
static void vf_address(uint8_t mac[6], const uint8_t base[6], uint32_t vf)
{
	uint32_t carry = vf;

	for (int i = 5; i >= 0; i--) {
		carry += base[i];
		mac[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* The chip says what it has; what it says must fit in the numbers that the ABI gives ports and pairs. */
static bool read_caps(struct ports *p)
{
	uint32_t cap = hal_read32(p->regs + FRL_REG_CHIP_CAP_PORTS);

	p->wires = cap & 0xff;
	p->vfs = cap >> 8 & 0xff;
	p->pf_pairs = cap >> 16 & 0xff;
	return p->wires <= FRL_PORT_HOST && p->vfs <= FRL_N_PORTS - FRL_PORT_VF0 &&
	       p->vfs <= FRL_FN_FW - FRL_FN_VF0 && p->pf_pairs > p->wires + p->vfs &&
	       p->pf_pairs <= FRL_PF_PAIRS;
}

int ports_init(struct card *c)
{
	struct ports *p = &c->ports;
	uint32_t link;

	memset(p, 0, sizeof(*p));
	p->regs = c->board.regs.base;
	if (!read_caps(p))
		return -1;
	p->admin_pair = (uint8_t)(p->wires + p->vfs);
	link = hal_read32(p->regs + FRL_REG_CHIP_LINK);
	add_port(p, FRL_PORT_HOST, FRL_PORT_KIND_HOST, p->admin_pair)->link = true;
	add_port(p, FRL_PORT_FW, FRL_PORT_KIND_FW, p->admin_pair)->link = true;
	for (uint32_t w = 0; w < p->wires; w++) {
		struct port *port = add_port(p, FRL_PORT_WIRE0 + w, FRL_PORT_KIND_WIRE, w);

		port->mtu = c->board.mtu;
		port->link = link >> w & 1;
		memcpy(port->mac, c->board.wire_mac[w], sizeof(port->mac));
	}
	for (uint32_t v = 0; v < p->vfs; v++) {
		struct port *port = add_port(p, FRL_PORT_VF0 + v, FRL_PORT_KIND_VF, p->wires + v);

		port->mtu = c->board.mtu;
		vf_address(port->mac, c->board.mac_base, v);
		function_vf_init(p->regs, v);
		function_vf_config(p->regs, v, port);
	}
	for (uint32_t n = 0; n < FRL_N_PORTS; n++)
		if (p->port[n].exists)
			write_ctrl(p, n);
	return 0;
}

/* ---- Tunnels ---- */

/* Parsing ends only when `finished`: until then a rule that is just going may still be hit. */
static void settle(struct ports *p, bool finished)
{
	for (uint32_t n = 0; n < FRL_N_PORTS; n++) {
		struct port *port = &p->port[n];
		bool parse = port->tunnels || (p->tunnels_all && port_is_data(p, n));

		if (!port->exists || parse == port->parse_tunnel || !(parse || finished))
			continue;
		port->parse_tunnel = parse;
		write_ctrl(p, n);
	}
}

static uint32_t *tunnel_count(struct ports *p, uint8_t port)
{
	return port == TUNNEL_ALL ? &p->tunnels_all : &p->port[port].tunnels;
}

void port_tunnel_hold(struct card *c, uint8_t port)
{
	if (port != TUNNEL_NONE && (*tunnel_count(&c->ports, port))++ == 0)
		settle(&c->ports, false);
}

void port_tunnel_release(struct card *c, uint8_t port)
{
	if (port == TUNNEL_NONE || --*tunnel_count(&c->ports, port))
		return;
	c->ports.tunnels_left = true;
	c->ports.tunnels_pos = c->update.head;
}

void port_tunnels_settle(struct card *c)
{
	if (!c->ports.tunnels_left || (int32_t)(c->update.finished - c->ports.tunnels_pos) < 0)
		return;
	c->ports.tunnels_left = false;
	settle(&c->ports, true);
}

/* ---- Events ---- */

static void set_changed(struct ports *p, struct port *port)
{
	port->changed = true;
	p->any_changed = true;
}

void ports_link(struct card *c)
{
	struct ports *p = &c->ports;
	uint32_t link = hal_read32(p->regs + FRL_REG_CHIP_LINK);

	for (uint32_t w = 0; w < p->wires; w++) {
		struct port *port = &p->port[FRL_PORT_WIRE0 + w];
		bool up = link >> w & 1;

		if (up == port->link)
			continue;
		port->link = up;
		set_changed(p, port);
	}
}

static void vf_event(struct ports *p, uint32_t vf)
{
	struct port *port = &p->port[FRL_PORT_VF0 + vf];
	bool up = function_running(p->regs, FRL_FN_VF0 + vf);

	/* Once: a guest that goes on like this must not fill the log. Hardware counts every one. */
	if (!port->blamed && function_stopped_queues(p->regs, FRL_FN_VF0 + vf)) {
		port->blamed = true;
		log_line(
			"VF %u: a queue was stopped, its driver broke the ring; more are only counted",
			vf);
	}
	if (up == port->link)
		return;
	port->link = up;
	set_changed(p, port);
}

void ports_functions(struct card *c)
{
	struct ports *p = &c->ports;
	uint64_t events = function_events(p->regs);

	if ((events >> FRL_FN_PF & 1) && !function_running(p->regs, FRL_FN_PF))
		admin_host_gone(c);
	for (uint32_t v = 0; v < p->vfs; v++)
		if (events >> (FRL_FN_VF0 + v) & 1)
			vf_event(p, v);
}

static void fill_info(const struct ports *p, uint32_t number, struct frl_port_info *info)
{
	const struct port *port = &p->port[number];

	*info = (struct frl_port_info){ .port = (uint8_t)number,
					.kind = port->kind,
					.link = port->link,
					.admin = port->admin,
					.mtu = port->mtu,
					.slow_pair = port->slow_pair };
	memcpy(info->mac, port->mac, sizeof(info->mac));
}

void ports_events(struct card *c)
{
	struct ports *p = &c->ports;
	struct frl_port_info info;

	if (!p->any_changed)
		return;
	for (uint32_t n = 0; n < FRL_N_PORTS; n++) {
		if (!p->port[n].changed)
			continue;
		fill_info(p, n, &info);
		if (!admin_event(c, FRL_OP_PORT_CHANGED, &info, sizeof(info)))
			return;
		p->port[n].changed = false;
	}
	p->any_changed = false;
}

/* ---- Messages ---- */

enum outcome op_port_get(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_port_req *req = body;
	uint8_t any = 0;

	(void)len;
	for (unsigned int i = 0; i < sizeof(req->reserved1); i++)
		any |= req->reserved1[i];
	if (any)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	if (!port_exists(&c->ports, req->port))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN, req->port);
	fill_info(&c->ports, req->port, (void *)rep->body);
	rep->len = sizeof(struct frl_port_info);
	return OP_DONE;
}

#define SET_ALL (FRL_PORT_SET_ADMIN | FRL_PORT_SET_MAC | FRL_PORT_SET_MTU | FRL_PORT_SET_SLOW_PAIR)

static enum outcome check_set(const struct ports *p, const struct frl_port_info *req,
			      struct reply *rep)
{
	bool data = port_is_data(p, req->port);
	bool vf = data && p->port[req->port].kind == FRL_PORT_KIND_VF;
	uint8_t any = 0;

	for (unsigned int i = 0; i < sizeof(req->reserved8); i++)
		any |= req->reserved8[i];
	if (any)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_MSG_RESERVED, 0);
	/* HOST and FW carry these messages: only their slow_pair may change. */
	if ((req->set & ~SET_ALL) ||
	    (!data && (req->set & (FRL_PORT_SET_ADMIN | FRL_PORT_SET_MTU))) ||
	    (!vf && (req->set & FRL_PORT_SET_MAC)))
		return op_refuse(rep, FRL_STATUS_UNSUPPORTED, FRL_REFUSAL_VALUE_RANGE, req->set);
	if ((req->set & FRL_PORT_SET_ADMIN) && req->admin > 1)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, req->admin);
	if ((req->set & FRL_PORT_SET_MTU) && (req->mtu < MTU_MIN || req->mtu > MTU_MAX))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, MTU_MAX);
	if ((req->set & FRL_PORT_SET_SLOW_PAIR) && req->slow_pair >= p->pf_pairs)
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, p->pf_pairs - 1);
	/* IEEE 802, 8.2: bit 0 of the first byte means a group, which no port is. */
	if ((req->set & FRL_PORT_SET_MAC) &&
	    ((req->mac[0] & 1) || !frl_be(req->mac, sizeof(req->mac))))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_VALUE_RANGE, 0);
	return OP_DONE;
}

enum outcome op_port_set(struct card *c, const void *body, size_t len, struct reply *rep)
{
	const struct frl_port_info *req = body;
	struct ports *p = &c->ports;
	struct port *port;

	(void)len;
	if (!port_exists(p, req->port))
		return op_refuse(rep, FRL_STATUS_INVALID, FRL_REFUSAL_PORT_UNKNOWN, req->port);
	if (check_set(p, req, rep) != OP_DONE)
		return OP_REFUSED;
	port = &p->port[req->port];
	if (req->set & FRL_PORT_SET_ADMIN)
		port->admin = req->admin;
	if (req->set & FRL_PORT_SET_MTU)
		port->mtu = req->mtu;
	if (req->set & FRL_PORT_SET_SLOW_PAIR)
		port->slow_pair = req->slow_pair;
	if (req->set & FRL_PORT_SET_MAC)
		memcpy(port->mac, req->mac, sizeof(port->mac));
	write_ctrl(p, req->port);
	if (port->kind == FRL_PORT_KIND_VF && (req->set & ~FRL_PORT_SET_SLOW_PAIR)) {
		function_vf_config(p->regs, req->port - FRL_PORT_VF0, port);
		function_config_changed(p->regs, req->port - FRL_PORT_VF0 + FRL_FN_VF0);
	}
	return OP_DONE;
}
