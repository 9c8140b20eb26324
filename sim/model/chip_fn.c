// SPDX-License-Identifier: BSD-3-Clause
/* Function pages (regs.fn of chip.toml): struct virtio_pci_common_cfg (virtio 1.2, 4.1.4.3), and what only the card sees. */
#include "chip.h"

#include <linux/virtio_config.h>
#include <string.h>

/* Host functions reach what lies below. */
#define HOST_END FRL_REG_FN_FEATURES_LO

/* ---- Functions and their queues ---- */

static bool known(unsigned int fn)
{
	return fn <= chip_sizes.vfs || fn == FRL_FN_FW;
}

/* PF first, then the VFs, then the firmware. */
static unsigned int first_queue(unsigned int fn)
{
	if (fn == FRL_FN_PF)
		return 0;
	return fn == FRL_FN_FW ? FRL_QUEUE_FW
			       : FRL_QUEUE_VF0 + (fn - FRL_FN_VF0) * 2 * FRL_VF_PAIRS;
}

unsigned int chip_fn_queues(unsigned int fn)
{
	if (fn == FRL_FN_FW)
		return 2 * FRL_FW_PAIRS;
	return first_queue(fn + 1) - first_queue(fn);
}

struct chip_queue *chip_queue(struct frl_rtl *chip, unsigned int fn, unsigned int index)
{
	return &chip->queues[first_queue(fn) + index];
}

/* NULL when the function does not have the queue that is selected. */
static struct chip_queue *selected(struct frl_rtl *chip, unsigned int fn)
{
	unsigned int select = chip->fn[fn].queue_select;

	return select < chip_fn_queues(fn) ? chip_queue(chip, fn, select) : NULL;
}

/* ---- Resets ---- */

static void reset_queue(struct frl_rtl *chip, struct chip_queue *queue)
{
	queue->size = FRL_QUEUE_SIZE_MAX;
	queue->vector = FRL_MSIX_NONE;
	queue->base = 0;
	queue->desc = queue->driver = queue->device = 0;
	queue->enabled = queue->resetting = false;
	chip_queue_live(chip, queue, false);
	chip_queue_start(queue, 0);
}

/* What firmware put there stays: features, configuration, its generation, bad descriptors. */
static void reset_fn(struct frl_rtl *chip, unsigned int number)
{
	struct chip_fn *fn = &chip->fn[number];

	fn->accept[0] = fn->accept[1] = fn->offer_select = fn->accept_select = 0;
	fn->queue_select = 0;
	fn->vector = FRL_MSIX_NONE;
	fn->status = 0;
	fn->driver_ok = fn->resetting = fn->isr_queue = fn->isr_config = false;
	if (fn->notice)
		chip->notices--;
	fn->notice = false;
	for (unsigned int i = 0; i < chip_fn_queues(number); i++) {
		struct chip_queue *queue = chip_queue(chip, number, i);

		if (queue->resetting)
			chip->resets--;
		reset_queue(chip, queue);
	}
}

void chip_fn_reset_all(struct frl_rtl *chip)
{
	memset(chip->fn, 0, sizeof(chip->fn));
	memset(chip->queues, 0, sizeof(chip->queues));
	chip->resets = chip->notices = 0;
	for (unsigned int i = 0; i < FRL_N_QUEUES; i++) {
		chip->queues[i].pair = (uint8_t)(i / 2);
		chip->queues[i].tx = i & 1;
	}
	for (unsigned int fn = 0; fn < FRL_N_FNS; fn++) {
		if (!known(fn))
			continue;
		for (unsigned int i = 0; i < chip_fn_queues(fn); i++)
			chip_queue(chip, fn, i)->fn = (uint8_t)fn;
		reset_fn(chip, fn);
	}
}

static bool fn_at_rest(struct frl_rtl *chip, unsigned int fn)
{
	for (unsigned int i = 0; i < chip_fn_queues(fn); i++) {
		if (!chip_queue_at_rest(chip, chip_queue(chip, fn, i)))
			return false;
	}
	return true;
}

