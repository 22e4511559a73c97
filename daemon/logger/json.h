/* SPDX-License-Identifier: MIT */
/*
 * json.h - text of programs as a JSON string. Pure.
 *
 * What comes out is ASCII control-free, valid UTF-8: control characters, DEL, quotes and the
 * two line separators of Unicode are escaped, and what is no UTF-8 becomes U+FFFD.
 */
#pragma once

#include <stddef.h>

enum { JSON_WORST = 6 }; /* bytes that one byte may become */

/* Write the text without quotes; @out has room for JSON_WORST times @len. How much that was. */
size_t json_escape(char *out, const char *text, size_t len);

/* The length of the valid UTF-8 character at @s, 0 if there is none. */
size_t json_char(const unsigned char *s, size_t len);
