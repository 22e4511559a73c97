/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the time.
 */
#pragma once

#include <time.h>

#include "base/mono.h"

static inline mono_t clock_mono(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (mono_t){ t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000 };
}

/* For poll(2): how long until @due, -1 if that is never. */
static inline int clock_wait(mono_t due)
{
	const msec_t left = mono_is_never(due) ? -1 : mono_span(clock_mono(), due);

	if (mono_is_never(due))
		return -1;
	return left < 0 ? 0 : left > 1 << 30 ? 1 << 30 : (int)left;
}
