/* SPDX-License-Identifier: MIT */
/*
 * owner.h - "user[:group]" of a file becomes ids, from /etc/passwd and /etc/group alone.
 *
 * The manager asks no name service, because one that hangs would hang every decision.
 */
#pragma once

#include <sys/types.h>

#include "base/cleanup.h"

/* 0 and the ids; (gid_t)-1 without a group. -ENOENT: one of the two is unknown. */
_must_check_ int owner_parse(const char *text, uid_t *ret_uid, gid_t *ret_gid);
