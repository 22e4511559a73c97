/* SPDX-License-Identifier: MIT */
#include "daemon/manager/job_json.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "daemon/manager/describe.h"
#include "daemon/manager/session.h"

int64_t job_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* --- showing --------------------------------------------------------------------------------
 */

static bool is_stopping(const struct proc *p)
{
	return p->state == PROC_STOP_TERM || p->state == PROC_STOP_KILL ||
	       p->state == PROC_STUCK;
}

static const char *stage_state(const struct manager *m, const struct stage *s)
{
	const struct proc *p;
	struct unit *u;

	if (s->ended || job_has_ended(s->job))
		return "done";
	if (!s->unit || !manager_find(m, s->unit->id, &u, &p) || !p->gen)
		return "waiting";
	return is_stopping(p) ? "stopping" : "running";
}

static const char *job_word(const struct manager *m, const struct job *j)
{
	switch (j->state) {
	case JOB_WAITING:
	case JOB_CALLED:
		return "waiting";
	case JOB_RUNNING:
		break;
	case JOB_DONE:
		return "done";
	case JOB_SKIPPED:
		return "skipped";
	}
	for (size_t i = 0; i < j->n; i++)
		if (strcmp(stage_state(m, &j->stages[i]), "stopping") == 0)
			return "stopping";
	return "running";
}

static json_t *words(const struct link_strs *argv)
{
	json_t *list = json_array();
	const char *s = argv->first;

	for (uint32_t i = 0; i < argv->n; i++, s = link_strs_next(s))
		(void)json_array_append_new(list, json_string_nocheck(s));
	return list;
}

static json_t *text_or_null(const char *s)
{
	return s ? varlink_string(s) : json_null();
}

static json_t *status_of(const struct stage *s)
{
	return s->has_status ? json_integer(s->status) : json_null();
}

static json_t *stage_json(const struct manager *m, const struct stage *s,
			  const struct link_strs *argv)
{
	return json_pack(
		"{s:o,s:i,s:s,s:o,s:s,s:o,s:I,s:I,s:I,s:I}", "argv", words(argv), "pid", s->pid,
		"state", stage_state(m, s), "status", status_of(s), "cause",
		describe_cause(s->cause), "description", varlink_string(s->description),
		"cpu_ms", (json_int_t)(s->cpu_us / 1000), "maxrss_kb", (json_int_t)s->maxrss_kb,
		"started_ms", (json_int_t)s->started_ms, "ended_ms", (json_int_t)s->ended_ms);
}

static json_t *stages_json(const struct manager *m, const struct job *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->n; i++)
		(void)json_array_append_new(list,
					    stage_json(m, &j->stages[i], &j->spec->argv[i]));
	return list;
}

static json_t *after_json(const struct job *j)
{
	json_t *list = json_array();

	for (size_t i = 0; i < j->spec->n_after; i++)
		(void)json_array_append_new(list, json_integer((json_int_t)j->spec->after[i]));
	return list;
}

json_t *job_json(const struct manager *m, const struct job *j)
{
	const struct job_spec *spec = j->spec;

	return json_pack(
		"{s:I,s:o,s:o,s:o,s:s,s:o,s:b,s:o,s:o,s:i,s:o,s:I,s:I,s:I,s:I,s:o,s:o,s:o}",
		"id", (json_int_t)j->id, "session",
		text_or_null(j->session ? j->session->key : NULL), "seq",
		j->session ? json_integer((json_int_t)j->seq) : json_null(), "label",
		json_string_nocheck(spec->label), "state", job_word(m, j), "status",
		status_of(&j->stages[j->n - 1]), "timed_out", j->timed_out, "user",
		text_or_null(j->user), "pool", text_or_null(spec->pool), "priority",
		spec->priority, "after", after_json(j), "queued_ms", (json_int_t)j->queued_ms,
		"started_ms", (json_int_t)j->started_ms, "ended_ms", (json_int_t)j->ended_ms,
		"now_ms", (json_int_t)job_wall_ms(), "stdout_log", text_or_null(j->logs[0]),
		"stderr_log", text_or_null(j->logs[1]), "stages", stages_json(m, j));
}

/* --- reading --------------------------------------------------------------------------------
 */

