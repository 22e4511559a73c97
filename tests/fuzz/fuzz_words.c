/* SPDX-License-Identifier: MIT */
/*
 * fuzz_words.c - any command line: it is refused, or its words, each quoted, split to the same.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "conf/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void quote(struct buf *out, const char *word)
{
	int r = buf_putc(out, '\'');

	for (; *word; word++)
		r |= *word == '\'' ? buf_puts(out, "'\\''") : buf_putc(out, *word);
	r |= buf_puts(out, "' ");
	assert(r == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = strndup((const char *)data, size);
	_cleanup_(freep) char **words = NULL, **again = NULL;
	_cleanup_(buf_done) struct buf quoted = BUF_INIT;
	size_t n, m;
	int r;

	assert(text);
	r = words_split(text, &words, &n);
	assert(r >= WORDS_OK && r <= WORDS_EMPTY);
	if (r != WORDS_OK) {
		assert(!words);
		return 0;
	}
	assert(n && !words[n]);
	for (size_t i = 0; i < n; i++)
		quote(&quoted, words[i]);
	r = words_split(buf_str(&quoted), &again, &m);
	assert(r == WORDS_OK && m == n);
	for (size_t i = 0; i < n; i++)
		assert(strcmp(words[i], again[i]) == 0);
	return 0;
}
