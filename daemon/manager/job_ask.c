/* SPDX-License-Identifier: MIT */
/*
 * job_ask.c - Run, KillJobs and Forget.
 *
 * A job is in the journal, and what its caller gave it with the keeper if need be, before its
 * caller hears that it was accepted.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "conf/value.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/job_end.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/job_kept.h"
#include "daemon/manager/job_run.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/session_tell.h"
#include "proto/faults.h"

/* --- refusing -------------------------------------------------------------------------------
 */

static void refuse(struct manager *m, const struct request *rq, const char *error,
		   json_t *parameters)
{
	(void)server_error(m->server, rq->conn, rq->serial, error, parameters);
}

static void accept(struct manager *m, const struct request *rq, const struct job *j)
{
	(void)server_reply(m->server, rq->conn, rq->serial,
			   json_pack("{s:I}", "id", (json_int_t)j->id), false);
}

/* True, and the client is told, if there is no room for another job. */
static bool refuse_full(struct manager *m, const struct request *rq, const struct session *s)
{
	const struct jobs *js = m->jobs;
	size_t limit = 0;

	if (js->n_waiting >= JOBS_WAITING_MAX || (s && s->n_jobs >= JOBS_WAITING_MAX))
		limit = JOBS_WAITING_MAX;
	else if (js->bytes >= JOBS_BYTES_MAX)
		limit = js->n_waiting;
	else if (rq->n_fds && js->n_fds + rq->n_fds > js->fds_max)
		limit = js->n_fds / rq->n_fds;
	else
		return false;
	refuse(m, rq, "TooManyJobs", json_pack("{s:I}", "limit", (json_int_t)limit));
	return true;
}

/* True, and the client is told, if it wants to come after what there is not. */
static bool refuse_after(struct manager *m, const struct request *rq,
			 const struct job_spec *spec)
{
	for (size_t i = 0; i < spec->n_after; i++) {
		if (job_by_id(m->jobs, spec->after[i]))
			continue;
		refuse(m, rq, "NoSuchJob",
		       json_pack("{s:I}", "id", (json_int_t)spec->after[i]));
		return true;
	}
	return false;
}

static bool refuse_pool(struct manager *m, const struct request *rq,
			const struct job_spec *spec)
{
	struct queue_look look;

	if (!spec->pool || queue_look(m->jobs->queue, spec->pool, &look))
		return false;
	refuse(m, rq, "NoSuchPool", json_pack("{s:s}", "pool", spec->pool));
	return true;
}

/* --- Run ------------------------------------------------------------------------------------
 */

/* The descriptors that came belong to the job. */
static void take_fds(struct jobs *js, struct request *rq, struct job *j)
{
	const enum job_stream kinds[JOB_FDS] = { j->spec->in, j->spec->out, j->spec->err };
	unsigned next = 0;

	for (int i = 0; i < JOB_FDS; i++) {
		if (kinds[i] != JOB_FD)
			continue;
		j->fds[i] = TAKE_FD(rq->fds[next]);
		next++;
		js->n_fds++;
	}
}

/* Without a session nobody can bring them again. */
static void deposit_fds(struct manager *m, struct job *j)
{
	char name[48];

	for (int i = 0; i < JOB_FDS; i++) {
		if (j->fds[i] < 0)
			continue;
		(void)snprintf(name, sizeof name, "job.%" PRIu64 ".%d", j->id, i);
		manager_deposit(m, name, j->fds[i]);
		j->deposited = true;
	}
	if (j->deposited)
		channel_flush(m->keeper);
}

/* As the logs are named that the daemon makes up for programs (streams.c), so that the next
 * instance, which knows nothing of these jobs, removes them with those. */
