/* SPDX-License-Identifier: MIT */
#include "systemd/notify.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "systemd/send.h"

bool notify_wanted(void)
{
	return getenv("NOTIFY_SOCKET");
}

int notify_ready(pid_t main_pid)
{
	char state[64];

	(void)snprintf(state, sizeof state, "READY=1\nMAINPID=%ld", (long)main_pid);
	return send_plainly(main_pid, state);
}

int notify_status(const char *text)
{
	_cleanup_(buf_done) struct buf state = BUF_INIT;

	if (buf_printf(&state, "STATUS=%s", text) < 0)
		return -ENOMEM;
	/* A newline would begin another message, and the text may quote names of others. */
	for (size_t i = 0; i < state.len; i++)
		if ((unsigned char)state.data[i] < ' ')
			state.data[i] = ' ';
	return send_plainly(getppid(), buf_str(&state));
}

void notify_reloading(void)
{
	struct timespec now;
	char state[64];

	/* The time is what Type=notify-reload wants. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
		       (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	(void)send_plainly(getppid(), state);
}

void notify_stopping(void)
{
	(void)send_plainly(getppid(), "STOPPING=1");
}
