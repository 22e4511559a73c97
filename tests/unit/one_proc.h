/* SPDX-License-Identifier: MIT */
/*
 * one_proc.h - the words in which the suites of the machine speak of one process: tell, pass,
 * sleep_until_due, expect.
 */
#pragma once

#include <errno.h>
#include <signal.h>

#include "daemon/core/proc.h"
#include "tests/unit/harness.h"

/* A process and a clock that moves only when a test says so. */
static struct proc p;
static struct proc_policy policy;
static mono_t now;
static struct effects fx;

#define EXIT(code)   ((code) << 8)
#define KILLED(sign) (sign)

static inline void setup(void)
{
	policy = (struct proc_policy){
		.autostart = true,
		.startsecs = 1000,
		.startretries = 3,
		.restart = RESTART_UNEXPECTED,
		.exitcodes = { 1 },
		.stopsignal = SIGTERM,
		.stopwait = 10000,
	};
	now = (mono_t){ 5000 };
	proc_init(&p, 7, &policy, now);
}

/* Tell it something of its present incarnation. */
static inline void tell(enum event_kind kind, int arg)
{
	const struct event ev = { .kind = kind, .proc = 7, .gen = p.gen, .arg = arg };

	fx.n = 0;
	proc_step(&p, &ev, now, &fx);
}

static inline void pass(msec_t ms)
{
	now = mono_add(now, ms);
}

/* Jump to the deadline: minutes of backoff cost no time here. */
static inline void sleep_until_due(void)
{
	ck_assert(!mono_is_never(proc_due(&p)));
	now = proc_due(&p);
	tell(EVENT_DUE, 0);
}

static inline void expect(enum proc_state s, enum proc_seen seen)
{
	ck_assert_str_eq(proc_state_name(p.state), proc_state_name(s));
	ck_assert_str_eq(proc_seen_name(proc_seen(&p)), proc_seen_name(seen));
}

static inline int count(enum effect_kind kind)
{
	int n = 0;

	for (size_t i = 0; i < fx.n; i++)
		n += fx.v[i].kind == kind;
	return n;
}

static inline const struct effect *the(enum effect_kind kind)
{
	ck_assert_int_eq(count(kind), 1);
	for (size_t i = 0;; i++)
		if (fx.v[i].kind == kind)
			return &fx.v[i];
}

static inline void start_up(void)
{
	tell(EVENT_START, 0);
	tell(EVENT_SPAWNED, 100);
	tell(EVENT_EXEC_OK, 0);
}

static inline void run(void)
{
	start_up();
	sleep_until_due();
	expect(PROC_READY, SEEN_RUNNING);
}
