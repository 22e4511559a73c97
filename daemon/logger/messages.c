/* SPDX-License-Identifier: MIT */
#include "daemon/logger/messages.h"

#include <errno.h>
#include <string.h>

#include "daemon/logger/logs.h"
#include "daemon/logger/removal.h"
#include "daemon/logger/retention.h"
#include "daemon/logger/rules.h"
#include "daemon/sys/clock.h"

enum {
	CLEAN_AFTER_MS = 1000, /* of nothing new on the links: all logs in use are known */
	NOFILE_SHARE = 16, /* one of so many descriptors may be a log file that is kept open */
	OPEN_MIN = 16,
};

static void on_hello(struct logger *g, const struct link_msg *m, int *fd)
{
	uint64_t open_max = m->hello.nofile / NOFILE_SHARE;

	(void)fd;
	g->broken = m->hello.version != LINK_VERSION;
	if (open_max > LOGGER_OPEN_MAX)
		open_max = LOGGER_OPEN_MAX;
	targets_set_max_open(g->targets, open_max > OPEN_MIN ? open_max : OPEN_MIN);
}

static void on_deposit(struct logger *g, const struct link_msg *m, int *fd)
{
	if (strcmp(m->name.name, "log-arena") != 0 || g->arena)
		return;
	fd_close(g->arena_fd);
	g->arena_fd = TAKE_FD(*fd);
}

static void on_finish(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)m, (void)fd;
	logger_finish(g);
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
	r = streams_pipe(g->streams, m->proc.id, m->proc.which, TAKE_FD(*fd), logger_now(g));
	if (r < 0 && !g->finishing)
		tell_complaint(g, "a program's output cannot be read", r);
}

static void on_rearm(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	streams_rearm(g->streams, m->proc.id, m->proc.which, logger_now(g));
}

static void on_forget(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	streams_forget(g->streams, m->proc.id, logger_now(g));
}

static void on_log(struct logger *g, const struct link_msg *m, int *fd)
{
	const uint32_t level = m->log.level;

	(void)fd;
	mainlog_say(g->mainlog, level < LEVEL_N ? (enum level)level : LEVEL_INFO, m->log.text,
		    wall_now_ms(), logger_now(g));
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
		.syslog = m->mainlog.syslog,
	};
	int r = mainlog_configure(g->mainlog, &c, logger_now(g));

	(void)fd;
	if (r < 0)
		tell_complaint(g, "the daemon's log cannot be set up", r);
	retention_budget(g->retention, m->mainlog.budget);
	plan_clean(g, m->mainlog.clean_dir, m->mainlog.clean_ident);
}

static void on_stream(struct logger *g, const struct link_msg *m, int *fd)
{
	struct rules rules;
	int r;

	(void)fd;
	rules_of(&rules, &m->stream);
	r = streams_describe(g->streams, m->stream.id, m->stream.which, &rules.stream,
			     logger_now(g));
	if (r < 0 && !g->finishing)
		tell_complaint(g, "a program's log cannot be set up", r);
	else if (m->stream.pid)
		streams_born(g->streams, m->stream.id, m->stream.pid, logger_now(g));
}

static void on_born(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	streams_born(g->streams, m->proc.id, m->proc.pid, logger_now(g));
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

	tails_add(g->tails, &q, TAKE_FD(*fd), logger_now(g));
}

void messages_answer(void *owner, uint32_t token, int error)
{
	tell_manager(owner, &(struct link_msg){ .type = LINK_TAILED,
						.tail = { .token = token, .error = error } });
}

static void on_logs(struct logger *g, const struct link_msg *m, int *fd)
{
	logs_add(g->logs, &m->logs, TAKE_FD(*fd), logger_now(g));
}

/* The log of a stream, or of a path; NULL: there is none. */
static struct target *log_of(struct logger *g, const struct link_tail *m)
{
	struct target *t = streams_target(g->streams, m->id, m->which);

	return t || !*m->path ? t : targets_find(g->targets, m->path);
}

static void on_clear(struct logger *g, const struct link_msg *m, int *fd)
{
	struct target *t = log_of(g, &m->tail);

	(void)fd;
	if (t)
		target_clear(t, logger_now(g));
	messages_answer(g, m->tail.token, t ? 0 : ENOENT);
}

static void on_rotate(struct logger *g, const struct link_msg *m, int *fd)
{
	const bool all = !m->tail.id && !*m->tail.path;
	struct target *t = all ? NULL : log_of(g, &m->tail);

	(void)fd;
	if (all)
		targets_rotate(g->targets, logger_now(g));
	if (t)
		target_rotate(t, logger_now(g));
	messages_answer(g, m->tail.token, all || t ? 0 : ENOENT);
}

static void on_reopen(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)m, (void)fd;
	targets_reopen(g->targets, logger_now(g));
}

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
		tell_complaint(g, "no link to the manager", r);
}

static void on_remove(struct logger *g, const struct link_msg *m, int *fd)
{
	(void)fd;
	removals_add(g->removals, m->name.name, logger_now(g));
}

typedef void message_fn(struct logger *g, const struct link_msg *m, int *fd);

/* clang-format off */
static message_fn *const from_keeper[LINK_TYPE_END] = {
	[LINK_HELLO]  = on_hello,
	[LINK_DEPOSIT] = on_deposit,
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
	[LINK_BORN]    = on_born,
	[LINK_TAIL]    = on_tail,
	[LINK_LOGS]    = on_logs,
	[LINK_CLEAR]   = on_clear,
	[LINK_ROTATE]  = on_rotate,
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
	targets_disturb(g->targets, logger_now(g));
	if (m->type != LINK_LOG) /* of those there may be no end */
		g->clean_at = mono_add(logger_now(g), CLEAN_AFTER_MS);
}

static void pong(struct logger *g, struct channel *c, struct link_number number)
{
	int r = channel_send(c, &(struct link_msg){ .type = LINK_PONG, .number = number }, -1);

	if (r < 0)
		tell_complaint(g, "an answer is lost", r);
}

void on_keeper(struct channel *c, void *owner, const struct link_msg *m, int *fd)
{
	struct logger *g = owner;

	if (m && m->type != LINK_HELLO && m->type != LINK_DEPOSIT)
		logger_begin(g);
	if (!m)
		logger_finish(g);
	else if (m->type == LINK_PING)
		pong(g, c, m->number);
	else
		dispatch(g, from_keeper, m, fd);
}

void on_manager(struct channel *c, void *owner, const struct link_msg *m, int *fd)
{
	struct logger *g = owner;

	(void)c;
	if (m)
		dispatch(g, from_manager, m, fd);
	else
		g->manager_gone = true; /* the keeper will send another */
}
