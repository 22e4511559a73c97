/* SPDX-License-Identifier: MIT */
#include "daemon/logger/logger.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/logger/clean.h"
#include "daemon/logger/mainlog.h"
#include "daemon/logger/news.h"
#include "daemon/logger/removal.h"
#include "daemon/logger/stream.h"
#include "daemon/logger/tail.h"
#include "daemon/sys/channel.h"
#include "daemon/sys/clock.h"

enum {
	CLEAN_AFTER_MS = 1000, /* of nothing new on the links: all logs in use are known */
	NOFILE_SHARE = 16, /* one of so many descriptors may be a log file that is kept open */
	OPEN_MIN = 16,
	HOPE_MS = 1000, /* at the end: for the manager to end first */
};

struct logger {
	struct loop *loop;
	struct iopool *pool;
	struct watch *pool_watch;
	struct targets *targets;
	struct streams *streams;
	struct tails *tails;
	struct removals *removals;
	struct mainlog *mainlog; /* NULL at the very end */
	struct channel *keeper, *manager; /* NULL: gone */
	bool manager_gone, broken;

	struct clean *clean; /* under way */
	char *clean_dir, *clean_ident; /* to be done at clean_at */
	mono_t clean_at;

	bool finishing;
	mono_t hope_until; /* then the manager has nothing more to say */
	mono_t give_up_at, give_up_for_good_at;
};

static mono_t now_of(const struct logger *g)
{
	return loop_now(g->loop);
}

/* --- what is said in the daemon's log ------------------------------------------------ */

static void say(struct logger *g, enum level level, const struct buf *text)
{
	if (g->mainlog)
		mainlog_say(g->mainlog, level, buf_str(text), wall_now_ms(), now_of(g));
}

static void on_target_news(void *owner, const struct target_report *r)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	enum level level;

	if (news_describe(r, &text, &level) == 0)
		say(owner, level, &text);
}

static void complain(struct logger *g, const char *what, int error)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	if (buf_printf(&text, "logger: %s: %s", what, strerror(-error)) == 0)
		say(g, LEVEL_ERROR, &text);
}

/* --- messages ------------------------------------------------------------------------ */

static void send_to(struct logger *g, struct channel *c, const struct link_msg *m)
{
	int r = c ? channel_send(c, m, -1) : 0;

	if (r < 0) /* who asked has a deadline for the answer */
		complain(g, "an answer is lost", r);
}

static void finish(struct logger *g)
{
	const mono_t now = now_of(g);

	if (g->finishing)
		return;
	g->finishing = true;
	g->give_up_at = mono_add(now, LOGGER_PATIENCE_MS);
	g->give_up_for_good_at = mono_add(now, LOGGER_PATIENCE_MAX_MS);
	g->hope_until = mono_add(now, HOPE_MS);
	targets_leave_open(g->targets);
	streams_forget_all(g->streams, g->manager && !g->manager_gone, now);
}

static void on_hello(struct logger *g, const struct link_msg *m, int *fd)
{
	uint64_t open_max = m->hello.nofile / NOFILE_SHARE;

	(void)fd;
	g->broken = m->hello.version != LINK_VERSION;
	if (open_max > LOGGER_OPEN_MAX)
		open_max = LOGGER_OPEN_MAX;
	targets_set_max_open(g->targets, open_max > OPEN_MIN ? open_max : OPEN_MIN);
}

static void on_finish(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)m, (void)fd;
	finish(g);
}

/* Soon it will be time to finish. */
static void on_shutdown(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)m, (void)fd;
	targets_leave_open(g->targets);
}

static void on_pipe(struct logger *g, const struct link_msg *m, int *fd)
{
	int r;

	if (*fd < 0)
		return;
	r = streams_pipe(g->streams, m->proc.id, m->proc.which, TAKE_FD(*fd), now_of(g));
	if (r < 0 && !g->finishing)
		complain(g, "a program's output cannot be read", r);
}