static void end_resets(struct frl_rtl *chip)
{
	for (unsigned int fn = 0; fn < FRL_N_FNS; fn++) {
		if (!chip->fn[fn].resetting || !fn_at_rest(chip, fn))
			continue;
		chip->resets--;
		reset_fn(chip, fn);
		chip_fn_event(chip, fn);
	}
	for (unsigned int i = 0; i < FRL_N_QUEUES; i++) {
		struct chip_queue *queue = &chip->queues[i];

		if (!queue->resetting || !chip_queue_at_rest(chip, queue))
			continue;
		chip->resets--;
		queue->resetting = false;
		chip_queue_live(chip, queue, false);
	}
}

/* ---- Notices to drivers ---- */

static void notice(struct frl_rtl *chip, struct chip_fn *fn)
{
	if (!fn->driver_ok || fn->notice)
		return;
	fn->notice = true;
	chip->notices++;
}

static void send_notices(struct frl_rtl *chip)
{
	for (unsigned int i = 0; i < FRL_N_FNS; i++) {
		struct chip_fn *fn = &chip->fn[i];

		if (!fn->notice)
			continue;
		fn->notice = false;
		chip->notices--;
		fn->isr_config = true;
		if (fn->vector != FRL_MSIX_NONE)
			chip_msix(chip, i, fn->vector);
	}
}

void chip_fn_queue_stopped(struct frl_rtl *chip, unsigned int number)
{
	struct chip_fn *fn = &chip->fn[number];

	fn->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	if (fn->bad != UINT16_MAX)
		fn->bad++;
	notice(chip, fn);
	chip_fn_event(chip, number);
}

void chip_fn_step(struct frl_rtl *chip)
{
	if (chip->resets)
		end_resets(chip);
	if (chip->notices)
		send_notices(chip);
}

/* ---- Reads ---- */

static uint32_t stopped_queues(struct frl_rtl *chip, unsigned int fn)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < chip_fn_queues(fn); i++)
		n += chip_queue(chip, fn, i)->stopped != FRL_QUEUE_ERROR_NONE;
	return n;
}

/* A queue's 64-bit address and its half at an offset. */
static uint64_t *address_at(struct chip_queue *queue, uint32_t offset, unsigned int *shift)
{
	*shift = offset & 4 ? 32 : 0;
	switch (offset & ~4u) {
	case FRL_REG_FN_QUEUE_DESC_LO:
		return &queue->desc;
	case FRL_REG_FN_QUEUE_DRIVER_LO:
		return &queue->driver;
	case FRL_REG_FN_QUEUE_DEVICE_LO:
		return &queue->device;
	default:
		return NULL;
	}
}

static uint32_t queue_value(struct chip_queue *queue, uint32_t offset)
{
	unsigned int shift;
	const uint64_t *address = queue ? address_at(queue, offset, &shift) : NULL;

	if (!queue)
		return 0;
	if (address)
		return (uint32_t)(*address >> shift);
	switch (offset) {
	case FRL_REG_FN_QUEUE_SIZE:
		return queue->size | (uint32_t)queue->vector << 16;
	case FRL_REG_FN_QUEUE_ENABLE:
		return queue->enabled;
	case FRL_REG_FN_QUEUE_BASE:
		return queue->used;
	case FRL_REG_FN_QUEUE_ERROR:
		return queue->stopped;
	default:
		return 0;
	}
}

static uint32_t status_value(const struct chip_fn *fn)
{
	/* Not 0 before a reset is over, also when the function had no status yet. */
	return fn->status | fn->resetting | (uint32_t)fn->generation << 8 |
	       (uint32_t)fn->queue_select << 16;
}

