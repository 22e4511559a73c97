/* SPDX-License-Identifier: MIT */
#include "daemon/logger/news.h"

#include <string.h>

int news_describe(const struct target_report *r, struct buf *out, enum level *ret_level)
{
	const char *why = strerror(r->error);
	const unsigned long long n = r->dropped;

	*ret_level = LEVEL_WARN;
	switch (r->news) {
	case TARGET_FAILS:
		*ret_level = LEVEL_ERROR;
		return buf_printf(out,
				  "cannot write to log '%s': %s; who may not wait for it loses "
				  "what comes until that works again",
				  r->path, why);
	case TARGET_WORKS:
		return buf_printf(out, "log '%s' works again; %llu bytes were dropped (%s)",
				  r->path, n, why);
	case TARGET_LOST:
		return buf_printf(out, "%llu bytes for log '%s' were dropped (%s)", n, r->path,
				  why);
	case TARGET_CANNOT_ROTATE:
		return buf_printf(out, "cannot rotate log '%s': %s; it grows over its maximum",
				  r->path, why);
	case TARGET_REFUSED:
		return buf_printf(
			out, "what was under the name of log '%s' is not to be trusted: %s",
			r->path, why);
	}
	return 0;
}
