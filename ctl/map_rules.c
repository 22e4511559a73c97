/* SPDX-License-Identifier: MIT */
#include "ctl/map_rules.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum { MANY_FAILED = 101, SLOTS_MAX = 10000 };

static int bad(struct buf *why, const char *what, const char *text)
{
	const int r = buf_printf(why, "%s: '%.200s'", what, text);

	return r < 0 ? r : MAP_RULES_BAD;
}

/* Digits, and whatever follows them in *@end; false: none, or too many. */
static bool parse_number(const char *text, unsigned *ret, char **end)
{
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, end, 10);
	*ret = (unsigned)n;
	return !errno && n <= INT_MAX;
}

/* The word that @text begins with, out of @n, each with what comes of it; -1: none. */
static int find_word(const char *text, const char *const *words, int n, const char **ret_rest)
{
	for (int i = 0; i < n; i++) {
		const size_t len = strlen(words[i]);

		if (!strncmp(text, words[i], len)) {
			*ret_rest = text + len;
			return i;
		}
	}
	return -1;
}

int halt_parse(const char *text, struct halt *ret, struct buf *why)
{
	static const char *const when[] = { "soon,", "now," };
	static const char *const what[] = { "fail=", "success=", "done=" };
	const char *rest;
	struct halt h = { 0 };
	unsigned n;
	char *end;
	int i, k;

	if (!strcmp(text, "never")) {
		*ret = h;
		return MAP_RULES_OK;
	}
	i = find_word(text, when, 2, &rest);
	k = i < 0 ? -1 : find_word(rest, what, 3, &rest);
	if (k < 0 || !parse_number(rest, &n, &end) || n == 0 ||
	    strcmp(end, *end ? "%" : "") != 0 || (*end && n > 100))
		return bad(why, "not never, soon,fail=1, now,success=2, soon,done=50% or alike",
			   text);
	h = (struct halt){ .when = i == 0 ? HALT_SOON : HALT_NOW, .why = (enum halt_why)k };
	if (*end)
		h.percent = n;
	else
		h.count = n;
	*ret = h;
	return MAP_RULES_OK;
}

static uint64_t counted(const struct halt *h, const struct tally *t)
{
	switch (h->why) {
	case HALT_FAIL:
		return t->failed;
	case HALT_SUCCESS:
		return t->done - t->failed;
	case HALT_DONE:
		return t->done;
	}
	return 0;
}

bool halt_reached(const struct halt *h, const struct tally *t)
{
	const uint64_t n = counted(h, t);

	if (h->when == HALT_NEVER || n == 0)
		return false;
	if (h->count)
		return n >= h->count;
	return t->total && n * 100 >= h->percent * t->total;
}

/* @n beside the processors, as the sign or percent says; at least one where it is less. */
static unsigned long long beside(unsigned cpus, unsigned n, char how)
{
	const unsigned long long share = (unsigned long long)cpus * n / 100;

	switch (how) {
	case '+':
		return (unsigned long long)cpus + n;
	case '-':
		return n < cpus ? cpus - n : 1;
	case '%':
		return share ? share : 1;
	default:
		return n;
	}
}

int slots_parse(const char *text, unsigned cpus, unsigned *ret, struct buf *why)
{
	const bool sign = *text == '+' || *text == '-';
	unsigned long long slots;
	unsigned n;
	char *end;

	if (!parse_number(text + sign, &n, &end) || (*end && (sign || strcmp(end, "%") != 0)))
		return bad(why, "not a number of jobs such as 4, +2, -1 or 50%", text);
	slots = beside(cpus, n, sign ? *text : *end);
	if (slots > SLOTS_MAX)
		return bad(why, "more jobs at once than 10000", text);
	*ret = (unsigned)slots;
	return MAP_RULES_OK;
}

int tally_exit(const struct tally *t, const struct halt *h, bool halted, int last)
{
	if (halted && h->why == HALT_SUCCESS)
		return 0;
	if (halted && h->count == 1)
		return last;
	if (halted && h->percent && t->total)
		return (int)((t->failed * 100 + t->total - 1) / t->total);
	return t->failed < MANY_FAILED ? (int)t->failed : MANY_FAILED;
}
