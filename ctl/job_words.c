/* SPDX-License-Identifier: MIT */
#include "ctl/job_words.h"

#include <errno.h>
#include <string.h>

#include "ctl/job_exit.h"
#include "ctl/names.h"
#include "ctl/quote.h"

/* --- words in ---------------------------------------------------------------------------- */

static int add_id(json_t *ids, const char *word, struct buf *why)
{
	char *end;
	long long id;
	int r;

	errno = 0;
	id = strtoll(word, &end, 10);
	if (end != word && !*end && !errno && id > 0)
		return json_array_append_new(ids, json_integer(id)) < 0 ? -ENOMEM
									: JOB_WORDS_OK;
	r = buf_printf(why, "not the id of a job: '%.200s'", word);
	return r < 0 ? r : JOB_WORDS_BAD;
}

int job_words_read(const struct flags *f, size_t n, char *const *words, void *base,
		   json_t **ret_ids, struct buf *why)
{
	static const struct flags none;
	json_t *ids = json_array();
	int r = ids ? JOB_WORDS_OK : -ENOMEM;
	size_t at = 0;

	while (r == JOB_WORDS_OK && at < n) {
		size_t used = 0;

		r = flags_read(f ? f : &none, n - at, words + at, base, &used, why);
		at += used;
		if (r == FLAGS_OK && at < n)
			r = add_id(ids, words[at++], why);
	}
	if (r != JOB_WORDS_OK) {
		json_decref(ids);
		return r;
	}
	*ret_ids = ids;
	return JOB_WORDS_OK;
}

bool job_words(struct ctl *c, const struct flags *f, size_t n, char *const *words, void *base,
	       json_t **ret_ids)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	const int r = job_words_read(f, n, words, base, ret_ids, &why);

	if (r != JOB_WORDS_OK)
		complain(c, EXIT_USAGE, "Error: %s", r < 0 ? strerror(-r) : buf_str(&why));
	return r == JOB_WORDS_OK;
}

/* --- words out --------------------------------------------------------------------------- */

static int put_argv(const json_t *argv, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; i < json_array_size(argv) && r == 0; i++) {
		const char *word = json_string_value(json_array_get(argv, i));

		if (i)
			r = buf_putc(out, ' ');
		if (r == 0)
			r = quote_word(word ? word : "", out);
	}
	return r;
}

/* With @key, stages are objects that have their words under it. */
static int put_stages(const json_t *stages, const char *key, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; i < json_array_size(stages) && r == 0; i++) {
		const json_t *stage = json_array_get(stages, i);

		if (i)
			r = buf_puts(out, " | ");
		if (r == 0)
			r = put_argv(key ? json_object_get(stage, key) : stage, out);
	}
	return r;
}

int job_put_command(const json_t *job, struct buf *out)
{
	return put_stages(json_object_get(job, "stages"), "argv", out);
}

int job_put_stages(const json_t *stages, struct buf *out)
{
	return put_stages(stages, NULL, out);
}

bool job_is_over(const json_t *job)
{
	const char *state = member_text(job, "state");

	return !strcmp(state, "done") || !strcmp(state, "skipped");
}

int job_put_status(const json_t *job, struct buf *out)
{
	int status;

	if (!job_is_over(job))
		return buf_putc(out, '-');
	if (job_status(job, false, &status))
		return buf_printf(out, "%d", status);
	return buf_puts(out,
			!strcmp(member_text(job, "state"), "done") ? "unknown" : "skipped");
}

int job_put_span(msec_t span, struct buf *out)
{
	const long long s = span / 1000;

	if (span < 0)
		return buf_putc(out, '-');
	if (s < 10)
		return buf_printf(out, "%lld.%llds", s, (long long)span % 1000 / 100);
	if (s < 60)
		return buf_printf(out, "%llds", s);
	if (s < 3600)
		return buf_printf(out, "%lldm%llds", s / 60, s % 60);
	if (s < 24 * 3600)
		return buf_printf(out, "%lldh%lldm", s / 3600, s / 60 % 60);
	return buf_printf(out, "%lldd%lldh", s / 24 / 3600, s / 3600 % 24);
}

static void say_each(struct ctl *c, const char *command, const char *before, const char *lines)
{
	while (*lines) {
		const size_t len = strcspn(lines, "\n");

		remark(c, "reevectl: %s: %s%.*s", command, before, (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

void job_say_lines(struct ctl *c, const char *command, const char *lines)
{
	say_each(c, command, "", lines);
}

void job_say_lost(struct ctl *c, const char *command, const char *names)
{
	say_each(c, command, "left out of the environment, for it is not UTF-8: ", names);
}

void job_say_missing(struct ctl *c, const json_t *ids)
{
	for (size_t i = 0; i < json_array_size(ids); i++)
		complain(c, EXIT_NO_JOB, "%lld: ERROR (no such job)",
			 (long long)json_integer_value(json_array_get(ids, i)));
}
