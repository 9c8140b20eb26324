// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Slow path: frames between a rep's queue pair and the stack. struct frl_pkt_meta stands before
 * each frame.
 *
 * Received frames are copied out of buffers that stay mapped: only first packets and what
 * hardware does not do come here, a buffer has to hold the longest frame, and what was copied the
 * card cannot change any more.
 */
#include <linux/etherdevice.h>

#include "frl.h"

/* A chain has one more descriptor, for the header. */
#define TX_SEGS (FRL_VRING_MAX_SEGS - 1)

static struct netdev_queue *tx_queue(const struct frl_rep *rep)
{
	return netdev_get_tx_queue(rep->netdev, 0);
}

static void count(struct frl_slow_stats *s, u64_stats_t *what)
{
	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(what);
	u64_stats_update_end(&s->syncp);
}

static void count_frame(struct frl_slow_stats *s, unsigned int bytes)
{
	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->packets);
	u64_stats_add(&s->bytes, bytes);
	u64_stats_update_end(&s->syncp);
}

/* ---- Memory ---- */

static void rx_buffers_free(struct frl_rep *rep)
{
	struct device *dev = &rep->pf->pdev->dev;
	unsigned int i;

	for (i = 0; rep->rx_buffer && i < rep->rx.size; i++) {
		struct frl_rx_buffer *b = &rep->rx_buffer[i];

		if (!b->data)
			break;
		dma_unmap_single(dev, b->dma, FRL_RX_BYTES, DMA_FROM_DEVICE);
		free_pages_exact(b->data, FRL_RX_BYTES);
	}
	kvfree(rep->rx_buffer);
	rep->rx_buffer = NULL;
}

static int rx_buffers_alloc(struct frl_rep *rep)
{
	struct device *dev = &rep->pf->pdev->dev;
	unsigned int i;

	rep->rx_buffer = kvcalloc(rep->rx.size, sizeof(*rep->rx_buffer), GFP_KERNEL);
	if (!rep->rx_buffer)
		return -ENOMEM;
	for (i = 0; i < rep->rx.size; i++) {
		struct frl_rx_buffer *b = &rep->rx_buffer[i];
		void *data = alloc_pages_exact(FRL_RX_BYTES, GFP_KERNEL);

		if (!data)
			goto err;
		b->dma = dma_map_single(dev, data, FRL_RX_BYTES, DMA_FROM_DEVICE);
		if (dma_mapping_error(dev, b->dma)) {
			free_pages_exact(data, FRL_RX_BYTES);
			goto err;
		}
		b->data = data;
	}
	return 0;
err:
	rx_buffers_free(rep);
	return -ENOMEM;
}

/**
 * frl_rings_alloc() - memory of a rep's rings and buffers
 * @rep: rep, not running
 *
 * Return: 0 or -ENOMEM.
 */
int frl_rings_alloc(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	int err;

	err = frl_queue_alloc(pf, &rep->rx, rep->ring_size, 0);
	if (err)
		return err;
	err = frl_queue_alloc(pf, &rep->tx, rep->ring_size, rep->ring_size * FRL_META);
	if (err)
		goto err_rx;
	rep->tx_buffer = kvcalloc(rep->tx.size, sizeof(*rep->tx_buffer), GFP_KERNEL);
	if (!rep->tx_buffer) {
		err = -ENOMEM;
		goto err_tx;
	}
	err = rx_buffers_alloc(rep);
	if (err)
		goto err_buffers;
	return 0;
err_buffers:
	kvfree(rep->tx_buffer);
	rep->tx_buffer = NULL;
err_tx:
	frl_queue_free(pf, &rep->tx);
err_rx:
	frl_queue_free(pf, &rep->rx);
	return err;
}

/**
 * frl_rings_free() - give it back
 * @rep: rep, rings not armed
 */
void frl_rings_free(struct frl_rep *rep)
{
	rx_buffers_free(rep);
	kvfree(rep->tx_buffer);
	rep->tx_buffer = NULL;
	frl_queue_free(rep->pf, &rep->tx);
	frl_queue_free(rep->pf, &rep->rx);
}

/* ---- Transmit ---- */

static void tx_unmap(struct frl_rep *rep, struct frl_tx_buffer *b)
{
	struct device *dev = &rep->pf->pdev->dev;
	unsigned int i;

	for (i = 0; i < b->segs; i++) {
		if (i)
			dma_unmap_page(dev, b->seg[i].dma, b->seg[i].len, DMA_TO_DEVICE);
		else
			dma_unmap_single(dev, b->seg[i].dma, b->seg[i].len, DMA_TO_DEVICE);
	}
	b->segs = 0;
}

