/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include "frl_admin.h"

void frl_admin_init(struct frl_admin *a, const struct frl_admin_ops *ops, void *arg)
{
	memset(a, 0, sizeof(*a));
	a->ops = ops;
	a->arg = arg;
	a->masks.create_op = FRL_OP_MASK_CREATE;
	a->masks.destroy_op = FRL_OP_MASK_DESTROY;
	a->encaps.create_op = FRL_OP_ENCAP_CREATE;
	a->encaps.destroy_op = FRL_OP_ENCAP_DESTROY;
	a->geneves.create_op = FRL_OP_GENEVE_OPTION_CREATE;
	a->geneves.destroy_op = FRL_OP_GENEVE_OPTION_DESTROY;
	a->action_sets.create_op = FRL_OP_ACTION_SET_CREATE;
	a->action_sets.destroy_op = FRL_OP_ACTION_SET_DESTROY;
}

static int refuse(struct frl_admin *a, enum frl_refusal reason, int error)
{
	a->why.status = FRL_STATUS_FAILED;
	a->why.reason = (uint16_t)reason;
	a->why.arg = 0;
	return error;
}

void frl_admin_gone(struct frl_admin *a)
{
	a->gone = 1;
}

/* ---- Messages ---- */

/* The message at `off` of a frame, copied to *msg and checked to lie within it; NULL at the end. */
static const uint8_t *next_msg(const uint8_t *frame, size_t len, size_t *off, struct frl_msg *msg)
{
	const uint8_t *at = frame + *off;

	if (len - *off < sizeof(*msg))
		return NULL;
	memcpy(msg, at, sizeof(*msg));
	if (msg->length < sizeof(*msg) || msg->length % 8 || msg->length > len - *off)
		return NULL;
	*off += msg->length;
	return at + sizeof(*msg);
}

static void take_event(struct frl_admin *a, const struct frl_msg *msg, const uint8_t *body)
{
	struct frl_port_info info;

	if (msg->opcode != FRL_OP_PORT_CHANGED || msg->length < sizeof(*msg) + sizeof(info)) {
		a->malformed++;
		return;
	}
	memcpy(&info, body, sizeof(info));
	if (a->ops->port_changed)
		a->ops->port_changed(a->arg, &info);
}

/* Walks a frame: events are handled, the reply to (seq, op) is returned, late replies are counted. */
static const uint8_t *find_reply(struct frl_admin *a, const void *frame, size_t len, uint32_t seq,
				 uint16_t op, struct frl_msg *reply)
{
	const uint8_t *body, *found = NULL;
	struct frl_msg msg;
	size_t off = 0;

	while ((body = next_msg(frame, len, &off, &msg))) {
		if (!msg.seq) {
			take_event(a, &msg, body);
		} else if (seq && msg.seq == seq && msg.opcode == op) {
			*reply = msg;
			found = body;
		} else {
			a->late++;
		}
	}
	if (off != len)
		a->malformed++;
	return found;
}

void frl_admin_event(struct frl_admin *a, const void *frame, size_t len)
{
	struct frl_msg msg;

	find_reply(a, frame, len, 0, 0, &msg);
}

static const uint8_t *wait_reply(struct frl_admin *a, uint16_t op, struct frl_msg *reply, int *err)
{
	const uint8_t *body = NULL;

	while (!body) {
		int got = a->ops->recv(a->arg, a->rep, sizeof(a->rep));

		if (got < 0) {
			*err = refuse(a, FRL_REFUSAL_DEVICE_GONE, got);
			return NULL;
		}
		body = find_reply(a, a->rep, (size_t)got, a->seq, op, reply);
	}
	return body;
}

