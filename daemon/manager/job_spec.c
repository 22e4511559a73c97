/* SPDX-License-Identifier: MIT */
/*
 * A spec is one block of memory: the struct, its stages, its numbers and its strings. Fields
 * are first checked and noted in a draft, which says how large the block has to be.
 */
#include "daemon/manager/job_spec.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "conf/value.h"

enum { KILL_AFTER_MS = 10000, UMASK_MAX = 0777 };

struct draft {
	struct job_spec spec; /* what is not said, as the base has it */
	const json_t *stages, *after, *env; /* NULL: not said */
	const char *directory, *pool, *label; /* the same */
	size_t strings; /* bytes that the block needs for them */
};

/* --- fields ---------------------------------------------------------------------------------
 */

static bool is_words(const json_t *words, size_t *bytes)
{
	const json_t *w;
	size_t i;

	if (!json_is_array(words))
		return false;
	json_array_foreach(words, i, w)
	{
		if (!json_is_string(w))
			return false;
		*bytes += json_string_length(w) + 1;
	}
	return true;
}

static bool take_stages(const json_t *v, struct draft *d)
{
	const size_t n = json_array_size(v);
	const json_t *stage;
	size_t i;

	if (!n || n > JOB_STAGES_MAX)
		return false;
	json_array_foreach(v, i, stage)
	{
		if (!is_words(stage, &d->strings) || !json_array_size(stage))
			return false;
	}
	d->stages = v;
	return true;
}

static bool is_variable(const json_t *v)
{
	const char *s = json_string_value(v);
	const char *equals = s ? strchr(s, '=') : NULL;

	return equals && equals != s;
}

static bool take_env(const json_t *v, struct draft *d)
{
	const json_t *variable;
	size_t i;

	if (!json_is_array(v))
		return false;
	json_array_foreach(v, i, variable)
	{
		if (!is_variable(variable))
			return false;
	}
	d->env = v;
	return true;
}

static bool take_after(const json_t *v, struct draft *d)
{
	const json_t *id;
	size_t i;

	if (!json_is_array(v))
		return false;
	json_array_foreach(v, i, id)
	{
		if (!json_is_integer(id) || json_integer_value(id) <= 0)
			return false;
	}
	d->after = v;
	return true;
}

static bool take_string(const json_t *v, struct draft *d, const char **ret)
{
	if (!json_is_string(v))
		return false;
	d->strings += json_string_length(v) + 1;
	*ret = json_string_value(v);
	return true;
}

static bool take_directory(const json_t *v, struct draft *d)
{
	return take_string(v, d, &d->directory);
}

static bool take_pool(const json_t *v, struct draft *d)
{
	return take_string(v, d, &d->pool);
}

static bool take_label(const json_t *v, struct draft *d)
{
	return take_string(v, d, &d->label);
}

static bool take_number(const json_t *v, json_int_t least, json_int_t most, json_int_t *ret)
{
	*ret = json_integer_value(v);
	return json_is_integer(v) && *ret >= least && *ret <= most;
}

static bool take_umask(const json_t *v, struct draft *d)
{
	json_int_t n;

	if (!take_number(v, 0, UMASK_MAX, &n))
		return false;
	d->spec.umask = (int)n;
	return true;
}

static bool take_priority(const json_t *v, struct draft *d)
{
	json_int_t n;

	if (!take_number(v, INT_MIN, INT_MAX, &n))
		return false;
	d->spec.priority = (int)n;
	return true;
}

static bool take_span(const json_t *v, msec_t *ret)
{
	json_int_t n;

	if (!take_number(v, 0, INT64_MAX / 4, &n))
		return false;
	*ret = n;
	return true;
}

static bool take_timeout(const json_t *v, struct draft *d)
{
	return take_span(v, &d->spec.timeout);
}

static bool take_kill_after(const json_t *v, struct draft *d)
{
	return take_span(v, &d->spec.kill_after);
}

