/* SPDX-License-Identifier: MIT */
/*
 * Python's "text % names". The number formatting is done here and not by snprintf because the
 * two disagree: "#o" writes 0o17, and the flag 0 counts beside a precision.
 */
#include "conf/expand.h"

#include <errno.h>
#include <string.h>

#include "conf/lex.h"
#include "conf/quote.h"

enum { WIDTH_MAX = 10000 };

struct format {
	bool left, plus, space, zero, alt;
	int width;
	int precision; /* -1: none given */
	char type;
};

struct job {
	const char *text, *at; /* all of it; where we are */
	const struct scope *scope;
	const char *what;
	struct buf *out, *why;
};

__attribute__((format(printf, 2, 3))) static int bad(struct job *j, const char *fmt, ...)
{
	va_list ap;
	int r = buf_puts(j->why, "Format string ");

	if (r == 0)
		r = quote_repr(j->why, j->text);
	if (r == 0)
		r = buf_puts(j->why, " for ");
	if (r == 0)
		r = quote_repr(j->why, j->what);
	if (r == 0)
		r = buf_puts(j->why, " is badly formatted: ");
	va_start(ap, fmt);
	if (r == 0)
		r = buf_vprintf(j->why, fmt, ap);
	va_end(ap);
	if (r == 0)
		r = buf_puts(j->why, "; write %% for a percent sign");
	return r < 0 ? r : EXPAND_REFUSED;
}

/* --- names ------------------------------------------------------------------------------- */

static const struct name *find(const struct scope *s, const char *name, size_t len)
{
	for (; s; s = s->outer) {
		size_t skip = strlen(s->prefix);

		if (len < skip || memcmp(name, s->prefix, skip) != 0)
			continue;
		for (size_t i = 0; i < s->n; i++)
			if (s->v[i].len == len - skip &&
			    memcmp(s->v[i].name, name + skip, len - skip) == 0)
				return &s->v[i];
	}
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every name of @s and of what it stands in, as strings. */
static int collect(const struct scope *s, char ***ret, size_t *ret_n)
{
	size_t n = 0, at = 0;
	char **v;

	for (const struct scope *x = s; x; x = x->outer)
		n += x->n;
	v = calloc(n + 1, sizeof *v);
	if (!v)
		return -ENOMEM;
	*ret = v;
	for (; s; s = s->outer) {
		for (size_t i = 0; i < s->n; i++) {
			_cleanup_(buf_done) struct buf b = BUF_INIT;

			if (buf_printf(&b, "%s%.*s", s->prefix, (int)s->v[i].len,
				       s->v[i].name) < 0 ||
			    !(v[at] = buf_steal(&b)))
				return -ENOMEM;
			*ret_n = ++at;
		}
	}
	return 0;
}

static int list_names(const struct scope *s, struct buf *out)
{
	char **v = NULL;
	size_t n = 0;
	int r = collect(s, &v, &n);
	const char *last = NULL;

	if (r == 0 && n)
		qsort(v, n, sizeof *v, by_text);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (last && strcmp(last, v[i]) == 0)
			continue;
		r = buf_printf(out, "%s%s", last ? ", " : "", v[i]);
		last = v[i];
	}
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
	return r;
}

static int unknown(struct job *j, const char *name, size_t len)
{
	_cleanup_(freep) char *copy = strndup(name, len);
	int r;

	if (!copy)
		return -ENOMEM;
	r = buf_puts(j->why, "Format string ");
	if (r == 0)
		r = quote_repr(j->why, j->text);
	if (r == 0)
		r = buf_puts(j->why, " for ");
	if (r == 0)
		r = quote_repr(j->why, j->what);
	if (r == 0)
		r = buf_puts(j->why, " contains names (");
	if (r == 0)
		r = quote_repr(j->why, copy);
	if (r == 0)
		r = buf_puts(j->why, ") which cannot be expanded. Available names: ");
	if (r == 0)
		r = list_names(j->scope, j->why);
	return r < 0 ? r : EXPAND_REFUSED;
}

/* --- one directive ----------------------------------------------------------------------- */

/* The name between parentheses, which may nest. NULL if they do not close. */
static const char *parse_name(struct job *j, size_t *ret_len)
{
	const char *from = j->at + 1;
	int depth = 1;

	for (const char *s = from; *s; s++) {
		depth += *s == '(';
		depth -= *s == ')';
		if (depth)
			continue;
		*ret_len = (size_t)(s - from);
		j->at = s + 1;
		return from;
	}
	return NULL;
}

static void parse_flags(struct job *j, struct format *f)
{
	for (;; j->at++) {
		switch (*j->at) {
		case '-':
			f->left = true;
			break;
		case '+':
			f->plus = true;
			break;
		case ' ':
			f->space = true;
			break;
		case '0':
			f->zero = true;
			break;
		case '#':
			f->alt = true;
			break;
		default:
			return;
		}
	}
}

