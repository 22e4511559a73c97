/* SPDX-License-Identifier: MIT */
#include "daemon/manager/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/cleanup.h"
#include "proto/varlink.h"

void facts_say(json_t *lines, const char *fmt, ...)
{
	_cleanup_(freep) char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	else
		(void)json_array_append_new(lines, varlink_string(text));
}

const char *facts_time(int64_t wall_ms, char text[FACTS_TEXT])
{
	const time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(text, FACTS_TEXT, "%Y-%m-%d %H:%M:%S", &tm))
		(void)snprintf(text, FACTS_TEXT, "an unknown time");
	return text;
}

const char *facts_span(msec_t span, char text[FACTS_TEXT])
{
	const int64_t s = span / 1000;

	if (s < 60)
		(void)snprintf(text, FACTS_TEXT, "%.1f s", (double)span / 1000);
	else
		(void)snprintf(text, FACTS_TEXT, "%ld:%02d:%02d", (long)(s / 3600),
			       (int)(s % 3600 / 60), (int)(s % 60));
	return text;
}
