/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What frl_rtl.h promises, of whichever chip is linked in: the same program runs on the RTL and on the reference model.
 * Registers, function pages, virtqueues, update ring, counters; of packets only what shows those.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "frames.h"
#include "host.h"

#define VF0	 FRL_FN_VF0
#define VF0_PORT FRL_PORT_VF0
#define META	 sizeof(struct frl_pkt_meta)
#define VHDR	 FRL_VIRTIO_HDR_BYTES
#define ENABLE	 FRL_REG_PORT_CTRL_ENABLE_MASK
#define LEN	 HOST_FRAME

static uint32_t rules(struct host *host)
{
	return host_card_read(host, FRL_REG_CHIP_CAP_RULES);
}

/* ---- Registers ---- */

static void registers_after_reset(void **state)
{
	struct host *host = *state;
	uint32_t val;

	assert_int_equal(host_card_read(host, FRL_REG_CHIP_ID), FRL_CHIP_ID);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_VXLAN_PORT), 4789);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_GENEVE_PORT), 6081);
	assert_int_equal(host_card_read(host, FRL_BASE_PORT), 0);
	assert_int_equal(host_card_read(host, FRL_BASE_PORT + FRL_PORT_FW * FRL_BASE_PORT_STRIDE),
			 ENABLE);
	assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_CONFIG_MSIX, 4),
			 2 * FRL_PF_PAIRS << 16 | FRL_MSIX_NONE);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_CONFIG_MSIX + 2, 2), 2);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_QUEUE_SIZE, 4),
			 FRL_MSIX_NONE << 16 | FRL_QUEUE_SIZE_MAX);
	/* Functions that are not there, and what a host does not reach. */
	assert_int_equal(host_fn_read(host, FRL_FN_FW - 1, FRL_REG_FN_QUEUE_SIZE, 4), 0);
	host_card_write(host, FRL_BASE_FN + VF0 * FRL_BASE_FN_STRIDE + FRL_REG_FN_FEATURES_LO, 5);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_FEATURES_LO, 4), 0);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_DEVICE_FEATURE, 4), 5);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_ID + 0xff8), 0);
	assert_int_equal(frl_rtl_read(host->rtl, FRL_RTL_CARD, 0, 2, 4, &val), -EINVAL);
	assert_int_equal(frl_rtl_read(host->rtl, FRL_RTL_CARD, 0, 1u << 20, 4, &val), -EINVAL);
	assert_int_equal(frl_rtl_read(host->rtl, FRL_RTL_HOST, FRL_N_FNS, 0, 4, &val), -EINVAL);
	assert_int_equal(frl_rtl_read(host->rtl, FRL_RTL_HOST, 0, 1u << 12, 4, &val), -EINVAL);
}

/* Each of its bits can be set and cleared. */
static void keeps(struct host *host, uint32_t addr, uint32_t bits)
{
	for (unsigned int i = 0; i < 2; i++) {
		host_card_write(host, addr, UINT32_MAX);
		assert_int_equal(host_card_read(host, addr), bits);
		host_card_write(host, addr, 0);
		assert_int_equal(host_card_read(host, addr), 0);
	}
}

