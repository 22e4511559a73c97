/* SPDX-License-Identifier: MIT */
/*
 * libsystemd is opened only when there is somebody to talk to: with what it pulls in it weighs
 * about a megabyte, a quarter of what the whole daemon may, and most instances run without
 * systemd. Once opened it stays: opening it again costs some microseconds.
 */
#include "systemd/notify.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

#define LIBRARY "libsystemd.so.0"

typedef __typeof__(sd_pid_notify) notify_fn;

/* Nobody is told of failures: there is nothing that the daemon would do about them. */
static void notify(pid_t main_pid, const char *state)
{
	void *lib;
	notify_fn *fn;

	if (!getenv("NOTIFY_SOCKET"))
		return;
	lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return;
	fn = (notify_fn *)dlsym(lib, "sd_pid_notify");
	if (fn)
		(void)fn(main_pid, 0, state);
}

void notify_ready(pid_t main_pid)
{
	char state[64];

	(void)snprintf(state, sizeof state, "READY=1\nMAINPID=%ld", (long)main_pid);
	notify(main_pid, state);
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
	notify(getppid(), buf_str(&state));
}

void notify_reloading(void)
{
	struct timespec now;
	char state[64];

	/* The time is what Type=notify-reload wants. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%lld",
		       (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(getppid(), state);
}

void notify_stopping(void)
{
	notify(getppid(), "STOPPING=1");
}
