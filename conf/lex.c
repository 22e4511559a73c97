/* SPDX-License-Identifier: MIT */
/*
 * One function per state takes one character. Which characters make up a word matters: with
 * environment=, anything that is not one of them is a token by itself.
 */
#include "conf/lex.h"

#include <string.h>

enum state { BETWEEN, WORD, SINGLE, DOUBLE, ESCAPED };
enum { GO, EMIT };

struct cut {
	struct lex *l;
	struct buf *token;
	enum state state;
	enum state back; /* where ESCAPED returns to */
	bool quoted; /* there were quotes: an empty token counts too */
};

size_t utf8_len(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;

	if (c >= 0xf5)
		return 1;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 1;
	return n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* U+00C0 to U+00FF are letters in POSIX manner, but for the two signs among them. */
static bool is_latin1_letter(const char *s)
{
	unsigned char c = (unsigned char)s[1];

	return (unsigned char)s[0] == 0xc3 && c >= 0x80 && c <= 0xbf && c != 0x97 && c != 0xb7;
}

static bool is_word(const struct lex *l, const char *s)
{
	if (l->mode == LEX_WORDS)
		return true;
	if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9'))
		return true;
	if (memchr("_/.+-():", *s, 8))
		return true;
	return l->mode == LEX_POSIX && is_latin1_letter(s);
}

static void skip_line(struct lex *l)
{
	while (*l->at && *l->at != '\n')
		l->at++;
	if (*l->at)
		l->at++;
}

/* Take the character at hand into the token. */
static int take(struct cut *c)
{
	size_t n = utf8_len(c->l->at);
	int r = buf_append(c->token, c->l->at, n);

	c->l->at += n;
	return r;
}

static int finished(const struct cut *c)
{
	return c->token->len || (c->l->mode != LEX_LEGACY && c->quoted) ? EMIT : GO;
}

static int on_between(struct cut *c)
{
	struct lex *l = c->l;
	char ch = *l->at;
	int r;

	if (is_blank(ch)) {
		l->at++;
		return GO;
	}
	if (ch == '#' && l->mode != LEX_WORDS) {
		skip_line(l);
		return GO;
	}
	if (ch == '\\' && l->mode != LEX_LEGACY) {
		l->at++;
		c->back = WORD;
		c->state = ESCAPED;
		return GO;
	}
	if (ch == '\'' || ch == '"') {
		c->state = ch == '"' ? DOUBLE : SINGLE;
		if (l->mode == LEX_LEGACY)
			return take(c);
		l->at++;
		return GO;
	}
	if (is_word(l, l->at)) {
		c->state = WORD;
		return take(c);
	}
	r = take(c);
	return r < 0 ? r : EMIT;
}

static int on_quoted(struct cut *c)
{
	struct lex *l = c->l;
	char mark = c->state == DOUBLE ? '"' : '\'';
	int r;

	c->quoted = true;
	if (*l->at == mark && l->mode == LEX_LEGACY) {
		r = take(c);
		return r < 0 ? r : EMIT;
	}
	if (*l->at == mark) {
		l->at++;
		c->state = WORD;
		return GO;
	}
	if (*l->at == '\\' && mark == '"' && l->mode != LEX_LEGACY) {
		l->at++;
		c->back = DOUBLE;
		c->state = ESCAPED;
		return GO;
	}
	return take(c);
}

/* Between quotes only the quote and the backslash can be escaped. */
static int on_escaped(struct cut *c)
{
	c->state = c->back;
	if (c->back == DOUBLE && *c->l->at != '\\' && *c->l->at != '"') {
		int r = buf_putc(c->token, '\\');

		if (r < 0)
			return r;
	}
	return take(c);
}

static int on_word_posix(struct cut *c)
{
	struct lex *l = c->l;
	char ch = *l->at;

	if (ch == '\'' || ch == '"') {
		l->at++;
		c->state = ch == '"' ? DOUBLE : SINGLE;
		return GO;
	}
	if (ch == '\\') {
		l->at++;
		c->back = WORD;
		c->state = ESCAPED;
		return GO;
	}
	if (is_word(l, l->at))
		return take(c);
	c->state = BETWEEN;
	return finished(c);
}

static int on_word(struct cut *c)
{
	struct lex *l = c->l;
	char ch = *l->at;

	if (is_blank(ch)) {
		l->at++;
		c->state = BETWEEN;
		return finished(c);
	}
	if (ch == '#' && l->mode != LEX_WORDS) {
		skip_line(l);
		if (l->mode == LEX_LEGACY)
			return GO; /* the word goes on in the next line, as it always did */
		c->state = BETWEEN;
		return finished(c);
	}
	if (l->mode != LEX_LEGACY)
		return on_word_posix(c);
	if (ch == '\'' || ch == '"' || is_word(l, l->at))
		return take(c);
	c->state = BETWEEN;
	return finished(c);
}

static int step(struct cut *c)
{
	switch (c->state) {
	case BETWEEN:
		return on_between(c);
	case WORD:
		return on_word(c);
	case SINGLE:
	case DOUBLE:
		return on_quoted(c);
	case ESCAPED:
		return on_escaped(c);
	}
	return GO;
}

static int at_end(struct cut *c)
{
	switch (c->state) {
	case SINGLE:
	case DOUBLE:
		return LEX_NO_CLOSING;
	case ESCAPED:
		return LEX_NO_ESCAPED;
	case BETWEEN:
	case WORD:
		break;
	}
	c->l->over = true;
	return finished(c) == EMIT ? LEX_TOKEN : LEX_END;
}

void lex_init(struct lex *l, const char *text, enum lex_mode mode)
{
	*l = (struct lex){ .at = text, .mode = mode };
}

int lex_next(struct lex *l, struct buf *token)
{
	struct cut c = { .l = l, .token = token, .state = BETWEEN };

	buf_clear(token);
	if (l->over)
		return LEX_END;
	while (*l->at) {
		int r = step(&c);

		if (r < 0)
			return r;
		if (r == EMIT)
			return LEX_TOKEN;
	}
	return at_end(&c);
}
