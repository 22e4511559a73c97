/* SPDX-License-Identifier: MIT */
#include "conf/value.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "conf/blank.h"
#include "conf/quote.h"
#include "conf/signals.h"

/* "BEFORE 'text'AFTER" */
static int bad(struct buf *why, const char *before, const char *text, const char *after)
{
	int r = buf_puts(why, before);

	if (r == 0)
		r = quote_repr(why, text);
	if (r == 0)
		r = buf_puts(why, after);
	return r < 0 ? r : VALUE_BAD;
}

static int one_of(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcasecmp(text, words[i]) == 0)
			return i;
	return -1;
}

static int truth(const char *text)
{
	static const char *const words[] = { "true", "yes", "on", "1", "false",
					     "no",   "off", "0",  NULL };
	int i = one_of(text, words);

	return i < 0 ? -1 : i < 4;
}

int value_bool(const char *text, bool *ret, struct buf *why)
{
	int t = truth(text);

	if (t < 0)
		return bad(why, "not a valid boolean value: ", text, "; write true or false");
	*ret = t;
	return VALUE_OK;
}

int value_autorestart(const char *text, enum autorestart *ret, struct buf *why)
{
	int t = truth(text);

	if (t < 0 && strcasecmp(text, "unexpected") != 0)
		return bad(why, "invalid 'autorestart' value ", text,
			   "; write true, false or unexpected");
	*ret = t < 0 ? AUTORESTART_UNEXPECTED : t ? AUTORESTART_ALWAYS : AUTORESTART_NEVER;
	return VALUE_OK;
}

int value_oneshot(const char *text, bool *ret, struct buf *why)
{
	static const char *const words[] = { "simple", "oneshot", NULL };
	int i = one_of(text, words);

	if (i < 0)
		return bad(why, "not a type of program: ", text, "; write simple or oneshot");
	*ret = i;
	return VALUE_OK;
}

int value_level(const char *text, enum level *ret, struct buf *why)
{
	int l = level_from_word(text);

	if (l < 0)
		return bad(why, "bad logging level name ", text,
			   "; write critical, error, warn, info, debug, trace or blather");
	*ret = (enum level)l;
	return VALUE_OK;
}

/* --- numbers ----------------------------------------------------------------------------- */

static int digit(char c, int base)
{
	int d = c - '0';

	return d >= 0 && d < base && d < 10 ? d : -1;
}

enum { NUMBER_OK, NUMBER_NONE, NUMBER_HUGE };

/* Digits, with single underscores between them, to the end. */
static int parse_digits(const char *s, size_t n, int base, int64_t *ret)
{
	bool huge = false;
	int64_t x = 0;

	if (!n || s[n - 1] == '_')
		return NUMBER_NONE;
	for (size_t i = 0; i < n; i++) {
		int d = digit(s[i], base);

		if (s[i] == '_' && i && s[i - 1] != '_')
			continue;
		if (d < 0)
			return NUMBER_NONE;
		if (__builtin_mul_overflow(x, base, &x) || __builtin_add_overflow(x, d, &x))
			huge = true;
	}
	*ret = x;
	return huge ? NUMBER_HUGE : NUMBER_OK;
}

/* Pass over "0o", which base 8 may begin with. */
static void skip_prefix(const char **s, size_t *n)
{
	size_t skip;

	if (*n < 3 || (*s)[0] != '0' || ((*s)[1] != 'o' && (*s)[1] != 'O'))
		return;
	skip = (*s)[2] == '_' ? 3 : 2;
	*s += skip;
	*n -= skip;
}

/* As Python's int(): blanks around, a sign, underscores between digits. */
static int parse_number(const char *s, size_t n, int base, int64_t *ret)
{
	bool minus;
	int r;

	s = trim(s, &n);
	minus = n && *s == '-';
	if (n && (*s == '-' || *s == '+')) {
		s++;
		n--;
	}
	if (base == 8)
		skip_prefix(&s, &n);
	r = parse_digits(s, n, base, ret);
	if (r == NUMBER_OK && minus)
		*ret = -*ret;
	return r;
}

int value_int(const char *text, int *ret, struct buf *why)
{
	int64_t n;
	int r = parse_number(text, strlen(text), 10, &n);

	if (r == NUMBER_NONE)
		return bad(why, "invalid literal for int() with base 10: ", text,
			   "; write a whole number");
	if (r == NUMBER_HUGE || n > INT_MAX || n < INT_MIN)
		return bad(why, "number out of range: ", text,
			   "; write one between -2147483648 and 2147483647");
	*ret = (int)n;
	return VALUE_OK;
}

