/* SPDX-License-Identifier: MIT */
/*
 * fuzz_stages.c - any line: it is refused at a place within it, or its words, each quoted,
 * split to the same stages; and what it splits to is never more than was there.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ctl/stages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void quote(struct buf *out, const char *word)
{
	int r = buf_putc(out, '\'');

	for (; *word; word++)
		r |= *word == '\'' ? buf_puts(out, "'\\''") : buf_putc(out, *word);
	r |= buf_puts(out, "' ");
	assert(r == 0);
}

/* All of it as a line that can mean nothing else; returns the bytes of its words. */
static size_t quote_all(const struct stages *s, struct buf *out)
{
	size_t bytes = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (i)
			assert(buf_putc(out, '|') == 0);
		assert(s->v[i][0]);
		for (char **w = s->v[i]; *w; w++) {
			quote(out, *w);
			bytes += strlen(*w);
		}
	}
	assert(!s->v[s->n]);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = strndup((const char *)data, size);
	_cleanup_(stages_done) struct stages s = { 0 }, again = { 0 };
	_cleanup_(buf_done) struct buf line = BUF_INIT, second = BUF_INIT;
	struct stages_fault f = { 0 };

	assert(text);
	if (stages_split(text, &s, &f) != STAGES_OK) {
		assert(f.what && f.at <= strlen(text) && !s.v);
		return 0;
	}
	assert(s.n > 0 && quote_all(&s, &line) <= strlen(text));
	assert(stages_split(buf_str(&line), &again, &f) == STAGES_OK && again.n == s.n);
	(void)quote_all(&again, &second);
	assert(strcmp(buf_str(&line), buf_str(&second)) == 0);
	return 0;
}
