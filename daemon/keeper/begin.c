/* SPDX-License-Identifier: MIT */
/*
 * begin.c - puts settings in force.
 *
 * They come from a manager that was started as whoever started us. If they make us somebody
 * else (another user, another pid), that manager is ended and another one started, which reads
 * the file again as what we are then; its settings are the same and only acknowledged. So no
 * manager ever runs with rights that it is not meant to have, and none has to change them.
 *
 * The parent that the shell waits for ends when the daemon is ready, or as its start has
 * failed; until then it shows what a manager has to complain about.
 */
#include "daemon/keeper/begin.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "daemon/keeper/book.h"
#include "daemon/keeper/finish.h"
#include "daemon/keeper/peers.h"
#include "daemon/keeper/requests.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/store.h"
#include "daemon/sys/daemonize.h"
#include "daemon/sys/limits.h"
#include "daemon/sys/pidfile.h"
#include "daemon/sys/procs.h"
#include "daemon/sys/user.h"

enum { EXIT_USAGE = 2, PATIENCE_MS = 2000 };

/* Nothing runs yet, and whoever started us is there to read it. */
__attribute__((format(printf, 2, 3))) static int fail(struct keeper *k, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("Error: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n", stderr);
	va_end(ap);
	finish_begin(k, EXIT_USAGE, PATIENCE_MS);
	return -ECANCELED;
}

void settings_done(struct settings *s)
{
	free(s->pidfile);
	free(s->user);
	free(s->directory);
	free(s->logfile);
	free(s->started_in);
	*s = (struct settings){ 0 };
}

static int copy(const struct link_settings *from, struct settings *s)
{
	*s = (struct settings){ .daemonize = from->daemonize,
				.pidfile = strdup(from->pidfile),
				.user = strdup(from->user),
				.directory = strdup(from->directory),
				.logfile = strdup(from->logfile),
				.umask = from->umask,
				.minfds = from->minfds,
				.minprocs = from->minprocs };
	return s->pidfile && s->user && s->directory && s->logfile ? 0 : -ENOMEM;
}

/* --- who we are -------------------------------------------------------------------------- */

static int apply_limit(struct keeper *k, int resource, const char *name, const char *key,
		       uint32_t least, struct rlimit *l)
{
	switch (limits_least(resource, least, l)) {
	case LIMIT_RAISED:
		say_log(k, LEVEL_INFO, "Increased %s limit to %u", name, least);
		return 0;
	case LIMIT_REFUSED:
		return fail(k,
			    "%s is %u, but the hard limit %s is %lu here: raise that, or set "
			    "%s to at most %lu",
			    key, least, name, (unsigned long)l->rlim_max, key,
			    (unsigned long)l->rlim_max);
	default:
		return 0;
	}
}

static int apply_limits(struct keeper *k)
{
	struct rlimit processes, descriptors;
	int r = apply_limit(k, RLIMIT_NOFILE, "RLIMIT_NOFILE", "minfds", k->settings.minfds,
			    &k->nofile);

	if (r == 0 && getrlimit(RLIMIT_NOFILE, &descriptors) == 0)
		k->nofile_max = descriptors.rlim_cur;
	if (r == 0 && getrlimit(RLIMIT_NPROC, &processes) == 0)
		r = apply_limit(k, RLIMIT_NPROC, "RLIMIT_NPROC", "minprocs",
				k->settings.minprocs, &processes);
	return r;
}

/* The user to become: *@ret_other, unless we are that already. */
static int find_user(struct keeper *k, struct user *u, bool *ret_other)
{
	const char *name = k->settings.user;
	int r;

	if (!*name)
		return 0;
	r = user_find(name, u);
	if (r < 0)
		return fail(k, "Invalid user name %s: %s", name,
			    r == -ESRCH ? "there is none" : strerror(-r));
	*ret_other = !user_is_self(u);
	if (*ret_other && geteuid() != 0)
		return fail(k, "Can't drop privilege as nonroot user");
	return 0;
}

static int become(struct keeper *k, const struct user *u)
{
	int r = user_set_groups(u);

	if (r == 0)
		r = user_set_gid(u);
	if (r == 0)
		r = user_set_uid(u);
	/* The kernel hides /proc/self from who changed its user; pipes are opened there. */
	if (r == 0 && prctl(PR_SET_DUMPABLE, 1) < 0)
		r = -errno;
	return r < 0 ? fail(k, "Can't become user %s: %s", k->settings.user, strerror(-r)) : 0;
}

/* --- into the background ----------------------------------------------------------------- */

static int apply_daemonize(struct keeper *k)
{
	int r;

	say_log(k, LEVEL_INFO, "daemonizing the supervisord process");
	r = daemonize(&k->release);
	if (r < 0)
		return fail(k, "Can't fork: %s", strerror(-r));
	loop_forked(k->loop);
	/* Our parent did, too, but that is not handed down. */
	r = procs_adopt_orphans();
	if (r < 0)
		return fail(k, "Can't adopt orphans: %s", strerror(-r));
	(void)umask((mode_t)k->settings.umask);
	if (*k->settings.directory)
		k->settings.started_in = getcwd(NULL, 0);
	if (*k->settings.directory && chdir(k->settings.directory) < 0)
		return fail(k, "can't chdir into %s: %s", k->settings.directory,
			    strerror(errno));
	return 0;
}

