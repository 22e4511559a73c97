/* SPDX-License-Identifier: MIT */
/*
 * blank.h - what counts as white space: the ASCII part of what Python strips.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

static inline bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

/* What stands in @s[0..*n) without blanks around it. */
static inline const char *trim(const char *s, size_t *n)
{
	while (*n && is_blank(*s)) {
		s++;
		(*n)--;
	}
	while (*n && is_blank(s[*n - 1]))
		(*n)--;
	return s;
}
