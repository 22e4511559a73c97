/* SPDX-License-Identifier: MIT */
/*
 * The memfd: a head, then slots for big chunks, then slots for small ones, each at its fixed
 * place. The head has a word for each slot, so that a successor touches only the pages of those
 * that are in use. The size never changes and is sealed; pages that were never touched, or are
 * given back, are holes.
 *
 * What the processor does is done in order as far as this process can see, and after its death
 * so can the next one. Only the compiler must be held to it: hence the fences.
 */
#include "daemon/logger/arena.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/sys/memfd.h"

enum {
	ARENA_VERSION = 2,
	PAGE = 4096,
	HEAD_SIZE = 8 * PAGE,
	LABEL_MAX = 2 * PAGE, /* struct chunk and the longest path */
	BIG_SIZE = CHUNK_BIG + LABEL_MAX,
	SMALL_SIZE = LABEL_MAX + PAGE,
	SMALL_ROOM = 2 * PAGE, /* label and bytes of a small one, unless its path is long */
	N_SLOTS = CHUNK_BIG_MAX + CHUNK_SMALL_MAX,
	REDO_MAX = 24,
};
#define ARENA_SIZE                                                                             \
	(HEAD_SIZE + (size_t)CHUNK_BIG_MAX * BIG_SIZE + (size_t)CHUNK_SMALL_MAX * SMALL_SIZE)
#define ARENA_MAGIC UINT64_C(0x52656576654c6f67)

_Static_assert(sizeof(struct chunk) + PATH_MAX + 64 <= LABEL_MAX, "a label has room");

struct redo {
	uint32_t off, value;
};

struct head {
	uint64_t magic;
	uint32_t version, chunk_size;
	uint64_t seq;
	uint32_t n_redo; /* so many stores are to be made; 0: none, or all are */
	struct redo redo[REDO_MAX];
	uint32_t used[N_SLOTS];
};
_Static_assert(sizeof(struct head) <= HEAD_SIZE, "the head has room");

struct arena {
	int fd; /* -1: plain memory */
	pthread_mutex_t lock; /* on the position of fd */
	struct head *head;
	uint32_t n_noted; /* redo entries so far, not valid yet */
	struct chunk *kept[CHUNK_BIG_MAX]; /* big ones that nobody has, with their pages */
	size_t n_kept, least_kept; /* least: since the last trim */
	size_t big_out;
	size_t small_hint; /* look for a free small slot from here */
	struct chunk **left; /* by seq; those before at_left were handed out */
	size_t n_left, at_left;
};

