/* SPDX-License-Identifier: BSD-3-Clause */
/* Register pages of the functions, seen from the card: what virtio drivers on the other side find. */
#ifndef FRL_FW_FUNCTION_H
#define FRL_FW_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

struct port;
struct card;

/* `regs`: base of the chip's registers; `fn`: function number (FRL_FN_*). */
uint64_t function_page(uint64_t regs, uint32_t fn);
/* Features of VF `vf`. */
void function_vf_init(uint64_t regs, uint32_t vf);
/* struct virtio_net_config (virtio 1.2, 5.1.4) from the port's address, carrier and MTU. */
void function_vf_config(uint64_t regs, uint32_t vf, const struct port *port);
/* Configuration was changed: generation and interrupt (virtio 1.2, 2.5). */
void function_config_changed(uint64_t regs, uint32_t fn);
/* Takes the functions whose status changed since the last call, bit f: function f. */
uint64_t function_events(uint64_t regs);
/* The function's driver has set DRIVER_OK and has not given up; a queue may have stopped (NEEDS_RESET). */
bool function_running(uint64_t regs, uint32_t fn);
/* Queues of the function that hardware has stopped since its reset, for what their driver did. */
uint32_t function_stopped_queues(uint64_t regs, uint32_t fn);

/* Features and struct frl_pf_config; a call with FRL_FW_STATE_BOOT starts a new epoch. */
void function_pf_announce(struct card *c, uint32_t state);

/* Brings the firmware's own function up as its driver (virtio 1.2, 3.1.1) and gives it its queues.
 * 0, or -1 when the device does not end its reset or does not take the features.
 */
int function_fw_start(struct card *c);

#endif
