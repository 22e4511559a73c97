/* SPDX-License-Identifier: MIT */
#include "systemd/notify.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "systemd/send.h"

#ifdef REEVE_STATIC
#define notify_send send_plainly
#else
#define notify_send send_by_library
#endif

void notify_ready(pid_t main_pid)
{
	char state[64];

	(void)snprintf(state, sizeof state, "READY=1\nMAINPID=%ld", (long)main_pid);
	notify_send(main_pid, state);
}

void notify_status(const char *text)
{
	_cleanup_(buf_done) struct buf state = BUF_INIT;

	if (buf_printf(&state, "STATUS=%s", text) < 0)
		return;
	/* A newline would begin another message, and the text may quote names of others. */
	for (size_t i = 0; i < state.len; i++)
		if ((unsigned char)state.data[i] < ' ')
			state.data[i] = ' ';
	notify_send(getppid(), buf_str(&state));
}

void notify_reloading(void)
{
	struct timespec now;
	char state[64];

	/* The time is what Type=notify-reload wants. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
		       (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify_send(getppid(), state);
}

void notify_stopping(void)
{
	notify_send(getppid(), "STOPPING=1");
}