int value_percpu(const char *text, int *ret, struct buf *why)
{
	int64_t n;
	int r;

	if (strcasecmp(text, "cpu") == 0) {
		*ret = PER_CPU;
		return VALUE_OK;
	}
	if (parse_number(text, strlen(text), 10, &n) == NUMBER_NONE)
		return bad(why, "invalid literal for int() with base 10: ", text,
			   "; write a whole number or cpu");
	r = value_int(text, ret, why);
	if (r == VALUE_OK && *ret == PER_CPU)
		*ret = PER_CPU + 1;
	return r;
}

int value_count(const char *text, int *ret, struct buf *why)
{
	int n, r = value_int(text, &n, why);

	if (r == VALUE_OK)
		*ret = n < 0 ? 0 : n;
	return r;
}

int value_seconds(const char *text, msec_t *ret, struct buf *why)
{
	int n, r = value_count(text, &n, why);

	if (r == VALUE_OK)
		*ret = n * INT64_C(1000);
	return r;
}

int value_bytes(const char *text, int64_t *ret, struct buf *why)
{
	static const struct {
		const char *suffix;
		int64_t factor;
	} units[] = { { "kb", 1 << 10 }, { "mb", 1 << 20 }, { "gb", 1 << 30 } };
	size_t n = strlen(text);
	int64_t x, factor = 1;
	int r;

	for (size_t i = 0; n >= 2 && i < 3; i++)
		if (strcasecmp(text + n - 2, units[i].suffix) == 0)
			factor = units[i].factor;
	r = parse_number(text, factor > 1 ? n - 2 : n, 10, &x);
	if (r == NUMBER_NONE)
		return bad(why, "not a valid size: ", text,
			   "; write a number of bytes, or one followed by KB, MB or GB");
	if (r == NUMBER_HUGE || __builtin_mul_overflow(x, factor, &x))
		return bad(why, "size out of range: ", text, "; write a smaller one");
	*ret = x < 0 ? 0 : x;
	return VALUE_OK;
}

int value_octal(const char *text, int *ret, struct buf *why)
{
	int64_t n;
	int r = parse_number(text, strlen(text), 8, &n);

	if (r == NUMBER_NONE) {
		r = buf_printf(why,
			       "%.400s can not be converted to an octal type; write digits "
			       "from 0 to 7, such as 022",
			       text);
		return r < 0 ? r : VALUE_BAD;
	}
	if (r == NUMBER_HUGE || n < 0 || n > 07777)
		return bad(why, "mode out of range: ", text,
			   "; write one between 0000 and 7777");
	*ret = (int)n;
	return VALUE_OK;
}

