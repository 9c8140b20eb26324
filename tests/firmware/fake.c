/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake *fake;

#define CHECK(condition)                                                                      \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			fprintf(stderr, "fake: %s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                              \
		}                                                                             \
	} while (0)

/* Independent of the firmware's row.c on purpose: one bit at a time. */
uint64_t fake_bits(const uint32_t *row, unsigned int lsb, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < width; i++)
		value |= (uint64_t)(row[(lsb + i) / 32] >> (lsb + i) % 32 & 1) << i;
	return value;
}

static void *at(uint64_t addr, uint64_t len)
{
	CHECK(addr >= fake->base && addr - fake->base <= fake->ram_size &&
	      len <= fake->ram_size - (addr - fake->base));
	return fake->ram + (addr - fake->base);
}

void fake_reset(const struct fake_sizes *size, uint64_t base, uint64_t ram_size)
{
	static const struct fake_sizes standard = { 2, 16, 32, 8, 1024, 8192, 4096, 512, 16, 64 };
	const struct fake_sizes *s = size ? size : &standard;

	/* Kept from test to test: the allocator would spend more time on them than the tests. */
	static struct fake the_fake;
	static uint8_t *ram;
	static uint64_t ram_bytes;

	fake = &the_fake;
	memset(fake, 0, sizeof(*fake));
	fake->size = *s;
	fake->slot = calloc((size_t)s->banks * s->slots, sizeof(*fake->slot));
	fake->key = calloc(s->rules, sizeof(*fake->key));
	fake->rule = calloc(s->rules, sizeof(*fake->rule));
	fake->rule_busy = calloc(s->rules, sizeof(*fake->rule_busy));
	fake->rule_moved = calloc(s->rules, sizeof(*fake->rule_moved));
	fake->rule_places = calloc(s->rules, sizeof(*fake->rule_places));
	fake->leg = calloc(s->legs, sizeof(*fake->leg));
	fake->leg_busy = calloc(s->legs, sizeof(*fake->leg_busy));
	fake->encap = calloc(s->encaps, sizeof(*fake->encap));
	fake->team = calloc(s->teams, sizeof(*fake->team));
	if (ram_bytes != ram_size) {
		free(ram);
		ram = aligned_alloc(4096, ram_size);
		ram_bytes = ram_size;
	}
	CHECK(ram);
	memset(ram, 0xa5, ram_size);
	fake->ram = ram;
	fake->ram_size = ram_size;
	fake->base = base ? base : (uint64_t)(uintptr_t)fake->ram;
	fake->link = 1;
}

void fake_free(void)
{
	free(fake->slot);
	free(fake->key);
	free(fake->rule);
	free(fake->rule_busy);
	free(fake->rule_moved);
	free(fake->rule_places);
	free(fake->leg);
	free(fake->leg_busy);
	free(fake->encap);
	free(fake->team);
	fake = NULL;
}

/* ---- Lookup ---- */

uint64_t fake_nh(const uint32_t key[FRL_KEY_WORDS])
{
	static const uint32_t k[FRL_KEY_WORDS] = FRL_NH_KEY_INIT;
	uint64_t nh = 0;

	for (int w = 0; w < FRL_KEY_WORDS; w += 2)
		nh += (uint64_t)(uint32_t)(key[w] + k[w]) * (uint32_t)(key[w + 1] + k[w + 1]);
	return nh;
}

/* h, independent of the firmware's hash.c. */
static uint32_t table_hash(uint64_t nh, uint32_t t)
{
	uint64_t x = FRL_NH_FIN * (2ull * t + 1);
	uint64_t a = ((x ^ (x >> 32)) * FRL_NH_FIN) | 1;
	uint64_t b = (a << 29 | a >> 35) | 1;

	return (uint32_t)(((nh & 0xffffffff) * a + (nh >> 32) * b) >> 32);
}

static uint32_t rows(void)
{
	return fake->size.slots / 8;
}

static uint64_t *slot_at(uint32_t bank, uint32_t sub, uint32_t row, uint32_t way)
{
	CHECK(bank < fake->size.banks && sub < 2 && row < rows() && way < 4);
	return &fake->slot[((bank * 2 + sub) * rows() + row) * 4 + way];
}

