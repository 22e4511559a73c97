/* SPDX-License-Identifier: MIT */
#include "conf/config.h"

#include <errno.h>
#include <string.h>

#include "conf/lex.h"

/* Every word with its NUL, one after the other. */
static int gather(const char *command, struct buf *all, size_t *ret_n)
{
	_cleanup_(buf_done) struct buf token = BUF_INIT;
	struct lex l;
	size_t n = 0;
	int r;

	lex_init(&l, command, LEX_WORDS);
	while ((r = lex_next(&l, &token)) == LEX_TOKEN) {
		r = buf_append(all, buf_str(&token), token.len + 1);
		if (r < 0)
			return r;
		n++;
	}
	if (r < 0)
		return r;
	if (r == LEX_NO_CLOSING)
		return WORDS_NO_CLOSING;
	if (r == LEX_NO_ESCAPED)
		return WORDS_NO_ESCAPED;
	*ret_n = n;
	return n ? WORDS_OK : WORDS_EMPTY;
}

int words_split(const char *command, char ***ret, size_t *ret_n)
{
	_cleanup_(buf_done) struct buf all = BUF_INIT;
	size_t n, size;
	char **v, *s;
	int r = gather(command, &all, &n);

	if (r != WORDS_OK)
		return r;
	if (__builtin_mul_overflow(n + 1, sizeof *v, &size) ||
	    __builtin_add_overflow(size, all.len, &size))
		return -ENOMEM;
	v = malloc(size);
	if (!v)
		return -ENOMEM;
	s = (char *)(v + n + 1);
	memcpy(s, all.data, all.len);
	for (size_t i = 0; i < n; i++) {
		v[i] = s;
		s += strlen(s) + 1;
	}
	v[n] = NULL;
	*ret = v;
	*ret_n = n;
	return WORDS_OK;
}
