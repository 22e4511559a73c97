/* SPDX-License-Identifier: MIT */
#include "ctl/job_spec.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/value.h"
#include "ctl/job_env.h"
#include "ctl/names.h"
#include "proto/varlink.h"

/* --- the command ------------------------------------------------------------------------- */

static int say_fault(const char *line, const struct stages_fault *f, struct buf *why)
{
	_cleanup_(freep) char *before = strndup(line, f->at);
	int r;

	if (!before)
		return -ENOMEM;
	r = buf_printf(why, "%s at character %zu of the command", f->what,
		       name_width(before) + 1);
	if (r == 0 && f->hint)
		r = buf_printf(why, ": %s", f->hint);
	return r < 0 ? r : JOB_SPEC_BAD;
}

/* One stage of words that are taken as they are. */
static int one_stage(size_t n, char *const *words, struct stages *ret)
{
	void **block = calloc(n + 3, sizeof *block);

	if (!block)
		return -ENOMEM;
	block[0] = block + 2;
	memcpy(block + 2, words, n * sizeof *words);
	*ret = (struct stages){ (char ***)block, 1 };
	return JOB_SPEC_OK;
}

int job_command(size_t n, char *const *words, struct stages *ret, struct buf *why)
{
	struct stages_fault fault;
	int r;

	if (n != 1 || !stages_needed(words[0]))
		return one_stage(n, words, ret);
	r = stages_split(words[0], ret, &fault);
	return r == STAGES_BAD ? say_fault(words[0], &fault, why) : r;
}

static int say_not_text(const char *word, struct buf *why)
{
	json_t *text = varlink_string(word);
	int r = text ? buf_printf(why, "not UTF-8, and so it cannot be sent: '%.200s'",
				  json_string_value(text))
		     : -ENOMEM;

	json_decref(text);
	return r < 0 ? r : JOB_SPEC_BAD;
}

int job_stages(const struct stages *s, json_t **ret, struct buf *why)
{
	json_t *stages = json_array();
	int r = stages ? 0 : -ENOMEM;

	for (size_t i = 0; i < s->n && r == 0; i++) {
		json_t *argv = json_array();

		if (json_array_append_new(stages, argv) < 0)
			r = -ENOMEM;
		for (char **w = s->v[i]; *w && r == 0; w++)
			if (json_array_append_new(argv, json_string(*w)) < 0)
				r = say_not_text(*w, why);
	}
	if (r != 0) {
		json_decref(stages);
		return r;
	}
	*ret = stages;
	return JOB_SPEC_OK;
}

/* --- how it is to be run ----------------------------------------------------------------- */

static int bad(struct buf *why, const char *what, const char *text)
{
	const int r = buf_printf(why, "%s: '%.200s'", what, text);

	return r < 0 ? r : JOB_SPEC_BAD;
}

static int set(json_t *spec, const char *key, json_t *value)
{
	return json_object_set_new(spec, key, value) < 0 ? -ENOMEM : 0;
}

static int set_text(json_t *spec, const char *key, const char *text, struct buf *why)
{
	json_t *value = json_string(text);

	return value ? set(spec, key, value) : bad(why, "not UTF-8", text);
}

static int set_directory(json_t *spec, const char *directory, struct buf *why)
{
	_cleanup_(buf_done) struct buf path = BUF_INIT;
	char cwd[PATH_MAX];
	int r = 0;

	if (!directory || *directory != '/') {
		if (!getcwd(cwd, sizeof cwd))
			return bad(why, "no directory to run in", strerror(errno));
		r = buf_puts(&path, cwd);
	}
	if (r == 0 && directory && *directory != '/')
		r = buf_putc(&path, '/');
	if (r == 0 && directory)
		r = buf_puts(&path, directory);
	return r < 0 ? r : set_text(spec, "directory", buf_str(&path), why);
}

/* There is no other way to ask for it. */
static int own_umask(void)
{
	const mode_t mask = umask(0);

	umask(mask);
	return (int)mask;
}

static int set_signal(json_t *spec, int signal)
{
	const char *word = signal_word(signal);
	char number[16];

	snprintf(number, sizeof number, "%d", signal);
	return set(spec, "signal", json_string(word ? word : number));
}

static int set_after(json_t *spec, const char *text, struct buf *why)
{
	json_t *ids = json_array();
	const char *s = text;
	char *end;
	int r = set(spec, "after", ids);

	while (r == 0) {
		long long id;

		errno = 0;
		id = strtoll(s, &end, 10);
		if (end == s || (*end && *end != ',') || errno || id <= 0)
			return bad(why, "option --after: not the ids of jobs", text);
		r = json_array_append_new(ids, json_integer(id)) < 0 ? -ENOMEM : 0;
		if (!*end)
			break;
		s = end + 1;
	}
	return r;
}

static int set_numbers(json_t *spec, const struct job_options *o)
{
	int r = set(spec, "umask", json_integer(o->umask < 0 ? own_umask() : o->umask));

	if (r == 0 && o->timeout > 0)
		r = set(spec, "timeout_ms", json_integer(o->timeout));
	if (r == 0 && o->kill_after >= 0)
		r = set(spec, "kill_after_ms", json_integer(o->kill_after));
	if (r == 0 && o->signal)
		r = set_signal(spec, o->signal);
	if (r == 0 && o->priority)
		r = set(spec, "priority", json_integer(o->priority));
	return r;
}

static int set_texts(json_t *spec, const struct job_options *o, struct buf *why)
{
	int r = set_directory(spec, o->directory, why);

	if (r == 0 && o->pool)
		r = set_text(spec, "pool", o->pool, why);
	if (r == 0 && o->label)
		r = set_text(spec, "label", o->label, why);
	if (r == 0 && o->after)
		r = set_after(spec, o->after, why);
	return r;
}

int job_spec(const struct job_options *o, char *const *from, json_t **ret, struct buf *lost,
	     struct buf *why)
{
	json_t *spec = json_object(), *env = NULL;
	int r = job_env(o, from, &env, lost, why);

	if (r == JOB_ENV_OK)
		r = set(spec, "env", env);
	if (r == 0)
		r = set(spec, "clean_env", json_true());
	if (r == 0)
		r = set_numbers(spec, o);
	if (r == 0)
		r = set_texts(spec, o, why);
	if (r != 0) {
		json_decref(spec);
		return r;
	}
	*ret = spec;
	return JOB_SPEC_OK;
}
