/* SPDX-License-Identifier: MIT */
/*
 * fuzz_expand.c - any text with "%(name)s": it is refused with a reason, or what comes out,
 * with '%' doubled, expands to itself; text without '%' is left alone.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "conf/expand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct name outer_names[] = { { "HOME", 4, "/root", 0 },
					   { "PERCENT=x", 7, "50%d", 0 },
					   { "EMPTY", 5, "", 0 } };
static const struct name inner_names[] = { { "here", 4, "/etc", 0 },
					   { "process_num", 11, NULL, 7 },
					   { "n", 1, NULL, -9223372036854775807LL - 1 },
					   { "u", 1, "zażółć", 0 } };
static const struct scope outer = { NULL, "ENV_", outer_names, 3 };
static const struct scope inner = { &outer, "", inner_names, 4 };

/* Every '%' of @s doubled. */
static void escape(struct buf *out, const char *s)
{
	int r = 0;

	for (; *s; s++) {
		r |= buf_putc(out, *s);
		if (*s == '%')
			r |= buf_putc(out, '%');
	}
	assert(r == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(freep) char *text = strndup((const char *)data, size);
	_cleanup_(buf_done) struct buf out = BUF_INIT, why = BUF_INIT;
	_cleanup_(buf_done) struct buf escaped = BUF_INIT, again = BUF_INIT;
	int r;

	assert(text);
	r = expand(text, &inner, "section.key", &out, &why);
	assert(r == EXPAND_OK || r == EXPAND_REFUSED);
	assert((r == EXPAND_REFUSED) == (why.len > 0));
	if (r == EXPAND_REFUSED) {
		assert(strchr(text, '%'));
		return 0;
	}
	assert(out.len == strlen(buf_str(&out)));
	if (!strchr(text, '%'))
		assert(strcmp(text, buf_str(&out)) == 0);
	escape(&escaped, buf_str(&out));
	r = expand(buf_str(&escaped), &inner, "section.key", &again, &why);
	assert(r == EXPAND_OK && strcmp(buf_str(&out), buf_str(&again)) == 0);
	return 0;
}
