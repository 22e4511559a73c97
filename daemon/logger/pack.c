/* SPDX-License-Identifier: MIT */
#include "daemon/logger/pack.h"

#include <errno.h>
#include <zlib.h>
#include <zstd.h>

enum {
	PIECE = 16 * 1024, /* several are on the stack of a thread */
	GZIP_LEVEL = 6,
	ZSTD_LEVEL = 3,
	GZIP_WINDOW = 15 + 16, /* zlib: the largest, with a gzip head */
};

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* At @at, and on with it. */
static ssize_t read_at(int fd, char *buf, int64_t *at)
{
	ssize_t n = pread(fd, buf, PIECE, *at);

	if (n < 0)
		return -errno;
	*at += n;
	return n;
}

/* What @z has for the file, as far as it goes. */
static int gzip_some(z_stream *z, int flush, int to)
{
	char out[PIECE];
	int r = 0;

	do {
		z->next_out = (unsigned char *)out;
		z->avail_out = sizeof out;
		if (deflate(z, flush) == Z_STREAM_ERROR)
			return -EIO;
		r = write_all(to, out, sizeof out - z->avail_out);
	} while (r == 0 && z->avail_out == 0);
	return r;
}

static int pack_gzip(int from, int to)
{
	char in[PIECE];
	z_stream z = { 0 };
	int64_t at = 0;
	ssize_t n = 1;
	int r = 0;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return -ENOMEM;
	while (r == 0 && n > 0) {
		n = read_at(from, in, &at);
		z.next_in = (unsigned char *)in;
		z.avail_in = n > 0 ? (unsigned)n : 0;
		r = n < 0 ? (int)n : gzip_some(&z, n ? Z_NO_FLUSH : Z_FINISH, to);
	}
	(void)deflateEnd(&z);
	return r;
}

static int zstd_some(ZSTD_CStream *z, ZSTD_inBuffer *in, ZSTD_EndDirective end, int to)
{
	char out[PIECE];
	size_t left;
	int r;

	do {
		ZSTD_outBuffer o = { out, sizeof out, 0 };

		left = ZSTD_compressStream2(z, &o, in, end);
		if (ZSTD_isError(left))
			return -EIO;
		r = write_all(to, out, o.pos);
	} while (r == 0 && (end == ZSTD_e_end ? left > 0 : in->pos < in->size));
	return r;
}

static int pack_zstd(int from, int to)
{
	ZSTD_CStream *z = ZSTD_createCStream();
	char in[PIECE];
	int64_t at = 0;
	ssize_t n = 1;
	int r = 0;

	if (!z)
		return -ENOMEM;
	if (ZSTD_isError(ZSTD_initCStream(z, ZSTD_LEVEL)))
		r = -ENOMEM;
	while (r == 0 && n > 0) {
		ZSTD_inBuffer i = { in, 0, 0 };

		n = read_at(from, in, &at);
		i.size = n > 0 ? (size_t)n : 0;
		r = n < 0 ? (int)n : zstd_some(z, &i, n ? ZSTD_e_continue : ZSTD_e_end, to);
	}
	(void)ZSTD_freeCStream(z);
	return r;
}

int pack_file(int from, int to, enum log_pack pack)
{
	switch (pack) {
	case LOG_PACK_GZIP:
		return pack_gzip(from, to);
	case LOG_PACK_ZSTD:
		return pack_zstd(from, to);
	case LOG_PACK_NONE:
		break;
	}
	return -EINVAL;
}

/* --- and back ------------------------------------------------------------------------ */

struct unpack {
	enum log_pack pack;
	int fd; /* -1: of gz */
	gzFile gz;
	ZSTD_DStream *zstd;
	ZSTD_inBuffer in;
	char *piece;
};

static void unpack_freep(struct unpack **u)
{
	*u = unpack_free(*u);
}

static int begin_gzip(struct unpack *u)
{
	u->gz = gzdopen(u->fd, "rb");
	if (!u->gz)
		return -ENOMEM;
	u->fd = -1;
	return 0;
}

static int begin_zstd(struct unpack *u)
{
	u->zstd = ZSTD_createDStream();
	u->piece = malloc(PIECE);
	if (!u->zstd || !u->piece || ZSTD_isError(ZSTD_initDStream(u->zstd)))
		return -ENOMEM;
	u->in = (ZSTD_inBuffer){ u->piece, 0, 0 };
	return 0;
}

int unpack_new(int fd, enum log_pack pack, struct unpack **ret)
{
	_cleanup_(unpack_freep) struct unpack *u = calloc(1, sizeof *u);
	int r = 0;

	if (!u) {
		fd_close(fd);
		return -ENOMEM;
	}
	u->fd = fd;
	u->pack = pack;
	if (pack == LOG_PACK_GZIP)
		r = begin_gzip(u);
	if (pack == LOG_PACK_ZSTD)
		r = begin_zstd(u);
	if (r == 0)
		*ret = TAKE_PTR(u);
	return r;
}

struct unpack *unpack_free(struct unpack *u)
{
	if (!u)
		return NULL;
	if (u->gz)
		(void)gzclose(u->gz);
	if (u->zstd)
		(void)ZSTD_freeDStream(u->zstd);
	free(u->piece);
	fd_close(u->fd);
	free(u);
	return NULL;
}

static ssize_t read_gzip(struct unpack *u, char *buf, size_t len)
{
	const int n = gzread(u->gz, buf, (unsigned)len);

	return n < 0 ? -EBADMSG : n;
}

static ssize_t read_zstd(struct unpack *u, char *buf, size_t len)
{
	ZSTD_outBuffer out = { buf, len, 0 };

	while (out.pos == 0) {
		if (u->in.pos == u->in.size) {
			ssize_t n = read(u->fd, u->piece, PIECE);

			if (n <= 0)
				return n < 0 ? -errno : 0;
			u->in.size = (size_t)n;
			u->in.pos = 0;
		}
		if (ZSTD_isError(ZSTD_decompressStream(u->zstd, &out, &u->in)))
			return -EBADMSG;
	}
	return (ssize_t)out.pos;
}

ssize_t unpack_read(struct unpack *u, char *buf, size_t len)
{
	ssize_t n;

	if (u->gz)
		return read_gzip(u, buf, len);
	if (u->zstd)
		return read_zstd(u, buf, len);
	n = read(u->fd, buf, len);
	return n < 0 ? -errno : n;
}

int unpack_fd(const struct unpack *u)
{
	return u->pack == LOG_PACK_NONE ? u->fd : -1;
}
