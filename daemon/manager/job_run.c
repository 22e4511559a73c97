/* SPDX-License-Identifier: MIT */
/*
 * The end of a stage is taken in before the keeper hears that its record may go: so the result
 * of a job is in the journal while somebody still has what it was made from.
 */
#include "daemon/manager/job_run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/manager/groups.h"
#include "daemon/manager/job_end.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/job_start.h"
#include "daemon/manager/session.h"

/* --- waiting --------------------------------------------------------------------------------
 */

/* Those of @after whose success is not known yet. */
static size_t list_after(const struct jobs *js, const struct job *j, uint64_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < j->spec->n_after; i++) {
		const struct job *other = job_by_id(js, j->spec->after[i]);

		/* One that failed had its followers skipped at once: who is not known any more
		 * did not. */
		if (other && !job_succeeded(other))
			ret[n++] = other->id;
	}
	return n;
}

int job_queue(struct manager *m, struct job *j)
{
	struct jobs *js = m->jobs;
	_cleanup_(freep) uint64_t *after = calloc(j->spec->n_after + 1, sizeof *after);
	struct queue_job q = { .id = j->id, .priority = j->spec->priority, .after = after };
	char name[SESSION_POOL_BYTES];
	int r;

	if (!after)
		return -ENOMEM;
	q.n_after = list_after(js, j, after);
	q.pool[0] = j->spec->pool;
	if (j->session && j->session->limit)
		q.pool[1] = session_pool(j->session, name);
	r = queue_add(js->queue, &q);
	if (r < 0)
		return r;
	js->n_waiting++;
	js->called = true;
	return 0;
}

/* --- starting -------------------------------------------------------------------------------
 */

/* What the keeper needs for each process, and for itself: as groups_fit() has it. */
static bool has_room(const struct manager *m)
{
	const uint64_t used = roster_count(m->roster) + m->jobs->n_stages;

	return GROUPS_FDS_RESERVE + (used + 1) * GROUPS_FDS_PER_PROCESS <= m->greeting.nofile;
}

static void begin(struct manager *m, struct job *j)
{
	m->jobs->n_waiting--;
	if (j->lacks_fds) {
		j->state = JOB_CALLED;
		return;
	}
	j->state = JOB_RUNNING;
	job_start(m, j);
}

void job_go_on(struct manager *m, struct job *j)
{
	j->lacks_fds = false;
	if (j->state == JOB_CALLED)
		j->state = JOB_RUNNING;
	if (j->state == JOB_RUNNING)
		job_start(m, j);
}

static void take_turn(struct manager *m, const struct queue_turn *t)
{
	struct job *j = job_by_id(m->jobs, t->id);
	char why[64];

	if (!j)
		return;
	if (t->verdict == QUEUE_RUN) {
		begin(m, j);
		return;
	}
	(void)snprintf(why, sizeof why, "job %" PRIu64 ", which it comes after, has failed",
		       t->because);
	job_skip(m, j, why);
}

bool jobs_more(const struct manager *m)
{
	return m->jobs && m->jobs->called && m->phase == PHASE_RUNNING && has_room(m);
}

void jobs_tick(struct manager *m)
{
	struct queue_turn t;

	if (!m->jobs || !m->roster)
		return;
	while (jobs_more(m)) {
		m->jobs->called = queue_next(m->jobs->queue, &t);
		if (m->jobs->called)
			take_turn(m, &t);
	}
	jobs_compact(m);
}

/* --- stopping -------------------------------------------------------------------------------
 */

void job_skip(struct manager *m, struct job *j, const char *why)
{
	if (j->state == JOB_WAITING)
		m->jobs->n_waiting--;
	queue_remove(m->jobs->queue, j->id); /* if it is still there: those after it are, too */
	m->jobs->called = true;
	j->state = JOB_SKIPPED;
	for (size_t i = 0; i < j->n; i++) {
		free(j->stages[i].description);
		j->stages[i].description = strdup(why); /* NULL: nothing is said */
	}
	job_finish(m, j);
}

/* Never asked for: there is nothing to wait for the end of. */
static bool never_began(const struct manager *m, const struct stage *s)
{
	const struct proc *p;
	struct unit *u;

	return !s->ended && (!s->unit || !manager_find(m, s->unit->id, &u, &p) || !p->gen);
}