/* Digits at hand; -1 if that is more than anybody needs. */
static int parse_digits(struct job *j)
{
	int n = 0;

	for (; *j->at >= '0' && *j->at <= '9'; j->at++)
		if (n <= WIDTH_MAX)
			n = n * 10 + (*j->at - '0');
	return n > WIDTH_MAX ? -1 : n;
}

static int parse_format(struct job *j, struct format *f)
{
	parse_flags(j, f);
	if (*j->at == '*')
		return bad(j, "* wants int");
	f->width = parse_digits(j);
	if (f->width < 0)
		return bad(j, "width too big");
	if (*j->at == '.') {
		j->at++;
		if (*j->at == '*')
			return bad(j, "* wants int");
		f->precision = parse_digits(j);
		if (f->precision < 0)
			return bad(j, "precision too big");
	}
	if (*j->at == 'h' || *j->at == 'l' || *j->at == 'L')
		j->at++;
	if (!*j->at)
		return bad(j, "incomplete format");
	f->type = *j->at++;
	return EXPAND_OK;
}

/* --- formatting -------------------------------------------------------------------------- */

static size_t count_chars(const char *s, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static int put_padding(struct buf *out, char c, size_t have, int width)
{
	int r = 0;

	for (; r == 0 && have < (size_t)width; have++)
		r = buf_putc(out, c);
	return r;
}

/* Width and precision count characters, not bytes. */
static int put_text(struct buf *out, const struct format *f, const char *s)
{
	size_t bytes = strlen(s), chars;
	int r = 0;

	if (f->precision >= 0) {
		bytes = 0;
		for (int i = 0; i < f->precision && s[bytes]; i++)
			bytes += utf8_len(s + bytes);
	}
	chars = count_chars(s, bytes);
	if (!f->left)
		r = put_padding(out, ' ', chars, f->width);
	if (r == 0)
		r = buf_append(out, s, bytes);
	if (r == 0 && f->left)
		r = put_padding(out, ' ', chars, f->width);
	return r;
}

/* @prefix is the sign and the base; zeros go between it and the digits. */
static int put_number(struct buf *out, const struct format *f, const char *prefix,
		      const char *digits)
{
	size_t have = strlen(prefix) + strlen(digits);
	bool zeros = f->zero && !f->left;
	int r = 0;

	if (!f->left && !zeros)
		r = put_padding(out, ' ', have, f->width);
	if (r == 0)
		r = buf_puts(out, prefix);
	if (r == 0 && zeros)
		r = put_padding(out, '0', have, f->width);
	if (r == 0)
		r = buf_puts(out, digits);
	if (r == 0 && f->left)
		r = put_padding(out, ' ', have, f->width);
	return r;
}

static const char *sign_of(const struct format *f, bool negative)
{
	return negative ? "-" : f->plus ? "+" : f->space ? " " : "";
}

static int print_base(const struct format *f, unsigned long long u, struct buf *digits)
{
	switch (f->type) {
	case 'x':
		return buf_printf(digits, "%llx", u);
	case 'X':
		return buf_printf(digits, "%llX", u);
	case 'o':
		return buf_printf(digits, "%llo", u);
	default:
		return buf_printf(digits, "%llu", u);
	}
}

static const char *base_of(const struct format *f)
{
	if (!f->alt)
		return "";
	return f->type == 'x' ? "0x" : f->type == 'X' ? "0X" : f->type == 'o' ? "0o" : "";
}

static int put_integer(struct buf *out, const struct format *f, long long n)
{
	_cleanup_(buf_done) struct buf digits = BUF_INIT, padded = BUF_INIT;
	char prefix[8];
	int r = print_base(f, n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n,
			   &digits);

	if (r == 0)
		r = put_padding(&padded, '0', digits.len, f->precision < 0 ? 0 : f->precision);
	if (r == 0)
		r = buf_puts(&padded, buf_str(&digits));
	if (r < 0)
		return r;
	(void)snprintf(prefix, sizeof prefix, "%s%s", sign_of(f, n < 0), base_of(f));
	return put_number(out, f, prefix, buf_str(&padded));
}

static int put_float(struct buf *out, const struct format *f, long long n)
{
	_cleanup_(buf_done) struct buf digits = BUF_INIT;
	int precision = f->precision < 0 ? 6 : f->precision, r;
	double x = (double)(n < 0 ? 0 - (unsigned long long)n : (unsigned long long)n);

	switch (f->type) {
	case 'e':
		r = buf_printf(&digits, f->alt ? "%#.*e" : "%.*e", precision, x);
		break;
	case 'E':
		r = buf_printf(&digits, f->alt ? "%#.*E" : "%.*E", precision, x);
		break;
	case 'g':
		r = buf_printf(&digits, f->alt ? "%#.*g" : "%.*g", precision, x);
		break;
	case 'G':
		r = buf_printf(&digits, f->alt ? "%#.*G" : "%.*G", precision, x);
		break;
	default:
		r = buf_printf(&digits, f->alt ? "%#.*f" : "%.*f", precision, x);
		break;
	}
	return r < 0 ? r : put_number(out, f, sign_of(f, n < 0), buf_str(&digits));
}

/* As UTF-8, with a NUL. */
static void encode(long long n, char ret[5])
{
	size_t at = 0;

	if (n < 0x80) {
		ret[at++] = (char)n;
	} else if (n < 0x800) {
		ret[at++] = (char)(0xc0 | (n >> 6));
	} else if (n < 0x10000) {
		ret[at++] = (char)(0xe0 | (n >> 12));
		ret[at++] = (char)(0x80 | ((n >> 6) & 0x3f));
	} else {
		ret[at++] = (char)(0xf0 | (n >> 18));
		ret[at++] = (char)(0x80 | ((n >> 12) & 0x3f));
		ret[at++] = (char)(0x80 | ((n >> 6) & 0x3f));
	}
	if (n >= 0x80)
		ret[at++] = (char)(0x80 | (n & 0x3f));
	ret[at] = '\0';
}

static int put_char(struct job *j, struct format *f, const struct name *x)
{
	char c[5];

	f->precision = -1;
	if (x->text) {
		if (!*x->text || x->text[utf8_len(x->text)])
			return bad(j, "%%c requires int or char");
		return put_text(j->out, f, x->text);
	}
	if (x->number <= 0 || x->number > 0x10ffff)
		return bad(j, "%%c arg not in range(0x110000)");
	encode(x->number, c);
	return put_text(j->out, f, c);
}

static int put_repr(struct job *j, const struct format *f, const struct name *x)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int r = x->text ? quote_repr(&b, x->text) : buf_printf(&b, "%lld", x->number);

	return r < 0 ? r : put_text(j->out, f, buf_str(&b));
}

