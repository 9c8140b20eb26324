// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* A card that is lost, and comes back. Nothing here takes the devlink lock or the RTNL. */
#include "frl.h"

#define NEEDS_RESET 64 /* virtio 1.2, 2.1.2: DEVICE_NEEDS_RESET */

/**
 * frl_pf_queue() - queue a work of a card
 * @pf: card
 * @work: work; not queued when the driver is being removed
 */
void frl_pf_queue(struct frl_pf *pf, struct work_struct *work)
{
	if (!READ_ONCE(pf->removing))
		queue_work(pf->wq, work);
}

static void queue_delayed(struct frl_pf *pf, struct delayed_work *work, unsigned int ms)
{
	if (!READ_ONCE(pf->removing))
		mod_delayed_work(pf->wq, work, msecs_to_jiffies(ms));
}

void frl_pf_lost(struct frl_pf *pf, const char *why)
{
	if (READ_ONCE(pf->state) == FRL_PF_UP && !cmpxchg(&pf->broken, false, true)) {
		WRITE_ONCE(pf->recovery.why, why);
		wake_up(&pf->admin_wait);
	}
	queue_delayed(pf, &pf->recovery_work, 0);
}

/* ---- Looking at the card ---- */

/* Why it must be attached anew, or NULL. */
static const char *look(struct frl_pf *pf)
{
	struct frl_pf_config config;

	frl_pf_config(pf, &config);
	if (config.magic != FRL_CHIP_ID)
		return "the card does not answer";
	if (config.fw_state == FRL_FW_STATE_FAILED)
		return "firmware says that it failed";
	if (config.epoch != pf->epoch || config.fw_state != FRL_FW_STATE_READY)
		return "firmware was started again";
	if (frl_pf_status(pf) & NEEDS_RESET)
		return "the card stopped a queue";
	return NULL;
}

static void health(struct work_struct *work)
{
	struct frl_pf *pf = container_of(to_delayed_work(work), struct frl_pf, health_work);
	const char *why = NULL;

	/* Who has the lock talks to the card, and finds out as well. */
	if (mutex_trylock(&pf->fw_lock)) {
		if (pf->state == FRL_PF_UP)
			why = look(pf);
		mutex_unlock(&pf->fw_lock);
	}
	if (why)
		frl_pf_lost(pf, why);
	queue_delayed(pf, &pf->health_work, FRL_HEALTH_MS);
}

/**
 * frl_config_interrupt() - the card's configuration changed
 * @irq: configuration vector
 * @arg: card
 *
 * Return: IRQ_HANDLED.
 */
irqreturn_t frl_config_interrupt(int irq, void *arg)
{
	queue_delayed(arg, &((struct frl_pf *)arg)->health_work, 0);
	return IRQ_HANDLED;
}

/* ---- Getting it back ---- */

/* When the card is lost again meanwhile, the next recovery comes after this one has ended. */
static void restore_rules(struct frl_pf *pf)
{
	WRITE_ONCE(pf->restorer, current);
	if (frl_legacy_on(pf))
		frl_legacy_restore(pf);
	else
		frl_tc_fw_restarted(pf);
	WRITE_ONCE(pf->restorer, NULL);
}

static void recover(struct work_struct *work)
{
	struct frl_pf *pf = container_of(to_delayed_work(work), struct frl_pf, recovery_work);

	if (READ_ONCE(pf->hold))
		return;
	if (READ_ONCE(pf->broken) && READ_ONCE(pf->state) == FRL_PF_UP) {
		pci_err(pf->pdev, "lost: %s; trying every %d ms\n", READ_ONCE(pf->recovery.why),
			FRL_REATTACH_MS);
		pf->recovery.lost++;
		frl_pf_detach(pf);
		frl_pf_queue(pf, &pf->report_work);
	}
	if (READ_ONCE(pf->state) != FRL_PF_LOST)
		return;
	if (!frl_pf_ready(pf) || frl_pf_attach(pf)) {
		queue_delayed(pf, &pf->recovery_work, FRL_REATTACH_MS);
		return;
	}
	pf->recovery.back++;
	pci_info(pf->pdev, "card is back, epoch 0x%08x\n", pf->epoch);
	restore_rules(pf);
	frl_pf_queue(pf, &pf->report_work);
}

static void report(struct work_struct *work)
{
	frl_reporters_tell(container_of(work, struct frl_pf, report_work));
}

/**
 * frl_recovery_hold() - take the card out of service while somebody else resets it
 * @pf: card
 */
void frl_recovery_hold(struct frl_pf *pf)
{
	WRITE_ONCE(pf->hold, true);
	cancel_delayed_work_sync(&pf->recovery_work);
	WRITE_ONCE(pf->recovery.why, "the function is reset");
	frl_pf_detach(pf);
}

/**
 * frl_recovery_go() - get it back; has been tried once when this returns
 * @pf: card
 */
void frl_recovery_go(struct frl_pf *pf)
{
	WRITE_ONCE(pf->hold, false);
	queue_delayed(pf, &pf->recovery_work, 0);
	flush_delayed_work(&pf->recovery_work);
}

/* ---- Start and stop ---- */

/**
 * frl_health_init() - prepare the works
 * @pf: card
 */
void frl_health_init(struct frl_pf *pf)
{
	INIT_WORK(&pf->event_work, frl_fw_events);
	INIT_WORK(&pf->report_work, report);
	INIT_DELAYED_WORK(&pf->health_work, health);
	INIT_DELAYED_WORK(&pf->recovery_work, recover);
}

/**
 * frl_health_start() - begin to look at the card
 * @pf: card, in service
 */
void frl_health_start(struct frl_pf *pf)
{
	queue_delayed(pf, &pf->health_work, FRL_HEALTH_MS);
}

/**
 * frl_health_stop() - no work runs any more, and none is queued again
 * @pf: card; neither the devlink lock nor fw_lock is held
 */
void frl_health_stop(struct frl_pf *pf)
{
	WRITE_ONCE(pf->removing, true);
	cancel_delayed_work_sync(&pf->health_work);
	cancel_delayed_work_sync(&pf->recovery_work);
	cancel_work_sync(&pf->event_work);
	cancel_work_sync(&pf->report_work);
}
