/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "frl_vring.h"

void frl_vring_init(struct frl_vring *r, void *mem, struct frl_vring_slot *slots, unsigned int size)
{
	uint8_t *base = mem;

	memset(mem, 0, frl_vring_bytes(size));
	memset(r, 0, sizeof(*r));
	r->desc = mem;
	r->avail = (struct frl_vring_avail *)(base + frl_vring_avail_offset(size));
	r->used = (struct frl_vring_used *)(base + frl_vring_used_offset(size));
	r->slot = slots;
	r->size = (uint16_t)size;
	r->free_count = (uint16_t)size;
	r->avail->flags = FRL_VRING_NO_INTERRUPT;
	for (unsigned int i = 0; i < size; i++) {
		slots[i].cookie = NULL;
		slots[i].segs = 0;
		slots[i].next = (uint16_t)(i + 1);
	}
}

int frl_vring_add(struct frl_vring *r, const struct frl_vring_seg *seg, unsigned int segs,
		  int device_writes, void *cookie)
{
	uint16_t write = device_writes ? FRL_VRING_F_WRITE : 0, head = r->free_head, i = head;

	if (!segs || segs > r->free_count || r->broken)
		return -1;
	for (unsigned int n = 0; n < segs; n++) {
		struct frl_vring_desc *d = &r->desc[i];

		d->addr = seg[n].addr;
		d->len = seg[n].len;
		d->flags = (uint16_t)(write | (n + 1 < segs ? FRL_VRING_F_NEXT : 0));
		d->next = n + 1 < segs ? r->slot[i].next : 0;
		i = r->slot[i].next;
	}
	r->free_head = i;
	r->free_count = (uint16_t)(r->free_count - segs);
	r->slot[head].cookie = cookie;
	r->slot[head].segs = (uint16_t)segs;
	r->avail->ring[r->avail_idx++ & (r->size - 1)] = head;
	return 0;
}

int frl_vring_publish(struct frl_vring *r)
{
	if (r->published == r->avail_idx)
		return 0;
	/* Descriptors before the index (2.7.13.3.1), the index before the device's flags (2.7.13.4.1). */
	__atomic_store_n(&r->avail->idx, r->avail_idx, __ATOMIC_RELEASE);
	r->published = r->avail_idx;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !(__atomic_load_n(&r->used->flags, __ATOMIC_RELAXED) & FRL_VRING_NO_NOTIFY);
}

/* Puts the chain of `head` on the free list. */
static void *release(struct frl_vring *r, uint16_t head)
{
	struct frl_vring_slot *s = &r->slot[head];
	uint16_t tail = head;

	for (unsigned int n = 1; n < s->segs; n++)
		tail = r->slot[tail].next;
	r->slot[tail].next = r->free_head;
	r->free_head = head;
	r->free_count = (uint16_t)(r->free_count + s->segs);
	s->segs = 0;
	return s->cookie;
}

void *frl_vring_take(struct frl_vring *r, uint32_t *len)
{
	struct frl_vring_used_elem *e;
	uint32_t id;

	if (r->broken || __atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) == r->last_used)
		return NULL;
	e = &r->used->ring[r->last_used & (r->size - 1)];
	id = *(volatile uint32_t *)&e->id;
	if (id >= r->size || !r->slot[id].segs) {
		r->broken = 1;
		return NULL;
	}
	*len = *(volatile uint32_t *)&e->len;
	r->last_used++;
	return release(r, (uint16_t)id);
}

void *frl_vring_steal(struct frl_vring *r)
{
	for (unsigned int i = 0; i < r->size; i++) {
		if (r->slot[i].segs)
			return release(r, (uint16_t)i);
	}
	return NULL;
}
