/* SPDX-License-Identifier: MIT */
/*
 * cleanup.h - scope owns: what a function holds is released on every way out, until TAKEn.
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _must_check_  __attribute__((warn_unused_result))

/* Hand over: yields the value and leaves the variable empty. */
#define TAKE(var, empty)                                                                       \
	({                                                                                     \
		__auto_type take_pvar_ = &(var);                                               \
		__auto_type take_var_ = *take_pvar_;                                           \
		*take_pvar_ = (empty);                                                         \
		take_var_;                                                                     \
	})
#define TAKE_PTR(var) TAKE(var, NULL)
#define TAKE_FD(var)  TAKE(var, -1)

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_SIZE(a)			(sizeof(a) / sizeof((a)[0]))

static inline void freep(void *p)
{
	free(*(void **)p);
}

/* Close @fd unless negative. Always returns -1. On Linux the descriptor is gone even after
 * EINTR (close(2)), so there is nothing to retry. */
static inline int fd_close(int fd)
{
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static inline void closep(int *fd)
{
	*fd = fd_close(*fd);
}

static inline void fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static inline void closedirp(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}
