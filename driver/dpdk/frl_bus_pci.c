/* SPDX-License-Identifier: BSD-3-Clause */
/* The card as a PCI function 1af4:10f0; its page of registers is BAR 0. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bus_pci_driver.h>
#include <rte_io.h>

#include "frl_pmd.h"

#define PCI_VENDOR 0x1af4
#define PCI_DEVICE 0x10f0
#define BAR	   0
#define BAR_MIN	   0x800
#define LOOK_MS	   100 /* a card that is pulled, or reset by somebody else, sends no interrupt */

static uint64_t ones(unsigned int size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

/* A read of a function that is not there returns all ones (PCIe 5.0, 2.3.2), which this word never is. */
static bool gone(const struct frl_dev *dev)
{
	return rte_read32(RTE_PTR_ADD(dev->handle, FRL_REG_FN_CONFIG)) == UINT32_MAX;
}

/* MSI-X by VFIO, where vector 0 (firmware's queue) is an eventfd; NULL with another kernel driver. */
static struct rte_intr_handle *interrupt(const struct frl_dev *dev)
{
	struct rte_intr_handle *handle = RTE_DEV_TO_PCI(dev->device)->intr_handle;

	if (rte_intr_type_get(handle) != RTE_INTR_HANDLE_VFIO_MSIX)
		return NULL;
	return rte_intr_fd_get(handle) < 0 ? NULL : handle;
}

static int pci_open(struct frl_dev *dev, int timeout_ms)
{
	struct rte_pci_device *pci = RTE_DEV_TO_PCI(dev->device);

	(void)timeout_ms;
	if (!pci->mem_resource[BAR].addr || pci->mem_resource[BAR].len < BAR_MIN)
		return -ENXIO;
	dev->handle = pci->mem_resource[BAR].addr;
	if (gone(dev))
		return -ENOTCONN;
	return interrupt(dev) && rte_intr_enable(interrupt(dev)) ? -EIO : 0;
}

static void pci_close(struct frl_dev *dev)
{
	if (interrupt(dev))
		rte_intr_disable(interrupt(dev));
}

static int pci_read(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t *value)
{
	const volatile void *at = RTE_PTR_ADD(dev->handle, offset);

	switch (size) {
	case 1:
		*value = rte_read8(at);
		break;
	case 2:
		*value = rte_read16(at);
		break;
	case 4:
		*value = rte_read32(at);
		break;
	default:
		return -EINVAL;
	}
	return *value == ones(size) && gone(dev) ? -ENOTCONN : 0;
}

static int pci_write(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t value)
{
	volatile void *at = RTE_PTR_ADD(dev->handle, offset);

	switch (size) {
	case 1:
		rte_write8((uint8_t)value, at);
		return 0;
	case 2:
		rte_write16((uint16_t)value, at);
		return 0;
	case 4:
		rte_write32((uint32_t)value, at);
		return 0;
	default:
		return -EINVAL;
	}
}

static int pci_fd(struct frl_dev *dev)
{
	return interrupt(dev) ? rte_intr_fd_get(interrupt(dev)) : -1;
}

static int pci_service(struct frl_dev *dev)
{
	uint64_t count;

	/* Without an interrupt firmware's queue is looked at each time. */
	if (!interrupt(dev) || read(pci_fd(dev), &count, sizeof(count)) == sizeof(count))
		dev->events_pending = true;
	return frl_pf_check(dev);
}

const struct frl_bus_ops frl_bus_pci = {
	.name = "pci",
	.look_ms = LOOK_MS,
	.open = pci_open,
	.close = pci_close,
	.read = pci_read,
	.write = pci_write,
	.fd = pci_fd,
	.service = pci_service,
};

static int pci_probe(struct rte_pci_driver *driver, struct rte_pci_device *pci)
{
	struct frl_dev *dev = calloc(1, sizeof(*dev));
	int err;

	(void)driver;
	if (!dev)
		return -ENOMEM;
	strlcpy(dev->name, pci->device.name, sizeof(dev->name));
	dev->device = &pci->device;
	dev->bus = &frl_bus_pci;
	err = frl_dev_probe(dev);
	if (err)
		free(dev);
	return err;
}

static int pci_remove(struct rte_pci_device *pci)
{
	struct frl_dev *dev = NULL;

	while ((dev = frl_dev_next(dev))) {
		if (dev->device == &pci->device)
			break;
	}
	if (!dev)
		return 0;
	frl_dev_remove(dev);
	free(dev);
	return 0;
}

static const struct rte_pci_id frl_pci_ids[] = {
	{ RTE_PCI_DEVICE(PCI_VENDOR, PCI_DEVICE) },
	{ .vendor_id = 0 },
};

static struct rte_pci_driver frl_pci_driver = {
	.id_table = frl_pci_ids,
	.drv_flags = RTE_PCI_DRV_NEED_MAPPING,
	.probe = pci_probe,
	.remove = pci_remove,
};

RTE_PMD_REGISTER_PCI(net_ferrule_pci, frl_pci_driver);
RTE_PMD_REGISTER_PCI_TABLE(net_ferrule_pci, frl_pci_ids);
RTE_PMD_REGISTER_KMOD_DEP(net_ferrule_pci, "* vfio-pci");
