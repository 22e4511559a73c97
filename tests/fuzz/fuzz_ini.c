/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ini.c - any text as a configuration: it is refused with located complaints, or what is
 * printed of it loads again without a complaint, prints the same and needs no change; also as
 * the text of the daemon's own that is not looked at twice.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "conf/config.h"
#include "conf/cpus.h"
#include "conf/logs.h"
#include "conf/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *const variables[] = { (char *)"HOME=/root",
				   (char *)"ODD= a ;b\n #c\r\n\n d % \"' ", (char *)"A=1\"\\,",
				   NULL };

static const struct config_world world = {
	.environ = variables,
	.host = "host",
	.cwd = "/",
	.home = "/",
	.runtime_dir = "/run/user/1",
	.processors = 3,
};

/* "group:name" of a process whose output waits for us. */
static void expect_source(const struct config *c, const char *text)
{
	const char *colon = strchr(text, ':');
	char group[4096];
	const struct group_spec *g;
	size_t found = 0;

	assert(colon && (size_t)(colon - text) < sizeof group);
	memcpy(group, text, (size_t)(colon - text));
	group[colon - text] = '\0';
	g = config_group(c, group);
	assert(g);
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->v[i].name, colon + 1) == 0)
			found += g->v[i].stdout_wired;
	assert(found == 1);
}

static void expect_sane_input(const struct config *c, const struct process_spec *p)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	_cleanup_(freep) char *cpus = NULL;

	assert((p->in.kind == STDIN_NULL) == !p->in.text);
	if (p->in.kind == STDIN_FILE)
		assert(*p->in.text == '/');
	if (p->in.kind == STDIN_DATA)
		assert(strlen(p->in.text) <= STDIN_DATA_MAX);
	if (p->in.kind == STDIN_PROGRAM)
		expect_source(c, p->in.text);
	if (p->stdout_wired)
		assert(p->out.kind == LOG_NONE && !p->redirect_stderr);
	assert(p->retries >= 0 && p->retry_delay >= 0);
	if (p->cpu_affinity) {
		int r = cpus_read(p->cpu_affinity, &cpus, &why);

		assert(r == 0 && strcmp(cpus, p->cpu_affinity) == 0);
	}
}

static void expect_sane_stream(const struct stream_spec *s)
{
	size_t syslogs = s->syslog;

	assert((s->kind == LOG_FILE) == (s->path != NULL));
	assert(s->n_more + s->syslog < LOG_TARGETS_MAX);
	for (size_t i = 0; i < s->n_more; i++) {
		assert((s->more[i].kind == LOG_TARGET_FILE) == (s->more[i].path != NULL));
		assert(s->more[i].kind != LOG_TARGET_FILE || s->kind != LOG_NONE);
		syslogs += s->more[i].kind == LOG_TARGET_SYSLOG;
	}
	assert(syslogs <= 1);
	assert(!s->prefix || (*s->prefix && strlen(s->prefix) <= LOG_PREFIX_MAX));
	assert(s->prefix || s->format != LOG_PREFIX);
	assert(s->rotate_age >= 0 && s->keep_age >= 0 && s->maxbytes >= 0);
}

static void expect_sane_amount(const struct amount *a)
{
	assert((a->kind == AMOUNT_MAX) == !a->n);
	assert(a->kind != AMOUNT_PERCENT || a->n <= 10000);
}

static void expect_sane_limits(const struct process_spec *p)
{
	const struct limits_spec *l = &p->limits;

	for (int i = 0; i < LIMIT_N; i++)
		assert(!l->rlimit[i].set || l->rlimit[i].soft <= l->rlimit[i].hard);
	expect_sane_amount(&l->memory_max);
	expect_sane_amount(&l->memory_high);
	expect_sane_amount(&l->tasks_max);
	assert(!l->cpu_max.quota_us || l->cpu_max.quota_us >= 1000);
	assert(l->cpu_max.period_us >= 1000 && l->cpu_max.period_us <= 1000000);
	assert(l->cpu_weight >= 0 && l->io_weight <= WEIGHT_MAX);
	assert(l->nice == LIMIT_INHERIT || (l->nice >= -20 && l->nice <= 19));
	assert(l->ioprio == LIMIT_INHERIT || (l->ioprio >> 13 >= 1 && l->ioprio >> 13 <= 3));
	assert(p->readiness == READINESS_NOTIFY || !p->watchdog);
	assert(p->log_rate ? p->log_burst >= p->log_rate : !p->log_burst);
}

