/* SPDX-License-Identifier: BSD-3-Clause */
/* The card as a simulator at the other end of a socket (sim/link), as virtual device
 * net_ferrule<n>,socket=<path>.
 */
#include <errno.h>
#include <stdlib.h>

#include <bus_vdev_driver.h>
#include <rte_kvargs.h>

#include "frl_link.h"
#include "frl_pmd.h"

static int link_open(struct frl_dev *dev, int timeout_ms)
{
	struct frl_link *link;
	int err = frl_link_connect(dev->socket, timeout_ms, &link);

	if (!err)
		dev->handle = link;
	return err;
}

static void link_close(struct frl_dev *dev)
{
	if (dev->handle)
		frl_link_close(dev->handle);
	dev->handle = NULL;
}

static int link_read(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t *value)
{
	return frl_link_read(dev->handle, FRL_FN_PF, offset, size, value);
}

static int link_write(struct frl_dev *dev, uint32_t offset, unsigned int size, uint64_t value)
{
	return frl_link_write(dev->handle, FRL_FN_PF, offset, size, value);
}

static int link_map(struct frl_dev *dev, uint64_t iova, uint64_t len, int fd, uint64_t offset)
{
	return frl_link_map(dev->handle, iova, len, fd, offset);
}

static int link_unmap(struct frl_dev *dev, uint64_t iova, uint64_t len)
{
	return frl_link_unmap(dev->handle, iova, len);
}

static int link_fd(struct frl_dev *dev)
{
	return dev->handle ? frl_link_fd(dev->handle) : -1;
}

static void link_msix(void *arg, uint16_t fn, uint16_t vector)
{
	struct frl_dev *dev = arg;

	(void)fn;
	(void)vector; /* there is one: firmware's queue */
	dev->events_pending = true;
}

static int link_service(struct frl_dev *dev)
{
	static const struct frl_link_ops ops = { .msix = link_msix };

	return frl_link_service(dev->handle, &ops, dev);
}

const struct frl_bus_ops frl_bus_link = {
	.name = "socket",
	.look_ms = -1,
	.open = link_open,
	.close = link_close,
	.read = link_read,
	.write = link_write,
	.map = link_map,
	.unmap = link_unmap,
	.fd = link_fd,
	.service = link_service,
};

/* ---- Virtual device ---- */

#define ARG_SOCKET "socket"
#define ARG_REPRESENTOR \
	"representor" /* names a port when one is looked for; all are made at probe */

static int keep_string(const char *key, const char *value, void *arg)
{
	char **to = arg;

	(void)key;
	free(*to);
	*to = strdup(value);
	return *to ? 0 : -1;
}

static int parse_args(const char *name, const char *args, char **socket)
{
	static const char *const keys[] = { ARG_SOCKET, ARG_REPRESENTOR, NULL };
	struct rte_kvargs *list = rte_kvargs_parse(args ? args : "", keys);
	int err = list ? rte_kvargs_process(list, ARG_SOCKET, keep_string, socket) : -1;

	rte_kvargs_free(list);
	if (!err && *socket && **socket)
		return 0;
	rte_log(RTE_LOG_ERR, frl_logtype,
		"ferrule: %s: wrong arguments '%s': --vdev=%s,socket=<path of ferrule-sim's --pf socket>\n",
		name, args ? args : "", name);
	return -EINVAL;
}

static int vdev_probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct frl_dev *dev = calloc(1, sizeof(*dev));
	int err;

	if (!dev)
		return -ENOMEM;
	strlcpy(dev->name, name, sizeof(dev->name));
	dev->device = &vdev->device;
	dev->bus = &frl_bus_link;
	err = parse_args(name, rte_vdev_device_args(vdev), &dev->socket);
	if (!err)
		err = frl_dev_probe(dev);
	if (err) {
		free(dev->socket);
		free(dev);
	}
	return err;
}

static int vdev_remove(struct rte_vdev_device *vdev)
{
	struct frl_dev *dev = NULL;

	while ((dev = frl_dev_next(dev))) {
		if (dev->device == &vdev->device)
			break;
	}
	if (!dev)
		return 0;
	frl_dev_remove(dev);
	free(dev->socket);
	free(dev);
	return 0;
}

static struct rte_vdev_driver frl_vdev_driver = {
	.probe = vdev_probe,
	.remove = vdev_remove,
	/* Addresses of this process: one run of memory is one announcement, whatever its pages. */
	.drv_flags = RTE_VDEV_DRV_NEED_IOVA_AS_VA,
};

RTE_PMD_REGISTER_VDEV(net_ferrule, frl_vdev_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_ferrule, ARG_SOCKET "=<path> " ARG_REPRESENTOR "=<vf>");
