/* SPDX-License-Identifier: MIT */
#include "proto/utf8.h"

#include "base/cleanup.h"

/* The well-formed sequences (RFC 3629, section 4): no longer form of a character than needed,
 * no half of a surrogate pair, nothing beyond the last plane. */
/* clang-format off */
static const struct {
	unsigned char first, first_to, second, second_to;
	unsigned char length;
} forms[] = {
	{ 0x00, 0x7f, 0x00, 0xff, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};
/* clang-format on */

/* The form that starts like this; ARRAY_SIZE(forms) if there is none. */
static size_t form_of(unsigned char first)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(forms) && (first < forms[i].first || first > forms[i].first_to))
		i++;
	return i;
}

size_t utf8_length(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	const size_t i = form_of(u[0]);

	if (i == ARRAY_SIZE(forms))
		return UTF8_BAD;
	if (forms[i].length == 1)
		return 1;
	if (len > 1 && (u[1] < forms[i].second || u[1] > forms[i].second_to))
		return UTF8_BAD;
	for (size_t k = 2; k < forms[i].length && k < len; k++)
		if ((u[k] & 0xc0) != 0x80)
			return UTF8_BAD;
	return len < forms[i].length ? UTF8_PART : forms[i].length;
}
