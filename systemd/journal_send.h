/* SPDX-License-Identifier: MIT */
/*
 * journal_send.h - takes the fields of a line, "NAME=value" without newlines, to the journal.
 */
#pragma once

#include <sys/uio.h>

#include "base/cleanup.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Through libsystemd, -ENOENT without one; not in a static program, from which no library can
 * be opened. Or -errno. */
_must_check_ int journal_send_by_library(const struct iovec *fields, int n);

/* Without it: one datagram, a field a line. 0 or -errno. */
_must_check_ int journal_send_plainly(const struct iovec *fields, int n);
