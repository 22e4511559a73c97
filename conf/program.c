/* SPDX-License-Identifier: MIT */
/*
 * A section [program:x] becomes its processes. Keys that cannot differ between them are read
 * once into a draft; the others are read for each, with the names that only it has.
 */
#include <errno.h>
#include <string.h>

#include "conf/environ.h"
#include "conf/groups.h"
#include "conf/limits.h"
#include "conf/logs.h"
#include "conf/value.h"

enum { NUMPROCS_MAX = 65536 };

struct program {
	struct load *load;
	struct tree_section *section;
	struct program_draft draft; /* what all processes share */
	struct scope scope; /* names that all can use */
	struct name names[4];
};

int program_defaults(const struct config *c, struct program_draft *ret)
{
	const struct reeve_spec *ours = &c->reeve;
	struct process_spec *p = &ret->p;
	struct load nothing = { 0 }; /* a default asks for nothing */

	limits_none(&p->limits);
	p->umask = UMASK_INHERIT;
	p->restart_rate = ours->restart_rate;
	p->restart_burst = ours->restart_burst;
	p->log_policy = ours->log_policy;
	p->log_rate = ours->log_rate;
	p->log_burst = ours->log_burst;
	p->out.rotate_age = p->err.rotate_age = ours->log_rotate_age;
	p->out.keep_age = p->err.keep_age = ours->log_keep_age;
	p->out.compress = p->err.compress = ours->log_compress;
	p->out.format = p->err.format = ours->log_format;
	p->out.strip_ansi = p->err.strip_ansi = c->supervisord.strip_ansi;
	return load_defaults(&nothing, &program_keys, ret);
}

void process_done(struct process_spec *p)
{
	for (size_t i = 0; i < program_keys.n; i++)
		load_release(&program_keys.v[i], p);
}

void process_list_done(struct process_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		process_done(&list->v[i]);
	free(list->v);
	*list = (struct process_list){ NULL, 0, 0 };
}

static void program_done(struct program *p)
{
	process_done(&p->draft.p);
}

static struct name text_name(const char *name, const char *text)
{
	return (struct name){ name, strlen(name), text, 0 };
}

static struct spot spot_of(const struct program *p, const char *key)
{
	struct spot at = { .load = p->load, .section = p->section, .key = key };

	if (key && tree_get(p->load->tree, p->section, key, &at.found) < 0)
		at.found = NULL;
	return at;
}

/* --- what is read once ------------------------------------------------------------------- */

static int read_once(struct program *p)
{
	for (size_t i = 0; i < program_keys.n; i++) {
		const struct key *k = &program_keys.v[i];
		int r;

		if (k->when != ONCE)
			continue;
		r = load_key(p->load, p->section, k, &p->scope, &p->draft);
		if (r < 0)
			return r;
		/* The name that the section goes by in "%(program_name)s". */
		if (r == LOAD_SET && strcmp(k->name, "program_name") == 0)
			p->names[1].text = p->draft.p.program;
		if (r == LOAD_ABSENT && strcmp(k->name, "killasgroup") == 0)
			p->draft.p.killasgroup = p->draft.p.stopasgroup;
	}
	return 0;
}

/* What is too much is taken back: the mistakes of one process are told all the same. */
static void check_numbers(struct program *p)
{
	struct spot at = spot_of(p, "numprocs");

	if (p->draft.numprocs > NUMPROCS_MAX) {
		mistake(&at, DIAG_ERROR, "%d processes are too many; write at most %d",
			p->draft.numprocs, NUMPROCS_MAX);
		p->draft.numprocs = 1;
	}
	at = spot_of(p, "numprocs_start");
	if (p->draft.numprocs_start > INT32_MAX - NUMPROCS_MAX) {
		mistake(&at, DIAG_ERROR, "number out of range; write at most %d",
			INT32_MAX - NUMPROCS_MAX);
		p->draft.numprocs_start = 0;
	}
}

/* What does not count for its type is as if it were not written. */
static void check_kind(struct program *p)
{
	for (size_t i = 0; i < program_keys.n; i++) {
		const struct key *k = &program_keys.v[i];
		const char *lacks = key_lacks(k, &p->draft.p);
		struct spot at;

		if (!lacks)
			continue;
		at = spot_of(p, k->name);
		/* What stands in [DEFAULT] is meant for the others. */
		if (at.found && at.found->section == p->section)
			mistake(&at, DIAG_WARNING, "it counts with %s only; leave it out",
				lacks);
		memcpy((char *)&p->draft + k->offset,
		       (const char *)&p->load->defaults + k->offset, key_plain_size(k->type));
	}
}

