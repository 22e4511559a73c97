/* SPDX-License-Identifier: MIT */
/*
 * words.h - options that stand anywhere among other words. Pure.
 */
#pragma once

#include <stdint.h>

#include "ctl/flags.h"

/* As flags_read(), to the last word; those that are no options are added to @rest. After "--",
 * none is. */
_must_check_ int words_read(const struct flags *f, size_t n, char *const *words, void *base,
			    struct texts *rest, struct buf *why);

/* A number, or "all", which is -1. FLAGS_OK; FLAGS_BAD: @option: what is wrong. */
_must_check_ int words_count(const char *option, const char *text, int64_t *ret,
			     struct buf *why);
