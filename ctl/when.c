/* SPDX-License-Identifier: MIT */
#include "ctl/when.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "ctl/flags.h"

/* Digits after the seconds, which may be missing, as milliseconds. */
static const char *read_fraction(const char *s, int *ret)
{
	int scale = 100;

	*ret = 0;
	if (*s != '.')
		return s;
	for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
		*ret += (*s - '0') * scale;
	return s;
}

/* "Z", "+01:00" or "+0100"; NULL: neither. */
static const char *read_zone(const char *s, long *ret_seconds)
{
	struct tm tm = { 0 };
	const char *end;

	if (*s != 'Z' && *s != 'z' && *s != '+' && *s != '-')
		return NULL;
	end = strptime(*s == 'z' ? "Z" : s, "%z", &tm);
	*ret_seconds = tm.tm_gmtoff;
	return *s == 'z' && end ? s + 1 : end;
}

/* What is behind date and time of day. */
static bool finish(const char *rest, struct tm *tm, int64_t *ret)
{
	long zone = 0;
	int ms;
	const char *end, *after = read_fraction(rest, &ms);
	time_t t;

	end = read_zone(after, &zone);
	tm->tm_isdst = -1;
	t = end ? timegm(tm) - zone : mktime(tm);
	if (*(end ? end : after))
		return false;
	*ret = (int64_t)t * 1000 + ms;
	return true;
}

static bool read_date(const char *text, int64_t *ret)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
					     "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d" };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *rest = strptime(text, forms[i], &tm);

		if (rest && finish(rest, &tm, ret))
			return true;
	}
	return false;
}

static bool read_time_of_day(const char *text, int64_t now_ms, int64_t *ret)
{
	static const char *const forms[] = { "%H:%M:%S", "%H:%M" };
	const time_t now = (time_t)(now_ms / 1000);

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm;
		const char *rest;

		if (!localtime_r(&now, &tm))
			return false;
		tm.tm_sec = 0;
		rest = strptime(text, forms[i], &tm);
		if (rest && finish(rest, &tm, ret))
			return true;
	}
	return false;
}

static bool read_number(const char *text, int64_t *ret)
{
	char *end;
	long long n;
	int ms;

	if (*text != '@' || text[1] < '0' || text[1] > '9')
		return false;
	errno = 0;
	n = strtoll(text + 1, &end, 10);
	if (errno || *read_fraction(end, &ms) || n > INT64_MAX / 2000)
		return false;
	*ret = n * 1000 + ms;
	return true;
}

int when_read(const char *text, int64_t now_ms, int64_t *ret, struct buf *why)
{
	_cleanup_(buf_done) struct buf unused = BUF_INIT;
	msec_t ago;
	int r = flags_time(text, &ago, &unused);

	if (r < 0)
		return r;
	if (r == FLAGS_OK)
		*ret = now_ms - ago;
	if (r == FLAGS_OK || read_number(text, ret) || read_date(text, ret) ||
	    read_time_of_day(text, now_ms, ret))
		return FLAGS_OK;
	r = buf_printf(why, "not a time such as 5m, 12:30 or 2026-01-31T12:30:00Z: '%.200s'",
		       text);
	return r < 0 ? r : FLAGS_BAD;
}

int when_put(int64_t ms, struct buf *out)
{
	const time_t secs = (time_t)(ms / 1000);
	char date[32], zone[8];
	struct tm tm;

	if (!localtime_r(&secs, &tm) || !strftime(date, sizeof date, "%FT%T", &tm) ||
	    strftime(zone, sizeof zone, "%z", &tm) != 5)
		return buf_printf(out, "@%lld", (long long)ms);
	return buf_printf(out, "%s.%03d%.3s:%s", date, (int)(ms % 1000), zone, zone + 3);
}
