/* SPDX-License-Identifier: MIT */
#include "daemon/logger/deliver.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "systemd/journal.h"

#define SYSLOG_SOCKET "/dev/log"

enum {
	WAIT_MS = 1000,
	PRIORITY_INFO = 6,
	FACILITY_USER = 1 << 3,
};

/* What the name of a target says. */
struct whose {
	char copy[DELIVER_NAME];
	const char *stream, *group, *name;
};

struct record {
	long pid;
	const char *text;
	size_t len;
	size_t bytes; /* with what is around it */
};

void deliver_name(char ret[DELIVER_NAME], const char *kind, uint32_t id, const char *stream,
		  const char *group, const char *name)
{
	(void)snprintf(ret, DELIVER_NAME, "%s:%u:%s:%s:%s", kind, id, stream, group, name);
}

static void parse_name(struct whose *ret, const char *path)
{
	const char *part[5] = { "", "", "", "", "" };
	char *at = ret->copy;

	(void)snprintf(ret->copy, sizeof ret->copy, "%s", path);
	for (int i = 0; i < 5 && at; i++) { /* only the last may have a colon */
		part[i] = i < 4 ? strsep(&at, ":") : at;
	}
	ret->stream = part[2];
	ret->group = part[3];
	ret->name = part[4];
}

static struct record next_record(const char *data, size_t len)
{
	const char *end = memchr(data, '\n', len);
	const size_t line = end ? (size_t)(end - data) : len;
	struct record r = { .text = data, .len = line, .bytes = end ? line + 1 : line };

	while (r.len && *r.text >= '0' && *r.text <= '9' && r.pid < 1000000000) {
		r.pid = r.pid * 10 + (*r.text - '0');
		r.text++;
		r.len--;
	}
	if (r.len && *r.text == ' ') {
		r.text++;
		r.len--;
	}
	return r;
}

/* --- syslog -------------------------------------------------------------------------- */

static int open_syslog(struct logfile *f)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = SYSLOG_SOCKET };
	_cleanup_(closep) int fd = -1;

	if (f->fd >= 0)
		return 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
		return -errno;
	f->fd = TAKE_FD(fd);
	return 0;
}

/* As syslog(3) writes it: "<PRI>Mmm dd hh:mm:ss TAG: NAME line", local time. */
static int put_syslog(struct logfile *f, const struct whose *w, const struct record *r,
		      int64_t wall_ms)
{
	const time_t secs = (time_t)(wall_ms / 1000);
	char head[DELIVER_NAME + 64], date[32] = "";
	struct tm tm;

	if (localtime_r(&secs, &tm))
		(void)strftime(date, sizeof date, "%b %e %H:%M:%S", &tm);
	(void)snprintf(head, sizeof head, "<%d>%s reeved: %s%s", FACILITY_USER | PRIORITY_INFO,
		       date, w->name, *w->name ? " " : "");
	struct iovec v[] = { { head, strlen(head) }, { (char *)r->text, r->len } };
	const struct msghdr m = { .msg_iov = v, .msg_iovlen = ARRAY_SIZE(v) };

	return sendmsg(f->fd, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int send_syslog(struct logfile *f, const struct whose *w, const struct record *r,
		       int64_t wall_ms)
{
	int e = open_syslog(f);

	if (e == 0)
		e = put_syslog(f, w, r, wall_ms);
	if (e == -ECONNREFUSED || e == -ENOTCONN || e == -ECONNRESET) { /* it was restarted */
		logfile_close(f);
		e = open_syslog(f);
		if (e == 0)
			e = put_syslog(f, w, r, wall_ms);
	}
	if (e == -EAGAIN || e == -ENOBUFS) {
		struct pollfd p = { .fd = f->fd, .events = POLLOUT };

		return poll(&p, 1, WAIT_MS) == 1 ? -EINTR : -EAGAIN;
	}
	return e == -EMSGSIZE ? 0 : e; /* longer than a datagram: there is no way to send it */
}

/* --- journal ------------------------------------------------------------------------- */

/* "<3>text" has its priority in front, as sd-daemon(3) says. */
static int send_journal(const struct whose *w, const struct record *r)
{
	struct journal_line l = { .priority = PRIORITY_INFO,
				  .pid = r->pid,
				  .program = w->name,
				  .group = w->group,
				  .stream = w->stream,
				  .text = r->text,
				  .len = r->len };

	if (l.len >= 3 && l.text[0] == '<' && l.text[1] >= '0' && l.text[1] <= '7' &&
	    l.text[2] == '>') {
		l.priority = l.text[1] - '0';
		l.text += 3;
		l.len -= 3;
	}
	return journal_send(&l);
}

int deliver(struct logfile *f, const struct logrule *rule, struct chunk *c, int64_t wall_ms)
{
	struct whose w;
	int r = 0;

	parse_name(&w, rule->path);
	while (c->done < c->len) {
		const struct record rec =
			next_record(chunk_data(c) + c->done, c->len - c->done);

		if (rule->to == LOG_TO_JOURNAL)
			r = send_journal(&w, &rec);
		else
			r = send_syslog(f, &w, &rec, wall_ms);
		if (r == -EINTR)
			continue;
		if (r < 0)
			break;
		c->done += (uint32_t)rec.bytes;
	}
	if (r < 0 && r != -EAGAIN)
		logfile_close(f);
	return r;
}
