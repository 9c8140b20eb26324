// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading and checking vhost-user messages; see message.h. */
#define _GNU_SOURCE
#include "message.h"

#include "frl_chip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION		 1u
#define MEMORY_REGION(m) (offsetof(VhostUserMemory, regions) + (m) * sizeof(VhostUserMemoryRegion))

/* Descriptors come with the first byte of a message. */
static bool take_fds(struct vhost_reader *reader, struct msghdr *hdr)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(hdr);
	VhostUserMsg *msg = &reader->msg;
	size_t count;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
		return true;
	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	/* The space for control data has room for no more than that. */
	if (msg->fd_num == 0) {
		memcpy(msg->fds, CMSG_DATA(cmsg), count * sizeof(int));
		msg->fd_num = (int)count;
		return !(hdr->msg_flags & MSG_CTRUNC);
	}
	for (size_t i = 0; i < count; i++)
		close(((int *)CMSG_DATA(cmsg))[i]);
	return false;
}

enum vhost_read vhost_read(struct vhost_reader *reader, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(VHOST_MEMORY_BASELINE_NREGIONS * sizeof(int))];
	} control;

	for (;;) {
		size_t want = VHOST_USER_HDR_SIZE;
		struct iovec iov;
		struct msghdr hdr = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control.buf,
				      .msg_controllen = sizeof(control.buf) };
		ssize_t n;

		if (reader->have >= want) {
			if (reader->msg.size > sizeof(reader->msg.payload))
				return VHOST_READ_GONE;
			want += reader->msg.size;
		}
		if (reader->have == want)
			return VHOST_READ_WHOLE;
		iov = (struct iovec){ (uint8_t *)&reader->msg + reader->have, want - reader->have };
		n = recvmsg(fd, &hdr, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return VHOST_READ_MORE;
		if (n <= 0 || !take_fds(reader, &hdr))
			return VHOST_READ_GONE;
		reader->have += (size_t)n;
	}
}

void vhost_reader_next(struct vhost_reader *reader)
{
	memset(reader, 0, sizeof(*reader));
}

void vhost_reader_drop(struct vhost_reader *reader)
{
	for (int i = 0; i < reader->msg.fd_num; i++)
		close(reader->msg.fds[i]);
	vhost_reader_next(reader);
}

/* What a request must look like. */
enum index_at {
	NO_INDEX,
	STATE_INDEX,
	ADDR_INDEX,
	FD_INDEX
};

static const struct rule {
	int request;
	uint32_t size; /* exact, but for SET_MEM_TABLE and GET_CONFIG */
	enum index_at index;
	int fds; /* -1: 0 or 1, as the message says */
} rules[] = {
	{ VHOST_USER_GET_FEATURES, 0, NO_INDEX, 0 },
	{ VHOST_USER_SET_FEATURES, 8, NO_INDEX, 0 },
	{ VHOST_USER_SET_OWNER, 0, NO_INDEX, 0 },
	{ VHOST_USER_RESET_OWNER, 0, NO_INDEX, 0 },
	{ VHOST_USER_SET_MEM_TABLE, 0, NO_INDEX, -1 },
	{ VHOST_USER_SET_VRING_NUM, 8, STATE_INDEX, 0 },
	{ VHOST_USER_SET_VRING_ADDR, sizeof(struct vhost_vring_addr), ADDR_INDEX, 0 },
	{ VHOST_USER_SET_VRING_BASE, 8, STATE_INDEX, 0 },
	{ VHOST_USER_GET_VRING_BASE, 8, STATE_INDEX, 0 },
	{ VHOST_USER_SET_VRING_KICK, 8, FD_INDEX, -1 },
	{ VHOST_USER_SET_VRING_CALL, 8, FD_INDEX, -1 },
	{ VHOST_USER_SET_VRING_ERR, 8, FD_INDEX, -1 },
	{ VHOST_USER_GET_PROTOCOL_FEATURES, 0, NO_INDEX, 0 },
	{ VHOST_USER_SET_PROTOCOL_FEATURES, 8, NO_INDEX, 0 },
	{ VHOST_USER_GET_QUEUE_NUM, 0, NO_INDEX, 0 },
	{ VHOST_USER_SET_VRING_ENABLE, 8, STATE_INDEX, 0 },
	{ VHOST_USER_SET_SLAVE_REQ_FD, 0, NO_INDEX, 1 },
	{ VHOST_USER_GET_CONFIG, 0, NO_INDEX, 0 },
};