static uint32_t value_at(struct frl_rtl *chip, unsigned int number, uint32_t offset)
{
	const struct chip_fn *fn = &chip->fn[number];
	struct chip_queue *queue = selected(chip, number);

	if (offset >= FRL_REG_FN_CONFIG && offset < FRL_REG_FN_CONFIG + 4 * CHIP_CONFIG_WORDS)
		return fn->config[(offset - FRL_REG_FN_CONFIG) / 4];
	switch (offset) {
	case FRL_REG_FN_DEVICE_FEATURE_SELECT:
		return fn->offer_select;
	case FRL_REG_FN_DEVICE_FEATURE:
		return fn->offer_select < 2 ? fn->offer[fn->offer_select] : 0;
	case FRL_REG_FN_DRIVER_FEATURE_SELECT:
		return fn->accept_select;
	case FRL_REG_FN_DRIVER_FEATURE:
		return fn->accept_select < 2 ? fn->accept[fn->accept_select] : 0;
	case FRL_REG_FN_CONFIG_MSIX:
		return fn->vector | chip_fn_queues(number) << 16;
	case FRL_REG_FN_STATUS:
		return status_value(fn);
	case FRL_REG_FN_QUEUE_RESET:
		return fn->queue_select | (queue && queue->resetting ? 1u << 16 : 0);
	case FRL_REG_FN_ISR:
		return fn->isr_queue | (uint32_t)fn->isr_config << 1;
	case FRL_REG_FN_FEATURES_LO:
	case FRL_REG_FN_FEATURES_HI:
		return fn->offer[offset == FRL_REG_FN_FEATURES_HI];
	case FRL_REG_FN_ACKED_LO:
	case FRL_REG_FN_ACKED_HI:
		return fn->accept[offset == FRL_REG_FN_ACKED_HI];
	case FRL_REG_FN_FN_STATUS:
		return fn->status | stopped_queues(chip, number) << 8 | (uint32_t)fn->bad << 16;
	default:
		return queue_value(queue, offset);
	}
}

static bool reaches(bool card, unsigned int fn, uint32_t offset)
{
	return known(fn) && (card || (fn != FRL_FN_FW && offset < HOST_END));
}

uint32_t chip_fn_read(struct frl_rtl *chip, bool card, unsigned int fn, uint32_t offset)
{
	uint32_t val;

	if (!reaches(card, fn, offset))
		return 0;
	val = value_at(chip, fn, offset);
	if (offset == FRL_REG_FN_ISR)
		chip->fn[fn].isr_queue = chip->fn[fn].isr_config = false;
	return val;
}

/* ---- Writes ---- */

/* FEATURES_OK stays only when the driver wants VERSION_1, and nothing that was not offered. */
static bool features_fit(const struct chip_fn *fn)
{
	return !(fn->accept[0] & ~fn->offer[0]) && !(fn->accept[1] & ~fn->offer[1]) &&
	       fn->accept[1] & 1u << (VIRTIO_F_VERSION_1 - 32);
}

static void write_status(struct frl_rtl *chip, unsigned int number, uint32_t val, uint32_t mask)
{
	struct chip_fn *fn = &chip->fn[number];
	uint8_t status = (uint8_t)val & (uint8_t)~VIRTIO_CONFIG_S_NEEDS_RESET;

	fn->queue_select = (uint16_t)chip_merge(fn->queue_select, val >> 16, mask >> 16);
	if (!(mask & 0xff))
		return;
	fn->driver_ok = val & VIRTIO_CONFIG_S_DRIVER_OK;
	if (!(val & 0xff)) {
		fn->resetting = true;
		chip->resets++;
		return;
	}
	if (!(fn->status & VIRTIO_CONFIG_S_FEATURES_OK) && !features_fit(fn))
		status &= (uint8_t)~VIRTIO_CONFIG_S_FEATURES_OK;
	fn->status = status | (fn->status & VIRTIO_CONFIG_S_NEEDS_RESET);
	chip_fn_event(chip, number);
}

static bool size_fits(uint16_t size)
{
	return size && size <= FRL_QUEUE_SIZE_MAX && !(size & (size - 1));
}