/* What has been found so far. */
struct find {
	uint64_t rank; /* Priority value, then rule. */
	int64_t rule;
	bool compare; /* Only rules whose key is right. */
};

static void offer(struct find *f, uint32_t prio, uint32_t rule, const uint32_t *masked)
{
	uint64_t rank = (uint64_t)prio << 20 | rule;

	if (rank >= f->rank ||
	    (f->compare && memcmp(fake->key[rule], masked, FRL_KEY_WORDS * 4) != 0))
		return;
	f->rank = rank;
	f->rule = rule;
}

static void probe_bank(struct find *f, const uint32_t *masked, uint32_t bank)
{
	uint64_t nh = fake_nh(masked);

	for (uint32_t sub = 0; sub < 2; sub++) {
		uint32_t h = table_hash(nh, 2 * bank + sub);
		uint32_t row = (uint32_t)((uint64_t)h * rows() >> 32);

		for (uint32_t way = 0; way < 4; way++) {
			uint64_t slot = *slot_at(bank, sub, row, way);

			if ((slot & 1) && (slot >> FRL_SLOT_FP_LSB & 0xffffff) == (h & 0xffffff))
				offer(f, slot >> FRL_SLOT_PRIO_LSB & 0xffff,
				      slot >> FRL_SLOT_RULE_LSB & 0xfffff, masked);
		}
	}
}

static void mask_key(uint32_t *to, const uint32_t *key, const uint32_t *mask)
{
	for (int w = 0; w < FRL_KEY_WORDS; w++)
		to[w] = key[w] & mask[w];
}

/* True: the winner's key is right, where it was compared under the winner's mask. */
static bool find(struct find *f, const uint32_t *key)
{
	uint32_t m[FRL_KEY_WORDS], won[FRL_KEY_WORDS] = { 0 };

	for (uint32_t bank = 0; bank < fake->size.banks; bank++) {
		int64_t before = f->rule;

		if (!fake_bits(fake->bank[bank], FRL_BANK_ENABLE_LSB, 1))
			continue;
		mask_key(m, key, fake->bank[bank]);
		probe_bank(f, m, bank);
		if (f->rule != before)
			memcpy(won, m, sizeof(won));
	}
	for (uint32_t i = 0; i < fake->size.tcam; i++) {
		const struct fake_tcam *t = &fake->tcam[i];
		int64_t before = f->rule;

		mask_key(m, key, t->mask);
		if (t->valid && !memcmp(m, t->key, sizeof(m)))
			offer(f, t->prio, t->rule, m);
		if (f->rule != before)
			memcpy(won, m, sizeof(won));
	}
	return f->rule < 0 || !memcmp(fake->key[f->rule], won, sizeof(won));
}

int64_t fake_lookup(const uint32_t key[FRL_KEY_WORDS])
{
	struct find f = { .rank = UINT64_MAX, .rule = -1, .compare = true };

	find(&f, key);
	return f.rule;
}

int64_t fake_lookup_hw(const uint32_t key[FRL_KEY_WORDS])
{
	struct find f = { .rank = UINT64_MAX, .rule = -1 };

	return find(&f, key) ? f.rule : FAKE_LIE;
}

/* ---- Update ring ---- */

static void mark_busy(uint32_t rule)
{
	uint32_t leg = fake->rule[rule] & 0xffff;

	fake->rule_busy[rule] = true;
	for (unsigned int n = 0; leg && n < 8; n++) {
		fake->leg_busy[leg] = true;
		leg = (uint32_t)fake_bits(fake->leg[leg], FRL_LEG_NEXT_LEG_LSB, 16);
	}
}

/* After a DRAIN only what published slots use is busy. */
static void drain(void)
{
	memset(fake->rule_busy, 0, fake->size.rules * sizeof(*fake->rule_busy));
	memset(fake->leg_busy, 0, fake->size.legs * sizeof(*fake->leg_busy));
	for (size_t i = 0; i < (size_t)fake->size.banks * fake->size.slots; i++)
		if (fake->slot[i] & 1)
			mark_busy(fake->slot[i] >> FRL_SLOT_RULE_LSB & 0xfffff);
	for (uint32_t i = 0; i < fake->size.tcam; i++)
		if (fake->tcam[i].valid)
			mark_busy(fake->tcam[i].rule);
}

