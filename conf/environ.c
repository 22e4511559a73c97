/* SPDX-License-Identifier: MIT */
#include "conf/environ.h"

#include <errno.h>
#include <string.h>

#include "conf/lex.h"

void environ_done(struct env *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->v[i].name);
		free(e->v[i].value);
	}
	free(e->v);
	*e = (struct env){ NULL, 0 };
}

/* Both strings are copied. */
static int put(struct env *e, const char *name, const char *value)
{
	_cleanup_(freep) char *n = strdup(name), *v = strdup(value);
	struct env_var *more;

	if (!n || !v)
		return -ENOMEM;
	for (size_t i = 0; i < e->n; i++) {
		if (strcmp(e->v[i].name, name) == 0) {
			free(e->v[i].value);
			e->v[i].value = TAKE_PTR(v);
			return 0;
		}
	}
	more = reallocarray(e->v, e->n + 1, sizeof *more);
	if (!more)
		return -ENOMEM;
	e->v = more;
	e->v[e->n++] = (struct env_var){ TAKE_PTR(n), TAKE_PTR(v) };
	return 0;
}

/* Drop quotes at both ends, any number of either kind. */
static char *unquote(char *s)
{
	size_t n;

	s += strspn(s, "'\"");
	n = strlen(s);
	while (n && (s[n - 1] == '\'' || s[n - 1] == '"'))
		n--;
	s[n] = '\0';
	return s;
}

enum { PAIR_KEY, PAIR_EQUALS, PAIR_VALUE, PAIR_SEPARATOR, PAIR_N };

/* One token, by its place in the four. ENVIRON_OK, ENVIRON_BAD or -ENOMEM. */
static int take(struct env *e, int place, enum lex_mode mode, struct buf *token,
		struct buf *key)
{
	if (place == PAIR_EQUALS)
		return strcmp(buf_str(token), "=") == 0 ? ENVIRON_OK : ENVIRON_BAD;
	if (place == PAIR_KEY) {
		buf_done(key);
		*key = TAKE(*token, (struct buf)BUF_INIT);
		return ENVIRON_OK;
	}
	if (place == PAIR_SEPARATOR)
		return ENVIRON_OK;
	if (buf_reserve(token, 0) < 0)
		return -ENOMEM;
	return put(e, buf_str(key), mode == LEX_LEGACY ? unquote(token->data) : token->data);
}

/* Tokens are taken in fours: name, '=', value and whatever separates. */
static int pairs(struct lex *l, struct env *e)
{
	_cleanup_(buf_done) struct buf token = BUF_INIT, key = BUF_INIT;
	int place = PAIR_KEY, r;

	for (; (r = lex_next(l, &token)) == LEX_TOKEN; place = (place + 1) % PAIR_N) {
		r = take(e, place, l->mode, &token, &key);
		if (r != ENVIRON_OK)
			return r;
	}
	if (r != LEX_END)
		return r;
	return place == PAIR_EQUALS || place == PAIR_VALUE ? ENVIRON_BAD : ENVIRON_OK;
}

/* LEX_END: it went through, *@ret_bad tells whether the pairs were right. */
static int attempt(const char *text, enum lex_mode mode, struct env *ret, bool *ret_bad)
{
	struct env e = { NULL, 0 };
	struct lex l;
	int r;

	lex_init(&l, text, mode);
	r = pairs(&l, &e);
	if (r == ENVIRON_OK) {
		*ret = e;
		*ret_bad = false;
		return LEX_END;
	}
	environ_done(&e);
	if (r != ENVIRON_BAD)
		return r;
	*ret_bad = true;
	return LEX_END;
}

/* The pairs can be wrong before the quote that is not closed is seen. */
static int quotes_closed(const char *text, enum lex_mode mode)
{
	_cleanup_(buf_done) struct buf token = BUF_INIT;
	struct lex l;
	int r;

	lex_init(&l, text, mode);
	do {
		r = lex_next(&l, &token);
	} while (r == LEX_TOKEN);
	return r;
}

int environ_parse(const char *text, struct env *ret, struct buf *why)
{
	enum lex_mode mode = LEX_POSIX;
	bool bad = false;
	int r = quotes_closed(text, mode);

	if (r == LEX_NO_CLOSING || r == LEX_NO_ESCAPED) {
		mode = LEX_LEGACY;
		r = quotes_closed(text, mode);
	}
	if (r == LEX_END)
		r = attempt(text, mode, ret, &bad);
	if (r < 0)
		return r;
	if (r == LEX_NO_CLOSING)
		r = buf_puts(why, "No closing quotation; close the quote");
	else if (bad)
		r = buf_printf(why,
			       "Unexpected end of key/value pairs in value '%.400s'; write "
			       "KEY=\"value\",KEY2=\"value\"",
			       text);
	else
		return ENVIRON_OK;
	return r < 0 ? r : ENVIRON_BAD;
}

static int print_quoted(struct buf *out, const char *s)
{
	int r = buf_putc(out, '"');

	for (; r == 0 && *s; s++) {
		if (*s == '"' || *s == '\\')
			r = buf_putc(out, '\\');
		if (r == 0)
			r = buf_putc(out, *s);
	}
	return r < 0 ? r : buf_putc(out, '"');
}

static bool is_plain(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_";

	return *s && s[strspn(s, plain)] == '\0';
}

int environ_print(const struct env *e, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->n; i++) {
		if (i)
			r = buf_putc(out, ',');
		if (r == 0)
			r = is_plain(e->v[i].name) ? buf_puts(out, e->v[i].name)
						   : print_quoted(out, e->v[i].name);
		if (r == 0)
			r = buf_putc(out, '=');
		if (r == 0)
			r = print_quoted(out, e->v[i].value);
	}
	return r;
}

int environ_merge(const struct env *base, const struct env *more, struct env *ret)
{
	struct env e = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < base->n; i++)
		r = put(&e, base->v[i].name, base->v[i].value);
	for (size_t i = 0; r == 0 && i < more->n; i++)
		r = put(&e, more->v[i].name, more->v[i].value);
	if (r < 0) {
		environ_done(&e);
		return r;
	}
	*ret = e;
	return 0;
}
