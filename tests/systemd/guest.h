/* SPDX-License-Identifier: MIT */
/*
 * guest.h - what the tests under a real systemd have in common: a guest of their own, and the
 * daemon as a service of it.
 *
 * A test program's main calls guest_enter() first: it becomes the same program in a guest where
 * what "make install" installs is installed (tests/systemd/boot), or, where the machine cannot,
 * returns and lets every test be skipped with the reason. In a test the service is an instance
 * like any other: programs are puppets, reevectl answers, the daemon's log can be waited for.
 */
#pragma once

#include "tests/integration/capture.h"
#include "tests/integration/instance.h"

/* Returns in the guest, and where there can be none. */
void guest_enter(const char *program);

/* The same in a guest over the root $REEVE_BARE with nothing of ours in it, and the packages in
 * $REEVE_DEB as /own/deb. */
void guest_enter_bare(const char *program);

/* Why there is no guest; NULL in one. */
const char *guest_lacks(void);

#define SKIP_UNLESS_GUEST()                                                                    \
	do {                                                                                   \
		if (guest_lacks())                                                             \
			SKIP_TEST(guest_lacks());                                              \
	} while (0)

/* Run @argv to its end. Fails unless its status is @status; -1: any but 0. */
void guest_run(struct outcome *o, int status, const char *const *argv);

/* The same, where nothing of what it says matters. */
void guest_do(int status, const char *const *argv);
#define DO(status, ...) guest_do(status, (const char *const[]){ __VA_ARGS__, NULL })

/* Around each test. At its end the service is stopped, and nothing of it may be left. */
void service_setup(struct instance *in);
void service_done(struct instance *in);

/* Programs of reeve.service, all of it: what conf.d/test.conf says. */
void service_programs(const char *sections);

/* Run the service's unit with @lines in its [Service] section too. */
void service_drop_in(const char *lines);

/* Start reeve.service, which must succeed. */
void service_start(struct instance *in);

/* It has another main process than @in knows of, or will have: wait for that. */
void service_again(struct instance *in);

/* Fails unless property @name of @unit is @value. */
void unit_expect(const char *unit, const char *name, const char *value);

/* Ask until it is. */
void unit_reaches(const char *unit, const char *name, const char *value);

/* Wait until the journal has @text in a line of @unit. */
void journal_says(const char *unit, const char *text);
