/* SPDX-License-Identifier: MIT */
/*
 * mono.h - points and spans of monotonic time, which the compiler keeps apart.
 *
 * Unit: milliseconds of CLOCK_MONOTONIC. Wall-clock time is for display only and has no type
 * here. Nothing in this header reads a clock: see daemon/sys/clock.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef int64_t msec_t; /* a span */
typedef struct {
	int64_t ms;
} mono_t; /* a point */

#define MONO_NEVER ((mono_t){ INT64_MAX })

static inline bool mono_before(mono_t a, mono_t b)
{
	return a.ms < b.ms;
}

static inline bool mono_is_never(mono_t t)
{
	return t.ms == INT64_MAX;
}

/* Saturates: never plus or minus anything is never. */
static inline mono_t mono_add(mono_t t, msec_t d)
{
	int64_t ms;

	if (mono_is_never(t) || __builtin_add_overflow(t.ms, d, &ms))
		return MONO_NEVER;
	return (mono_t){ ms };
}

static inline mono_t mono_min(mono_t a, mono_t b)
{
	return mono_before(a, b) ? a : b;
}

/* The span from @from to @to; negative if @to came first. Neither may be never. */
static inline msec_t mono_span(mono_t from, mono_t to)
{
	return to.ms - from.ms;
}