static void stop_stage(struct manager *m, struct stage *s)
{
	if (s->ended)
		return;
	if (never_began(m, s))
		stage_end_unrun(m, s);
	else
		manager_post(m, &(struct event){ .kind = EVENT_STOP, .proc = s->unit->id });
}

bool job_stop(struct manager *m, struct job *j, const char *why)
{
	const size_t n = j->n;
	const uint64_t id = j->id;

	switch (j->state) {
	case JOB_WAITING:
	case JOB_CALLED:
		job_skip(m, j, why);
		return true;
	case JOB_RUNNING:
		break;
	case JOB_DONE:
	case JOB_SKIPPED:
		return false;
	}
	for (size_t i = 0; i < n && job_by_id(m->jobs, id) == j; i++)
		stop_stage(m, &j->stages[i]);
	return true;
}

void jobs_close(struct manager *m)
{
	struct jobs *js = m->jobs;
	struct list todo = LIST_INIT(todo);

	if (!js)
		return;
	list_take(&todo, &js->all);
	while (list_linked(&todo)) {
		struct job *j = container_of(todo.next, struct job, all);

		list_unlink(&j->all);
		list_append(&js->all, &j->all);
		if (j->state == JOB_WAITING || j->state == JOB_CALLED)
			job_skip(m, j, "the daemon stops everything");
	}
}

/* --- steps ----------------------------------------------------------------------------------
 */

/* The keeper has all that was for this job: what we had of it is not needed any more. */
static void check_fds(struct manager *m, struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (!j->stages[i].ran && !j->stages[i].ended)
			return;
	job_release_fds(m, j);
}

static void stage_began(struct manager *m, struct stage *s, const struct proc *p)
{
	struct job *j = s->job;

	s->ran = true;
	s->pid = p->pid;
	s->started_ms = s->unit->started_ms;
	if (!j->started_ms)
		j->started_ms = s->started_ms;
	manager_log(m, j->session ? LEVEL_DEBUG : LEVEL_INFO, "job %s: started with pid %d",
		    s->unit->stage_name, p->pid);
	check_fds(m, j);
}

/* Its time is over, or it was killed: said once. */
static void log_stop(struct manager *m, const struct stage *s, const struct proc *p,
		     const struct proc *before)
{
	if (p->timed_out && !before->timed_out)
		manager_log(m, s->job->session ? LEVEL_DEBUG : LEVEL_WARN,
			    "job %s: ran out of its allowed time (timeout=%g): terminating it",
			    s->unit->stage_name, (double)s->job->spec->timeout / 1000);
	if (p->state == PROC_STUCK && before->state != PROC_STUCK)
		manager_log(m, LEVEL_CRITICAL,
			    "job %s (%d) was killed with SIGKILL and is still there",
			    s->unit->stage_name, p->pid);
}

/* Of a chain that runs once, the ends of a wire that were for this one are gone: another try
 * makes no sense. */
static void give_up(struct manager *m, struct stage *s, const struct proc *p)
{
	s->cause = CAUSE_NO_FORK;
	s->wait_status = p->exec_error;
	manager_post(m, &(struct event){ .kind = EVENT_STOP, .proc = p->id });
}

void job_stepped(struct manager *m, struct unit *u, const struct proc *p,
		 const struct proc *before)
{
	struct stage *s = u->stage;

	if (!s || s->ended)
		return;
	if (p->pid && !s->ran)
		stage_began(m, s, p);
	log_stop(m, s, p, before);
	if (p->state == PROC_BACKOFF && s->job->n > 1 && s->cause == CAUSE_NONE)
		give_up(m, s, p);
	if (proc_at_rest(p) && p->gen)
		stage_end(m, s, p);
}

/* The record comes last: until now it was in use. */
bool job_removed(struct manager *m, proc_id id)
{
	const struct link_msg forget = { .type = LINK_FORGET, .proc = { .id = id } };

	for (struct list *l = m->jobs->leaving.next; l != &m->jobs->leaving; l = l->next) {
		struct unit *u = container_of(l, struct unit, leaving);

		if (u->id != id)
			continue;
		manager_tell_keeper(m, &forget, -1);
		ledger_release(m->ledger, u->ledger_slot);
		unit_free(u);
		m->jobs->n_stages--;
		m->jobs->called = true; /* there is room for another */
		return true;
	}
	return false;
}
