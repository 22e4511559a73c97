/* SPDX-License-Identifier: MIT */
/*
 * launch.c - a fork, and a report to wait for. A child that does not come to its exec within
 * ten seconds (a name service that hangs, a dead network file system) is ended: it costs its
 * own process and nobody else.
 */
#include "daemon/keeper/launch.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "daemon/keeper/pipes.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/sys/environ.h"
#include "daemon/sys/pidfd.h"
#include "daemon/sys/spawn.h"

enum { EXEC_WITHIN_MS = 10000, LOOK_EVERY = 32 };

struct link_msg launch_msg(enum link_type type, const struct slot *s)
{
	return (struct link_msg){ .type = type,
				  .proc = { .id = s->id, .gen = s->gen, .pid = s->pid } };
}

static void say_no_fork(struct keeper *k, const struct link_spawn *recipe, int error)
{
	say(&k->manager,
	    &(struct link_msg){
		    .type = LINK_SPAWN_FAILED,
		    .proc = { .id = recipe->id, .gen = recipe->gen, .error = error } });
}

static void say_spawned(struct keeper *k, const struct slot *s)
{
	struct link_msg m = launch_msg(LINK_SPAWNED, s);

	m.proc.inode = pidfd_inode(s->pidfd);
	say(&k->manager, &m);
}

/* Descriptors 1 and 2 of the program. */
struct writers {
	int out, err;
};

static void writers_done(struct writers *w)
{
	if (w->err != w->out)
		(void)fd_close(w->err);
	(void)fd_close(w->out);
}

static int open_writers(struct keeper *k, struct slot *s, bool merge, struct writers *w)
{
	int r = pipe_writer(k, s, 0, &w->out);

	if (r == 0 && merge)
		w->err = w->out;
	else if (r == 0)
		r = pipe_writer(k, s, 1, &w->err);
	return r;
}

/* Two starts with one hash look for the same files in the same places. */
static uint64_t hash_of(const struct link_spawn *recipe)
{
	uint64_t h = HASH_INIT;

	if (*recipe->user || !recipe->argv.n)
		return 0;
	h = hash_bytes(h, recipe->argv.first, strlen(recipe->argv.first) + 1);
	h = hash_bytes(h, recipe->path, strlen(recipe->path) + 1);
	return hash_bytes(h, recipe->directory, strlen(recipe->directory) + 1);
}

/* Whether the next child of @s may borrow our memory: it was seen that it cannot hang. */
static bool is_quick(const struct slot *s)
{
	return s->starts && s->starts == s->local;
}

static int fork_program(struct keeper *k, struct slot *s, const struct link_spawn *recipe)
{
	_cleanup_(writers_done) struct writers w = { -1, -1 };
	_cleanup_(freep) char **argv = NULL, **env = NULL;
	struct spawned child;
	int r = slot_room_for_pid(k);

	if (r == 0)
		r = open_writers(k, s, recipe->merge, &w);
	if (r == 0)
		r = environ_args(&recipe->argv, &argv);
	if (r == 0)
		r = environ_join(k->for_programs, &recipe->env, &env);
	if (r < 0)
		return r;

	struct child_plan plan = { .argv = argv,
				   .envp = env,
				   .path = recipe->path,
				   .directory = recipe->directory,
				   .user = recipe->user,
				   .umask = recipe->umask,
				   .fds = { k->null, w.out, w.err },
				   .n_fds = 3,
				   .give_streams = true,
				   .signals = k->dispositions,
				   .nofile = k->nofile,
				   .quick = is_quick(s) };

	r = spawn_fork(&plan, &child);
	if (r < 0)
		return r;
	slot_set_pid(k, s, child.pid, child.pidfd);
	slot_launching(k, s, child.report, mono_add(loop_now(k->loop), EXEC_WITHIN_MS));
	return 0;
}

/* Where it cannot be started, and why; 0: it can. */
static int obstacle(const struct keeper *k, const struct slot *s)
{
	if (!s)
		return EMFILE;
	if (s->pid)
		return EBUSY;
	return k->phase >= PHASE_SWEEP ? ECANCELED : 0;
}

static void start_anew(struct keeper *k, struct slot *s, const struct link_spawn *recipe)
{
	int r;

	s->gen = recipe->gen;
	s->starts = hash_of(recipe);
	s->ended = s->exec_done = false;
	s->wait_status = s->exec_error = s->exec_stage = 0;
	r = fork_program(k, s, recipe);
	if (r < 0) {
		s->ended = true;
		s->exec_error = -r;
		say_no_fork(k, recipe, -r);
		return;
	}
	say_spawned(k, s);
	if (is_quick(s))
		launch_look(k, s); /* it has reached its exec */
	/* In a long row of starts, the first have news before the last is forked. */
	if (k->n_launching % LOOK_EVERY == 0)
		reports_look(k->reports);
}

void launch(struct keeper *k, const struct link_spawn *recipe)
{
	struct slot *s = slot_of(k, recipe->id);
	int error;

	if (!s && slot_fits(k) && recipe->id)
		s = slot_make(k, recipe->id);
	if (s && s->pid && s->gen == recipe->gen)
		return; /* a new manager makes sure of what its predecessor asked for */
	error = obstacle(k, s);
	if (error)
		say_no_fork(k, recipe, error);
	else
		start_anew(k, s, recipe);
}

void launch_look(struct keeper *k, struct slot *s)
{
	struct child_report report;
	struct link_msg m = launch_msg(LINK_EXEC_OK, s);

	enum spawn_word word;

	if (s->report < 0)
		return;
	while ((word = spawn_report(s->report, &report)) == SPAWN_LOCAL)
		s->local = s->starts;
	switch (word) {
	case SPAWN_SILENT:
	case SPAWN_LOCAL:
		return;
	case SPAWN_DONE:
		s->exec_done = true;
		say(&k->manager, &m);
		break;
	case SPAWN_FAILED: /* told when it is reaped */
		s->exec_error = report.error;
		s->exec_stage = (int)report.stage;
		break;
	}
	slot_launched(k, s);
}

void launch_on_report(void *keeper, uint64_t id)
{
	struct keeper *k = keeper;
	struct slot *s = slot_of(k, (uint32_t)id);

	if (s)
		launch_look(k, s);
}

static struct slot *earliest(const struct keeper *k)
{
	return list_linked(&k->launching)
		       ? container_of(k->launching.next, struct slot, launching)
		       : NULL;
}

mono_t launch_due(const struct keeper *k)
{
	const struct slot *s = earliest(k);

	return s ? s->exec_due : MONO_NEVER;
}

void launch_expire(struct keeper *k, mono_t now)
{
	struct slot *s;

	while ((s = earliest(k)) && !mono_before(now, s->exec_due)) {
		launch_look(k, s);
		if (s->report < 0)
			continue;
		slot_launched(k, s);
		s->exec_error = ETIMEDOUT;
		s->exec_stage = CHILD_HUNG;
		(void)pidfd_signal(s->pidfd, s->pid, SIGKILL, false);
	}
}
