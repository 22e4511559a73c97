/* SPDX-License-Identifier: MIT */
#include "daemon/manager/why.h"

#include <string.h>
#include <sys/wait.h>

#include "daemon/manager/describe.h"
#include "daemon/manager/facts.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/look.h"
#include "daemon/manager/names.h"
#include "daemon/manager/refusal.h"
#include "daemon/manager/wiring.h"

/* --- now ------------------------------------------------------------------------------------
 */

static void say_state(const struct manager *m, const struct unit *u, const struct proc *p,
		      json_t *lines)
{
	const mono_t now = loop_now(m->loop);
	const char *state = proc_seen_name(proc_seen(p));
	char at[FACTS_TEXT], span[FACTS_TEXT];

	if (!p->gen)
		facts_say(lines, "%s: it was never started", state);
	else if (p->alive)
		facts_say(lines, "%s: pid %d, started %s, %s ago", state, p->pid,
			  facts_time(u->started_ms, at),
			  facts_span(mono_span(p->started, now), span));
	else
		facts_say(lines, "%s since %s, for %s", state, facts_time(u->stopped_ms, at),
			  facts_span(mono_span(p->since, now), span));
}

/* --- before ---------------------------------------------------------------------------------
 */

static const char *cause_words(const struct ended *e)
{
	switch (e->cause) {
	case CAUSE_STOPPED:
		return "it was asked to stop";
	case CAUSE_TIMEOUT:
		return "its time was over (runtimeout)";
	case CAUSE_TOO_QUICK:
		return "by itself, too soon (startsecs)";
	case CAUSE_EXITED:
		return WIFSIGNALED(e->wait_status) ? "the daemon did not send that"
						   : "by itself";
	case CAUSE_NONE:
	case CAUSE_EXEC:
	case CAUSE_NO_FORK:
	case CAUSE_LOST:
		break;
	}
	return NULL;
}

/* How the last incarnation that is over ended. */
static int put_end(const struct unit *u, const struct ended *e, struct buf *out)
{
	const struct proc then = { .cause = e->cause,
				   .exec_error = e->exec_error,
				   .exec_stage = e->exec_stage };

	return cause_words(e) ? describe_exit(e->wait_status, out)
			      : describe_trouble(u, &then, out);
}

static void say_last(const struct unit *u, json_t *lines)
{
	_cleanup_(buf_done) struct buf how = BUF_INIT;
	const struct ended *e = &u->last;
	const char *because = cause_words(e);
	char at[FACTS_TEXT], ran[FACTS_TEXT];

	if (!e->gen || put_end(u, e, &how) < 0)
		return;
	if (because)
		facts_say(lines, "it last ended %s, after %s, with pid %d: %s; %s",
			  facts_time(e->at_ms, at), facts_span(e->ran, ran), e->pid,
			  buf_str(&how), because);
	else
		facts_say(lines, "its last start failed %s: %s", facts_time(e->at_ms, at),
			  buf_str(&how));
}

static void say_counts(const struct unit *u, const struct proc *p, json_t *lines)
{
	const int tries = (u->spec->oneshot ? u->spec->retries : u->spec->startretries) + 1;

	if (p->restarts)
		facts_say(lines,
			  "it was started again by itself %u time%s since it was asked for",
			  p->restarts, p->restarts == 1 ? "" : "s");
	if (p->failures)
		facts_say(lines, "%d attempt%s in a row failed, of %d", p->failures,
			  p->failures == 1 ? "" : "s", tries > 0 ? tries : 1);
	if (u->leftovers)
		facts_say(lines, "processes that it left behind live on in its process group");
}

/* --- after ----------------------------------------------------------------------------------
 */

static const char *no_restart(const struct unit *u, const struct proc *p)
{
	if (p->cause == CAUSE_STOPPED)
		return "it was asked to stop";
	if (p->state == PROC_FAILED)
		return "all its attempts have failed";
	if (u->spec->oneshot)
		return "type=oneshot";
	if (u->spec->autorestart == AUTORESTART_NEVER)
		return "autorestart=false";
	return "its end was an expected one (autorestart=unexpected, exitcodes)";
}