/* --- the way ----------------------------------------------------------------------------- */

static void go(struct keeper *k)
{
	const mono_t now = loop_now(k->loop);

	if (k->phase == PHASE_BEGIN) {
		k->phase = PHASE_START;
		k->next_ping = mono_add(now, k->ping_every);
		peer_want(k, &k->logger);
	}
	say_type(&k->manager, LINK_GO);
}

/* While we still may: another user could not. */
static void end_manager(struct keeper *k)
{
	k->phase = PHASE_CHANGE;
	peer_dismiss(&k->manager);
	peer_hang_up(&k->manager);
	peer_kill(&k->manager);
}

static void apply(struct keeper *k, const struct link_settings *settings)
{
	_cleanup_(user_done) struct user u = { 0 };
	bool other = false;

	if (copy(settings, &k->settings) < 0) {
		(void)fail(k, "%s", strerror(ENOMEM));
		return;
	}
	k->settings.applied = true;
	if (apply_limits(k) < 0 || find_user(k, &u, &other) < 0)
		return;
	if (k->settings.daemonize) /* and be another process */
		store_no_book(k);
	if (other || k->settings.daemonize)
		end_manager(k);
	if (other && become(k, &u) < 0)
		return;
	if (*k->settings.user)
		say_log(k, LEVEL_INFO, "Set uid to user %u succeeded", u.uid);
	if (k->phase == PHASE_BEGIN)
		go(k);
}

void begin_settings(struct keeper *k, const struct link_settings *settings)
{
	if (k->settings.applied)
		go(k);
	else if (k->phase == PHASE_BEGIN)
		apply(k, settings);
}

/* From here on the next keeper has something to go on from. */
static void keep_settings(struct keeper *k)
{
	const struct settings *s = &k->settings;
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const struct link_msg m = { .type = LINK_SETTINGS,
				    .settings = { .pidfile = s->pidfile,
						  .user = s->user,
						  .umask = s->umask,
						  .minfds = s->minfds,
						  .minprocs = s->minprocs,
						  .logfile = s->logfile } };

	if (k->book && link_encode(&m, &text) == 0 &&
	    book_set_settings(k->book, text.data, text.len) == 0)
		book_set_state(k->book, BOOK_RUNS);
}

int begin_again(struct keeper *k)
{
	_cleanup_(user_done) struct user u = { 0 };
	struct link_msg m;
	bool other = false;
	size_t n, used;
	const char *text = book_settings(k->book, &n);

	if (link_decode(text, n, &m, &used) != LINK_FRAME || m.type != LINK_SETTINGS)
		return -EBADMSG;
	if (copy(&m.settings, &k->settings) < 0)
		return -ENOMEM;
	k->settings.applied = true;
	if (apply_limits(k) < 0 || find_user(k, &u, &other) < 0 || (other && become(k, &u) < 0))
		return -ECANCELED; /* fail() has said why */
	k->phase = PHASE_RUN;
	k->next_ping = mono_add(loop_now(k->loop), k->ping_every);
	peer_want(k, &k->manager);
	peer_want(k, &k->logger);
	return 0;
}

void begin_ready(struct keeper *k)
{
	const char *pidfile = k->settings.pidfile;

	if (k->phase != PHASE_START && k->phase != PHASE_RUN)
		return;
	if (*pidfile) {
		const int r = pidfile_write(pidfile, getpid());

		if (r < 0)
			say_log(k, LEVEL_CRITICAL, "could not write pidfile %s: %s", pidfile,
				strerror(-r));
	}
	if (k->phase == PHASE_RUN)
		return;
	k->phase = PHASE_RUN;
	keep_settings(k);
	if (k->settings.daemonize && daemonize_null(0, 2, true) < 0)
		say_log(k, LEVEL_WARN, "cannot let go of the terminal");
	daemonize_release(&k->release, 0);
}

static void change(struct keeper *k)
{
	if (k->settings.daemonize && apply_daemonize(k) < 0)
		return;
	k->phase = PHASE_BEGIN;
	peer_want(k, &k->manager);
}

/* Its reason, and its status, is the daemon's. */
static void give_up(struct keeper *k)
{
	const int status = k->manager.wait_status;

	finish_begin(k, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
		     PATIENCE_MS);
}

void begin_tend(struct keeper *k)
{
	if (k->phase > PHASE_START)
		return;
	if (k->phase != PHASE_START && requests_end(k))
		finish_begin(k, 0, PATIENCE_MS);
	else if (k->phase == PHASE_CHANGE && peer_gone(&k->manager))
		change(k);
	else if (k->phase != PHASE_CHANGE && peer_failed(&k->manager))
		give_up(k);
}
