/* SPDX-License-Identifier: MIT */
#include "daemon/manager/job_end.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/manager/describe.h"
#include "daemon/manager/events.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/job_output.h"
#include "daemon/manager/job_wait.h"
#include "daemon/manager/session_tell.h"
#include "daemon/sys/child.h"

/* A program that was not found, and one that could not be started, as shells have it. */
enum { STATUS_NOT_FOUND = 127, STATUS_NOT_STARTED = 126 };

/* --- stages ---------------------------------------------------------------------------------
 */

static int describe_end(const struct stage *s, const struct proc *p, struct buf *out)
{
	const struct job_spec *spec = s->job->spec;
	const struct start_words words = { .name = s->unit->stage_name,
					   .command = spec->argv[s - s->job->stages].first,
					   .directory = spec->directory,
					   .user = s->job->user ? s->job->user : "" };
	int r = 0;

	switch (s->cause) {
	case CAUSE_NONE:
		return 0;
	case CAUSE_EXEC:
		return describe_start_error(&words, p->exec_stage, p->exec_error, out);
	case CAUSE_NO_FORK:
		return describe_no_fork(words.name, s->wait_status, out);
	case CAUSE_LOST:
		return buf_puts(out, "ended while nobody was there to see how");
	case CAUSE_TIMEOUT:
		r = buf_puts(out, "its time was over; ");
		break;
	case CAUSE_STOPPED:
		r = buf_puts(out, "stopped; ");
		break;
	case CAUSE_EXITED:
	case CAUSE_TOO_QUICK:
		break;
	}
	return r < 0 ? r : describe_exit(s->wait_status, out);
}

/* It may also have been stopped while it waited to be forked. */
static bool there_was_one(const struct stage *s, const struct proc *p)
{
	return s->unit->last.gen == p->gen && s->unit->last.cause != CAUSE_NO_FORK;
}

static void set_status(struct stage *s, const struct proc *p)
{
	s->has_status = true;
	switch (s->cause) {
	case CAUSE_EXITED:
	case CAUSE_TOO_QUICK:
	case CAUSE_STOPPED:
	case CAUSE_TIMEOUT:
		s->has_status = there_was_one(s, p);
		s->status = WIFEXITED(s->wait_status) ? WEXITSTATUS(s->wait_status)
						      : -WTERMSIG(s->wait_status);
		break;
	case CAUSE_EXEC:
		s->status = p->exec_stage == CHILD_EXEC && p->exec_error == ENOENT
				    ? STATUS_NOT_FOUND
				    : STATUS_NOT_STARTED;
		break;
	case CAUSE_NO_FORK:
		s->status = STATUS_NOT_STARTED;
		break;
	case CAUSE_NONE:
	case CAUSE_LOST:
		s->has_status = false;
		break;
	}
}

static void job_end(struct manager *m, struct job *j)
{
	j->state = JOB_DONE;
	queue_ended(m->jobs->queue, j->id, job_succeeded(j));
	m->jobs->called = true;
	job_finish(m, j);
}

static void one_less(struct manager *m, struct stage *s)
{
	s->ended = true;
	if (--s->job->left == 0)
		job_end(m, s->job);
}

void stage_end(struct manager *m, struct stage *s, const struct proc *p)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const struct unit *u = s->unit;

	if (s->cause == CAUSE_NONE) { /* else it was given up, and stopped because of that */
		s->cause = p->cause;
		s->wait_status = p->cause == CAUSE_NO_FORK ? p->exec_error : p->wait_status;
	}
	s->pid = p->pid;
	s->cpu_us = u->cpu_us;
	s->maxrss_kb = u->maxrss_kb;
	s->started_ms = there_was_one(s, p) ? u->started_ms : 0;
	if (!s->job->started_ms)
		s->job->started_ms = s->started_ms;
	s->ended_ms = u->last.at_ms ? u->last.at_ms : job_wall_ms();
	s->job->timed_out |= s->cause == CAUSE_TIMEOUT;
	set_status(s, p);
	if (describe_end(s, p, &text) == 0 && text.len)
		s->description = buf_steal(&text);
	one_less(m, s);
}

void stage_end_unrun(struct manager *m, struct stage *s)
{
	s->ended_ms = job_wall_ms();
	one_less(m, s);
}

/* --- jobs -----------------------------------------------------------------------------------
 */

void job_release_fds(struct manager *m, struct job *j)
{
	char name[48];

	for (int i = 0; i < JOB_FDS && j->deposited; i++) {
		(void)snprintf(name, sizeof name, "job.%" PRIu64 ".%d", j->id, i);
		if (j->fds[i] >= 0)
			manager_deposit(m, name, -1);
	}
	j->deposited = false;
	job_drop_fds(m->jobs, j);
}

static void let_units_go(struct manager *m, struct job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		struct unit *u = TAKE_PTR(j->stages[i].unit);

		if (!u)
			continue;
		u->stage = NULL;
		list_append(&m->jobs->leaving, &u->leaving);
		roster_remove_when_down(m->roster, u->id);
	}
}

static void log_end(struct manager *m, const struct job *j)
{
	const struct stage *last = &j->stages[j->n - 1];

	manager_log(m, j->session ? LEVEL_DEBUG : LEVEL_INFO, "job %" PRIu64 ": %s%s%s", j->id,
		    j->state == JOB_SKIPPED ? "skipped" : "ended",
		    last->description ? ": " : "", last->description ? last->description : "");
}

static void file_result(struct manager *m, struct job *j)
{
	struct jobs *js = m->jobs;

	list_unlink(&j->peers);
	if (j->session) {
		j->order = ++j->session->n_results;
		list_append(&j->session->results, &j->peers);
		return;
	}
	list_append(&js->history, &j->peers);
	js->n_history++;
}

/* Its session is over: nobody wants to know. */
static void end_in_silence(struct manager *m, struct job *j)
{
	struct session *s = j->session;

	job_keep_drop(m, j);
	job_free(m->jobs, j);
	session_check_over(m, s);
}

void job_finish(struct manager *m, struct job *j)
{
	json_auto_t *shown = NULL;

	for (size_t i = 0; i < j->n; i++)
		if (j->stages[i].ended_ms > j->ended_ms)
			j->ended_ms = j->stages[i].ended_ms;
	if (!j->ended_ms)
		j->ended_ms = job_wall_ms();
	job_release_fds(m, j);
	job_output_begin(m, j); /* of what never ran there is nothing to see */
	m->jobs->bytes -= job_spec_has_run(j->spec);
	log_end(m, j);
	events_job(m, j);
	let_units_go(m, j);
	if (j->session && j->session->ending) {
		end_in_silence(m, j);
		return;
	}
	file_result(m, j);
	shown = job_json(m, j);
	job_keep_end(m, j, shown);
	session_tell(m, j->session, shown);
	job_waits_notice(m, j, shown);
	jobs_trim(m);
}

void job_forget(struct manager *m, struct job *j)
{
	struct jobs *js = m->jobs;

	job_keep_drop(m, j);
	for (size_t i = 0; i < ARRAY_SIZE(j->logs); i++)
		if (j->logs[i])
			manager_tell_logger(m,
					    &(struct link_msg){ .type = LINK_REMOVE,
								.name = { j->logs[i] } },
					    -1);
	if (!j->session)
		js->n_history--;
	job_free(js, j);
}

void jobs_trim(struct manager *m)
{
	struct jobs *js = m->jobs;
	const size_t most = (size_t)m->config->reeve.job_history;

	while (js->n_history > most && list_linked(&js->history))
		job_forget(m, container_of(js->history.next, struct job, peers));
}