static void only_bits_with_a_meaning_are_kept(void **state)
{
	struct host *host = *state;

	for (uint32_t i = 0; i < FRL_GNV_WORDS; i++)
		keeps(host, FRL_REG_CHIP_GNV_SEL + 4 * i, ~(3u << 29));
	for (uint32_t i = 0; i < FRL_N_PORTS; i++)
		keeps(host, FRL_BASE_PORT + i * FRL_BASE_PORT_STRIDE, 0xffff1f03);
	for (unsigned int fn = 0; fn < FRL_N_FNS; fn += FRL_FN_FW) {
		keeps(host, FRL_BASE_FN + fn * FRL_BASE_FN_STRIDE + FRL_REG_FN_FEATURES_LO,
		      UINT32_MAX);
		keeps(host, FRL_BASE_FN + fn * FRL_BASE_FN_STRIDE + FRL_REG_FN_FEATURES_HI,
		      UINT32_MAX);
	}
	keeps(host, FRL_REG_CHIP_VXLAN_PORT, UINT16_MAX);
	keeps(host, FRL_REG_CHIP_GENEVE_PORT, UINT16_MAX);
	host_card_write(host, FRL_REG_CHIP_CNT_CTRL, 0);
	keeps(host, FRL_REG_CHIP_CNT_BASE_LO, UINT32_MAX);
	keeps(host, FRL_REG_CHIP_CNT_BASE_HI, UINT32_MAX);
	keeps(host, FRL_REG_CHIP_UPD_RING_LO, UINT32_MAX);
	keeps(host, FRL_REG_CHIP_UPD_RING_HI, UINT32_MAX);
	keeps(host, FRL_REG_CHIP_UPD_DONE_LO, UINT32_MAX);
	keeps(host, FRL_REG_CHIP_UPD_DONE_HI, UINT32_MAX);
	keeps(host, FRL_REG_CHIP_UPD_RING_SIZE, UINT32_MAX);
	host_card_write(host, FRL_REG_CHIP_ID, 0);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_ID), FRL_CHIP_ID);
}

/* Whatever was set and under way; the frame may have come out before. */
static void reset_is_as_at_first(void **state)
{
	struct host *host = *state;
	struct host_queue rx;
	unsigned int looked_up;

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &rx, FRL_FN_PF, 0, 0);
	host_port(host, 1, ENABLE);
	assert_int_equal(frl_rtl_rx(host->rtl, 1, host_frame, LEN, 0, false), 0);
	frl_rtl_step(host->rtl, 20);
	frl_rtl_reset(host->rtl);
	looked_up = host->lookups;
	host_wire_in(host, 1, LEN, false);
	assert_int_equal(host->lookups, looked_up);
	assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_STATUS, 1), 0);
	assert_int_equal(host_card_read(host, FRL_BASE_PORT + FRL_BASE_PORT_STRIDE), 0);
	registers_after_reset(state);
}

static void link_interrupts(void **state)
{
	struct host *host = *state;

	host_card_write(host, FRL_REG_CHIP_IRQ_STATUS, UINT32_MAX);
	host_card_write(host, FRL_REG_CHIP_IRQ_ENABLE, FRL_IRQ_LINK);
	assert_false(frl_rtl_irq(host->rtl));
	frl_rtl_set_link(host->rtl, 2);
	frl_rtl_step(host->rtl, 4);
	assert_true(frl_rtl_irq(host->rtl));
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_LINK), 2);
	host_card_write(host, FRL_REG_CHIP_IRQ_STATUS, FRL_IRQ_LINK);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_IRQ_STATUS), 0);
	frl_rtl_step(host->rtl, 4);
	assert_false(frl_rtl_irq(host->rtl));
	/* Down is told as up is. */
	for (unsigned int link = 1; link < 4; link--) {
		frl_rtl_set_link(host->rtl, link);
		frl_rtl_step(host->rtl, 4);
		assert_true(frl_rtl_irq(host->rtl));
		assert_int_equal(host_card_read(host, FRL_REG_CHIP_LINK), link);
		host_card_write(host, FRL_REG_CHIP_IRQ_STATUS, FRL_IRQ_LINK);
	}
}

/* FEATURES_OK needs VERSION_1 and nothing that was not offered; each change of the status is told to firmware. */
static void features_are_negotiated(void **state)
{
	struct host *host = *state;
	const uint32_t status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	host_fn_start(host, VF0);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_FN_EVENT0), 1u << VF0);
	host_card_write(host, FRL_REG_CHIP_FN_EVENT0, 1u << VF0);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_FN_EVENT0), 0);
	host_fn_write(host, VF0, FRL_REG_FN_STATUS, 1, 0);
	while (host_fn_read(host, VF0, FRL_REG_FN_STATUS, 1))
		;
	host_fn_write(host, VF0, FRL_REG_FN_STATUS, 1, status);
	host_fn_write(host, VF0, FRL_REG_FN_STATUS, 1, status | VIRTIO_CONFIG_S_FEATURES_OK);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_STATUS, 1), status);
	host_fn_write(host, VF0, FRL_REG_FN_DRIVER_FEATURE, 4, 1);
	host_fn_write(host, VF0, FRL_REG_FN_DRIVER_FEATURE_SELECT, 4, 1);
	host_fn_write(host, VF0, FRL_REG_FN_DRIVER_FEATURE, 4, 1);
	host_fn_write(host, VF0, FRL_REG_FN_STATUS, 1, status | VIRTIO_CONFIG_S_FEATURES_OK);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_STATUS, 1), status);
	assert_int_equal(
		host_card_read(host, FRL_BASE_FN + VF0 * FRL_BASE_FN_STRIDE + FRL_REG_FN_ACKED_HI),
		1);
	assert_int_equal(
		host_card_read(host, FRL_BASE_FN + VF0 * FRL_BASE_FN_STRIDE + FRL_REG_FN_ACKED_LO),
		1);
}

