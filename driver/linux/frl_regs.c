// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* The PF as a virtio function: start (virtio 1.2, 3.1.1), reset, configuration. */
#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/virtio_config.h>

#include "frl.h"

#define FEATURES_NEEDED BIT_ULL(VIRTIO_F_VERSION_1)
#define FEATURES_WANTED                                                                           \
	(FEATURES_NEEDED | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) | BIT_ULL(VIRTIO_F_ORDER_PLATFORM) | \
	 BIT_ULL(VIRTIO_F_RING_RESET))

#define POLL_US 1000

static void set_status(struct frl_pf *pf, u8 status)
{
	iowrite8(status, pf->regs + FRL_REG_FN_STATUS);
}

/**
 * frl_pf_status() - device_status
 * @pf: card
 *
 * Return: its bits; all ones when the card is gone.
 */
u8 frl_pf_status(struct frl_pf *pf)
{
	return ioread8(pf->regs + FRL_REG_FN_STATUS);
}

/**
 * frl_pf_config() - read the device configuration
 * @pf: card
 * @config: out; all ones when the card is gone
 */
void frl_pf_config(struct frl_pf *pf, struct frl_pf_config *config)
{
	u32 words[sizeof(*config) / sizeof(u32)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = ioread32(pf->regs + FRL_REG_FN_CONFIG + 4 * i);
	memcpy(config, words, sizeof(*config));
}

/**
 * frl_pf_ready() - whether an attach would find firmware running
 * @pf: card
 *
 * Return: true when it does.
 */
bool frl_pf_ready(struct frl_pf *pf)
{
	struct frl_pf_config config;

	frl_pf_config(pf, &config);
	return config.magic == FRL_CHIP_ID && config.fw_state == FRL_FW_STATE_READY;
}

/**
 * frl_pf_silent() - why the card will answer nothing that it was asked
 * @pf: card, after DRIVER_OK
 *
 * Return: text for people, or NULL when it may answer. A card that ended and is there again
 * answers reads, but its queues are gone.
 */
const char *frl_pf_silent(struct frl_pf *pf)
{
	u8 status = frl_pf_status(pf);

	if (status == U8_MAX)
		return "the card is gone";
	return status & VIRTIO_CONFIG_S_DRIVER_OK ? NULL : "the card was reset";
}

/**
 * frl_pf_present() - whether anything answers behind BAR 0
 * @pf: card
 *
 * Return: false when a read gives all ones, as it does of a function that is gone.
 */
bool frl_pf_present(struct frl_pf *pf)
{
	return ioread32(pf->regs + FRL_REG_FN_CONFIG) != U32_MAX;
}

static int check_config(struct frl_pf *pf, const struct frl_pf_config *c)
{
	if (c->abi_major != FRL_ABI_MAJOR) {
		pci_err(pf->pdev,
			"firmware speaks ABI %u.%u, this driver %u.%u: update the older one\n",
			c->abi_major, c->abi_minor, FRL_ABI_MAJOR, FRL_ABI_MINOR);
		return -EPROTO;
	}
	if (!c->wires || FRL_PORT_WIRE0 + c->wires > FRL_PORT_HOST || c->vfs > FRL_VFS_MAX ||
	    c->admin_pair < c->wires + c->vfs || c->admin_pair >= FRL_PF_PAIRS) {
		pci_err(pf->pdev, "firmware tells of %u wires, %u VFs and admin pair %u\n",
			c->wires, c->vfs, c->admin_pair);
		return -EPROTO;
	}
	/* Netdevs and SR-IOV stand on these: they cannot change while the driver is bound. */
	if (pf->wires && (pf->wires != c->wires || pf->vfs != c->vfs)) {
		pci_err(pf->pdev, "card had %u wires and %u VFs, now it has %u and %u\n", pf->wires,
			pf->vfs, c->wires, c->vfs);
		return -EPROTO;
	}
	pf->epoch = c->epoch;
	pf->wires = c->wires;
	pf->vfs = c->vfs;
	pf->admin_pair = c->admin_pair;
	return 0;
}

/* Firmware boots beside us: until it is READY the configuration may still be empty. */
static int wait_firmware(struct frl_pf *pf)
{
	unsigned long end = jiffies + FRL_FW_READY_S * HZ;
	struct frl_pf_config config;

	for (;;) {
		frl_pf_config(pf, &config);
		if (config.magic == FRL_CHIP_ID && config.fw_state == FRL_FW_STATE_READY)
			return check_config(pf, &config);
		if (config.magic == FRL_CHIP_ID && config.fw_state == FRL_FW_STATE_FAILED)
			return -EIO;
		/* A card that is away is waited for by recovery, without a lock. */
		if (config.magic == U32_MAX || READ_ONCE(pf->removing))
			return -ENODEV;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		msleep(20);
	}
}

/**
 * frl_pf_reset() - reset the function (virtio 1.2, 2.1)
 * @pf: card
 *
 * Nothing of its queues is in flight afterwards.
 *
 * Return: 0, -ETIMEDOUT when the card did not finish, -ENODEV when it is gone.
 */
int frl_pf_reset(struct frl_pf *pf)
{
	u8 status;
	int err;

	set_status(pf, 0);
	err = read_poll_timeout(frl_pf_status, status, !status || status == U8_MAX, POLL_US,
				FRL_RESET_S * USEC_PER_SEC, false, pf);
	if (status == U8_MAX)
		return -ENODEV;
	return err;
}

static u64 offered(struct frl_pf *pf)
{
	u64 low;

	iowrite32(0, pf->regs + FRL_REG_FN_DEVICE_FEATURE_SELECT);
	low = ioread32(pf->regs + FRL_REG_FN_DEVICE_FEATURE);
	iowrite32(1, pf->regs + FRL_REG_FN_DEVICE_FEATURE_SELECT);
	return low | (u64)ioread32(pf->regs + FRL_REG_FN_DEVICE_FEATURE) << 32;
}

static int negotiate(struct frl_pf *pf)
{
	u64 have = offered(pf), take = have & FEATURES_WANTED;

	if ((have & FEATURES_NEEDED) != FEATURES_NEEDED)
		return -EPROTO;
	iowrite32(0, pf->regs + FRL_REG_FN_DRIVER_FEATURE_SELECT);
	iowrite32(lower_32_bits(take), pf->regs + FRL_REG_FN_DRIVER_FEATURE);
	iowrite32(1, pf->regs + FRL_REG_FN_DRIVER_FEATURE_SELECT);
	iowrite32(upper_32_bits(take), pf->regs + FRL_REG_FN_DRIVER_FEATURE);
	set_status(pf, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			       VIRTIO_CONFIG_S_FEATURES_OK);
	return frl_pf_status(pf) & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -EPROTO;
}

/**
 * frl_pf_start() - bring the function up to DRIVER_OK
 * @pf: card; its firmware may still be booting
 *
 * Return: 0 with the sizes of @pf filled in, or a negative errno value: -ENODEV when nothing
 * answers, -ETIMEDOUT when firmware is not ready in time, -EIO when it says that it failed,
 * -EPROTO when it is no firmware for us.
 */
int frl_pf_start(struct frl_pf *pf)
{
	int err;

	err = wait_firmware(pf);
	if (err)
		return err;
	err = frl_pf_reset(pf);
	if (err)
		return err;
	set_status(pf, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	set_status(pf, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	err = negotiate(pf);
	if (err)
		return err;
	iowrite16(FRL_CONFIG_VECTOR, pf->regs + FRL_REG_FN_CONFIG_MSIX);
	set_status(pf, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			       VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	return 0;
}
