/* SPDX-License-Identifier: MIT */
/*
 * control.h - the control socket: made once, held by the keeper while managers come and go.
 *
 * What cannot be done is said and ends the manager: see manager_fail(). 0 or -errno.
 */
#pragma once

#include "daemon/manager/manager.h"

/* Become the only holder of the socket, and listen. A command that was named instead of a file
 * goes on without one if that cannot be. */
_must_check_ int control_open(struct manager *m, const struct reeve_spec *s);

/* Serve clients of m->socket from now on. */
_must_check_ int control_serve(struct manager *m);

/* The configuration to come has its socket elsewhere, if it has. If that cannot be had, the
 * socket stays where it is, and @to says so. */
_must_check_ int control_move(struct manager *m, struct reeve_spec *to);

/* The end: nobody finds the socket any more. */
void control_close(struct manager *m);
