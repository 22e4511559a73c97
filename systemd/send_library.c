/* SPDX-License-Identifier: MIT */
/*
 * send_library.c - libsystemd is opened only when there is somebody to talk to: with what it
 * pulls in it weighs about a megabyte, a quarter of what the whole daemon may, and most
 * instances run without systemd. Once opened it stays: opening it again costs some
 * microseconds.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "systemd/send.h"

#define LIBRARY "libsystemd.so.0"

typedef __typeof__(sd_pid_notify) notify_fn;

void send_by_library(pid_t main_pid, const char *state)
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