int frl_admin_call(struct frl_admin *a, enum frl_op op, const void *req, size_t req_len, void *rep,
		   size_t rep_min, size_t rep_room, size_t *rep_len)
{
	struct frl_msg msg = { .opcode = (uint16_t)op };
	const uint8_t *body;
	size_t got;
	int err;

	memset(&a->why, 0, sizeof(a->why));
	if (a->gone)
		return refuse(a, FRL_REFUSAL_DEVICE_GONE, -ENODEV);
	if (req_len % 8 || req_len > sizeof(a->req) - sizeof(msg))
		return refuse(a, FRL_REFUSAL_MSG_LENGTH, -EINVAL);
	if (!++a->seq)
		a->seq = 1;
	msg.seq = a->seq;
	msg.length = (uint16_t)(sizeof(msg) + req_len);
	memcpy(a->req, &msg, sizeof(msg));
	if (req_len)
		memcpy((uint8_t *)a->req + sizeof(msg), req, req_len);
	a->sent++;
	err = a->ops->send(a->arg, a->req, msg.length);
	if (err)
		return refuse(a, FRL_REFUSAL_DEVICE_GONE, err);
	body = wait_reply(a, (uint16_t)op, &msg, &err);
	if (!body)
		return err;
	a->why.status = msg.status;
	a->why.reason = msg.reason;
	a->why.arg = msg.arg;
	if (msg.reason == FRL_REFUSAL_HELLO_MISSING && op != FRL_OP_HELLO && a->ops->forgotten)
		a->ops->forgotten(a->arg);
	if (msg.status != FRL_STATUS_OK)
		return -(FRL_STATUS_ERRNO(msg.status));
	got = msg.length - sizeof(msg);
	if (got < rep_min)
		return refuse(a, FRL_REFUSAL_MSG_LENGTH, -EPROTO);
	if (got > rep_room)
		got = rep_room;
	if (got)
		memcpy(rep, body, got);
	if (rep_len)
		*rep_len = got;
	return 0;
}

int frl_admin_hello(struct frl_admin *a, const char *driver, struct frl_hello_rep *rep)
{
	struct frl_hello_req req = {
		.abi_major = FRL_ABI_MAJOR,
		.abi_minor = FRL_ABI_MINOR,
		.features = FRL_FEATURE_COUNTERS_PUSH | FRL_FEATURE_VXLAN | FRL_FEATURE_REPLICATE |
			    FRL_FEATURE_GENEVE,
	};
	size_t len = strlen(driver);
	int err;

	memcpy(req.driver, driver, len < sizeof(req.driver) ? len : sizeof(req.driver));
	err = frl_admin_call(a, FRL_OP_HELLO, &req, sizeof(req), rep, sizeof(*rep), sizeof(*rep),
			     NULL);
	if (err)
		return err;
	if (rep->abi_major != FRL_ABI_MAJOR)
		return refuse(a, FRL_REFUSAL_ABI_VERSION, -EPROTO);
	a->features = rep->features;
	return 0;
}

int frl_admin_resources(struct frl_admin *a, struct frl_resource_entry *entry, unsigned int room,
			unsigned int *count)
{
	size_t len = 0;
	int err =
		frl_admin_call(a, FRL_OP_RESOURCES, NULL, 0, entry, 0, room * sizeof(*entry), &len);

	*count = err ? 0 : (unsigned int)(len / sizeof(*entry));
	return err;
}

int frl_admin_port_get(struct frl_admin *a, uint8_t port, struct frl_port_info *info)
{
	struct frl_port_req req = { .port = port };
	int err = frl_admin_call(a, FRL_OP_PORT_GET, &req, sizeof(req), info, sizeof(*info),
				 sizeof(*info), NULL);

	if (!err && info->port != port)
		return refuse(a, FRL_REFUSAL_PORT_UNKNOWN, -EPROTO);
	return err;
}

int frl_admin_port_set(struct frl_admin *a, const struct frl_port_info *info)
{
	return frl_admin_call(a, FRL_OP_PORT_SET, info, sizeof(*info), NULL, 0, 0, NULL);
}

int frl_admin_counters_set(struct frl_admin *a, uint64_t iova, uint32_t length)
{
	struct frl_counters_set req = { .iova = iova, .length = length };

	return frl_admin_call(a, FRL_OP_COUNTERS_SET, &req, sizeof(req), NULL, 0, 0, NULL);
}

int frl_admin_flush(struct frl_admin *a)
{
	return frl_admin_call(a, FRL_OP_FLUSH, NULL, 0, NULL, 0, 0, NULL);
}

/* ---- Shared objects ---- */

static uint32_t hash_bytes(const uint8_t *p, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	while (len--)
		h = (h ^ *p++) * 16777619u;
	return h;
}

static struct frl_object *object_find(struct frl_object_cache *c, const void *data, size_t size,
				      uint32_t hash)
{
	struct frl_object *o;

	for (o = c->bucket[hash % FRL_ADMIN_BUCKETS]; o; o = o->next) {
		if (o->hash == hash && o->size == size && !memcmp(o->data, data, size))
			return o;
	}
	return NULL;
}

