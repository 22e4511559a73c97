/* SPDX-License-Identifier: MIT */
#include "daemon/manager/report.h"

#include <errno.h>

#include "systemd/notify.h"

enum { EVERY_MS = 1000 };

struct census {
	size_t all, running, fatal, left;
};

static void count(const struct manager *m, struct census *ret)
{
	const size_t n = roster_list(m->roster, NULL, ORDER_NAME, NULL, 0);
	_cleanup_(freep) proc_id *ids = calloc(n + 1, sizeof *ids);

	*ret = (struct census){ .all = n };
	if (!ids)
		return;
	(void)roster_list(m->roster, NULL, ORDER_NAME, ids, n);
	for (size_t i = 0; i < n; i++) {
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, ids[i], &u, &p))
			continue;
		ret->running += proc_seen(p) == SEEN_RUNNING;
		ret->fatal += proc_seen(p) == SEEN_FATAL;
		ret->left += !proc_at_rest(p);
	}
}

static int put_status(const struct manager *m, struct buf *out)
{
	struct census c;
	int r;

	count(m, &c);
	if (m->phase != PHASE_RUNNING)
		return buf_printf(out, "stopping, %zu of %zu processes left", c.left, c.all);
	r = buf_printf(out, "%zu of %zu processes running", c.running, c.all);
	return r == 0 && c.fatal ? buf_printf(out, ", %zu FATAL", c.fatal) : r;
}

/* False: there was no room, and it is to be said again. */
static bool say_ready(struct manager *m)
{
	if (m->phase != PHASE_RUNNING) /* overtaken by what was said of its end */
		m->owes_ready = false;
	if (!m->owes_ready)
		return true;
	if (notify_ready(m->greeting.keeper_pid) == -EAGAIN)
		return false;
	m->owes_ready = false;
	return true;
}

static bool say_status(const struct manager *m)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	return put_status(m, &text) < 0 || notify_status(buf_str(&text)) != -EAGAIN;
}

void report_tick(struct manager *m, mono_t now)
{
	if (!m->roster || mono_before(now, m->report_due))
		return;
	m->report_next = mono_add(now, EVERY_MS);
	m->report_due = say_ready(m) && say_status(m) ? MONO_NEVER : m->report_next;
}

void report_ready(struct manager *m)
{
	if (!notify_wanted())
		return;
	m->owes_ready = true;
	(void)say_ready(m); /* it may be over in this very turn */
	m->report_due = loop_now(m->loop);
}

void report_changed(struct manager *m)
{
	const mono_t now = loop_now(m->loop);

	if (mono_is_never(m->report_due) && notify_wanted())
		m->report_due = mono_before(now, m->report_next) ? m->report_next : now;
}
