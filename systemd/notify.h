/* SPDX-License-Identifier: MIT */
/*
 * notify.h - tells systemd how the daemon fares, where it was started by it.
 *
 * Called by the manager, a child of the unit's main process. What is said counts as said by
 * that main process, which takes root; as anybody else, the unit needs NotifyAccess=all.
 * Without NOTIFY_SOCKET in the environment nothing happens. Nothing here waits for an answer.
 */
#pragma once

#include <sys/types.h>

/* Started. @main_pid is the unit's main process from now on. */
void notify_ready(pid_t main_pid);

/* One line for "systemctl status". */
void notify_status(const char *text);

/* The configuration is being read again; notify_ready() ends this. */
void notify_reloading(void);

/* Everything is being stopped. */
void notify_stopping(void);