/* The object with this content, one reference more; made in firmware if there is none. */
static int object_get(struct frl_admin *a, struct frl_object_cache *c, const void *data,
		      size_t size, struct frl_object **out)
{
	uint32_t hash = hash_bytes(data, size);
	struct frl_object *o = object_find(c, data, size, hash);
	struct frl_geneve_option_rep rep = {
		0
	}; /* any other reply is a struct frl_handle, as long */
	int err;

	if (o) {
		o->refs++;
		*out = o;
		return 0;
	}
	o = a->ops->alloc(a->arg, sizeof(*o) + size);
	if (!o)
		return refuse(a, FRL_REFUSAL_OBJECTS_FULL, -ENOMEM);
	err = frl_admin_call(a, c->create_op, data, size, &rep, sizeof(rep), sizeof(rep), NULL);
	if (err) {
		a->ops->free(a->arg, o);
		return err;
	}
	o->hash = hash;
	o->handle = rep.handle;
	o->index = (uint8_t)rep.index;
	o->refs = 1;
	o->size = (uint16_t)size;
	memcpy(o->data, data, size);
	o->next = c->bucket[hash % FRL_ADMIN_BUCKETS];
	c->bucket[hash % FRL_ADMIN_BUCKETS] = o;
	c->count++;
	*out = o;
	return 0;
}

static int object_put(struct frl_admin *a, struct frl_object_cache *c, struct frl_object *o)
{
	struct frl_handle req = { 0 };
	struct frl_object **at;
	int err = 0;

	if (!o || --o->refs)
		return 0;
	if (!o->stale) {
		for (at = &c->bucket[o->hash % FRL_ADMIN_BUCKETS]; *at != o; at = &(*at)->next)
			;
		*at = o->next;
		c->count--;
		req.handle = o->handle;
		if (!a->gone)
			err = frl_admin_call(a, c->destroy_op, &req, sizeof(req), NULL, 0, 0, NULL);
	}
	a->ops->free(a->arg, o);
	return err;
}

static void cache_forget(struct frl_object_cache *c)
{
	for (unsigned int i = 0; i < FRL_ADMIN_BUCKETS; i++) {
		struct frl_object *o, *next;

		for (o = c->bucket[i]; o; o = next) {
			next = o->next;
			o->next = NULL;
			o->stale = 1;
		}
		c->bucket[i] = NULL;
	}
	c->count = 0;
}

void frl_admin_reset(struct frl_admin *a)
{
	cache_forget(&a->masks);
	cache_forget(&a->encaps);
	cache_forget(&a->action_sets);
	cache_forget(&a->geneves);
	a->generation++;
	a->gone = 0;
}

/* ---- Rules ---- */

/* Gives back what a rule holds, in the order in which firmware lets go: set, encap entries, mask, GENEVE words. */
static int put_objects(struct frl_admin *a, struct frl_rule_ref *ref)
{
	struct frl_why first = a->why;
	int err = object_put(a, &a->action_sets, ref->action_set), more;

	for (unsigned int i = 0; i < ref->legs; i++) {
		more = object_put(a, &a->encaps, ref->encap[i]);
		err = err ? err : more;
	}
	more = object_put(a, &a->masks, ref->mask);
	err = err ? err : more;
	for (unsigned int i = 0; i < FRL_MATCH_GENEVE; i++) {
		more = object_put(a, &a->geneves, ref->geneve[i]);
		err = err ? err : more;
	}
	memset(ref, 0, sizeof(*ref));
	if (first.reason)
		a->why = first; /* the cause, not what tidying up met */
	return err;
}

static int get_action_set(struct frl_admin *a, const struct frl_rule_desc *desc,
			  struct frl_rule_ref *ref)
{
	struct {
		struct frl_action_set head;
		struct frl_leg leg[FRL_RULE_LEGS];
	} set;
	int err;

	memset(&set, 0, sizeof(set));
	set.head.legs = desc->legs;
	memcpy(set.leg, desc->leg, desc->legs * sizeof(set.leg[0]));
	ref->legs = desc->legs;
	for (unsigned int i = 0; i < desc->legs; i++) {
		if (!(desc->leg[i].edits & FRL_EDIT_ENCAP))
			continue;
		err = object_get(a, &a->encaps, &desc->encap[i], sizeof(desc->encap[i]),
				 &ref->encap[i]);
		if (err)
			return err;
		set.leg[i].encap = ref->encap[i]->handle;
	}
	return object_get(a, &a->action_sets, &set,
			  sizeof(set.head) + desc->legs * sizeof(set.leg[0]), &ref->action_set);
}

