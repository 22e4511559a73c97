/* SPDX-License-Identifier: MIT */
/*
 * diag.h - mistakes as data with a place: collected by whoever finds them, printed by main or
 * sent by a handler.
 *
 * A line is printed as "file:line: text". The text follows one pattern,
 * "[section] key: what is wrong; what would be right".
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"

enum diag_kind { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag {
	enum diag_kind kind;
	char *file;
	unsigned line; /* 1-based; 0: the file as a whole */
	char *text;
};

struct diags {
	struct diag *v;
	size_t n;
	size_t errors; /* how many of them are DIAG_ERROR */
	int oom; /* set if one could not be kept; counts as an error */
};

#define DIAGS_INIT                                                                             \
	{                                                                                      \
		NULL, 0, 0, 0                                                                  \
	}

/* @file may be NULL (no place at all: an option, the environment). */
__attribute__((format(printf, 5, 6))) void diags_add(struct diags *d, enum diag_kind kind,
						     const char *file, unsigned line,
						     const char *fmt, ...);

/* True if anything among @d forbids going on. */
int diags_failed(const struct diags *d);

/* Append "file:line: text" (with "warning: " or "note: " before the text), without newline. */
_must_check_ int diag_format(const struct diag *d, struct buf *out);

/* Order by file as first seen, then by line; for the reader, not for the finder. */
void diags_sort(struct diags *d);

void diags_done(struct diags *d);