static void check_once(struct program *p)
{
	struct spot at = spot_of(p, "process_name");
	const char *name = at.found ? at.found->value : "";

	/* "cpu" may be several on any other machine. */
	if ((p->draft.numprocs > 1 || p->draft.numprocs == PER_CPU) &&
	    !strstr(name, "%(process_num)"))
		mistake(&at, DIAG_ERROR,
			"%%(process_num) must be present within process_name when numprocs > "
			"1; "
			"write process_name=%%(program_name)s_%%(process_num)02d");
	check_numbers(p);
	at = spot_of(p, "killasgroup");
	if (p->draft.p.stopasgroup && !p->draft.p.killasgroup)
		mistake(&at, DIAG_ERROR,
			"Cannot set stopasgroup=true and killasgroup=false; leave killasgroup "
			"out");
	check_kind(p);
	if (!p->draft.p.log_rate || p->draft.p.log_burst < p->draft.p.log_rate)
		p->draft.p.log_burst = p->draft.p.log_rate;
}

/* --- what is not served yet -------------------------------------------------------------- */

static void tell_later(struct program *p, const char *key, bool set, enum told kind)
{
	struct spot at = spot_of(p, key);

	if (!set || (p->load->told & kind))
		return;
	p->load->told |= kind;
	mistake(&at, DIAG_NOTE, "not served yet; it has no effect for now");
}

static void tell_all_later(struct program *p, const struct process_spec *s)
{
	tell_later(p, "serverurl", s->serverurl, TOLD_SERVERURL);
	tell_later(p, "readiness", s->readiness == READINESS_NOTIFY, TOLD_READINESS);
}

/* --- each process ------------------------------------------------------------------------ */

static int dup_text(char **text)
{
	if (*text && !(*text = strdup(*text)))
		return -ENOMEM;
	return 0;
}

/* A copy of the draft that owns its strings. */
static int copy_draft(const struct program_draft *d, struct program_draft *ret)
{
	int r = 0;

	*ret = *d;
	r |= dup_text(&ret->p.program);
	r |= dup_text(&ret->p.user);
	r |= dup_text(&ret->p.serverurl);
	return r ? -ENOMEM : 0;
}

/* A stream of its own that would be lost, or one that would fill the disk. */
static void check_stream(struct program *p, struct stream_spec *s, const char *key)
{
	struct spot at = spot_of(p, key);

	if (s->kind == LOG_AUTO && !s->maxbytes && !s->rotate_age)
		mistake(&at, DIAG_WARNING,
			"For [%s], AUTO logging used for %s without rollover, set maxbytes > 0 "
			"to avoid filling up filesystem unintentionally",
			p->section->name, key);
}

static void check_streams(struct program *p, struct process_spec *s)
{
	struct spot at = spot_of(p, "stderr_logfile");

	check_stream(p, &s->out, "stdout_logfile");
	check_stream(p, &s->err, "stderr_logfile");
	if (!s->redirect_stderr)
		return;
	if (s->err.kind == LOG_FILE || s->err.n_more)
		mistake(&at, DIAG_WARNING,
			"For [%s], redirect_stderr=true but stderr_logfile has also been set "
			"to "
			"a filename, the filename has been ignored",
			p->section->name);
	logs_release(&s->err);
	s->err.kind = LOG_NONE;
}

/* A prefix where it counts, and there one that says who it is if nothing else was written. */
static int check_prefix(struct program *p, const struct process_spec *s,
			struct stream_spec *stream, const char *key)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct spot at = spot_of(p, key);

	if (stream->prefix && (stream->format == LOG_RAW || stream->format == LOG_JSON)) {
		if (at.found && at.found->section == p->section)
			mistake(&at, DIAG_WARNING,
				"it counts with %.6s_format=prefix or timestamp only; leave it "
				"out",
				key);
		free(TAKE_PTR(stream->prefix));
	}
	if (stream->prefix || stream->format != LOG_PREFIX)
		return 0;
	if (buf_printf(&b, "%s |", s->name) < 0)
		return -ENOMEM;
	stream->prefix = buf_steal(&b);
	return stream->prefix ? 0 : -ENOMEM;
}

