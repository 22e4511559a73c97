/* SPDX-License-Identifier: MIT */
/*
 * send.h - takes a message to whoever NOTIFY_SOCKET names; notify.h puts them together.
 *
 * libsystemd's own call would do the same, but waits while systemd does not read, and whoever
 * waits here decides for all programs.
 */
#pragma once

#include <sys/types.h>

/* @state is lines of NAME=VALUE. It counts as said by @main_pid where we may speak for others,
 * else as said by us. 0, also if nobody wants to hear it; -EAGAIN: there is no room now; or
 * another -errno. */
int send_plainly(pid_t main_pid, const char *state);
