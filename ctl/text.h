/* SPDX-License-Identifier: MIT */
/*
 * text.h - bytes that came from elsewhere, shown so that a terminal does not obey them.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

/*
 * Append @data with control characters (C0 but newline and tab, DEL, C1, those that change the
 * direction of text or end a line) and what is not UTF-8 as \xNN. Returns how many bytes were
 * taken: fewer than @len if the end is the beginning of a character, unless it is @last.
 * -ENOMEM.
 */
_must_check_ ssize_t text_escape(const char *data, size_t len, bool last, struct buf *out);

/* The same for one line: all of it, and newlines too. 0 or -ENOMEM. */
_must_check_ int text_escape_line(const char *data, size_t len, struct buf *out);
