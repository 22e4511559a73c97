/* SPDX-License-Identifier: MIT */
#include "daemon/sys/limits.h"

#include <errno.h>
#include <stdbool.h>

int limits_raise(struct rlimit *ret_was)
{
	struct rlimit was, all;

	if (getrlimit(RLIMIT_NOFILE, &was) < 0)
		return -errno;
	*ret_was = was;
	all = (struct rlimit){ was.rlim_max, was.rlim_max };
	return setrlimit(RLIMIT_NOFILE, &all) < 0 ? -errno : 0;
}

/* A higher hard limit is tried out on ourselves; the soft one of descriptors stays raised. */
static bool try_limit(int resource, const struct rlimit *l)
{
	struct rlimit own = *l;

	if (resource == RLIMIT_NOFILE)
		own.rlim_cur = own.rlim_max;
	return setrlimit((__rlimit_resource_t)resource, &own) == 0;
}

int limits_least(int resource, rlim_t least, struct rlimit *l)
{
	struct rlimit more = { least, l->rlim_max < least ? least : l->rlim_max };

	/* RLIM_INFINITY is the largest value of its type. */
	if (l->rlim_cur >= least)
		return LIMIT_ENOUGH;
	if (!try_limit(resource, &more))
		return LIMIT_REFUSED;
	*l = more;
	return LIMIT_RAISED;
}
