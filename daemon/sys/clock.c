/* SPDX-License-Identifier: MIT */
/*
 * clock.c - clock_gettime(2); with valid arguments it cannot fail.
 */
#include "daemon/sys/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

mono_t mono_now(void)
{
	return (mono_t){ read_ns(CLOCK_MONOTONIC) / 1000000 };
}

int64_t mono_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t wall_now_ms(void)
{
	return read_ns(CLOCK_REALTIME) / 1000000;
}
