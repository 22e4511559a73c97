/* SPDX-License-Identifier: MIT */
#include "daemon/logger/tags.h"

#include <string.h>

struct tag_found tags_find(bool inside, const char *data, size_t len, bool end)
{
	const char *tag = inside ? TAG_END : TAG_BEGIN;
	const size_t n = strlen(tag);
	const char *at = data, *stop = data + len;

	while (at < stop && (at = memchr(at, '<', (size_t)(stop - at)))) {
		const size_t left = (size_t)(stop - at), cmp = left < n ? left : n;

		if (memcmp(at, tag, cmp) != 0) {
			at++;
			continue;
		}
		if (cmp == n)
			return (struct tag_found){ (size_t)(at - data), n };
		return (struct tag_found){ end ? len : (size_t)(at - data), 0 };
	}
	return (struct tag_found){ len, 0 };
}
