/* SPDX-License-Identifier: MIT */
#include "conf/cpus.h"

#include <errno.h>
#include <string.h>

#include "conf/blank.h"
#include "conf/quote.h"
#include "conf/value.h"

/* A bit for each processor. */
struct cpus {
	uint64_t v[CPUS_MAX / 64];
};

static bool has(const struct cpus *set, int cpu)
{
	return cpu < CPUS_MAX && (set->v[cpu / 64] >> (cpu % 64) & 1);
}

static void skip_blanks(const char **s)
{
	while (is_blank(**s))
		(*s)++;
}

/* A number at *@s, blanks around it; -1 if there is none, CPUS_MAX for all that are too large.
 */
static int read_number(const char **s)
{
	int n = -1;

	skip_blanks(s);
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		n = (n < 0 ? 0 : n * 10) + (**s - '0');
		if (n > CPUS_MAX)
			n = CPUS_MAX;
	}
	skip_blanks(s);
	return n;
}

/* N or N-M, up to a comma or the end. */
static bool read_range(const char **s, struct cpus *set)
{
	int first = read_number(s), last = first;

	if (**s == '-') {
		(*s)++;
		last = read_number(s);
	}
	if (first < 0 || last < first || last >= CPUS_MAX || (**s && **s != ','))
		return false;
	for (int cpu = first; cpu <= last; cpu++)
		set->v[cpu / 64] |= UINT64_C(1) << (cpu % 64);
	return true;
}

static bool read_set(const char *text, struct cpus *set)
{
	for (const char *s = text;; s++) {
		if (!read_range(&s, set))
			return false;
		if (!*s)
			return true;
	}
}

static int print_set(const struct cpus *set, struct buf *out)
{
	int r = 0;

	for (int first = 0, last; r == 0 && first < CPUS_MAX; first = last + 1) {
		last = first;
		if (!has(set, first))
			continue;
		while (has(set, last + 1))
			last++;
		r = buf_printf(out, "%s%d", out->len ? "," : "", first);
		if (r == 0 && last > first)
			r = buf_printf(out, "-%d", last);
	}
	return r;
}

int cpus_read(const char *text, char **ret, struct buf *why)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct cpus set = { { 0 } };
	char *s;
	int r;

	if (!read_set(text, &set)) {
		r = buf_puts(why, "not a list of processors: ");
		if (r == 0)
			r = quote_repr(why, text);
		if (r == 0)
			r = buf_printf(why,
				       "; write numbers from 0 to %d and ranges of them, such "
				       "as 0-3,6",
				       CPUS_MAX - 1);
		return r < 0 ? r : VALUE_BAD;
	}
	if (print_set(&set, &b) < 0 || !(s = buf_steal(&b)))
		return -ENOMEM;
	*ret = s;
	return VALUE_OK;
}
