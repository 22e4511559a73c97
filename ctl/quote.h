/* SPDX-License-Identifier: MIT */
/*
 * quote.h - a word as one would have to write it in a shell.
 */
#pragma once

#include "base/buf.h"

/* Append @word, in quotes if it needs any: 'it'\''s', and $'\n' where it has control
 * characters. 0 or -ENOMEM. */
_must_check_ int quote_word(const char *word, struct buf *out);
