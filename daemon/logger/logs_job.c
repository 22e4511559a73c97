/* SPDX-License-Identifier: MIT */
/*
 * The last N lines of all are among the last N of each. So each is put there first, all are
 * merged once to count, and again to show.
 */
#include "daemon/logger/logs_job.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "daemon/logger/json.h"
#include "daemon/logger/outlet.h"

enum {
	OUT_MAX = 128 * 1024,
	OUT_LINE = JSON_WORST * SOURCE_LINE + 240,
	LOOK_MS = 100, /* between looks for new lines, and for the wish to stop */
};

/* --- writing ------------------------------------------------------------------------- */

static bool may_go_on(const struct logs_job *j)
{
	return !atomic_load(&j->stop);
}

/* Wait until it can be written to, or @ms. False: nobody reads any more. */
static bool wait_for_reader(const struct logs_job *j, short events, int ms)
{
	struct pollfd p = { .fd = j->fd, .events = events };

	if (poll(&p, 1, ms) <= 0)
		return true;
	return !(p.revents & (POLLERR | POLLHUP | POLLNVAL)) &&
	       !(j->socket && p.revents & POLLIN);
}

/* All that waits. False: it is over. */
static bool flush(struct logs_job *j)
{
	size_t done = 0;

	while (done < j->out_len && may_go_on(j)) {
		ssize_t n = outlet_put(j->fd, j->socket, j->out + done, j->out_len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		else if (!wait_for_reader(j, POLLOUT, LOOK_MS))
			return false;
	}
	j->out_len = 0;
	return may_go_on(j);
}

static bool show(struct logs_job *j, const struct logs_part *p)
{
	const struct source_line *l = &p->line;
	char *at;

	if (j->out_len + OUT_LINE > OUT_MAX && !flush(j))
		return false;
	at = j->out + j->out_len;
	at += sprintf(at, "{\"t\":%lld,\"id\":%u,\"stream\":\"%s\",\"line\":\"",
		      (long long)l->ms, p->id, p->which ? "stderr" : "stdout");
	at += json_escape(at, l->text, l->len);
	at += sprintf(at, "\",\"eol\":%s,\"file\":%lld,\"at\":%lld}\n",
		      l->eol ? "true" : "false", (long long)l->file, (long long)l->at);
	j->out_len = (size_t)(at - j->out);
	return true;
}

/* --- merging ------------------------------------------------------------------------- */

static bool wanted(const struct logs_job *j, const struct source_line *l)
{
	return (!j->since_ms || l->ms >= j->since_ms) && (!j->until_ms || l->ms <= j->until_ms);
}

static void fetch(const struct logs_job *j, struct logs_part *p, bool live)
{
	while (!p->has && source_next(p->source, live, &p->line) == 1)
		p->has = live || wanted(j, &p->line);
}

static struct logs_part *earliest(struct logs_job *j, bool live)
{
	struct logs_part *first = NULL;

	for (size_t i = 0; i < j->n; i++) {
		struct logs_part *p = &j->parts[i];

		fetch(j, p, live);
		if (p->has && (!first || p->line.ms < first->line.ms))
			first = p;
	}
	return first;
}

static void begin(struct logs_job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		j->parts[i].has = false;
		if (j->lines >= 0 && !j->since_ms && !j->until_ms)
			source_last(j->parts[i].source, j->lines);
		else
			source_since(j->parts[i].source, j->since_ms);
	}
}

/* How many lines too many there are at first. */
static int64_t count_surplus(struct logs_job *j)
{
	struct logs_part *p;
	int64_t n = 0;

	if (j->lines < 0)
		return 0;
	begin(j);
	for (; may_go_on(j) && (p = earliest(j, false)); n++)
		p->has = false;
	return n > j->lines ? n - j->lines : 0;
}

static bool show_past(struct logs_job *j)
{
	int64_t surplus = count_surplus(j);
	struct logs_part *p;

	begin(j);
	while ((p = earliest(j, false))) {
		p->has = false;
		if (surplus > 0)
			surplus--;
		else if (!show(j, p))
			return false;
		if (!may_go_on(j))
			return false;
	}
	return flush(j);
}

static void follow(struct logs_job *j)
{
	struct logs_part *p;

	for (;;) {
		while ((p = earliest(j, true))) {
			p->has = false;
			if (!show(j, p))
				return;
		}
		if (!flush(j) || !wait_for_reader(j, j->socket ? POLLIN : 0, LOOK_MS))
			return;
	}
}

void logs_job_run(struct logs_job *j)
{
	j->out = malloc(OUT_MAX);
	j->out_len = 0;
	if (j->out && show_past(j) && j->follow)
		follow(j);
	free(j->out);
	j->out = NULL;
}
