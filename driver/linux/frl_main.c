// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* PCI driver: probe, remove, reset. */
#include <linux/module.h>

#include "frl.h"

#define BAR	    0
#define BAR_MIN	    0x800
#define VECTORS_MIN (FRL_REP_VECTOR + 1)
#define VECTORS_MAX (FRL_REP_VECTOR + FRL_PF_PAIRS)

/**
 * frl_pf_vector() - MSI-X vector of a rep's queue pair
 * @pf: card
 * @pair: queue pair
 *
 * Return: a vector; reps share them when there are too few.
 */
u16 frl_pf_vector(const struct frl_pf *pf, u16 pair)
{
	return FRL_REP_VECTOR + pair % (pf->vectors - FRL_REP_VECTOR);
}

/* ---- In service, and not ---- */

static void set_state(struct frl_pf *pf, enum frl_pf_state state)
{
	lockdep_assert_held(&pf->fw_lock);
	WRITE_ONCE(pf->state, state);
	wake_up_all(&pf->state_wait);
}

/* What the host has asked for goes to a firmware that may know nothing of it. */
static int restore_ports(struct frl_pf *pf)
{
	unsigned int i;
	int err;

	for (i = 0; i < pf->vfs; i++) {
		err = frl_vf_apply_locked(pf, i);
		if (err)
			return err;
	}
	for (i = 0; i < FRL_N_PORTS; i++) {
		if (!pf->reps[i])
			continue;
		err = frl_rep_attach(pf->reps[i]);
		if (err)
			return err;
	}
	return 0;
}

static void detach_reps(struct frl_pf *pf)
{
	unsigned int i;

	for (i = 0; i < FRL_N_PORTS; i++) {
		if (pf->reps[i])
			frl_rep_detach(pf->reps[i]);
	}
}

/* Afterwards the card touches no memory of ours. */
static void quiesce(struct frl_pf *pf)
{
	if (!frl_pf_present(pf) || frl_pf_reset(pf))
		pci_clear_master(pf->pdev);
}

static int attach_locked(struct frl_pf *pf)
{
	u32 epoch = pf->epoch;
	unsigned int i;
	int err;

	pci_set_master(pf->pdev);
	WRITE_ONCE(pf->broken, false);
	err = frl_pf_start(pf);
	if (!err)
		err = frl_fw_open(pf);
	if (!err)
		err = restore_ports(pf);
	if (err) {
		frl_admin_gone(&pf->admin);
		detach_reps(pf);
		quiesce(pf);
		WRITE_ONCE(pf->broken, true);
		return err;
	}
	frl_totals_back(pf, epoch != pf->epoch);
	set_state(pf, FRL_PF_UP);
	for (i = 0; i < FRL_N_PORTS; i++) {
		if (pf->reps[i])
			frl_rep_back(pf->reps[i]);
	}
	return 0;
}

/**
 * frl_pf_attach() - put a card into service
 * @pf: card, not in service
 *
 * Rules are not restored, see frl_tc_fw_restarted() and frl_legacy_restore().
 *
 * Return: 0, or a negative errno value: it is as before.
 */
int frl_pf_attach(struct frl_pf *pf)
{
	int err;

	frl_fw_begin_now(pf);
	err = attach_locked(pf);
	frl_fw_end(pf);
	return err;
}

/**
 * frl_pf_detach() - take it out of service: requests wait, netdevs have no carrier
 * @pf: card; may be gone
 */
void frl_pf_detach(struct frl_pf *pf)
{
	mutex_lock(&pf->fw_lock);
	if (pf->state == FRL_PF_UP) {
		frl_totals_lost(pf);
		set_state(pf, FRL_PF_LOST);
		WRITE_ONCE(pf->broken, true);
		frl_admin_gone(&pf->admin);
		quiesce(pf);
		detach_reps(pf);
	}
	mutex_unlock(&pf->fw_lock);
}

