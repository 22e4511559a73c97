/* SPDX-License-Identifier: MIT */
/* fuzz_text.c - text.c: whatever bytes come, what goes to a terminal is characters with glyphs,
 * and in one piece or in two it is the same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ctl/text.h"
#include "proto/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a terminal would obey, first and last byte by byte. */
static const struct {
	const char *from, *to;
} forbidden[] = {
	{ "\xc2\x80", "\xc2\x9f" },	    { "\xd8\x9c", "\xd8\x9c" },
	{ "\xe2\x80\x8e", "\xe2\x80\x8f" }, { "\xe2\x80\xa8", "\xe2\x80\xae" },
	{ "\xe2\x81\xa6", "\xe2\x81\xa9" },
};

static void check_character(const char *s, size_t n)
{
	assert(n != UTF8_BAD && n != UTF8_PART);
	if (n == 1)
		assert(((unsigned char)*s >= 0x20 || *s == '\t') && *s != 0x7f);
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (strlen(forbidden[i].from) == n)
			assert(memcmp(s, forbidden[i].from, n) < 0 ||
			       memcmp(s, forbidden[i].to, n) > 0);
}

static void check(const struct buf *out)
{
	size_t n;

	for (size_t i = 0; i < out->len; i += n) {
		n = utf8_length(out->data + i, out->len - i);
		check_character(out->data + i, n);
	}
}

/* As it comes from a pipe: what is not taken waits for the rest. */
static void in_two(const char *s, size_t len, size_t cut, struct buf *out)
{
	const ssize_t n = text_escape(s, cut, false, out);

	assert(n >= 0 && (size_t)n <= cut);
	assert(text_escape(s + n, len - (size_t)n, true, out) == (ssize_t)len - n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(buf_done) struct buf line = BUF_INIT, one = BUF_INIT, two = BUF_INIT;
	const char *s = (const char *)data;

	if (!size)
		return 0;
	assert(text_escape_line(s, size, &line) == 0);
	check(&line);
	assert(text_escape(s, size, true, &one) == (ssize_t)size);
	in_two(s, size, data[0] % size, &two);
	assert(one.len == two.len && !memcmp(buf_str(&one), buf_str(&two), one.len));
	return 0;
}
