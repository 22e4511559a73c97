/* SPDX-License-Identifier: MIT */
/*
 * job_map.c - map: one command for many items, as many at once as it may be.
 *
 * A little more is asked for than runs, so that a slot that becomes free is taken without
 * waiting for us. What a job prints is captured and printed when it has ended; what it held is
 * let go of then, so that the number of items does not matter.
 */
#include <errno.h>
#include <string.h>

#include "ctl/job_exit.h"
#include "ctl/job_spec.h"
#include "ctl/job_words.h"
#include "ctl/mapping.h"
#include "ctl/names.h"
#include "ctl/run.h"

/* --- items ------------------------------------------------------------------------------- */

static void say_item(struct mapping *m, const char *what)
{
	complain(m->ctl, EXIT_MAP_FAILED, "map: item %llu: %s",
		 (unsigned long long)m->items.given, what);
}

/* The next item and its words. False: there is none now, or it counts as failed. */
static bool next_words(struct mapping *m, const char **ret_item, json_t **ret)
{
	int r = map_items_next(&m->items, ret_item);

	if (r == MAP_ITEM_LATER)
		return false;
	if (r == MAP_ITEM_END) {
		m->no_more = true;
		return false;
	}
	if (r == MAP_ITEM)
		r = map_words_fill(&m->words, *ret_item, m->items.given, ret);
	if (r == MAP_WORDS_OK)
		return true;
	m->tally.done++;
	m->tally.failed++;
	m->last = EXIT_MAP_FAILED;
	if (r == MAP_WORDS_NOT_TEXT) {
		say_item(m, "not UTF-8, and so it cannot be sent");
	} else if (r == -EILSEQ) {
		say_item(m, "a NUL byte in a line; see --null");
	} else {
		say_item(m, r == -E2BIG ? "longer than 1 MiB" : strerror(-r));
		m->failed = m->no_more = true;
	}
	return false;
}

/* --- jobs -------------------------------------------------------------------------------- */

static bool is_ending(const struct mapping *m)
{
	return m->failed || m->halted || m->attend.signal;
}

static int ask_for(struct mapping *m, struct task *k)
{
	const int *fds = m->o.ungroup ? m->ctl->streams + 1 : k->capture.fds;
	int r = m->o.ungroup ? 0 : capture_open(&k->capture);

	if (r < 0)
		return r;
	task_fly(&m->tasks, k);
	r = visit_run(m->attend.visit, k->seq, json_pack("{s:O}", "stages", k->stages), fds,
		      CAPTURE_STREAMS);
	if (r < 0)
		task_land(&m->tasks, k);
	return r;
}

/* Take up one more item. False: there is none now. */
static bool take_up(struct mapping *m)
{
	const char *item;
	json_t *stages;
	struct task *k;
	int r;

	if (!next_words(m, &item, &stages))
		return false;
	k = tasks_add(&m->tasks, m->items.given, m->o.tag ? item : NULL, stages);
	if (!k)
		return mapping_fail(m, strerror(ENOMEM));
	k->tries = m->o.retry;
	r = ask_for(m, k);
	if (r == 0)
		return true;
	task_free(&m->tasks, k);
	return mapping_fail(m, strerror(-r));
}

static bool has_room(const struct mapping *m)
{
	return m->tasks.flying < m->flying_max && m->tasks.n - m->tasks.flying < m->held_max;
}

static void take_up_some(struct mapping *m)
{
	uint64_t given;

	do
		given = m->items.given;
	while (!is_ending(m) && !m->no_more && has_room(m) &&
	       (take_up(m) || m->items.given != given));
	m->tally.total = map_items_total(&m->items);
}

/* --- the end of a job -------------------------------------------------------------------- */

static void print_task(struct mapping *m, struct task *k)
{
	const int r = m->o.ungroup ? 0 : printer_add(&m->printer, &k->capture, k->item);

	task_free(&m->tasks, k);
	if (r < 0)
		(void)mapping_fail(m, strerror(-r));
}

/* It is to be printed now, or when its turn comes. */
static void pass_to_printer(struct mapping *m, struct task *k)
{
	int r;

	if (!m->o.keep_order) {
		print_task(m, k);
		return;
	}
	r = capture_fold(&k->capture);
	if (r < 0)
		(void)mapping_fail(m, strerror(-r));
}

static void print_those_whose_turn_it_is(struct mapping *m)
{
	struct task *k;

	while (m->o.keep_order && (k = tasks_first_over(&m->tasks)))
		print_task(m, k);
}

static void halt(struct mapping *m, const json_t *job)
{
	_cleanup_(buf_done) struct buf command = BUF_INIT;

	m->halted = true;
	visit_withdraw(m->attend.visit);
	visit_order(m->attend.visit, m->o.halt.when == HALT_NOW ? ORDER_STOP : ORDER_DROP, 0);
	if (job_put_command(job, &command) == 0)
		remark(m->ctl, "reevectl: map: halted after: %s", buf_str(&command));
}

static void count(struct mapping *m, const struct task *k, const json_t *job)
{
	const int status = job_exit(job, m->o.job.pipefail);

	m->tally.done++;
	m->tally.failed += status != 0;
	if (!m->halted)
		m->last = status;
	if (m->log && map_log_put(m->log, k->number, job) < 0)
		(void)mapping_fail(m, "the log of jobs cannot be written");
	if (!m->halted && halt_reached(&m->o.halt, &m->tally))
		halt(m, job);
}

/* True: it runs again. */
static bool try_again(struct mapping *m, struct task *k, const json_t *job)
{
	if (k->tries == 0 || is_ending(m) || job_exit(job, m->o.job.pipefail) == 0)
		return false;
	k->tries--;
	capture_close(&k->capture);
	return ask_for(m, k) == 0;
}

