// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * devlink health and regions. Reporter fw: what firmware and the conversation with it count.
 * Reporter fw_fatal: a card that is lost; recovery itself (frl_health.c) does not wait for
 * devlink. Registers can be read while firmware is dead.
 */
#include "frl.h"

#define RECOVER_S    5
#define SNAPSHOTS    4
#define COMMON_WORDS 18 /* virtio_pci_common_cfg, QUEUE_BASE and QUEUE_ERROR aside */
#define CONFIG_WORDS (sizeof(struct frl_pf_config) / sizeof(u32))
#define QUEUE_WORDS  3

/* ---- Registers ---- */

static unsigned int dump_queues(const struct frl_pf *pf)
{
	return 2 * (pf->admin_pair + 1);
}

static u32 *dump_queue(struct frl_pf *pf, u16 number, u32 *at)
{
	iowrite16(number, pf->regs + FRL_REG_FN_STATUS + 2);
	*at++ = ioread32(pf->regs + FRL_REG_FN_QUEUE_SIZE);
	*at++ = ioread32(pf->regs + FRL_REG_FN_QUEUE_BASE);
	*at++ = ioread32(pf->regs + FRL_REG_FN_QUEUE_ERROR);
	return at;
}

/**
 * frl_regs_dump() - registers of the PF
 * @pf: card; all ones are read if it is gone
 * @words: out: the common configuration, the device configuration, then size, index and error of
 *	each queue; may be NULL
 * @room: of @words
 *
 * Return: number of words.
 */
u32 frl_regs_dump(struct frl_pf *pf, u32 *words, u32 room)
{
	u32 count = COMMON_WORDS + CONFIG_WORDS + QUEUE_WORDS * dump_queues(pf), *at = words;
	unsigned int i;

	if (!words || room < count)
		return count;
	mutex_lock(&pf->fw_lock);
	for (i = 0; i < COMMON_WORDS; i++)
		*at++ = ioread32(pf->regs + 4 * i);
	for (i = 0; i < CONFIG_WORDS; i++)
		*at++ = ioread32(pf->regs + FRL_REG_FN_CONFIG + 4 * i);
	for (i = 0; i < dump_queues(pf); i++)
		at = dump_queue(pf, i, at);
	mutex_unlock(&pf->fw_lock);
	return count;
}

static int snapshot(struct devlink *devlink, const struct devlink_region_ops *ops,
		    struct netlink_ext_ack *extack, u8 **data)
{
	struct frl_pf *pf = devlink_priv(devlink);
	u32 count = frl_regs_dump(pf, NULL, 0);
	u32 *words;

	words = kvcalloc(count, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;
	frl_regs_dump(pf, words, count);
	*data = (u8 *)words;
	return 0;
}

static const struct devlink_region_ops region_ops = {
	.name = "registers",
	.destructor = kvfree,
	.snapshot = snapshot,
};

/* ---- Reporter fw ---- */

static const char *state_name(const struct frl_pf *pf)
{
	switch (READ_ONCE(pf->state)) {
	case FRL_PF_UP:
		return "up";
	case FRL_PF_LOST:
		return "lost";
	default:
		return "down";
	}
}

static int put_requests(struct frl_pf *pf, struct devlink_fmsg *fmsg)
{
	int err;

	err = devlink_fmsg_string_pair_put(fmsg, "state", state_name(pf));
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "epoch", pf->epoch);
	if (!err)
		err = devlink_fmsg_u64_pair_put(fmsg, "requests", pf->admin.sent);
	if (!err)
		err = devlink_fmsg_u64_pair_put(fmsg, "late replies", pf->admin.late);
	if (!err)
		err = devlink_fmsg_u64_pair_put(fmsg, "malformed frames", pf->admin.malformed);
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "requests held",
						atomic_read(&pf->recovery.held));
	return err;
}

static int fw_diagnose(struct devlink_health_reporter *reporter, struct devlink_fmsg *fmsg,
		       struct netlink_ext_ack *extack)
{
	return put_requests(devlink_health_reporter_priv(reporter), fmsg);
}

static int put_resource(struct devlink_fmsg *fmsg, const struct frl_resource_entry *e)
{
	int err;

	err = devlink_fmsg_pair_nest_start(fmsg, frl_resource_name(e->id));
	if (!err)
		err = devlink_fmsg_obj_nest_start(fmsg);
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "size", e->size);
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "used", e->used);
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "high", e->high);
	if (!err)
		err = devlink_fmsg_obj_nest_end(fmsg);
	if (!err)
		err = devlink_fmsg_pair_nest_end(fmsg);
	return err;
}

static int fw_dump(struct devlink_health_reporter *reporter, struct devlink_fmsg *fmsg, void *ctx,
		   struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_health_reporter_priv(reporter);
	struct frl_resource_entry entries[FRL_RESOURCE_COUNT];
	unsigned int count = 0, i;
	int err;

	if (frl_fw_begin_now(pf))
		frl_admin_resources(&pf->admin, entries, FRL_RESOURCE_COUNT, &count);
	frl_fw_end(pf);
	err = put_requests(pf, fmsg);
	for (i = 0; !err && i < count; i++)
		err = put_resource(fmsg, &entries[i]);
	return err;
}

/*
 * As an error that firmware would tell of: reported from a work, since this holds the devlink
 * lock.
 */
static int fw_test(struct devlink_health_reporter *reporter, struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_health_reporter_priv(reporter);

	WRITE_ONCE(pf->test_report, true);
	frl_pf_queue(pf, &pf->report_work);
	return 0;
}

