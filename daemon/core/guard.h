/* SPDX-License-Identifier: MIT */
/*
 * guard.h - a bucket of tokens that fills at a steady rate: one token, one restart.
 *
 * So many restarts at once as the bucket holds, then as many a second as flow in. Keeps a
 * program that exits as soon as it runs from eating a processor. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/mono.h"

struct guard {
	double tokens; /* that there were … */
	mono_t at; /* … at this time */
};

/* How fast and how full. A rate of 0 is no guard: there is always a token. */
struct guard_limit {
	double rate; /* tokens a second */
	int burst; /* tokens it holds; at least one whatever this says */
};

/* A full bucket. */
void guard_fill(struct guard *g, struct guard_limit l, mono_t now);

/* Take a token; false if there is none, then guard_at() says when to come again. */
bool guard_take(struct guard *g, struct guard_limit l, mono_t now);

/* When there will be a token, or, if there is one, some time that is past. */
mono_t guard_at(const struct guard *g, struct guard_limit l);
