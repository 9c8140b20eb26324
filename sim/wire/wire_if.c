// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A wire into a network interface (packet(7)). The kernel's ways of handling less than whole frames
 * are undone: a tag that it took out of the frame is put back, a checksum that it left to the hardware is
 * computed. A frame that is still to be segmented is longer than any wire takes, and dropped.
 */
#define _GNU_SOURCE
#include "wire.h"

#include "sim/board/log.h"
#include "sim/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define VLAN_BYTES 4
/* Where a tag stands: behind the two addresses. */
#define VLAN_OFFSET 12

/* Frames wait here for a chip that is slower than its peers. TCP has up to 6 MB (net.ipv4.tcp_rmem) of them on the way, and the
 * kernel counts about twice a frame's bytes.
 */
#define RECEIVE_BYTES (32 << 20)

struct wire_if {
	struct wire *wire;
	char name[IFNAMSIZ];
	int fd, route_fd;
	/* The frame begins VLAN_BYTES in: room for the tag. */
	uint8_t frame[VLAN_BYTES + WIRE_FRAME_MAX + 1];
};

static int fail(const char *name, const char *what, const char *hint)
{
	sim_log("wire", "if:%s: %s: %s; %s", name, what, strerror(errno), hint);
	return -1;
}

/* Complete a transport checksum (virtio 1.2, 5.1.6.2: csum_start, csum_offset; RFC 1071). */
static void complete_checksum(uint8_t *frame, size_t len, const struct virtio_net_hdr *hdr)
{
	size_t at = (size_t)hdr->csum_start + hdr->csum_offset;
	uint32_t sum = 0;

	if (hdr->csum_start >= len || at + 2 > len)
		return;
	for (size_t i = hdr->csum_start; i < len; i++)
		sum += (i - hdr->csum_start) % 2 ? frame[i] : (uint32_t)frame[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	frame[at] = (uint8_t)(sum >> 8);
	frame[at + 1] = (uint8_t)sum;
}

/* The tag that the kernel keeps beside the frame, if any. */
static const struct tpacket_auxdata *find_tag(struct msghdr *msg)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		const struct tpacket_auxdata *aux = (const void *)CMSG_DATA(cmsg);

		if (cmsg->cmsg_level == SOL_PACKET && cmsg->cmsg_type == PACKET_AUXDATA &&
		    (aux->tp_status & TP_STATUS_VLAN_VALID))
			return aux;
	}
	return NULL;
}

static void put_tag(uint8_t *to, const struct tpacket_auxdata *aux)
{
	uint16_t tpid = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid
								   : ETH_P_8021Q;
	uint16_t tag[2] = { htons(tpid), htons(aux->tp_vlan_tci) };

	memmove(to, to + VLAN_BYTES, VLAN_OFFSET);
	memcpy(to + VLAN_OFFSET, tag, sizeof(tag));
}

/* One frame; false when there is none. */
static bool receive(struct wire_if *port)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct virtio_net_hdr hdr;
	uint8_t *frame = port->frame + VLAN_BYTES;
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { frame, WIRE_FRAME_MAX + 1 } };
	struct msghdr msg = { .msg_iov = iov,
			      .msg_iovlen = 2,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	ssize_t n = recvmsg(port->fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	const struct tpacket_auxdata *aux;
	size_t len;

	if (n < (ssize_t)sizeof(hdr))
		return false;
	len = (size_t)n - sizeof(hdr);
	if (len <= WIRE_FRAME_MAX && (hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		complete_checksum(frame, len, &hdr);
	aux = find_tag(&msg);
	if (aux && len >= VLAN_OFFSET && len + VLAN_BYTES <= WIRE_FRAME_MAX) {
		frame -= VLAN_BYTES;
		len += VLAN_BYTES;
		put_tag(frame, aux);
	}
	wire_rx(port->wire, frame, len);
	return true;
}

static void on_frames(void *arg, short events)
{
	struct wire_if *port = arg;
	unsigned int room = wire_room(port->wire);
	socklen_t len = sizeof(int);
	int error;

	/* An interface that goes down leaves an error on the socket; reading it clears it. */
	if (events & POLLERR)
		getsockopt(port->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	while (room-- && receive(port))
		;
}

static void update_link(struct wire_if *port)
{
	struct ifreq req = { 0 };
	bool up;

	memcpy(req.ifr_name, port->name, sizeof(req.ifr_name));
	up = !ioctl(port->fd, SIOCGIFFLAGS, &req) && (req.ifr_flags & IFF_UP) &&
	     (req.ifr_flags & IFF_RUNNING);
	if (up != port->wire->up)
		wire_link(port->wire, up);
}

/* Some interface changed: look at ours. */
static void on_route(void *arg, short events)
{
	struct wire_if *port = arg;
	char buf[8192];

	(void)events;
	while (recv(port->route_fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	update_link(port);
}

static int set_options(struct wire_if *port, int index)
{
	struct packet_mreq promisc = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };
	int one = 1, buffer = RECEIVE_BYTES;

	setsockopt(port->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	return setsockopt(port->fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	       setsockopt(port->fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ||
	       setsockopt(port->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	       setsockopt(port->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc, sizeof(promisc));
}

static int open_packet(struct wire_if *port)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int index = (int)if_nametoindex(port->name);

	if (!index)
		return fail(port->name, "no such interface", "`ip link` lists them");
	/* Protocol 0 until it is bound: nothing of other interfaces comes in between. */
	port->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (port->fd < 0)
		return fail(port->name, "packet socket", "run as root, or with CAP_NET_RAW");
	addr.sll_ifindex = index;
	if (set_options(port, index))
		return fail(port->name, "socket options", "Linux 4.20 or later is needed");
	if (bind(port->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail(port->name, "bind", "is it an Ethernet interface?");
	return 0;
}

static int open_route(struct wire_if *port)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };

	port->route_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (port->route_fd < 0 || bind(port->route_fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fail(port->name, "netlink socket", "link changes cannot be seen without it");
	return 0;
}

static void destroy(void *priv)
{
	struct wire_if *port = priv;

	if (port->fd >= 0) {
		loop_remove(port->wire->loop, port->fd);
		close(port->fd);
	}
	if (port->route_fd >= 0) {
		loop_remove(port->wire->loop, port->route_fd);
		close(port->route_fd);
	}
	free(port);
}

static void *create(struct wire *wire, const char *name)
{
	struct wire_if *port = calloc(1, sizeof(*port));

	if (!port)
		return NULL;
	port->wire = wire;
	port->fd = port->route_fd = -1;
	if (strlen(name) >= sizeof(port->name)) {
		sim_log("wire", "if:%s: no interface has such a long name; `ip link` lists them",
			name);
		goto fail;
	}
	memcpy(port->name, name, strlen(name) + 1);
	if (open_packet(port) || open_route(port) ||
	    loop_add(wire->loop, port->fd, POLLIN, on_frames, port) ||
	    loop_add(wire->loop, port->route_fd, POLLIN, on_route, port))
		goto fail;
	update_link(port);
	return port;
fail:
	destroy(port);
	return NULL;
}

static bool send_frame(void *priv, const void *frame, size_t len)
{
	struct wire_if *port = priv;
	struct virtio_net_hdr hdr = { 0 };
	struct iovec iov[2] = { { &hdr, sizeof(hdr) }, { (void *)frame, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	return sendmsg(port->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

const struct wire_kind wire_if = {
	.prefix = "if:",
	.create = create,
	.destroy = destroy,
	.send = send_frame,
};
