/* SPDX-License-Identifier: MIT */
#include "daemon/manager/unit.h"

#include <errno.h>
#include <string.h>

#include "daemon/manager/job.h"

static struct unit *make(void)
{
	struct unit *u = calloc(1, sizeof *u);

	if (!u)
		return NULL;
	list_init(&u->waits);
	list_init(&u->leaving);
	return u;
}

int unit_new(struct group_spec *g, const struct process_spec *spec, struct unit **ret)
{
	struct unit *u = make();

	if (!u)
		return -ENOMEM;
	u->group = group_spec_ref(g);
	u->spec = spec;
	*ret = u;
	return 0;
}

int unit_new_stage(struct stage *s, struct unit **ret)
{
	struct unit *u = make();

	if (!u)
		return -ENOMEM;
	u->of_job = true;
	u->stage = s;
	stage_name(s, u->stage_name);
	s->unit = u;
	*ret = u;
	return 0;
}

struct unit *unit_free(struct unit *u)
{
	if (!u)
		return NULL;
	list_unlink(&u->leaving);
	group_spec_unref(u->group);
	group_spec_unref(u->next_group);
	free(u);
	return NULL;
}

void unit_adopt(struct unit *u, const struct ledger_entry *e)
{
	u->started_ms = e->started_ms;
	u->stopped_ms = e->stopped_ms;
	u->cpu_us = e->cpu_us;
	u->maxrss_kb = e->maxrss_kb;
	u->last = e->last;
	u->leftovers = e->leftovers;
}

const char *unit_name(const struct unit *u)
{
	return u->of_job ? u->stage_name : u->spec->name;
}

const char *unit_group(const struct unit *u)
{
	return u->of_job ? JOBS_GROUP : u->group->name;
}

void unit_plan(struct unit *u, struct group_spec *g, const struct process_spec *spec)
{
	struct group_spec *before = u->next_group;

	u->next_group = group_spec_ref(g);
	u->next = spec;
	group_spec_unref(before);
}

void unit_unplan(struct unit *u)
{
	u->next_group = group_spec_unref(u->next_group);
	u->next = NULL;
}

bool unit_switch(struct unit *u)
{
	if (!u->next)
		return false;
	group_spec_unref(u->group);
	u->group = TAKE_PTR(u->next_group);
	u->spec = TAKE_PTR(u->next);
	return true;
}

static enum proc_restart restart_of(enum autorestart a)
{
	switch (a) {
	case AUTORESTART_NEVER:
		return RESTART_NEVER;
	case AUTORESTART_UNEXPECTED:
		return RESTART_UNEXPECTED;
	case AUTORESTART_ALWAYS:
		return RESTART_ALWAYS;
	}
	return RESTART_NEVER;
}

struct proc_policy unit_policy(const struct process_spec *spec)
{
	struct proc_policy p = {
		.autostart = spec->autostart,
		.startsecs = spec->startsecs,
		.startretries = spec->startretries,
		.restart = restart_of(spec->autorestart),
		.stopsignal = spec->stopsignal,
		.stopwait = spec->stopwaitsecs,
		.stop_group = spec->stopasgroup,
		.kill_group = spec->killasgroup,
		.runtimeout = spec->runtimeout,
		.rate = spec->restart_rate,
		.burst = spec->restart_burst,
		.oneshot = spec->oneshot,
		.retries = spec->retries,
		.retry_delay = spec->retry_delay,
	};

	_Static_assert(sizeof p.exitcodes == sizeof spec->exitcodes, "the same bit set");
	memcpy(p.exitcodes, spec->exitcodes, sizeof p.exitcodes);
	return p;
}
