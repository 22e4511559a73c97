/* SPDX-License-Identifier: MIT */
/*
 * users.h - does a user or group exist: by the files in /etc, never over a network.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

struct users;

/* @etc is the directory of the files, borrowed; nothing is read before the first question. 0 or
 * -ENOMEM. */
_must_check_ int users_new(const char *etc, struct users **ret);
struct users *users_free(struct users *u);

/* What is known of a name. Negative: -ENOMEM. */
enum {
	USERS_KNOWN,
	USERS_UNKNOWN, /* for certain */
	USERS_UNSURE, /* not in the file, but nsswitch.conf names other sources too */
};

/* @name is a name or a number. */
_must_check_ int users_user(struct users *u, const char *name);
_must_check_ int users_group(struct users *u, const char *name);

/* The home directory of @name, or NULL if it is not in the file; borrowed. */
const char *users_home(struct users *u, const char *name);
