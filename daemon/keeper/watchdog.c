/* SPDX-License-Identifier: MIT */
/*
 * watchdog.c - a manager that hangs must be found, ended, and its successor have answered
 * before systemd's time is up. Hence it is asked four times in that, and has a quarter of it to
 * answer.
 */
#include "daemon/keeper/watchdog.h"

#include <errno.h>

#include "systemd/post.h"

static long long number(const char *name)
{
	const char *text = getenv(name);

	return text ? atoll(text) : 0;
}

int watchdog_init(struct keeper *k)
{
	const long long usec = number("WATCHDOG_USEC"), pid = number("WATCHDOG_PID");
	int r;

	k->watchdog = -1;
	if (usec <= 0 || (pid && pid != getpid()))
		return 0;
	r = post_open(&k->watchdog);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (usec / 4000 < k->pong_within)
		k->pong_within = usec / 4000 + 1;
	/* Manager and logger take turns. */
	if (usec / 8000 < k->ping_every)
		k->ping_every = usec / 8000 + 1;
	return 0;
}

void watchdog_done(struct keeper *k)
{
	k->watchdog = fd_close(k->watchdog);
}

/* If there is no room, systemd has enough to read that it does not do. */
void watchdog_feed(struct keeper *k)
{
	if (k->watchdog >= 0)
		(void)!post_send(k->watchdog, "WATCHDOG=1", -1);
}
