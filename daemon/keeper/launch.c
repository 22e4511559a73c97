/* SPDX-License-Identifier: MIT */
/*
 * launch.c - a fork, and a report to wait for. A child that does not come to its exec within
 * ten seconds (a name service that hangs, a dead network file system) is ended: it costs its
 * own process and nobody else.
 */
#include "daemon/keeper/launch.h"

#include <errno.h>
#include <string.h>

#include "daemon/keeper/cgroups.h"
#include "daemon/keeper/notices.h"
#include "daemon/keeper/pipes.h"
#include "daemon/keeper/quick.h"
#include "daemon/keeper/say.h"
#include "daemon/keeper/slots.h"
#include "daemon/keeper/wires.h"
#include "daemon/sys/allowance.h"
#include "daemon/sys/clock.h"
#include "daemon/sys/cpus.h"
#include "daemon/sys/environ.h"
#include "daemon/sys/pidfd.h"
#include "daemon/sys/spawn.h"

enum { EXEC_WITHIN_MS = 10000, LOOK_EVERY = 32, QUICK_IN_A_ROW = 4 };

struct link_msg launch_msg(enum link_type type, const struct slot *s)
{
	return (struct link_msg){ .type = type,
				  .proc = { .id = s->id, .gen = s->gen, .pid = s->pid } };
}

static void say_no_fork(struct keeper *k, const struct link_spawn *recipe, int error)
{
	say(&k->manager, &(struct link_msg){ .type = LINK_SPAWN_FAILED,
					     .proc = { .id = recipe->id,
						       .gen = recipe->gen,
						       .error = error,
						       .ended_wall_ms = wall_now_ms() } });
}

static void say_spawned(struct keeper *k, const struct slot *s)
{
	struct link_msg m = launch_msg(LINK_SPAWNED, s);

	m.proc.inode = pidfd_inode(s->pidfd);
	say_later(k, &k->manager, &m);
}

/* Descriptors 0 to 2 of the program. */
struct streams {
	int fd[3];
	unsigned own; /* bit i: a pipe of ours to the logger, to be closed; the rest is borrowed
		       */
};

static void streams_done(struct streams *st)
{
	for (int i = 0; i < 3; i++)
		if (st->own & (1U << i))
			(void)fd_close(st->fd[i]);
}

static int open_pipe(struct keeper *k, struct slot *s, int i, struct streams *st)
{
	const int r = pipe_writer(k, s, i - 1, &st->fd[i]);

	if (r == 0)
		st->own |= 1U << i;
	return r;
}

static int open_stream(struct keeper *k, struct slot *s, const struct link_spawn *recipe, int i,
		       struct streams *st)
{
	if (i == 0 && recipe->stdin_wire)
		return wire_get(k, recipe->stdin_wire, WIRE_READ, &st->fd[i]);
	if (i == 0) {
		st->fd[i] = k->null;
		return 0;
	}
	if (i == 1 && recipe->stdout_wire)
		return wire_get(k, recipe->id, WIRE_WRITE, &st->fd[i]);
	if (i == 2 && recipe->merge) {
		st->fd[i] = st->fd[1];
		return 0;
	}
	return open_pipe(k, s, i, st);
}

/* @fds: those that came, the first for the lowest bit. */
static int open_streams(struct keeper *k, struct slot *s, const struct link_spawn *recipe,
			const int *fds, struct streams *st)
{
	int r = recipe->fds >> 3 ? -EINVAL : 0;

	for (int i = 0; i < 3 && r == 0; i++) {
		if (!(recipe->fds & (1U << i))) {
			r = open_stream(k, s, recipe, i, st);
			continue;
		}
		st->fd[i] = *fds++;
		if (st->fd[i] < 0) /* -1: it was promised and is not there */
			r = st->fd[i] == -1 ? -EBADF : st->fd[i];
	}
	return r;
}

/* @entry is room for one that is not the recipe's, and stays the caller's. */
static int make_environment(struct keeper *k, struct slot *s, const struct link_spawn *recipe,
			    char entry[NOTICES_ENTRY], char ***ret)
{
	static char *const nothing[] = { NULL };
	int r = environ_join(recipe->clean_env ? nothing : k->for_programs, &recipe->env, ret);

	if (r < 0 || !recipe->notify)
		return r;
	r = notices_entry(k, s, entry);
	return r < 0 ? r : environ_put(ret, entry);
}

