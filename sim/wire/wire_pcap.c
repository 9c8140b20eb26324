// SPDX-License-Identifier: GPL-2.0-or-later
/* A wire between capture files: IN is played back to back from the start on, OUT takes what the card sends. */
#include "wire.h"

#include "sim/board/log.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

struct wire_pcap {
	struct wire *wire;
	pcap_t *in, *out_format;
	pcap_dumper_t *out;
};

static void destroy(void *priv)
{
	struct wire_pcap *file = priv;

	if (file->out)
		pcap_dump_close(file->out);
	if (file->out_format)
		pcap_close(file->out_format);
	if (file->in)
		pcap_close(file->in);
	free(file);
}

static int open_in(struct wire_pcap *file, const char *path)
{
	char error[PCAP_ERRBUF_SIZE];

	file->in = pcap_open_offline(path, error);
	if (!file->in) {
		sim_log("wire", "%s; give a pcap file of Ethernet frames", error);
		return -1;
	}
	if (pcap_datalink(file->in) != DLT_EN10MB) {
		sim_log("wire", "%s: does not hold Ethernet frames", path);
		return -1;
	}
	return 0;
}

static int open_out(struct wire_pcap *file, const char *path)
{
	file->out_format = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, WIRE_FRAME_MAX,
								PCAP_TSTAMP_PRECISION_NANO);
	file->out = file->out_format ? pcap_dump_open(file->out_format, path) : NULL;
	if (file->out)
		return 0;
	sim_log("wire", "%s; choose a file in a folder that exists and is writable",
		file->out_format ? pcap_geterr(file->out_format) : "no memory");
	return -1;
}

static void *create(struct wire *wire, const char *spec)
{
	struct wire_pcap *file = calloc(1, sizeof(*file));
	char *in = strdup(spec);
	char *out = in ? strchr(in, ',') : NULL;
	int err;

	if (!file || !in) {
		free(in);
		free(file);
		return NULL;
	}
	file->wire = wire;
	if (out)
		*out++ = '\0';
	err = open_in(file, in) || (out && open_out(file, out));
	free(in);
	if (err) {
		destroy(file);
		return NULL;
	}
	wire_link(wire, true);
	return file;
}

/* All frames wait at the wire's end; the card takes one after the other. */
static void start(void *priv)
{
	struct wire_pcap *file = priv;
	struct pcap_pkthdr *hdr;
	const u_char *bytes;

	while (pcap_next_ex(file->in, &hdr, &bytes) == 1)
		wire_rx(file->wire, bytes, hdr->caplen);
}

static bool send_frame(void *priv, const void *frame, size_t len)
{
	struct wire_pcap *file = priv;
	struct pcap_pkthdr hdr = { .caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len };
	uint64_t now = file->wire->owner->now_ns(file->wire->owner->arg);

	if (!file->out)
		return true;
	hdr.ts.tv_sec = (time_t)(now / 1000000000);
	hdr.ts.tv_usec =
		(suseconds_t)(now % 1000000000); /* nanoseconds, as the file's header says */
	pcap_dump((u_char *)file->out, &hdr, frame);
	return true;
}

const struct wire_kind wire_pcap = {
	.prefix = "pcap:",
	.create = create,
	.destroy = destroy,
	.start = start,
	.send = send_frame,
};
