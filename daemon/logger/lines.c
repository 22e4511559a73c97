/* SPDX-License-Identifier: MIT */
#include "daemon/logger/lines.h"

#include <string.h>

/* At most @most bytes that do not cut a character in two: the last one of up to four bytes
 * begins within the last three. What is no UTF-8 is cut anywhere. */
static size_t cut(const char *data, size_t most)
{
	for (size_t back = 1; back <= 3 && back < most; back++) {
		const unsigned char c = (unsigned char)data[most - back];

		if (c < 0x80 || (back == 3 && (c & 0xc0) == 0x80))
			return most;
		if (c >= 0xc0) {
			const size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

			return need > back ? most - back : most;
		}
	}
	return most;
}

struct piece lines_next(const char *data, size_t len, size_t most, bool end)
{
	const size_t n = len < most ? len : most;
	const char *newline = n ? memchr(data, '\n', n) : NULL;
	size_t at;

	if (newline) {
		at = (size_t)(newline - data);
		return (struct piece){ at + 1, at, true };
	}
	if (len >= most) {
		at = cut(data, most);
		return (struct piece){ at, at, false };
	}
	return end ? (struct piece){ n, n, true } : (struct piece){ 0, 0, false };
}
