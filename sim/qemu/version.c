// SPDX-License-Identifier: GPL-2.0-or-later
/* See version.h. */
#include "qemu/osdep.h"

#include "version.h"

#include "hw/pci/pci.h"
#include "qapi/qapi-types-control.h"

/* Of the QEMU whose headers and package were there at the build: VERSION and the package's version. */
#include "built-for.h"

/* Symbols of QEMU's program that another program does not have. */
VersionInfo *qmp_query_version(Error **errp) __attribute__((weak));
void qapi_free_VersionInfo(VersionInfo *obj) __attribute__((weak));

static void __attribute__((noreturn)) refuse(const char *found)
{
	fprintf(stderr,
		"ferrule-qemu.so was built for QEMU %s (package %s), this is %s.\n"
		"Run the qemu-system-x86_64 of Debian's package qemu-system-x86; after an upgrade of it run make again.\n",
		BUILT_FOR_VERSION, BUILT_FOR_PACKAGE, found);
	exit(EXIT_FAILURE);
}

bool version_check(void)
{
	g_autofree char *found = NULL;
	VersionInfo *info;

	if (!qmp_query_version || !qapi_free_VersionInfo)
		return false;
	info = qmp_query_version(NULL);
	found = g_strdup_printf("%" PRId64 ".%" PRId64 ".%" PRId64 " (package %s)",
				info->qemu->major, info->qemu->minor, info->qemu->micro,
				info->package);
	qapi_free_VersionInfo(info);
	if (strcmp(found, BUILT_FOR_VERSION " (package " BUILT_FOR_PACKAGE ")") != 0)
		refuse(found);
	return true;
}

bool version_layout_ok(void)
{
	return object_type_get_instance_size(TYPE_PCI_DEVICE) == sizeof(PCIDevice);
}