static void pf_close(struct frl_pf *pf)
{
	if (frl_fw_begin_now(pf))
		frl_fw_close(pf);
	set_state(pf, FRL_PF_DOWN);
	frl_admin_gone(&pf->admin);
	quiesce(pf);
	frl_fw_end(pf);
}

/* ---- Resources of the PCI function ---- */

static int setup_pci(struct frl_pf *pf)
{
	struct pci_dev *pdev = pf->pdev;
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;
	if (pci_resource_len(pdev, BAR) < BAR_MIN) {
		pci_err(pdev, "BAR %d is missing or too small\n", BAR);
		return -ENXIO;
	}
	err = pcim_iomap_regions(pdev, BIT(BAR), FRL_DRV_NAME);
	if (err)
		return err;
	pf->regs = pcim_iomap_table(pdev)[BAR];
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	pci_save_state(pdev);
	return 0;
}

static int setup_irqs(struct frl_pf *pf)
{
	struct pci_dev *pdev = pf->pdev;
	int err;

	pf->vectors = pci_alloc_irq_vectors(pdev, VECTORS_MIN, VECTORS_MAX, PCI_IRQ_MSIX);
	if (pf->vectors < 0) {
		pci_err(pdev, "needs %u MSI-X vectors: %d\n", VECTORS_MIN, pf->vectors);
		return pf->vectors;
	}
	err = request_irq(pci_irq_vector(pdev, FRL_CONFIG_VECTOR), frl_config_interrupt, 0,
			  FRL_DRV_NAME "-config", pf);
	if (err)
		goto err_vectors;
	err = request_irq(pci_irq_vector(pdev, FRL_ADMIN_VECTOR), frl_fw_interrupt, 0,
			  FRL_DRV_NAME "-fw", pf);
	if (err)
		goto err_config;
	return 0;
err_config:
	free_irq(pci_irq_vector(pdev, FRL_CONFIG_VECTOR), pf);
err_vectors:
	pci_free_irq_vectors(pdev);
	return err;
}

static void free_irqs(struct frl_pf *pf)
{
	free_irq(pci_irq_vector(pf->pdev, FRL_ADMIN_VECTOR), pf);
	free_irq(pci_irq_vector(pf->pdev, FRL_CONFIG_VECTOR), pf);
	pci_free_irq_vectors(pf->pdev);
}

static struct frl_pf *pf_alloc(struct pci_dev *pdev)
{
	struct devlink *devlink;
	struct frl_pf *pf;

	devlink = devlink_alloc(&frl_devlink_ops, sizeof(*pf), &pdev->dev);
	if (!devlink)
		return NULL;
	pf = devlink_priv(devlink);
	pf->wq = alloc_workqueue("ferrule-%s", WQ_UNBOUND, 0, pci_name(pdev));
	if (!pf->wq) {
		devlink_free(devlink);
		return NULL;
	}
	pf->pdev = pdev;
	pf->devlink = devlink;
	mutex_init(&pf->fw_lock);
	spin_lock_init(&pf->totals_lock);
	init_waitqueue_head(&pf->state_wait);
	init_waitqueue_head(&pf->admin_wait);
	frl_health_init(pf);
	pci_set_drvdata(pdev, pf);
	return pf;
}

static void pf_free(struct frl_pf *pf)
{
	frl_fw_free(pf);
	frl_counters_free(pf);
	destroy_workqueue(pf->wq);
	mutex_destroy(&pf->fw_lock);
	devlink_free(pf->devlink);
}

/* ---- Probe and remove ---- */

static int register_all(struct frl_pf *pf)
{
	int err;

	devl_lock(pf->devlink);
	err = frl_devlink_init(pf);
	if (err)
		goto out;
	err = frl_eswitch_init(pf);
	if (err)
		frl_devlink_fini(pf);
out:
	devl_unlock(pf->devlink);
	return err;
}

static void unregister_all(struct frl_pf *pf)
{
	devl_lock(pf->devlink);
	frl_eswitch_fini(pf);
	frl_devlink_fini(pf);
	devl_unlock(pf->devlink);
}