static void configuration_changes_are_told(void **state)
{
	struct host *host = *state;
	const uint32_t page = FRL_BASE_FN + VF0 * FRL_BASE_FN_STRIDE;
	const uint32_t before = host_fn_read(host, VF0, FRL_REG_FN_STATUS + 1, 1);

	host_fn_start(host, VF0);
	host_fn_write(host, VF0, FRL_REG_FN_CONFIG, 4, 1);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_CONFIG, 4), 0);
	host_card_write(host, page + FRL_REG_FN_CONFIG, 0x11223344);
	host_card_write(host, page + FRL_REG_FN_FN_CTRL, 1);
	host_settle(host);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_CONFIG + 1, 1), 0x33);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_STATUS + 1, 1), before + 1);
	assert_int_equal(host->msix[VF0][0], 1);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_ISR, 1), 2);
	assert_int_equal(host_fn_read(host, VF0, FRL_REG_FN_ISR, 1), 0);
}

/* ---- Frames and the slow path ---- */

static void misses_reach_the_host(void **state)
{
	struct host *host = *state;
	struct host_queue rx;
	struct frl_pkt_meta meta;

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &rx, FRL_FN_PF, 6, 0);
	host_port(host, 1, ENABLE | 3 << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB);
	host_wire_in(host, 1, LEN, false);
	meta = host_received(&rx);
	assert_int_equal(meta.src_port, 1);
	assert_int_equal(meta.reason, FRL_PUNT_MISS);
	assert_int_equal(meta.flags, 0);
	assert_int_equal(host->msix[FRL_FN_PF][7], 1);
	assert_int_equal(host_fn_read(host, FRL_FN_PF, FRL_REG_FN_ISR, 1), 1);
	assert_int_equal(host_port_count(host, 1, FRL_PORT_COUNTER_RX), 1);
	assert_int_equal(host_port_count(host, 1, FRL_PORT_COUNTER_RX_SLOW), 1);
	assert_int_equal(host_port_count(host, FRL_PORT_HOST, FRL_PORT_COUNTER_TX), 1);
	assert_int_equal(host_counter(host, FRL_COUNTER_PUNT(rules(host)) + FRL_PUNT_MISS).bytes,
			 LEN);
	assert_int_equal(host->lookups, 1);
	assert_int_equal(host->leaves, 1);
	/* A driver that does not want interrupts (virtio 1.2, 2.7.7). */
	rx.ring.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	host_wire_in(host, 1, LEN, false);
	host_received(&rx);
	assert_int_equal(host->msix[FRL_FN_PF][7], 1);
}

/* Interrupts of a card whose link to the host stands still at any time: one for each frame that was taken before the next. */
static void interrupts_wait_for_the_link(void **state)
{
	static const struct frl_rtl_stalls often = { .dma_wr = 75 }, none;
	struct host *host = *state;
	struct host_queue rx;

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &rx, FRL_FN_PF, 6, 0);
	host_port(host, 1, ENABLE | 3 << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB);
	frl_rtl_set_stalls(host->rtl, 1, &often);
	for (unsigned int i = 1; i <= 16; i++) {
		host_wire_in(host, 1, LEN, false);
		host_received(&rx);
		assert_int_equal(host->msix[FRL_FN_PF][7], i);
	}
	frl_rtl_set_stalls(host->rtl, 1, &none);
}

