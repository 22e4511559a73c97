/* SPDX-License-Identifier: MIT */
/*
 * How much a logger that was killed inside of write(2) has written: what the file is larger
 * than before. The bytes are compared too, for others may write there.
 */
#include "daemon/logger/settle.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

#include "daemon/logger/logopen.h"
#include "daemon/logger/rotate.h"

enum { COMPARE_PIECE = 4096 };

static bool bytes_are(int fd, const char *data, size_t len, int64_t at)
{
	char piece[COMPARE_PIECE];

	for (size_t i = 0; i < len;) {
		const size_t want = len - i < sizeof piece ? len - i : sizeof piece;
		ssize_t n = pread(fd, piece, want, at + (int64_t)i);

		if (n <= 0 || memcmp(piece, data + i, (size_t)n) != 0)
			return false;
		i += (size_t)n;
	}
	return true;
}

/* How much of the intent is in the file called @name; -1: it is another file. */
static int64_t found_in(const struct logplace *p, const char *name, struct chunk *c)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;
	int64_t n;

	fd = logplace_file(p, name, O_RDONLY, 0, &st);
	if (fd < 0 || st.st_dev != c->out.dev || st.st_ino != c->out.ino)
		return -1;
	n = st.st_size - c->out.size;
	if (n > c->out.n)
		n = c->out.n;
	if (n <= 0 || !bytes_are(fd, chunk_data(c) + c->out.from, (size_t)n, c->out.size))
		return 0;
	return n;
}

/* Whoever died did not rotate, for it was about to write; but others move files. */
void settle_write(const struct logrule *rule, struct chunk *c)
{
	struct logplace p;
	int64_t n = -1;

	if (!c->out.n)
		return;
	if (logplace_open(&p, rule->path) == 0) {
		for (int k = 0; k <= rule->backups && n < 0; k++) {
			char name[ROTATE_NAME];

			rotate_name(name, p.name, k, LOG_PACK_NONE);
			n = found_in(&p, name, c);
		}
		logplace_done(&p);
	}
	c->done = c->out.from + (n > 0 ? (uint32_t)n : 0);
	atomic_signal_fence(memory_order_seq_cst);
	c->out.n = 0;
}
