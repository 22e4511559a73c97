/* SPDX-License-Identifier: MIT */
/*
 * jobs.c - jobs, poll, kill, forget: what there is, and what is done to it.
 */
#include <string.h>
#include <sys/ioctl.h>

#include "conf/value.h"
#include "ctl/job_words.h"
#include "ctl/names.h"
#include "ctl/run.h"
#include "proto/faults.h"

enum { COLUMN_ID, COLUMN_STATE, COLUMN_STATUS, COLUMN_TIME, COLUMN_COMMAND, COLUMNS };

/* A line of the table. */
struct line_of {
	struct buf v[COLUMNS];
};

static void line_done(struct line_of *l)
{
	for (int i = 0; i < COLUMNS; i++)
		buf_done(&l->v[i]);
}

/* --- jobs -------------------------------------------------------------------------------- */

static msec_t number(const json_t *job, const char *key)
{
	return json_integer_value(json_object_get(job, key));
}

/* How long it ran, or has run. */
static int put_time(const json_t *job, struct buf *out)
{
	const msec_t started = number(job, "started_ms"), ended = number(job, "ended_ms");

	if (!started)
		return buf_putc(out, '-');
	return job_put_span((ended ? ended : number(job, "now_ms")) - started, out);
}

static int put_what(const json_t *job, struct buf *out)
{
	const char *label = member_text(job, "label");
	const int r = *label ? buf_printf(out, "[%s] ", label) : 0;

	return r < 0 ? r : job_put_command(job, out);
}

static int line_make(const json_t *job, struct line_of *l)
{
	const bool late = json_is_true(json_object_get(job, "timed_out"));
	int r = buf_printf(&l->v[COLUMN_ID], "%lld", (long long)number(job, "id"));

	if (r == 0)
		r = buf_puts(&l->v[COLUMN_STATE], late && job_is_over(job)
							  ? "timed out"
							  : member_text(job, "state"));
	if (r == 0)
		r = job_put_status(job, &l->v[COLUMN_STATUS]);
	if (r == 0)
		r = put_time(job, &l->v[COLUMN_TIME]);
	return r < 0 ? r : put_what(job, &l->v[COLUMN_COMMAND]);
}

static int line_head(struct line_of *l)
{
	static const char *const names[COLUMNS] = { "ID", "STATE", "STATUS", "TIME",
						    "COMMAND" };
	int r = 0;

	for (int i = 0; i < COLUMNS && r == 0; i++)
		r = buf_puts(&l->v[i], names[i]);
	return r;
}

/* How many characters fit; 0: any number, for it is no terminal. */
static size_t room_of(const struct ctl *c)
{
	struct winsize w;

	if (!c->terminal || ioctl(c->streams[1], TIOCGWINSZ, &w) < 0)
		return 0;
	return w.ws_col;
}

/* Cut @b after @width characters. */
static void cut(struct buf *b, size_t width)
{
	while (name_width(buf_str(b)) > width)
		b->data[--b->len] = '\0';
}

static int line_put(const struct line_of *l, const size_t *widths, size_t room, struct buf *out)
{
	int r = 0;

	for (int i = 0; i < COLUMN_COMMAND && r == 0; i++)
		r = name_pad(buf_str(&l->v[i]), widths[i] + 2, out);
	if (r == 0)
		r = buf_puts(out, buf_str(&l->v[COLUMN_COMMAND]));
	if (room)
		cut(out, room);
	return r;
}

static void print_table(struct ctl *c, const struct line_of *lines, size_t n)
{
	const size_t room = room_of(c);
	size_t widths[COLUMNS] = { 0 };

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < COLUMNS; k++)
			if (name_width(buf_str(&lines[i].v[k])) > widths[k])
				widths[k] = name_width(buf_str(&lines[i].v[k]));
	for (size_t i = 0; i < n; i++) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;

		if (line_put(&lines[i], widths, room, &text) == 0)
			ctl_say(c, "%s", buf_str(&text));
	}
}

static void on_jobs(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *jobs = json_object_get(parameters, "jobs");
	const size_t n = json_array_size(jobs) + 1;
	struct line_of *lines = calloc(n, sizeof *lines);
	int r = lines ? line_head(&lines[0]) : -1;

	(void)data;
	job_say_missing(c, json_object_get(parameters, "missing"));
	for (size_t i = 1; i < n && r == 0; i++)
		r = line_make(json_array_get(jobs, i - 1), &lines[i]);
	if (r < 0)
		complain(c, EXIT_GENERIC, "ERROR: out of memory");
	else if (n > 1)
		print_table(c, lines, n);
	for (size_t i = 0; lines && i < n; i++)
		line_done(&lines[i]);
	free(lines);
}

static json_t *some_ids(json_t *ids)
{
	json_t *p = json_array_size(ids) ? json_pack("{s:O}", "ids", ids) : json_object();

	json_decref(ids);
	return p;
}

void run_jobs(struct ctl *c, size_t n, char *const *words)
{
	json_t *ids;

	if (!job_words(c, NULL, n, words, NULL, &ids))
		return;
	(void)ask(c, CMD_JOBS, some_ids(ids), on_jobs, NULL);
	print_json(c, json_object_get(c->gathered, "jobs"));
}