static int make_log(const struct manager *m, const struct job *j, int which, char **ret)
{
	const uint64_t seed = ledger_seed(m->ledger);
	const uint64_t h =
		hash_bytes(hash_bytes(HASH_INIT, &seed, sizeof seed), &j->id, sizeof j->id);

	if (asprintf(ret, "%s/job-%" PRIu64 "-%s---%s-%08x.log", m->config->reeve.job_logdir,
		     j->id, which ? "stderr" : "stdout", m->config->supervisord.identifier,
		     (unsigned)(h ^ h >> 32)) >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

static int make_logs(const struct manager *m, struct job *j)
{
	int r = 0;

	if (j->spec->out == JOB_LOG)
		r = make_log(m, j, 0, &j->logs[0]);
	if (r == 0 && j->spec->err == JOB_LOG)
		r = make_log(m, j, 1, &j->logs[1]);
	return r;
}

/* Root runs nothing for others but as them. */
static int set_user(const struct request *rq, struct job *j)
{
	if (geteuid() != 0 || rq->peer.uid == 0)
		return 0;
	if (asprintf(&j->user, "%u", (unsigned)rq->peer.uid) >= 0)
		return 0;
	j->user = NULL;
	return -ENOMEM;
}

/* All of it, or nothing: then @j is gone. 0 or -errno. */
static int enter(struct manager *m, struct request *rq, struct session *s, struct job *j)
{
	struct jobs *js = m->jobs;
	int r = set_user(rq, j);

	j->queued_ms = job_wall_ms();
	if (r == 0)
		r = make_logs(m, j);
	if (r == 0 && s)
		r = job_join(
			js, j, s,
			(uint64_t)json_integer_value(json_object_get(rq->parameters, "seq")));
	if (r == 0)
		r = job_queue(m, j);
	if (r < 0) {
		job_free(js, j);
		return r;
	}
	r = job_keep(m, j, json_object_get(rq->parameters, "job"));
	if (r < 0) {
		queue_remove(js->queue, j->id);
		js->n_waiting--;
		job_free(js, j);
	}
	return r;
}

static void run_spec(struct manager *m, struct request *rq, struct session *s,
		     struct job_spec *taken)
{
	_cleanup_(job_spec_unrefp) struct job_spec *spec = taken;
	struct job *j;
	int r;

	if (refuse_pool(m, rq, spec) || refuse_after(m, rq, spec))
		return;
	if (job_spec_fds(spec) != rq->n_fds) {
		refuse(m, rq, "NoDescriptor", json_object());
		return;
	}
	r = job_new(m->jobs, m->jobs->next_id, TAKE_PTR(spec), &j);
	if (r == 0)
		r = enter(m, rq, s, j);
	if (r < 0) {
		refusal_no_memory(m, rq);
		return;
	}
	take_fds(m->jobs, rq, j);
	if (!s)
		deposit_fds(m, j);
	accept(m, rq, j);
}

static void run_new(struct manager *m, struct request *rq, struct session *s)
{
	const json_t *said = json_object_get(rq->parameters, "job");
	struct job_spec *spec;
	const char *wrong;
	int r;

	if (refuse_full(m, rq, s))
		return;
	r = job_spec_parse(said, s ? s->template : NULL, s ? JOB_SPEC_SESSION : JOB_SPEC_ALONE,
			   &wrong, &spec);
	if (r == JOB_SPEC_OK)
		run_spec(m, rq, s, spec);
	else if (r == JOB_SPEC_WRONG)
		refuse(m, rq, SERVICE_INTERFACE ".InvalidParameter",
		       json_pack("{s:s+}", "parameter", "job.", wrong));
	else
		refusal_no_memory(m, rq);
}

/* Said again: nothing new, but if the manager was replaced before the job could be started, it
 * takes the descriptors that came. */
static void run_again(struct manager *m, struct request *rq, struct job *j)
{
	if (j->lacks_fds && job_spec_fds(j->spec) == rq->n_fds) {
		take_fds(m->jobs, rq, j);
		job_go_on(m, j);
	}
	accept(m, rq, j);
}

static void run_in_session(struct manager *m, struct request *rq, struct session *s)
{
	const json_t *seq = json_object_get(rq->parameters, "seq");
	const json_t *seen = json_object_get(rq->parameters, "seen");
	struct job *j;

	if (json_integer_value(seen) > 0)
		session_seen(m, s, (uint64_t)json_integer_value(seen));
	j = job_by_seq(m->jobs, s, (uint64_t)json_integer_value(seq));
	if (j)
		run_again(m, rq, j);
	else
		run_new(m, rq, s);
}

void handle_run(struct manager *m, struct request *rq)
{
	const char *key = json_string_value(json_object_get(rq->parameters, "session"));
	struct session *s = key && m->jobs ? session_by_key(m->jobs, key) : NULL;

	if (refusal_down(m, rq))
		return;
	if (!key)
		run_new(m, rq, NULL);
	else if (!s || s->ending || s->uid != rq->peer.uid)
		refuse(m, rq, "NoSuchSession", json_pack("{s:s}", "session", key));
	else if (!json_is_integer(json_object_get(rq->parameters, "seq")))
		refuse(m, rq, SERVICE_INTERFACE ".InvalidParameter",
		       json_pack("{s:s}", "parameter", "seq"));
	else
		run_in_session(m, rq, s);
}

/* --- KillJobs, Forget -----------------------------------------------------------------------
 */

/* What is done to each; a fault code. */
typedef int each_fn(struct manager *m, struct job *j, int arg);

static void each_job(struct manager *m, struct request *rq, each_fn *each, int arg)
{
	json_t *outcomes = json_array();
	const json_t *id;
	size_t i;

	json_array_foreach(json_object_get(rq->parameters, "ids"), i, id)
	{
		const json_int_t n = json_integer_value(id);
		struct job *j = job_by_id(m->jobs, (uint64_t)n);
		const int fault = j ? each(m, j, arg) : FAULT_BAD_NAME;

		(void)json_array_append_new(
			outcomes,
			json_pack("{s:I,s:i,s:s}", "id", n, "status", fault, "description",
				  fault == FAULT_SUCCESS ? "OK" : fault_name(fault)));
	}
	(void)server_reply(m->server, rq->conn, rq->serial,
			   json_pack("{s:o}", "outcomes", outcomes), false);
}

static int stop_one(struct manager *m, struct job *j, int arg)
{
	(void)arg;
	return job_stop(m, j, "stopped before it ran") ? FAULT_SUCCESS : FAULT_NOT_RUNNING;
}

static int drop_one(struct manager *m, struct job *j, int arg)
{
	(void)arg;
	if (j->state != JOB_WAITING && j->state != JOB_CALLED)
		return FAULT_ALREADY_STARTED;
	job_skip(m, j, "stopped before it ran");
	return FAULT_SUCCESS;
}

/* True if there is a process that may get it. */
static bool signal_stage(struct manager *m, const struct stage *s, int signo)
{
	const struct proc *p;
	struct unit *u;

	if (!s->unit || !manager_find(m, s->unit->id, &u, &p) || !p->alive)
		return false;
	manager_tell_keeper(m,
			    &(struct link_msg){ .type = LINK_SIGNAL,
						.signal = { .id = u->id,
							    .gen = p->gen,
							    .signo = signo,
							    .group = true } },
			    -1);
	return true;
}

static int signal_one(struct manager *m, struct job *j, int signo)
{
	bool any = false;

	if (signo < 0)
		return FAULT_BAD_SIGNAL;
	for (size_t i = 0; i < j->n; i++)
		any |= signal_stage(m, &j->stages[i], signo);
	return any ? FAULT_SUCCESS : FAULT_NOT_RUNNING;
}

void handle_kill_jobs(struct manager *m, struct request *rq)
{
	const char *text = json_string_value(json_object_get(rq->parameters, "signal"));
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int signo = -1;

	if (refusal_down(m, rq))
		return;
	if (text && value_signal(text, &signo, &why) != VALUE_OK)
		signo = -1;
	if (json_is_true(json_object_get(rq->parameters, "waiting")))
		each_job(m, rq, drop_one, 0);
	else
		each_job(m, rq, text ? signal_one : stop_one, signo);
}

static int forget_one(struct manager *m, struct job *j, int arg)
{
	(void)arg;
	if (!job_has_ended(j))
		return FAULT_STILL_RUNNING;
	job_forget(m, j);
	return FAULT_SUCCESS;
}

void handle_forget(struct manager *m, struct request *rq)
{
	if (!refusal_down(m, rq))
		each_job(m, rq, forget_one, 0);
}
