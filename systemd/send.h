/* SPDX-License-Identifier: MIT */
/*
 * send.h - takes a message to whoever NOTIFY_SOCKET names; notify.h puts them together.
 *
 * @state is lines of NAME=VALUE. It counts as said by @main_pid where we may speak for others,
 * else as said by us. Nobody is told of failures: there is nothing that the daemon would do
 * about them.
 */
#pragma once

#include <sys/types.h>

/* Through libsystemd; nothing happens on a machine without. Not in a static program, from which
 * no library can be opened. */
void send_by_library(pid_t main_pid, const char *state);

/* Without it. */
void send_plainly(pid_t main_pid, const char *state);