/* Digits with one point at most, as a number and how many of them stand behind the point. */
static bool parse_point(const char *s, size_t n, int64_t *ret, int *ret_after)
{
	bool point = false;
	int64_t x = 0;
	int after = 0;

	for (size_t i = 0; i < n; i++) {
		int d = digit(s[i], 10);

		if (s[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (d < 0)
			return false;
		x = x * 10 + d;
		after += point;
	}
	*ret = x;
	*ret_after = after;
	return n > (size_t)point;
}

/*
 * Digits with at most @decimals behind the point, as a whole number of the smallest unit. Few
 * enough digits that a double holds each exactly as written.
 */
static bool parse_decimal(const char *text, int decimals, int64_t *ret)
{
	size_t n = strlen(text);
	int64_t x;
	int after;

	text = trim(text, &n);
	if (n > 16 || !parse_point(text, n, &x, &after) || after > decimals)
		return false;
	for (; after < decimals; after++)
		if (__builtin_mul_overflow(x, 10, &x))
			return false;
	*ret = x;
	return true;
}

int value_duration(const char *text, msec_t *ret, struct buf *why)
{
	int64_t ms;

	if (!parse_decimal(text, 3, &ms) || ms / 1000 > INT_MAX)
		return bad(why, "not a valid time: ", text,
			   "; write seconds, such as 30 or 2.5 (at most three decimals)");
	*ret = ms;
	return VALUE_OK;
}

int value_age(const char *text, msec_t *ret, struct buf *why)
{
	static const char units[] = "smhdw";
	static const int seconds[] = { 1, 60, 3600, 86400, 604800 };
	size_t n = strlen(text);
	const char *s = trim(text, &n), *unit = n ? strchr(units, s[n - 1]) : NULL;
	int64_t x;
	int r = parse_number(s, unit ? n - 1 : n, 10, &x);

	if (r == NUMBER_NONE || (r == NUMBER_OK && x < 0))
		return bad(why, "not a valid age: ", text,
			   "; write seconds, or a number followed by m, h, d or w");
	if (r == NUMBER_HUGE || x > INT_MAX || x * (unit ? seconds[unit - units] : 1) > INT_MAX)
		return bad(why, "age out of range: ", text, "; write at most 24855d");
	*ret = x * (unit ? seconds[unit - units] : 1) * 1000;
	return VALUE_OK;
}

int value_rate(const char *text, double *ret, struct buf *why)
{
	int64_t micro;

	if (!parse_decimal(text, 6, &micro) || micro > INT64_C(1000000000000))
		return bad(why, "not a valid rate: ", text,
			   "; write restarts a second, such as 5 or 0.2; 0 for no limit");
	*ret = (double)micro / 1e6;
	return VALUE_OK;
}

/* --- the rest ---------------------------------------------------------------------------- */

const char *signal_word(int n)
{
	for (size_t i = 0; i < signal_names_n; i++)
		if (signal_names[i].number == n)
			return signal_names[i].word;
	return NULL;
}

static int signal_from_word(const char *text, size_t n)
{
	text = trim(text, &n);
	if (n > 3 && strncasecmp(text, "SIG", 3) == 0) {
		text += 3;
		n -= 3;
	}
	for (size_t i = 0; i < signal_names_n; i++)
		if (strlen(signal_names[i].word) == n &&
		    strncasecmp(text, signal_names[i].word, n) == 0)
			return signal_names[i].number;
	return -1;
}

int value_signal(const char *text, int *ret, struct buf *why)
{
	size_t len = strlen(text);
	int64_t n;
	int r = parse_number(text, len, 10, &n);

	if (r == NUMBER_NONE) {
		int sig = signal_from_word(text, len);

		if (sig < 0)
			return bad(
				why, "value ", text,
				" is not a valid signal name; write one such as TERM or USR1");
		*ret = sig;
		return VALUE_OK;
	}
	if (r == NUMBER_HUGE || n < 0 || n > 64 || (n > 0 && !signal_word((int)n)))
		return bad(why, "value ", text,
			   " is not a valid signal number; write a name such as TERM");
	*ret = (int)n;
	return VALUE_OK;
}

int value_exitcodes(const char *text, uint32_t ret[EXITCODE_WORDS], struct buf *why)
{
	uint32_t set[EXITCODE_WORDS] = { 0 };

	for (const char *s = text; *text;) {
		size_t n = strcspn(s, ",");
		int64_t code;

		if (parse_number(s, n, 10, &code) != NUMBER_OK || code < 0 || code > 255)
			return bad(why, "not a valid list of exit codes: ", text,
				   "; write numbers from 0 to 255 with commas between");
		set[code / 32] |= UINT32_C(1) << (code % 32);
		if (!s[n])
			break;
		s += n + 1;
	}
	memcpy(ret, set, sizeof set);
	return VALUE_OK;
}

static int bad_name(struct buf *why, const char *text, char c)
{
	char character[] = { c, '\0' };
	int r = bad(why, "Invalid name: ", text, " because of character: ");

	if (r == VALUE_BAD)
		r = bad(why, "", character, "; leave it out of the name");
	return r;
}

int value_name(const char *text, char **ret, struct buf *why)
{
	size_t n = strlen(text);
	const char *s = trim(text, &n);
	char *copy;

	if (!n)
		return bad(why, "Invalid name: ", text, "; write a name");
	for (size_t i = 0; i < n; i++)
		if (strchr(" :/", s[i]) || (unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return bad_name(why, text, s[i]);
	copy = strndup(s, n);
	if (!copy)
		return -ENOMEM;
	*ret = copy;
	return VALUE_OK;
}

int value_line(const char *text, struct buf *why)
{
	const size_t n = strlen(text);
	int r;

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return bad(why, "more than a line of text: ", text,
				   "; leave control characters out");
	if (n <= LOG_PREFIX_MAX)
		return VALUE_OK;
	r = buf_printf(why, "text of %zu bytes; write at most %d", n, LOG_PREFIX_MAX);
	return r < 0 ? r : VALUE_BAD;
}

int value_inet(const char *text, struct buf *why)
{
	const char *port = strrchr(text, ':');
	int64_t n;
	int r;

	port = port ? port + 1 : text;
	r = parse_number(port, strlen(port), 10, &n);
	if (r != NUMBER_OK || n < 1 || n > 65535)
		return bad(why, "not a valid port number: ", port,
			   "; write PORT, *:PORT or HOST:PORT with a port from 1 to 65535");
	return VALUE_OK;
}
