/* SPDX-License-Identifier: MIT */
/*
 * inih as distributions build it cuts long lines and long section names, strips comments its
 * own way and takes every indented line for a continuation; which of that, depends on the
 * build. So it is fed lines on which all builds agree. text.c has removed comments and joined
 * lines; here each statement becomes
 *
 *	[ID]			ID is the number of the section in the tree
 *	kNAME=some text		a key and the first piece of its value
 *	l=some text		a key too long for a line: its name is taken from the statement
 *	v=more text		each further piece of the value
 *
 * where every byte that could mean something to inih is written as %XX. inih asks for a line,
 * then calls back for it, then asks again: what it is about is the statement at hand. Its own
 * line numbers are not used, they are not in every build.
 */
#include "conf/reader.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "conf/blank.h"
#include "conf/quote.h"
#include "conf/text.h"

enum { MISTAKES_MAX = 200 }; /* of one file, that are not about a key */

struct reader {
	struct tree *tree;
	struct diags *diags;
	const char *file;
	struct text text;
	struct statement now;
	size_t sent; /* of now.text */
	struct tree_section *section; /* NULL: before the first header */
	struct buf key, value; /* what inih has given so far */
	bool pending; /* there is such a key */
	bool complained; /* about keys before the first header */
	unsigned mistakes;
	int error; /* negative errno: stop */
};

static void complain(struct reader *r, unsigned line, const char *fmt, const char *text)
{
	_cleanup_(buf_done) struct buf shown = BUF_INIT;

	if (++r->mistakes > MISTAKES_MAX)
		return;
	if (r->mistakes == MISTAKES_MAX) {
		diags_add(r->diags, DIAG_ERROR, r->file, line,
			  "too many lines that make no sense; is this a configuration file?");
		return;
	}
	if (quote_repr(&shown, text) < 0) {
		r->error = -ENOMEM;
		return;
	}
	diags_add(r->diags, DIAG_ERROR, r->file, line, "[%s] %s%s",
		  r->section ? r->section->name : "", buf_str(&shown), fmt);
}

/* --- towards inih ------------------------------------------------------------------------ */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == '/';
}

/* Write bytes of @s as inih may see them, as many as fit. Returns how many were taken. */
static size_t encode(const char *s, size_t n, char **at, const char *end)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < n && end - *at >= 3; i++) {
		unsigned char u = (unsigned char)s[i];

		if (is_plain(s[i])) {
			*(*at)++ = s[i];
			continue;
		}
		*(*at)++ = '%';
		*(*at)++ = hex[u >> 4];
		*(*at)++ = hex[u & 15];
	}
	return i;
}

/* The key with its delimiter, or 'l' for it if it does not leave room for a value. */
static void put_key(struct reader *r, char **at, const char *end)
{
	const char *text = buf_str(&r->now.text);
	size_t n = strcspn(text, "=:"), key = n;
	char *const from = *at;

	while (key && is_blank(text[key - 1]))
		key--;
	*(*at)++ = 'k';
	if (key > 40 || encode(text, key, at, end - 24) < key) {
		*at = from;
		*(*at)++ = 'l';
	}
	*(*at)++ = text[n];
	r->sent = n + 1;
	while (text[r->sent] != '\n' && is_blank(text[r->sent]))
		r->sent++; /* not '\n': an empty first line stays one */
}

/* Lower case, as configparser has keys. */
static int fold_key(const char *s, size_t n, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = buf_putc(out, s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i]);
	return r;
}

static int store(struct reader *r)
{
	int rc;

	if (!r->pending)
		return 0;
	r->pending = false;
	rc = tree_set(r->tree, r->section, buf_str(&r->key), buf_str(&r->value),
		      (struct origin){ r->file, r->now.line });
	return rc;
}

/* Go on to the next statement that inih should see. False at the end, or when it failed. */
static bool next_statement(struct reader *r)
{
	for (;;) {
		r->error = text_next(&r->text, &r->now);
		if (r->error < 0)
			return false;
		switch (r->now.kind) {
		case STATEMENT_END:
			return false;
		case STATEMENT_SECTION:
			r->error = tree_add_section(r->tree, buf_str(&r->now.text),
						    (struct origin){ r->file, r->now.line },
						    &r->section);
			return r->error == 0;
		case STATEMENT_KEY:
			if (r->section)
				return true;
			if (!r->complained)
				complain(r, r->now.line,
					 ": File contains no section headers above this line; "
					 "begin with one such as [supervisord]",
					 buf_str(&r->now.text));
			r->complained = true;
			break;
		case STATEMENT_STRAY:
			complain(r, r->now.line,
				 ": Source contains parsing errors; write [section] or "
				 "key=value, "
				 "or indent the line to continue the value above it",
				 buf_str(&r->now.text));
			break;
		}
	}
}