static int read_each(struct program *p, const struct scope *scope, struct program_draft *d)
{
	static const char default_name[] = "%(program_name)s";
	struct spot at = { .load = p->load, .section = p->section };

	for (size_t i = 0; i < program_keys.n; i++) {
		const struct key *k = &program_keys.v[i];
		int r;

		if (k->when != EACH || k->type == KEY_ENVIRONMENT)
			continue;
		r = load_key(p->load, p->section, k, scope, d);
		if (r < 0)
			return r;
		if (r != LOAD_ABSENT)
			continue;
		at.key = k->name;
		if (strcmp(k->initial ? k->initial : "", default_name) == 0)
			r = load_value(&at, k, p->names[1].text, d);
		if (strcmp(k->name, "command") == 0)
			mistake(&at, DIAG_ERROR,
				"program section %s does not specify a command; add command=",
				p->section->name);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The variables of [supervisord] below those of the program. */
static int merge_environment(struct load *l, struct process_spec *s)
{
	struct env merged;
	int r = environ_merge(&l->config->supervisord.environment, &s->environment, &merged);

	if (r < 0)
		return r;
	environ_done(&s->environment);
	s->environment = merged;
	return 0;
}

static int make_process(struct program *p, int num, struct program_draft *d)
{
	const struct name numbers[] = { { "process_num", strlen("process_num"), NULL, num },
					{ "numprocs", strlen("numprocs"), NULL,
					  p->draft.numprocs } };
	struct scope own = { &p->scope, "", numbers, ARRAY_SIZE(numbers) }, with_env;
	const struct key *k = key_find(&program_keys, "environment");
	int r;

	/* Its own variables are names too, but not for each other. */
	r = load_key(p->load, p->section, k, &own, d);
	if (r < 0)
		return r;
	r = load_env_scope(&d->p.environment, &p->scope, &with_env);
	if (r < 0)
		return r;
	own.outer = &with_env;
	r = read_each(p, &own, d);
	free((void *)with_env.v);
	if (r < 0)
		return r;
	r = check_prefix(p, &d->p, &d->p.out, "stdout_prefix");
	if (r == 0)
		r = check_prefix(p, &d->p, &d->p.err, "stderr_prefix");
	if (r < 0)
		return r;
	check_streams(p, &d->p);
	tell_all_later(p, &d->p);
	d->p.origin = p->section->at;
	if (p->draft.environment_whole)
		return 0;
	return merge_environment(p->load, &d->p);
}

/* Take over @s; it is empty afterwards if there was room. */
static int list_add(struct process_list *list, struct process_spec *s)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 1;
		struct process_spec *v = reallocarray(list->v, cap, sizeof *v);

		if (!v)
			return -ENOMEM;
		list->v = v;
		list->cap = cap;
	}
	list->v[list->n++] = TAKE(*s, (struct process_spec){ 0 });
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct process_spec *)a)->name,
		      ((const struct process_spec *)b)->name);
}

/* Their priority is the same, so the name orders them. */
static int make_processes(struct program *p, struct process_list *list)
{
	size_t before = p->load->diags->errors, first = list->n;
	int start = p->draft.numprocs_start;

	for (int i = 0; i < p->draft.numprocs; i++) {
		struct program_draft d;
		int r = copy_draft(&p->draft, &d);

		if (r == 0)
			r = make_process(p, start + i, &d);
		if (r == 0 && p->load->diags->errors == before)
			r = list_add(list, &d.p);
		process_done(&d.p);
		if (r < 0 || p->load->diags->errors != before)
			return r; /* the others would have the same mistakes */
		p->load->quiet = true;
	}
	if (list->n - first > 1)
		qsort(list->v + first, list->n - first, sizeof *list->v, by_name);
	return 0;
}

/* --- the section ------------------------------------------------------------------------- */

static int load_named(struct program *p, const char *name, const char *group,
		      struct process_list *list)
{
	struct load *l = p->load;
	int r;

	p->names[0] = text_name("here", l->here);
	p->names[1] = text_name("program_name", name);
	p->names[2] = text_name("host_node_name", l->world->host);
	p->names[3] = text_name("group_name", group ? group : name);
	p->scope = (struct scope){ &l->daemon_env, "", p->names, ARRAY_SIZE(p->names) };
	p->draft.p.program = strdup(name);
	if (!p->draft.p.program)
		return -ENOMEM;
	r = read_once(p);
	if (r < 0)
		return r;
	check_once(p);
	p->section->many = p->draft.numprocs != 1;
	p->draft.numprocs = load_percpu(l, p->draft.numprocs);
	return make_processes(p, list);
}

int load_program(struct load *l, struct tree_section *s, const char *group,
		 struct process_list *list)
{
	_cleanup_(program_done) struct program p = { l, s, l->defaults, { 0 }, { { 0 } } };
	_cleanup_(freep) char *name = NULL;
	size_t before = l->diags->errors;
	int r;

	if (s->failed)
		return 0; /* listed in two groups; told already */
	l->quiet = s->visited;
	s->visited = true;
	r = load_section_name(l, s, &name);
	if (r == LOAD_SET)
		r = load_named(&p, name, group, list);
	else if (r == LOAD_BAD)
		r = load_named(&p, "x", group, list); /* for the mistakes further down */
	s->failed = l->diags->errors != before;
	l->quiet = false;
	return r;
}
