/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the table of items (frl_items.c) and the functions of its rows. */
#ifndef FRL_ITEMS_H
#define FRL_ITEMS_H

#include "frl_compile.h"

/* What the items so far have said. */
struct frl_pattern {
	const struct frl_flow_env *env;
	struct frl_match *m;
	enum frl_layer layer;	  /* of the last item */
	uint8_t outer;		  /* a tunnel item is still to come */
	uint8_t nd;		  /* neighbour discovery: type of the message, or 0 */
	enum frl_tun_type tunnel; /* that there is or was */
	uint8_t vlans;
	enum frl_l3_type l3; /* of the current header stack */
	enum frl_l4_type l4;
};

#define TRY(call)                                   \
	do {                                        \
		enum frl_refusal refusal_ = (call); \
		if (refusal_)                       \
			return refusal_;            \
	} while (0)

/* Functions of struct frl_item, see there. */
#define PARSE(name)                                                                                \
	enum frl_refusal frl_parse_##name(struct frl_pattern *p, const struct rte_flow_item *item, \
					  const void *spec, const void *last, const void *mask)
PARSE(eth);
PARSE(vlan);
PARSE(ipv4);
PARSE(ipv6);
PARSE(ipv6_frag);
PARSE(arp);
PARSE(tcp);
PARSE(udp);
PARSE(sctp);
PARSE(icmp);
PARSE(icmp6);
PARSE(nd_ns);
PARSE(nd_na);
PARSE(nd_sla);
PARSE(nd_tla);
PARSE(vxlan);
PARSE(geneve);
PARSE(geneve_opt);
PARSE(port_id);
PARSE(represented);

#undef PARSE

#endif /* FRL_ITEMS_H */
