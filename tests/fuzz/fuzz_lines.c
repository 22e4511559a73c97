/* SPDX-License-Identifier: MIT */
/* fuzz_lines.c - lines.c: pieces are what came, none is too long, and a newline ends one. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "daemon/logger/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first two bytes: how long a piece may be, and how many bytes come at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 2;
	size_t most, step, there = 0, at = 0, len;

	if (size < 2)
		return 0;
	most = 4 + data[0];
	step = 1 + data[1];
	len = size - 2;
	while (at < len) {
		struct piece p = lines_next(text + at, there - at, most, there == len);

		if (!p.len) {
			assert(there < len && there - at < most);
			there = there + step < len ? there + step : len;
			continue;
		}
		assert(p.len <= there - at && p.len <= most && p.text <= p.len);
		assert(!memchr(text + at, '\n', p.text));
		assert(p.len == p.text || (p.ends && text[at + p.text] == '\n'));
		at += p.len;
	}
	return 0;
}
