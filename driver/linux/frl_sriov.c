// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* VFs: their number, and what firmware shall know of each. */
#include <linux/etherdevice.h>

#include "frl.h"

/* Whether a VF has link: its representor is up, or what `ip link set vf state` said. */
static bool vf_admin(const struct frl_pf *pf, u16 vf)
{
	const struct frl_rep *rep = pf->reps[FRL_PORT_VF0 + vf];
	const struct frl_rep *uplink = pf->reps[FRL_PORT_WIRE0];

	if (pf->vf[vf].inactive)
		return false;
	if (rep)
		return rep->open;
	switch (pf->vf[vf].link_state) {
	case IFLA_VF_LINK_STATE_ENABLE:
		return true;
	case IFLA_VF_LINK_STATE_DISABLE:
		return false;
	default:
		return uplink && uplink->open && uplink->info.link;
	}
}

/**
 * frl_vf_apply_locked() - tell firmware how a VF shall be
 * @pf: card, there; fw_lock is held
 * @vf: number of a VF
 *
 * Return: 0 or a negative errno value.
 */
int frl_vf_apply_locked(struct frl_pf *pf, u16 vf)
{
	const struct frl_rep *rep = pf->reps[FRL_PORT_VF0 + vf];
	struct frl_port_info set = {
		.port = FRL_PORT_VF0 + vf,
		.set = FRL_PORT_SET_ADMIN | FRL_PORT_SET_SLOW_PAIR,
		.admin = vf_admin(pf, vf),
		/* Without a representor its frames come with those of the first wire. */
		.slow_pair = rep ? rep->pair : 0,
	};

	lockdep_assert_held(&pf->fw_lock);
	if (pf->vf[vf].mac_set) {
		set.set |= FRL_PORT_SET_MAC;
		ether_addr_copy(set.mac, pf->vf[vf].mac);
	}
	if (rep) {
		set.set |= FRL_PORT_SET_MTU;
		set.mtu = rep->netdev->mtu;
	}
	return frl_fw_port_set_locked(pf, &set, NULL);
}

/**
 * frl_vf_apply() - the same, with the lock
 * @pf: card
 * @vf: number of a VF
 *
 * Return: 0 or a negative errno value.
 */
int frl_vf_apply(struct frl_pf *pf, u16 vf)
{
	int err;

	err = frl_fw_begin(pf);
	if (err)
		return err;
	err = frl_vf_apply_locked(pf, vf);
	frl_fw_end(pf);
	return err;
}

/**
 * frl_vf_mac_set() - give a VF an address; virtio_net takes it when it is bound
 * @pf: card
 * @vf: number of a VF
 * @mac: address
 *
 * Return: 0, -EINVAL for an address that no VF can have, or another negative errno value.
 */
int frl_vf_mac_set(struct frl_pf *pf, u16 vf, const u8 *mac)
{
	struct frl_vf *v = &pf->vf[vf];
	struct frl_vf before;
	int err;

	if (!is_valid_ether_addr(mac))
		return -EINVAL;
	err = frl_fw_begin(pf);
	if (err)
		return err;
	before = *v;
	ether_addr_copy(v->mac, mac);
	v->mac_set = true;
	err = frl_vf_apply_locked(pf, vf);
	if (err)
		*v = before;
	frl_fw_end(pf);
	return err;
}

/**
 * frl_vfs_init() - the VFs as the card has them
 * @pf: card, attached for the first time
 */
void frl_vfs_init(struct frl_pf *pf)
{
	struct frl_port_info info;
	unsigned int i;

	if (frl_fw_begin(pf))
		return;
	for (i = 0; i < pf->vfs; i++) {
		pf->vf[i].spoofchk = true;
		if (frl_admin_port_get(&pf->admin, FRL_PORT_VF0 + i, &info))
			continue;
		ether_addr_copy(pf->vf[i].mac, info.mac);
		ether_addr_copy(pf->vf[i].own_mac, info.mac);
	}
	frl_fw_end(pf);
}

static int enable(struct frl_pf *pf, u16 vfs)
{
	int err;

	if (vfs > pf->vfs) {
		pci_err(pf->pdev, "the card has %u VFs, not %u\n", pf->vfs, vfs);
		return -EINVAL;
	}
	devl_lock(pf->devlink);
	err = frl_eswitch_vfs_add(pf, vfs);
	devl_unlock(pf->devlink);
	if (err)
		return err;
	err = pci_enable_sriov(pf->pdev, vfs);
	if (err) {
		devl_lock(pf->devlink);
		frl_eswitch_vfs_remove(pf);
		devl_unlock(pf->devlink);
	}
	return err;
}

/**
 * frl_sriov_disable() - no VFs any more
 * @pf: card
 */
void frl_sriov_disable(struct frl_pf *pf)
{
	pci_disable_sriov(pf->pdev);
	devl_lock(pf->devlink);
	frl_eswitch_vfs_remove(pf);
	devl_unlock(pf->devlink);
}

/**
 * frl_sriov_configure() - sriov_numvfs was written
 * @pdev: the PF
 * @num_vfs: VFs that there shall be
 *
 * Return: @num_vfs, or a negative errno value.
 */
int frl_sriov_configure(struct pci_dev *pdev, int num_vfs)
{
	struct frl_pf *pf = pci_get_drvdata(pdev);
	int err;

	if (num_vfs) {
		err = enable(pf, num_vfs);
		return err ? err : num_vfs;
	}
	if (pci_vfs_assigned(pdev)) {
		pci_err(pdev, "VFs are assigned to guests\n");
		return -EBUSY;
	}
	frl_sriov_disable(pf);
	return 0;
}