/* Firmware is well when it answers. */
static int fw_recover(struct devlink_health_reporter *reporter, void *ctx,
		      struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_health_reporter_priv(reporter);
	struct frl_port_info info;
	int err = -EIO;

	if (frl_fw_begin_now(pf))
		err = frl_admin_port_get(&pf->admin, FRL_PORT_WIRE0, &info);
	frl_fw_end(pf);
	return err;
}

static const struct devlink_health_reporter_ops fw_ops = {
	.name = "fw",
	.recover = fw_recover,
	.diagnose = fw_diagnose,
	.dump = fw_dump,
	.test = fw_test,
};

/* ---- Reporter fw_fatal ---- */

static int fatal_diagnose(struct devlink_health_reporter *reporter, struct devlink_fmsg *fmsg,
			  struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_health_reporter_priv(reporter);
	int err;

	err = devlink_fmsg_string_pair_put(fmsg, "state", state_name(pf));
	if (!err)
		err = devlink_fmsg_string_pair_put(fmsg, "last reason",
						   pf->recovery.why ? pf->recovery.why : "none");
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "lost", pf->recovery.lost);
	if (!err)
		err = devlink_fmsg_u32_pair_put(fmsg, "back", pf->recovery.back);
	return err;
}

static int fatal_dump(struct devlink_health_reporter *reporter, struct devlink_fmsg *fmsg,
		      void *ctx, struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_health_reporter_priv(reporter);
	u32 count = frl_regs_dump(pf, NULL, 0);
	u32 *words;
	int err;

	words = kvcalloc(count, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;
	frl_regs_dump(pf, words, count);
	err = devlink_fmsg_binary_pair_put(fmsg, "registers", words, count * sizeof(*words));
	kvfree(words);
	return err;
}

/*
 * Recovery runs by itself; this waits for it, and starts it for a card that only seems to be
 * well.
 */
static int fatal_recover(struct devlink_health_reporter *reporter, void *ctx,
			 struct netlink_ext_ack *extack)
{
	struct frl_pf *pf = devlink_health_reporter_priv(reporter);

	if (wait_event_timeout(pf->state_wait,
			       READ_ONCE(pf->state) == FRL_PF_UP && !READ_ONCE(pf->broken),
			       RECOVER_S * HZ))
		return 0;
	if (extack)
		NL_SET_ERR_MSG_MOD(extack, "the card is not back yet; the driver goes on trying");
	return -EAGAIN;
}

static int fatal_test(struct devlink_health_reporter *reporter, struct netlink_ext_ack *extack)
{
	frl_pf_lost(devlink_health_reporter_priv(reporter), "devlink health test");
	return 0;
}

static const struct devlink_health_reporter_ops fatal_ops = {
	.name = "fw_fatal",
	.diagnose = fatal_diagnose,
	.dump = fatal_dump,
	.recover = fatal_recover,
	.test = fatal_test,
};

/**
 * frl_reporters_tell() - tell devlink what happened
 * @pf: card; the devlink lock is not held
 */
void frl_reporters_tell(struct frl_pf *pf)
{
	if (!READ_ONCE(pf->registered))
		return;
	if (xchg(&pf->test_report, false))
		devlink_health_report(pf->reporter_fw, "test event", pf);
	if (pf->recovery.told != pf->recovery.lost) {
		pf->recovery.told = pf->recovery.lost;
		devlink_health_report(pf->reporter_fatal, READ_ONCE(pf->recovery.why), pf);
	}
	if (READ_ONCE(pf->state) == FRL_PF_UP)
		devlink_health_reporter_state_update(pf->reporter_fatal,
						     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}

/* ---- Start and end ---- */

static int create_region(struct frl_pf *pf)
{
	u64 bytes = frl_regs_dump(pf, NULL, 0) * sizeof(u32);

	devl_lock(pf->devlink);
	pf->region = devl_region_create(pf->devlink, &region_ops, SNAPSHOTS, bytes);
	devl_unlock(pf->devlink);
	return PTR_ERR_OR_ZERO(pf->region);
}

static void destroy_region(struct frl_pf *pf)
{
	devl_lock(pf->devlink);
	devl_region_destroy(pf->region);
	devl_unlock(pf->devlink);
}

/**
 * frl_reporters_create() - health reporters and the region
 * @pf: card, attached
 *
 * Return: 0 or a negative errno value.
 */
int frl_reporters_create(struct frl_pf *pf)
{
	int err;

	err = create_region(pf);
	if (err)
		return err;
	pf->reporter_fw = devlink_health_reporter_create(pf->devlink, &fw_ops, 0, pf);
	if (IS_ERR(pf->reporter_fw)) {
		err = PTR_ERR(pf->reporter_fw);
		goto err_region;
	}
	pf->reporter_fatal = devlink_health_reporter_create(pf->devlink, &fatal_ops, 0, pf);
	if (IS_ERR(pf->reporter_fatal)) {
		err = PTR_ERR(pf->reporter_fatal);
		goto err_fw;
	}
	return 0;
err_fw:
	devlink_health_reporter_destroy(pf->reporter_fw);
err_region:
	destroy_region(pf);
	return err;
}

/**
 * frl_reporters_destroy() - the opposite
 * @pf: card, without works
 */
void frl_reporters_destroy(struct frl_pf *pf)
{
	devlink_health_reporter_destroy(pf->reporter_fatal);
	devlink_health_reporter_destroy(pf->reporter_fw);
	destroy_region(pf);
}
