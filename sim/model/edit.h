/* SPDX-License-Identifier: BSD-3-Clause */
/* What a leg does to a frame. `leg` and `row` are rows of chip.toml that the caller has read; `p` is the parse result. */
#ifndef FRL_MODEL_EDIT_H
#define FRL_MODEL_EDIT_H

#include "model.h"

/* enum frl_punt: not NONE when the leg leaves this frame to the host, whether or not its edits would apply. */
uint8_t frl_edit_check(const struct frl_model_parsed *p, const uint32_t *leg, const uint8_t *frame);

/* Decap, pop, set fields, push; `frame` has FRL_MODEL_FRAME_MAX bytes, *len of them in use. */
void frl_edit(const struct frl_model_parsed *p, const uint32_t *leg, uint8_t *frame, size_t *len);
/* Put the outer headers of an encap row before it. */
void frl_encap(const uint32_t *row, uint32_t hash, uint8_t *frame, size_t *len);

#endif /* FRL_MODEL_EDIT_H */
