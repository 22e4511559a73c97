/* SPDX-License-Identifier: MIT */
/*
 * quote.h - text as messages show it.
 */
#pragma once

#include "base/buf.h"

/* Append @s between quotes, as Python's repr(): 'it', "it's", 'a\nb'. A long one is cut. */
_must_check_ int quote_repr(struct buf *out, const char *s);