/* --- poll -------------------------------------------------------------------------------- */

static void on_poll(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *job = json_array_get(json_object_get(parameters, "jobs"), 0);
	_cleanup_(buf_done) struct buf status = BUF_INIT;

	(void)data;
	job_say_missing(c, json_object_get(parameters, "missing"));
	if (!job)
		return;
	if (!job_is_over(job)) {
		c->status = EXIT_RUNS;
		return;
	}
	if (job_put_status(job, &status) == 0)
		ctl_say(c, "%s", buf_str(&status));
	print_json(c, job);
}

void run_poll(struct ctl *c, size_t n, char *const *words)
{
	json_t *ids;

	if (job_words(c, NULL, n, words, NULL, &ids))
		(void)ask(c, CMD_JOBS, some_ids(ids), on_poll, NULL);
}

/* --- kill and forget --------------------------------------------------------------------- */

/* What is said of a job, by the status of its outcome. */
struct saying {
	const char *done;
};

static void say_outcome(struct ctl *c, const json_t *o, const struct saying *s)
{
	const int fault = (int)json_integer_value(json_object_get(o, "status"));
	const long long id = json_integer_value(json_object_get(o, "id"));

	if (fault == FAULT_SUCCESS)
		ctl_say(c, "%lld: %s", id, s->done);
	else if (fault == FAULT_BAD_NAME)
		complain(c, EXIT_NO_JOB, "%lld: ERROR (no such job)", id);
	else if (fault == FAULT_NOT_RUNNING)
		complain(c, EXIT_GENERIC, "%lld: ERROR (not running)", id);
	else if (fault == FAULT_STILL_RUNNING)
		complain(c, EXIT_GENERIC, "%lld: ERROR (still running)", id);
	else
		complain(c, EXIT_GENERIC, "%lld: ERROR (%s)", id,
			 member_text(o, "description"));
}

static void on_outcomes(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *outcomes = json_object_get(parameters, "outcomes");

	for (size_t i = 0; i < json_array_size(outcomes); i++)
		say_outcome(c, json_array_get(outcomes, i), data);
}

/* "-TERM": the signal, as the daemon is told it. NULL: it is none, which was said. */
static const char *signal_of(struct ctl *c, const char *word)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	int number_of;

	if (value_signal(word + 1, &number_of, &why) == VALUE_OK)
		return signal_word(number_of) ? signal_word(number_of) : word + 1;
	complain(c, EXIT_USAGE, "Error: not a signal: '%s'", word + 1);
	return NULL;
}

void run_kill(struct ctl *c, size_t n, char *const *words)
{
	const bool signalled = words[0][0] == '-';
	const char *signal = signalled ? signal_of(c, words[0]) : NULL;
	struct saying saying = { signalled ? "signalled" : "stopping" };
	json_t *ids, *p;

	if ((signalled && !signal) ||
	    !job_words(c, NULL, n - signalled, words + signalled, NULL, &ids))
		return;
	if (!json_array_size(ids)) {
		json_decref(ids);
		complain(c, EXIT_USAGE, "Error: kill requires the id of a job");
		return;
	}
	p = json_pack("{s:o}", "ids", ids);
	if (signal)
		(void)json_object_set_new(p, "signal", json_string(signal));
	(void)ask(c, CMD_KILL, p, on_outcomes, &saying);
	print_json(c, json_object_get(c->gathered, "outcomes"));
}

struct forget_options {
	bool done;
};

/* clang-format off */
static const struct flag forget_rows[] = {
	{ 0, "done", FLAG_SWITCH, offsetof(struct forget_options, done), NULL,
	  "all jobs that have ended" },
};
/* clang-format on */

const struct flags forget_flags = { forget_rows, ARRAY_SIZE(forget_rows) };

/* @data: the ids of those that are over, to be added to. */
static void on_over(struct ctl *c, const json_t *parameters, void *data)
{
	const json_t *jobs = json_object_get(parameters, "jobs");

	(void)c;
	for (size_t i = 0; i < json_array_size(jobs); i++) {
		const json_t *job = json_array_get(jobs, i);

		if (job_is_over(job))
			(void)json_array_append(data, json_object_get(job, "id"));
	}
}

static bool find_over(struct ctl *c, json_t *ids)
{
	const bool found = ask(c, CMD_JOBS, json_object(), on_over, ids);

	json_decref(c->gathered);
	c->gathered = NULL;
	return found;
}

void run_forget(struct ctl *c, size_t n, char *const *words)
{
	struct saying saying = { "forgotten" };
	struct forget_options o = { false };
	json_t *ids;

	if (!job_words(c, &forget_flags, n, words, &o, &ids))
		return;
	if (!o.done && !json_array_size(ids))
		complain(c, EXIT_USAGE, "Error: forget requires the id of a job");
	else if ((!o.done || find_over(c, ids)) && json_array_size(ids))
		(void)ask(c, CMD_FORGET, json_pack("{s:O}", "ids", ids), on_outcomes, &saying);
	print_json(c, json_object_get(c->gathered, "outcomes"));
	json_decref(ids);
}
