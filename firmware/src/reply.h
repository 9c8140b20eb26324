/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies and events: gathered into frames for the host, at once or when their updates are done. */
#ifndef FRL_FW_REPLY_H
#define FRL_FW_REPLY_H

#include "card.h"

/* A frame of replies fits into any receive buffer that a host is likely to post. */
#define TX_BYTES 1536

/* `n` transmit buffers are free; otherwise an interrupt tells when one comes back. */
bool reply_buffers(struct card *c, uint32_t n);
/* Adds a reply to the open frame; reply_buffers(c, 1) must have said yes. */
void reply_now(struct card *c, uint32_t seq, uint16_t opcode, const struct reply *rep);
/* Keeps a reply until the update entries so far are finished; body of at most 16 bytes. */
void reply_later(struct card *c, uint32_t seq, uint16_t opcode, const struct reply *rep);

#endif