/* ---- Fences: lookups in flight have read other places or masks than those behind them ---- */

static void fence(void)
{
	memset(fake->rule_moved, 0, fake->size.rules * sizeof(*fake->rule_moved));
	memset(fake->bank_cleared, 0, sizeof(fake->bank_cleared));
	memset(fake->bank_changed, 0, sizeof(fake->bank_changed));
}

static void gain_place(uint32_t rule)
{
	CHECK(rule < fake->size.rules);
	fake->rule_places[rule]++;
	fake->rule_moved[rule] = true;
}

/* A rule that goes for good may go at once, one that has moved only after a fence. */
static void lose_place(uint32_t rule)
{
	CHECK(--fake->rule_places[rule] == 0 || !fake->rule_moved[rule]);
}

/* hw/data/chip.toml, row tcam: invalid first, then the mask, then the row. */
static void write_tcam(uint32_t index, const uint32_t *row)
{
	struct fake_tcam *t = &fake->tcam[index];
	bool valid = fake_bits(row, FRL_TCAM_VALID_LSB, 1);

	CHECK(index < fake->size.tcam && !(valid && t->valid));
	if (t->valid)
		lose_place(t->rule);
	*t = (struct fake_tcam){ .valid = valid,
				 .prio = (uint16_t)fake_bits(row, FRL_TCAM_PRIO_LSB, 16),
				 .rule = (uint32_t)fake_bits(row, FRL_TCAM_RULE_LSB, 20) };
	if (!valid)
		return;
	CHECK(t->rule < fake->size.rules);
	memcpy(t->key, row, sizeof(t->key));
	memcpy(t->mask, fake->tcam_mask[index], sizeof(t->mask));
	CHECK(!memcmp(t->key, fake->key[t->rule], sizeof(t->key)));
	gain_place(t->rule);
	mark_busy(t->rule);
}

static void write_slot(uint32_t index, const uint32_t *row)
{
	uint64_t slot = row[0] | (uint64_t)row[1] << 32, *at_slot;

	CHECK((index & ~0x1f13ffffu) == 0);
	at_slot = slot_at(index >> 24, index >> 20 & 1, index & 0xffff, index >> 16 & 3);
	if (*at_slot & 1) {
		lose_place(*at_slot >> FRL_SLOT_RULE_LSB & 0xfffff);
		fake->bank_cleared[index >> 24] = true;
	}
	*at_slot = slot;
	if (slot & 1) {
		CHECK(!fake->bank_changed[index >> 24]);
		gain_place(slot >> FRL_SLOT_RULE_LSB & 0xfffff);
		CHECK((slot >> FRL_SLOT_RULE_LSB & 0xfffff) < fake->size.rules);
		CHECK(fake_bits(fake->bank[index >> 24], FRL_BANK_ENABLE_LSB, 1));
		mark_busy(slot >> FRL_SLOT_RULE_LSB & 0xfffff);
	}
}

static void write_row(uint32_t table, uint32_t index, const uint32_t *row)
{
	switch (table) {
	case FRL_TABLE_BANK:
		CHECK(index < fake->size.banks && !fake->bank_cleared[index]);
		fake->bank_changed[index] = true;
		memcpy(fake->bank[index], row, sizeof(fake->bank[0]));
		break;
	case FRL_TABLE_SLOT:
		write_slot(index, row);
		break;
	case FRL_TABLE_KEY:
		CHECK(index < fake->size.rules && !fake->rule_busy[index]);
		memcpy(fake->key[index], row, sizeof(fake->key[0]));
		break;
	case FRL_TABLE_RULE:
		CHECK(index < fake->size.rules);
		fake->rule[index] = row[0] | (uint64_t)row[1] << 32;
		CHECK((fake->rule[index] & 0xffff) &&
		      (fake->rule[index] & 0xffff) < fake->size.legs);
		if (fake->rule_busy[index])
			mark_busy(index);
		break;
	case FRL_TABLE_LEG:
		CHECK(index && index < fake->size.legs && !fake->leg_busy[index]);
		memcpy(fake->leg[index], row, sizeof(fake->leg[0]));
		break;
	case FRL_TABLE_ENCAP:
		CHECK(index < fake->size.encaps);
		memcpy(fake->encap[index], row, sizeof(fake->encap[0]));
		break;
	case FRL_TABLE_TEAM:
		CHECK(index < fake->size.teams);
		memcpy(fake->team[index], row, sizeof(fake->team[0]));
		break;
	case FRL_TABLE_TCAM_MASK:
		CHECK(index < fake->size.tcam && !fake->tcam[index].valid);
		memcpy(fake->tcam_mask[index], row, sizeof(fake->tcam_mask[0]));
		break;
	case FRL_TABLE_TCAM:
		write_tcam(index, row);
		break;
	default:
		CHECK(!"table");
	}
	fake->count_writes[table]++;
}

