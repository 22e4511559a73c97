/* SPDX-License-Identifier: MIT */
/*
 * book.c - two copies of each entry and a number that says which of them counts: one aligned
 * store, which no kill can tear. The file grows; nobody can make it smaller.
 */
#include "daemon/keeper/book.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define BOOK_MAGIC UINT64_C(0x7265657665620002)

enum { SETTINGS_MAX = 20 << 10, PLACES_FIRST = 64 };

struct entry {
	uint32_t counts; /* which of the copies; so that all nought is an empty entry */
	int32_t claim;
	struct book_entry copies[2];
};

struct image {
	uint64_t magic, entry_size;
	uint32_t state;
	uint32_t settings_n;
	struct identity peers[2];
	char settings[SETTINGS_MAX];
	struct entry entries[];
};

struct book {
	int fd;
	uint32_t places, next; /* all before next are taken, or were */
	uint32_t *left; /* those that were, as many as there are places at most */
	size_t n_left;
	struct image *image;
};

static size_t size_of(uint32_t places)
{
	return sizeof(struct image) + places * sizeof(struct entry);
}

struct book *book_free(struct book *b)
{
	if (b) {
		if (b->image)
			(void)munmap(b->image, size_of(b->places));
		(void)fd_close(b->fd);
		free(b->left);
		free(b);
	}
	return NULL;
}

/* @fd is taken over. */
static int map(int fd, uint32_t places, struct book **ret)
{
	_cleanup_(book_freep) struct book *b = malloc(sizeof *b);
	void *at;

	if (!b) {
		(void)fd_close(fd);
		return -ENOMEM;
	}
	*b = (struct book){ .fd = fd, .places = places };
	b->left = calloc(places, sizeof *b->left);
	if (!b->left)
		return -ENOMEM;
	at = mmap(NULL, size_of(places), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	b->image = at;
	*ret = TAKE_PTR(b);
	return 0;
}

int book_new(struct book **ret)
{
	_cleanup_(closep) int fd = memfd_create("reeved-book", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0 || ftruncate(fd, (off_t)size_of(PLACES_FIRST)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -errno;
	r = map(TAKE_FD(fd), PLACES_FIRST, ret);
	if (r < 0)
		return r;
	(*ret)->image->entry_size = sizeof(struct entry);
	(*ret)->image->magic = BOOK_MAGIC;
	return 0;
}

int book_open(int fd, struct book **ret)
{
	_cleanup_(closep) int own = fd;
	_cleanup_(book_freep) struct book *b = NULL;
	const int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	uint64_t places;
	int r;

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) < 0 ||
	    (size_t)st.st_size < sizeof(struct image))
		return -EBADMSG;
	places = ((size_t)st.st_size - sizeof(struct image)) / sizeof(struct entry);
	if (places > UINT32_MAX / 2)
		return -EBADMSG;
	r = map(TAKE_FD(own), (uint32_t)places, &b);
	if (r < 0)
		return r;
	if (b->image->magic != BOOK_MAGIC || b->image->entry_size != sizeof(struct entry) ||
	    b->image->settings_n > SETTINGS_MAX)
		return -EBADMSG;
	for (b->next = 0; b->next < b->places; b->next++) {
		struct book_entry e;

		if (!book_read(b, b->next, &e))
			b->left[b->n_left++] = b->next;
	}
	*ret = TAKE_PTR(b);
	return 0;
}

int book_fd(const struct book *b)
{
	return b->fd;
}

void book_set_state(struct book *b, enum book_state state)
{
	b->image->state = state;
}

enum book_state book_state(const struct book *b)
{
	return b->image->state;
}

int book_set_settings(struct book *b, const void *bytes, size_t n)
{
	if (n > SETTINGS_MAX)
		return -EMSGSIZE;
	memcpy(b->image->settings, bytes, n);
	b->image->settings_n = (uint32_t)n;
	return 0;
}

const char *book_settings(const struct book *b, size_t *ret_n)
{
	*ret_n = b->image->settings_n;
	return b->image->settings;
}

void book_set_peer(struct book *b, enum book_peer which, const struct identity *who)
{
	b->image->peers[which] = *who;
}

struct identity book_peer(const struct book *b, enum book_peer which)
{
	return b->image->peers[which];
}

static int grow(struct book *b)
{
	const uint32_t places = 2 * b->places + PLACES_FIRST;
	uint32_t *left = reallocarray(b->left, places, sizeof *left);
	void *at;

	if (!left)
		return -ENOMEM;
	b->left = left;
	if (ftruncate(b->fd, (off_t)size_of(places)) < 0)
		return -ENOMEM;
	at = mremap(b->image, size_of(b->places), size_of(places), MREMAP_MAYMOVE);
	if (at == MAP_FAILED)
		return -ENOMEM;
	b->image = at;
	b->places = places;
	return 0;
}

int book_add(struct book *b, uint32_t *ret_place)
{
	if (b->n_left) {
		*ret_place = b->left[--b->n_left];
		return 0;
	}
	if (b->next == b->places) {
		const int r = grow(b);

		if (r < 0)
			return r;
	}
	*ret_place = b->next++;
	return 0;
}

void book_write(struct book *b, uint32_t place, const struct book_entry *e)
{
	struct entry *at = &b->image->entries[place];
	const uint32_t other = !at->counts;

	at->copies[other] = *e;
	__atomic_store_n(&at->counts, other, __ATOMIC_RELEASE);
	at->claim = 0;
}

void book_remove(struct book *b, uint32_t place)
{
	book_write(b, place, &(struct book_entry){ 0 });
	b->left[b->n_left++] = place;
}

int32_t *book_claim(struct book *b, uint32_t place)
{
	return &b->image->entries[place].claim;
}

uint32_t book_places(const struct book *b)
{
	return b->places;
}

bool book_read(const struct book *b, uint32_t place, struct book_entry *ret)
{
	const struct entry *at = &b->image->entries[place];
	const struct book_entry *e = &at->copies[at->counts & 1];

	if (!e->id)
		return false;
	*ret = *e;
	/* Forked, and no more was known of it. */
	if (at->claim > 0 && !e->who.pid && !e->ended)
		ret->who = stranger_named(at->claim);
	return true;
}