static bool ends_in(uint64_t start, uint64_t len, uint64_t *end)
{
	return !__builtin_add_overflow(start, len, end);
}

/* A region must lie in its file and be mappable: libvhost-user goes on after a mapping failed. */
static const char *check_region(const VhostUserMemoryRegion *region, int fd)
{
	uint64_t end, unused;
	struct stat st;
	void *mem;

	if (region->memory_size == 0 || !ends_in(region->mmap_offset, region->memory_size, &end) ||
	    !ends_in(region->guest_phys_addr, region->memory_size, &unused) ||
	    !ends_in(region->userspace_addr, region->memory_size, &unused))
		return "memory region is empty or wraps";
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || end > (uint64_t)st.st_size)
		return "memory region lies behind the end of its file";
	mem = mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (mem == MAP_FAILED)
		return "memory region cannot be mapped";
	munmap(mem, end);
	return NULL;
}

static const char *check_memory(const VhostUserMsg *msg)
{
	/* The message is packed: copy what is to be pointed at. */
	VhostUserMemory memory = msg->payload.memory;
	const char *why;

	if (msg->size < MEMORY_REGION(0) || memory.nregions > VHOST_MEMORY_BASELINE_NREGIONS ||
	    msg->size < MEMORY_REGION(memory.nregions) || msg->fd_num != (int)memory.nregions)
		return "memory table of a wrong size, or with a wrong number of descriptors";
	for (uint32_t i = 0; i < memory.nregions; i++) {
		why = check_region(&memory.regions[i], msg->fds[i]);
		if (why)
			return why;
	}
	return NULL;
}

static const char *check_config(const VhostUserMsg *msg)
{
	const VhostUserConfig config = msg->payload.config;
	size_t header = offsetof(VhostUserConfig, region);

	if (msg->size < header || config.size > VHOST_USER_MAX_CONFIG_SIZE ||
	    msg->size != header + config.size)
		return "configuration request of a wrong size";
	return NULL;
}

static const char *check_index(const VhostUserMsg *msg, enum index_at at, unsigned int queues)
{
	uint64_t index = 0;

	if (at == STATE_INDEX)
		index = msg->payload.state.index;
	else if (at == ADDR_INDEX)
		index = msg->payload.addr.index;
	else if (at == FD_INDEX)
		index = msg->payload.u64 & VHOST_USER_VRING_IDX_MASK;
	return index < queues ? NULL : "queue number is out of range";
}

/* A queue's descriptors are shared with the frontend: none may block us. */
static const char *check_fds(const VhostUserMsg *msg, const struct rule *rule)
{
	bool no_fd = rule->index == FD_INDEX && (msg->payload.u64 & VHOST_USER_VRING_NOFD_MASK);

	if (rule->fds >= 0 ? msg->fd_num != rule->fds : msg->fd_num != !no_fd)
		return "wrong number of descriptors";
	for (int i = 0; i < msg->fd_num; i++)
		fcntl(msg->fds[i], F_SETFL, fcntl(msg->fds[i], F_GETFL) | O_NONBLOCK);
	return NULL;
}

/* virtio 1.2, 2.7: a split queue's size is a power of two. */
static const char *check_value(const VhostUserMsg *msg)
{
	uint32_t num = msg->payload.state.num;

	if (msg->request == VHOST_USER_SET_VRING_NUM &&
	    (num == 0 || num > FRL_QUEUE_SIZE_MAX || (num & (num - 1))))
		return "queue size is not a power of two of at most 1024";
	if (msg->request == VHOST_USER_SET_VRING_BASE && num > UINT16_MAX)
		return "queue base is out of range";
	return NULL;
}

const char *vhost_check(const VhostUserMsg *msg, unsigned int queues)
{
	const struct rule *rule = NULL;
	const char *why;

	if ((msg->flags & VHOST_USER_VERSION_MASK) != VERSION ||
	    (msg->flags & VHOST_USER_REPLY_MASK))
		return "wrong flags";
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].request == msg->request)
			rule = &rules[i];
	}
	if (!rule)
		return "request is not served";
	if (rule->request == VHOST_USER_SET_MEM_TABLE)
		return check_memory(msg);
	if (rule->request == VHOST_USER_GET_CONFIG)
		return msg->fd_num ? "wrong number of descriptors" : check_config(msg);
	if (msg->size != rule->size)
		return "wrong size";
	why = check_index(msg, rule->index, queues);
	if (!why)
		why = check_fds(msg, rule);
	return why ? why : check_value(msg);
}
