/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of reevectl.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* Words are split at blanks, wherever the shell left some, as supervisorctl does; but not those
 * of a COMMAND_VERBATIM. */
struct options {
	const char *config; /* of -c, or NULL */
	const char *url; /* of -s, or NULL */
	bool json, help, version;
	char **words; /* the command and its words; strings within the block */
	size_t n_words;
};

/* What to do next. Negative values are errno. */
enum { OPTIONS_RUN, OPTIONS_BAD };

/* Read the command line. OPTIONS_BAD and why in @why: "option -x not recognized". */
_must_check_ int options_read(int argc, char **argv, struct options *ret, struct buf *why);
void options_done(struct options *o);
