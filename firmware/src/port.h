/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports and the functions behind them. */
#ifndef FRL_FW_PORT_H
#define FRL_FW_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "frl_chip.h"

struct card;

struct port {
	bool exists;
	bool admin;
	bool link;
	bool changed; /* PORT_CHANGED is due. */
	bool blamed;  /* The log has a line about its driver. */
	uint8_t kind; /* enum frl_port_kind */
	uint8_t slow_pair;
	uint16_t mtu;
	uint8_t mac[6];
	uint32_t tunnels;  /* Rules that match a tunnel on this port. */
	bool parse_tunnel; /* CTRL.tunnel as it stands in the register. */
};

struct ports {
	uint64_t regs;
	uint32_t wires;
	uint32_t vfs;
	uint32_t pf_pairs;
	uint8_t admin_pair;
	uint32_t tunnels_all; /* Rules that match a tunnel on any port. */
	bool tunnels_left;    /* A rule has gone since the registers were settled, */
	uint32_t tunnels_pos; /* with this entry of the update ring. */
	bool any_changed;     /* PORT_CHANGED is due for some port. */
	struct port port[FRL_N_PORTS];
};

/* Ports from the board and the capabilities, with their registers, and features and configuration of
 * the VFs. 0, or -1 when wires, VFs and queue pairs of the chip
 * do not fit in the numbers that the ABI gives them.
 */
int ports_init(struct card *c);

bool port_exists(const struct ports *p, uint32_t port);
/* A wire or VF: what a rule may send to. */
bool port_is_data(const struct ports *p, uint32_t port);

#define TUNNEL_NONE 0xff
#define TUNNEL_ALL  0xfe

/* A rule that matches a tunnel on `port` (TUNNEL_ALL: on any, TUNNEL_NONE: on none) comes or goes. Parsing
 * behind tunnel headers starts at once, and ends when the batch that withdrew the rule is finished:
 * port_tunnels_settle() is called after each.
 */
void port_tunnel_hold(struct card *c, uint8_t port);
void port_tunnel_release(struct card *c, uint8_t port);
void port_tunnels_settle(struct card *c);

/* Interrupts LINK and FN. */
void ports_link(struct card *c);
void ports_functions(struct card *c);
/* Sends the PORT_CHANGED events that are due, as far as there is room. */
void ports_events(struct card *c);

#endif
