/* SPDX-License-Identifier: MIT */
/*
 * job_run.c - run: a job whose terminal, streams and signals are ours, or one left to itself.
 */
#include <errno.h>
#include <string.h>

#include "ctl/attend.h"
#include "ctl/job_exit.h"
#include "ctl/job_spec.h"
#include "ctl/job_streams.h"
#include "ctl/job_words.h"
#include "ctl/run.h"

struct run {
	struct ctl *ctl;
	struct run_options o;
	struct job_streams streams;
	FILE *report; /* for --json; NULL: not asked for */
	bool report_opened;
	json_t *spec;

	struct attend attend;
	bool ended;
};

/* --- before ------------------------------------------------------------------------------ */

static bool refuse(struct run *r, const char *what)
{
	complain(r->ctl, EXIT_NOT_RUN, "run: %s", what);
	return false;
}

/* What a function with an outcome and words for it has said. */
static bool fine(struct run *r, int outcome, const struct buf *why)
{
	return outcome == 0 || refuse(r, outcome < 0 ? strerror(-outcome) : buf_str(why));
}

static bool make_spec(struct run *r, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT, lost = BUF_INIT;
	_cleanup_(stages_done) struct stages command = { 0 };
	json_t *stages = NULL;
	int outcome = job_command(n, words, &command, &why);

	if (outcome == JOB_SPEC_OK)
		outcome = job_stages(&command, &stages, &why);
	if (outcome == JOB_SPEC_OK)
		outcome = job_spec(&r->o.job, r->ctl->environ, &r->spec, &lost, &why);
	if (outcome == JOB_SPEC_OK)
		outcome = job_streams_open(&r->o, r->ctl->streams, &r->streams, &why);
	if (outcome != JOB_SPEC_OK) {
		json_decref(stages);
		return fine(r, outcome, &why);
	}
	job_say_lost(r->ctl, "run", buf_str(&lost));
	if (json_object_set_new(r->spec, "stages", stages) < 0 ||
	    job_streams_set(&r->streams, r->spec) < 0)
		return refuse(r, strerror(ENOMEM));
	return true;
}

static bool open_report(struct run *r)
{
	if (!r->o.json)
		return true;
	r->report = r->ctl->out;
	if (!*r->o.json)
		return true;
	r->report = fopen(r->o.json, "we");
	r->report_opened = r->report;
	if (r->report)
		return true;
	complain(r->ctl, EXIT_NOT_RUN, "run: %s: %s", r->o.json, strerror(errno));
	return false;
}

static bool prepare(struct run *r, size_t n, char *const *words)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	size_t used = 0;

	if (!fine(r, run_options_read(n, words, &r->o, &used, &why), &why)) {
		remark(r->ctl, "For help, use reevectl run --help");
		return false;
	}
	if (r->o.help) {
		help_command(r->ctl->out, &commands[CMD_RUN]);
		return false;
	}
	if (r->ctl->json && !r->o.json)
		r->o.json = "";
	if (n == used)
		return refuse(r, "a command is missing");
	return make_spec(r, n - used, words + used) && open_report(r);
}

/* --- after ------------------------------------------------------------------------------- */

static void report(struct run *r, const json_t *value)
{
	if (!r->report)
		return;
	if (json_dumpf(value, r->report, JSON_INDENT(2)) < 0 || fputc('\n', r->report) == EOF ||
	    fflush(r->report) == EOF)
		complain(r->ctl, EXIT_NOT_RUN, "run: %s: %s",
			 *r->o.json ? r->o.json : "standard output", strerror(errno));
}

static void say_trouble(struct run *r, const json_t *job)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	if (job_trouble(job, &why) == 0)
		job_say_lines(r->ctl, "run", buf_str(&why));
}

static void on_ended(void *owner, uint64_t seq, const json_t *job)
{
	struct run *r = owner;

	(void)seq;
	r->ended = true;
	if (!job) {
		r->ctl->status = EXIT_SIGNAL + r->attend.signal;
		return;
	}
	say_trouble(r, job);
	r->ctl->status = job_exit(job, r->o.job.pipefail);
	report(r, job);
}

static void on_refused(void *owner, uint64_t seq, const struct varlink_reply *why)
{
	struct run *r = owner;

	(void)seq;
	r->ended = true;
	(void)ask_refused(r->ctl, why);
}

static const struct visit_ops ops = { .ended = on_ended, .refused = on_refused };

/* --- meanwhile --------------------------------------------------------------------------- */

static int converse(struct run *r)
{
	int outcome = visit_run(r->attend.visit, 1, json_incref(r->spec), r->streams.fds,
				r->streams.n_fds);

	while (outcome == 0 && !r->ended) {
		struct pollfd p[ATTEND_FDS];

		outcome = attend_turn(&r->attend, p, 0, -1);
		if (r->attend.left && !r->ended) {
			r->ctl->status = EXIT_SIGNAL + r->attend.signal;
			r->ended = true;
		}
	}
	return outcome;
}

static void attend(struct run *r)
{
	const struct visit_plan plan = {
		.path = r->ctl->path,
		.patience = r->ctl->patience,
	};
	int outcome = attend_begin(&r->attend, &plan, &ops, r);

	if (outcome == 0)
		outcome = converse(r);
	if (outcome == VISIT_REFUSED)
		(void)ask_refused(r->ctl, visit_refusal(r->attend.visit));
	else if (outcome < 0)
		(void)ask_failed(r->ctl, outcome);
}

/* --- left to itself ---------------------------------------------------------------------- */

static void on_detached(struct ctl *c, const json_t *parameters, void *data)
{
	struct run *r = data;
	const json_int_t id = json_integer_value(json_object_get(parameters, "id"));

	if (r->report)
		report(r, parameters);
	else
		ctl_say(c, "%lld", (long long)id);
}

static void detach(struct run *r)
{
	(void)ask_with(r->ctl, CMD_RUN, json_pack("{s:O}", "job", r->spec), r->streams.fds,
		       r->streams.n_fds, on_detached, r);
}

static void run_done(struct run *r)
{
	attend_done(&r->attend);
	json_decref(r->spec);
	job_streams_close(&r->streams);
	run_options_done(&r->o);
	if (r->report_opened)
		(void)fclose(r->report);
}

void run_run(struct ctl *c, size_t n, char *const *words)
{
	struct run r = {
		.ctl = c,
		.o = RUN_OPTIONS_INIT,
		.streams = { .opened = { -1, -1, -1 } },
		.attend = ATTEND_INIT,
	};

	if (!prepare(&r, n, words))
		;
	else if (r.o.detach)
		detach(&r);
	else
		attend(&r);
	run_done(&r);
}