static void write_queue(struct frl_rtl *chip, struct chip_queue *queue, uint32_t offset,
			uint32_t val, uint32_t mask)
{
	uint32_t merged = chip_merge(queue_value(queue, offset), val, mask);
	unsigned int shift;
	uint64_t *address = address_at(queue, offset, &shift);

	if (address && !queue->enabled)
		*address = (*address & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)merged
										   << shift;
	switch (offset) {
	case FRL_REG_FN_QUEUE_SIZE:
		if (!queue->enabled)
			queue->size = (uint16_t)merged;
		queue->vector = merged >> 16;
		break;
	case FRL_REG_FN_QUEUE_ENABLE:
		if (!(merged & 1) || queue->enabled || queue->resetting || !size_fits(queue->size))
			break;
		queue->enabled = true;
		chip_queue_live(chip, queue, true);
		chip_queue_start(queue, queue->base);
		break;
	case FRL_REG_FN_QUEUE_BASE:
		if (queue->enabled || queue->resetting)
			break;
		queue->base = (uint16_t)merged;
		chip_queue_start(queue, queue->base);
		break;
	case FRL_REG_FN_QUEUE_RESET:
		if (!(val & mask & 1u << 16) || !queue->enabled)
			break;
		queue->enabled = false;
		queue->resetting = true;
		queue->base = 0;
		chip->resets++;
		break;
	default:
		break;
	}
}

static void write_notify(struct frl_rtl *chip, unsigned int fn, uint32_t val)
{
	uint16_t index = (uint16_t)val;

	if (index < chip_fn_queues(fn) && chip_queue(chip, fn, index)->enabled &&
	    chip->fn[fn].driver_ok)
		chip_queue(chip, fn, index)->want = true;
}

/* What a driver writes, from the host or, for the firmware's own function, from the card. */
static void driver_write(struct frl_rtl *chip, unsigned int number, uint32_t offset, uint32_t val,
			 uint32_t mask)
{
	struct chip_fn *fn = &chip->fn[number];
	struct chip_queue *queue = selected(chip, number);

	switch (offset) {
	case FRL_REG_FN_DEVICE_FEATURE_SELECT:
		fn->offer_select = chip_merge(fn->offer_select, val, mask);
		break;
	case FRL_REG_FN_DRIVER_FEATURE_SELECT:
		fn->accept_select = chip_merge(fn->accept_select, val, mask);
		break;
	case FRL_REG_FN_DRIVER_FEATURE:
		if (fn->accept_select < 2 && !(fn->status & VIRTIO_CONFIG_S_FEATURES_OK))
			fn->accept[fn->accept_select] =
				chip_merge(fn->accept[fn->accept_select], val, mask);
		break;
	case FRL_REG_FN_CONFIG_MSIX:
		fn->vector = (uint16_t)chip_merge(fn->vector, val, mask);
		break;
	case FRL_REG_FN_STATUS:
		write_status(chip, number, val, mask);
		break;
	case FRL_REG_FN_NOTIFY:
		write_notify(chip, number, val);
		break;
	default:
		if (queue)
			write_queue(chip, queue, offset, val, mask);
	}
}

static void card_write(struct frl_rtl *chip, unsigned int number, uint32_t offset, uint32_t val,
		       uint32_t mask)
{
	struct chip_fn *fn = &chip->fn[number];
	uint32_t *word = NULL;

	if (offset >= FRL_REG_FN_CONFIG && offset < FRL_REG_FN_CONFIG + 4 * CHIP_CONFIG_WORDS)
		word = &fn->config[(offset - FRL_REG_FN_CONFIG) / 4];
	else if (offset == FRL_REG_FN_FEATURES_LO)
		word = &fn->offer[0];
	else if (offset == FRL_REG_FN_FEATURES_HI)
		word = &fn->offer[1];
	if (word)
		*word = chip_merge(*word, val, mask);
	if (offset == FRL_REG_FN_FN_CTRL && val & mask & FRL_REG_FN_FN_CTRL_CONFIG_CHANGED_MASK) {
		fn->generation++;
		notice(chip, fn);
	}
}

void chip_fn_write(struct frl_rtl *chip, bool card, unsigned int fn, uint32_t offset, uint32_t val,
		   uint32_t mask)
{
	if (!reaches(card, fn, offset))
		return;
	if (card)
		card_write(chip, fn, offset, val, mask);
	if (!chip->fn[fn].resetting)
		driver_write(chip, fn, offset, val, mask);
	/* A reset of what is at rest is over at once. */
	chip_fn_step(chip);
}
