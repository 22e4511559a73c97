/* SPDX-License-Identifier: MIT */
/*
 * roster_story.h - a roster, a clock that moves only when a test says so, and what happens told
 * in one line, for the suites of the roster. (Long: it is their code, not a contract.)
 */
#pragma once

#include <errno.h>
#include <signal.h>

#include "daemon/core/roster.h"
#include "tests/unit/harness.h"

static struct roster *r;
static mono_t now;

static const struct proc_policy policy = {
	.autostart = true,
	.startsecs = 1000,
	.startretries = 3,
	.restart = RESTART_UNEXPECTED,
	.exitcodes = { 1 },
	.stopsignal = SIGTERM,
	.stopwait = 10000,
};

/* What came out of the steps so far, one word each: "start a", "term a", … */
static char story[1 << 16];
static size_t story_len;

static inline void setup(void)
{
	now = (mono_t){ 1000 };
	story_len = 0;
	story[0] = '\0';
	ck_assert_int_eq(roster_new(1, &r), 0);
}

static inline void teardown(void)
{
	r = roster_free(r);
}

static inline void tell_story(const char *word, proc_id id)
{
	struct roster_entry e;
	const char *name = roster_get(r, id, &e) ? e.name : "";

	story_len += (size_t)snprintf(story + story_len, sizeof story - story_len, "%s%s%s%s",
				      story_len ? ", " : "", word, *name ? " " : "", name);
	ck_assert_uint_lt(story_len, sizeof story);
}

static inline void note(const struct effects *fx)
{
	for (size_t i = 0; i < fx->n; i++) {
		const struct effect *e = &fx->v[i];

		if (e->kind == EFFECT_SPAWN)
			tell_story("start", e->proc);
		if (e->kind == EFFECT_SIGNAL)
			tell_story(e->arg == SIGKILL ? "kill" : "term", e->proc);
		if (e->kind == EFFECT_STATE && e->arg == SEEN_FATAL)
			tell_story("fatal", e->proc);
		if (e->kind == EFFECT_REMOVED)
			tell_story("removed", 0);
		if (e->kind == EFFECT_ALL_DOWN)
			tell_story("all down", 0);
	}
}

/* Until the roster wants nothing more now. */
static inline void settle(void)
{
	struct event ev;

	while (roster_more(r, now, &ev)) {
		struct effects fx = { 0 };

		roster_step(r, &ev, now, &fx);
		note(&fx);
	}
}

static inline void tell(enum event_kind kind, const char *group, const char *name, int arg)
{
	const proc_id id = roster_find(r, group, name);
	struct event ev = { .kind = kind, .proc = id, .arg = arg };
	struct effects fx = { 0 };
	struct roster_entry e;

	ck_assert(roster_get(r, id, &e));
	ev.gen = e.proc->gen;
	roster_step(r, &ev, now, &fx);
	note(&fx);
	settle();
}

static inline void expect(const char *what)
{
	ck_assert_str_eq(story, what);
	story_len = 0;
	story[0] = '\0';
}

/* Members by name, "b:5" for one of priority 5. */
static inline void add(const char *group, int priority, const char *const *names,
		       bool autostart)
{
	struct roster_member v[8] = { 0 };
	char name[8][32];
	proc_id ids[8];
	size_t n = 0;

	for (; names[n]; n++) {
		v[n] = (struct roster_member){ .name = name[n], .policy = policy };
		if (sscanf(names[n], "%31[^:]:%d", name[n], &v[n].priority) < 2)
			v[n].priority = 999;
	}
	ck_assert_int_eq(roster_add_group(r, group, priority, v, n, autostart, now, ids), 0);
}
#define ADD(group, priority, autostart, ...)                                                   \
	add(group, priority, (const char *const[]){ __VA_ARGS__, NULL }, autostart)

static inline void run(const char *group, const char *name)
{
	tell(EVENT_SPAWNED, group, name, 100);
	tell(EVENT_EXEC_OK, group, name, 0);
}
