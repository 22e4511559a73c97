/* SPDX-License-Identifier: MIT */
/*
 * cgroup.h - control groups, version 2: where ours is, and its files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* The controllers that limits are for. */
enum { CGROUP_CPU = 1, CGROUP_IO = 2, CGROUP_MEMORY = 4, CGROUP_PIDS = 8, CGROUP_ALL = 15 };

/* --- what texts of the kernel say; pure -------------------------------------------------- */

/* The group that /proc/PID/cgroup names, "/a/b"; false: it is in none of version 2. */
bool cgroup_named(const char *text, char *ret, size_t size);

/* Where /proc/PID/mountinfo says that the tree is, and the group that is its root there. */
bool cgroup_mounted(const char *text, char *ret_where, char *ret_root, size_t size);

/* "cpu io": those of ours. */
unsigned cgroup_controllers(const char *list);
const char *cgroup_controller_name(unsigned controller);

/* Which one "memory.max" is of; 0: of none. */
unsigned cgroup_controller_of(const char *file);

/* The number behind @key in a file of keys; 0 if there is none. */
uint64_t cgroup_value(const char *text, const char *key);

/* --- the tree ---------------------------------------------------------------------------- */

/* The folder of this process's own group. 0 and *@ret_dir; or -errno, -ENOENT: there is none.
 */
_must_check_ int cgroup_own(int *ret_dir);

/* Whether whoever made the group of @dir left it to us (systemd: Delegate=; or we are PID 1 of
 * a container that has a tree of its own). */
bool cgroup_is_ours(int dir);

/* A file of @dir, or of a group below it: "NAME/cgroup.procs". 0 or -errno. */
_must_check_ int cgroup_write(int dir, const char *file, const char *text);
_must_check_ int cgroup_read(int dir, const char *file, char *ret, size_t size);
