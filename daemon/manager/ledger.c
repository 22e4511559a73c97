/* SPDX-License-Identifier: MIT */
/*
 * Records are found by a hash of the names in an open-addressing table: the records themselves,
 * probed one after the other. A released record stays a tombstone as long as a search may have
 * to go on behind it: names that come and go by the thousand leave no more than that behind.
 */
#include "daemon/manager/ledger.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "daemon/sys/memfd.h"

#define LEDGER_MAGIC UINT64_C(0x7265657665000002)

struct copy {
	uint64_t serial; /* 0: never written */
	struct ledger_entry entry;
	uint64_t checksum; /* of all before it */
};

enum { MOOD_MASK = 0xff, STATUS_SHIFT = 8 };

enum record_use { RECORD_FREE, RECORD_RELEASED, RECORD_CLAIMED };

struct record {
	uint64_t key[2]; /* two hashes of "group\0name" */
	uint32_t use; /* enum record_use */
	struct copy copies[2];
};

struct image {
	uint64_t magic;
	uint64_t record_size;
	uint64_t capacity; /* a power of two */
	uint64_t seed;
	uint32_t next_id; /* one aligned store: never torn */
	uint32_t mood; /* enum ledger_mood; above it the exit status of the instance */
	struct record records[];
};

struct ledger {
	int fd;
	size_t size;
	size_t claimed;
	struct image *image;
};

static size_t image_size(uint64_t capacity)
{
	return sizeof(struct image) + capacity * sizeof(struct record);
}

static int map(int fd, size_t size, struct ledger **ret)
{
	struct ledger *l = malloc(sizeof *l);
	void *at;

	if (!l)
		return -ENOMEM;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		free(l);
		return -errno;
	}
	*l = (struct ledger){ .fd = fd, .size = size, .image = at };
	*ret = l;
	return 0;
}

int ledger_new(size_t capacity, const struct ledger *from, struct ledger **ret)
{
	_cleanup_(closep) int fd = -1;
	uint64_t room = 64, seed;
	struct ledger *l;
	int r;

	while (room < capacity + capacity / 4)
		room *= 2;
	r = memfd_fixed("reeve-ledger", image_size(room), &fd);
	if (r == 0)
		r = map(fd, image_size(room), &l);
	if (r < 0)
		return r;
	(void)TAKE_FD(fd);
	if (from)
		seed = from->image->seed;
	else if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)getpid();
	l->image->record_size = sizeof(struct record);
	l->image->capacity = room;
	l->image->seed = seed;
	l->image->next_id = from ? from->image->next_id : 1;
	l->image->mood = from ? from->image->mood : LEDGER_RUNNING;
	l->image->magic = LEDGER_MAGIC;
	*ret = l;
	return 0;
}

static uint64_t checksum_of(const struct copy *c)
{
	return hash_bytes(HASH_INIT, c, offsetof(struct copy, checksum));
}

/* A copy that its writer did not live to finish must be the next to be written over. */
static void heal(struct image *image)
{
	for (uint64_t i = 0; i < image->capacity; i++)
		for (int k = 0; k < 2; k++) {
			struct copy *c = &image->records[i].copies[k];

			if (c->serial && c->checksum != checksum_of(c))
				c->serial = 0;
		}
}

static size_t count_claimed(const struct image *image)
{
	size_t n = 0;

	for (uint64_t i = 0; i < image->capacity; i++)
		n += image->records[i].use == RECORD_CLAIMED;
	return n;
}

int ledger_open(int fd_taken, struct ledger **ret)
{
	_cleanup_(closep) int fd = fd_taken;
	_cleanup_(ledger_freep) struct ledger *l = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < (off_t)sizeof(struct image) || !memfd_holds(fd, (size_t)st.st_size))
		return LEDGER_FOREIGN;
	r = map(fd, (size_t)st.st_size, &l);
	if (r < 0)
		return r;
	(void)TAKE_FD(fd);
	if (l->image->magic != LEDGER_MAGIC || l->image->record_size != sizeof(struct record) ||
	    l->image->capacity > l->size / sizeof(struct record) ||
	    l->size != image_size(l->image->capacity))
		return LEDGER_FOREIGN;
	heal(l->image);
	l->claimed = count_claimed(l->image);
	*ret = TAKE_PTR(l);
	return LEDGER_OK;
}

struct ledger *ledger_free(struct ledger *l)
{
	if (!l)
		return NULL;
	(void)munmap(l->image, l->size);
	l->fd = fd_close(l->fd);
	free(l);
	return NULL;
}

int ledger_fd(const struct ledger *l)
{
	return l->fd;
}

size_t ledger_capacity(const struct ledger *l)
{
	return l->image->capacity;
}

size_t ledger_count(const struct ledger *l)
{
	return l->claimed;
}

enum ledger_mood ledger_mood(const struct ledger *l)
{
	const uint32_t mood = l->image->mood & MOOD_MASK;

	return mood <= LEDGER_RELOAD ? (enum ledger_mood)mood : LEDGER_RUNNING;
}