static void on_rearm(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	streams_rearm(g->streams, m->proc.id, m->proc.which, now_of(g));
}

static void on_forget(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	streams_forget(g->streams, m->proc.id, now_of(g));
}

static void on_log(struct logger *g, const struct link_msg *m, int *fd)
{
	const uint32_t level = m->log.level;

	(void)fd;
	mainlog_say(g->mainlog, level < LEVEL_N ? (enum level)level : LEVEL_INFO, m->log.text,
		    wall_now_ms(), now_of(g));
}

static void plan_clean(struct logger *g, const char *dir, const char *ident)
{
	if (!*dir || !*ident)
		return;
	free(g->clean_dir);
	free(g->clean_ident);
	g->clean_dir = strdup(dir);
	g->clean_ident = strdup(ident);
}

static void on_mainlog(struct logger *g, const struct link_msg *m, int *fd)
{
	const struct mainlog_config c = {
		.rule = { .path = m->mainlog.path,
			  .maxbytes = m->mainlog.maxbytes,
			  .backups = m->mainlog.backups },
		.level = m->mainlog.level < LEVEL_N ? (enum level)m->mainlog.level : LEVEL_INFO,
		.echo = m->mainlog.echo,
	};
	int r = mainlog_configure(g->mainlog, &c, now_of(g));

	(void)fd;
	if (r < 0)
		complain(g, "the daemon's log cannot be set up", r);
	streams_strip_ansi(g->streams, m->mainlog.strip_ansi);
	plan_clean(g, m->mainlog.clean_dir, m->mainlog.clean_ident);
}

static void on_stream(struct logger *g, const struct link_msg *m, int *fd)
{
	const struct logrule rule = {
		.path = m->stream.path,
		.maxbytes = m->stream.maxbytes,
		.backups = m->stream.backups,
		.private_file = m->stream.private_file,
	};
	int r = streams_describe(g->streams, m->stream.id, m->stream.which,
				 *rule.path ? &rule : NULL, now_of(g));

	(void)fd;
	if (r < 0 && !g->finishing)
		complain(g, "a program's log cannot be set up", r);
}

static void on_tail(struct logger *g, const struct link_msg *m, int *fd)
{
	const struct tail_request q = {
		.token = m->tail.token,
		.id = m->tail.id,
		.which = m->tail.which,
		.bytes = m->tail.bytes,
		.follow = m->tail.follow,
		.path = m->tail.path,
		.piped = m->tail.piped,
	};

	tails_add(g->tails, &q, TAKE_FD(*fd), now_of(g));
}

static void on_tail_answer(void *owner, uint32_t token, int error)
{
	struct logger *g = owner;

	send_to(g, g->manager,
		&(struct link_msg){ .type = LINK_TAILED,
				    .tail = { .token = token, .error = error } });
}

static void on_reopen(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)m, (void)fd;
	targets_reopen(g->targets, now_of(g));
}

static void on_manager(struct channel *c, void *owner, const struct link_msg *m, int *fd);

/* A new manager, or the link to it anew. */
static void on_peer(struct logger *g, const struct link_msg *m, int *fd)
{
	int r;

	(void)m;
	if (*fd < 0)
		return;
	g->manager = channel_free(g->manager);
	g->manager_gone = false;
	r = channel_new(g->loop, TAKE_FD(*fd), on_manager, g, &g->manager);
	if (r < 0)
		complain(g, "no link to the manager", r);
}

static void on_remove(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	removals_add(g->removals, m->name.name, now_of(g));
}

typedef void message_fn(struct logger *g, const struct link_msg *m, int *fd);