/* While one borrows our memory we wait for it. Of many, several come to their exec at a time if
 * we do not, and we are not at the mercy of processors that others use. */
static bool is_quick(const struct keeper *k, const struct slot *s)
{
	return k->in_a_row <= QUICK_IN_A_ROW && quick_knows(k, s->starts);
}

static int fork_program(struct keeper *k, struct slot *s, const struct link_spawn *recipe,
			const int *fds)
{
	_cleanup_(streams_done) struct streams st = { { -1, -1, -1 }, 0 };
	_cleanup_(freep) char **argv = NULL, **env = NULL;
	struct spawned child;
	_cleanup_(closep) int join = -1;
	char notify[NOTICES_ENTRY];
	struct allowance allowance;
	struct cpus cpus;
	int r = slot_room_for_pid(k);

	if (r == 0)
		r = allowance_read(recipe, &allowance);
	if (r == 0 && *recipe->affinity)
		r = cpus_parse(recipe->affinity, &cpus);
	if (r == 0)
		r = open_streams(k, s, recipe, fds, &st);
	if (r == 0)
		r = environ_args(&recipe->argv, &argv);
	if (r == 0)
		r = make_environment(k, s, recipe, notify, &env);
	if (r < 0)
		return r;

	join = cgroups_make(k, s, recipe);

	struct child_plan plan = { .argv = argv,
				   .envp = env,
				   .path = recipe->path,
				   .directory = recipe->directory,
				   .user = recipe->user,
				   .umask = recipe->umask,
				   .fds = { st.fd[0], st.fd[1], st.fd[2] },
				   .n_fds = 3,
				   .own_fds = st.own,
				   .stdin_path = recipe->stdin_path,
				   .cpus = *recipe->affinity ? &cpus : NULL,
				   .signals = k->dispositions,
				   .nofile = k->nofile,
				   .allowance = &allowance,
				   .join = join,
				   .claim = k->book ? book_claim(k->book, s->place) : NULL,
				   .quick = is_quick(k, s) };

	r = spawn_fork(&plan, &child);
	if (r < 0)
		return r;
	slot_set_pid(k, s, child.pid, child.pidfd);
	slot_record(k, s);
	s->report = child.report;
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

static void start_anew(struct keeper *k, struct slot *s, const struct link_spawn *recipe,
		       const int *fds)
{
	int r;

	slot_clear_record(s);
	notices_reset(s);
	s->gen = recipe->gen;
	s->starts = quick_key(recipe);
	k->in_a_row++;
	slot_record(k, s);
	r = fork_program(k, s, recipe, fds);
	pipes_settle(s);
	if (r < 0) {
		s->ended = true;
		s->exec_error = -r;
		s->end.wall_ms = wall_now_ms();
		slot_record(k, s);
		say_no_fork(k, recipe, -r);
		return;
	}
	say_spawned(k, s);
	if (is_quick(k, s))
		launch_look(k, s); /* it has reached its exec */
	if (s->report >= 0)
		slot_launching(k, s, mono_add(loop_now(k->loop), EXEC_WITHIN_MS));
	/* In a long row of starts, the first have news before the last is forked. */
	if (k->n_launching && k->n_launching % LOOK_EVERY == 0)
		pollset_look(k->reports);
}

void launch(struct keeper *k, const struct link_spawn *recipe, const int *fds)
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
		start_anew(k, s, recipe, fds);
	wires_spend(k, recipe);
}

void launch_look(struct keeper *k, struct slot *s)
{
	struct child_report report;
	struct link_msg m = launch_msg(LINK_EXEC_OK, s);
	enum spawn_word word;

	if (s->report < 0)
		return;
	while ((word = spawn_report(s->report, &report)) == SPAWN_LOCAL)
		quick_learn(k, s->starts);
	switch (word) {
	case SPAWN_SILENT:
	case SPAWN_LOCAL:
		return;
	case SPAWN_DONE:
		s->exec_done = true;
		slot_record(k, s);
		say_later(k, &k->manager, &m);
		break;
	case SPAWN_FAILED: /* told when it is reaped */
		s->exec_error = report.error;
		s->exec_stage = (int)report.stage;
		break;
	}
	slot_launched(k, s);
}

void launch_on_report(void *keeper, uint64_t id, bool ended)
{
	struct keeper *k = keeper;
	struct slot *s = slot_of(k, (uint32_t)id);

	(void)ended;
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
