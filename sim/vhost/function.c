// SPDX-License-Identifier: GPL-2.0-or-later
/* A driver's register accesses; see function.h. */
#include "function.h"

#include "sim/board/board.h"
#include "sim/board/log.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>

/* Cycles that a queue may take to stop. */
#define STOP_CYCLES 2000000

/* Halves of registers that hold two fields. */
#define CONFIG_VECTOR (FRL_REG_FN_CONFIG_MSIX)
#define QUEUE_SELECT  (FRL_REG_FN_STATUS + 2)
#define QUEUE_VECTOR  (FRL_REG_FN_QUEUE_SIZE + 2)
#define QUEUE_RESET   (FRL_REG_FN_QUEUE_RESET + 2)

/* Features of PCI transport that a vhost-user frontend would have to act on, and cannot. */
#define PCI_FEATURES (1ULL << VIRTIO_F_ACCESS_PLATFORM | 1ULL << VIRTIO_F_ORDER_PLATFORM)

static int write_reg(struct function *function, uint32_t off, unsigned int size, uint32_t val)
{
	return board_host_write(function->board, function->fn, off, size, val);
}

static uint32_t read_reg(struct function *function, uint32_t off, unsigned int size)
{
	uint32_t val = 0;

	board_host_read(function->board, function->fn, off, size, &val);
	return val;
}

void function_init(struct function *function, struct board *board, unsigned int fn)
{
	*function = (struct function){ .board = board, .fn = fn };
}

static uint64_t device_features(struct function *function)
{
	uint64_t features;

	write_reg(function, FRL_REG_FN_DEVICE_FEATURE_SELECT, 4, 1);
	features = (uint64_t)read_reg(function, FRL_REG_FN_DEVICE_FEATURE, 4) << 32;
	write_reg(function, FRL_REG_FN_DEVICE_FEATURE_SELECT, 4, 0);
	return features | read_reg(function, FRL_REG_FN_DEVICE_FEATURE, 4);
}

uint64_t function_features(struct function *function)
{
	return device_features(function) & ~PCI_FEATURES;
}

void function_config(struct function *function, uint8_t config[FUNCTION_CONFIG_BYTES])
{
	uint32_t word, generation;
	int tries = 3;

	/* virtio 1.2, 2.5.1: a generation that changed means that the fields may not belong together. */
	do {
		generation = read_reg(function, FRL_REG_FN_STATUS + 1, 1);
		for (uint32_t i = 0; i < FUNCTION_CONFIG_BYTES; i += 4) {
			word = read_reg(function, FRL_REG_FN_CONFIG + i, 4);
			memcpy(config + i, &word, 4);
		}
	} while (read_reg(function, FRL_REG_FN_STATUS + 1, 1) != generation && --tries);
}

void function_accept(struct function *function, uint64_t features)
{
	bool running = false;

	for (unsigned int i = 0; i < FUNCTION_QUEUES; i++)
		running |= function->running[i];
	features &= function_features(function);
	/* The same again, in the middle of operation (QEMU, when it starts logging), changes nothing. */
	if (running && features == function->accepted)
		return;
	function->accepted = features;
	function_reset(function);
}

/* virtio 1.2, 3.1.1, steps 1 to 6. */
static int bring_up(struct function *function)
{
	uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	int err = write_reg(function, FRL_REG_FN_STATUS, 1, status);

	for (uint32_t half = 0; half < 2 && !err; half++) {
		err = write_reg(function, FRL_REG_FN_DRIVER_FEATURE_SELECT, 4, half);
		if (!err)
			err = write_reg(function, FRL_REG_FN_DRIVER_FEATURE, 4,
					(uint32_t)(function->accepted >> (32 * half)));
	}
	status |= VIRTIO_CONFIG_S_FEATURES_OK;
	if (!err)
		err = write_reg(function, FRL_REG_FN_STATUS, 1, status);
	if (!err && !(read_reg(function, FRL_REG_FN_STATUS, 1) & VIRTIO_CONFIG_S_FEATURES_OK)) {
		sim_log("vf", "VF %u: the card does not take features 0x%lx",
			function->fn - FRL_FN_VF0, function->accepted);
		return -EOPNOTSUPP;
	}
	if (!err)
		err = write_reg(function, CONFIG_VECTOR, 2, FUNCTION_CONFIG_VECTOR);
	if (!err)
		err = write_reg(function, FRL_REG_FN_STATUS, 1, status | VIRTIO_CONFIG_S_DRIVER_OK);
	function->up = !err;
	return err;
}

int function_queue_start(struct function *function, unsigned int index,
			 const struct function_queue *queue)
{
	const struct {
		uint32_t off;
		unsigned int size;
		uint32_t val;
	} writes[] = {
		{ QUEUE_SELECT, 2, index },
		{ FRL_REG_FN_QUEUE_SIZE, 2, queue->size },
		{ QUEUE_VECTOR, 2, FUNCTION_QUEUE_VECTOR + index },
		{ FRL_REG_FN_QUEUE_DESC_LO, 4, (uint32_t)queue->desc },
		{ FRL_REG_FN_QUEUE_DESC_HI, 4, (uint32_t)(queue->desc >> 32) },
		{ FRL_REG_FN_QUEUE_DRIVER_LO, 4, (uint32_t)queue->driver },
		{ FRL_REG_FN_QUEUE_DRIVER_HI, 4, (uint32_t)(queue->driver >> 32) },
		{ FRL_REG_FN_QUEUE_DEVICE_LO, 4, (uint32_t)queue->device },
		{ FRL_REG_FN_QUEUE_DEVICE_HI, 4, (uint32_t)(queue->device >> 32) },
		{ FRL_REG_FN_QUEUE_BASE, 2, queue->base },
		{ FRL_REG_FN_QUEUE_ENABLE, 2, 1 },
		/* What the driver made available before is seen without a kick. */
		{ FRL_REG_FN_NOTIFY, 2, index },
	};
	int err = function->up ? 0 : bring_up(function);

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]) && !err; i++)
		err = write_reg(function, writes[i].off, writes[i].size, writes[i].val);
	function->running[index] = !err;
	return err;
}

uint16_t function_queue_stop(struct function *function, unsigned int index)
{
	uint64_t end = frl_rtl_cycles(board_rtl(function->board)) + STOP_CYCLES;

	function->running[index] = false;
	write_reg(function, QUEUE_SELECT, 2, index);
	write_reg(function, QUEUE_RESET, 2, 1);
	while (read_reg(function, QUEUE_RESET, 2)) {
		if (frl_rtl_cycles(board_rtl(function->board)) > end) {
			sim_log("vf", "VF %u: queue %u does not stop", function->fn - FRL_FN_VF0,
				index);
			break;
		}
	}
	return (uint16_t)read_reg(function, FRL_REG_FN_QUEUE_BASE, 2);
}

bool function_queue_running(const struct function *function, unsigned int index)
{
	return function->running[index];
}

void function_notify(struct function *function, unsigned int index)
{
	if (function->running[index])
		write_reg(function, FRL_REG_FN_NOTIFY, 2, index);
}

int function_reset(struct function *function)
{
	function->up = false;
	for (unsigned int i = 0; i < FUNCTION_QUEUES; i++)
		function->running[i] = false;
	return board_reset_fn(function->board, function->fn);
}
