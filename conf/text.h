/* SPDX-License-Identifier: MIT */
/*
 * text.h - bytes of a file become statements: comments gone, continued lines joined. Pure.
 *
 * The dialect is that of Python's configparser as supervisord sets it up. A statement is a
 * section header or "key = value" still in one piece; lines of a value are joined by '\n'.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct text {
	const char *at, *end;
	unsigned line; /* that @at begins */
	bool only_cr; /* lines end with '\r' */
	bool can_continue; /* there is a key above that a deeper line would continue */
};

enum statement_kind {
	STATEMENT_END,
	STATEMENT_SECTION, /* text: the name */
	STATEMENT_KEY, /* text: has '=' or ':', not at its beginning */
	STATEMENT_STRAY, /* text: a line that is neither */
};

struct statement {
	enum statement_kind kind;
	unsigned line; /* where it begins, 1-based */
	struct buf text;
};

/* @data is borrowed and has no NUL in it. */
void text_init(struct text *t, const char *data, size_t len);

/* The next statement replaces @s. 0 or -ENOMEM. */
_must_check_ int text_next(struct text *t, struct statement *s);
