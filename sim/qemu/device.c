// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PCI functions of a Ferrule card: types "ferrule" (the PF, to be put behind a PCIe root port) and "ferrule-vf" (made
 * by the guest through SR-IOV). Config space, MSI-X tables, SR-IOV and FLR are QEMU's; the first half of BAR 0, DMA and
 * interrupts are the card's (card.h).
 */
#include "card.h"

#include "hw/pci/msix.h"
#include "hw/pci/pcie.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qapi/qapi-builtin-visit.h"
#include "qapi/util.h"
#include "qemu/module.h"
#include "standard-headers/linux/virtio_pci.h"

#include "version.h"

/* Data of QEMU's program, which a program that only starts it does not have. */
#pragma weak error_abort
#pragma weak qdev_prop_string

#define TYPE_FUNCTION "ferrule-function"
#define TYPE_PF	      "ferrule"
#define TYPE_VF	      "ferrule-vf"

enum {
	BAR_REGISTERS = 0,
	BAR_MSIX = 4,
};

#define BAR_BYTES  4096
#define BAR_TYPE   (PCI_BASE_ADDRESS_SPACE_MEMORY | PCI_BASE_ADDRESS_MEM_TYPE_64)
#define HOST_BYTES 0x800 /* of a register page: what follows is the card's own side */
#define PBA_OFFSET 0x800 /* in BAR_MSIX, behind CARD_VECTORS entries of 16 bytes */

/* Places in config space; QEMU chooses those of the rest. */
enum {
	CAP_EXPRESS = 0x80,
	CAP_ARI = 0x100,
	CAP_SRIOV = 0x120,
};

#define VF_VECTORS 3 /* configuration, receive, transmit */

struct function {
	PCIDevice pci;
	struct card *card;
	unsigned int fn;
	MemoryRegion registers, msix;
};

struct pf {
	struct function function;
	char *socket; /* property */
	struct card card;
};

static struct function *function_of(void *object)
{
	return OBJECT_CHECK(struct function, object, TYPE_FUNCTION);
}

static struct pf *pf_of(void *object)
{
	return OBJECT_CHECK(struct pf, object, TYPE_PF);
}

/* ---- Registers ---- */

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned int size)
{
	struct function *function = opaque;

	if (offset >= HOST_BYTES)
		return UINT64_MAX;
	return card_read(function->card, function->fn, (uint32_t)offset, size);
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value, unsigned int size)
{
	struct function *function = opaque;

	if (offset < HOST_BYTES)
		card_write(function->card, function->fn, (uint32_t)offset, size, value);
}

static const MemoryRegionOps registers_ops = {
	.read = registers_read,
	.write = registers_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 8 },
	.impl = { .min_access_size = 1, .max_access_size = 8 },
};

/* ---- Config space ---- */

static void add_virtio_cap(PCIDevice *pci, const struct virtio_pci_cap *cap)
{
	int offset = pci_add_capability(pci, PCI_CAP_ID_VNDR, 0, cap->cap_len, &error_abort);

	/* Identity and link to the next one are there already. */
	memcpy(pci->config + offset + 2, &cap->cap_len, cap->cap_len - 2);
}

