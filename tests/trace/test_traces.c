/* SPDX-License-Identifier: MIT */
/*
 * Runs each trace of tests/trace/: a roster, a clock that moves only when a line says so, what
 * goes in and what must come out, and nothing else. README.md there says how to read and write
 * them.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>

#include "tests/trace/script.h"
#include "tests/unit/harness.h"

#define DIRECTORY "tests/trace"
enum { MAX_TRACES = 200, MAX_PENDING = 200, MAX_PROCESSES = 16 };

static char traces[MAX_TRACES][96];
static int n_traces;

/* What came out and was not asked for yet. */
struct outcome {
	mono_t at;
	char text[96];
};

static struct {
	const char *file;
	unsigned line;
	struct roster *roster;
	mono_t now;
	struct outcome out[MAX_PENDING];
	size_t n_out, n_asked;
	char names[MAX_PROCESSES + 1][32]; /* by id, also of those that are gone */
	char hidden[32]; /* the hidden group, or "" */
} t;

/* Fail, with the place in the trace. */
__attribute__((format(printf, 1, 2))) static _Noreturn void refuse(const char *fmt, ...)
{
	char why[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	ck_abort_msg("%s:%u: %s", t.file, t.line, why);
	abort(); /* not reached, but Check does not say so */
}

#define must(cond, ...)                                                                        \
	do {                                                                                   \
		if (!(cond))                                                                   \
			refuse(__VA_ARGS__);                                                   \
	} while (0)

static const struct proc_policy supervisord_s_defaults = {
	.startsecs = 1000,
	.startretries = 3,
	.restart = RESTART_UNEXPECTED,
	.exitcodes = { 1 },
	.stopsignal = SIGTERM,
	.stopwait = 10000,
};

/* --- what comes out ----------------------------------------------------------------------- */

static void note(const struct effects *fx)
{
	for (size_t i = 0; i < fx->n; i++) {
		struct outcome *o = &t.out[t.n_out];

		must(t.n_out < MAX_PENDING, "too much happens");
		script_effect(&fx->v[i], t.names[fx->v[i].proc], o->text, sizeof o->text);
		o->at = t.now;
		t.n_out += *o->text != '\0';
	}
}

static void step(const struct event *ev)
{
	struct effects fx = { 0 };

	roster_step(t.roster, ev, t.now, &fx);
	note(&fx);
}

/* All that the roster wants by itself, each thing at its time, until @to. */
static void pass(mono_t to)
{
	struct event ev;

	for (;;) {
		mono_t due;

		while (roster_more(t.roster, t.now, &ev))
			step(&ev);
		due = roster_due(t.roster);
		if (mono_before(to, due))
			break;
		t.now = due;
	}
	t.now = to;
}

static void expect(const struct script_line *l)
{
	const struct outcome *o = &t.out[t.n_asked];
	char text[96] = "";

	for (size_t i = 0; i < l->n; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
			 l->word[i]);
	must(t.n_asked < t.n_out, "'%s' does not happen", text);
	must(strcmp(o->text, text) == 0 && o->at.ms == (l->timed ? l->at : t.now).ms,
	     "'%s' is expected, but what happens is: %g > %s", text, (double)o->at.ms / 1000,
	     o->text);
	t.n_asked++;
}

static void expect_no_more(void)
{
	must(t.n_asked == t.n_out, "nothing more is expected, but this happens: %g > %s",
	     (double)t.out[t.n_asked].at.ms / 1000, t.out[t.n_asked].text);
}

/* --- what goes in ------------------------------------------------------------------------- */

/* "group:name", or "name" for both. */
static void split(const char *word, char *group, char *name)
{
	const char *colon = strchr(word, ':');

	must(strlen(word) < 32, "'%s' is too long", word);
	snprintf(group, 32, "%.*s", colon ? (int)(colon - word) : 31, word);
	snprintf(name, 32, "%s", colon ? colon + 1 : word);
}

static proc_id find(const char *word)
{
	char group[32], name[32];
	proc_id id;

	split(word, group, name);
	id = roster_find(t.roster, group, name);
	must(id != 0, "there is no '%s'", word);
	return id;
}

static void read_policy(const struct script_line *l, struct proc_policy *policy, int *priority)
{
	for (size_t i = 2; i < l->n; i++) {
		const char *v = script_value(l->word[i], "priority");
		long n;

		if (v && script_number(v, &n))
			*priority = (int)n;
		else
			must(script_policy(l->word[i], policy), "'%s' is no policy",
			     l->word[i]);
	}
}

/* program [GROUP:]NAME KEY=VALUE... */
static void do_program(const struct script_line *l)
{
	struct roster_member m = { .priority = 999, .policy = supervisord_s_defaults };
	char group[32], name[32];
	proc_id id;

	split(l->word[1], group, name);
	m.name = name;
	read_policy(l, &m.policy, &m.priority);
	if (roster_has_group(t.roster, group))
		ck_assert_int_eq(roster_add_process(t.roster, group, &m, true, t.now, &id), 0);
	else
		ck_assert_int_eq(
			roster_add_group(t.roster, group, m.priority, &m, 1, true, t.now, &id),
			0);
	must(id <= MAX_PROCESSES, "too many programs");
	snprintf(t.names[id], sizeof t.names[id], "%s", l->word[1]);
}

/* group NAME PRIORITY */
static void do_group(const struct script_line *l)
{
	long priority;

	must(l->n == 3 && script_number(l->word[2], &priority), "group NAME PRIORITY");
	ck_assert_int_eq(roster_add_group(t.roster, l->word[1], (int)priority, NULL, 0, false,
					  t.now, NULL),
			 0);
}

/* hidden NAME: a group that is not for everybody */
static void do_hidden(const struct script_line *l)
{
	char none[32];

	must(!*t.hidden, "there is one already");
	split(l->word[1], t.hidden, none);
	ck_assert_int_eq(roster_add_hidden_group(t.roster, t.hidden), 0);
}

/* policy NAME KEY=VALUE...: what is not said stays as it is */
static void do_policy(const struct script_line *l)
{
	const proc_id id = find(l->word[1]);
	struct effects fx = { 0 };
	struct proc_policy policy;
	struct roster_entry e;

	ck_assert(roster_get(t.roster, id, &e));
	policy = *e.proc->policy;
	read_policy(l, &policy, &e.priority);
	roster_set_policy(t.roster, id, e.priority, &policy, t.now, &fx);
	note(&fx);
}

/* Put one process as the ledger has it into the roster of the next manager. */
static void adopt(struct roster *next, const struct roster_entry *e)
{
	const struct proc saved = *e->proc;
	struct roster_member m = {
		.name = e->name,
		.priority = e->priority,
		.policy = *e->proc->policy,
		.saved = &saved,
	};
	proc_id id;

	if (!roster_has_group(next, e->group))
		ck_assert_int_eq(roster_add_group(next, e->group, e->group_priority, NULL, 0,
						  false, t.now, NULL),
				 0);
	ck_assert_int_eq(roster_add_process(next, e->group, &m, true, t.now, &id), 0);
	ck_assert_uint_eq(id, e->proc->id);
}

/* crash: the manager ends, and another one has what the ledger says */
static void do_crash(void)
{
	const bool closing = roster_shutting_down(t.roster);
	proc_id ids[MAX_PROCESSES];
	struct roster *next;
	size_t n;

	ck_assert_int_eq(roster_new(roster_next_id(t.roster), &next), 0);
	n = roster_list(t.roster, NULL, ORDER_PRIORITY, ids, MAX_PROCESSES);
	if (*t.hidden) {
		ck_assert_int_eq(roster_add_hidden_group(next, t.hidden), 0);
		n += roster_list(t.roster, t.hidden, ORDER_PRIORITY, ids + n,
				 MAX_PROCESSES - n);
	}
	for (size_t i = 0; i < n; i++) {
		struct roster_entry e;

		ck_assert(roster_get(t.roster, ids[i], &e));
		adopt(next, &e);
	}
	roster_free(t.roster);
	t.roster = next;
	if (closing)
		roster_shutdown(t.roster);
}

/* The argument of an event, from its word. */
static void read_arg(const char *word, struct event *ev)
{
	long n = 0;
	bool fits = false;

	switch (ev->kind) {
	case EVENT_SPAWNED:
		fits = script_number(word, &n);
		ev->arg = (int)n;
		break;
	case EVENT_EXEC_FAILED:
	case EVENT_NO_FORK:
		fits = script_errno(word, &ev->arg);
		break;
	case EVENT_EXITED:
		fits = script_status(word, &ev->arg);
		break;
	case EVENT_START:
	case EVENT_STOP:
	case EVENT_RESTART:
	case EVENT_EXEC_OK:
	case EVENT_LOST:
	case EVENT_DUE:
		break;
	}
	must(fits, "%s cannot be '%s'", event_kind_name(ev->kind), word);
}

/* EVENT NAME [gen=N] [ARGUMENT]; without gen it is about the present incarnation */
static void do_event(const struct script_line *l, enum event_kind kind)
{
	struct event ev = { .kind = kind };
	struct roster_entry e;

	must(l->n >= 2, "of which process?");
	ev.proc = find(l->word[1]);
	ck_assert(roster_get(t.roster, ev.proc, &e));
	ev.gen = e.proc->gen;
	for (size_t i = 2; i < l->n; i++) {
		const char *v = script_value(l->word[i], "gen");
		long n;

		if (v && script_number(v, &n))
			ev.gen = (proc_gen)n;
		else
			read_arg(l->word[i], &ev);
	}
	step(&ev);
	pass(t.now);
}

/* may NAME start|stop|restart yes|no */
static void do_may(const struct script_line *l)
{
	struct roster_entry e;
	enum event_kind kind;

	must(l->n == 4 && script_event(l->word[2], &kind), "may NAME REQUEST yes|no");
	ck_assert(roster_get(t.roster, find(l->word[1]), &e));
	must(proc_may(e.proc, kind) == (strcmp(l->word[3], "yes") == 0), "%s is %s", l->word[2],
	     proc_may(e.proc, kind) ? "allowed" : "refused");
}

/* Everything that check lines can ask about, in words. */
static void describe(const struct proc *p, char *ret, size_t size)
{
	snprintf(ret, size,
		 "state=%s cause=%s seen=%s want=%s again=%s held=%s gen=%u pid=%d failures=%d "
		 "no_fork=%d restarts=%u error=%s",
		 proc_state_name(p->state), proc_cause_name(p->cause),
		 proc_seen_name(proc_seen(p)), p->want_up ? "up" : "down",
		 p->again ? "yes" : "no", p->held ? "yes" : "no", p->gen, p->pid, p->failures,
		 p->no_fork, p->restarts, p->exec_error ? strerrorname_np(p->exec_error) : "0");
}

/* check NAME KEY=VALUE... */
static void do_check(const struct script_line *l)
{
	char all[512], padded[520];
	struct roster_entry e;

	ck_assert(roster_get(t.roster, find(l->word[1]), &e));
	describe(e.proc, all, sizeof all);
	snprintf(padded, sizeof padded, " %s ", all);
	for (size_t i = 2; i < l->n; i++) {
		char word[64];

		snprintf(word, sizeof word, " %s ", l->word[i]);
		must(strstr(padded, word), "not %s, but %s", l->word[i], all);
	}
}

/* The lines that are not events. */
static bool do_other(const struct script_line *l)
{
	const char *what = l->word[0];

	if (strcmp(what, "shutdown") == 0) {
		roster_shutdown(t.roster);
		pass(t.now);
	} else if (strcmp(what, "crash") == 0) {
		do_crash();
	} else if (strcmp(what, "wait") == 0) {
		pass(t.now);
	} else if (l->n < 2) {
		return false;
	} else if (strcmp(what, "program") == 0) {
		do_program(l);
	} else if (strcmp(what, "group") == 0) {
		do_group(l);
	} else if (strcmp(what, "hidden") == 0) {
		do_hidden(l);
	} else if (strcmp(what, "policy") == 0) {
		do_policy(l);
	} else if (strcmp(what, "may") == 0) {
		do_may(l);
	} else if (strcmp(what, "check") == 0) {
		do_check(l);
	} else if (strcmp(what, "remove") == 0) {
		roster_remove_when_down(t.roster, find(l->word[1]));
		pass(t.now);
	} else {
		return false;
	}
	return true;
}

static void do_line(const struct script_line *l)
{
	enum event_kind kind;

	if (l->effect) {
		/* Time passes also for what is expected: to its moment, and no further. */
		if (l->timed && mono_before(t.now, l->at))
			pass(l->at);
		expect(l);
		return;
	}
	if (l->timed) {
		must(!mono_before(l->at, t.now), "it is later than that");
		if (mono_before(t.now, l->at))
			pass(l->at);
	}
	expect_no_more();
	if (script_event(l->word[0], &kind))
		do_event(l, kind);
	else
		must(do_other(l), "'%s' means nothing", l->word[0]);
}

static void run_trace(const char *name)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[128], text[512];
	struct script_line l;

	snprintf(path, sizeof path, "%s/%s", DIRECTORY, name);
	f = fopen(path, "re");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	memset(&t, 0, sizeof t);
	t.file = path;
	ck_assert_int_eq(roster_new(1, &t.roster), 0);
	while (fgets(text, sizeof text, f)) {
		t.line++;
		must(script_parse(text, &l), "not a line of a trace");
		if (l.n)
			do_line(&l);
	}
	expect_no_more();
	t.roster = roster_free(t.roster);
}

START_TEST(a_trace_goes_as_it_is_written)
{
	run_trace(traces[_i]);
}
END_TEST

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void find_traces(void)
{
	_cleanup_(closedirp) DIR *dir = opendir(DIRECTORY);
	struct dirent *d;

	while (dir && (d = readdir(dir)) && n_traces < MAX_TRACES) {
		const char *end = strrchr(d->d_name, '.');

		if (end && strcmp(end, ".trace") == 0)
			snprintf(traces[n_traces++], sizeof traces[0], "%.95s", d->d_name);
	}
	qsort(traces, (size_t)n_traces, sizeof traces[0], by_name);
}

static Suite *suite(void)
{
	Suite *s = suite_create("traces");

	find_traces();
	for (int i = 0; i < n_traces; i++)
		tcase_add_loop_test(harness_case(s, traces[i]), a_trace_goes_as_it_is_written,
				    i, i + 1);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
