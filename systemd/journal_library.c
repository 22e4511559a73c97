/* SPDX-License-Identifier: MIT */
/*
 * libsystemd is opened when there is a journal: with what it pulls in it weighs about a
 * megabyte, and most instances run without systemd. Once opened it stays. Without a journal
 * sd_journal_sendv() says that all is well and drops what it is given, so who calls has looked.
 */
#include <dlfcn.h>
#include <errno.h>
#include <systemd/sd-journal.h>

#include "systemd/journal_send.h"

#define LIBRARY "libsystemd.so.0"

typedef __typeof__(sd_journal_sendv) sendv_fn;

int journal_send_by_library(const struct iovec *fields, int n)
{
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	sendv_fn *fn = lib ? (sendv_fn *)dlsym(lib, "sd_journal_sendv") : NULL;

	return fn ? fn(fields, n) : -ENOENT;
}
