/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PF's socket: what a PCIe link would carry between the card and a program on the host.
 *
 * A SOCK_SEQPACKET unix socket; one message is struct frl_link_msg and its payload, at most
 * FRL_LINK_PAYLOAD bytes. Integers are those of the host (both ends run on one machine).
 * Messages of one direction are handled in the order in which they were sent: a register read
 * therefore finds the effect of every write before it, and everything the card wrote to memory
 * before it sent an MSI-X message is there when that message arrives.
 *
 * Memory that the card should reach is either mapped (frl_link_map: the card's accesses are plain
 * loads and stores then, and any other address is an error), or, by a client that maps nothing, served by the
 * dma_* callbacks of frl_link_service and frl_link_serve_in_calls.
 *
 * All functions return 0 or a negative errno value. They are thread-safe, never raise SIGPIPE, and
 * once the peer is gone (-ENOTCONN) each later call fails at once with -ENOTCONN.
 */
#ifndef FRL_LINK_H
#define FRL_LINK_H

#include <stdint.h>

/* A different version ends the conversation. */
#define FRL_LINK_VERSION 1

/* Largest payload of a message: the longest DMA request of the chip. */
#define FRL_LINK_PAYLOAD 16384

/* How long a reply may take before a call gives up with -ETIMEDOUT, in milliseconds. */
#define FRL_LINK_TIMEOUT_MS 5000

/* Mappings that a client may have at a time. */
#define FRL_LINK_MAPS 1024

enum frl_link_type {
	FRL_LINK_HELLO =
		1, /* both: addr = FRL_LINK_VERSION; the server's answer has status and struct frl_link_card */
	FRL_LINK_REG_READ =
		2, /* client: fn, addr = offset, len = 1, 2, 4 or 8; reply carries the value,
		    * or -ENODEV: the function is not enabled, or served at its vhost-user socket */
	FRL_LINK_REG_WRITE = 3,	 /* client: fn, addr, len, payload = value; no reply */
	FRL_LINK_DMA_READ = 4,	 /* server: fn, addr, len; reply carries the bytes or a status */
	FRL_LINK_DMA_WRITE = 5,	 /* server: fn, addr, len, payload; posted: no reply, as on PCIe */
	FRL_LINK_MAP = 6,	 /* client: addr = iova, payload = struct frl_link_map, fd; reply */
	FRL_LINK_UNMAP = 7,	 /* client: addr = iova, payload = struct frl_link_map; reply */
	FRL_LINK_MSIX = 8,	 /* server: fn, addr = vector; no reply */
	FRL_LINK_RESET = 9,	 /* client: fn; reply when nothing of the function is in flight */
	FRL_LINK_NUM_VFS = 10,	 /* client: addr = number of VFs to enable; reply */
	FRL_LINK_REPLY = 0x8000, /* or'ed to the type: answer to the message with the same tag */
};

struct frl_link_msg {
	uint16_t type;
	uint16_t fn;
	uint32_t tag;
	uint64_t addr;
	uint32_t len;	/* bytes of payload, or of the access that is asked for */
	int32_t status; /* reply: 0 or a negative errno value */
};
_Static_assert(sizeof(struct frl_link_msg) == 24, "message header of the PF socket");

/* Payload of MAP and UNMAP; offset is that in the file handed over. */
struct frl_link_map {
	uint64_t len;
	uint64_t offset;
};

/* What a PCI bus shows of the card, from its board file. */
struct frl_link_card {
	uint16_t pf_vendor, pf_device;
	uint16_t vf_vendor, vf_device;
	uint16_t vfs;	   /* TotalVFs */
	uint16_t pf_pairs; /* queue pairs of the PF */
	uint32_t reserved;
};
_Static_assert(sizeof(struct frl_link_card) == 16, "answer to HELLO");

struct frl_link;

/* What the card asks of a client, called by frl_link_service in its thread without the lock held, or as
 * frl_link_serve_in_calls says. */
struct frl_link_ops {
	/* Fill buf from, or store it to, the client's memory at addr; 0, or an error: the card's queue
	 * stops when it reads, a failed write is lost.
	 * May be NULL: then the card reaches mapped memory only. */
	int (*dma_read)(void *arg, uint16_t fn, uint64_t addr, void *buf, uint32_t len);
	int (*dma_write)(void *arg, uint16_t fn, uint64_t addr, const void *buf, uint32_t len);
	/* Interrupt `vector` of function fn; may be NULL. */
	void (*msix)(void *arg, uint16_t fn, uint16_t vector);
};

/*
 * Connect to ferrule-sim's --pf socket and shake hands. Waits for the socket to appear and to answer,
 * up to timeout_ms. -ETIMEDOUT, -EPROTO (another version, or not a ferrule-sim), -EBUSY (the
 * card has a client), or what connect() says.
 */
int frl_link_connect(const char *path, int timeout_ms, struct frl_link **out);
void frl_link_close(struct frl_link *link);

/*
 * The same without waiting: begin connects and sends the greeting, or says at once why not (-ENOENT, -ECONNREFUSED and
 * -EAGAIN: nobody listens yet). finish is to be called when frl_link_fd is readable, until it no longer returns
 * -EAGAIN; nothing else may be called before it has returned 0.
 */
int frl_link_begin(const char *path, struct frl_link **out);
int frl_link_finish(struct frl_link *link);

/* What the card said of itself. */
const struct frl_link_card *frl_link_card(const struct frl_link *link);

/*
 * From now on whatever the card sends while a call waits for its answer is handled before the call returns, in the order
 * in which it was sent: as on PCIe, where the answer to a read pushes the card's writes before it. For a client with a
 * single thread in the link at a time. The callbacks must not call the link.
 */
void frl_link_serve_in_calls(struct frl_link *link, const struct frl_link_ops *ops, void *arg);

/* Readable when frl_link_service has something to do. */
int frl_link_fd(const struct frl_link *link);

/* Read a register of function fn's page; size 1, 2, 4 or 8 bytes, naturally aligned. Blocks. */
int frl_link_read(struct frl_link *link, uint16_t fn, uint32_t off, unsigned int size,
		  uint64_t *val);

/* Write a register; posted: returns when the message is on its way. */
int frl_link_write(struct frl_link *link, uint16_t fn, uint32_t off, unsigned int size,
		   uint64_t val);

/* Let the card reach [iova, iova + len), which stands in file fd at offset. Blocks until it does.
 * Page aligned; no overlap (-EEXIST). fd can be closed afterwards. */
int frl_link_map(struct frl_link *link, uint64_t iova, uint64_t len, int fd, uint64_t offset);

/* Undo a whole mapping; when this returns the card does not reach it any more. */
int frl_link_unmap(struct frl_link *link, uint64_t iova, uint64_t len);

/* Function level reset: the queues of fn stop, and nothing of it is in flight when this returns. */
int frl_link_reset(struct frl_link *link, uint16_t fn);

/* How many VFs the host has enabled (SR-IOV NumVFs). */
int frl_link_num_vfs(struct frl_link *link, unsigned int num_vfs);

/* Handle what has arrived, without blocking. 0, or -ENOTCONN when the card is gone. */
int frl_link_service(struct frl_link *link, const struct frl_link_ops *ops, void *arg);

#endif /* FRL_LINK_H */
