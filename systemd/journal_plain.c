/* SPDX-License-Identifier: MIT */
/* The native protocol of the journal, as systemd.io/JOURNAL_NATIVE_PROTOCOL has it. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "systemd/journal_send.h"

int journal_send_plainly(const struct iovec *fields, int n)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	_cleanup_(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	int r = fd < 0 ? -errno : 0;

	for (int i = 0; i < n && r == 0; i++) {
		r = buf_append(&b, fields[i].iov_base, fields[i].iov_len);
		if (r == 0)
			r = buf_putc(&b, '\n');
	}
	if (r == 0 && sendto(fd, b.data, b.len, MSG_NOSIGNAL, (const struct sockaddr *)&to,
			     sizeof to) < 0)
		r = -errno;
	return r;
}
