/* SPDX-License-Identifier: BSD-3-Clause */
/* Which memory the card reaches. On the simulator's socket memory is announced as pieces of files; a PCI
 * device reaches what VFIO has mapped.
 *
 * Pages that EAL never frees (-m, --socket-mem) are announced in runs as long as possible, others page by
 * page, so that what is freed is always a whole announcement.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_eal_memconfig.h>
#include <rte_memory.h>

#include "frl_pmd.h"

struct run {
	struct frl_dev *dev;
	uint64_t iova, len, offset;
	int fd;
	int err;
};

static int announce(struct frl_dev *dev, uint64_t iova, uint64_t len, int fd, uint64_t offset)
{
	int err = dev->bus->map(dev, iova, len, fd, offset);

	if (!err) {
		dev->maps++;
		return 0;
	}
	if (err == -ENOSPC || err == -EMFILE || err == -ENFILE || err == -ENOMEM)
		FRL_LOG(ERR, dev,
			"memory is in too many pieces for the card (%" PRIu64
			" so far): start with --single-file-segments, or larger hugepages",
			dev->maps);
	else
		FRL_LOG(ERR, dev, "card did not take memory at 0x%" PRIx64 ": %s", iova,
			strerror(-err));
	return err;
}

static int flush_run(struct run *r)
{
	if (r->len && !r->err)
		r->err = announce(r->dev, r->iova, r->len, r->fd, r->offset);
	r->len = 0;
	return r->err;
}

/* File and offset of a page, or an error with what to do about it. */
static int page_file(struct frl_dev *dev, const struct rte_memseg *ms, int *fd, size_t *offset)
{
	*fd = rte_memseg_get_fd_thread_unsafe(ms);
	if (*fd < 0 || rte_memseg_get_fd_offset_thread_unsafe(ms, offset)) {
		FRL_LOG(ERR, dev,
			"memory at %p has no file that the card could map: use hugepages, not --no-huge",
			ms->addr);
		return -ENOTSUP;
	}
	if (ms->iova == RTE_BAD_IOVA) {
		FRL_LOG(ERR, dev, "memory at %p has no IOVA: start with --iova-mode=va", ms->addr);
		return -ENOTSUP;
	}
	return 0;
}

static int add_page(const struct rte_memseg_list *msl, const struct rte_memseg *ms, void *arg)
{
	struct run *r = arg;
	bool lasting = ms->flags & RTE_MEMSEG_FLAG_DO_NOT_FREE;
	size_t offset = 0;
	int fd = -1;

	if (msl->external) /* an application's own: it has no file of EAL's */
		return 0;
	r->err = page_file(r->dev, ms, &fd, &offset);
	if (r->err)
		return -1;
	if (lasting && r->len && r->fd == fd && r->iova + r->len == ms->iova &&
	    r->offset + r->len == offset) {
		r->len += ms->len;
		return 0;
	}
	if (flush_run(r))
		return -1;
	r->iova = ms->iova;
	r->len = ms->len;
	r->fd = fd;
	r->offset = offset;
	if (!lasting && flush_run(r))
		return -1;
	return 0;
}

int frl_mem_announce(struct frl_dev *dev)
{
	struct run r = { .dev = dev };

	if (!dev->bus->map)
		return 0;
	rte_mcfg_mem_read_lock();
	dev->maps = 0;
	rte_memseg_walk_thread_unsafe(add_page, &r);
	flush_run(&r);
	dev->announced = !r.err;
	rte_mcfg_mem_read_unlock();
	return r.err;
}

void frl_mem_withdraw(struct frl_dev *dev)
{
	rte_mcfg_mem_read_lock();
	dev->announced = false;
	rte_mcfg_mem_read_unlock();
}

/* EAL holds the hotplug lock for writing. */
static void memory_changed(enum rte_mem_event event, const void *addr, size_t len, void *arg)
{
	struct frl_dev *dev = arg;
	const struct rte_memseg_list *msl = rte_mem_virt2memseg_list(addr);
	struct run r = { .dev = dev };

	if (!dev->announced || !msl)
		return;
	if (msl->external) {
		FRL_LOG(ERR, dev,
			"external memory at %p: the card cannot reach it, packets in it are lost",
			addr);
		return;
	}
	for (size_t at = 0; at < len; at += msl->page_sz) {
		const struct rte_memseg *ms = rte_mem_virt2memseg(RTE_PTR_ADD(addr, at), msl);

		if (!ms)
			continue;
		if (event == RTE_MEM_EVENT_ALLOC)
			add_page(msl, ms, &r);
		else if (!dev->bus->unmap(dev, ms->iova, ms->len))
			dev->maps--;
	}
	flush_run(&r);
}

int frl_mem_watch(struct frl_dev *dev)
{
	if (!dev->bus->map)
		return 0;
	return rte_mem_event_callback_register(dev->name, memory_changed, dev) ? -rte_errno : 0;
}

void frl_mem_unwatch(struct frl_dev *dev)
{
	if (dev->bus->map)
		rte_mem_event_callback_unregister(dev->name, dev);
}