static void fence(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static size_t slot_offset(size_t i)
{
	if (i < CHUNK_BIG_MAX)
		return HEAD_SIZE + i * BIG_SIZE;
	return HEAD_SIZE + (size_t)CHUNK_BIG_MAX * BIG_SIZE + (i - CHUNK_BIG_MAX) * SMALL_SIZE;
}

static size_t slot_size(size_t i)
{
	return i < CHUNK_BIG_MAX ? BIG_SIZE : SMALL_SIZE;
}

static struct chunk *slot(const struct arena *a, size_t i)
{
	return (struct chunk *)(void *)((char *)a->head + slot_offset(i));
}

static size_t slot_of(const struct arena *a, const struct chunk *c)
{
	const size_t off = (size_t)((const char *)c - (const char *)a->head) - HEAD_SIZE;
	const size_t bigs = (size_t)CHUNK_BIG_MAX * BIG_SIZE;

	return off < bigs ? off / BIG_SIZE : CHUNK_BIG_MAX + (off - bigs) / SMALL_SIZE;
}

/* --- what changes together ----------------------------------------------------------- */

void arena_note(struct arena *a, uint32_t *at, uint32_t value)
{
	a->head->redo[a->n_noted++] =
		(struct redo){ (uint32_t)((char *)at - (char *)a->head), value };
}

void arena_note_state(struct arena *a, struct chunk *c, const unsigned char *state)
{
	for (size_t i = 0; i < CHUNK_STATE; i += 4) {
		uint32_t value;

		memcpy(&value, state + i, sizeof value);
		arena_note(a, (uint32_t *)(void *)(c->state + i), value);
	}
}

/* May be done twice, and after a part of it was done. */
static void redo(struct arena *a)
{
	for (uint32_t i = 0; i < a->head->n_redo; i++)
		memcpy((char *)a->head + a->head->redo[i].off, &a->head->redo[i].value, 4);
	fence();
	a->head->n_redo = 0;
	fence();
}

void arena_carry_out(struct arena *a)
{
	fence();
	a->head->n_redo = a->n_noted;
	fence();
	a->n_noted = 0;
	redo(a);
}

/* --- lending ------------------------------------------------------------------------- */

static struct chunk *take_big(struct arena *a)
{
	if (a->n_kept) {
		struct chunk *c = a->kept[--a->n_kept];

		if (a->n_kept < a->least_kept)
			a->least_kept = a->n_kept;
		return c;
	}
	for (size_t i = 0; i < CHUNK_BIG_MAX; i++)
		if (!a->head->used[i])
			return slot(a, i);
	return NULL;
}

static struct chunk *take_small(struct arena *a)
{
	for (size_t i = 0; i < CHUNK_SMALL_MAX; i++) {
		const size_t n = (a->small_hint + i) % CHUNK_SMALL_MAX;

		if (!a->head->used[CHUNK_BIG_MAX + n]) {
			a->small_hint = n + 1;
			return slot(a, CHUNK_BIG_MAX + n);
		}
	}
	return NULL;
}

static uint32_t capacity(size_t i, size_t off)
{
	if (i < CHUNK_BIG_MAX)
		return CHUNK_BIG;
	return (uint32_t)(off <= PAGE ? SMALL_ROOM - off : PAGE);
}

/* A chunk with its label, not in use yet. */
static struct chunk *prepare(struct arena *a, const struct chunk *label, const char *path)
{
	const size_t len = strlen(path) + 1;
	const size_t off = (sizeof *label + len + 63) & ~(size_t)63;
	struct chunk *c;
	size_t i;

	if (len > PATH_MAX)
		return NULL;
	c = a->big_out < CHUNK_BIG_MAX ? take_big(a) : NULL;
	if (!c)
		c = take_small(a);
	if (!c)
		return NULL;
	i = slot_of(a, c);
	memcpy(c, label, sizeof *c);
	memcpy(c->path, path, len);
	c->seq = ++a->head->seq;
	c->off = (uint32_t)off;
	c->cap = capacity(i, off);
	a->big_out += i < CHUNK_BIG_MAX;
	return c;
}

/* Its label first, then that it is in use: nobody finds a chunk that does not say whose it is.
 */
static struct chunk *lend(struct arena *a, const struct chunk *label, const char *path)
{
	struct chunk *c = prepare(a, label, path);

	if (!c)
		return NULL;
	fence();
	a->head->used[slot_of(a, c)] = 1;
	return c;
}

struct chunk *arena_lend(struct arena *a, const struct logrule *rule)
{
	struct chunk label = { .rule = *rule };

	label.rule.path = NULL;
	return lend(a, &label, rule->path);
}

struct chunk *arena_lend_inbox(struct arena *a, uint32_t id, uint32_t which)
{
	const struct chunk label = { .inbox = true, .id = id, .which = (uint8_t)which };

	return lend(a, &label, "");
}

/* The pages go back to the system. */
static void discard(struct arena *a, struct chunk *c)
{
	const size_t size = slot_size(slot_of(a, c));

	if (a->fd < 0 || madvise(c, size, MADV_REMOVE) < 0)
		(void)madvise(c, size, MADV_DONTNEED);
}

/* It is not in use any more. */
static void keep_or_discard(struct arena *a, struct chunk *c)
{
	const size_t i = slot_of(a, c);

	if (i < CHUNK_BIG_MAX) {
		a->big_out--;
		a->kept[a->n_kept++] = c;
		return;
	}
	discard(a, c);
}

struct chunk *arena_back(struct arena *a, struct chunk *c)
{
	if (!c)
		return NULL;
	fence();
	a->head->used[slot_of(a, c)] = 0;
	fence();
	keep_or_discard(a, c);
	return NULL;
}

struct chunk *arena_renew(struct arena *a, struct chunk *old)
{
	struct chunk label = { .inbox = true, .id = old->id, .which = old->which };
	struct chunk *c;

	memcpy(label.state, old->state, sizeof label.state);
	c = prepare(a, &label, "");
	if (!c)
		return NULL;
	c->len = old->len - old->done < c->cap ? old->len - old->done : c->cap;
	if (c->len < old->len - old->done) { /* a small one for what a big one has */
		keep_or_discard(a, c);
		return NULL;
	}
	memcpy(chunk_data(c), chunk_data(old) + old->done, c->len);
	arena_note(a, &a->head->used[slot_of(a, old)], 0);
	arena_note(a, &a->head->used[slot_of(a, c)], 1);
	arena_carry_out(a);
	keep_or_discard(a, old);
	return c;
}

size_t arena_kept(const struct arena *a)
{
	return a->n_kept;
}

/* Of those that were not needed, the ones at the bottom were not for longest. */
void arena_trim(struct arena *a)
{
	size_t n = a->least_kept;

	for (size_t i = 0; i < n; i++)
		discard(a, a->kept[i]);
	memmove(a->kept, a->kept + n, (a->n_kept - n) * sizeof(struct chunk *));
	a->n_kept -= n;
	a->least_kept = a->n_kept;
}

/* --- what another one left ----------------------------------------------------------- */

static int by_seq(const void *pa, const void *pb)
{
	const struct chunk *a = *(struct chunk *const *)pa, *b = *(struct chunk *const *)pb;

	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static bool within(uint32_t at, uint32_t n, uint32_t cap)
{
	return n <= cap && at <= cap - n;
}

/* The memory is ours alone, yet a chunk that makes no sense must not lead us astray. */
static bool sound(const struct arena *a, const struct chunk *c)
{
	const size_t size = slot_size(slot_of(a, c));

	return c->off >= sizeof *c && c->off < size && c->cap <= size - c->off &&
	       c->len <= c->cap && within(c->in.at, c->in.n, c->cap) &&
	       within(c->out.from, c->out.n, c->cap) && c->which < 2 &&
	       memchr(c->path, '\0', PATH_MAX);
}

static int find_left(struct arena *a)
{
	a->left = calloc(N_SLOTS, sizeof(struct chunk *));
	if (!a->left)
		return -ENOMEM;
	for (size_t i = 0; i < N_SLOTS; i++) {
		struct chunk *c = slot(a, i);

		if (!a->head->used[i])
			continue;
		if (!sound(a, c)) {
			a->head->used[i] = 0;
			continue;
		}
		a->left[a->n_left++] = c;
		a->big_out += i < CHUNK_BIG_MAX;
	}
	if (a->n_left)
		qsort(a->left, a->n_left, sizeof(struct chunk *), by_seq);
	return 0;
}

struct chunk *arena_left(struct arena *a)
{
	return a->at_left < a->n_left ? a->left[a->at_left++] : NULL;
}

/* --- life ---------------------------------------------------------------------------- */

static bool is_ours(const struct head *h)
{
	if (h->magic != ARENA_MAGIC || h->version != ARENA_VERSION ||
	    h->chunk_size != sizeof(struct chunk) || h->n_redo > REDO_MAX)
		return false;
	for (uint32_t i = 0; i < h->n_redo; i++)
		if (h->redo[i].off > ARENA_SIZE - 4)
			return false;
	return true;
}

static int adopt(struct arena *a)
{
	if (!is_ours(a->head))
		return -EBADMSG;
	redo(a);
	return find_left(a);
}

static void begin(struct arena *a)
{
	a->head->version = ARENA_VERSION;
	a->head->chunk_size = sizeof(struct chunk);
	fence();
	a->head->magic = ARENA_MAGIC;
}

static int map(struct arena *a)
{
	const int flags = a->fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *m =
		mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, a->fd, 0);

	if (m == MAP_FAILED)
		return -errno;
	a->head = m;
	return 0;
}

int arena_new(int *fd, struct arena **ret)
{
	_cleanup_(arena_freep) struct arena *a = calloc(1, sizeof *a);
	const bool found = *fd >= 0;
	int r;

	if (!a)
		return -ENOMEM;
	a->fd = -1;
	pthread_mutex_init(&a->lock, NULL);
	if (found && !memfd_holds(*fd, ARENA_SIZE))
		return -EBADMSG;
	if (found)
		a->fd = TAKE_FD(*fd);
	else if (memfd_fixed("log-arena", ARENA_SIZE, &a->fd) < 0)
		a->fd = -1;
	r = map(a);
	if (r < 0)
		return r;
	if (a->head->magic)
		r = adopt(a);
	else
		begin(a);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(a);
	return 0;
}

struct arena *arena_free(struct arena *a)
{
	if (!a)
		return NULL;
	if (a->head)
		(void)munmap(a->head, ARENA_SIZE);
	fd_close(a->fd);
	pthread_mutex_destroy(&a->lock);
	free(a->left);
	free(a);
	return NULL;
}

int arena_fd(const struct arena *a)
{
	return a->fd;
}

int64_t arena_offset(const struct arena *a, const void *at)
{
	return a->fd < 0 ? -1 : (const char *)at - (const char *)a->head;
}

void arena_lock(struct arena *a)
{
	pthread_mutex_lock(&a->lock);
}

void arena_unlock(struct arena *a)
{
	pthread_mutex_unlock(&a->lock);
}
