/* SPDX-License-Identifier: MIT */
/*
 * job_wait.c - wait: until jobs have ended. A manager that is replaced meanwhile is asked
 * again, for those that have not.
 */
#include <errno.h>

#include "ctl/clock.h"
#include "ctl/job_exit.h"
#include "ctl/job_words.h"
#include "ctl/names.h"
#include "ctl/run.h"

struct wait_options {
	bool any;
	msec_t timeout;
};

/* clang-format off */
static const struct flag rows[] = {
	{ 0, "any", FLAG_SWITCH, offsetof(struct wait_options, any), NULL,
	  "return when one of them has ended" },
	{ 0, "timeout", FLAG_TIME, offsetof(struct wait_options, timeout), "TIME",
	  "no longer than that: 0.5, 10s, 5m, 2h, 1d" },
};
/* clang-format on */

const struct flags wait_flags = { rows, ARRAY_SIZE(rows) };

struct waiting {
	struct ctl *ctl;
	struct wait_options o;
	json_t *ids; /* that have not ended */
	json_t *ended; /* the jobs */
	mono_t due;
};

static void strike(json_t *ids, json_int_t id)
{
	for (size_t i = json_array_size(ids); i-- > 0;)
		if (json_integer_value(json_array_get(ids, i)) == id)
			(void)json_array_remove(ids, i);
}

static void take_job(struct waiting *w, json_t *job)
{
	const json_int_t id = json_integer_value(json_object_get(job, "id"));
	_cleanup_(buf_done) struct buf status = BUF_INIT;

	if (!job_is_over(job))
		return;
	strike(w->ids, id);
	(void)json_array_append(w->ended, job);
	if (job_put_status(job, &status) == 0)
		ctl_say(w->ctl, "%lld: %s", (long long)id, buf_str(&status));
	if (!w->ctl->status)
		w->ctl->status = job_exit(job, false);
}

static void take(struct waiting *w, const json_t *parameters)
{
	const json_t *jobs = json_object_get(parameters, "jobs");
	const json_t *missing = json_object_get(parameters, "missing");

	job_say_missing(w->ctl, missing);
	for (size_t i = 0; i < json_array_size(missing); i++)
		strike(w->ids, json_integer_value(json_array_get(missing, i)));
	for (size_t i = 0; i < json_array_size(jobs); i++)
		take_job(w, json_array_get(jobs, i));
}

static void reply_donep(struct varlink_reply *r)
{
	varlink_reply_done(r);
}

/* One reply. 1: there will be more, 0: that was the last one, -errno; 2: it was refused. */
static int hear(struct waiting *w, struct client *client)
{
	_cleanup_(reply_donep) struct varlink_reply reply = { 0 };
	const msec_t patience = mono_is_never(w->due) ? PATIENCE_ENDLESS : clock_wait(w->due);
	const int r = client_reply(client, patience, &reply);

	if (r < 0)
		return r;
	if (reply.error) {
		(void)ask_refused(w->ctl, &reply);
		return 2;
	}
	take(w, reply.parameters);
	return reply.continues;
}

static int converse(struct waiting *w)
{
	_cleanup_(client_freep) struct client *client = NULL;
	json_t *p = json_pack("{s:O}", "ids", w->ids);
	int r = 1;

	if (w->o.any)
		(void)json_object_set_new(p, "any", json_true());
	if (!ask_begin(w->ctl, CMD_WAIT, p, NULL, 0, &client))
		return 2;
	while (r == 1)
		r = hear(w, client);
	return r;
}

static void wait_for(struct waiting *w)
{
	size_t before;
	int r;

	/* One that hangs up without a word on two attempts is no manager being replaced. */
	do {
		before = json_array_size(w->ids);
		r = converse(w);
		if (r == -EPIPE)
			r = converse(w);
	} while (r == -EPIPE && json_array_size(w->ids) < before);
	if (r == -ETIMEDOUT && !mono_is_never(w->due))
		w->ctl->status = EXIT_TIMED_OUT;
	else if (r < 0)
		(void)ask_failed(w->ctl, r);
	print_json(w->ctl, w->ended);
}

void run_wait(struct ctl *c, size_t n, char *const *words)
{
	struct waiting w = { .ctl = c, .due = MONO_NEVER };

	if (!job_words(c, &wait_flags, n, words, &w.o, &w.ids))
		return;
	if (w.o.timeout)
		w.due = mono_add(clock_mono(), w.o.timeout);
	w.ended = json_array();
	if (json_array_size(w.ids))
		wait_for(&w);
	else
		complain(c, EXIT_USAGE, "Error: wait requires the id of a job");
	json_decref(w.ids);
	json_decref(w.ended);
}
