/* SPDX-License-Identifier: BSD-3-Clause */
/* Slow path: frames between a port's queue pair and mbufs. struct frl_pkt_meta stands before each frame, in
 * the mbuf's headroom where that is ours.
 */
#include <rte_mbuf.h>

#include "frl_pmd.h"

#define REFILL_BATCH 32

/* Gives back all mbufs of a ring that the card does not use (any more). */
void frl_queue_drop_mbufs(struct frl_queue *q)
{
	struct rte_mbuf *m;

	if (!q->mz)
		return;
	rte_spinlock_lock(&q->lock);
	while ((m = frl_vring_steal(&q->ring)))
		rte_pktmbuf_free(m);
	rte_spinlock_unlock(&q->lock);
}

/* ---- Receive ---- */

static void post(struct frl_rxq *rxq, struct rte_mbuf *m)
{
	struct frl_vring_seg seg = {
		.addr = rte_mbuf_data_iova_default(m) - FRL_META,
		.len = m->buf_len - RTE_PKTMBUF_HEADROOM + FRL_META,
	};

	frl_vring_add(&rxq->q.ring, &seg, 1, 1, m);
}

/* Posts buffers until the ring is full or the pool empty; the caller publishes them. */
void frl_rx_fill(struct frl_rxq *rxq)
{
	struct rte_mbuf *m[REFILL_BATCH];

	while (rxq->q.ring.free_count) {
		unsigned int n = RTE_MIN(rxq->q.ring.free_count, REFILL_BATCH);

		if (rte_pktmbuf_alloc_bulk(rxq->pool, m, n)) {
			rxq->nombuf += n;
			break;
		}
		for (unsigned int i = 0; i < n; i++)
			post(rxq, m[i]);
	}
}

/* What the card wrote becomes a packet; the header is in the headroom. False: nonsense. */
static bool finish_mbuf(struct frl_rxq *rxq, struct rte_mbuf *m, uint32_t len)
{
	const struct frl_pkt_meta *meta;
	uint32_t room = m->buf_len - RTE_PKTMBUF_HEADROOM;

	if (len < FRL_META + RTE_ETHER_HDR_LEN || len - FRL_META > room)
		return false;
	meta = rte_pktmbuf_mtod_offset(m, const struct frl_pkt_meta *, -(int)FRL_META);
	m->data_len = (uint16_t)(len - FRL_META);
	m->pkt_len = m->data_len;
	m->port = rxq->port->eth->data->port_id;
	m->packet_type = RTE_PTYPE_L2_ETHER;
	if ((meta->flags & FRL_META_FLAG_MARK) && meta->mark) {
		m->ol_flags |= RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID;
		m->hash.fdir.hi = meta->mark - 1; /* 0 is none on the card */
	}
	return true;
}

uint16_t frl_rx_burst(void *arg, struct rte_mbuf **pkts, uint16_t n)
{
	struct frl_rxq *rxq = arg;
	struct frl_queue *q = &rxq->q;
	uint16_t got = 0, taken = 0;
	struct rte_mbuf *m;
	uint32_t len = 0;

	if (!q->armed || !rte_spinlock_trylock(&q->lock))
		return 0;
	while (q->armed && got < n && (m = frl_vring_take(&q->ring, &len))) {
		taken++;
		if (!finish_mbuf(rxq, m, len)) {
			rxq->bad++;
			rte_pktmbuf_free(m);
			continue;
		}
		rxq->bytes += m->pkt_len;
		pkts[got++] = m;
	}
	rxq->packets += got;
	/* In batches, but never so late that the card runs dry. */
	if (q->armed && q->ring.free_count && (q->ring.free_count >= FRL_RX_FREE_BURST || !taken)) {
		frl_rx_fill(rxq);
		if (frl_vring_publish(&q->ring))
			frl_queue_notify(rxq->port->dev, q);
	}
	rte_spinlock_unlock(&q->lock);
	return got;
}

/* ---- Transmit ---- */

static void reclaim(struct frl_queue *q)
{
	struct rte_mbuf *m;
	uint32_t len;

	while ((m = frl_vring_take(&q->ring, &len)))
		rte_pktmbuf_free(m);
}

