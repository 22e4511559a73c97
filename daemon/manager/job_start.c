/* SPDX-License-Identifier: MIT */
/*
 * What a stage reads and writes. The first reads what its caller gave it, each other one a wire
 * from the one before it; the last writes what was asked for. An error stream that goes "where
 * stdout goes" means that of the job: where its last stage writes, also for the others.
 */
#include "daemon/manager/job_start.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/groups.h"
#include "daemon/manager/job_output.h"
#include "daemon/manager/streams.h"

struct proc_policy job_policy(const struct job_spec *spec)
{
	return (struct proc_policy){
		.oneshot = true,
		.exitcodes = { 1 }, /* 0 */
		.stopsignal = spec->signal,
		.stopwait = spec->kill_after,
		.stop_group = true,
		.kill_group = true,
		.runtimeout = spec->timeout,
	};
}

/* --- into the roster ------------------------------------------------------------------------
 */

static int enter(struct manager *m, struct stage *s, size_t slot,
		 const struct ledger_entry *saved)
{
	const struct proc *p;
	struct unit *u;
	proc_id id;
	int r = unit_new_stage(s, &u);

	if (r < 0)
		return r;
	u->ledger_slot = slot;
	if (saved)
		unit_adopt(u, saved);
	r = roster_add_process(m->roster, JOBS_GROUP,
			       &(struct roster_member){ .name = u->stage_name,
							.policy = job_policy(s->job->spec),
							.saved = saved ? &saved->proc : NULL },
			       false, loop_now(m->loop), &id);
	if (r < 0) {
		s->unit = unit_free(u);
		return r;
	}
	u->id = s->proc = id;
	m->jobs->n_stages++;
	roster_set_data(m->roster, id, u);
	ledger_set_next_id(m->ledger, roster_next_id(m->roster));
	if (manager_find(m, id, &u, &p))
		manager_record(m, u, p);
	streams_tell(m, u);
	return 0;
}

int stage_adopt(struct manager *m, struct stage *s, size_t slot, const struct ledger_entry *e)
{
	return enter(m, s, slot, e);
}

static int enter_new(struct manager *m, struct stage *s)
{
	char name[STAGE_NAME];
	size_t slot = 0;
	int r = groups_reserve(m, 1);

	stage_name(s, name);
	if (r == 0)
		r = ledger_claim(m->ledger, JOBS_GROUP, name, &slot);
	return r < 0 ? r : enter(m, s, slot, NULL);
}

void job_start(struct manager *m, struct job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		struct stage *s = &j->stages[i];

		if (s->unit || s->ended)
			continue;
		if (enter_new(m, s) < 0)
			manager_out_of_memory();
		manager_post(m, &(struct event){ .kind = EVENT_START, .proc = s->unit->id });
	}
	job_output_begin(m, j);
}

/* --- to the keeper --------------------------------------------------------------------------
 */

/* Descriptors that go with a stage. */
struct brought {
	int v[JOB_FDS];
	size_t n;
	uint32_t bits;
	bool lacks; /* one that should be there is not */
};

static void bring(struct brought *b, int which, int fd)
{
	b->lacks |= fd < 0;
	b->bits |= 1U << which;
	b->v[b->n++] = fd;
}

/* A stream of the whole job, as descriptor @which of a stage. */
static void bring_stream(const struct manager *m, const struct job *j, enum job_stream kind,
			 int of_job, int which, struct brought *b)
{
	switch (kind) {
	case JOB_NULL:
		if (which > 0) /* stdin is that anyway */
			bring(b, which, m->jobs->null);
		break;
	case JOB_FD:
		bring(b, which, j->fds[of_job]);
		break;
	case JOB_LOG: /* the keeper makes a pipe */
	case JOB_STDOUT:
		break;
	}
}

static void bring_all(const struct manager *m, const struct stage *s, struct brought *b)
{
	const struct job *j = s->job;
	const bool last = s == &j->stages[j->n - 1];

	if (s == j->stages)
		bring_stream(m, j, j->spec->in, 0, 0, b);
	if (last)
		bring_stream(m, j, j->spec->out, 1, 1, b);
	if (j->spec->err != JOB_STDOUT)
		bring_stream(m, j, j->spec->err, 2, 2, b);
	else if (!last)
		bring_stream(m, j, j->spec->out, 1, 2, b);
}

static const char *path_of(const struct job_spec *spec)
{
	const char *path = spec->env ? spec->env->path : NULL;

	if (!path && !spec->clean_env)
		path = getenv("PATH");
	return path ? path : "/usr/local/bin:/usr/bin:/bin";
}

static struct link_msg recipe_of(const struct unit *u, proc_gen gen, uint32_t bits)
{
	const struct stage *s = u->stage;
	const struct job *j = s->job;
	const struct job_spec *spec = j->spec;
	const bool last = s == &j->stages[j->n - 1];

	return (struct link_msg){ .type = LINK_SPAWN,
				  .spawn = { .id = u->id,
					     .gen = gen,
					     .name = u->stage_name,
					     .argv = spec->argv[s - j->stages],
					     .env = spec->env ? spec->env->list
							      : (struct link_strs){ 0 },
					     .path = path_of(spec),
					     .directory = spec->directory,
					     .user = j->user,
					     .umask = spec->umask,
					     .merge = last && spec->err == JOB_STDOUT,
					     .clean_env = spec->clean_env,
					     .fds = bits,
					     .stdin_wire = s > j->stages ? s[-1].unit->id : 0,
					     .stdout_wire = !last,
					     .wire_once = j->n > 1 } };
}

/* As if the keeper had told so: nothing was forked, for want of something. */
static void cannot(struct manager *m, const struct unit *u, proc_gen gen, int error)
{
	manager_post(m,
		     &(struct event){
			     .kind = EVENT_NO_FORK, .proc = u->id, .gen = gen, .arg = error });
}

void job_spawn(struct manager *m, struct unit *u, proc_gen gen)
{
	struct brought b = { 0 };
	struct link_msg msg;
	int r;

	if (!u->stage)
		return;
	bring_all(m, u->stage, &b);
	if (b.lacks) {
		cannot(m, u, gen, EBADF);
		return;
	}
	msg = recipe_of(u, gen, b.bits);
	r = channel_send_fds(m->keeper, &msg, b.v, b.n);
	if (r == -EMFILE)
		cannot(m, u, gen, EMFILE);
	else if (r < 0)
		manager_out_of_memory();
}
