/* SPDX-License-Identifier: MIT */
/*
 * peers.c - two programs that must always be there.
 *
 * One that ends is started again: at once, then after 100 ms, 200 ms and so on up to five
 * seconds if it does not last. Between the two there is a link, made with whichever starts; the
 * other one is sent its end, or is given it when it starts.
 *
 * Once a minute, or more often for systemd's watchdog, one of them is asked for a sign of life.
 * Who does not answer is ended, unless it was we who slept: a machine that was stopped for a
 * while has stopped us all.
 */
#include "daemon/keeper/peers.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "daemon/keeper/book.h"
#include "daemon/keeper/greet.h"
#include "daemon/keeper/requests.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/watchdog.h"
#include "daemon/sys/pidfd.h"
#include "daemon/sys/spawn.h"

enum {
	LASTING_MS = 10000,
	DELAY_FIRST_MS = 100,
	DELAY_MAX_MS = 5000,
	SLEPT_MS = 2000, /* so late ourselves: no proof against others */
	EXIT_WITHIN_MS = 2000, /* without a link */
};

/* --- where it is ------------------------------------------------------------------------- */

/* Without /proc, as whoever started us wrote it. */
static int find_self(char self[PATH_MAX])
{
	const ssize_t n = readlink("/proc/self/exe", self, PATH_MAX - 1);
	const char *started = (const char *)getauxval(AT_EXECFN);

	if (n >= 0) {
		self[n] = '\0';
		return 0;
	}
	return started && realpath(started, self) ? 0 : -ENOENT;
}