static uint32_t chip(uint32_t reg)
{
	return fake->reg[reg / 4];
}

static uint64_t chip64(uint32_t reg)
{
	return chip(reg) | (uint64_t)chip(reg + 4) << 32;
}

static void hash_keys(const struct frl_upd_entry *e)
{
	CHECK(e->count >= 1 && e->count <= 1024);
	CHECK(e->src % 8 == 0 && e->dst % 8 == 0 && e->stride % 8 == 0);
	for (uint32_t i = 0; i < e->count; i++) {
		uint64_t nh = fake_nh(at(e->src + (uint64_t)i * e->stride, FRL_KEY_BYTES));

		memcpy(at(e->dst + 8ull * i, 8), &nh, 8);
	}
	fake->hashed += e->count;
}

static void run_entry(void)
{
	uint32_t mask = chip(FRL_REG_CHIP_UPD_RING_SIZE) - 1;
	const struct frl_upd_entry *e =
		at(chip64(FRL_REG_CHIP_UPD_RING_LO) +
			   (uint64_t)(fake->upd_tail & mask) * FRL_UPD_ENTRY_BYTES,
		   FRL_UPD_ENTRY_BYTES);
	const uint32_t *row = (const void *)(e + 1);

	fake->upd_tail++;
	CHECK(e->op < FRL_UPD_OP_COUNT);
	fake->count_ops[e->op]++;
	if (e->op == FRL_UPD_OP_WRITE)
		write_row(e->table, e->index, row);
	else if (e->op == FRL_UPD_OP_LOOKUP_FENCE)
		fence();
	else if (e->op == FRL_UPD_OP_DRAIN)
		fence(), drain();
	else if (e->op == FRL_UPD_OP_HASH)
		hash_keys(e);
	else if (e->op == FRL_UPD_OP_COUNTER_CLEAR)
		CHECK(e->index < fake->size.rules && !fake->rule_busy[e->index]);
	if (fake->on_entry)
		fake->on_entry(e, row);
}

void fake_run_updates(void)
{
	if (fake->upd_tail == chip(FRL_REG_CHIP_UPD_HEAD))
		return;
	CHECK(chip(FRL_REG_CHIP_UPD_HEAD) - fake->upd_tail <= chip(FRL_REG_CHIP_UPD_RING_SIZE));
	while (fake->upd_tail != chip(FRL_REG_CHIP_UPD_HEAD))
		run_entry();
	if (fake->refuse_updates)
		fake->upd_error |= 2;
	memcpy(at(chip64(FRL_REG_CHIP_UPD_DONE_LO), 4), &fake->upd_tail, 4);
	fake->irq_status |= FRL_IRQ_UPD;
}

/* ---- Queues of the firmware function (virtio 1.2, 2.7) ---- */

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/* Takes the next available descriptor, or NULL. */
static const struct desc *next_desc(struct fake_queue *q, uint16_t *id)
{
	uint16_t *avail;

	if (!q->enabled)
		return NULL;
	avail = at(q->avail, 4 + 2ul * q->size);
	if (avail[1] == q->index)
		return NULL;
	CHECK((uint16_t)(avail[1] - q->index) <= q->size);
	*id = avail[2 + q->index % q->size];
	CHECK(*id < q->size);
	return at(q->desc + *id * sizeof(struct desc), sizeof(struct desc));
}

