/* SPDX-License-Identifier: BSD-3-Clause */
/* Driver side of a split virtqueue (virtio 1.2, 2.7) in card memory, one descriptor a buffer: the
 * firmware function's two queues.
 */
#ifndef FRL_FW_VQ_H
#define FRL_FW_VQ_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct vq_desc;
struct vq_avail;
struct vq_used;

struct vq {
	struct vq_desc *desc;
	struct vq_avail *avail;
	const volatile struct vq_used *used;
	uint8_t *buffers; /* Buffer i belongs to descriptor i. */
	uint32_t buffer_bytes;
	uint64_t page;	 /* Registers of the function. */
	uint16_t number; /* Queue number within the function; odd ones transmit. */
	uint16_t size;
	uint16_t avail_index;
	uint16_t kicked_index; /* avail_index of the last notification. */
	uint16_t used_index;
	uint32_t bad; /* Used elements that made no sense. */
};

/* `size` (a power of two) buffers of `bytes` each. Check the arena afterwards. */
void vq_alloc(struct vq *q, struct arena *a, uint16_t size, uint32_t bytes);
/* Tells the device of the queue and enables it. `page`: the function's registers. */
void vq_enable(struct vq *q, uint64_t page, uint16_t number);
static inline uint8_t *vq_buffer(const struct vq *q, uint16_t id)
{
	return q->buffers + (uint32_t)id * q->buffer_bytes;
}
/* Offers buffer `id` with `len` bytes; the device may look at once, vq_kick makes it look. */
void vq_post(struct vq *q, uint16_t id, uint32_t len);
/* Notifies the device when at least `min` buffers were offered since it was last notified. */
void vq_kick(struct vq *q, uint16_t min);
/* Takes a used buffer. False when there is none. */
bool vq_take(struct vq *q, uint16_t *id, uint32_t *len);
/* Whether the device shall interrupt when it has used a buffer (2.7.7). */
void vq_interrupts(struct vq *q, bool on);

#endif
