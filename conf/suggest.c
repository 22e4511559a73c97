/* SPDX-License-Identifier: MIT */
#include "conf/suggest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 64 };

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters to insert, drop, change or swap with their neighbour to make @a into @b. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[3][LONGEST + 1];
	size_t *before = row[0], *last = row[1], *now = row[2];

	for (size_t j = 0; j <= nb; j++)
		last[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = fold(a[i - 1]) == fold(b[j - 1]);

			now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + !same);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[nb];
}

void suggest(struct suggestion *s, const char *typed, const char *candidate)
{
	size_t nt = strlen(typed), nc = strlen(candidate), d, far;

	if (nt > LONGEST || nc > LONGEST || !nt)
		return;
	far = nc < 4 ? 1 : 1 + nc / 4;
	d = distance(typed, nt, candidate, nc);
	if (d > far || (s->word && d >= s->distance))
		return;
	*s = (struct suggestion){ candidate, d };
}
