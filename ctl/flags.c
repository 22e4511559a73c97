/* SPDX-License-Identifier: MIT */
/*
 * getopt(3) is not used: it keeps what it knows in globals, and says what is wrong in words of
 * its own.
 */
#include "ctl/flags.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "conf/value.h"

/* Where the reading is. */
struct place {
	size_t n;
	char *const *words;
	size_t at; /* the next word */
	void *base;
	struct buf *why;
};

int texts_add(struct texts *t, const char *text)
{
	const char **v = reallocarray(t->v, t->n + 1, sizeof *v);

	if (!v)
		return -ENOMEM;
	t->v = v;
	v[t->n++] = text;
	return 0;
}

void texts_done(struct texts *t)
{
	free(t->v);
	*t = (struct texts){ 0 };
}

/* --- values ------------------------------------------------------------------------------ */

static int bad(struct buf *why, const char *what, const char *text)
{
	const int r = buf_printf(why, "%s: '%.200s'", what, text);

	return r < 0 ? r : FLAGS_BAD;
}

/* What a letter behind a number of seconds multiplies it with; 0: no such letter. */
static msec_t unit_of(char c)
{
	switch (c) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 60 * 60;
	case 'd':
		return 24 * 60 * 60;
	default:
		return 0;
	}
}

int flags_time(const char *text, msec_t *ret, struct buf *why)
{
	_cleanup_(buf_done) struct buf number = BUF_INIT, unused = BUF_INIT;
	size_t len = strlen(text);
	msec_t unit = 1, ms;
	int r;

	if (len && unit_of(text[len - 1]))
		unit = unit_of(text[--len]);
	r = buf_append(&number, text, len);
	if (r == 0)
		r = value_duration(buf_str(&number), &ms, &unused);
	if (r < 0)
		return r;
	if (r != VALUE_OK || __builtin_mul_overflow(ms, unit, &ms) || ms / 1000 > INT_MAX)
		return bad(why, "not a time such as 0.5, 10s, 5m or 2h", text);
	*ret = ms;
	return FLAGS_OK;
}

static int set_integer(const char *text, int least, int *ret, struct buf *why)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (end == text || *end || errno || n < least || n > INT_MAX)
		return bad(why, "not a number that is possible here", text);
	*ret = (int)n;
	return FLAGS_OK;
}

static int set_octal(const char *text, int *ret, struct buf *why)
{
	_cleanup_(buf_done) struct buf unused = BUF_INIT;
	int n, r = value_octal(text, &n, &unused);

	if (r < 0)
		return r;
	if (r != VALUE_OK || n < 0 || n > 0777)
		return bad(why, "not a mask such as 022", text);
	*ret = n;
	return FLAGS_OK;
}

static int set_signal(const char *text, int *ret, struct buf *why)
{
	_cleanup_(buf_done) struct buf unused = BUF_INIT;
	const int r = value_signal(text, ret, &unused);

	return r < 0 ? r : r == VALUE_OK ? FLAGS_OK : bad(why, "not a signal", text);
}

static int set(const struct flag *f, const char *text, void *base, struct buf *why)
{
	void *at = (char *)base + f->at;

	switch (f->kind) {
	case FLAG_SWITCH:
		*(bool *)at = true;
		return FLAGS_OK;
	case FLAG_TEXT:
	case FLAG_ANYWHERE:
		*(const char **)at = text;
		return FLAGS_OK;
	case FLAG_LIST:
		return texts_add(at, text);
	case FLAG_TIME:
		return flags_time(text, at, why);
	case FLAG_COUNT:
		return set_integer(text, 0, at, why);
	case FLAG_INTEGER:
		return set_integer(text, INT_MIN, at, why);
	case FLAG_OCTAL:
		return set_octal(text, at, why);
	case FLAG_SIGNAL:
		return set_signal(text, at, why);
	}
	return -EINVAL;
}

