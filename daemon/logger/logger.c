/* SPDX-License-Identifier: MIT */
#include "daemon/logger/logger.h"

#include <errno.h>
#include <string.h>

#include "daemon/logger/clean.h"
#include "daemon/logger/logs.h"
#include "daemon/logger/messages.h"
#include "daemon/logger/removal.h"
#include "daemon/logger/retention.h"
#include "daemon/sys/clock.h"

/* --- turns --------------------------------------------------------------------------- */

static void on_pool(struct watch *w, void *owner, int events)
{
	struct logger *g = owner;
	const mono_t now = logger_now(g);

	(void)w, (void)events;
	if (iopool_collect(g->pool, now) > 0 && g->finishing)
		g->give_up_at = mono_add(now, LOGGER_PATIENCE_MS);
}

static bool log_is_used(void *owner, const char *path)
{
	const struct logger *g = owner;

	return targets_has(g->targets, path);
}

/* By now it is known which logs are in use. */
static void clean_step(struct logger *g, mono_t now)
{
	int r = 0;

	if (g->clean && clean_over(g->clean))
		g->clean = clean_free(g->clean);
	if (!g->clean_dir || g->clean || g->finishing || mono_before(now, g->clean_at))
		return;
	if (g->clean_ident)
		r = clean_new(g->pool, g->clean_dir, g->clean_ident, log_is_used, g, now,
			      &g->clean);
	if (r < 0)
		tell_complaint(g, "old logs cannot be removed", r);
	free(TAKE_PTR(g->clean_dir));
	free(TAKE_PTR(g->clean_ident));
}

static enum logger_state out_of_patience(const struct logger *g, mono_t now)
{
	return mono_before(now, mono_min(g->give_up_at, g->give_up_for_good_at))
		       ? LOGGER_GOES_ON
		       : LOGGER_STUCK;
}

/* The manager's last words count: until its end of the link, or not for ever. Then pipes are
 * read and closed; what was read goes to the disk; last, the daemon's own log. */
static enum logger_state finish_step(struct logger *g, mono_t now)
{
	if (!mono_is_never(g->hope_until)) {
		if (g->manager && mono_before(now, g->hope_until))
			return LOGGER_GOES_ON;
		g->hope_until = MONO_NEVER;
		streams_forget_all(g->streams, false, now);
	}
	if (streams_count(g->streams) || tails_count(g->tails) || logs_count(g->logs) ||
	    iopool_busy(g->pool) || (g->mainlog && !mainlog_flushed(g->mainlog)))
		return out_of_patience(g, now);
	/* Taken first: what its own targets have to say comes too late for it. */
	mainlog_free(TAKE_PTR(g->mainlog), now);
	return targets_count(g->targets) ? out_of_patience(g, now) : LOGGER_OVER;
}

static mono_t due(const struct logger *g)
{
	mono_t t = mono_min(iopool_due(g->pool), targets_due(g->targets));

	t = mono_min(mono_min(t, streams_due(g->streams)),
		     mono_min(tails_due(g->tails), g->recovery.until));
	t = mono_min(t, mono_min(retention_due(g->retention), logs_due(g->logs)));
	if (g->clean_dir)
		t = mono_min(t, g->clean_at);
	if (g->finishing)
		t = mono_min(mono_min(t, g->hope_until),
			     mono_min(g->give_up_at, g->give_up_for_good_at));
	return t;
}

static void flush_links(struct logger *g)
{
	if (g->manager_gone)
		g->manager = channel_free(g->manager);
	g->manager_gone = false;
	if (g->keeper)
		channel_flush(g->keeper);
	if (g->manager)
		channel_flush(g->manager);
}

enum logger_state logger_turn(struct logger *g)
{
	mono_t now;

	loop_wake_at(g->loop, due(g));
	loop_turn(g->loop);
	now = logger_now(g);
	iopool_check(g->pool, now);
	targets_check(g->targets, now);
	streams_check(g->streams, now);
	tails_check(g->tails, now);
	logs_check(g->logs, now);
	removals_check(g->removals, now);
	retention_check(g->retention, now, wall_now_ms());
	clean_step(g, now);
	if (!mono_before(now, g->recovery.until))
		recovery_end(&g->recovery, now);
	flush_links(g);
	if (g->broken)
		return LOGGER_BROKEN;
	return g->finishing ? finish_step(g, now) : LOGGER_GOES_ON;
}

/* --- life ---------------------------------------------------------------------------- */

static void logger_freep(struct logger **g)
{
	*g = logger_free(*g);
}

static int make_parts(struct logger *g)
{
	int r = iopool_new(&g->pool);

	if (r == 0)
		r = loop_watch(g->loop, iopool_fd(g->pool), WATCH_READ, on_pool, g,
			       &g->pool_watch);
	if (r == 0)
		r = targets_new(g->pool, LOGGER_OPEN_MAX, tell_of_target, g, &g->targets);
	if (r == 0)
		r = streams_new(g->loop, g->targets, &g->ears, &g->streams);
	if (r == 0)
		streams_let_rest(g->streams);
	if (r == 0)
		r = tails_new(g->loop, g->streams, g->targets, messages_answer, g, &g->tails);
	if (r == 0)
		r = logs_new(g->pool, g->streams, messages_answer, g, &g->logs);
	if (r == 0)
		r = removals_new(g->pool, g->targets, &g->removals);
	if (r == 0)
		r = retention_new(g->pool, g->targets, &g->retention);
	if (r == 0)
		r = mainlog_new(g->targets, &g->mainlog);
	return r;
}

int logger_new(struct loop *l, int keeper_fd, int manager_fd, struct logger **ret)
{
	_cleanup_(closep) int keeper = keeper_fd, manager = manager_fd;
	_cleanup_(logger_freep) struct logger *g = calloc(1, sizeof *g);
	int r;

	if (!g)
		return -ENOMEM;
	g->loop = l;
	g->arena_fd = -1;
	g->recovery.until = MONO_NEVER;
	g->ears = (struct stream_ears){ tell_dropped, tell_captured, tell_lines, g };
	r = make_parts(g);
	if (r == 0)
		r = channel_new(l, TAKE_FD(keeper), on_keeper, g, &g->keeper);
	if (r == 0 && manager >= 0)
		r = channel_new(l, TAKE_FD(manager), on_manager, g, &g->manager);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(g);
	return 0;
}

struct logger *logger_free(struct logger *g)
{
	mono_t now;

	if (!g)
		return NULL;
	now = logger_now(g);
	recovery_end(&g->recovery, now);
	g->logs = logs_free(g->logs, now);
	g->tails = tails_free(g->tails, now);
	g->streams = streams_free(g->streams, now);
	mainlog_free(TAKE_PTR(g->mainlog), now);
	clean_free(g->clean);
	g->keeper = channel_free(g->keeper);
	g->manager = channel_free(g->manager);
	removals_free(g->removals);
	retention_free(g->retention);
	targets_free(g->targets);
	watch_drop(g->pool_watch);
	iopool_free(g->pool);
	arena_free(g->arena);
	fd_close(g->arena_fd);
	free(g->clean_dir);
	free(g->clean_ident);
	free(g);
	return NULL;
}