/* IPv6 with a header of options (RFC 8200, 4.6) of `options` bytes, `next` and `rest` bytes of it behind; no more of
 * that header than its first byte is given.
 */
static void out_of_sight(struct host *host, struct host_queue *rx, unsigned int options,
			 uint8_t next, uint8_t first, unsigned int rest)
{
	const unsigned int at = 54, upper = at + options, bytes = upper + rest;
	uint8_t ipv6[] = { 0x86, 0xdd, 0x60, 0, 0, 0, 0, (uint8_t)(bytes - at), 60, 255 };
	uint8_t frame[300] = { 2, [6] = 2 };
	struct frl_pkt_meta meta;
	const uint8_t *buffer;
	uint32_t len;

	memcpy(frame + 12, ipv6, sizeof(ipv6));
	frame[at] = next;
	frame[at + 1] = (uint8_t)(options / 8 - 1);
	frame[upper] = first;
	assert_int_equal(frl_rtl_rx(host->rtl, 1, frame, bytes, 0, false), 0);
	host_settle(host);
	buffer = host_queue_take(rx, &len);
	assert_non_null(buffer);
	memcpy(&meta, buffer, META);
	assert_int_equal(meta.reason, FRL_PUNT_HEADER_LENGTH);
	assert_int_equal(len, META + bytes);
	assert_memory_equal(buffer + META, frame, bytes);
}

/* What the parser must see lies beyond its 256 bytes: the target of a neighbour solicitation (RFC 4861, 4.3), UDP's ports. */
static void headers_out_of_sight_go_to_the_host(void **state)
{
	struct host *host = *state;
	struct host_queue rx;

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &rx, FRL_FN_PF, 0, 0);
	host_port(host, 1, ENABLE);
	out_of_sight(host, &rx, 192, 58, 135, 24);
	out_of_sight(host, &rx, 200, 17, 0, 8);
}

static void frames_that_do_not_enter(void **state)
{
	struct host *host = *state;
	static const uint8_t longest[FRL_MAX_FRAME + 1];

	host_wire_in(host, 0, LEN, false);
	assert_int_equal(host_drops(host, FRL_DROP_PORT_DOWN), 1);
	host_port(host, 0, ENABLE);
	host_wire_in(host, 0, 13, false);
	assert_int_equal(host_drops(host, FRL_DROP_RUNT), 1);
	host_wire_in(host, 0, LEN, true);
	assert_int_equal(frl_rtl_rx(host->rtl, 0, longest, sizeof(longest), 0, false), 0);
	host_settle(host);
	assert_int_equal(host_drops(host, FRL_DROP_WIRE_ERROR), 2);
	assert_int_equal(host_port_count(host, 0, FRL_PORT_COUNTER_RX), 0);
	/* Nobody listens at the PF. */
	host_wire_in(host, 0, LEN, false);
	assert_int_equal(host_port_count(host, 0, FRL_PORT_COUNTER_RX), 1);
	assert_int_equal(host_drops(host, FRL_DROP_QUEUE_STOPPED), 1);
	assert_int_equal(frl_rtl_rx(host->rtl, 7, host_frame, LEN, 0, false), -EINVAL);
	assert_int_equal(frl_rtl_rx(host->rtl, 0, host_frame, 0, 0, false), -EINVAL);
}

