/* SPDX-License-Identifier: BSD-3-Clause */
#include "update.h"

#include <string.h>

#include "hal.h"
#include "log.h"
#include "pool.h"

static const uint16_t row_bits[] = {
	[FRL_TABLE_BANK] = FRL_ROW_BANK_W,
	[FRL_TABLE_SLOT] = FRL_ROW_SLOT_W,
	[FRL_TABLE_KEY] = 1280,
	[FRL_TABLE_RULE] = FRL_ROW_RULE_W,
	[FRL_TABLE_LEG] = FRL_ROW_LEG_W,
	[FRL_TABLE_ENCAP] = FRL_ROW_ENCAP_W,
	[FRL_TABLE_TEAM] = FRL_ROW_TEAM_W,
	[FRL_TABLE_TCAM_MASK] = 1280,
	[FRL_TABLE_TCAM] = FRL_ROW_TCAM_W,
};

void update_alloc(struct update *u, struct arena *a, uint32_t size)
{
	u->size = size;
	u->ring = arena_take_raw(a, size, FRL_UPD_ENTRY_BYTES, FRL_UPD_ENTRY_BYTES);
	u->done = arena_take(a, 1, sizeof(*u->done), 64);
}

static void write64(uint64_t addr, const volatile void *pointer)
{
	uint64_t value = (uint64_t)(uintptr_t)pointer;

	hal_write32(addr, (uint32_t)value);
	hal_write32(addr + 4, (uint32_t)(value >> 32));
}

/* The engine's count starts at its last head: a firmware that starts again goes on from there. */
void update_enable(struct update *u, uint64_t regs)
{
	u->regs = regs;
	write64(regs + FRL_REG_CHIP_UPD_RING_LO, u->ring);
	hal_write32(regs + FRL_REG_CHIP_UPD_RING_SIZE, u->size);
	write64(regs + FRL_REG_CHIP_UPD_DONE_LO, u->done);
	u->head = hal_read32(regs + FRL_REG_CHIP_UPD_TAIL);
	u->rung = u->head;
	u->finished = u->head;
}

bool update_room(const struct update *u, uint32_t n)
{
	return u->size - (u->head - u->finished) > n; /* One is kept for the DRAIN. */
}

static struct frl_upd_entry *append(struct update *u, enum frl_upd_op op, uint32_t index)
{
	struct frl_upd_entry *e =
		(void *)(u->ring + (uint64_t)(u->head & (u->size - 1)) * FRL_UPD_ENTRY_BYTES);

	u->head++;
	memset(e, 0, sizeof(*e));
	e->op = (uint8_t)op;
	e->index = index;
	return e;
}

uint32_t *update_write(struct update *u, enum frl_table table, uint32_t index)
{
	struct frl_upd_entry *e = append(u, FRL_UPD_OP_WRITE, index);

	e->table = (uint8_t)table;
	return memset(e + 1, 0, row_bits[table] / 8u);
}

void update_op(struct update *u, enum frl_upd_op op, uint32_t index)
{
	append(u, op, index);
}

void update_hash(struct update *u, const struct hash_run *run)
{
	struct frl_upd_entry *e = append(u, FRL_UPD_OP_HASH, 0);

	e->src = (uint64_t)(uintptr_t)run->keys;
	e->dst = (uint64_t)(uintptr_t)run->sums;
	e->stride = run->stride;
	e->count = run->count;
}

void update_drain(struct update *u)
{
	u->drain = true;
}

bool update_idle(const struct update *u)
{
	return u->head == u->finished && !u->drain;
}

void update_flush(struct update *u)
{
	if (u->rung != u->finished || update_idle(u))
		return;
	if (u->drain)
		append(u, FRL_UPD_OP_DRAIN, 0);
	u->drain = false;
	u->rung = u->head;
	for (unsigned int i = 0; i < UPDATE_POOLS; i++)
		pool_ring(u->pools[i]);
	hal_wmb();
	hal_write32(u->regs + FRL_REG_CHIP_UPD_HEAD, u->head);
}

bool update_finish(struct update *u, bool *ok)
{
	uint32_t error;

	/* The count in memory saves a read over the register bus; the register has the last word. */
	if (u->rung == u->finished ||
	    (*u->done != u->rung && hal_read32(u->regs + FRL_REG_CHIP_UPD_TAIL) != u->rung))
		return false;
	hal_rmb();
	u->finished = u->rung;
	for (unsigned int i = 0; i < UPDATE_POOLS; i++)
		pool_finish(u->pools[i]);
	error = hal_read32(u->regs + FRL_REG_CHIP_UPD_ERROR);
	*ok = error == 0;
	if (error) {
		hal_write32(u->regs + FRL_REG_CHIP_UPD_ERROR, error);
		u->errors++;
		log_line("table update refused by hardware, UPD_ERROR %x", error);
	}
	return true;
}
