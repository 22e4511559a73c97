/* SPDX-License-Identifier: MIT */
/*
 * journal.h - lines of programs to the journal of systemd, with fields that say whose they are.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"

struct journal_line {
	int priority; /* 0 to 7, as syslog's */
	long pid; /* 0: unknown */
	const char *program, *group, *stream;
	const char *text;
	size_t len;
};

/* May wait for the journal. 0, -ENOENT: there is no journal, or no libsystemd; or -errno. */
_must_check_ int journal_send(const struct journal_line *l);
