/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a virtio driver does to a function's page (virtio 1.2, 3.1.1 and 4.1.4.3), for a frontend that is no
 * PCI driver.
 */
#ifndef SIM_VHOST_FUNCTION_H
#define SIM_VHOST_FUNCTION_H

#include "frl_chip.h"

#include "frl_chip.h"

#include <stdbool.h>
#include <stdint.h>

struct board;

/* Most queues that a function has: the PF. */
#define FUNCTION_QUEUES	      (2 * FRL_PF_PAIRS)
#define FUNCTION_CONFIG_BYTES 64
/* MSI-X vectors: configuration changes, then one a queue. */
#define FUNCTION_CONFIG_VECTOR 0
#define FUNCTION_QUEUE_VECTOR  1

/* Guest-physical addresses of the rings. */
struct function_queue {
	uint64_t desc, driver, device;
	uint16_t size, base;
};

struct function {
	struct board *board;
	unsigned int fn;
	uint64_t accepted; /* features */
	bool up;	   /* DRIVER_OK was written */
	bool running[FUNCTION_QUEUES];
};

void function_init(struct function *function, struct board *board, unsigned int fn);

/* Device features that the function offers to a frontend. */
uint64_t function_features(struct function *function);
/* Features that the frontend's driver took; a new driver begins with this. */
void function_accept(struct function *function, uint64_t features);
void function_config(struct function *function, uint8_t config[FUNCTION_CONFIG_BYTES]);

/* 0 or a negative errno value. */
int function_queue_start(struct function *function, unsigned int index,
			 const struct function_queue *queue);
/* Stops it; the index in the available ring where it would go on. */
uint16_t function_queue_stop(struct function *function, unsigned int index);
bool function_queue_running(const struct function *function, unsigned int index);
void function_notify(struct function *function, unsigned int index);
int function_reset(struct function *function);

#endif /* SIM_VHOST_FUNCTION_H */