static void host_sends(void **state)
{
	struct host *host = *state;
	struct host_queue rx, tx;
	struct frl_pkt_meta meta = { .dst_port = 1, .flags = FRL_META_FLAG_DIRECT };

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &rx, FRL_FN_PF, 0, 0);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_port(host, 1, ENABLE);
	/* To a port; the shortest frame there is. */
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_queue_send(host, &tx, &meta, META, host_frame, 1);
	host_settle(host);
	assert_int_equal(host->n_tx, 2);
	assert_int_equal(host->tx[0].wire, 1);
	assert_int_equal(host->tx[0].len, LEN);
	assert_memory_equal(host->tx[0].bytes, host_frame, LEN);
	assert_int_equal(host->tx[1].len, 1);
	assert_int_equal(host_port_count(host, 1, FRL_PORT_COUNTER_TX_SLOW), 2);
	/* As if from a port, with what a lookup may use. */
	meta = (struct frl_pkt_meta){
		.src_port = VF0_PORT, .table_id = 1, .ct_state = 2, .ct_zone = 3, .ct_mark = 4
	};
	host_port(host, VF0_PORT, ENABLE);
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_settle(host);
	meta = host_received(&rx);
	assert_int_equal(meta.src_port, VF0_PORT);
	assert_int_equal(meta.table_id, 1);
	assert_int_equal(meta.ct_state, 2);
	assert_int_equal(meta.ct_zone, 3);
	assert_int_equal(meta.ct_mark, 4);
	/* From and to ports that do not exist; a runt. */
	meta = (struct frl_pkt_meta){ .src_port = 7 };
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	meta = (struct frl_pkt_meta){ .dst_port = 63, .flags = FRL_META_FLAG_DIRECT };
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	meta = (struct frl_pkt_meta){ .src_port = 1 };
	host_queue_send(host, &tx, &meta, META, host_frame, 13);
	assert_int_equal(host_drops(host, FRL_DROP_NO_SUCH_PORT), 2);
	assert_int_equal(host_drops(host, FRL_DROP_RUNT), 1);
	assert_int_equal(tx.ring.used->idx, 6);
}

static void firmware_and_host_talk(void **state)
{
	struct host *host = *state;
	struct host_queue rx, tx, fw_rx, fw_tx;
	struct frl_pkt_meta meta = { .dst_port = FRL_PORT_FW,
				     .flags = FRL_META_FLAG_DIRECT,
				     .mark = 77 };

	host_fn_start(host, FRL_FN_PF);
	host_fn_start(host, FRL_FN_FW);
	host_queue_start(host, &rx, FRL_FN_PF, 2, 0);
	host_queue_start(host, &tx, FRL_FN_PF, 3, 0);
	host_queue_start(host, &fw_rx, FRL_FN_FW, 0, 0);
	host_queue_start(host, &fw_tx, FRL_FN_FW, 1, 0);
	host_settle(host);
	host_card_write(host, FRL_REG_CHIP_IRQ_STATUS, UINT32_MAX);
	host_queue_send(host, &tx, &meta, META, host_frame, LEN);
	host_settle(host);
	meta = host_received(&fw_rx);
	assert_int_equal(meta.src_port, FRL_PORT_HOST);
	assert_int_equal(meta.mark, 77);
	assert_int_equal(meta.flags, FRL_META_FLAG_MARK);
	assert_true(host_card_read(host, FRL_REG_CHIP_IRQ_STATUS) & FRL_IRQ_FWQ);
	host_port(host, FRL_PORT_FW, ENABLE | 1 << FRL_REG_PORT_CTRL_SLOW_PAIR_LSB);
	meta = (struct frl_pkt_meta){ .dst_port = FRL_PORT_HOST, .flags = FRL_META_FLAG_DIRECT };
	host_queue_send(host, &fw_tx, &meta, META, host_frame, LEN);
	host_settle(host);
	meta = host_received(&rx);
	assert_int_equal(meta.src_port, FRL_PORT_FW);
	assert_int_equal(meta.reason, FRL_PUNT_DIRECT);
}

static void back_pressure(void **state)
{
	struct host *host = *state;
	struct host_queue tx;
	const struct frl_pkt_meta meta = { .dst_port = 0, .flags = FRL_META_FLAG_DIRECT };
	static const uint8_t big[1984]; /* 31 beats */

	host_fn_start(host, FRL_FN_PF);
	host_queue_start(host, &tx, FRL_FN_PF, 1, 0);
	host_port(host, 0, ENABLE);
	frl_rtl_tx_ready(host->rtl, 0, false);
	for (unsigned int i = 0; i < 24; i++) {
		uint32_t len;

		host_queue_send(host, &tx, &meta, META, big, sizeof(big));
		frl_rtl_step(host->rtl, 1000);
		host_queue_take(&tx, &len);
	}
	assert_int_equal(host->n_tx, 0);
	frl_rtl_tx_ready(host->rtl, 0, true);
	host_settle(host);
	assert_int_equal(host->n_tx, FRL_WIRE_BEATS / 31);
	assert_int_equal(host_drops(host, FRL_DROP_WIRE_QUEUE_FULL), 24 - FRL_WIRE_BEATS / 31);
}

