/* SPDX-License-Identifier: MIT */
/*
 * What the logger has to say, in the daemon's log and to the manager.
 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/logger/logger_impl.h"
#include "daemon/logger/news.h"
#include "daemon/sys/clock.h"

static void say(struct logger *g, enum level level, const struct buf *text)
{
	if (g->mainlog)
		mainlog_say(g->mainlog, level, buf_str(text), wall_now_ms(), logger_now(g));
}

void tell_of_target(void *owner, const struct target_report *r)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	enum level level;

	if (news_describe(r, &text, &level) == 0)
		say(owner, level, &text);
}

void tell_complaint(struct logger *g, const char *what, int error)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (buf_printf(&text, "logger: %s: %s", what, strerror(-error)) == 0)
		say(g, LEVEL_ERROR, &text);
}

enum { BACKLOG_MAX = 4 * 1024 * 1024 }; /* of what is said to a manager that is slow */

void tell_manager(struct logger *g, const struct link_msg *m)
{
	int r;

	if (!g->manager)
		return;
	if (m->type != LINK_TAILED && channel_backlog(g->manager) > BACKLOG_MAX)
		return;
	r = channel_send(g->manager, m, -1);
	if (r < 0) /* who asked has a deadline for the answer */
		tell_complaint(g, "an answer is lost", r);
}

static void send_output(struct logger *g, enum link_type type, struct link_output o)
{
	tell_manager(g, &(struct link_msg){ .type = type, .output = o });
}

void tell_dropped(void *owner, uint32_t id, uint32_t which, uint64_t total)
{
	send_output(owner, LINK_DROPPED,
		    (struct link_output){ .id = id, .which = which, .total = total });
}

void tell_captured(void *owner, uint32_t id, uint32_t which, const char *data, size_t len)
{
	send_output(owner, LINK_CAPTURED,
		    (struct link_output){
			    .id = id, .which = which, .data = { data, (uint32_t)len } });
}

void tell_lines(void *owner, uint32_t id, uint32_t which, const char *data, size_t len)
{
	send_output(owner, LINK_LINES,
		    (struct link_output){
			    .id = id, .which = which, .data = { data, (uint32_t)len } });
}
