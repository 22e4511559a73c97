/* SPDX-License-Identifier: MIT */
/* How a logger begins and how it ends. */
#include <errno.h>

#include "daemon/logger/logger_impl.h"
#include "daemon/logger/logs.h"
#include "daemon/logger/retention.h"

enum { HOPE_MS = 1000 }; /* at the end: for the manager to end first */

/* The keeper says first what it holds for us; whatever comes after that is the sign to begin.
 */
void logger_begin(struct logger *g)
{
	const bool found = g->arena_fd >= 0;
	uint64_t lost;
	int r;

	if (g->arena)
		return;
	r = arena_new(&g->arena_fd, &g->arena);
	g->arena_fd = fd_close(g->arena_fd);
	if (r < 0 && found) {
		tell_complaint(g, "what another logger left cannot be read", r);
		r = arena_new(&g->arena_fd, &g->arena);
	}
	if (r < 0) {
		g->broken = true; /* without memory there is nothing that could be done */
		return;
	}
	if (!found && g->keeper && arena_fd(g->arena) >= 0)
		r = channel_send(
			g->keeper,
			&(struct link_msg){ .type = LINK_DEPOSIT, .name = { "log-arena" } },
			arena_fd(g->arena));
	if (r < 0)
		tell_complaint(g, "what is read would not outlive this logger", r);
	targets_use(g->targets, g->arena, logger_now(g));
	lost = recovery_begin(&g->recovery, g->arena, g->targets, g->streams, logger_now(g));
	if (lost)
		tell_complaint(g, "some of what another logger left is lost", -ENOMEM);
}

void logger_finish(struct logger *g)
{
	const mono_t now = logger_now(g);

	if (g->finishing)
		return;
	g->finishing = true;
	logger_begin(g);
	retention_end(g->retention);
	logs_end(g->logs, now);
	recovery_end(&g->recovery, now);
	g->give_up_at = mono_add(now, LOGGER_PATIENCE_MS);
	g->give_up_for_good_at = mono_add(now, LOGGER_PATIENCE_MAX_MS);
	g->hope_until = mono_add(now, HOPE_MS);
	targets_leave_open(g->targets);
	streams_forget_all(g->streams, g->manager && !g->manager_gone, now);
}