static void say_trouble(struct mapping *m, const json_t *job)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;

	if (job_trouble(job, &why) == 0)
		job_say_lines(m->ctl, "map", buf_str(&why));
}

/* It never ran: it was dropped because of an end that is under way, or by somebody else. */
static void skip(struct mapping *m, struct task *k, const json_t *job)
{
	if (job && !is_ending(m)) {
		say_trouble(m, job);
		count(m, k, job);
	}
	task_free(&m->tasks, k);
}

static void on_ended(void *owner, uint64_t seq, const json_t *job)
{
	struct mapping *m = owner;
	struct task *k = tasks_find(&m->tasks, seq);

	if (!k)
		return;
	task_land(&m->tasks, k);
	if (!job || !strcmp(member_text(job, "state"), "skipped")) {
		skip(m, k, job);
	} else if (!try_again(m, k, job)) {
		say_trouble(m, job);
		count(m, k, job);
		pass_to_printer(m, k);
	}
	print_those_whose_turn_it_is(m);
}

/* What is refused once is refused always: a pool that is not there, a right that is missing. */
static void on_refused(void *owner, uint64_t seq, const struct varlink_reply *why)
{
	struct mapping *m = owner;
	struct task *k = tasks_find(&m->tasks, seq);

	if (!m->failed)
		(void)ask_refused(m->ctl, why);
	m->failed = true;
	visit_withdraw(m->attend.visit);
	if (!k)
		return;
	task_land(&m->tasks, k);
	task_free(&m->tasks, k);
}

static const struct visit_ops ops = { .ended = on_ended, .refused = on_refused };

/* --- meanwhile --------------------------------------------------------------------------- */

/* Of those that fly, a few only wait for the next slot. */
static size_t running(const struct mapping *m)
{
	return m->o.slots && m->tasks.flying > m->o.slots ? m->o.slots : m->tasks.flying;
}

/* With items to be read and something to be printed, if there is. */
static int turn(struct mapping *m)
{
	struct pollfd p[2 + ATTEND_FDS];
	const bool hungry = !m->no_more && !is_ending(m) && map_items_hungry(&m->items);
	const bool busy = printer_busy(&m->printer);
	unsigned n = 0;
	int r;

	if (hungry)
		p[n++] = (struct pollfd){ .fd = m->items.fd, .events = POLLIN };
	if (busy)
		p[n++] = printer_poll(&m->printer);
	r = attend_turn(&m->attend, p, n, progress_wait(&m->progress));
	if (r != VISIT_OK)
		return r;
	if (hungry && p[0].revents)
		r = map_items_read(&m->items);
	if (r == 0 && busy && p[n - 1].revents) {
		progress_hide(&m->progress);
		r = printer_write(&m->printer);
	}
	progress_show(&m->progress, &m->tally, running(m));
	return r;
}

static bool is_over(const struct mapping *m)
{
	if (m->failed || m->attend.left)
		return true;
	return !m->tasks.flying && !printer_busy(&m->printer) && (m->no_more || is_ending(m));
}

static void converse(struct mapping *m)
{
	int r = 0;

	for (;;) {
		take_up_some(m);
		if (is_over(m) || r != 0)
			break;
		r = turn(m);
	}
	progress_hide(&m->progress);
	if (r == 0)
		return;
	if (r == VISIT_REFUSED)
		(void)ask_refused(m->ctl, visit_refusal(m->attend.visit));
	else
		(void)ask_failed(m->ctl, r);
	m->failed = true;
}

static void attend(struct mapping *m)
{
	const struct visit_plan plan = {
		.path = m->ctl->path,
		.spec = json_incref(m->spec),
		.limit = (int)m->o.slots,
		.patience = m->ctl->patience,
	};
	const int r = attend_begin(&m->attend, &plan, &ops, m);

	if (r == 0) {
		converse(m);
		return;
	}
	(void)ask_failed(m->ctl, r);
	m->failed = true;
}

/* What would be run. */
static void rehearse(struct mapping *m)
{
	while (!m->no_more && !m->failed) {
		_cleanup_(buf_done) struct buf text = BUF_INIT;
		const char *item;
		json_t *stages;
		int r;

		if (map_items_hungry(&m->items) && (r = map_items_read(&m->items)) < 0) {
			(void)mapping_fail(m, strerror(-r));
			return;
		}
		if (!next_words(m, &item, &stages))
			continue;
		if (job_put_stages(stages, &text) == 0)
			ctl_say(m->ctl, "%s", buf_str(&text));
		json_decref(stages);
	}
}

static int status_of(const struct mapping *m)
{
	if (m->failed)
		return EXIT_MAP_FAILED;
	if (m->attend.signal)
		return EXIT_SIGNAL + m->attend.signal;
	return tally_exit(&m->tally, &m->o.halt, m->halted, m->last);
}

void run_map(struct ctl *c, size_t n, char *const *words)
{
	struct mapping m = { .ctl = c, .o = MAP_OPTIONS_INIT, .attend = ATTEND_INIT };
	const bool terminal = isatty(c->streams[2]);

	tasks_init(&m.tasks);
	printer_init(&m.printer, c->streams + 1);
	if (mapping_prepare(&m, n, words)) {
		progress_init(&m.progress,
			      terminal && !m.o.quiet && !m.o.ungroup ? c->err : NULL);
		if (m.o.dry_run)
			rehearse(&m);
		else
			attend(&m);
	}
	if (!m.o.help)
		c->status = status_of(&m);
	mapping_done(&m);
}
