/* SPDX-License-Identifier: MIT */
/*
 * user.c - passwd and group through the C library, and the set*id calls.
 *
 * An id is never tested for truth: 0 is one like any other. A number is read strictly, or
 * 4294967296 would be root.
 */
#include "daemon/sys/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>

enum { ENTRY_MAX = 1 << 20, GROUPS_FIRST = 64, GROUPS_MAX = 65536 };

/* True if @text is a decimal number that is a uid; -1 is none, it means "leave as it is". */
static bool parse_uid(const char *text, uid_t *ret)
{
	unsigned long long n;
	char *end;

	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 10)
		return false;
	n = strtoull(text, &end, 10);
	if (*end != '\0' || n >= UINT32_MAX)
		return false;
	*ret = (uid_t)n;
	return true;
}

/* The entry of @name, or of @uid if @name is NULL; its strings are in *@space. */
static int get_entry(const char *name, uid_t uid, struct passwd *ret, char **space)
{
	struct passwd *found = NULL;
	int r = ERANGE;

	for (size_t size = 1024; r == ERANGE && size <= ENTRY_MAX; size *= 4) {
		char *more = realloc(*space, size);

		if (!more)
			return -ENOMEM;
		*space = more;
		r = name ? getpwnam_r(name, ret, more, size, &found)
			 : getpwuid_r(uid, ret, more, size, &found);
	}
	if (found)
		return 0;
	/* Some services answer "not found" with one of these. */
	return r == 0 || r == ENOENT || r == ESRCH || r == EBADF || r == EPERM ? -ESRCH : -r;
}

static int get_groups(const char *name, struct user *u)
{
	int n = GROUPS_FIRST;

	for (;;) {
		gid_t *more = reallocarray(u->groups, (size_t)n, sizeof *more);
		int found = n;

		if (!more)
			return -ENOMEM;
		u->groups = more;
		if (getgrouplist(name, u->gid, more, &found) >= 0) {
			u->n_groups = found;
			return 0;
		}
		if (n >= GROUPS_MAX)
			return -E2BIG;
		n *= 4;
	}
}

int user_find(const char *text, struct user *ret)
{
	_cleanup_(freep) char *space = NULL;
	_cleanup_(user_done) struct user u = { 0 };
	struct passwd entry;
	uid_t uid = 0;
	const bool number = parse_uid(text, &uid);
	int r = get_entry(number ? NULL : text, uid, &entry, &space);

	if (r < 0)
		return r;
	u.uid = entry.pw_uid;
	u.gid = entry.pw_gid;
	r = get_groups(entry.pw_name, &u);
	if (r < 0)
		return r;
	*ret = u;
	u.groups = NULL;
	return 0;
}

int user_set_groups(const struct user *u)
{
	return setgroups((size_t)u->n_groups, u->groups) < 0 ? -errno : 0;
}

int user_set_gid(const struct user *u)
{
	gid_t r, e, s;

	if (setresgid(u->gid, u->gid, u->gid) < 0 || getresgid(&r, &e, &s) < 0)
		return -errno;
	return r == u->gid && e == u->gid && s == u->gid ? 0 : -EPERM;
}

int user_set_uid(const struct user *u)
{
	if (setresuid(u->uid, u->uid, u->uid) < 0)
		return -errno;
	return user_is_self(u) ? 0 : -EPERM;
}

bool user_is_self(const struct user *u)
{
	uid_t r, e, s;

	return getresuid(&r, &e, &s) == 0 && r == u->uid && e == u->uid && s == u->uid;
}

void user_done(struct user *u)
{
	free(u->groups);
	u->groups = NULL;
}