static bool take_signal(const json_t *v, struct draft *d)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	return json_is_string(v) &&
	       value_signal(json_string_value(v), &d->spec.signal, &why) == VALUE_OK;
}

static bool take_clean_env(const json_t *v, struct draft *d)
{
	d->spec.clean_env = json_is_true(v);
	return json_is_boolean(v);
}

static const char *const stream_words[] = { "null", "fd", "log", "stdout" };

/* One of the first @n words. */
static bool take_stream(const json_t *v, size_t n, enum job_stream *ret)
{
	const char *word = json_string_value(v);

	for (size_t i = 0; word && i < n; i++)
		if (strcmp(stream_words[i], word) == 0) {
			*ret = (enum job_stream)i;
			return true;
		}
	return false;
}

static bool take_stdin(const json_t *v, struct draft *d)
{
	return take_stream(v, JOB_FD + 1, &d->spec.in);
}

static bool take_stdout(const json_t *v, struct draft *d)
{
	return take_stream(v, JOB_LOG + 1, &d->spec.out);
}

static bool take_stderr(const json_t *v, struct draft *d)
{
	return take_stream(v, JOB_STDOUT + 1, &d->spec.err);
}

/* clang-format off */
static const struct field {
	const char *name;
	bool (*take)(const json_t *v, struct draft *d);
} fields[] = {
	{ "stages",        take_stages },
	{ "env",           take_env },
	{ "clean_env",     take_clean_env },
	{ "directory",     take_directory },
	{ "umask",         take_umask },
	{ "stdin",         take_stdin },
	{ "stdout",        take_stdout },
	{ "stderr",        take_stderr },
	{ "timeout_ms",    take_timeout },
	{ "kill_after_ms", take_kill_after },
	{ "signal",        take_signal },
	{ "pool",          take_pool },
	{ "priority",      take_priority },
	{ "after",         take_after },
	{ "label",         take_label },
};
/* clang-format on */

static const struct field *field_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

/* NULL, or the field that is wrong. */
static const char *take_fields(const json_t *o, struct draft *d)
{
	json_t *all = (json_t *)(uintptr_t)o; /* which iterators are declared to want */

	for (void *i = json_object_iter(all); i; i = json_object_iter_next(all, i)) {
		const char *name = json_object_iter_key(i);
		const json_t *v = json_object_iter_value(i);
		const struct field *f = field_of(name);

		if (!f || (!json_is_null(v) && !f->take(v, d)))
			return name;
	}
	return NULL;
}

/* --- the environment ------------------------------------------------------------------------
 */

static struct job_env *env_ref(struct job_env *e)
{
	if (e)
		e->refs++;
	return e;
}

static struct job_env *env_unref(struct job_env *e)
{
	if (e && --e->refs == 0)
		free(e);
	return NULL;
}

static int make_env(const json_t *list, struct job_spec *s)
{
	size_t bytes = 0, i;
	const json_t *v;
	struct job_env *e;
	char *at;

	json_array_foreach(list, i, v) bytes += json_string_length(v) + 1;
	e = malloc(sizeof *e + bytes);
	if (!e)
		return -ENOMEM;
	*e = (struct job_env){
		.refs = 1, .list = { e->text, (uint32_t)json_array_size(list), (uint32_t)bytes }
	};
	at = e->text;
	json_array_foreach(list, i, v)
	{
		const size_t len = json_string_length(v) + 1;

		memcpy(at, json_string_value(v), len);
		if (strncmp(at, "PATH=", 5) == 0)
			e->path = at + 5;
		at += len;
	}
	env_unref(s->env);
	s->env = e;
	s->bytes += sizeof *e + bytes;
	return 0;
}

/* --- the block ------------------------------------------------------------------------------
 */

static const char *put(char **at, const char *s)
{
	const size_t len = strlen(s) + 1;
	char *to = *at;

	memcpy(to, s, len);
	*at += len;
	return to;
}