/* Beside ourselves, as in a build folder; else where it is installed to. */
static int find_program(const char *name, char **ret)
{
	static const char *const places[] = { "", "/../libexec/reeve" };
	char self[PATH_MAX];
	const int r = find_self(self);

	if (r < 0)
		return r;
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_(freep) char *path = NULL;

		if (asprintf(&path, "%s%s/%s", self, places[i], name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (access(path, X_OK) == 0) {
			*ret = TAKE_PTR(path);
			return 0;
		}
	}
	return -ENOENT;
}

/* As if it had been started from where we were: where we were started from says where the
 * configuration may be. */
static char *first_argument(const char *ours, const char *name)
{
	const char *slash = ours ? strrchr(ours, '/') : NULL;
	char *arg;

	if (asprintf(&arg, "%.*s%s", slash ? (int)(slash - ours) + 1 : 0, slash ? ours : "",
		     name) < 0)
		return NULL;
	return arg;
}

int peer_init(struct peer *p, const char *name, channel_fn *on_frame, char **argv)
{
	size_t n = 0;
	int r;

	*p = (struct peer){ .name = name,
			    .on_frame = on_frame,
			    .pidfd = -1,
			    .report = -1,
			    .pong_due = MONO_NEVER };
	while (argv[n])
		n++;
	p->argv = calloc(n + 2, sizeof *p->argv);
	if (!p->argv)
		return -ENOMEM;
	for (size_t i = 1; i < n; i++)
		p->argv[i] = argv[i];
	p->argv[0] = first_argument(argv[0], name);
	if (!p->argv[0])
		return -ENOMEM;
	r = find_program(name, &p->path);
	return r;
}

void peer_done(struct peer *p)
{
	p->link = channel_free(p->link);
	p->pidfd = fd_close(p->pidfd);
	p->report = fd_close(p->report);
	free(p->path);
	if (p->argv)
		free(p->argv[0]);
	free(p->argv);
	p->path = NULL;
	p->argv = NULL;
}

/* --- starting ---------------------------------------------------------------------------- */

static bool has_link(const struct peer *p)
{
	return p->link && !p->link_lost;
}

static struct peer *other_of(struct keeper *k, const struct peer *p)
{
	return p == &k->manager ? &k->logger : &k->manager;
}

/* Its end of the link between the two. */
static int make_peer_link(struct keeper *k, struct peer *p, int *ret)
{
	struct peer *other = other_of(k, p);
	int ends[2], r;

	if (k->spare >= 0 && k->spare_for == p) {
		*ret = TAKE_FD(k->spare);
		return 0;
	}
	r = channel_pair(ends);
	if (r < 0)
		return r;
	*ret = ends[0];
	if (!has_link(other)) {
		(void)fd_close(k->spare);
		k->spare = ends[1];
		k->spare_for = other;
		return 0;
	}
	r = say_fd(other, &(struct link_msg){ .type = LINK_PEER }, ends[1]);
	(void)fd_close(ends[1]);
	return r;
}

/* A daemon's logger has nothing to do with the terminal that we were started from. */
static void fill_plan(const struct keeper *k, const struct peer *p, int link, int peer_link,
		      struct child_plan *ret)
{
	const bool quiet = k->settings.daemonize && p == &k->logger;
	const char *from = p == &k->manager ? k->settings.started_in : NULL;

	*ret = (struct child_plan){ .file = p->path,
				    .argv = p->argv,
				    .envp = k->environment,
				    .path = "",
				    .directory = from ? from : "",
				    .user = "",
				    .stdin_path = "",
				    .umask = -1,
				    .fds = { k->null, quiet ? k->null : 1, quiet ? k->null : 2,
					     link, peer_link },
				    .n_fds = 5,
				    .signals = k->dispositions,
				    .nofile = { k->nofile_max, k->nofile_max } };
}

/* For the next keeper, who is to find it gone. */
static void write_down(struct keeper *k, const struct peer *p)
{
	const struct identity who = stranger_identity(p->pid, p->pidfd);

	if (k->book)
		book_set_peer(k->book, p == &k->manager ? BOOK_MANAGER : BOOK_LOGGER, &who);
}

static int start(struct keeper *k, struct peer *p)
{
	_cleanup_(closep) int ours = -1, theirs = -1, peer_link = -1;
	struct child_plan plan;
	struct spawned child;
	int ends[2];
	int r = channel_pair(ends);

	if (r < 0)
		return r;
	ours = ends[0];
	theirs = ends[1];
	r = make_peer_link(k, p, &peer_link);
	if (r < 0)
		return r;
	fill_plan(k, p, theirs, peer_link, &plan);
	r = channel_new(k->loop, TAKE_FD(ours), p->on_frame, k, &p->link);
	if (r == 0)
		r = spawn_fork(&plan, &child);
	if (r < 0) {
		p->link = channel_free(p->link);
		return r;
	}
	p->pid = child.pid;
	p->pidfd = child.pidfd;
	p->report = child.report;
	write_down(k, p);
	p->link_lost = false;
	p->started = loop_now(k->loop);
	p->pong_due = MONO_NEVER;
	return 0;
}

static void greet(struct keeper *k, struct peer *p)
{
	if (p == &k->manager)
		greet_manager(k);
	else
		greet_logger(k);
}

/* After an end: when the next start is. */
static void plan_start(struct keeper *k, struct peer *p, bool lasted)
{
	msec_t delay = 0;

	p->failures = lasted ? 0 : p->failures + 1;
	if (p->failures > 1)
		delay = p->failures > 8 ? DELAY_MAX_MS
					: DELAY_FIRST_MS * (1 << (p->failures - 2));
	p->next_start =
		mono_add(loop_now(k->loop), delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS);
}

static void ask_now(struct keeper *k)
{
	k->next_ping = loop_now(k->loop);
	k->ping_logger = false;
}

static void try_start(struct keeper *k, struct peer *p)
{
	const int r = start(k, p);

	if (r == 0) {
		greet(k, p);
		if (p == &k->manager && k->watchdog >= 0 && k->phase == PHASE_RUN)
			ask_now(k); /* there has been no answer for a while */
		return;
	}
	say_log(k, LEVEL_CRITICAL, "cannot start %s: %s", p->name, strerror(-r));
	plan_start(k, p, false);
}

/* --- ending ------------------------------------------------------------------------------ */

static bool is_down(const struct peer *p)
{
	return !p->pid && !p->link;
}

void peer_want(struct keeper *k, struct peer *p)
{
	p->wanted = true;
	p->failures = p->ends = 0;
	p->next_start = loop_now(k->loop);
}

void peer_want_again(struct peer *p)
{
	p->wanted = true;
}

void peer_dismiss(struct peer *p)
{
	p->wanted = false;
	p->pong_due = MONO_NEVER;
}

void peer_hang_up(struct peer *p)
{
	p->link_lost = p->link != NULL;
}

void peer_kill(struct peer *p)
{
	if (p->pid)
		(void)pidfd_signal(p->pidfd, p->pid, SIGKILL, false);
}

bool peer_gone(const struct peer *p)
{
	return !p->wanted && is_down(p);
}

bool peer_failed(const struct peer *p)
{
	return p->wanted && is_down(p) && p->ends > 0;
}

static void log_end(struct keeper *k, const struct peer *p)
{
	struct child_report why;

	if (spawn_report(p->report, &why) == SPAWN_FAILED)
		say_log(k, LEVEL_CRITICAL, "cannot execute %s: %s (%s)", p->path,
			strerror(why.error), child_stage_name(why.stage));
	else if (WIFSIGNALED(p->wait_status))
		say_log(k, LEVEL_CRITICAL, "%s was ended by signal %d", p->name,
			WTERMSIG(p->wait_status));
	else if (k->phase >= PHASE_RUN) /* before, it says itself why it cannot start */
		say_log(k, LEVEL_CRITICAL, "%s ended with status %d", p->name,
			WEXITSTATUS(p->wait_status));
}

bool peers_reaped(struct keeper *k, pid_t pid, int wait_status)
{
	struct peer *p = pid == k->manager.pid ? &k->manager : &k->logger;

	if (pid != p->pid)
		return false;
	p->wait_status = wait_status;
	p->pid = 0;
	p->pidfd = fd_close(p->pidfd);
	p->pong_due = MONO_NEVER;
	return true;
}

/* It has ended, and nothing that it said is unread: only now is it known whether it was to. */
static void settle(struct keeper *k, struct peer *p)
{
	p->ends++;
	if (p->wanted)
		log_end(k, p);
	p->report = fd_close(p->report);
	if (k->spare_for != p)
		k->spare = fd_close(k->spare); /* its other end is gone */
	plan_start(k, p, mono_span(p->started, loop_now(k->loop)) >= LASTING_MS);
}

/* --- watching ---------------------------------------------------------------------------- */

void peer_answered(struct keeper *k, struct peer *p, uint32_t serial)
{
	p->pong_due = MONO_NEVER;
	if (p != &k->manager)
		return;
	requests_answered(k, serial);
	watchdog_feed(k);
}

/* Its link is at its end. All that was said on it has been read; a process that ended cannot
 * have said more, and one that did not has a moment to do so. */
static void take_link_away(struct peer *p, mono_t now)
{
	p->link = channel_free(p->link);
	p->link_lost = false;
	if (p->pid && p->wanted)
		p->pong_due = mono_add(now, EXIT_WITHIN_MS);
}

static void enforce(struct keeper *k, struct peer *p, mono_t now)
{
	if (!p->pid || mono_before(now, p->pong_due))
		return;
	if (p->link && mono_span(p->pong_due, now) > SLEPT_MS) {
		p->pong_due = mono_add(now, k->pong_within);
		return;
	}
	say_log(k, LEVEL_CRITICAL, "%s does not answer: it is ended and started again",
		p->name);
	p->pong_due = MONO_NEVER;
	peer_kill(p);
}

/* A manager that ends before the daemon is ready is not started again: begin.c. */
static bool may_start(const struct keeper *k, const struct peer *p)
{
	return p->wanted && is_down(p) &&
	       (p != &k->manager || k->phase >= PHASE_RUN || p->ends == 0);
}

static void tend(struct keeper *k, struct peer *p, mono_t now)
{
	if (p->link_lost)
		take_link_away(p, now);
	enforce(k, p, now);
	if (is_down(p) && p->report >= 0)
		settle(k, p);
	if (may_start(k, p) && !mono_before(now, p->next_start))
		try_start(k, p);
}

static void ping(struct keeper *k, mono_t now)
{
	struct peer *p = k->ping_logger ? &k->logger : &k->manager;

	if (mono_before(now, k->next_ping))
		return;
	k->next_ping = mono_add(now, k->ping_every);
	k->ping_logger = !k->ping_logger;
	if (!has_link(p) || !mono_is_never(p->pong_due))
		return;
	say(p, &(struct link_msg){ .type = LINK_PING, .number = { ++k->serial } });
	p->pong_due = mono_add(now, k->pong_within);
}

void peers_tend(struct keeper *k, mono_t now)
{
	tend(k, &k->manager, now);
	tend(k, &k->logger, now);
	ping(k, now);
}

static mono_t due(const struct keeper *k, const struct peer *p, mono_t now)
{
	if (p->link_lost)
		return now;
	if (may_start(k, p))
		return p->next_start;
	return has_link(p) ? mono_min(p->flush_at, p->pong_due) : p->pong_due;
}

mono_t peers_due(const struct keeper *k)
{
	const mono_t now = loop_now(k->loop);

	return mono_min(k->next_ping,
			mono_min(due(k, &k->manager, now), due(k, &k->logger, now)));
}

static void flush(struct peer *p, mono_t now)
{
	if (!has_link(p) || (mono_before(now, p->flush_at) && !channel_starved(p->link)))
		return;
	channel_flush(p->link);
	p->flush_at = MONO_NEVER;
}

void peers_flush(struct keeper *k)
{
	const mono_t now = loop_now(k->loop);

	flush(&k->manager, now);
	flush(&k->logger, now);
}

bool peers_starved(const struct keeper *k)
{
	return (has_link(&k->manager) && channel_starved(k->manager.link)) ||
	       (has_link(&k->logger) && channel_starved(k->logger.link));
}
