/* SPDX-License-Identifier: MIT */
/*
 * options.h - the daemon's command line: supervisord's options, and --check.
 *
 * reeved passes its arguments on unread, so this is the one place that knows them
 * (supervisord's manual, "supervisord Command-Line Options").
 */
#pragma once

#include "conf/config.h"

enum { OPTIONS_OVERRIDES = 24 };

enum options_action { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_action action;
	const char *config; /* -c, or NULL: search */
	const char *argv0; /* the search begins beside it */
	struct config_override over[OPTIONS_OVERRIDES];
	size_t n_over;
};

/*
 * Parse @argv; what is kept borrows from it. 0, or -EINVAL with one line for the user, without
 * newline, in @why.
 */
_must_check_ int options_parse(int argc, const char *const *argv, struct options *ret,
			       struct buf *why);

/* The text of --help. 0 or -ENOMEM. */
_must_check_ int options_help(struct buf *out);
