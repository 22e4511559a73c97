/* SPDX-License-Identifier: MIT */
/*
 * avail.c - what the file defines, running or not, as it was last read.
 */
#include <string.h>

#include "daemon/manager/describe.h"
#include "daemon/manager/groups.h"
#include "daemon/manager/handlers.h"
#include "daemon/manager/operation.h"

struct defined {
	const struct group_spec *group;
	const struct process_spec *process;
};

static json_t *exitcodes(const struct process_spec *spec)
{
	json_t *list = json_array();

	for (int code = 0; code < 256; code++)
		if (exitcode_expected(spec, code))
			(void)json_array_append_new(list, json_integer(code));
	return list;
}

static json_t *stream_word(const struct stream_spec *s)
{
	switch (s->kind) {
	case LOG_NONE:
		return json_string("none");
	case LOG_AUTO:
		return json_string("auto");
	case LOG_FILE:
		return varlink_string(s->path);
	}
	return NULL;
}

static const char *autorestart_word(enum autorestart a)
{
	switch (a) {
	case AUTORESTART_NEVER:
		return "false";
	case AUTORESTART_UNEXPECTED:
		return "unexpected";
	case AUTORESTART_ALWAYS:
		return "true";
	}
	return "";
}

static json_t *source_of(const struct process_spec *spec)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;

	return describe_source(spec, &text) < 0 ? NULL : varlink_string(buf_str(&text));
}

static json_t *config_of(const struct manager *m, const struct group_spec *g,
			 const struct process_spec *s)
{
	return json_pack(
		"{s:o,s:o,s:b,s:b,s:s,s:i,s:i,s:o,s:o,s:I,s:i,s:i,s:I,s:b,s:b,s:o,s:b,s:o,s:o,"
		"s:I,s:o}",
		"name", varlink_string(s->name), "group", varlink_string(g->name), "inuse",
		groups_find(m, g->name) != NULL, "autostart", s->autostart, "autorestart",
		autorestart_word(s->autorestart), "group_prio", g->priority, "process_prio",
		s->priority, "command", varlink_string(s->command), "directory",
		s->directory ? varlink_string(s->directory) : json_null(), "startsecs",
		(json_int_t)(s->startsecs / 1000), "startretries", s->startretries,
		"stopsignal", s->stopsignal, "stopwaitsecs",
		(json_int_t)(s->stopwaitsecs / 1000), "stopasgroup", s->stopasgroup,
		"killasgroup", s->killasgroup, "exitcodes", exitcodes(s), "redirect_stderr",
		s->redirect_stderr, "stdout_logfile",
		s->stdout_wired ? json_string("none") : stream_word(&s->out), "stderr_logfile",
		stream_word(&s->err), "runtimeout_ms", (json_int_t)s->runtimeout, "source",
		source_of(s));
}

static int by_process(const void *a, const void *b)
{
	const struct defined *x = a, *y = b;

	return strcmp(x->process->name, y->process->name);
}

void handle_avail(struct manager *m, struct request *rq)
{
	const struct config *c = m->read ? m->read : m->config;
	const size_t room = groups_count(c->groups, c->n_groups) + 1;
	_cleanup_(freep) struct defined *v = calloc(room, sizeof *v);
	json_t *list = json_array();
	size_t n = 0;

	for (size_t i = 0; v && i < c->n_groups; i++)
		for (size_t k = 0; k < c->groups[i]->n; k++)
			v[n++] = (struct defined){ c->groups[i], &c->groups[i]->v[k] };
	if (n)
		qsort(v, n, sizeof *v, by_process);
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, config_of(m, v[i].group, v[i].process));
	m->spent = true;
	server_reply(m->server, rq->conn, rq->serial, json_pack("{s:o}", "configs", list),
		     false);
}
