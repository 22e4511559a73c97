/* SPDX-License-Identifier: MIT */
#include "systemd/journal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "systemd/journal_send.h"

#ifdef REEVE_STATIC
#define send_fields journal_send_plainly
#else
#define send_fields journal_send_by_library
#endif

static int put_fields(const struct journal_line *l, struct buf v[])
{
	int r = buf_puts(&v[0], "MESSAGE=");

	if (r == 0)
		r = buf_append(&v[0], l->text, l->len);
	if (r == 0)
		r = buf_printf(&v[1], "PRIORITY=%d", l->priority);
	if (r == 0)
		r = buf_printf(&v[2], "SYSLOG_IDENTIFIER=%s", l->program);
	if (r == 0)
		r = buf_printf(&v[3], "REEVE_PROGRAM=%s", l->program);
	if (r == 0)
		r = buf_printf(&v[4], "REEVE_GROUP=%s", l->group);
	if (r == 0)
		r = buf_printf(&v[5], "REEVE_STREAM=%s", l->stream);
	if (r == 0 && l->pid > 0)
		r = buf_printf(&v[6], "SYSLOG_PID=%ld", l->pid);
	if (r == 0 && l->pid > 0)
		r = buf_printf(&v[7], "OBJECT_PID=%ld", l->pid);
	return r;
}

int journal_send(const struct journal_line *l)
{
	enum { FIELDS = 8 };
	struct buf fields[FIELDS] = { 0 };
	struct iovec v[FIELDS];
	int n = 0, r;

	if (access(JOURNAL_SOCKET, F_OK) < 0)
		return -ENOENT;
	r = put_fields(l, fields);
	for (; n < FIELDS && fields[n].len; n++)
		v[n] = (struct iovec){ fields[n].data, fields[n].len };
	if (r == 0)
		r = send_fields(v, n);
	for (int i = 0; i < FIELDS; i++)
		buf_done(&fields[i]);
	return r < 0 ? r : 0;
}
