/* SPDX-License-Identifier: MIT */
/*
 * What poll(2) calls ready takes at least PIPE_BUF bytes without waiting, whoever else writes
 * there: pipe(7). The descriptors are those of our caller too, and so they stay as they are: no
 * O_NONBLOCK.
 */
#include "ctl/printer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 64 << 10, PIECES_PER_TURN = 16 };

struct print {
	struct list link;
	struct capture capture;
	char *tag; /* or NULL */
};

static struct print *first_of(const struct printer *p)
{
	return container_of(p->queue.next, struct print, link);
}

static void print_free(struct print *j)
{
	list_unlink(&j->link);
	capture_close(&j->capture);
	free(j->tag);
	free(j);
}

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

void printer_init(struct printer *p, const int to[CAPTURE_STREAMS])
{
	*p = (struct printer){ 0 };
	list_init(&p->queue);
	for (int i = 0; i < CAPTURE_STREAMS; i++) {
		p->to[i] = to[i];
		p->regular[i] = is_regular(to[i]);
	}
}

void printer_done(struct printer *p)
{
	while (list_linked(&p->queue))
		print_free(first_of(p));
	buf_done(&p->out);
}

int printer_add(struct printer *p, struct capture *c, const char *tag)
{
	const int any = capture_fold(c);
	struct print *j = any > 0 ? calloc(1, sizeof *j) : NULL;

	if (any > 0 && j && tag)
		j->tag = strdup(tag);
	if (any <= 0 || !j || (tag && !j->tag)) {
		capture_close(c);
		free(j);
		return any > 0 ? -ENOMEM : any;
	}
	j->capture = TAKE(*c, (struct capture)CAPTURE_NONE);
	list_append(&p->queue, &j->link);
	return 0;
}

bool printer_busy(const struct printer *p)
{
	return list_linked(&p->queue);
}

struct pollfd printer_poll(const struct printer *p)
{
	return (struct pollfd){ .fd = p->to[p->stream], .events = POLLOUT };
}

/* --- reading ----------------------------------------------------------------------------- */

/* Lines of a piece, each with the tag before it. */
static int put_tagged(struct printer *p, const char *tag, const char *data, size_t len)
{
	int r = 0;

	while (len && r == 0) {
		const char *newline = memchr(data, '\n', len);
		const size_t line = newline ? (size_t)(newline + 1 - data) : len;

		if (!p->within)
			r = buf_printf(&p->out, "%s\t", tag);
		if (r == 0)
			r = buf_append(&p->out, data, line);
		p->within = !newline;
		data += line;
		len -= line;
	}
	return r;
}

/* Have something to write, or nothing left. */
static int fill(struct printer *p)
{
	char piece[PIECE];

	while (printer_busy(p) && !p->out.len) {
		const struct print *j = first_of(p);
		const ssize_t n = capture_read(&j->capture, p->stream, p->at, piece, PIECE);
		int r;

		if (n < 0)
			return (int)n;
		p->at += (uint64_t)n;
		if (n > 0) {
			r = j->tag ? put_tagged(p, j->tag, piece, (size_t)n)
				   : buf_append(&p->out, piece, (size_t)n);
			if (r < 0)
				return r;
			continue;
		}
		p->at = 0;
		p->within = false;
		p->stream = (p->stream + 1) % CAPTURE_STREAMS;
		if (p->stream == 0)
			print_free(first_of(p));
	}
	return 0;
}

/* --- writing ----------------------------------------------------------------------------- */

/* As much as does not wait; true if more may be tried at once. */
static int put_out(struct printer *p, bool *ret_more)
{
	const bool regular = p->regular[p->stream];
	const size_t most = regular || p->out.len < PIPE_BUF ? p->out.len : PIPE_BUF;
	const ssize_t n = write(p->to[p->stream], p->out.data, most);

	*ret_more = regular && n > 0;
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	buf_drop(&p->out, (size_t)n);
	return 0;
}

int printer_write(struct printer *p)
{
	bool more = true;
	int r = 0;

	for (int i = 0; i < PIECES_PER_TURN && more && r == 0; i++) {
		const int stream = p->stream;

		r = fill(p);
		/* What is next may go elsewhere, which is for the next turn to ask for. */
		if (r < 0 || !p->out.len || (p->stream != stream && !p->regular[p->stream]))
			break;
		r = put_out(p, &more);
	}
	return r < 0 ? r : fill(p);
}
