/* SPDX-License-Identifier: MIT */
/*
 * flags.h - options of one command: a table says what they are called, what they take and where
 * that goes; reading and help both come from it.
 *
 * Written as everybody's: -x, -xVALUE, -x VALUE, -xy, --name, --name=VALUE, --name VALUE. They
 * end before the first word that is none, or after "--". The last of several counts, but for
 * lists. Pure.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/mono.h"

enum flag_kind {
	FLAG_SWITCH, /* bool */
	FLAG_TEXT, /* const char *, borrowed from the words */
	FLAG_LIST, /* struct texts */
	FLAG_TIME, /* msec_t: seconds, or with s, m, h or d behind the number */
	FLAG_COUNT, /* int, not below zero */
	FLAG_INTEGER, /* int */
	FLAG_OCTAL, /* int, up to 0777 */
	FLAG_SIGNAL, /* int */
	FLAG_ANYWHERE, /* const char *: "" by itself, else what follows "--name=" */
};

struct flag {
	char letter; /* 0: none */
	const char *name; /* NULL: none */
	enum flag_kind kind;
	size_t at; /* offsetof what it sets */
	const char *value; /* how help calls it; NULL for a switch */
	const char *help;
};

struct flags {
	const struct flag *v;
	size_t n;
};

/* What was given for a list, in order. */
struct texts {
	const char **v; /* owned; the texts are borrowed */
	size_t n;
};

_must_check_ int texts_add(struct texts *t, const char *text);
void texts_done(struct texts *t);

/* Outcomes. Negative values are errno. */
enum { FLAGS_OK, FLAGS_BAD };

/*
 * Read the options at the beginning of @words into the struct at @base, whose other members
 * stay as they are. @ret_used: how many words that was. FLAGS_BAD, and what is wrong in @why:
 * "option --x not recognized".
 */
_must_check_ int flags_read(const struct flags *f, size_t n, char *const *words, void *base,
			    size_t *ret_used, struct buf *why);

/* Seconds, with decimals, or a number of minutes (m), hours (h) or days (d). */
_must_check_ int flags_time(const char *text, msec_t *ret, struct buf *why);

/* A line for each: "-x, --name VALUE<TAB>what it does". */
_must_check_ int flags_help(const struct flags *f, struct buf *out);
