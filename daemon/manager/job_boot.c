/* SPDX-License-Identifier: MIT */
/*
 * What another manager left of a job: its record in the journal says that it was accepted; one
 * in the ledger, for each stage, that its start was decided; the keeper, that it was begun. A
 * start that the keeper has not heard of is made up for: nothing was done in its name. So each
 * job runs exactly once.
 */
#include "daemon/manager/job_boot.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "daemon/manager/greeting.h"
#include "daemon/manager/job_end.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/job_run.h"
#include "daemon/manager/job_start.h"
#include "daemon/manager/session_tell.h"
#include "daemon/manager/sessions.h"

/* --- descriptors ----------------------------------------------------------------------------
 */

static bool parse_name(const char *name, struct kept_fd *ret)
{
	int used = 0;

	return sscanf(name, "job.%" SCNu64 ".%u%n", &ret->job, &ret->which, &used) == 2 &&
	       !name[used] && ret->which < JOB_FDS;
}

bool jobs_take_deposit(struct manager *m, const char *name, int *fd)
{
	struct greeting *g = &m->greeting;
	struct kept_fd kept, *v;

	if (!parse_name(name, &kept))
		return false;
	v = reallocarray(g->job_fds, g->n_job_fds + 1, sizeof *v);
	if (!v)
		manager_out_of_memory();
	g->job_fds = v;
	kept.fd = TAKE_FD(*fd);
	v[g->n_job_fds++] = kept;
	return true;
}

static void drop_deposit(struct manager *m, const struct kept_fd *kept)
{
	char name[48];

	(void)snprintf(name, sizeof name, "job.%" PRIu64 ".%u", kept->job, kept->which);
	manager_deposit(m, name, -1);
	(void)fd_close(kept->fd);
}

/* To the jobs that have not had all of theirs; the others are of no use. */
static void give_fds(struct manager *m)
{
	struct greeting *g = &m->greeting;

	for (size_t i = 0; i < g->n_job_fds; i++) {
		struct kept_fd *kept = &g->job_fds[i];
		struct job *j = job_by_id(m->jobs, kept->job);

		if (!j || job_has_ended(j) || kept->fd < 0) {
			drop_deposit(m, kept);
			continue;
		}
		j->fds[kept->which] = TAKE_FD(kept->fd);
		j->deposited = true;
		m->jobs->n_fds++;
	}
	free(g->job_fds);
	g->job_fds = NULL;
	g->n_job_fds = 0;
}

static bool lacks_fds(const struct job *j)
{
	const enum job_stream kinds[JOB_FDS] = { j->spec->in, j->spec->out, j->spec->err };

	for (int i = 0; i < JOB_FDS; i++)
		if (kinds[i] == JOB_FD && j->fds[i] < 0)
			return true;
	return false;
}

/* --- beginning ------------------------------------------------------------------------------
 */

static bool has_pool(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->n_pools; i++)
		if (strcmp(c->pools[i].name, name) == 0)
			return true;
	return false;
}

/* Those that the queue has and the configuration has not. */
static void drop_pools(struct jobs *js, const struct config *c)
{
	for (size_t i = js->n_pools; i-- > 0;) {
		if (has_pool(c, js->pools[i]))
			continue;
		queue_drop_pool(js->queue, js->pools[i]);
		free(js->pools[i]);
		js->pools[i] = js->pools[--js->n_pools];
	}
}

static bool knows_pool(const struct jobs *js, const char *name)
{
	for (size_t i = 0; i < js->n_pools; i++)
		if (strcmp(js->pools[i], name) == 0)
			return true;
	return false;
}

static int remember_pool(struct jobs *js, const char *name)
{
	char **v;

	if (knows_pool(js, name))
		return 0;
	v = reallocarray(js->pools, js->n_pools + 1, sizeof *v);
	if (!v)
		return -ENOMEM;
	js->pools = v;
	v[js->n_pools] = strdup(name);
	if (!v[js->n_pools])
		return -ENOMEM;
	js->n_pools++;
	return 0;
}

/* Bring the queue to what the configuration in force says. */
static int set_pools(struct manager *m)
{
	const struct config *c = m->config;
	struct jobs *js = m->jobs;
	int r = 0;

	drop_pools(js, c);
	for (size_t i = 0; r == 0 && i < c->n_pools; i++) {
		r = remember_pool(js, c->pools[i].name);
		if (r == 0)
			r = queue_set_pool(js->queue, c->pools[i].name, c->pools[i].slots);
	}
	js->called = true;
	return r;
}

int jobs_begin(struct manager *m)
{
	int r = 0;

	if (!m->jobs)
		r = jobs_new(&m->jobs);
	if (r == 0 && !m->jobs->store)
		r = jobs_write(m);
	if (r == 0)
		r = roster_add_hidden_group(m->roster, JOBS_GROUP);
	return r < 0 ? r : set_pools(m);
}

static void free_pools(struct pool_spec *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i].name);
	free(v);
}