static void expect_pipeline(const struct group_spec *g)
{
	assert(g->n >= 2);
	for (size_t i = 1; i < g->n; i++) {
		const char *from = g->v[i].in.text;
		size_t n = strlen(g->name);

		assert(g->v[i].in.kind == STDIN_PROGRAM);
		assert(strncmp(from, g->name, n) == 0 && from[n] == ':');
		assert(strcmp(from + n + 1, g->v[i - 1].name) == 0);
	}
}

static void expect_sane_jobs(const struct config *c)
{
	assert(c->reeve.job_history >= 0 && c->reeve.job_history <= 100000);
	assert(c->reeve.job_logdir);
	for (size_t i = 0; i < c->n_pools; i++) {
		assert(c->pools[i].slots >= 1 && c->pools[i].slots <= 10000);
		assert(c->pools[i].origin.file);
		if (i)
			assert(strcmp(c->pools[i - 1].name, c->pools[i].name) < 0);
	}
}

static void expect_sane(const struct config *c)
{
	for (size_t i = 0; i < c->n_groups; i++) {
		const struct group_spec *g = c->groups[i];

		assert(config_group(c, g->name) == g && g->refs == 1);
		for (size_t k = 0; k < g->n; k++) {
			const struct process_spec *p = &g->v[k];

			assert(*p->name && !strpbrk(p->name, " :/"));
			assert(p->startsecs >= 0 && p->stopwaitsecs >= 0 && p->runtimeout >= 0);
			expect_sane_stream(&p->out);
			expect_sane_stream(&p->err);
			expect_sane_limits(p);
			assert(plan_compare(p, p) == PLAN_SAME);
			expect_sane_input(c, p);
		}
		if (g->pipeline)
			expect_pipeline(g);
		if (i)
			assert(c->groups[i - 1]->priority <= g->priority);
	}
}

/* What @text, which was printed of @c, loads as prints as @whole and needs no change. */
static void expect_again(const struct config *c, const struct buf *text, bool trusted,
			 const struct buf *whole)
{
	struct config_world w = world;

	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(buf_done) struct buf twice = BUF_INIT;
	_cleanup_(config_freep) struct config *again = NULL;
	_cleanup_(plan_donep) struct plan plan = { NULL, 0 };
	int r;

	w.trusted = trusted;
	r = config_load_text(buf_str(text), text->len, "/x.conf", &w, &d, &again);
	assert(r == CONFIG_OK);
	for (size_t i = 0; i < d.n; i++)
		assert(d.v[i].kind != DIAG_ERROR);
	r = config_print(again, &twice);
	assert(r == 0 && strcmp(buf_str(whole), buf_str(&twice)) == 0);
	r = plan_make(c->groups, c->n_groups, again, &plan);
	assert(r == 0 && plan.n == 0);
}

static void expect_round_trip(const struct config *c)
{
	_cleanup_(buf_done) struct buf whole = BUF_INIT, running = BUF_INIT;
	int r = config_print(c, &whole);

	assert(r == 0);
	expect_again(c, &whole, false, &whole);
	expect_again(c, &whole, true, &whole);
	r = config_print_running(c, c->groups, c->n_groups, &running);
	assert(r == 0);
	expect_again(c, &running, true, &whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;
	int r;

	if (memmem(data, size, "include", 7))
		return 0; /* what it would read depends on the machine */
	r = config_load_text((const char *)data, size, "/x.conf", &world, &d, &c);
	assert(r == CONFIG_OK || r == CONFIG_REFUSED);
	assert((r == CONFIG_REFUSED) == (d.errors > 0));
	diags_sort(&d);
	for (size_t i = 0; i < d.n; i++)
		assert(d.v[i].text && *d.v[i].text);
	if (r == CONFIG_REFUSED) {
		assert(!c);
		return 0;
	}
	expect_sane(c);
	expect_sane_jobs(c);
	expect_round_trip(c);
	return 0;
}