/* Where the header goes: before the frame if that room is ours alone, else beside the ring. */
static struct frl_pkt_meta *header_place(struct frl_queue *q, struct rte_mbuf *m,
					 struct frl_vring_seg *seg, unsigned int *segs)
{
	uint16_t head = frl_vring_next_head(&q->ring);

	if (RTE_MBUF_DIRECT(m) && rte_mbuf_refcnt_read(m) == 1 &&
	    rte_pktmbuf_headroom(m) >= FRL_META) {
		seg[0].addr = rte_pktmbuf_iova(m) - FRL_META;
		seg[0].len = m->data_len + FRL_META;
		*segs = 1;
		return rte_pktmbuf_mtod_offset(m, struct frl_pkt_meta *, -(int)FRL_META);
	}
	seg[0].addr = q->extra_iova + head * FRL_META;
	seg[0].len = FRL_META;
	seg[1].addr = rte_pktmbuf_iova(m);
	seg[1].len = m->data_len;
	*segs = m->data_len ? 2 : 1; /* an empty descriptor would stop the queue */
	return (struct frl_pkt_meta *)(q->extra + head * FRL_META);
}

/* Memory of the application's own, which was never announced. */
static bool unreachable(const struct rte_mbuf *m)
{
	const struct rte_memseg_list *msl;

	for (; m; m = m->next) {
		if (likely(!RTE_MBUF_HAS_EXTBUF(m)))
			continue;
		msl = rte_mem_virt2memseg_list(m->buf_addr);
		if (!msl || msl->external)
			return true;
	}
	return false;
}

enum sent {
	SENT,
	NO_ROOM,
	NEVER
};

static enum sent send_one(struct frl_txq *txq, struct rte_mbuf *m)
{
	struct frl_queue *q = &txq->port->tx;
	struct frl_vring_seg seg[FRL_VRING_MAX_SEGS + 1];
	struct frl_pkt_meta *meta;
	unsigned int segs;

	if (m->pkt_len < RTE_ETHER_HDR_LEN || m->pkt_len > FRL_MAX_FRAME || unreachable(m))
		return NEVER;
	if (m->nb_segs + 1u > FRL_VRING_MAX_SEGS && rte_pktmbuf_linearize(m))
		return NEVER;
	if (m->nb_segs + 1u > q->ring.free_count)
		return NO_ROOM;
	meta = header_place(q, m, seg, &segs);
	memset(meta, 0, sizeof(*meta));
	meta->src_port = FRL_PORT_HOST;
	meta->dst_port = txq->port->number;
	meta->flags = FRL_META_FLAG_DIRECT;
	for (struct rte_mbuf *s = m->next; s; s = s->next) {
		if (!s->data_len)
			continue;
		seg[segs].addr = rte_pktmbuf_iova(s);
		seg[segs++].len = s->data_len;
	}
	return frl_vring_add(&q->ring, seg, segs, 0, m) ? NO_ROOM : SENT;
}

/* A port without a card loses what is sent, and says so in its counters. */
static uint16_t drop_all(struct frl_txq *txq, struct rte_mbuf **pkts, uint16_t n)
{
	__atomic_fetch_add(&txq->errors, n, __ATOMIC_RELAXED);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

uint16_t frl_tx_burst(void *arg, struct rte_mbuf **pkts, uint16_t n)
{
	struct frl_txq *txq = arg;
	struct frl_queue *q = &txq->port->tx;
	uint16_t i;

	rte_spinlock_lock(&q->lock);
	if (!q->armed) {
		rte_spinlock_unlock(&q->lock);
		return drop_all(txq, pkts, n);
	}
	reclaim(q);
	for (i = 0; i < n; i++) {
		uint32_t len = pkts[i]->pkt_len;
		enum sent sent = send_one(txq, pkts[i]);

		if (sent == NO_ROOM)
			break;
		if (sent == NEVER) {
			txq->errors++;
			rte_pktmbuf_free(pkts[i]);
			continue;
		}
		txq->packets++;
		txq->bytes += len;
	}
	if (frl_vring_publish(&q->ring))
		frl_queue_notify(txq->port->dev, q);
	rte_spinlock_unlock(&q->lock);
	return i;
}