/* inih's reader: the next line for it, NULL at the end. */
static char *feed(char *line, int size, void *owner)
{
	struct reader *r = owner;
	char *at = line, *end = line + size - 2; /* room for '\n' and NUL */
	bool more = r->now.kind == STATEMENT_KEY && r->sent < r->now.text.len;

	if (!more) {
		r->error = store(r);
		if (r->error < 0 || !next_statement(r))
			return NULL;
	}
	if (r->now.kind == STATEMENT_SECTION) {
		(void)snprintf(line, (size_t)size, "[%u]\n", r->section->id);
		return line;
	}
	if (more) {
		*at++ = 'v';
		*at++ = '=';
	} else {
		put_key(r, &at, end);
	}
	r->sent += encode(r->now.text.data + r->sent, r->now.text.len - r->sent, &at, end);
	*at++ = '\n';
	*at = '\0';
	return line;
}

/* --- back from inih ---------------------------------------------------------------------- */

static int unhex(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

static int decode(const char *s, struct buf *out)
{
	int r = 0;

	for (; r == 0 && *s; s++) {
		if (*s != '%') {
			r = buf_putc(out, *s);
			continue;
		}
		r = buf_putc(out, (char)(unhex(s[1]) << 4 | unhex(s[2])));
		s += 2;
	}
	return r;
}

static int begin_key(struct reader *r, const char *section, const char *name)
{
	_cleanup_(buf_done) struct buf key = BUF_INIT;
	const char *text = buf_str(&r->now.text);
	int rc;

	r->section = tree_section_by_id(r->tree, (unsigned)strtoul(section, NULL, 10));
	if (!r->section)
		return -EINVAL;
	rc = *name == 'l' ? buf_append(&key, text, strcspn(text, "=:"))
			  : decode(name + 1, &key);
	while (rc == 0 && key.len && is_blank(key.data[key.len - 1]))
		key.data[--key.len] = '\0';
	buf_clear(&r->key);
	buf_clear(&r->value);
	if (rc == 0)
		rc = fold_key(buf_str(&key), key.len, &r->key);
	r->pending = true;
	return rc;
}

/* inih's handler: not zero if all is well. Some builds call it for headers too, without name.
 */
static int on_pair(void *owner, const char *section, const char *name, const char *value)
{
	struct reader *r = owner;

	if (!name || !value)
		return 1;
	if (*name != 'v')
		r->error = begin_key(r, section, name);
	if (r->error == 0)
		r->error = decode(value, &r->value);
	return r->error == 0;
}

/* --- the whole --------------------------------------------------------------------------- */

/* A NUL would end the text in the middle. Name the first, and read on without them. */
static void refuse_nul(struct reader *r, char *data, size_t len)
{
	char *hit = memchr(data, '\0', len);
	unsigned line = 1;

	if (!hit)
		return;
	for (const char *s = data; s < hit; s++)
		line += *s == '\n';
	diags_add(r->diags, DIAG_ERROR, r->file, line,
		  "contains a NUL byte; a configuration is text, remove it");
	for (; hit; hit = memchr(hit, '\0', len - (size_t)(hit - data)))
		*hit = '?';
}

int reader_run(struct tree *t, const char *file, char *data, size_t len, struct diags *d)
{
	struct reader r = { .tree = t, .diags = d, .file = file };
	int failed;

	if (len)
		refuse_nul(&r, data, len);
	text_init(&r.text, data, len);
	failed = ini_parse_stream(feed, &r, on_pair, &r);
	if (r.error == 0 && failed == -2)
		r.error = -ENOMEM;
	if (r.error == 0 && failed)
		diags_add(d, DIAG_ERROR, file, r.now.line,
			  "the inih library does not read this line (%d); use another build of "
			  "it",
			  failed);
	buf_done(&r.now.text);
	buf_done(&r.key);
	buf_done(&r.value);
	return r.error;
}