static bool tx_add_seg(struct frl_rep *rep, struct frl_tx_buffer *b, dma_addr_t dma, u32 len)
{
	if (dma_mapping_error(&rep->pf->pdev->dev, dma))
		return false;
	b->seg[b->segs].dma = dma;
	b->seg[b->segs++].len = len;
	return true;
}

static bool tx_map(struct frl_rep *rep, struct frl_tx_buffer *b, const struct sk_buff *skb)
{
	struct device *dev = &rep->pf->pdev->dev;
	unsigned int i;

	b->segs = 0;
	if (!tx_add_seg(rep, b, dma_map_single(dev, skb->data, skb_headlen(skb), DMA_TO_DEVICE),
			skb_headlen(skb)))
		return false;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		dma_addr_t dma = skb_frag_dma_map(dev, frag, 0, skb_frag_size(frag), DMA_TO_DEVICE);

		if (!tx_add_seg(rep, b, dma, skb_frag_size(frag))) {
			tx_unmap(rep, b);
			return false;
		}
	}
	return true;
}

static void tx_meta_init(struct frl_pkt_meta *meta, u8 port)
{
	memset(meta, 0, sizeof(*meta));
	meta->src_port = FRL_PORT_HOST;
	meta->dst_port = port;
	meta->flags = FRL_META_FLAG_DIRECT;
}

static void tx_post(struct frl_rep *rep, struct frl_tx_buffer *b, u16 head, u8 port)
{
	struct frl_pkt_meta *metas = frl_queue_extra(&rep->tx);
	struct frl_vring_seg seg[FRL_VRING_MAX_SEGS];
	unsigned int i;

	tx_meta_init(&metas[head], port);
	seg[0].addr = frl_queue_extra_dma(&rep->tx) + head * FRL_META;
	seg[0].len = FRL_META;
	for (i = 0; i < b->segs; i++) {
		seg[i + 1].addr = b->seg[i].dma;
		seg[i + 1].len = b->seg[i].len;
	}
	frl_vring_add(&rep->tx.ring, seg, b->segs + 1, 0, b);
}

static void tx_drop(struct frl_rep *rep, struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
	count(&rep->tx_stats, &rep->tx_stats.dropped);
}

int frl_send(struct frl_rep *rep, struct sk_buff *skb, u8 port)
{
	struct frl_tx_buffer *b;
	u16 head;

	if (!rep->tx.armed || !skb->len || skb->len > FRL_MAX_FRAME ||
	    (skb_shinfo(skb)->nr_frags >= TX_SEGS && skb_linearize(skb))) {
		tx_drop(rep, skb);
		return 0;
	}
	if (rep->tx.ring.free_count < FRL_VRING_MAX_SEGS)
		return -EBUSY;
	head = frl_vring_next_head(&rep->tx.ring);
	b = &rep->tx_buffer[head];
	if (!tx_map(rep, b, skb)) {
		tx_drop(rep, skb);
		return 0;
	}
	b->skb = skb;
	b->bytes = skb->len;
	tx_post(rep, b, head, port);
	skb_tx_timestamp(skb);
	netdev_tx_sent_queue(tx_queue(rep), b->bytes);
	count_frame(&rep->tx_stats, b->bytes);
	return 0;
}

/* Tells the card; TX queue lock held. */
static void tx_flush(struct frl_rep *rep)
{
	if (rep->tx.armed && frl_vring_publish(&rep->tx.ring))
		frl_queue_notify(rep->pf, &rep->tx);
}

/**
 * frl_flush() - tell the card of what frl_send() queued
 * @rep: whose ring; its TX queue lock is held
 */
void frl_flush(struct frl_rep *rep)
{
	tx_flush(rep);
}

/**
 * frl_xmit() - ndo_start_xmit: a frame that the host sends on an uplink goes to its wire, on a
 *	representor to its VF
 * @skb: frame
 * @netdev: rep's netdev
 *
 * Return: NETDEV_TX_OK, or NETDEV_TX_BUSY when the ring was full although the queue was not
 * stopped.
 */