/* clang-format off */
static message_fn *const from_keeper[LINK_TYPE_END] = {
	[LINK_HELLO]  = on_hello,
	[LINK_PEER]   = on_peer,
	[LINK_PIPE]   = on_pipe,
	[LINK_REARM]  = on_rearm,
	[LINK_FORGET] = on_forget,
	[LINK_FINISH] = on_finish,
	[LINK_LOG]    = on_log,
};
static message_fn *const from_manager[LINK_TYPE_END] = {
	[LINK_MAINLOG] = on_mainlog,
	[LINK_STREAM]  = on_stream,
	[LINK_FORGET]  = on_forget,
	[LINK_LOG]     = on_log,
	[LINK_TAIL]    = on_tail,
	[LINK_REOPEN]  = on_reopen,
	[LINK_REMOVE]  = on_remove,
	[LINK_FINISH]  = on_shutdown,
};
/* clang-format on */

/* What is not in the table is not for a logger, or says nothing to it. */
static void dispatch(struct logger *g, message_fn *const *table, const struct link_msg *m,
		     int *fd)
{
	if (!g->mainlog) /* it ends, and all is closed */
		return;
	if (table[m->type])
		table[m->type](g, m, fd);
	targets_disturb(g->targets, now_of(g));
	if (m->type != LINK_LOG) /* of those there may be no end */
		g->clean_at = mono_add(now_of(g), CLEAN_AFTER_MS);
}

static void on_keeper(struct channel *c, void *owner, const struct link_msg *m, int *fd)
{
	struct logger *g = owner;

	if (!m)
		finish(g);
	else if (m->type == LINK_PING)
		send_to(g, c, &(struct link_msg){ .type = LINK_PONG, .number = m->number });
	else
		dispatch(g, from_keeper, m, fd);
}

static void on_manager(struct channel *c, void *owner, const struct link_msg *m, int *fd)
{
	struct logger *g = owner;

	(void)c;
	if (m)
		dispatch(g, from_manager, m, fd);
	else
		g->manager_gone = true; /* the keeper will send another */
}

/* --- turns --------------------------------------------------------------------------- */

static void on_pool(struct watch *w, void *owner, int events)
{
	struct logger *g = owner;
	const mono_t now = now_of(g);

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
		complain(g, "old logs cannot be removed", r);
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
	if (streams_count(g->streams) || tails_count(g->tails) || iopool_busy(g->pool) ||
	    (g->mainlog && !mainlog_flushed(g->mainlog)))
		return out_of_patience(g, now);
	/* Taken first: what its own targets have to say comes too late for it. */
	mainlog_free(TAKE_PTR(g->mainlog), now);
	return targets_count(g->targets) ? out_of_patience(g, now) : LOGGER_OVER;
}

static mono_t due(const struct logger *g)
{
	mono_t t = mono_min(iopool_due(g->pool), targets_due(g->targets));

	t = mono_min(t, mono_min(streams_due(g->streams), tails_due(g->tails)));
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
	now = now_of(g);
	iopool_check(g->pool, now);
	targets_check(g->targets, now);
	streams_check(g->streams, now);
	tails_check(g->tails, now);
	removals_check(g->removals, now);
	clean_step(g, now);
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
		r = targets_new(g->pool, LOGGER_OPEN_MAX, on_target_news, g, &g->targets);
	if (r == 0)
		r = streams_new(g->loop, g->targets, &g->streams);
	if (r == 0)
		r = tails_new(g->loop, g->streams, g->targets, on_tail_answer, g, &g->tails);
	if (r == 0)
		r = removals_new(g->pool, g->targets, &g->removals);
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
	now = now_of(g);
	g->tails = tails_free(g->tails, now);
	g->streams = streams_free(g->streams, now);
	mainlog_free(TAKE_PTR(g->mainlog), now);
	clean_free(g->clean);
	g->keeper = channel_free(g->keeper);
	g->manager = channel_free(g->manager);
	removals_free(g->removals);
	targets_free(g->targets);
	watch_drop(g->pool_watch);
	iopool_free(g->pool);
	free(g->clean_dir);
	free(g->clean_ident);
	free(g);
	return NULL;
}