/* ---- Tables ---- */

static void leg_to(struct host *host, uint32_t index, uint8_t port, uint32_t next)
{
	uint32_t row[48] = { 0 };

	host_put(row, FRL_LEG_DEST_LSB, FRL_LEG_DEST_W, FRL_DEST_PORT);
	host_put(row, FRL_LEG_DEST_ID_LSB, FRL_LEG_DEST_ID_W, port);
	host_put(row, FRL_LEG_NEXT_LEG_LSB, FRL_LEG_NEXT_LEG_W, next);
	assert_int_equal(host_write_row(host, FRL_TABLE_LEG, index, row), 0);
}

/* Everything from wire 0, or from all ports, by TCAM entry 3. */
static void rule_to(struct host *host, uint32_t rule, uint32_t leg, bool all)
{
	uint32_t row[48] = { 0 };

	host_put(row, FRL_RULE_LEG_LSB, FRL_RULE_LEG_W, leg);
	assert_int_equal(host_write_row(host, FRL_TABLE_RULE, rule, row), 0);
	memset(row, 0, sizeof(row));
	assert_int_equal(host_write_row(host, FRL_TABLE_KEY, rule, row), 0);
	assert_int_equal(host_write_row(host, FRL_TABLE_TCAM, 3, row), 0);
	host_put(row, FRL_KEY_PORT_LSB, FRL_KEY_PORT_W, all ? 0 : 0xff);
	assert_int_equal(host_write_row(host, FRL_TABLE_TCAM_MASK, 3, row), 0);
	memset(row, 0, sizeof(row));
	host_put(row, FRL_TCAM_RULE_LSB, FRL_TCAM_RULE_W, rule);
	host_put(row, FRL_TCAM_VALID_LSB, FRL_TCAM_VALID_W, 1);
	assert_int_equal(host_write_row(host, FRL_TABLE_TCAM, 3, row), 0);
}

static void rules_forward_copy_and_count(void **state)
{
	struct host *host = *state;
	const struct frl_upd_entry clear = { .op = FRL_UPD_OP_COUNTER_CLEAR, .index = 9 };
	const struct frl_upd_entry drain = { .op = FRL_UPD_OP_DRAIN };
	const struct frl_upd_entry fence = { .op = FRL_UPD_OP_LOOKUP_FENCE };
	struct host_queue rx;
	uint32_t len;

	host_fn_start(host, VF0);
	host_queue_start(host, &rx, VF0, 0, 0);
	host_port(host, 0, ENABLE);
	host_port(host, 1, ENABLE);
	host_port(host, VF0_PORT, ENABLE);
	leg_to(host, 1, 1, 2);
	leg_to(host, 2, VF0_PORT, 0);
	rule_to(host, 9, 1, false);
	assert_int_equal(host_update(host, &fence, NULL), 0);
	for (int i = 0; i < 3; i++)
		host_wire_in(host, 0, LEN, false);
	assert_int_equal(host_update(host, &drain, NULL), 0);
	assert_int_equal(host->n_tx, 3);
	assert_memory_equal(host->tx[2].bytes, host_frame, LEN);
	for (int i = 0; i < 3; i++) {
		const uint8_t *buffer = host_queue_take(&rx, &len);

		assert_non_null(buffer);
		assert_int_equal(len, VHDR + LEN);
		assert_memory_equal(buffer + VHDR, host_frame, LEN);
	}
	assert_int_equal(host->lookups, 6);
	assert_int_equal(host->epoch, 7);
	assert_int_equal(host_counter(host, 9).packets, 3);
	assert_int_equal(host_counter(host, 9).bytes, 3 * LEN);
	assert_int_equal(host_update(host, &clear, NULL), 0);
	assert_int_equal(host_counter(host, 9).packets, 0);
}

