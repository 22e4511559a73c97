/* SPDX-License-Identifier: MIT */
/*
 * lex.h - cuts text into tokens the way Python's shlex does, in the three manners in use.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

enum lex_mode {
	LEX_WORDS, /* a command line: blanks separate, POSIX quoting, no comments */
	LEX_POSIX, /* environment=: words and single characters, POSIX quoting */
	LEX_LEGACY, /* environment= of old: a backslash and a quote inside a word are plain */
};

struct lex {
	const char *at;
	enum lex_mode mode;
	bool over;
};

enum { LEX_TOKEN, LEX_END, LEX_NO_CLOSING, LEX_NO_ESCAPED };

/* Begin with @text, which is borrowed. */
void lex_init(struct lex *l, const char *text, enum lex_mode mode);

/* The next token replaces what is in @token. One of LEX_*, or -ENOMEM. */
_must_check_ int lex_next(struct lex *l, struct buf *token);

/* The bytes of the character that @s begins with, 1 to 4; a stray byte counts as one. */
size_t utf8_len(const char *s);
