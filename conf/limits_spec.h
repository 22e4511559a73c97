/* SPDX-License-Identifier: MIT */
/*
 * limits_spec.h - what a configuration says of how much a program may use, as plain data; a
 * part of spec.h.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* As for setrlimit(2), by name. */
enum limit_kind {
	LIMIT_AS, /* bytes */
	LIMIT_CORE, /* bytes */
	LIMIT_CPU, /* seconds */
	LIMIT_DATA, /* bytes */
	LIMIT_FSIZE, /* bytes */
	LIMIT_MEMLOCK, /* bytes */
	LIMIT_MSGQUEUE, /* bytes */
	LIMIT_NOFILE,
	LIMIT_NPROC,
	LIMIT_RTPRIO,
	LIMIT_SIGPENDING,
	LIMIT_STACK, /* bytes */
	LIMIT_N
};

#define LIMIT_UNLIMITED UINT64_MAX

struct rlimit_spec {
	bool set; /* else as the daemon was started with */
	uint64_t soft, hard; /* soft is not above hard; or LIMIT_UNLIMITED */
};

enum amount_kind {
	AMOUNT_MAX, /* no limit */
	AMOUNT_NUMBER, /* n, above zero */
	AMOUNT_PERCENT, /* n hundredths of a percent of all there is, 1 to 10000 */
};

struct amount {
	enum amount_kind kind;
	uint64_t n; /* 0 for AMOUNT_MAX */
};

struct cpu_quota {
	int64_t quota_us; /* in each period, 1000 or more; 0: no limit */
	int64_t period_us; /* 1000 to 1000000 */
};

enum { LIMIT_INHERIT = INT_MIN, WEIGHT_MAX = 10000 };

struct limits_spec {
	/* Of its cgroup, if there is one: these can change while it runs. */
	struct amount memory_max, memory_high; /* bytes */
	struct amount tasks_max;
	struct cpu_quota cpu_max;
	int cpu_weight, io_weight; /* 1 to WEIGHT_MAX; 0: not set, the kernel's default */
	/* Of the process when it starts; LIMIT_INHERIT: as the daemon was started with. */
	struct rlimit_spec rlimit[LIMIT_N];
	int nice; /* -20 to 19 */
	int oom_score_adj; /* -1000 to 1000 */
	int ioprio; /* as ioprio_set(2) has it: class << 13 | level */
};