static void use_desc(struct fake_queue *q, uint16_t id, uint32_t len)
{
	uint16_t *used = at(q->used, 4 + 8ul * q->size);
	uint32_t *element = (uint32_t *)(void *)(used + 2) + 2 * (q->index % q->size);
	uint16_t *avail = at(q->avail, 4);

	element[0] = id;
	element[1] = len;
	q->index++;
	used[1] = q->index;
	if (!(avail[0] & 1))
		fake->irq_status |= FRL_IRQ_FWQ;
}

bool fake_send(uint8_t port, const void *messages, size_t len)
{
	struct fake_queue *q = &fake->queue[0];
	struct frl_pkt_meta meta = { .src_port = port };
	uint16_t id;
	const struct desc *d = next_desc(q, &id);

	if (!d)
		return false;
	CHECK(d->flags == 2);
	len = len + sizeof(meta) > d->len ? d->len - sizeof(meta) : len;
	memcpy(at(d->addr, d->len), &meta, sizeof(meta));
	memcpy(at(d->addr + sizeof(meta), len), messages, len);
	use_desc(q, id, (uint32_t)(len + sizeof(meta)));
	return true;
}

void fake_run_tx(void)
{
	struct fake_queue *q = &fake->queue[1];
	const struct desc *d;
	uint16_t id;

	while ((d = next_desc(q, &id)) != NULL) {
		const struct frl_pkt_meta *meta = at(d->addr, d->len);

		CHECK(d->flags == 0 && d->len >= sizeof(*meta) + sizeof(struct frl_msg));
		CHECK(meta->flags == FRL_META_FLAG_DIRECT && meta->dst_port == FRL_PORT_HOST);
		if (fake->out_at == fake->out_len)
			fake->out_at = fake->out_len = 0;
		CHECK(fake->out_len + d->len <= sizeof(fake->out));
		memcpy(fake->out + fake->out_len, meta + 1, d->len - sizeof(*meta));
		fake->out_len += d->len - sizeof(*meta);
		fake->out_frames++;
		use_desc(q, id, 0);
	}
}

const struct frl_msg *fake_reply(void)
{
	const struct frl_msg *m = (const void *)(fake->out + fake->out_at);

	if (fake->out_at == fake->out_len)
		return NULL;
	CHECK(m->length >= sizeof(*m) && m->length % 8 == 0);
	CHECK(m->length <= fake->out_len - fake->out_at);
	fake->out_at += m->length;
	return m;
}

/* ---- Registers ---- */

void fake_set_link(uint32_t link)
{
	fake->link = link;
	fake->irq_status |= FRL_IRQ_LINK;
}

void fake_set_status(uint32_t fn, uint8_t status)
{
	uint32_t reg = FRL_BASE_FN + fn * FRL_BASE_FN_STRIDE + FRL_REG_FN_FN_STATUS;

	fake->reg[reg / 4] = status;
	fake->fn_event |= 1ull << fn;
	fake->irq_status |= FRL_IRQ_FN;
}

bool fake_irq(void)
{
	return (fake->irq_status & fake->irq_enable) != 0;
}

static uint32_t read_word(uint32_t offset)
{
	const struct fake_sizes *s = &fake->size;

	switch (offset) {
	case FRL_REG_CHIP_ID:
		return FRL_CHIP_ID;
	case FRL_REG_CHIP_VERSION:
		return FRL_CHIP_VERSION;
	case FRL_REG_CHIP_CAP_PORTS:
		return s->wires | s->vfs << 8 | s->pf_pairs << 16;
	case FRL_REG_CHIP_CAP_BANKS:
		return s->banks | s->slots << 16;
	case FRL_REG_CHIP_CAP_RULES:
		return s->rules;
	case FRL_REG_CHIP_CAP_LEGS:
		return s->legs;
	case FRL_REG_CHIP_CAP_ENCAPS:
		return s->encaps;
	case FRL_REG_CHIP_CAP_TEAMS:
		return s->teams;
	case FRL_REG_CHIP_CAP_TCAM:
		return s->tcam;
	case FRL_REG_CHIP_IRQ_STATUS:
		return fake->irq_status;
	case FRL_REG_CHIP_LINK:
		return fake->link;
	case FRL_REG_CHIP_FN_EVENT0:
		return (uint32_t)fake->fn_event;
	case FRL_REG_CHIP_FN_EVENT1:
		return (uint32_t)(fake->fn_event >> 32);
	case FRL_REG_CHIP_UPD_TAIL:
		return fake->upd_tail;
	case FRL_REG_CHIP_UPD_ERROR:
		return fake->upd_error;
	default:
		return fake->reg[offset / 4];
	}
}

