/* SPDX-License-Identifier: MIT */
/*
 * user.h - looks a user up and becomes it. Name services may take as long as they like: only
 * for a process that nobody waits for.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"

struct user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* all that it is a member of, @gid among them */
	int n_groups;
};

/*
 * The user of that number, if @text is one, or of that name. 0 and *@ret, for user_done();
 * -ESRCH: there is none; or another -errno: nobody can say.
 */
_must_check_ int user_find(const char *text, struct user *ret);

/* Groups, group and user for good, in that order. 0 or -errno; each of them is read back. */
_must_check_ int user_set_groups(const struct user *u);
_must_check_ int user_set_gid(const struct user *u);
_must_check_ int user_set_uid(const struct user *u);

/* Whether we are that user in every respect that user_set_uid() changes. */
bool user_is_self(const struct user *u);

void user_done(struct user *u);