/* Switched off and on, for a host whose memory is new: every counter that is not zero is written. */
static void counters_are_written_again(void **state)
{
	struct host *host = *state;

	host_port(host, 0, ENABLE);
	host_wire_in(host, 0, LEN, false);
	assert_int_equal(host_port_count(host, 0, FRL_PORT_COUNTER_RX), 1);
	host_card_write(host, FRL_REG_CHIP_CNT_CTRL, 0);
	memset(host->counters, 0, FRL_COUNTER_AREA_BYTES(rules(host)));
	host_wire_in(host, 0, LEN, false);
	assert_int_equal(host_port_count(host, 0, FRL_PORT_COUNTER_RX), 0);
	host_card_write(host, FRL_REG_CHIP_CNT_CTRL, 1);
	host_settle(host);
	assert_int_equal(host_port_count(host, 0, FRL_PORT_COUNTER_RX), 2);
}

/* Frames that grow by an encap leave more slowly than they come: what is parked fills up. All are accounted for. */
static void frames_that_grow_pile_up(void **state)
{
	struct host *host = *state;
	const struct frl_upd_entry drain = { .op = FRL_UPD_OP_DRAIN };
	uint8_t frame[9 * 64] = { 0 };
	uint32_t row[48] = { 0 };
	uint64_t dropped = 0;

	memcpy(frame, host_frame, LEN);
	host_port(host, 0, ENABLE);
	host_port(host, 1, ENABLE);
	host_port(host, VF0_PORT, ENABLE);
	assert_int_equal(host_write_row(host, FRL_TABLE_ENCAP, 5, row), 0);
	/* To a VF without a queue: nothing comes out. */
	host_put(row, FRL_LEG_DEST_LSB, FRL_LEG_DEST_W, FRL_DEST_PORT);
	host_put(row, FRL_LEG_DEST_ID_LSB, FRL_LEG_DEST_ID_W, VF0_PORT);
	host_put(row, FRL_LEG_EDITS_LSB, FRL_LEG_EDITS_W, FRL_EDIT_ENCAP);
	host_put(row, FRL_LEG_ENCAP_LSB, FRL_LEG_ENCAP_W, 5);
	assert_int_equal(host_write_row(host, FRL_TABLE_LEG, 1, row), 0);
	rule_to(host, 9, 1, true);
	for (int i = 0; i < 600; i++)
		assert_int_equal(frl_rtl_rx(host->rtl, i % 2, frame, 64, 0, false), 0);
	for (int i = 0; i < 1500; i++)
		assert_int_equal(frl_rtl_rx(host->rtl, 0, frame, sizeof(frame), 0, false), 0);
	host_settle(host);
	assert_int_equal(host_update(host, &drain, NULL), 0);
	for (int reason = 1; reason < FRL_DROP_COUNT; reason++)
		dropped += host_drops(host, reason);
	assert_int_equal(dropped, 600 + 1500);
	assert_true(host_drops(host, FRL_DROP_QUEUE_STOPPED) > 1000);
	assert_int_equal(host_port_count(host, 0, FRL_PORT_COUNTER_RX) +
				 host_port_count(host, 1, FRL_PORT_COUNTER_RX) +
				 host_drops(host, FRL_DROP_RX_OVERFLOW),
			 600 + 1500);
}

static void update_errors_are_told(void **state)
{
	struct host *host = *state;
	const uint32_t row[48] = { 0 };
	const struct frl_upd_entry bad_op = { .op = FRL_UPD_OP_COUNT };
	const struct frl_upd_entry bad_clear = { .op = FRL_UPD_OP_COUNTER_CLEAR,
						 .index = rules(host) };

	assert_int_equal(host_update(host, &bad_op, NULL), 2);
	assert_int_equal(host_write_row(host, FRL_TABLE_COUNT, 0, row), 2);
	assert_int_equal(host_write_row(host, FRL_TABLE_RULE, rules(host), row), 4);
	assert_int_equal(host_write_row(host, FRL_TABLE_SLOT, 1u << 18, row), 4);
	assert_int_equal(host_update(host, &bad_clear, NULL), 4);
	host_card_write(host, FRL_REG_CHIP_UPD_RING_HI, 0);
	assert_int_equal(host_update(host, &bad_op, NULL), 1);
	host_card_write(host, FRL_REG_CHIP_UPD_RING_SIZE, 3);
	assert_int_equal(host_update(host, &bad_op, NULL), 1);
	assert_true(host_card_read(host, FRL_REG_CHIP_IRQ_STATUS) & FRL_IRQ_UPD);
	assert_int_equal(host->epoch, 0);
}

