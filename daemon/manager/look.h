/* SPDX-License-Identifier: MIT */
/*
 * look.h - a process as the protocol shows it (Process of proto/io.reeve.control.varlink).
 */
#pragma once

#include "daemon/manager/manager.h"

/* The object; without memory it lacks something, or is NULL. */
json_t *look_process(const struct manager *m, const struct unit *u, const struct proc *p);