netdev_tx_t frl_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct frl_rep *rep = netdev_priv(netdev);
	struct netdev_queue *txq = tx_queue(rep);
	int err;

	err = frl_legacy_serves(rep) ? frl_legacy_xmit(rep, skb) : frl_send(rep, skb, rep->port);
	if (rep->tx.ring.free_count < FRL_VRING_MAX_SEGS)
		netif_tx_stop_queue(txq);
	if (!netdev_xmit_more() || netif_xmit_stopped(txq))
		tx_flush(rep);
	return err ? NETDEV_TX_BUSY : NETDEV_TX_OK;
}

/* What the card has read; TX queue lock held. */
static void tx_reclaim(struct frl_rep *rep)
{
	unsigned int packets = 0, bytes = 0;
	struct frl_tx_buffer *b;
	u32 written;

	while ((b = frl_vring_take(&rep->tx.ring, &written))) {
		packets++;
		bytes += b->bytes;
		tx_unmap(rep, b);
		dev_consume_skb_any(b->skb);
		b->skb = NULL;
	}
	netdev_tx_completed_queue(tx_queue(rep), packets, bytes);
	if (rep->tx.armed && rep->tx.ring.free_count >= rep->tx.size / 2)
		netif_tx_wake_queue(tx_queue(rep));
}

static void tx_poll(struct frl_rep *rep, int budget)
{
	struct netdev_queue *txq = tx_queue(rep);

	/* Netpoll may have interrupted the very CPU that is just sending. */
	if (!budget && READ_ONCE(txq->xmit_lock_owner) == smp_processor_id())
		return;
	__netif_tx_lock(txq, smp_processor_id());
	tx_reclaim(rep);
	__netif_tx_unlock(txq);
}

static void tx_discard(struct frl_rep *rep)
{
	struct frl_tx_buffer *b;

	while ((b = frl_vring_steal(&rep->tx.ring))) {
		tx_unmap(rep, b);
		dev_kfree_skb_any(b->skb);
		b->skb = NULL;
	}
	netdev_tx_reset_queue(tx_queue(rep));
}

/* ---- Receive ---- */

static void rx_post(struct frl_rep *rep, struct frl_rx_buffer *b)
{
	struct frl_vring_seg seg = { .addr = b->dma, .len = FRL_RX_BYTES };

	frl_vring_add(&rep->rx.ring, &seg, 1, 1, b);
}

static void rx_publish(struct frl_rep *rep)
{
	if (frl_vring_publish(&rep->rx.ring))
		frl_queue_notify(rep->pf, &rep->rx);
}

/* The frame that the card wrote, copied; *meta its header. NULL: dropped and counted. */
static struct sk_buff *rx_copy(struct frl_rep *rep, const struct frl_rx_buffer *b, u32 len,
			       struct frl_pkt_meta *meta)
{
	struct device *dev = &rep->pf->pdev->dev;
	struct sk_buff *skb;

	if (len < FRL_META + ETH_HLEN || len > FRL_RX_BYTES) {
		count(&rep->rx_stats, &rep->rx_stats.errors);
		return NULL;
	}
	skb = napi_alloc_skb(&rep->napi, len - FRL_META);
	if (!skb) {
		count(&rep->rx_stats, &rep->rx_stats.dropped);
		return NULL;
	}
	dma_sync_single_for_cpu(dev, b->dma, len, DMA_FROM_DEVICE);
	memcpy(meta, b->data, sizeof(*meta));
	skb_put_data(skb, b->data + FRL_META, len - FRL_META);
	dma_sync_single_for_device(dev, b->dma, len, DMA_FROM_DEVICE);
	return skb;
}

static void rx_one(struct frl_rep *rep, const struct frl_rx_buffer *b, u32 len)
{
	struct frl_pkt_meta meta;
	struct sk_buff *skb = rx_copy(rep, b, len, &meta);

	if (!skb)
		return;
	if (frl_legacy_serves(rep)) {
		skb = frl_legacy_receive(rep, skb, meta.src_port);
	} else if (meta.src_port != rep->port) {
		/* Of a VF whose frames went elsewhere a moment ago: the mode has changed. */
		count(&rep->rx_stats, &rep->rx_stats.dropped);
		dev_kfree_skb_any(skb);
		return;
	}
	if (!skb)
		return;
	count_frame(&rep->rx_stats, skb->len);
	skb->protocol = eth_type_trans(skb, rep->netdev);
	napi_gro_receive(&rep->napi, skb);
}

