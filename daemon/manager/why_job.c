/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "daemon/manager/facts.h"
#include "daemon/manager/job_json.h"
#include "daemon/manager/session.h"
#include "daemon/manager/why.h"

static void say_pool(const struct jobs *js, const char *name, const char *what, json_t *lines)
{
	struct queue_look look;

	if (queue_look(js->queue, name, &look) && look.slots >= 0)
		facts_say(lines, "%s lets %d run at once: %zu run, %zu wait", what, look.slots,
			  look.running, look.waiting);
}

static void say_pools(const struct jobs *js, const struct job *j, json_t *lines)
{
	char name[SESSION_POOL_BYTES], what[64];

	if (j->spec->pool) {
		(void)snprintf(what, sizeof what, "its pool %.40s", j->spec->pool);
		say_pool(js, j->spec->pool, what, lines);
	}
	if (j->session && j->session->limit)
		say_pool(js, session_pool(j->session, name), "its caller", lines);
}

static void say_after(const struct jobs *js, const struct job *j, json_t *lines)
{
	for (size_t i = 0; i < j->spec->n_after; i++) {
		const struct job *other = job_by_id(js, j->spec->after[i]);

		if (other && !job_has_ended(other))
			facts_say(lines, "it comes after job %" PRIu64 ", which has not ended",
				  other->id);
	}
}

static void say_waiting(const struct manager *m, const struct job *j, json_t *lines)
{
	char at[FACTS_TEXT], span[FACTS_TEXT];

	facts_say(lines, "waiting since %s, for %s", facts_time(j->queued_ms, at),
		  facts_span(job_wall_ms() - j->queued_ms, span));
	if (j->state == JOB_CALLED)
		facts_say(lines,
			  "its turn has come; its caller is to bring its descriptors again");
	say_after(m->jobs, j, lines);
	say_pools(m->jobs, j, lines);
}

static void say_stage(const struct manager *m, const struct stage *s, json_t *lines)
{
	const char *name = s->job->spec->argv[s - s->job->stages].first;
	char at[FACTS_TEXT], ran[FACTS_TEXT];
	const struct proc *p;
	struct unit *u;

	if (s->ended)
		facts_say(lines, "%s: ended %s, after %s: %s", name,
			  facts_time(s->ended_ms, at),
			  facts_span(s->started_ms ? s->ended_ms - s->started_ms : 0, ran),
			  s->description ? s->description : "it never ran");
	else if (s->unit && manager_find(m, s->unit->id, &u, &p))
		facts_say(lines, "%s: %s, pid %d, for %s", name,
			  proc_seen(p) == SEEN_STOPPING ? "stopping" : "running", p->pid,
			  facts_span(mono_span(p->started, loop_now(m->loop)), ran));
	else
		facts_say(lines, "%s: not started yet", name);
}

void why_job(const struct manager *m, const struct job *j, json_t *lines)
{
	char at[FACTS_TEXT];

	switch (j->state) {
	case JOB_WAITING:
	case JOB_CALLED:
		say_waiting(m, j, lines);
		break;
	case JOB_RUNNING:
	case JOB_DONE:
		facts_say(lines, "%s; it was queued %s",
			  j->state == JOB_DONE ? "done" : "running",
			  facts_time(j->queued_ms, at));
		for (size_t i = 0; i < j->n; i++)
			say_stage(m, &j->stages[i], lines);
		break;
	case JOB_SKIPPED:
		facts_say(lines, "skipped %s: %s", facts_time(j->ended_ms, at),
			  j->stages[0].description ? j->stages[0].description : "");
		break;
	}
	if (j->timed_out)
		facts_say(lines, "its time was over (timeout)");
}