static void say_next(const struct manager *m, const struct unit *u, const struct proc *p,
		     json_t *lines)
{
	const mono_t now = loop_now(m->loop);
	char span[FACTS_TEXT];

	if (p->closing)
		facts_say(lines,
			  "nothing is started any more: the daemon stops everything, or it "
			  "leaves the configuration");
	else if (p->state == PROC_BACKOFF)
		facts_say(lines, "it will be started again in %s%s",
			  facts_span(mono_span(now, p->deadline), span),
			  p->held ? ", held back by restart_rate" : "");
	else if (p->state == PROC_STOP_TERM)
		facts_say(lines, "it will be killed in %s, if it is still there (stopwaitsecs)",
			  facts_span(mono_span(now, p->deadline), span));
	else if (p->state == PROC_STUCK)
		facts_say(lines,
			  "it was killed and is still there: the kernel is busy with it");
	else if (proc_at_rest(p) && p->gen)
		facts_say(lines, "it is not started again by itself: %s", no_restart(u, p));
	if (p->alive && !mono_is_never(p->run_until))
		facts_say(lines, "its time is over in %s (runtimeout)",
			  facts_span(mono_span(now, p->run_until), span));
	if (u->next)
		facts_say(lines, "the file has changed: from its next start on it is as there");
}

/* --- what it depends on ---------------------------------------------------------------------
 */

static void say_wire(const struct manager *m, const char *what, proc_id id, json_t *lines)
{
	const struct proc *p;
	struct unit *u;

	if (manager_find(m, id, &u, &p))
		facts_say(lines, "%s %s, which is %s", what, unit_name(u),
			  proc_seen_name(proc_seen(p)));
}

static void say_wires(const struct manager *m, const struct unit *u, json_t *lines)
{
	if (u->spec->in.kind == STDIN_PROGRAM)
		say_wire(m, "it reads what is printed by", wiring_find(m, u->spec->in.text),
			 lines);
	if (u->spec->stdout_wired)
		say_wire(m, "what it prints is read by", wiring_reader(m, u), lines);
}

void why_process(const struct manager *m, const struct unit *u, const struct proc *p,
		 json_t *lines)
{
	_cleanup_(buf_done) struct buf source = BUF_INIT;

	say_state(m, u, p, lines);
	say_last(u, lines);
	say_counts(u, p, lines);
	say_next(m, u, p, lines);
	say_wires(m, u, lines);
	if (describe_source(u->spec, &source) == 0 && source.len)
		facts_say(lines, "it is defined in %s", buf_str(&source));
}

/* --- the request ----------------------------------------------------------------------------
 */

static void answer(struct manager *m, const struct request *rq, json_t *lines, json_t *process,
		   json_t *job)
{
	(void)server_reply(m->server, rq->conn, rq->serial,
			   json_pack("{s:o,s:o,s:o}", "text", lines, "process",
				     process ? process : json_null(), "job",
				     job ? job : json_null()),
			   false);
}

/* One process; or those of a group, each under its name. */
static void answer_names(struct manager *m, const struct request *rq, const struct names *names)
{
	json_t *lines = json_array(), *process = NULL;

	for (size_t i = 0; i < names->n; i++) {
		const struct proc *p;
		struct unit *u;

		if (!manager_find(m, names->v[i], &u, &p))
			continue;
		if (names->kind == NAMES_MANY)
			facts_say(lines, "%s:%s", unit_group(u), unit_name(u));
		else
			process = look_process(m, u, p);
		why_process(m, u, p, lines);
	}
	answer(m, rq, lines, process, NULL);
}

/* A number is a job, unless a process is called so. */
static struct job *job_called(const struct manager *m, const char *name)
{
	if (!m->jobs || !*name || strspn(name, "0123456789") != strlen(name))
		return NULL;
	return job_by_id(m->jobs, strtoull(name, NULL, 10));
}

void handle_why(struct manager *m, struct request *rq)
{
	const char *name = json_string_value(json_object_get(rq->parameters, "name"));
	_cleanup_(names_done) struct names names = { .kind = NAMES_NONE };
	struct job *j;
	json_t *lines;

	if (!m->roster) {
		refusal_down(m, rq);
		return;
	}
	if (names_resolve(m, name, ORDER_NAME, &names) < 0) {
		refusal_no_memory(m, rq);
		return;
	}
	j = names.kind == NAMES_NONE ? job_called(m, name) : NULL;
	if (names.kind == NAMES_NONE && !j) {
		server_error(m->server, rq->conn, rq->serial, "BadName",
			     json_pack("{s:o}", "name", varlink_string(name)));
	} else if (!j) {
		answer_names(m, rq, &names);
	} else {
		lines = json_array();
		why_job(m, j, lines);
		answer(m, rq, lines, NULL, job_json(m, j));
	}
}