static int rx_poll(struct frl_rep *rep, int budget)
{
	struct frl_rx_buffer *b;
	int done = 0;
	u32 len;

	while (done < budget && (b = frl_vring_take(&rep->rx.ring, &len))) {
		rx_one(rep, b, len);
		rx_post(rep, b);
		done++;
	}
	if (done)
		rx_publish(rep);
	return done;
}

/**
 * frl_poll() - NAPI of a rep
 * @napi: frl_rep.napi
 * @budget: received frames at most; 0 from netpoll
 *
 * Return: received frames, or @budget when there may be more to do.
 */
int frl_poll(struct napi_struct *napi, int budget)
{
	struct frl_rep *rep = container_of(napi, struct frl_rep, napi);
	int done;

	tx_poll(rep, budget);
	done = budget ? rx_poll(rep, budget) : 0;
	if (rep->rx.ring.broken || rep->tx.ring.broken)
		frl_pf_lost(rep->pf, "the card named a buffer that it did not have");
	if (done == budget)
		return budget;
	if (!napi_complete_done(napi, done))
		return done;
	frl_queue_interrupts(&rep->rx, true);
	frl_queue_interrupts(&rep->tx, true);
	if ((frl_queue_has_used(&rep->rx) || frl_queue_has_used(&rep->tx)) &&
	    napi_schedule_prep(napi)) {
		frl_queue_interrupts(&rep->rx, false);
		frl_queue_interrupts(&rep->tx, false);
		__napi_schedule(napi);
	}
	return done;
}

/**
 * frl_rep_interrupt() - used buffers of one of a rep's rings
 * @irq: its vector
 * @arg: rep
 *
 * Return: IRQ_HANDLED.
 */
irqreturn_t frl_rep_interrupt(int irq, void *arg)
{
	struct frl_rep *rep = arg;

	if (napi_schedule_prep(&rep->napi)) {
		frl_queue_interrupts(&rep->rx, false);
		frl_queue_interrupts(&rep->tx, false);
		__napi_schedule_irqoff(&rep->napi);
	}
	return IRQ_HANDLED;
}

/* ---- Start and stop ---- */

static void rings_init(struct frl_rep *rep)
{
	unsigned int i;

	frl_vring_init(&rep->rx.ring, rep->rx.mem, rep->rx.slots, rep->rx.size);
	frl_vring_init(&rep->tx.ring, rep->tx.mem, rep->tx.slots, rep->tx.size);
	for (i = 0; i < rep->rx.size; i++)
		rx_post(rep, &rep->rx_buffer[i]);
	frl_vring_publish(&rep->rx.ring);
}

/**
 * frl_rings_arm() - let the card use a rep's rings
 * @rep: rep with memory and interrupt; fw_lock is held and the card there
 *
 * Return: 0 or a negative errno value.
 */
int frl_rings_arm(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;
	int err;

	rep->rx.number = 2 * rep->pair;
	rep->tx.number = rep->rx.number + 1;
	rep->rx.vector = rep->vector;
	rep->tx.vector = rep->vector;
	rings_init(rep);
	err = frl_queue_arm(pf, &rep->rx);
	if (err)
		return err;
	err = frl_queue_arm(pf, &rep->tx);
	if (err) {
		frl_queue_release(pf, &rep->rx);
		return err;
	}
	rep->rx.armed = true;
	netif_tx_lock_bh(rep->netdev);
	rep->tx.armed = true;
	netif_tx_unlock_bh(rep->netdev);
	napi_enable(&rep->napi);
	frl_queue_notify(pf, &rep->rx);
	netif_tx_wake_queue(tx_queue(rep));
	/* The first poll asks for interrupts. */
	local_bh_disable();
	napi_schedule(&rep->napi);
	local_bh_enable();
	return 0;
}

/**
 * frl_rings_disarm() - take the rings back; frames in flight are dropped
 * @rep: rep; fw_lock is held. The card may be gone.
 */
void frl_rings_disarm(struct frl_rep *rep)
{
	struct frl_pf *pf = rep->pf;

	if (!rep->rx.armed)
		return;
	netif_tx_lock_bh(rep->netdev);
	rep->tx.armed = false;
	netif_tx_stop_queue(tx_queue(rep));
	netif_tx_unlock_bh(rep->netdev);
	napi_disable(&rep->napi);
	rep->rx.armed = false;
	frl_queue_release(pf, &rep->rx);
	frl_queue_release(pf, &rep->tx);
	tx_discard(rep);
}