/* A value that is wrong is told with its option. */
static int take(struct place *p, const struct flag *f, const char *option, size_t len,
		const char *text)
{
	_cleanup_(buf_done) struct buf wrong = BUF_INIT;
	int r = set(f, text, p->base, &wrong);

	if (r != FLAGS_BAD)
		return r;
	r = buf_printf(p->why, "option %.*s: %s", (int)len, option, buf_str(&wrong));
	return r < 0 ? r : FLAGS_BAD;
}

/* --- words ------------------------------------------------------------------------------- */

static bool takes_value(const struct flag *f)
{
	return f->kind != FLAG_SWITCH && f->kind != FLAG_ANYWHERE;
}

static int say(struct place *p, const char *option, size_t len, const char *what)
{
	const int r =
		buf_printf(p->why, "option %.*s %s", len < 200 ? (int)len : 200, option, what);

	return r < 0 ? r : FLAGS_BAD;
}

static const struct flag *by_name(const struct flags *f, const char *name, size_t len)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].name && strlen(f->v[i].name) == len &&
		    !memcmp(f->v[i].name, name, len))
			return &f->v[i];
	return NULL;
}

static const struct flag *by_letter(const struct flags *f, char letter)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].letter && f->v[i].letter == letter)
			return &f->v[i];
	return NULL;
}

/* "--name", "--name=VALUE", "--name VALUE". */
static int read_long(const struct flags *f, struct place *p, const char *word)
{
	const size_t len = strcspn(word, "=");
	const struct flag *flag = by_name(f, word + 2, len - 2);
	const char *text = word[len] ? word + len + 1 : NULL;

	if (!flag)
		return say(p, word, len, "not recognized");
	if (text && flag->kind == FLAG_SWITCH)
		return say(p, word, len, "takes no argument");
	if (!text && takes_value(flag)) {
		if (p->at == p->n)
			return say(p, word, len, "requires argument");
		text = p->words[p->at++];
	}
	return take(p, flag, word, len, text ? text : "");
}

/* "-x", "-xy", "-xVALUE", "-x VALUE". */
static int read_letters(const struct flags *f, struct place *p, const char *word)
{
	for (const char *s = word + 1; *s; s++) {
		const char option[] = { '-', *s, '\0' };
		const struct flag *flag = by_letter(f, *s);
		const char *text = "";
		int r;

		if (!flag)
			return say(p, option, 2, "not recognized");
		if (takes_value(flag) && s[1])
			text = s + 1;
		else if (takes_value(flag) && p->at == p->n)
			return say(p, option, 2, "requires argument");
		else if (takes_value(flag))
			text = p->words[p->at++];
		r = take(p, flag, option, 2, text);
		if (r != FLAGS_OK || takes_value(flag))
			return r;
	}
	return FLAGS_OK;
}

int flags_read(const struct flags *f, size_t n, char *const *words, void *base,
	       size_t *ret_used, struct buf *why)
{
	struct place p = { .n = n, .words = words, .base = base, .why = why };

	while (p.at < n) {
		const char *word = words[p.at];
		int r;

		if (word[0] != '-' || !word[1])
			break;
		p.at++;
		if (!strcmp(word, "--"))
			break;
		r = word[1] == '-' ? read_long(f, &p, word) : read_letters(f, &p, word);
		if (r != FLAGS_OK)
			return r;
	}
	*ret_used = p.at;
	return FLAGS_OK;
}

/* --- help -------------------------------------------------------------------------------- */

static int help_one(const struct flag *f, struct buf *out)
{
	const char *before = f->kind == FLAG_ANYWHERE ? "[=" : " ";
	const char *after = f->kind == FLAG_ANYWHERE ? "]" : "";
	int r = f->letter ? buf_printf(out, "-%c%s", f->letter, f->name ? ", " : "")
			  : buf_puts(out, "    ");

	if (r == 0 && f->name)
		r = buf_printf(out, "--%s", f->name);
	if (r == 0 && f->value)
		r = buf_printf(out, "%s%s%s", before, f->value, after);
	return r < 0 ? r : buf_printf(out, "\t%s\n", f->help);
}

int flags_help(const struct flags *f, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; i < f->n && r == 0; i++)
		r = help_one(&f->v[i], out);
	return r;
}
