/* SPDX-License-Identifier: MIT */
/*
 * paths.h - names of files: "~", relative to where, "." and "..", does the directory exist.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "conf/config.h"
#include "conf/users.h"

/* @path with "~" or "~user" at its beginning replaced, if that is known; malloc'ed or NULL. */
char *path_home(const char *path, const struct config_world *w, struct users *u);

/* @path, or @dir/@path if it is relative; malloc'ed or NULL. */
char *path_join(const char *dir, const char *path);

/* The same without ".", ".." and doubled slashes, by the letters alone; malloc'ed or NULL. */
char *path_normal(const char *dir, const char *path);

/* An absolute path for @text, whose directory has to be there; by the letters alone, too, if it
 * is to be @normal. As in value.h. */
_must_check_ int path_find(const char *text, bool normal, const struct config_world *w,
			   struct users *u, char **ret, struct buf *why);

/* Everything before the last slash: "/" for "/x"; malloc'ed or NULL. */
char *path_parent(const char *path);

bool path_is_dir(const char *path);

/* Whatever it is. What may not be looked at is taken to be there. */
bool path_exists(const char *path);
