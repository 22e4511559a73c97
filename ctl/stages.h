/* SPDX-License-Identifier: MIT */
/*
 * stages.h - "openssl enc … | md5sum" into the words of each program, without a shell.
 *
 * Words, quotes, backslashes and | mean what they mean in sh(1) (POSIX.1-2017, XCU 2.2). All
 * else that a shell would not take as it stands ($x, >, &, *, …) is refused, so that no line
 * quietly means another thing here than there. Pure.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* Vectors of words, each ended by NULL; all in one block. */
struct stages {
	char ***v;
	size_t n; /* at least one, and each has a word */
};

struct stages_fault {
	const char *what; /* "a quote that is not closed" */
	size_t at; /* offset in the text */
	const char *hint; /* what would be right, or NULL */
};

/* Outcomes. Negative values are errno. */
enum { STAGES_OK, STAGES_BAD };

/* STAGES_BAD sets *@fault, and leaves *@ret alone. */
_must_check_ int stages_split(const char *text, struct stages *ret, struct stages_fault *fault);

void stages_done(struct stages *s);

/* Whether a command that is one word is a line to be split: it has a blank or a |. */
bool stages_needed(const char *word);
