/* SPDX-License-Identifier: MIT */
/*
 * Values come from expansions too, so they may hold what a file cannot say plainly: a blank
 * before ';', blanks at an end, line breaks. "%(here).0s" expands to nothing and is no blank:
 * put between, it keeps the reader from seeing what is not meant.
 */
#include "conf/show.h"

#include <string.h>

#include "conf/blank.h"
#include "conf/choices.h"
#include "conf/environ.h"
#include "conf/limits.h"
#include "conf/logs.h"
#include "conf/value.h"

static const char guard[] = "%(here).0s";

static bool is_marker(char c)
{
	return c == ';' || c == '#';
}

/* Does a line need something in front that is no blank? @first: the one behind "key=". */
static bool needs_front(const char *s, size_t n, bool first, bool only)
{
	if (!n)
		return !only;
	return is_blank(*s) || (!first && is_marker(*s));
}

static int put_times(struct buf *out, char c, int times)
{
	int r = 0;

	for (; r == 0 && times; times--)
		r = buf_putc(out, c);
	return r;
}

/* One line of a value. */
static int put_line(const char *s, size_t n, int percents, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (i && is_marker(s[i]) && is_blank(s[i - 1]))
			r = buf_puts(out, guard);
		if (r == 0)
			r = put_times(out, s[i], s[i] == '%' ? percents : 1);
	}
	if (r == 0 && n && is_blank(s[n - 1]))
		r = buf_puts(out, guard);
	return r;
}

/* @percents: how often '%' has to be written to come out once. */
static int put_value(const char *key, const char *text, int percents, struct buf *out)
{
	bool only = !strchr(text, '\n'), first = true;
	int r = buf_printf(out, "%s=", key);

	while (r == 0) {
		size_t n = strcspn(text, "\n");

		if (needs_front(text, n, first, only))
			r = buf_puts(out, guard);
		if (r == 0)
			r = put_line(text, n, percents, out);
		if (r < 0)
			return r;
		if (!text[n])
			return buf_putc(out, '\n');
		text += n + 1;
		first = false;
		r = buf_puts(out, "\n\t");
	}
	return r;
}

int show_text(const char *key, const char *text, struct buf *out)
{
	return put_value(key, text, 2, out);
}

static int print_bytes(int64_t n, struct buf *out)
{
	static const struct {
		int shift;
		const char *suffix;
	} units[] = { { 30, "GB" }, { 20, "MB" }, { 10, "KB" } };

	for (size_t i = 0; n && i < ARRAY_SIZE(units); i++)
		if (!(n & ((INT64_C(1) << units[i].shift) - 1)))
			return buf_printf(out, "%lld%s", (long long)(n >> units[i].shift),
					  units[i].suffix);
	return buf_printf(out, "%lld", (long long)n);
}

/* Digits behind the point as they were written: no more than needed. */
static int print_trimmed(const char *text, struct buf *out)
{
	size_t n = strlen(text);

	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	return buf_append(out, text, n);
}

static int print_duration(msec_t ms, struct buf *out)
{
	char s[32];

	(void)snprintf(s, sizeof s, "%lld.%03lld", (long long)(ms / 1000),
		       (long long)(ms % 1000));
	return print_trimmed(s, out);
}