static int put_string(struct job *j, const struct format *f, const struct name *x)
{
	char number[24];

	if (x->text)
		return put_text(j->out, f, x->text);
	(void)snprintf(number, sizeof number, "%lld", x->number);
	return put_text(j->out, f, number);
}

/* @type is one of the numbers'. */
static int refuse_text(struct job *j, char type)
{
	if (strchr("diu", type))
		return bad(j, "%%%c format: a real number is required, not str", type);
	if (strchr("xXo", type))
		return bad(j, "%%%c format: an integer is required, not str", type);
	return bad(j, "must be real number, not str");
}

static int unsupported(struct job *j, char type)
{
	size_t index = count_chars(j->text, (size_t)(j->at - 1 - j->text));

	return bad(j, "unsupported format character '%c' (0x%x) at index %zu", type,
		   (unsigned char)type, index);
}

static int put_value(struct job *j, struct format *f, const struct name *x)
{
	switch (f->type) {
	case 's':
		return put_string(j, f, x);
	case 'r':
	case 'a':
		return put_repr(j, f, x);
	case 'c':
		return put_char(j, f, x);
	default:
		break;
	}
	if (!strchr("diuxXoeEfFgG", f->type))
		return unsupported(j, f->type);
	if (x->text)
		return refuse_text(j, f->type);
	return strchr("diuxXo", f->type) ? put_integer(j->out, f, x->number)
					 : put_float(j->out, f, x->number);
}

static int directive(struct job *j)
{
	struct format f = { .precision = -1 };
	const struct name *x;
	const char *name;
	size_t len;
	int r;

	if (*j->at != '(')
		return bad(j, *j->at ? "a name in parentheses is missing after '%%'"
				     : "incomplete format");
	name = parse_name(j, &len);
	if (!name)
		return bad(j, "incomplete format key");
	x = find(j->scope, name, len);
	if (!x)
		return unknown(j, name, len);
	r = parse_format(j, &f);
	return r == EXPAND_OK ? put_value(j, &f, x) : r;
}

int expand(const char *text, const struct scope *scope, const char *what, struct buf *out,
	   struct buf *why)
{
	struct job j = { text, text, scope, what, out, why };
	int r = EXPAND_OK;

	while (r == EXPAND_OK) {
		const char *mark = strchrnul(j.at, '%');

		r = buf_append(out, j.at, (size_t)(mark - j.at));
		if (r < 0 || !*mark)
			return r;
		j.at = mark + 1;
		if (*j.at != '%') {
			r = directive(&j);
			continue;
		}
		j.at++;
		r = buf_putc(out, '%');
	}
	return r;
}
