/* SPDX-License-Identifier: MIT */
/*
 * The offset of the descriptor is shared with the keeper and means nothing: all reading and
 * writing says where. Nothing is mapped, so that a file that is shorter than it should be is an
 * error and not a signal.
 */
#include "daemon/manager/job_store.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/hash.h"

enum { WASTE_MIN = 64 << 10, RECORD_MAX = 16 << 20, KEPT_MAX = 1 << 30 };

#define STORE_MAGIC UINT64_C(0x7265657665000010)

struct head {
	uint32_t len; /* of the text */
	uint32_t sum; /* of its length and the text */
};

struct job_store {
	int fd;
	uint64_t size, dead;
};

static uint32_t sum_of(const char *text, uint32_t len)
{
	const uint64_t h = hash_bytes(hash_bytes(HASH_INIT, &len, sizeof len), text, len);

	return (uint32_t)(h ^ h >> 32);
}

static int wrap(int fd_taken, struct job_store **ret)
{
	struct job_store *s = malloc(sizeof *s);

	if (!s) {
		(void)fd_close(fd_taken);
		return -ENOMEM;
	}
	*s = (struct job_store){ .fd = fd_taken, .size = sizeof(uint64_t) };
	*ret = s;
	return 0;
}

int job_store_new(struct job_store **ret)
{
	_cleanup_(closep) int fd = memfd_create("reeve-jobs", MFD_CLOEXEC);
	const uint64_t magic = STORE_MAGIC;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pwrite(fd, &magic, sizeof magic, 0);
	if (n != (ssize_t)sizeof magic)
		return n < 0 ? -errno : -ENOSPC;
	return wrap(TAKE_FD(fd), ret);
}

struct job_store *job_store_free(struct job_store *s)
{
	if (!s)
		return NULL;
	s->fd = fd_close(s->fd);
	free(s);
	return NULL;
}

/* All of @fd, in memory; it has its magic. */
static int read_all(int fd, struct buf *out)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(uint64_t) ||
	    st.st_size > KEPT_MAX)
		return -EBADMSG;
	if (buf_reserve(out, (size_t)st.st_size) < 0)
		return -ENOMEM;
	while (out->len < (size_t)st.st_size) {
		n = pread(fd, out->data + out->len, (size_t)st.st_size - out->len,
			  (off_t)out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		out->len += (size_t)n;
	}
	return 0;
}

/* The record at @at of @all: its text with a NUL in the place of what follows, which is put
 * back by the caller. NULL: there is no whole one. */
static char *record_at(const struct buf *all, uint64_t at, struct head *ret)
{
	const uint64_t left = all->len - at;
	char *text = all->data + at + sizeof *ret;

	if (left < sizeof *ret)
		return NULL;
	memcpy(ret, all->data + at, sizeof *ret);
	if (ret->len > RECORD_MAX || ret->len > left - sizeof *ret ||
	    ret->sum != sum_of(text, ret->len))
		return NULL;
	return text;
}

static int tell_all(struct job_store *s, const struct buf *all, store_fn *fn, void *owner)
{
	struct head h;
	char *text;

	while ((text = record_at(all, s->size, &h))) {
		const struct store_ref ref = { s->size, h.len };
		const char after = text[h.len];
		int r;

		text[h.len] = '\0';
		r = fn(owner, text, h.len, ref);
		text[h.len] = after;
		if (r < 0)
			return r;
		s->size += sizeof h + h.len;
	}
	return 0;
}

int job_store_open(int fd_taken, struct job_store **ret)
{
	_cleanup_(job_store_freep) struct job_store *s = NULL;
	uint64_t magic;
	ssize_t n;
	const int r = wrap(fd_taken, &s);

	if (r < 0)
		return r;
	n = pread(s->fd, &magic, sizeof magic, 0);
	if (n != (ssize_t)sizeof magic || magic != STORE_MAGIC)
		return n < 0 ? -errno : -EBADMSG;
	*ret = TAKE_PTR(s);
	return 0;
}

int job_store_read(struct job_store *s, store_fn *fn, void *owner)
{
	_cleanup_(buf_done) struct buf all = BUF_INIT;
	int r = read_all(s->fd, &all);

	if (r == 0)
		r = tell_all(s, &all, fn, owner);
	if (r == 0 && s->size < all.len && ftruncate(s->fd, (off_t)s->size) < 0)
		return -errno;
	return r;
}

int job_store_append(struct job_store *s, const char *text, size_t len, struct store_ref *ret)
{
	struct head h = { (uint32_t)len, 0 };
	struct iovec v[] = { { &h, sizeof h }, { (void *)(uintptr_t)text, len } };
	ssize_t n;

	if (len > RECORD_MAX)
		return -EMSGSIZE;
	h.sum = sum_of(text, h.len);
	n = pwritev(s->fd, v, ARRAY_SIZE(v), (off_t)s->size);
	if (n != (ssize_t)(sizeof h + len))
		return n < 0 ? -errno : -ENOSPC; /* the next one goes to the same place */
	*ret = (struct store_ref){ s->size, h.len };
	s->size += sizeof h + len;
	return 0;
}

void job_store_drop(struct job_store *s, struct store_ref *ref)
{
	if (ref->at)
		s->dead += sizeof(struct head) + ref->len;
	*ref = (struct store_ref){ 0 };
}

int job_store_copy(const struct job_store *from, struct store_ref *ref, struct job_store *to)
{
	_cleanup_(freep) char *text = malloc(ref->len + 1);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	if (!ref->at)
		return 0;
	n = pread(from->fd, text, ref->len, (off_t)(ref->at + sizeof(struct head)));
	if (n != (ssize_t)ref->len)
		return n < 0 ? -errno : -EBADMSG;
	return job_store_append(to, text, ref->len, ref);
}

bool job_store_is_wasteful(const struct job_store *s)
{
	return s->dead > WASTE_MIN && s->dead > s->size / 2;
}

int job_store_fd(const struct job_store *s)
{
	return s->fd;
}

uint64_t job_store_size(const struct job_store *s)
{
	return s->size;
}
