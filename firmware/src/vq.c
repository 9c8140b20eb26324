/* SPDX-License-Identifier: BSD-3-Clause */
#include "vq.h"

#include "frl_chip.h"
#include "hal.h"

#define DESC_F_WRITE	     2
#define AVAIL_F_NO_INTERRUPT 1
#define QUEUE_SELECT	     0x16 /* 16-bit parts of common configuration words: virtio 1.2, 4.1.4.3. */
#define QUEUE_MSIX_VECTOR    0x1a

/* virtio 1.2, 2.7.5, 2.7.6, 2.7.8; little endian like the cores. */
struct vq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct vq_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

struct vq_used {
	uint16_t flags;
	uint16_t idx;
	struct {
		uint32_t id;
		uint32_t len;
	} ring[];
};

void vq_alloc(struct vq *q, struct arena *a, uint16_t size, uint32_t bytes)
{
	*q = (struct vq){ .size = size, .buffer_bytes = bytes };
	q->desc = arena_take(a, size, sizeof(struct vq_desc), 64);
	q->avail = arena_take(a, 1, sizeof(struct vq_avail) + 2u * size + 2, 64);
	q->used = arena_take(a, 1, sizeof(struct vq_used) + 8u * size + 2, 64);
	q->buffers = arena_take_raw(a, size, bytes, 64);
}

static void write64(uint64_t addr, const volatile void *pointer)
{
	uint64_t value = (uint64_t)(uintptr_t)pointer;

	hal_write32(addr, (uint32_t)value);
	hal_write32(addr + 4, (uint32_t)(value >> 32));
}

void vq_enable(struct vq *q, uint64_t page, uint16_t number)
{
	q->page = page;
	q->number = number;
	hal_write16(page + QUEUE_SELECT, number);
	hal_write16(page + FRL_REG_FN_QUEUE_SIZE, q->size);
	hal_write16(page + QUEUE_MSIX_VECTOR, 0);
	write64(page + FRL_REG_FN_QUEUE_DESC_LO, q->desc);
	write64(page + FRL_REG_FN_QUEUE_DRIVER_LO, q->avail);
	write64(page + FRL_REG_FN_QUEUE_DEVICE_LO, q->used);
	hal_wmb();
	hal_write16(page + FRL_REG_FN_QUEUE_ENABLE, 1);
}

void vq_post(struct vq *q, uint16_t id, uint32_t len)
{
	struct vq_desc *d = &q->desc[id];

	d->addr = (uint64_t)(uintptr_t)vq_buffer(q, id);
	d->len = len;
	d->flags = q->number & 1 ? 0 : DESC_F_WRITE;
	d->next = 0;
	q->avail->ring[q->avail_index & (q->size - 1)] = id;
	q->avail_index++;
	hal_wmb();
	*(volatile uint16_t *)&q->avail->idx = q->avail_index;
}

void vq_kick(struct vq *q, uint16_t min)
{
	if ((uint16_t)(q->avail_index - q->kicked_index) < min)
		return;
	q->kicked_index = q->avail_index;
	hal_wmb();
	hal_write16(q->page + FRL_REG_FN_NOTIFY, q->number);
}

bool vq_take(struct vq *q, uint16_t *id, uint32_t *len)
{
	uint32_t used_id, used_len;

	while (q->used->idx != q->used_index) {
		hal_rmb();
		used_id = q->used->ring[q->used_index & (q->size - 1)].id;
		used_len = q->used->ring[q->used_index & (q->size - 1)].len;
		q->used_index++;
		if (used_id < q->size && used_len <= q->buffer_bytes) {
			*id = (uint16_t)used_id;
			*len = used_len;
			return true;
		}
		q->bad++;
	}
	return false;
}

void vq_interrupts(struct vq *q, bool on)
{
	*(volatile uint16_t *)&q->avail->flags = on ? 0 : AVAIL_F_NO_INTERRUPT;
	hal_mb();
}