static void put_stages(const struct draft *d, struct link_strs *argv, char **at)
{
	for (size_t i = 0; i < json_array_size(d->stages); i++) {
		const json_t *words = json_array_get(d->stages, i), *w;
		size_t k;

		argv[i] = (struct link_strs){ .first = *at,
					      .n = (uint32_t)json_array_size(words) };
		json_array_foreach(words, k, w)(void) put(at, json_string_value(w));
		argv[i].bytes = (uint32_t)(*at - argv[i].first);
	}
}

static void put_after(const struct draft *d, uint64_t *after)
{
	for (size_t i = 0; i < json_array_size(d->after); i++)
		after[i] = (uint64_t)json_integer_value(json_array_get(d->after, i));
}

static int make_spec(const struct draft *d, struct job_spec **ret)
{
	const size_t n = json_array_size(d->stages), n_after = json_array_size(d->after);
	const size_t bytes = sizeof(struct job_spec) + n * sizeof(struct link_strs) +
			     n_after * sizeof(uint64_t) + d->strings;
	struct job_spec *s = malloc(bytes);
	struct link_strs *argv;
	uint64_t *after;
	char *at;

	_Static_assert(sizeof(struct job_spec) % 8 == 0 && sizeof(struct link_strs) % 8 == 0,
		       "what follows is aligned");
	if (!s)
		return -ENOMEM;
	argv = (struct link_strs *)(s + 1);
	after = (uint64_t *)(argv + n);
	at = (char *)(after + n_after);
	*s = d->spec;
	s->refs = 1;
	s->bytes = bytes;
	if (d->stages) {
		put_stages(d, argv, &at);
		s->argv = argv;
		s->n = n;
	}
	if (d->after) {
		put_after(d, after);
		s->after = after;
		s->n_after = n_after;
	}
	if (d->directory)
		s->directory = put(&at, d->directory);
	if (d->pool)
		s->pool = put(&at, d->pool);
	if (d->label)
		s->label = put(&at, d->label);
	job_spec_ref(s->base);
	env_ref(s->env);
	*ret = s;
	return 0;
}

int job_spec_parse(const json_t *o, struct job_spec *base, enum job_spec_use use,
		   const char **ret_wrong, struct job_spec **ret)
{
	_cleanup_(job_spec_unrefp) struct job_spec *s = NULL;
	struct draft d = { .spec = { .directory = "",
				     .umask = -1,
				     .out = use == JOB_SPEC_ALONE ? JOB_LOG : JOB_NULL,
				     .err = use == JOB_SPEC_ALONE ? JOB_LOG : JOB_NULL,
				     .kill_after = KILL_AFTER_MS,
				     .signal = SIGTERM,
				     .label = "" } };
	int r;

	if (base) {
		d.spec = *base;
		d.spec.base = base;
	}
	*ret_wrong = take_fields(o, &d);
	if (!*ret_wrong && !d.stages && !d.spec.n && use != JOB_SPEC_TEMPLATE)
		*ret_wrong = "stages";
	if (*ret_wrong)
		return JOB_SPEC_WRONG;
	r = make_spec(&d, &s);
	if (r == 0 && d.env)
		r = make_env(d.env, s);
	if (r == 0)
		*ret = TAKE_PTR(s);
	return r;
}

struct job_spec *job_spec_ref(struct job_spec *s)
{
	if (s)
		s->refs++;
	return s;
}

struct job_spec *job_spec_unref(struct job_spec *s)
{
	if (!s || --s->refs > 0)
		return NULL;
	env_unref(s->env);
	job_spec_unref(s->base);
	free(s);
	return NULL;
}

size_t job_spec_has_run(struct job_spec *s)
{
	const bool own = s->env && s->env->refs == 1;
	const size_t bytes = own ? sizeof *s->env + s->env->list.bytes : 0;

	s->env = env_unref(s->env);
	s->bytes -= bytes;
	return bytes;
}

unsigned job_spec_fds(const struct job_spec *s)
{
	return 0u + (s->in == JOB_FD) + (s->out == JOB_FD) + (s->err == JOB_FD);
}
