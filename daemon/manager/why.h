/* SPDX-License-Identifier: MIT */
/*
 * why.h - what happened to a process or a job, and what comes next: facts, in lines for a
 * person. All append lines without newline to a list of strings.
 */
#pragma once

#include "daemon/manager/job.h"
#include "daemon/manager/manager.h"

void why_process(const struct manager *m, const struct unit *u, const struct proc *p,
		 json_t *lines);

void why_job(const struct manager *m, const struct job *j, json_t *lines);

/* A line; without memory it is missing. */
__attribute__((format(printf, 2, 3))) void why_say(json_t *lines, const char *fmt, ...);

/* "2026-11-23 05:36:09", in local time; "0.4 s", "3:02:01". */
enum { WHY_TEXT = 40 };
const char *why_time(int64_t wall_ms, char text[WHY_TEXT]);
const char *why_span(msec_t span, char text[WHY_TEXT]);
