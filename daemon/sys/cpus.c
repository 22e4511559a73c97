/* SPDX-License-Identifier: MIT */
#include "daemon/sys/cpus.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number and what follows it; one that is too large is the same as CPUS_EVER. */
static bool take_number(const char **at, unsigned *ret)
{
	unsigned n = 0;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); ++*at)
		if (n < CPUS_EVER)
			n = n * 10 + (unsigned)(**at - '0');
	*ret = n;
	return true;
}

int cpus_parse(const char *list, struct cpus *ret)
{
	unsigned first, last;

	memset(ret, 0, sizeof *ret);
	for (;; list++) {
		if (!take_number(&list, &first))
			return -EINVAL;
		last = first;
		if (*list == '-') {
			list++;
			if (!take_number(&list, &last) || last < first)
				return -EINVAL;
		}
		for (; first <= last && first < CPUS_EVER; first++)
			CPU_SET_S(first, sizeof ret->v, ret->v);
		if (*list != ',')
			return *list ? -EINVAL : 0;
	}
}

int cpus_set(const struct cpus *c)
{
	return sched_setaffinity(0, sizeof c->v, c->v);
}
