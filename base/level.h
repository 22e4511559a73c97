/* SPDX-License-Identifier: MIT */
/*
 * level.h - how grave a line of the daemon's own log is, in supervisord's seven steps.
 */
#pragma once

enum level {
	LEVEL_BLATHER,
	LEVEL_TRACE,
	LEVEL_DEBUG,
	LEVEL_INFO,
	LEVEL_WARN,
	LEVEL_ERROR,
	LEVEL_CRITICAL,
	LEVEL_N
};

/* The four letters of the log line: "BLAT" … "CRIT". */
const char *level_tag(enum level l);

/* The word of the configuration: "blather" … "critical". */
const char *level_word(enum level l);

/* The level named @word, case-insensitive; -1 if there is none. */
int level_from_word(const char *word);
