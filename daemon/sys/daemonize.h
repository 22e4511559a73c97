/* SPDX-License-Identifier: MIT */
/*
 * daemonize.h - going into the background without leaving anybody in doubt.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

/*
 * Fork. In the child: 0, a session of its own, and *@ret_release. The parent does not return:
 * it waits until the child says how its start ended, and exits with that status, or with 1 if
 * the child is gone without a word. -errno: no child.
 */
_must_check_ int daemonize(int *ret_release);

/* Tell the parent, close *@release, and set it to -1. Nothing happens if it is -1. */
void daemonize_release(int *release, int status);

/* Open /dev/null as each of @first to @last that is not open, or, with @all, that is. 0 or
 * -errno. */
_must_check_ int daemonize_null(int first, int last, bool all);
