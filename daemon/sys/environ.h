/* SPDX-License-Identifier: MIT */
/*
 * environ.h - environments, and argument vectors, of processes to be.
 */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "proto/link.h"

/*
 * What a program may know of our own environment: all but what was meant for us by whoever
 * started us. *@ret is a NULL-terminated vector to be freed; its strings are those of @from.
 */
_must_check_ int environ_for_programs(char *const *from, char ***ret);

/* @base, then @more on top of it: of one name the last counts. *@ret is to be freed; its
 * strings are borrowed. 0 or -ENOMEM. */
_must_check_ int environ_join(char *const *base, const struct link_strs *more, char ***ret);

/* @entry too, which is borrowed, in place of another of that name. 0 or -ENOMEM. */
_must_check_ int environ_put(char ***v, const char *entry);

/* A list as a NULL-terminated vector, as above. */
_must_check_ int environ_args(const struct link_strs *list, char ***ret);
