/* SPDX-License-Identifier: MIT */
#include "ctl/map_log.h"

#include <errno.h>

#include "ctl/clock.h"
#include "ctl/job_words.h"

enum { PROGRESS_EVERY = 500 /* ms */ };

int map_log_begin(FILE *f)
{
	const int n = fprintf(f, "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\t"
				 "Signal\tCommand\n");

	return n < 0 || fflush(f) == EOF ? -errno : 0;
}

/* Of what was stopped because of its time, parallel knows no exit status: -1. */
static void ends_of(const json_t *job, int *ret_exit, int *ret_signal)
{
	const int status = (int)json_integer_value(json_object_get(job, "status"));

	*ret_exit = status < 0 ? 0 : status;
	*ret_signal = status < 0 ? -status : 0;
	if (json_is_true(json_object_get(job, "timed_out")) ||
	    !json_is_integer(json_object_get(job, "status")))
		*ret_exit = -1;
}

int map_log_put(FILE *f, uint64_t number, const json_t *job)
{
	const json_int_t started = json_integer_value(json_object_get(job, "started_ms"));
	const json_int_t ended = json_integer_value(json_object_get(job, "ended_ms"));
	_cleanup_(buf_done) struct buf command = BUF_INIT;
	int status, signal, n;

	if (job_put_command(job, &command) < 0)
		return -ENOMEM;
	ends_of(job, &status, &signal);
	n = fprintf(f, "%llu\t:\t%lld.%03lld\t%10.3f\t0\t0\t%d\t%d\t%s\n",
		    (unsigned long long)number, (long long)started / 1000,
		    (long long)started % 1000, (double)(ended - started) / 1000, status, signal,
		    buf_str(&command));
	return n < 0 || fflush(f) == EOF ? -errno : 0;
}

/* --- progress ---------------------------------------------------------------------------- */

void progress_init(struct progress *p, FILE *to)
{
	const mono_t now = clock_mono();

	*p = (struct progress){ .to = to, .begun = now, .due = mono_add(now, PROGRESS_EVERY) };
}

static int put_left(const struct tally *t, msec_t elapsed, struct buf *out)
{
	const uint64_t left = t->total - t->done;
	int r = buf_puts(out, ", ");

	if (r == 0)
		r = job_put_span((msec_t)((double)elapsed / (double)t->done * (double)left),
				 out);
	return r < 0 ? r : buf_puts(out, " left");
}

int progress_put(const struct tally *t, size_t flying, msec_t elapsed, struct buf *out)
{
	int r = buf_printf(out, "%llu", (unsigned long long)t->done);

	if (r == 0 && t->total)
		r = buf_printf(out, "/%llu", (unsigned long long)t->total);
	if (r == 0)
		r = buf_puts(out, " done");
	if (r == 0 && t->failed)
		r = buf_printf(out, ", %llu failed", (unsigned long long)t->failed);
	if (r == 0)
		r = buf_printf(out, ", %zu under way", flying);
	if (r == 0 && t->total > t->done && t->done)
		r = put_left(t, elapsed, out);
	return r;
}

void progress_hide(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\x1b[K", p->to);
	fflush(p->to);
	p->shown = false;
}

void progress_show(struct progress *p, const struct tally *t, size_t flying)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const mono_t now = clock_mono();

	if (!p->to || mono_before(now, p->due))
		return;
	p->due = mono_add(now, PROGRESS_EVERY);
	if (progress_put(t, flying, mono_span(p->begun, now), &text) < 0)
		return;
	fprintf(p->to, "\r%s\x1b[K", buf_str(&text));
	fflush(p->to);
	p->shown = true;
}

int progress_wait(const struct progress *p)
{
	return p->to ? clock_wait(p->due) : -1;
}