static int frl_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct frl_pf *pf;
	int err;

	pf = pf_alloc(pdev);
	if (!pf)
		return -ENOMEM;
	err = setup_pci(pf);
	if (err)
		goto err_free;
	err = setup_irqs(pf);
	if (err)
		goto err_free;
	err = frl_pf_attach(pf);
	if (err) {
		pci_err(pdev, "the card cannot be started: %d\n", err);
		goto err_irqs;
	}
	frl_vfs_init(pf);
	err = frl_tc_init(pf);
	if (err)
		goto err_close;
	err = register_all(pf);
	if (err)
		goto err_tc;
	err = frl_reporters_create(pf);
	if (err)
		goto err_unregister;
	devlink_register(pf->devlink);
	WRITE_ONCE(pf->registered, true);
	frl_health_start(pf);
	pci_info(pdev, "%.32s, %u wires, %u VFs, %u rules\n", pf->hello.fw_version, pf->wires,
		 pf->vfs, pf->rules);
	return 0;
err_unregister:
	unregister_all(pf);
err_tc:
	frl_tc_fini(pf);
err_close:
	frl_health_stop(pf);
	pf_close(pf);
err_irqs:
	frl_health_stop(pf);
	free_irqs(pf);
err_free:
	pf_free(pf);
	return err;
}

static void frl_remove(struct pci_dev *pdev)
{
	struct frl_pf *pf = pci_get_drvdata(pdev);

	/* devlink takes no reports of an instance that is not registered. */
	WRITE_ONCE(pf->registered, false);
	cancel_work_sync(&pf->report_work);
	devlink_unregister(pf->devlink);
	frl_sriov_disable(pf);
	frl_health_stop(pf);
	frl_reporters_destroy(pf);
	unregister_all(pf);
	frl_tc_fini(pf);
	pf_close(pf);
	free_irqs(pf);
	pf_free(pf);
}

/* Another kernel takes over: the card must not write into what was our memory. */
static void frl_shutdown(struct pci_dev *pdev)
{
	struct frl_pf *pf = pci_get_drvdata(pdev);

	frl_recovery_hold(pf);
	pci_clear_master(pdev);
}

/* ---- Reset and errors of the bus ---- */

static pci_ers_result_t frl_error_detected(struct pci_dev *pdev, pci_channel_state_t state)
{
	frl_recovery_hold(pci_get_drvdata(pdev));
	return state == pci_channel_io_perm_failure ? PCI_ERS_RESULT_DISCONNECT
						    : PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t frl_slot_reset(struct pci_dev *pdev)
{
	pci_restore_state(pdev);
	pci_save_state(pdev);
	return PCI_ERS_RESULT_RECOVERED;
}

static void frl_reset_prepare(struct pci_dev *pdev)
{
	frl_recovery_hold(pci_get_drvdata(pdev));
}

static void frl_reset_done(struct pci_dev *pdev)
{
	frl_recovery_go(pci_get_drvdata(pdev));
}

static const struct pci_error_handlers frl_error_handlers = {
	.error_detected = frl_error_detected,
	.slot_reset = frl_slot_reset,
	.resume = frl_reset_done,
	.reset_prepare = frl_reset_prepare,
	.reset_done = frl_reset_done,
};

static const struct pci_device_id frl_ids[] = { { PCI_DEVICE(PCI_VENDOR_ID_REDHAT_QUMRANET,
							     0x10f0) },
						{} };
MODULE_DEVICE_TABLE(pci, frl_ids);

static struct pci_driver frl_driver = {
	.name = FRL_DRV_NAME,
	.id_table = frl_ids,
	.probe = frl_probe,
	.remove = frl_remove,
	.shutdown = frl_shutdown,
	.sriov_configure = frl_sriov_configure,
	.err_handler = &frl_error_handlers,
};
module_pci_driver(frl_driver);

MODULE_AUTHOR("The Ferrule authors");
MODULE_DESCRIPTION("Ferrule SmartNIC");
MODULE_LICENSE("Dual BSD/GPL");
