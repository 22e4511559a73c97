/* SPDX-License-Identifier: MIT */
#include "ctl/words.h"

#include <errno.h>
#include <string.h>

int words_read(const struct flags *f, size_t n, char *const *words, void *base,
	       struct texts *rest, struct buf *why)
{
	bool options = true;
	size_t at = 0;

	while (at < n) {
		size_t used = 0;
		int r = FLAGS_OK;

		if (options)
			r = flags_read(f, n - at, words + at, base, &used, why);
		if (r != FLAGS_OK)
			return r;
		at += used;
		if (used && !strcmp(words[at - 1], "--"))
			options = false;
		if (at < n && texts_add(rest, words[at++]) < 0)
			return -ENOMEM;
	}
	return FLAGS_OK;
}

int words_count(const char *option, const char *text, int64_t *ret, struct buf *why)
{
	char *end;
	long long n;
	int r;

	*ret = -1;
	if (!strcmp(text, "all"))
		return FLAGS_OK;
	errno = 0;
	n = strtoll(text, &end, 10);
	*ret = n;
	if (end != text && !*end && !errno && n >= 0)
		return FLAGS_OK;
	r = buf_printf(why, "option %s: not a number, or all: '%.200s'", option, text);
	return r < 0 ? r : FLAGS_BAD;
}
