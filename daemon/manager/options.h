/* SPDX-License-Identifier: MIT */
/*
 * options.h - the daemon's command line: supervisord's options, --check, and a command to run
 * instead of what a file names.
 *
 * reeved passes its arguments on unread, so this is the one place that knows them
 * (supervisord's manual, "supervisord Command-Line Options").
 */
#pragma once

#include "conf/config.h"

enum { OPTIONS_OVERRIDES = 24, OPTIONS_OF_COMMAND = 4 };

enum options_action { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_action action;
	const char *config; /* -c, or NULL: search */
	const char *argv0; /* the search begins beside it */
	struct config_override over[OPTIONS_OVERRIDES];
	size_t n_over;
	const char *const *command; /* the words after "--"; NULL: none, a file is read */
	size_t n_command;
	struct config_override of_command[OPTIONS_OF_COMMAND]; /* keys of its [program:x] */
	size_t n_of_command;
};

/*
 * Parse @argv; what is kept borrows from it. 0, or -EINVAL with one line for the user, without
 * newline, in @why.
 */
_must_check_ int options_parse(int argc, const char *const *argv, struct options *ret,
			       struct buf *why);

/* The text of --help. 0 or -ENOMEM. */
_must_check_ int options_help(struct buf *out);
