/* SPDX-License-Identifier: MIT */
/*
 * logs_options.h - the words of logs: options, which may stand anywhere, and names.
 */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "ctl/flags.h"

struct logs_options {
	bool follow, json, help, no_prefix, times;
	bool out, err;
	int64_t lines; /* negative: all */
	int64_t since_ms, until_ms; /* 0: no limit */
	bool has_grep;
	regex_t grep;
	enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;
	struct texts names;
};

extern const struct flags logs_flags;

/* As flags_read(); @now_ms is wall-clock time. Free it in any case. */
_must_check_ int logs_options_read(size_t n, char *const *words, int64_t now_ms,
				   struct logs_options *o, struct buf *why);
void logs_options_done(struct logs_options *o);

/*
 * Whether to print in colours, for a program with this environment: what the option says, else
 * NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR, else whether it prints to a terminal that has some.
 */
bool logs_options_colour(const struct logs_options *o, char *const *env, bool terminal);
