/* SPDX-License-Identifier: MIT */
/*
 * Indentation decides: a line deeper than the key it follows continues its value, whatever it
 * looks like; any other line begins a statement. Blank lines within a value are kept, those
 * behind it are not; lines with nothing but a comment are as if they were not there.
 */
#include "conf/text.h"

#include <string.h>

#include "conf/blank.h"

/* One line without its comment and the blanks around it. */
struct row {
	const char *s;
	size_t n;
	size_t indent;
	bool comment; /* there was one */
	const char *next; /* where the next line begins */
};

/*
 * Where the comment begins, or @n. A marker counts at the beginning and behind a blank. Both
 * markers are looked for side by side, one occurrence each a round, and the first round in
 * which one counts ends the search: configparser does so, and lines depend on it.
 */
static size_t find_comment(const char *s, size_t n)
{
	size_t at[2] = { 0, 0 }, found = n;

	while (found == n && (at[0] <= n || at[1] <= n)) {
		for (int i = 0; i < 2; i++) {
			const char *hit = NULL;
			size_t x;

			if (at[i] < n)
				hit = memchr(s + at[i], i ? '#' : ';', n - at[i]);
			if (!hit) {
				at[i] = n + 1;
				continue;
			}
			x = (size_t)(hit - s);
			at[i] = x + 1;
			if ((x == 0 || is_blank(s[x - 1])) && x < found)
				found = x;
		}
	}
	return found;
}

/* Fill @r from the line s[0..n). */
static void strip(struct row *r, const char *s, size_t n)
{
	size_t first = 0;

	while (first < n && is_blank(s[first]))
		first++;
	r->indent = first;
	r->s = s + first;
	r->n = 0;
	r->comment = first < n && (s[first] == ';' || s[first] == '#');
	if (r->comment)
		return;
	r->n = find_comment(s, n);
	r->comment = r->n < n;
	r->n = r->n > first ? r->n - first : 0;
	while (r->n && is_blank(r->s[r->n - 1]))
		r->n--;
}

/* Read the line at hand without going on to the next. False at the end. */
static bool peek(const struct text *t, struct row *r)
{
	const char *eol, *s = t->at;

	if (s >= t->end)
		return false;
	eol = memchr(s, t->only_cr ? '\r' : '\n', (size_t)(t->end - s));
	r->next = eol ? eol + 1 : t->end;
	strip(r, s, (size_t)((eol ? eol : t->end) - s));
	return true;
}

static void advance(struct text *t, const struct row *r)
{
	t->at = r->next;
	t->line++;
}

/* Take in all that continues the value of a key indented by @indent. */
static int join(struct text *t, size_t indent, struct buf *out)
{
	struct text ahead = *t; /* blank lines count only if more of the value follows */
	size_t blank = 0;
	struct row r;
	int rc = 0;

	while (rc == 0 && peek(&ahead, &r)) {
		if (r.n && r.indent <= indent)
			break;
		advance(&ahead, &r);
		if (!r.n) {
			blank += !r.comment;
			continue;
		}
		for (; rc == 0 && blank; blank--)
			rc = buf_putc(out, '\n');
		if (rc == 0)
			rc = buf_putc(out, '\n');
		if (rc == 0)
			rc = buf_append(out, r.s, r.n);
		*t = ahead;
	}
	return rc;
}

static int as_section(struct statement *st, const struct row *r, const char *close)
{
	st->kind = STATEMENT_SECTION;
	return buf_append(&st->text, r->s + 1, (size_t)(close - r->s - 1));
}

/* Is there a '=' or ':' behind at least one byte of key? */
static bool has_delimiter(const struct row *r)
{
	return r->n && *r->s != '=' && *r->s != ':' &&
	       (memchr(r->s, '=', r->n) || memchr(r->s, ':', r->n));
}

void text_init(struct text *t, const char *data, size_t len)
{
	*t = (struct text){ .at = data, .end = data + len, .line = 1 };
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		t->at += 3;
	t->only_cr = len && !memchr(data, '\n', len);
}

int text_next(struct text *t, struct statement *s)
{
	const char *close;
	struct row r;
	int rc;

	buf_clear(&s->text);
	do {
		if (!peek(t, &r)) {
			s->kind = STATEMENT_END;
			return 0;
		}
		s->line = t->line;
		advance(t, &r);
	} while (!r.n);

	close = *r.s == '[' ? memrchr(r.s, ']', r.n) : NULL;
	if (close && close > r.s + 1) {
		t->can_continue = false;
		return as_section(s, &r, close);
	}
	s->kind = has_delimiter(&r) ? STATEMENT_KEY : STATEMENT_STRAY;
	if (s->kind == STATEMENT_KEY)
		t->can_continue = true;
	rc = buf_append(&s->text, r.s, r.n);
	return rc == 0 && t->can_continue ? join(t, r.indent, &s->text) : rc;
}
