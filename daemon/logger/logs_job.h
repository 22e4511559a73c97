/* SPDX-License-Identifier: MIT */
/*
 * logs_job.h - lines of many logs, merged by time, written to a descriptor. On a thread, which
 * it has for as long as somebody reads.
 *
 * A line is an object: {"t":ms,"id":…,"stream":"stdout","line":"…","eol":true,"file":…,"at":…}.
 * Lines of one log keep their order; between logs they are as exact as times.h. By file and at,
 * who asks again knows what it has seen.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/logger/source.h"

struct logs_part {
	uint32_t id, which;
	struct source *source;
	bool has; /* line is its next */
	struct source_line line;
};

struct logs_job {
	struct logs_part *parts;
	size_t n;
	int64_t since_ms, until_ms; /* 0: no limit */
	int64_t lines; /* the last so many; negative: all */
	bool follow;
	int fd;
	bool socket;
	_Atomic bool stop; /* from any thread: end soon */
	char *out; /* not written yet */
	size_t out_len;
};

void logs_job_run(struct logs_job *j);
