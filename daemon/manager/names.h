/* SPDX-License-Identifier: MIT */
/*
 * names.h - which processes a name means: "process", "group:process", "group:*", "all".
 *
 * "process" alone means a process that is called like its group (supervisord, "namespec"), or
 * a pipeline.
 */
#pragma once

#include "daemon/manager/manager.h"

/* What a name turned out to be. */
enum names_kind {
	NAMES_ONE, /* one process, by its own name */
	NAMES_MANY, /* a whole group, or all */
	NAMES_NONE, /* no such process, or group */
};

struct names {
	enum names_kind kind;
	proc_id *v; /* in @order */
	size_t n;
};

/* 0 or -ENOMEM. */
_must_check_ int names_resolve(const struct manager *m, const char *name,
			       enum roster_order order, struct names *ret);
void names_done(struct names *n);