void ledger_set_mood(struct ledger *l, enum ledger_mood mood)
{
	if (mood != LEDGER_SHUTDOWN || ledger_mood(l) != LEDGER_SHUTDOWN)
		l->image->mood = mood;
}

void ledger_end_with(struct ledger *l, uint8_t exit_status)
{
	l->image->mood = LEDGER_SHUTDOWN | (uint32_t)exit_status << STATUS_SHIFT;
}

uint8_t ledger_exit_status(const struct ledger *l)
{
	return (uint8_t)(l->image->mood >> STATUS_SHIFT);
}

proc_id ledger_next_id(const struct ledger *l)
{
	return l->image->next_id;
}

void ledger_set_next_id(struct ledger *l, proc_id id)
{
	l->image->next_id = id;
}

uint64_t ledger_seed(const struct ledger *l)
{
	return l->image->seed;
}

static void key_of(const char *group, const char *name, uint64_t key[2])
{
	for (int i = 0; i < 2; i++) {
		key[i] = hash_bytes(HASH_INIT + (uint64_t)i, group, strlen(group) + 1);
		key[i] = hash_bytes(key[i], name, strlen(name));
	}
}

int ledger_claim(struct ledger *l, const char *group, const char *name, size_t *ret_slot)
{
	const uint64_t mask = l->image->capacity - 1;
	struct record *reuse = NULL;
	uint64_t key[2];

	key_of(group, name, key);
	for (uint64_t i = 0; i <= mask; i++) {
		struct record *rec = &l->image->records[(key[0] + i) & mask];

		if (rec->use == RECORD_CLAIMED) {
			if (rec->key[0] != key[0] || rec->key[1] != key[1])
				continue;
			*ret_slot = (size_t)(rec - l->image->records);
			return 0;
		}
		if (!reuse)
			reuse = rec;
		if (rec->use == RECORD_FREE)
			break;
	}
	if (!reuse)
		return -ENOSPC;
	memset(reuse, 0, sizeof *reuse);
	reuse->key[0] = key[0];
	reuse->key[1] = key[1];
	/* Last: a record that is claimed has its key. */
	__atomic_store_n(&reuse->use, RECORD_CLAIMED, __ATOMIC_RELEASE);
	l->claimed++;
	*ret_slot = (size_t)(reuse - l->image->records);
	return 0;
}

bool ledger_find(const struct ledger *l, const char *group, const char *name, size_t *ret_slot)
{
	const uint64_t mask = l->image->capacity - 1;
	uint64_t key[2];

	key_of(group, name, key);
	for (uint64_t i = 0; i <= mask; i++) {
		const struct record *rec = &l->image->records[(key[0] + i) & mask];

		if (rec->use == RECORD_FREE)
			break;
		if (rec->use != RECORD_CLAIMED || rec->key[0] != key[0] ||
		    rec->key[1] != key[1])
			continue;
		*ret_slot = (size_t)(rec - l->image->records);
		return true;
	}
	return false;
}

void ledger_write(struct ledger *l, size_t slot, const struct ledger_entry *e)
{
	struct record *rec = &l->image->records[slot];
	struct copy *older = &rec->copies[0], *newer = &rec->copies[1];
	struct copy next;

	if (older->serial > newer->serial) {
		older = &rec->copies[1];
		newer = &rec->copies[0];
	}
	memset(&next, 0, sizeof next); /* padding counts in the checksum */
	memcpy(&next.entry, e, sizeof *e);
	next.entry.proc.policy = NULL;
	if (newer->serial && memcmp(&newer->entry, &next.entry, sizeof next.entry) == 0)
		return; /* it says so already: a step writes before and after its effects */
	next.serial = newer->serial + 1;
	next.checksum = checksum_of(&next);
	memcpy(older, &next, sizeof next);
}

bool ledger_read(const struct ledger *l, size_t slot, struct ledger_entry *ret)
{
	const struct record *rec = &l->image->records[slot];
	const struct copy *best = &rec->copies[0];

	if (rec->copies[1].serial > best->serial)
		best = &rec->copies[1];
	if (!best->serial)
		return false;
	*ret = best->entry;
	return true;
}

/* No search goes on behind a free record: then none needs the tombstones before it. */
static void clear_tombstones(struct image *image, size_t slot)
{
	const uint64_t mask = image->capacity - 1;

	if (image->records[(slot + 1) & mask].use != RECORD_FREE)
		return;
	for (uint64_t i = slot; image->records[i].use == RECORD_RELEASED; i = (i - 1) & mask)
		image->records[i].use = RECORD_FREE;
}

bool ledger_find_id(const struct ledger *l, proc_id id, struct ledger_entry *ret)
{
	for (size_t slot = 0; slot < l->image->capacity; slot++)
		if (l->image->records[slot].use == RECORD_CLAIMED &&
		    ledger_read(l, slot, ret) && ret->proc.id == id)
			return true;
	return false;
}

void ledger_release(struct ledger *l, size_t slot)
{
	struct record *rec = &l->image->records[slot];

	if (rec->use != RECORD_CLAIMED)
		return;
	__atomic_store_n(&rec->use, RECORD_RELEASED, __ATOMIC_RELEASE);
	l->claimed--;
	clear_tombstones(l->image, slot);
}