/* Has the words of GENEVE options put into the key, and the match speak of the fields that they become. */
static int get_geneves(struct frl_admin *a, struct frl_match *m, struct frl_rule_ref *ref)
{
	for (unsigned int i = 0; i < m->geneves; i++) {
		const struct frl_match_geneve *w = &m->geneve[i];
		struct frl_geneve_option req;
		enum frl_refusal no;
		unsigned int index;
		int err;

		memset(&req, 0, sizeof(req)); /* all its bytes are looked up */
		req.opt_class = w->opt_class;
		req.type = w->type;
		req.word = w->word;
		err = object_get(a, &a->geneves, &req, sizeof(req), &ref->geneve[i]);
		if (err)
			return err;
		index = ref->geneve[i]->index;
		if (index >= FRL_MATCH_GENEVE)
			return refuse(a, FRL_REFUSAL_VALUE_RANGE, -EPROTO);
		no = frl_match_set(m, FRL_F_gnv_present, 1u << index, 1u << index);
		if (!no)
			no = frl_match_set(m, (enum frl_field)(FRL_F_gnv_opt0 + index), w->value,
					   w->mask);
		if (no)
			return refuse(a, no, -EINVAL);
	}
	return 0;
}

int frl_admin_rule_create(struct frl_admin *a, const struct frl_rule_desc *desc,
			  struct frl_rule_ref *ref)
{
	struct frl_rule req = { .prio = desc->prio };
	struct frl_rule_rep rep = { 0 };
	struct frl_match match = desc->match;
	int err;

	memset(ref, 0, sizeof(*ref));
	memset(&a->why, 0, sizeof(a->why));
	err = get_geneves(a, &match, ref);
	if (!err)
		err = object_get(a, &a->masks, match.mask, sizeof(match.mask), &ref->mask);
	if (!err)
		err = get_action_set(a, desc, ref);
	if (!err) {
		req.mask = ref->mask->handle;
		req.action_set = ref->action_set->handle;
		memcpy(req.key, match.key, sizeof(req.key));
		err = frl_admin_call(a, FRL_OP_RULE_CREATE, &req, sizeof(req), &rep, sizeof(rep),
				     sizeof(rep), NULL);
	}
	if (err) {
		put_objects(a, ref);
		return err;
	}
	ref->handle = rep.handle;
	ref->counter = rep.counter;
	ref->generation = a->generation;
	return 0;
}

/* The action set and encap entries of `from` become those of `to`. */
static void move_actions(struct frl_rule_ref *to, struct frl_rule_ref *from)
{
	to->action_set = from->action_set;
	to->legs = from->legs;
	memcpy(to->encap, from->encap, sizeof(to->encap));
	from->action_set = NULL;
	from->legs = 0;
	memset(from->encap, 0, sizeof(from->encap));
}

int frl_admin_rule_update(struct frl_admin *a, const struct frl_rule_desc *desc,
			  struct frl_rule_ref *ref)
{
	struct frl_rule_update req = { .handle = ref->handle };
	struct frl_rule_ref fresh, old;
	int err;

	memset(&fresh, 0, sizeof(fresh));
	memset(&old, 0, sizeof(old));
	memset(&a->why, 0, sizeof(a->why));
	if (ref->generation != a->generation)
		return refuse(a, FRL_REFUSAL_HANDLE_UNKNOWN, -ENOENT);
	err = get_action_set(a, desc, &fresh);
	if (!err) {
		req.action_set = fresh.action_set->handle;
		err = frl_admin_call(a, FRL_OP_RULE_UPDATE, &req, sizeof(req), NULL, 0, 0, NULL);
	}
	if (err) {
		put_objects(a, &fresh);
		return err;
	}
	move_actions(&old, ref);
	move_actions(ref, &fresh);
	return put_objects(a, &old);
}

int frl_admin_rule_destroy(struct frl_admin *a, struct frl_rule_ref *ref,
			   struct frl_rule_gone *gone)
{
	struct frl_handle req = { .handle = ref->handle };
	int err = 0, more;

	memset(gone, 0, sizeof(*gone));
	memset(&a->why, 0, sizeof(a->why));
	if (ref->handle && ref->generation == a->generation && !a->gone) {
		err = frl_admin_call(a, FRL_OP_RULE_DESTROY, &req, sizeof(req), gone, sizeof(*gone),
				     sizeof(*gone), NULL);
		if (a->gone) /* it died meanwhile: with it the rule */
			err = 0;
	}
	more = put_objects(a, ref);
	if (a->gone)
		return 0;
	return err ? err : more;
}
