/* SPDX-License-Identifier: MIT */
/*
 * capture.h - run a program to its end and keep what it said; and how long a test waits.
 */
#pragma once

#include <sys/types.h>

#include "base/mono.h"
#include "tests/integration/instance.h"

/* What takes longer than this has failed. */
enum { PATIENCE_MS = 30000 };

mono_t patience_ends(void);

/* Milliseconds until @end, never negative; asserts that there are any left. */
int patience_left(mono_t end, const char *what);

/* Run @argv in @dir with @env over our own environment. */
void capture(struct outcome *o, const char *dir, const char *const *argv, char *const *env);

/* In a child: add @env to our own environment. */
void environment_add(char *const *env);

/* Exit code, or 128 + signal. */
int exit_code(int wait_status);

int pidfd_of(pid_t pid);