static int print_age(msec_t ms, struct buf *out)
{
	static const struct {
		int seconds;
		const char *unit;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" } };
	const int64_t n = ms / 1000;

	for (size_t i = 0; n && i < ARRAY_SIZE(units); i++)
		if (n % units[i].seconds == 0)
			return buf_printf(out, "%lld%s", (long long)(n / units[i].seconds),
					  units[i].unit);
	return buf_printf(out, "%lld", (long long)n);
}

static int print_rate(double rate, struct buf *out)
{
	char s[40];

	(void)snprintf(s, sizeof s, "%.6f", rate);
	return print_trimmed(s, out);
}

static int print_exitcodes(const uint32_t set[EXITCODE_WORDS], struct buf *out)
{
	const char *comma = "";
	int r = 0;

	for (int code = 0; r == 0 && code < 256; code++) {
		if (!(set[code / 32] >> (code % 32) & 1))
			continue;
		r = buf_printf(out, "%s%d", comma, code);
		comma = ",";
	}
	return r;
}

static int print_signal(int n, struct buf *out)
{
	const char *word = signal_word(n);

	return word ? buf_puts(out, word) : buf_printf(out, "%d", n);
}

static const char *autorestart_word(enum autorestart a)
{
	switch (a) {
	case AUTORESTART_NEVER:
		return "false";
	case AUTORESTART_ALWAYS:
		return "true";
	case AUTORESTART_UNEXPECTED:
		break;
	}
	return "unexpected";
}

static int print_stdin(const struct stdin_spec *s, struct buf *out)
{
	static const char *const before[] = { [STDIN_NULL] = "null",
					      [STDIN_FILE] = "file:",
					      [STDIN_DATA] = "data:",
					      [STDIN_PROGRAM] = "program:" };
	int r = buf_puts(out, before[s->kind]);

	return r == 0 && s->text ? buf_puts(out, s->text) : r;
}

static int print_number(const struct key *k, const void *field, struct buf *out)
{
	switch ((int)k->type) {
	case KEY_BOOL:
		return buf_puts(out, *(const bool *)field ? "true" : "false");
	case KEY_INT:
	case KEY_COUNT:
	case KEY_PERCPU:
		return buf_printf(out, "%d", *(const int *)field);
	case KEY_SECONDS:
	case KEY_DURATION:
		return print_duration(*(const msec_t *)field, out);
	case KEY_AGE:
		return print_age(*(const msec_t *)field, out);
	case KEY_RATE:
		return print_rate(*(const double *)field, out);
	case KEY_BYTES:
		return print_bytes(*(const int64_t *)field, out);
	default: /* KEY_OCTAL */
		return buf_printf(out, "%04o", (unsigned)*(const int *)field);
	}
}

/* What stands behind '='. Only called for what is set. */
static int print_value(const struct key *k, const void *field, struct buf *out)
{
	const char *const *words = choices_of(k->type);

	if (words)
		return buf_puts(out, words[*(const unsigned *)field]);
	if (limits_is(k->type))
		return limits_print(k->type, field, out);
	switch ((int)k->type) {
	case KEY_BOOL:
	case KEY_INT:
	case KEY_COUNT:
	case KEY_PERCPU:
	case KEY_SECONDS:
	case KEY_DURATION:
	case KEY_AGE:
	case KEY_RATE:
	case KEY_BYTES:
	case KEY_OCTAL:
		return print_number(k, field, out);
	case KEY_SIGNAL:
		return print_signal(*(const int *)field, out);
	case KEY_EXITCODES:
		return print_exitcodes(field, out);
	case KEY_AUTORESTART:
		return buf_puts(out, autorestart_word(*(const enum autorestart *)field));
	case KEY_ONESHOT:
		return buf_puts(out, *(const bool *)field ? "oneshot" : "simple");
	case KEY_STDIN:
		return print_stdin(field, out);
	case KEY_LEVEL:
		return buf_puts(out, level_word(*(const enum level *)field));
	case KEY_ENVIRONMENT:
		return environ_print(field, out);
	case KEY_LOGFILE:
		return logs_print(field, out);
	case KEY_SERVERURL:
		return buf_puts(out, *(char *const *)field ? *(char *const *)field : "AUTO");
	default: /* text of some kind */
		return buf_puts(out, *(char *const *)field);
	}
}

static bool is_set(const struct key *k, const void *field)
{
	if (limits_is(k->type))
		return limits_is_set(k->type, field);
	switch ((int)k->type) {
	case KEY_TEXT:
	case KEY_NAME:
	case KEY_USER:
	case KEY_OWNER:
	case KEY_DIRECTORY:
	case KEY_PATH:
	case KEY_LOGPATH:
	case KEY_SOCKET:
	case KEY_CPUS:
	case KEY_LINE:
		return *(char *const *)field;
	case KEY_OCTAL:
		return *(const int *)field != UMASK_INHERIT;
	default:
		return true;
	}
}

/* How often '%' has to be written: names of log files are expanded twice. */
static int percents(enum key_type type)
{
	return type == KEY_LOGFILE ? 4 : limits_has_percent(type) ? 1 : 2;
}

int show_key(const struct key *k, const void *object, struct buf *out)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	const void *field = (const char *)object + k->offset;
	int r;

	if (k->type == KEY_UNREAD || k->type == KEY_INET)
		return 0;
	if (!is_set(k, field))
		return buf_printf(out, ";%s=\n", k->name);
	r = print_value(k, field, &text);
	if (r < 0)
		return r;
	return put_value(k->name, buf_str(&text), percents(k->type), out);
}
