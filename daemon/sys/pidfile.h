/* SPDX-License-Identifier: MIT */
/*
 * pidfile.h - says which pid a daemon has, to those who want a file for it. We never read one
 * to find a process.
 */
#pragma once

#include <sys/types.h>

#include "base/cleanup.h"

/* Write "PID\n" over what is in the file, made with mode 0644 less the umask. 0 or -errno. */
_must_check_ int pidfile_write(const char *path, pid_t pid);

/* Remove it, unless it says something else by now. */
void pidfile_remove(const char *path, pid_t pid);