/* virtio 1.2, 4.1.4: where in BAR 0 its structures are. */
static void add_virtio_caps(PCIDevice *pci)
{
	static const struct {
		uint8_t type;
		uint32_t offset, length;
	} parts[] = {
		{ VIRTIO_PCI_CAP_COMMON_CFG, FRL_REG_FN_DEVICE_FEATURE_SELECT,
		  sizeof(struct virtio_pci_common_cfg) },
		{ VIRTIO_PCI_CAP_ISR_CFG, FRL_REG_FN_ISR, 1 },
		{ VIRTIO_PCI_CAP_NOTIFY_CFG, FRL_REG_FN_NOTIFY, 4 },
		{ VIRTIO_PCI_CAP_DEVICE_CFG, FRL_REG_FN_CONFIG, 64 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct virtio_pci_notify_cap cap = {
			.cap = { .cap_len = sizeof(struct virtio_pci_cap),
				 .cfg_type = parts[i].type,
				 .bar = BAR_REGISTERS,
				 .offset = cpu_to_le32(parts[i].offset),
				 .length = cpu_to_le32(parts[i].length) },
			.notify_off_multiplier = 0,
		};

		if (parts[i].type == VIRTIO_PCI_CAP_NOTIFY_CFG)
			cap.cap.cap_len = sizeof(cap);
		add_virtio_cap(pci, &cap.cap);
	}
}

static void add_bar(struct function *function, int bar, MemoryRegion *region)
{
	PCIDevice *pci = &function->pci;

	if (pci_is_vf(pci))
		pcie_sriov_vf_register_bar(pci, bar, region);
	else
		pci_register_bar(pci, bar, BAR_TYPE, region);
}

/* What PF and VFs have in common. */
static bool init_function(struct function *function, unsigned int vectors, Error **errp)
{
	PCIDevice *pci = &function->pci;
	Object *owner = OBJECT(function);

	if (pcie_endpoint_cap_init(pci, CAP_EXPRESS) < 0) {
		error_setg(errp,
			   "put the device behind a PCIe root port: "
			   "-device pcie-root-port,id=rp0 -device ferrule,bus=rp0,socket=...");
		return false;
	}
	pcie_cap_flr_init(pci);
	pcie_ari_init(pci, CAP_ARI, 1);
	memory_region_init_io(&function->registers, owner, &registers_ops, function,
			      "ferrule-registers", BAR_BYTES);
	memory_region_init(&function->msix, owner, "ferrule-msix", BAR_BYTES);
	add_bar(function, BAR_REGISTERS, &function->registers);
	add_bar(function, BAR_MSIX, &function->msix);
	if (msix_init(pci, (unsigned short)vectors, &function->msix, BAR_MSIX, 0, &function->msix,
		      BAR_MSIX, PBA_OFFSET, 0, errp))
		return false;
	for (unsigned int i = 0; i < vectors; i++)
		msix_vector_use(pci, i);
	card_attach(function->card, function->fn, pci);
	return true;
}

static void exit_function(struct function *function)
{
	card_detach(function->card, function->fn);
	msix_uninit(&function->pci, &function->msix, &function->msix);
	pcie_cap_exit(&function->pci);
}

/* ---- VF ---- */

/*
 * The PF switches the memory of all VFs on (VF MSE; PCIe 5.0, 9.3.3.3.4); their own command register has no such bit.
 * QEMU asks that bit: it is there, follows the PF's, and nobody sees it.
 */
static void vf_follow_mse(PCIDevice *pci)
{
	const PCIDevice *pf = pcie_sriov_get_pf(pci);
	uint16_t control = pci_get_word(pf->config + CAP_SRIOV + PCI_SRIOV_CTRL);
	uint16_t command = pci_get_word(pci->config + PCI_COMMAND) & ~PCI_COMMAND_MEMORY;

	if (control & PCI_SRIOV_CTRL_MSE)
		command |= PCI_COMMAND_MEMORY;
	pci_set_word(pci->config + PCI_COMMAND, command);
}

static void vf_init_command(PCIDevice *pci)
{
	pci_word_test_and_clear_mask(pci->wmask + PCI_COMMAND, PCI_COMMAND_MEMORY);
	vf_follow_mse(pci);
}

static uint32_t vf_config_read(PCIDevice *pci, uint32_t address, int len)
{
	uint32_t value = pci_default_read_config(pci, address, len);

	if (range_covers_byte(address, len, PCI_COMMAND))
		value &= ~((uint32_t)PCI_COMMAND_MEMORY << 8 * (PCI_COMMAND - address));
	return value;
}

static void vf_realize(PCIDevice *pci, Error **errp)
{
	struct function *function = function_of(pci);
	struct pf *pf = pf_of(pcie_sriov_get_pf(pci));

	function->card = &pf->card;
	function->fn = FRL_FN_VF0 + pcie_sriov_vf_number(pci);
	pci_set_byte(pci->config + PCI_REVISION_ID, 1); /* virtio 1.2, 4.1.2.1 */
	vf_init_command(pci);
	if (!init_function(function, VF_VECTORS, errp))
		return;
	/* One that is served at its vhost-user socket is there, and nothing for a driver. */
	if (card_serves(function->card, function->fn))
		add_virtio_caps(pci);
	/* QEMU 7.2 keeps the reference with which it made the VF: without this none would ever be freed. */
	object_unref(OBJECT(pci));
}

static void vf_exit(PCIDevice *pci)
{
	exit_function(function_of(pci));
}

static void vf_reset(DeviceState *dev)
{
	struct function *function = function_of(dev);

	card_reset(function->card, function->fn);
}

static void vf_config_write(PCIDevice *pci, uint32_t address, uint32_t value, int len)
{
	pci_default_write_config(pci, address, value, len);
	pcie_cap_flr_write_config(pci, address, value, len);
}

/* ---- PF ---- */

static void init_sriov(PCIDevice *pci, const struct frl_link_card *info)
{
	pcie_sriov_pf_init(pci, CAP_SRIOV, TYPE_VF, info->vf_device, info->vfs, info->vfs, 1, 1);
	pcie_sriov_pf_init_vf_bar(pci, BAR_REGISTERS, BAR_TYPE, BAR_BYTES);
	pcie_sriov_pf_init_vf_bar(pci, BAR_MSIX, BAR_TYPE, BAR_BYTES);
}

static bool card_fits(const struct frl_link_card *info, Error **errp)
{
	if (info->vfs && info->vfs < FRL_FN_FW && 1u + info->pf_pairs <= CARD_VECTORS &&
	    info->pf_vendor == info->vf_vendor)
		return true;
	error_setg(
		errp,
		"the board file of the simulator names %u VFs (1 to %u), %u queue pairs (up to %u), and vendors 0x%x "
		"and 0x%x, which must be one",
		info->vfs, FRL_FN_FW - 1, info->pf_pairs, CARD_VECTORS - 1, info->pf_vendor,
		info->vf_vendor);
	return false;
}

static void pf_realize(PCIDevice *pci, Error **errp)
{
	struct pf *pf = pf_of(pci);
	const struct frl_link_card *info = &pf->card.info;

	if (!version_layout_ok()) {
		error_setg(
			errp,
			"ferrule-qemu.so and this QEMU differ in the layout of PCIDevice: run make again");
		return;
	}
	if (!pf->socket) {
		error_setg(
			errp,
			"property socket is missing: -device ferrule,socket=<ferrule-sim's --pf>");
		return;
	}
	pf->function.card = &pf->card;
	pf->function.fn = FRL_FN_PF;
	if (!card_open(&pf->card, pf->socket, errp))
		return;
	pci_config_set_vendor_id(pci->config, info->pf_vendor);
	pci_config_set_device_id(pci->config, info->pf_device);
	if (!card_fits(info, errp) || !init_function(&pf->function, 1u + info->pf_pairs, errp)) {
		card_close(&pf->card);
		return;
	}
	init_sriov(pci, info);
}

static void pf_exit(PCIDevice *pci)
{
	struct pf *pf = pf_of(pci);

	pcie_sriov_pf_exit(pci);
	exit_function(&pf->function);
	card_close(&pf->card);
}

/* What the card serves is what the bus shows. */
static void tell_vfs(struct pf *pf)
{
	unsigned int num_vfs = pcie_sriov_num_vfs(&pf->function.pci);

	if (num_vfs != pf->card.num_vfs)
		card_set_vfs(&pf->card, num_vfs);
}

/* A reset of the PF ends its VFs (PCIe 5.0, 9.2.2.2). */
static void reset_sriov(PCIDevice *pci)
{
	uint8_t *cap = pci->config + CAP_SRIOV;

	pcie_sriov_pf_disable_vfs(pci);
	pci_set_word(cap + PCI_SRIOV_CTRL, 0);
	pci_set_word(cap + PCI_SRIOV_NUM_VF, 0);
	pci_set_long(cap + PCI_SRIOV_SYS_PGSIZE, 1);
	for (int i = 0; i < PCI_SRIOV_NUM_BARS; i += 2) {
		uint64_t bar = pci_get_quad(cap + PCI_SRIOV_BAR + 4 * i);

		pci_set_quad(cap + PCI_SRIOV_BAR + 4 * i, bar & ~PCI_BASE_ADDRESS_MEM_MASK);
	}
}

static void pf_reset(DeviceState *dev)
{
	struct pf *pf = pf_of(dev);

	card_reset(&pf->card, FRL_FN_PF);
	reset_sriov(&pf->function.pci);
	tell_vfs(pf);
}

/* Before the VFs appear on the bus the card serves them: the first thing that QEMU does to them is a reset. */
static void expect_vfs(struct pf *pf, uint32_t address, uint32_t value, int len)
{
	PCIDevice *pci = &pf->function.pci;
	unsigned int num_vfs = pci_get_word(pci->config + CAP_SRIOV + PCI_SRIOV_NUM_VF);

	if (range_covers_byte(address, len, CAP_SRIOV + PCI_SRIOV_CTRL) &&
	    (value >> 8 * (CAP_SRIOV + PCI_SRIOV_CTRL - address) & PCI_SRIOV_CTRL_VFE) &&
	    !pcie_sriov_num_vfs(pci) && num_vfs <= pf->card.info.vfs)
		card_set_vfs(&pf->card, num_vfs);
}

static void update_mse(PCIDevice *pci)
{
	for (int i = 0; i < pcie_sriov_num_vfs(pci); i++) {
		PCIDevice *vf = pcie_sriov_get_vf_at_index(pci, i);

		vf_follow_mse(vf);
		/* A write of what is there makes QEMU map its BARs by it. */
		pci_default_write_config(vf, PCI_COMMAND, pci_get_word(vf->config + PCI_COMMAND),
					 2);
	}
}

static void pf_config_write(PCIDevice *pci, uint32_t address, uint32_t value, int len)
{
	struct pf *pf = pf_of(pci);

	expect_vfs(pf, address, value, len);
	pci_default_write_config(pci, address, value, len);
	pcie_cap_flr_write_config(pci, address, value, len);
	tell_vfs(pf);
	if (range_covers_byte(address, len, CAP_SRIOV + PCI_SRIOV_CTRL))
		update_mse(pci);
}

/* ---- Types ---- */

/* Property "dma-faults": accesses of each function, PF first, that were refused. */
static void get_dma_faults(Object *object, Visitor *visitor, const char *name, void *opaque,
			   Error **errp)
{
	struct card *card = &pf_of(object)->card;
	uint64List *faults = NULL;

	(void)opaque;
	for (unsigned int fn = FRL_FN_VF0 + card->info.vfs; fn-- > 0;)
		QAPI_LIST_PREPEND(faults, card->fns[fn].dma_faults);
	visit_type_uint64List(visitor, name, &faults, errp);
	qapi_free_uint64List(faults);
}

static const VMStateDescription vmstate = { .name = "ferrule", .unmigratable = 1 };

static Property pf_properties[] = {
	DEFINE_PROP_STRING("socket", struct pf, socket),
	DEFINE_PROP_END_OF_LIST(),
};

static void function_class_init(ObjectClass *class, void *data)
{
	PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);
	DeviceClass *dev = DEVICE_CLASS(class);

	(void)data;
	pci->class_id = PCI_CLASS_NETWORK_ETHERNET;
	dev->vmsd = &vmstate;
	set_bit(DEVICE_CATEGORY_NETWORK, dev->categories);
}

