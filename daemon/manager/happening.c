/* SPDX-License-Identifier: MIT */
#include "daemon/manager/happening.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
/* A type, and the class that it is in; all are in EVENT. */
static const struct {
	const char *name, *class;
} types[HAPPENING_N] = {
	[HAPPENED_STARTING]	 = { "PROCESS_STATE_STARTING",		 "PROCESS_STATE" },
	[HAPPENED_RUNNING]	 = { "PROCESS_STATE_RUNNING",		 "PROCESS_STATE" },
	[HAPPENED_BACKOFF]	 = { "PROCESS_STATE_BACKOFF",		 "PROCESS_STATE" },
	[HAPPENED_STOPPING]	 = { "PROCESS_STATE_STOPPING",		 "PROCESS_STATE" },
	[HAPPENED_EXITED]	 = { "PROCESS_STATE_EXITED",		 "PROCESS_STATE" },
	[HAPPENED_STOPPED]	 = { "PROCESS_STATE_STOPPED",		 "PROCESS_STATE" },
	[HAPPENED_FATAL]	 = { "PROCESS_STATE_FATAL",		 "PROCESS_STATE" },
	[HAPPENED_UNKNOWN]	 = { "PROCESS_STATE_UNKNOWN",		 "PROCESS_STATE" },
	[HAPPENED_GROUP_ADDED]	 = { "PROCESS_GROUP_ADDED",		 "PROCESS_GROUP" },
	[HAPPENED_GROUP_REMOVED] = { "PROCESS_GROUP_REMOVED",		 "PROCESS_GROUP" },
	[HAPPENED_UP]		 = { "SUPERVISOR_STATE_CHANGE_RUNNING",	 "SUPERVISOR_STATE_CHANGE" },
	[HAPPENED_DOWN]		 = { "SUPERVISOR_STATE_CHANGE_STOPPING", "SUPERVISOR_STATE_CHANGE" },
	[HAPPENED_OUT]		 = { "PROCESS_LOG_STDOUT",		 "PROCESS_LOG" },
	[HAPPENED_ERR]		 = { "PROCESS_LOG_STDERR",		 "PROCESS_LOG" },
	[HAPPENED_SAID_OUT]	 = { "PROCESS_COMMUNICATION_STDOUT",	 "PROCESS_COMMUNICATION" },
	[HAPPENED_SAID_ERR]	 = { "PROCESS_COMMUNICATION_STDERR",	 "PROCESS_COMMUNICATION" },
	[HAPPENED_DROPPED]	 = { "OUTPUT_DROPPED",			 "OUTPUT" },
	[HAPPENED_JOB_ENDED]	 = { "JOB_ENDED",			 "JOB" },
};
/* clang-format on */

const char *happening_name(enum happening_type t)
{
	return types[t].name;
}

bool happening_is(enum happening_type t, const char *name)
{
	return !strcmp(name, "EVENT") || !strcmp(name, types[t].name) ||
	       !strcmp(name, types[t].class);
}

bool happening_known(const char *name)
{
	for (int i = 0; i < HAPPENING_N; i++)
		if (happening_is((enum happening_type)i, name))
			return true;
	return false;
}

bool happening_has_output(enum happening_type t)
{
	return happening_is(t, "PROCESS_LOG") || happening_is(t, "PROCESS_COMMUNICATION");
}

/* One of them, and behind it the bytes that it points to. */
struct entry {
	struct happening h;
	size_t bytes;
	char text[];
};

struct happenings {
	size_t max, bytes_max;
	size_t n, first; /* of ring */
	size_t bytes;
	uint64_t end; /* the last in the ring has a number below it */
	struct entry *ring[];
};

int happenings_new(size_t max, size_t bytes, uint64_t serial, struct happenings **ret)
{
	struct happenings *hs = calloc(1, sizeof *hs + max * sizeof(struct entry *));

	if (!hs)
		return -ENOMEM;
	hs->max = max;
	hs->bytes_max = bytes;
	hs->end = serial;
	*ret = hs;
	return 0;
}

static struct entry *at(const struct happenings *hs, size_t i)
{
	return hs->ring[(hs->first + i) % hs->max];
}

static void drop_oldest(struct happenings *hs)
{
	struct entry *e = at(hs, 0);

	hs->bytes -= e->bytes;
	hs->first = (hs->first + 1) % hs->max;
	hs->n--;
	free(e);
}

struct happenings *happenings_free(struct happenings *hs)
{
	while (hs && hs->n)
		drop_oldest(hs);
	free(hs);
	return NULL;
}

/* Copy @len bytes to *@to, and a NUL, which moves behind it. */
static const char *put(char **to, const char *data, size_t len)
{
	char *copy = *to;

	if (len)
		memcpy(copy, data, len);
	copy[len] = '\0';
	*to += len + 1;
	return copy;
}

static const char *text_of(const char *s)
{
	return s ? s : "";
}

static struct entry *entry_new(const struct happening *h)
{
	const char *process = text_of(h->process), *group = text_of(h->group);
	const char *from = text_of(h->from_state), *channel = text_of(h->channel);
	const size_t n =
		strlen(process) + strlen(group) + strlen(from) + strlen(channel) + h->len + 5;
	struct entry *e = malloc(sizeof *e + n);
	char *to;

	if (!e)
		return NULL;
	e->h = *h;
	e->bytes = sizeof *e + n;
	to = e->text;
	e->h.process = put(&to, process, strlen(process));
	e->h.group = put(&to, group, strlen(group));
	e->h.from_state = put(&to, from, strlen(from));
	e->h.channel = put(&to, channel, strlen(channel));
	e->h.data = put(&to, h->data, h->len);
	return e;
}

void happenings_add(struct happenings *hs, const struct happening *h)
{
	struct entry *e = entry_new(h);
	const uint64_t serial = hs->end++;

	if (e && e->bytes > hs->bytes_max) {
		free(e);
		return;
	}
	if (!e)
		return;
	e->h.serial = serial;
	while (hs->n && (hs->n == hs->max || hs->bytes + e->bytes > hs->bytes_max))
		drop_oldest(hs);
	hs->ring[(hs->first + hs->n++) % hs->max] = e;
	hs->bytes += e->bytes;
}

uint64_t happenings_end(const struct happenings *hs)
{
	return hs->end;
}

uint64_t happenings_begin(const struct happenings *hs)
{
	return hs->n ? at(hs, 0)->h.serial : hs->end;
}

/* The place of the first with number @serial or a later one; n if there is none. */
static size_t find(const struct happenings *hs, uint64_t serial)
{
	size_t from = 0, to = hs->n;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (at(hs, middle)->h.serial < serial)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct happening *happenings_next(const struct happenings *hs, uint64_t *cursor,
					uint64_t *lost)
{
	const size_t i = find(hs, *cursor);
	const struct happening *h = i < hs->n ? &at(hs, i)->h : NULL;
	const uint64_t found = h ? h->serial : hs->end;

	if (*cursor < found)
		*lost += found - *cursor;
	*cursor = h ? found + 1 : found;
	return h;
}
