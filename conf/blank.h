/* SPDX-License-Identifier: MIT */
/*
 * blank.h - what counts as white space: the ASCII part of what Python strips.
 */
#pragma once

#include <stdbool.h>

static inline bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}