static void pf_class_init(ObjectClass *class, void *data)
{
	PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);
	DeviceClass *dev = DEVICE_CLASS(class);

	(void)data;
	pci->realize = pf_realize;
	pci->exit = pf_exit;
	pci->config_write = pf_config_write;
	dev->reset = pf_reset;
	dev->desc = "Ferrule card, served by ferrule-sim";
	device_class_set_props(dev, pf_properties);
	object_class_property_add(class, "dma-faults", "list", get_dma_faults, NULL, NULL, NULL);
}

static void vf_class_init(ObjectClass *class, void *data)
{
	PCIDeviceClass *pci = PCI_DEVICE_CLASS(class);
	DeviceClass *dev = DEVICE_CLASS(class);

	(void)data;
	pci->realize = vf_realize;
	pci->exit = vf_exit;
	pci->config_read = vf_config_read;
	pci->config_write = vf_config_write;
	dev->reset = vf_reset;
	dev->user_creatable = false;
}

static InterfaceInfo interfaces[] = { { INTERFACE_PCIE_DEVICE }, {} };

static const TypeInfo types[] = {
	{ .name = TYPE_FUNCTION,
	  .parent = TYPE_PCI_DEVICE,
	  .instance_size = sizeof(struct function),
	  .class_init = function_class_init,
	  .interfaces = interfaces,
	  .abstract = true },
	{ .name = TYPE_PF,
	  .parent = TYPE_FUNCTION,
	  .instance_size = sizeof(struct pf),
	  .class_init = pf_class_init },
	{ .name = TYPE_VF,
	  .parent = TYPE_FUNCTION,
	  .instance_size = sizeof(struct function),
	  .class_init = vf_class_init },
};

static void register_types(void)
{
	type_register_static_array(types, ARRAY_SIZE(types));
}

/* Loaded before QEMU's main(): its types are there when the command line is read. */
static void __attribute__((constructor)) ferrule_init(void)
{
	if (version_check())
		register_module_init(register_types, MODULE_INIT_QOM);
}
