/* SPDX-License-Identifier: MIT */
/*
 * notice.h - what a program says of itself in one message (sd_notify(3)). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NOTICE_MAX = 4096, NOTICE_STATUS = 256 };

struct notice {
	bool ready, reloading, stopping, watchdog;
	bool hangs; /* WATCHDOG=trigger */
	uint64_t extend_usec; /* EXTEND_TIMEOUT_USEC; 0: not said */
	pid_t main_pid; /* MAINPID; 0: not said */
	bool has_status;
	char status[NOTICE_STATUS]; /* printable, cut */
};

/* False: it is no such message. What it says that is not for a supervisor is passed over. */
bool notice_parse(const char *text, size_t len, struct notice *ret);
