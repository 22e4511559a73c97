/* SPDX-License-Identifier: MIT */
/*
 * essential.h - programs whose end is that of the instance (conf/spec.h, essential).
 */
#pragma once

#include "daemon/manager/manager.h"

/*
 * Of a step that made @p of @before: whether an essential program has ended for good by it. The
 * ledger then says what the instance ends with, and it is for the caller to shut down. Called
 * before the step is in the ledger: a manager that comes between the two finds the end either
 * not taken in yet, or with all that comes of it.
 */
_must_check_ bool essential_ended(struct manager *m, const struct unit *u, const struct proc *p,
				  const struct proc *before);

/*
 * What the instance ends with because of @p, which has EXITED or is FATAL: its exit code, 128
 * and the signal, as a shell 127 or 126 if it could not be executed. FATAL is never 0, but 1.
 */
_must_check_ uint8_t essential_status(const struct proc *p);