static int64_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* The words of all stages, and the rest of what a job_spec says and Job shows. */
static json_t *spec_object(const json_t *o)
{
	json_t *stages = json_array();
	const json_t *stage;
	size_t i;

	json_array_foreach(json_object_get(o, "stages"), i, stage)(void)
		json_array_append(stages, json_object_get(stage, "argv"));
	return json_pack("{s:o,s:O?,s:O?,s:O?,s:O?}", "stages", stages, "label",
			 json_object_get(o, "label"), "pool", json_object_get(o, "pool"),
			 "priority", json_object_get(o, "priority"), "after",
			 json_object_get(o, "after"));
}

static enum proc_cause cause_of(const char *word)
{
	for (int c = CAUSE_NONE; c <= CAUSE_LOST; c++)
		if (strcmp(describe_cause((enum proc_cause)c), word) == 0)
			return (enum proc_cause)c;
	return CAUSE_NONE;
}

static int read_stage(const json_t *o, struct stage *s)
{
	const json_t *status = json_object_get(o, "status");
	const char *text = json_string_value(json_object_get(o, "description"));

	s->ended = true;
	s->pid = (int)number(o, "pid");
	s->has_status = json_is_integer(status);
	s->status = (int)json_integer_value(status);
	s->cause = cause_of(json_string_value(json_object_get(o, "cause")));
	s->cpu_us = (uint64_t)number(o, "cpu_ms") * 1000;
	s->maxrss_kb = (uint64_t)number(o, "maxrss_kb");
	s->started_ms = number(o, "started_ms");
	s->ended_ms = number(o, "ended_ms");
	free(s->description);
	s->description = *text ? strdup(text) : NULL;
	return *text && !s->description ? -ENOMEM : 0;
}

/* Whether there is all that cannot be missing. */
static bool is_whole(const json_t *o, const struct job *j)
{
	const json_t *stages = json_object_get(o, "stages"), *stage;
	size_t i;

	if (!json_is_string(json_object_get(o, "state")) || json_array_size(stages) != j->n)
		return false;
	json_array_foreach(stages, i, stage)
	{
		if (!json_is_string(json_object_get(stage, "description")) ||
		    !json_is_string(json_object_get(stage, "cause")))
			return false;
	}
	return true;
}

/* @key of @o, if it is a string; NULL stays NULL. */
static int read_text(const json_t *o, const char *key, char **ret)
{
	const char *text = json_string_value(json_object_get(o, key));

	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

int job_end_from_json(struct job *j, const json_t *o)
{
	const json_t *stages = json_object_get(o, "stages");
	int r = 0;

	if (!is_whole(o, j))
		return -EBADMSG;
	j->state = strcmp(json_string_value(json_object_get(o, "state")), "skipped") == 0
			   ? JOB_SKIPPED
			   : JOB_DONE;
	j->timed_out = json_is_true(json_object_get(o, "timed_out"));
	j->queued_ms = number(o, "queued_ms");
	j->started_ms = number(o, "started_ms");
	j->ended_ms = number(o, "ended_ms");
	j->left = 0;
	for (size_t i = 0; r == 0 && i < j->n; i++)
		r = read_stage(json_array_get(stages, i), &j->stages[i]);
	return r;
}

static int read_names(const json_t *o, struct job *j)
{
	int r = read_text(o, "user", &j->user);

	if (r == 0)
		r = read_text(o, "stdout_log", &j->logs[0]);
	if (r == 0)
		r = read_text(o, "stderr_log", &j->logs[1]);
	return r;
}

int job_from_json(struct jobs *js, const json_t *o, struct job **ret)
{
	_cleanup_(json_decrefp) json_t *said = spec_object(o);
	struct job_spec *spec;
	const char *wrong;
	struct job *j;
	int r = said ? job_spec_parse(said, NULL, JOB_SPEC_ALONE, &wrong, &spec) : -ENOMEM;

	if (r != JOB_SPEC_OK || number(o, "id") <= 0) {
		if (r == JOB_SPEC_OK)
			job_spec_unref(spec);
		return r < 0 ? r : -EBADMSG;
	}
	r = job_new(js, (uint64_t)number(o, "id"), spec, &j);
	if (r < 0)
		return r;
	r = job_end_from_json(j, o);
	if (r == 0)
		r = read_names(o, j);
	if (r < 0)
		job_free(js, j);
	else
		*ret = j;
	return r;
}