int jobs_change_pools(struct manager *m, const struct config *next)
{
	struct pool_spec *v = calloc(next->n_pools + 1, sizeof *v);
	struct config *c = m->config;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < next->n_pools; i++) {
		/* Where it stands is known to the owner of the file's name alone. */
		v[i] = (struct pool_spec){ .name = strdup(next->pools[i].name),
					   .slots = next->pools[i].slots };
		if (!v[i].name) {
			free_pools(v, i);
			return -ENOMEM;
		}
	}
	free_pools(c->pools, c->n_pools);
	c->pools = v;
	c->n_pools = next->n_pools;
	m->unkept = true;
	return set_pools(m);
}

/* --- going on -------------------------------------------------------------------------------
 */

/* A start that was decided, and never begun. */
static bool never_began(const struct manager *m, const struct proc *p)
{
	const struct link_slot *slot = greeting_slot(&m->greeting, p->id);

	return !p->gen || (p->state == PROC_SPAWN && !p->pid && (!slot || slot->gen != p->gen));
}

/* True if the stage was begun: it goes on in the roster. */
static bool adopt_stage(struct manager *m, struct stage *s)
{
	struct ledger_entry e;
	char name[STAGE_NAME];
	size_t slot;

	stage_name(s, name);
	if (!ledger_find(m->ledger, JOBS_GROUP, name, &slot))
		return false;
	if (!ledger_read(m->ledger, slot, &e) || never_began(m, &e.proc)) {
		ledger_release(m->ledger, slot);
		return false;
	}
	if (stage_adopt(m, s, slot, &e) < 0)
		manager_out_of_memory();
	s->ran = e.proc.pid != 0;
	s->pid = e.proc.pid;
	s->started_ms = e.started_ms;
	return true;
}

static void adopt_running(struct manager *m, struct job *j)
{
	const uint64_t id = j->id;
	const size_t n = j->n;

	queue_started(m->jobs->queue, j->id);
	m->jobs->n_waiting--;
	j->state = JOB_RUNNING;
	for (size_t i = 0; i < n; i++)
		if (!j->started_ms ||
		    (j->stages[i].started_ms && j->stages[i].started_ms < j->started_ms))
			j->started_ms = j->stages[i].started_ms;
	/* Those whose end was taken in, when that of the job was not. */
	for (size_t i = 0; i < n && job_by_id(m->jobs, id) == j; i++) {
		const struct stage *s = &j->stages[i];
		const struct proc *p;
		struct unit *u;

		if (s->unit && manager_find(m, s->unit->id, &u, &p))
			job_stepped(m, u, p, p);
	}
	if (job_by_id(m->jobs, id) == j && !job_has_ended(j) && !j->lacks_fds)
		job_start(m, j); /* of the stages that were not begun */
}

/* A pool that went with an update is there until the last of its jobs has ended. */
static int queue_again(struct manager *m, struct job *j)
{
	int r = job_queue(m, j);

	if (r != -ENOENT)
		return r;
	r = queue_set_pool(m->jobs->queue, j->spec->pool, 1);
	if (r == 0)
		r = job_queue(m, j);
	queue_drop_pool(m->jobs->queue, j->spec->pool);
	return r;
}

static void adopt_job(struct manager *m, struct job *j)
{
	bool runs = false;

	j->lacks_fds = lacks_fds(j);
	if (queue_again(m, j) < 0)
		manager_out_of_memory();
	for (size_t i = 0; i < j->n; i++)
		runs |= adopt_stage(m, &j->stages[i]);
	if (runs)
		adopt_running(m, j);
}

static void adopt_all(struct manager *m)
{
	struct list todo = LIST_INIT(todo);

	list_take(&todo, &m->jobs->all);
	while (list_linked(&todo)) {
		struct job *j = container_of(todo.next, struct job, all);

		list_unlink(&j->all);
		list_append(&m->jobs->all, &j->all);
		if (!job_has_ended(j))
			adopt_job(m, j);
	}
}

static void adopt_sessions(struct manager *m)
{
	for (struct list *l = m->jobs->sessions.next; l != &m->jobs->sessions; l = l->next) {
		struct session *s = container_of(l, struct session, link);

		s->due = mono_add(loop_now(m->loop), SESSION_PATIENCE_MS);
		if (session_set_pool(m, s) < 0)
			manager_out_of_memory();
	}
}

int jobs_adopt(struct manager *m)
{
	const int fd = TAKE_FD(m->greeting.jobs);
	int r = jobs_new(&m->jobs);

	if (r == 0 && fd >= 0)
		r = jobs_read(m, fd);
	if (r == -EBADMSG) {
		manager_log(m, LEVEL_CRITICAL,
			    "what is kept of jobs is of another version: they "
			    "are forgotten");
		r = 0;
	}
	if (r == 0)
		r = jobs_begin(m);
	if (r < 0)
		return r;
	adopt_sessions(m);
	give_fds(m);
	adopt_all(m);
	jobs_trim(m);
	return 0;
}
