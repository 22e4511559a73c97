/* SPDX-License-Identifier: MIT */
#include "daemon/manager/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

/* An id in decimal digits and nothing else; (id)-1 means "unchanged" to chown(2). */
static bool parse_id(const char *text, unsigned *ret)
{
	unsigned long n;
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 10)
		return false;
	n = strtoul(text, &end, 10);
	if (n >= (unsigned)-1)
		return false;
	*ret = (unsigned)n;
	return true;
}

static int find_user(const char *name, uid_t *ret)
{
	_cleanup_(fclosep) FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw;

	if (parse_id(name, ret))
		return 0;
	while (f && (pw = fgetpwent(f)))
		if (strcmp(pw->pw_name, name) == 0) {
			*ret = pw->pw_uid;
			return 0;
		}
	return -ENOENT;
}

static int find_group(const char *name, gid_t *ret)
{
	_cleanup_(fclosep) FILE *f = fopen("/etc/group", "re");
	const struct group *gr;

	if (parse_id(name, ret))
		return 0;
	while (f && (gr = fgetgrent(f)))
		if (strcmp(gr->gr_name, name) == 0) {
			*ret = gr->gr_gid;
			return 0;
		}
	return -ENOENT;
}

int owner_parse(const char *text, uid_t *ret_uid, gid_t *ret_gid)
{
	_cleanup_(freep) char *user = strdup(text);
	char *group = user ? strchr(user, ':') : NULL;
	uid_t uid;
	gid_t gid = (gid_t)-1;
	int r;

	if (!user)
		return -ENOMEM;
	if (group)
		*group++ = '\0';
	r = find_user(user, &uid);
	if (r == 0 && group)
		r = find_group(group, &gid);
	if (r < 0)
		return r;
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}
