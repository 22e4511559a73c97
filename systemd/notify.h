/* SPDX-License-Identifier: MIT */
/*
 * notify.h - tells systemd how the daemon fares, where it was started by it.
 *
 * Called by the manager, a child of the unit's main process. What is said counts as said by
 * that main process, which takes root; as anybody else, the unit needs NotifyAccess=all.
 * Without NOTIFY_SOCKET in the environment nothing happens. Nothing here waits: where systemd
 * does not read, there may be no room.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Whether there is somebody to tell. */
bool notify_wanted(void);

/* Started. @main_pid is the unit's main process from now on. 0; -EAGAIN: say it again; or
 * another -errno. */
int notify_ready(pid_t main_pid);

/* One line for "systemctl status". As above. */
int notify_status(const char *text);

/* The configuration is being read again; notify_ready() ends this. */
void notify_reloading(void);

/* Everything is being stopped. */
void notify_stopping(void);
