/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver side of a split virtqueue (virtio 1.2, 2.7): memory layout, descriptors, available and used
 * ring. Not thread-safe. The device is not trusted: a used element that names no chain in flight
 * breaks the ring, and a broken ring gives nothing back any more until it is initialised again.
 */
#ifndef FRL_VRING_H
#define FRL_VRING_H

#include <stddef.h>
#include <stdint.h>

#define FRL_VRING_F_NEXT       1  /* 2.7.5 VIRTQ_DESC_F_NEXT */
#define FRL_VRING_F_WRITE      2  /* VIRTQ_DESC_F_WRITE: the device writes */
#define FRL_VRING_NO_INTERRUPT 1  /* 2.7.7 VIRTQ_AVAIL_F_NO_INTERRUPT */
#define FRL_VRING_NO_NOTIFY    1  /* 2.7.10 VIRTQ_USED_F_NO_NOTIFY */
#define FRL_VRING_MAX_SEGS     16 /* longest chain the card takes */

struct frl_vring_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};
struct frl_vring_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};
struct frl_vring_used_elem {
	uint32_t id;
	uint32_t len;
};
struct frl_vring_used {
	uint16_t flags;
	uint16_t idx;
	struct frl_vring_used_elem ring[];
};

/* What a chain in flight belongs to; one per descriptor, used of a chain's head. */
struct frl_vring_slot {
	void *cookie;
	uint16_t segs; /* descriptors of the chain, 0: not in flight */
	uint16_t next; /* free list, and order within a chain */
};

struct frl_vring {
	struct frl_vring_desc *desc;
	struct frl_vring_avail *avail;
	struct frl_vring_used *used;
	struct frl_vring_slot *slot;
	uint16_t size;
	uint16_t free_head;
	uint16_t free_count;
	uint16_t avail_idx; /* next index that is published */
	uint16_t published; /* index the device was told */
	uint16_t last_used;
	uint8_t broken;
};

struct frl_vring_seg {
	uint64_t addr;
	uint32_t len;
};

/* Bytes of ring memory for `size` descriptors (a power of two), and offsets of its parts in it. */
static inline size_t frl_vring_avail_offset(unsigned int size)
{
	return (size_t)size * sizeof(struct frl_vring_desc);
}
static inline size_t frl_vring_used_offset(unsigned int size)
{
	size_t end = frl_vring_avail_offset(size) + sizeof(struct frl_vring_avail) + 2 * size + 2;

	return (end + 63) & ~(size_t)63;
}
static inline size_t frl_vring_bytes(unsigned int size)
{
	return frl_vring_used_offset(size) + sizeof(struct frl_vring_used) +
	       size * sizeof(struct frl_vring_used_elem) + 2;
}

/* Empties the ring; mem is frl_vring_bytes() long and 64-byte aligned, slots has `size` elements. Cookies
 * of chains in flight are forgotten: take them with frl_vring_steal() first.
 */
void frl_vring_init(struct frl_vring *r, void *mem, struct frl_vring_slot *slots,
		    unsigned int size);

/* Adds a chain of segs descriptors, all read or all written by the device. 0, or -1 when there is no room. The
 * device sees it with frl_vring_publish().
 */
int frl_vring_add(struct frl_vring *r, const struct frl_vring_seg *seg, unsigned int segs,
		  int device_writes, void *cookie);

/* 1 when the device wants a notification for what was published. */
int frl_vring_publish(struct frl_vring *r);

/* Takes the next used chain: its cookie, and in *len what the device wrote. NULL: none, or broken. */
void *frl_vring_take(struct frl_vring *r, uint32_t *len);

/* Takes a chain that the device still has (the queue is reset): its cookie; NULL when none is left. */
void *frl_vring_steal(struct frl_vring *r);

/* Whether a descriptor index is the head of the chain that frl_vring_add would build next. */
static inline uint16_t frl_vring_next_head(const struct frl_vring *r)
{
	return r->free_head;
}

#endif /* FRL_VRING_H */
