/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - characters among bytes. Pure.
 */
#pragma once

#include <stddef.h>

/* Of utf8_length(): these bytes are no character; more of them are needed to know. */
#define UTF8_BAD  ((size_t)0)
#define UTF8_PART ((size_t)-1)

/* How many of the first @len (> 0) bytes at @s are one character (RFC 3629), or UTF8_BAD, or
 * UTF8_PART. */
size_t utf8_length(const char *s, size_t len);