/* Entries that are told of at once, the last of them at the ring's begin. */
static void update_ring_goes_round(void **state)
{
	struct host *host = *state;
	const struct frl_upd_entry fence = { .op = FRL_UPD_OP_LOOKUP_FENCE };
	const uint32_t size = host_card_read(host, FRL_REG_CHIP_UPD_RING_SIZE);
	const uint32_t row[48] = { 0 };

	for (uint32_t i = 0; i < size - 3; i++)
		assert_int_equal(host_update(host, &fence, NULL), 0);
	for (uint32_t i = 0; i < 6; i++) {
		struct frl_upd_entry entry = { .op = FRL_UPD_OP_WRITE, .table = FRL_TABLE_RULE };

		entry.index = i;
		memcpy(host->upd + (host->upd_head + i) % size * FRL_UPD_ENTRY_BYTES, &entry,
		       sizeof(entry));
	}
	host->upd_head += 6;
	host_card_write(host, FRL_REG_CHIP_UPD_HEAD, host->upd_head);
	host_settle(host);
	assert_int_equal(*host->upd_done, host->upd_head);
	assert_int_equal(host_card_read(host, FRL_REG_CHIP_UPD_ERROR), 0);
	assert_int_equal(host->epoch, 6);
	assert_int_equal(host_write_row(host, FRL_TABLE_RULE, 0, row), 0);
}

static void keys_are_hashed(void **state)
{
	static const uint32_t nh_key[FRL_KEY_WORDS] = FRL_NH_KEY_INIT;
	enum {
		KEYS = 5,
		STRIDE = 168
	};
	struct host *host = *state;
	uint8_t *keys = host_alloc(host, KEYS * STRIDE);
	uint64_t *sums = host_alloc(host, KEYS * sizeof(*sums));
	struct frl_upd_entry entry = { .op = FRL_UPD_OP_HASH,
				       .src = host_addr(host, FRL_FN_FW, keys),
				       .dst = host_addr(host, FRL_FN_FW, sums),
				       .stride = STRIDE,
				       .count = KEYS };

	for (int i = 0; i < KEYS; i++)
		memset(keys + (size_t)i * STRIDE, i, 4);
	assert_int_equal(host_update(host, &entry, NULL), 0);
	for (int i = 0; i < KEYS; i++) {
		uint64_t sum = 0;

		for (int w = 0; w < FRL_KEY_WORDS; w += 2)
			sum += (uint64_t)(uint32_t)(nh_key[w] + (w ? 0 : 0x01010101u * i)) *
			       nh_key[w + 1];
		assert_true(sums[i] == sum);
	}
	entry.count = 1025;
	assert_int_equal(host_update(host, &entry, NULL), 4);
	entry.count = 1;
	entry.stride = 4;
	assert_int_equal(host_update(host, &entry, NULL), 4);
	entry.stride = 0;
	entry.src = 8;
	assert_int_equal(host_update(host, &entry, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(registers_after_reset),
		HOST_TEST(only_bits_with_a_meaning_are_kept),
		HOST_TEST(reset_is_as_at_first),
		HOST_TEST(link_interrupts),
		HOST_TEST(features_are_negotiated),
		HOST_TEST(configuration_changes_are_told),
		HOST_TEST(misses_reach_the_host),
		HOST_TEST(headers_out_of_sight_go_to_the_host),
		HOST_TEST(interrupts_wait_for_the_link),
		HOST_TEST(frames_that_do_not_enter),
		HOST_TEST(host_sends),
		HOST_TEST(firmware_and_host_talk),
		HOST_TEST(back_pressure),
		HOST_TEST(rules_forward_copy_and_count),
		HOST_TEST(counters_are_written_again),
		HOST_TEST(frames_that_grow_pile_up),
		HOST_TEST(update_errors_are_told),
		HOST_TEST(update_ring_goes_round),
		HOST_TEST(keys_are_hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
