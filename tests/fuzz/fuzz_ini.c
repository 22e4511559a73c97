/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ini.c - any text as a configuration: it is refused with located complaints, or what is
 * printed of it loads again without a complaint, prints the same and needs no change.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "conf/config.h"
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
};

static void expect_sane(const struct config *c)
{
	for (size_t i = 0; i < c->n_groups; i++) {
		const struct group_spec *g = c->groups[i];

		assert(config_group(c, g->name) == g && g->refs == 1);
		for (size_t k = 0; k < g->n; k++) {
			const struct process_spec *p = &g->v[k];

			assert(*p->name && !strpbrk(p->name, " :/"));
			assert(p->startsecs >= 0 && p->stopwaitsecs >= 0 && p->runtimeout >= 0);
			assert((p->out.kind == LOG_FILE) == (p->out.path != NULL));
			assert((p->err.kind == LOG_FILE) == (p->err.path != NULL));
			assert(plan_compare(p, p) == PLAN_SAME);
		}
		if (i)
			assert(c->groups[i - 1]->priority <= g->priority);
	}
}

static void expect_round_trip(const struct config *c)
{
	_cleanup_(diags_done) struct diags d = DIAGS_INIT;
	_cleanup_(buf_done) struct buf once = BUF_INIT, twice = BUF_INIT;
	_cleanup_(config_freep) struct config *again = NULL;
	_cleanup_(plan_donep) struct plan plan = { NULL, 0 };
	int r = config_print(c, &once);

	assert(r == 0);
	r = config_load_text(buf_str(&once), once.len, "/x.conf", &world, &d, &again);
	assert(r == CONFIG_OK);
	for (size_t i = 0; i < d.n; i++)
		assert(d.v[i].kind != DIAG_ERROR);
	r = config_print(again, &twice);
	assert(r == 0 && strcmp(buf_str(&once), buf_str(&twice)) == 0);
	r = plan_make(c->groups, c->n_groups, again, &plan);
	assert(r == 0 && plan.n == 0);
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
	expect_round_trip(c);
	return 0;
}