uint32_t fake_read(uint32_t offset, unsigned int bytes)
{
	uint32_t value;

	CHECK(offset < FAKE_REG_SIZE && offset % bytes == 0);
	fake->reads++;
	value = read_word(offset & ~3u) >> 8 * (offset & 3);
	return bytes == 4 ? value : value & ((1u << 8 * bytes) - 1);
}

/* Common configuration and NOTIFY of the firmware function. */
static void write_fw(uint32_t offset, uint32_t value)
{
	struct fake_queue *q;
	uint32_t page = FRL_BASE_FN + FRL_FN_FW * FRL_BASE_FN_STRIDE;

	if (offset == FRL_REG_FN_STATUS + 2)
		fake->queue_select = (uint16_t)value;
	CHECK(fake->queue_select < 2);
	q = &fake->queue[fake->queue_select];
	if (offset == FRL_REG_FN_QUEUE_SIZE) {
		q->size = (uint16_t)value;
	} else if (offset == FRL_REG_FN_QUEUE_ENABLE && value) {
		const uint32_t *reg = &fake->reg[page / 4];

		q->desc = reg[FRL_REG_FN_QUEUE_DESC_LO / 4] |
			  (uint64_t)reg[FRL_REG_FN_QUEUE_DESC_HI / 4] << 32;
		q->avail = reg[FRL_REG_FN_QUEUE_DRIVER_LO / 4] |
			   (uint64_t)reg[FRL_REG_FN_QUEUE_DRIVER_HI / 4] << 32;
		q->used = reg[FRL_REG_FN_QUEUE_DEVICE_LO / 4] |
			  (uint64_t)reg[FRL_REG_FN_QUEUE_DEVICE_HI / 4] << 32;
		q->enabled = true;
	} else if (offset == FRL_REG_FN_NOTIFY) {
		fake->notifies++;
		if (value == 1 && !fake->hold_tx)
			fake_run_tx();
	}
}

static void write_special(uint32_t offset, uint32_t value)
{
	uint32_t fw = FRL_BASE_FN + FRL_FN_FW * FRL_BASE_FN_STRIDE;

	switch (offset) {
	case FRL_REG_CHIP_IRQ_STATUS:
		fake->irq_status &= ~value;
		break;
	case FRL_REG_CHIP_IRQ_ENABLE:
		fake->irq_enable = value;
		break;
	case FRL_REG_CHIP_FN_EVENT0:
		fake->fn_event &= ~(uint64_t)value;
		break;
	case FRL_REG_CHIP_FN_EVENT1:
		fake->fn_event &= ~((uint64_t)value << 32);
		break;
	case FRL_REG_CHIP_UPD_ERROR:
		fake->upd_error &= ~value;
		break;
	case FRL_REG_CHIP_UPD_HEAD:
		fake->doorbells++;
		if (!fake->hold_updates)
			fake_run_updates();
		break;
	default:
		if (offset >= fw && offset < fw + FRL_BASE_FN_STRIDE)
			write_fw(offset - fw, value);
	}
}

void fake_write(uint32_t offset, uint32_t value, unsigned int bytes)
{
	uint32_t shift = 8 * (offset & 3);
	uint32_t mask = bytes == 4 ? 0xffffffff : ((1u << 8 * bytes) - 1) << shift;

	CHECK(offset < FAKE_REG_SIZE && offset % bytes == 0);
	fake->writes++;
	fake->reg[offset / 4] = (fake->reg[offset / 4] & ~mask) | (value << shift & mask);
	write_special(offset, value);
}
