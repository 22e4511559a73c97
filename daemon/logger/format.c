/* SPDX-License-Identifier: MIT */
#include "daemon/logger/format.h"

#include <stdio.h>
#include <string.h>

#include "daemon/logger/json.h"

enum {
	NAME_MAX_JSON = 256, /* a longer name is cut */
	JSON_REST = 160, /* all that is not text or a name */
	MS_DAY = 24 * 3600 * 1000,
};

/* Days since 1970 as year, month, day: the calendar repeats every 400 years, and a year that
 * begins in March has its leap day at its end. */
static void civil(int64_t days, int *ret_y, int *ret_m, int *ret_d)
{
	const int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	const int64_t doe = z - era * 146097;
	const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const int64_t mp = (5 * doy + 2) / 153;

	*ret_d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*ret_m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*ret_y = (int)(yoe + era * 400 + (*ret_m <= 2));
}

void format_time(char ret[FORMAT_TIME], int64_t wall_ms)
{
	int64_t days = wall_ms / MS_DAY, ms = wall_ms % MS_DAY;
	int y, m, d;

	if (ms < 0) {
		ms += MS_DAY;
		days--;
	}
	civil(days, &y, &m, &d);
	(void)snprintf(ret, FORMAT_TIME, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", y, m, d,
		       (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
		       (int)(ms % 1000));
}

static size_t name_len(const struct format *f)
{
	return strnlen(f->name, NAME_MAX_JSON);
}

size_t format_worst(const struct format *f, size_t n)
{
	switch (f->kind) {
	case STREAM_RAW:
		break;
	case STREAM_PREFIX:
	case STREAM_TIMESTAMP:
		return FORMAT_TIME + strlen(f->prefix) + 1 + n + 1;
	case STREAM_JSON:
		return JSON_REST + JSON_WORST * (name_len(f) + n);
	}
	return n + 1;
}

static size_t put(char *out, const char *data, size_t len)
{
	memcpy(out, data, len);
	return len;
}

static size_t put_str(char *out, const char *s)
{
	return put(out, s, strlen(s));
}

static size_t put_prefixed(const struct format *f, const struct piece *p, const char *text,
			   size_t len, bool begins, int64_t wall_ms, char *out)
{
	char time[FORMAT_TIME];
	size_t at = 0;

	if (begins && f->kind == STREAM_TIMESTAMP) {
		format_time(time, wall_ms);
		at += put_str(out, time);
		out[at++] = ' ';
	}
	if (begins && *f->prefix) {
		at += put_str(out + at, f->prefix);
		out[at++] = ' ';
	}
	at += put(out + at, text, len);
	if (p->ends)
		out[at++] = '\n';
	return at;
}

static size_t put_json(const struct format *f, const struct piece *p, const char *text,
		       size_t len, int64_t wall_ms, char *out)
{
	char time[FORMAT_TIME], pid[24];
	size_t at;

	format_time(time, wall_ms);
	(void)snprintf(pid, sizeof pid, ",\"pid\":%d", (int)f->pid);
	at = put_str(out, "{\"time\":\"");
	at += put_str(out + at, time);
	at += put_str(out + at, "\",\"program\":\"");
	at += json_escape(out + at, f->name, name_len(f));
	at += put_str(out + at, "\",\"stream\":\"");
	at += put_str(out + at, f->stream);
	at += put_str(out + at, "\"");
	if (f->pid > 0)
		at += put_str(out + at, pid);
	at += put_str(out + at, ",\"message\":\"");
	at += json_escape(out + at, text, len);
	at += put_str(out + at, p->ends ? "\"}\n" : "\",\"partial\":true}\n");
	return at;
}

size_t format_put(const struct format *f, const struct piece *p, const char *text, size_t len,
		  bool begins, int64_t wall_ms, char *out)
{
	switch (f->kind) {
	case STREAM_RAW:
		break;
	case STREAM_PREFIX:
	case STREAM_TIMESTAMP:
		return put_prefixed(f, p, text, len, begins, wall_ms, out);
	case STREAM_JSON:
		return put_json(f, p, text, len, wall_ms, out);
	}
	len = put(out, text, len);
	if (p->len > p->text) /* the newline was there, and is not made up */
		out[len++] = '\n';
	return len;
}
