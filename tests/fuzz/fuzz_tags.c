/* SPDX-License-Identifier: MIT */
/* fuzz_tags.c - tags.c: in whatever pieces bytes come, what is found is what a search in all of
 * them finds. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "daemon/logger/tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *tag_of(bool inside)
{
	return inside ? TAG_END : TAG_BEGIN;
}

/* The first byte: how many come at a time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	size_t at = 0, there = 0, looked = 0, step, len;
	bool inside = false;

	if (size < 1)
		return 0;
	step = 1 + data[0] % 40;
	len = size - 1;
	while (looked < len) {
		const bool end = there == len;
		const struct tag_found f = tags_find(inside, text + at, there - at, end);
		const char *want =
			memmem(text + at, there - at, tag_of(inside), strlen(tag_of(inside)));

		assert(f.before + f.tag <= there - at);
		assert((f.tag != 0) == (want != NULL));
		assert(!want || want == text + at + f.before);
		assert(f.tag || !end || f.before == there - at);
		assert(f.tag || there - at - f.before < strlen(tag_of(inside)));
		at += f.before + f.tag;
		looked = at;
		if (f.tag)
			inside = !inside;
		else if (end)
			break;
		there = there + step < len ? there + step : len;
	}
	return 0;
}
