/* SPDX-License-Identifier: MIT */
/*
 * store.c - one message a copy, for each has a name of its own, under which it can be taken
 * back. FDPOLL=0: a pipe nobody writes to, and a process that has ended, are worth keeping.
 *
 * PID 1 compares each new copy with all that it has: some twenty a second more are nothing to
 * it, some thousands once are not much, thousands a second (jobs) would be. Hence the
 * allowance. What ends before its turn comes is never sent.
 */
#include "daemon/keeper/store.h"

#include <errno.h>
#include <string.h>

#include "daemon/keeper/book.h"
#include "daemon/keeper/say.h"
#include "systemd/post.h"

enum {
	ALLOWED = 4096, /* messages at once */
	ONE_MORE_MS = 5, /* and then one in so long */
	NAMES_MAX = 120 << 10, /* a variable of the environment has no room for more */
};

struct stored {
	struct list todo; /* not sent, or to be taken back */
	int fd; /* borrowed; -1: to be taken back */
	bool sent;
	size_t cost; /* of its name in the next keeper's environment */
	char name[];
};

struct store {
	int post;
	struct watch *watch; /* while there is no room */
	bool full; /* said so */
	struct stored *book;
	unsigned long most;
	size_t n, names; /* copies, and the room that their names take */
	uint32_t serial;
	struct list first, later; /* what services need to live on; what is good to have */
	unsigned allowed;
	mono_t allowed_at;
};

int store_init(struct keeper *k)
{
	const char *most = getenv("FDSTORE");
	struct store *st;
	int post, r;

	if (!most || !strtoul(most, NULL, 10))
		return 0;
	r = post_open(&post);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	st = malloc(sizeof *st);
	if (!st) {
		(void)fd_close(post);
		return -ENOMEM;
	}
	*st = (struct store){ .post = post,
			      .most = strtoul(most, NULL, 10),
			      .allowed = ALLOWED,
			      .allowed_at = loop_now(k->loop) };
	list_init(&st->first);
	list_init(&st->later);
	k->store = st;
	return 0;
}

/* --- names ------------------------------------------------------------------------------- */

/* What the name of a deposit may not have in systemd's list of names. */
static bool is_plain(char c)
{
	return c > ' ' && c < 127 && c != ':' && c != '%';
}

static void escape(const char *text, char *to, size_t size)
{
	size_t n = 0;

	for (; *text && n + 4 < size; text++)
		n += (size_t)snprintf(to + n, size - n, is_plain(*text) ? "%c" : "%%%02x",
				      (unsigned char)*text);
	to[n] = '\0';
}

static void unescape(const char *text, char *to, size_t size)
{
	unsigned code;
	size_t n = 0;

	for (; *text && n + 1 < size; text++) {
		to[n++] = *text;
		if (*text == '%' && sscanf(text, "%%%2x", &code) == 1) {
			to[n - 1] = (char)code;
			text += 2;
		}
	}
	to[n] = '\0';
}

bool store_parse(const char *name, struct store_name *ret)
{
	int end = 0;

	*ret = (struct store_name){ 0 };
	if (!*name || !strchr("boexrwnml", *name) ||
	    sscanf(name + 1, "%u.%u%n", &ret->id, &ret->serial, &end) != 2)
		return false;
	ret->kind = (enum stored_kind) * name;
	name += 1 + end;
	if (*name == '.')
		unescape(name + 1, ret->text, sizeof ret->text);
	return !*name || *name == '.';
}

/* --- what there is ----------------------------------------------------------------------- */

static struct stored *make(struct store *st, const char *name)
{
	const size_t size = strlen(name) + 1;
	struct stored *s = malloc(sizeof *s + size);

	if (!s)
		return NULL;
	*s = (struct stored){ .fd = -1, .cost = size };
	list_init(&s->todo);
	memcpy(s->name, name, size);
	st->n++;
	st->names += s->cost;
	return s;
}

static void unmake(struct store *st, struct stored *s)
{
	list_unlink(&s->todo);
	st->n--;
	st->names -= s->cost;
	free(s);
}

static bool has_room(struct keeper *k, const char *name)
{
	struct store *st = k->store;

	if (st->n < st->most && st->names + strlen(name) < NAMES_MAX)
		return true;
	if (!st->full)
		say_log(k, LEVEL_WARN,
			"systemd keeps no more than %zu descriptors for us: what runs beyond "
			"that would not survive reeved (FileDescriptorStoreMax=)",
			st->n);
	st->full = true;
	return false;
}

struct stored *store_keep(struct keeper *k, enum stored_kind kind, uint32_t id,
			  const char *text, int fd)
{
	struct store *st = k->store;
	struct stored *s;
	char name[160];
	int n;

	if (!st)
		return NULL;
	n = snprintf(name, sizeof name, "%c%u.%u%s", kind, id, ++st->serial, text ? "." : "");
	if (text)
		escape(text, name + n, sizeof name - (size_t)n);
	s = has_room(k, name) ? make(st, name) : NULL;
	if (!s)
		return NULL;
	s->fd = fd;
	list_append(kind == STORED_PIDFD ? &st->later : &st->first, &s->todo);
	return s;
}

struct stored *store_drop(struct keeper *k, struct stored *s)
{
	if (!s)
		return NULL;
	list_unlink(&s->todo);
	s->fd = -1;
	if (s->sent)
		list_append(&k->store->later, &s->todo);
	else
		unmake(k->store, s);
	return NULL;
}

struct stored *store_found(struct keeper *k, const char *name)
{
	struct stored *s = make(k->store, name);
	struct store_name parts;

	if (!s)
		return NULL;
	s->sent = true;
	if (store_parse(name, &parts) && parts.serial > k->store->serial)
		k->store->serial = parts.serial;
	return s;
}

int store_new_book(struct keeper *k)
{
	const int r = book_new(&k->book);

	if (r == 0)
		k->store->book = store_keep(k, STORED_BOOK, 0, NULL, book_fd(k->book));
	return r;
}

void store_no_book(struct keeper *k)
{
	if (!k->book)
		return;
	k->store->book = store_drop(k, k->store->book);
	k->book = book_free(k->book);
}

void store_found_book(struct keeper *k, struct book *b, const char *name)
{
	k->book = b;
	k->store->book = store_found(k, name);
}

void store_done(struct keeper *k)
{
	struct store *st = k->store;

	if (!st)
		return;
	store_no_book(k);
	while (list_linked(&st->first))
		unmake(st, container_of(st->first.next, struct stored, todo));
	while (list_linked(&st->later))
		unmake(st, container_of(st->later.next, struct stored, todo));
	st->watch = watch_drop(st->watch);
	(void)fd_close(st->post);
	free(st);
	k->store = NULL;
}

/* --- sending ----------------------------------------------------------------------------- */

static void on_room(struct watch *w, void *owner, int events)
{
	struct store *st = owner;

	(void)events;
	(void)watch_drop(w); /* the turn goes on with it */
	st->watch = NULL;
}

static int send_one(struct store *st, struct stored *s)
{
	char text[256];
	int r;

	(void)snprintf(text, sizeof text,
		       s->fd < 0 ? "FDSTOREREMOVE=1\nFDNAME=%s"
				 : "FDSTORE=1\nFDPOLL=0\nFDNAME=%s",
		       s->name);
	r = post_send(st->post, text, s->fd);
	if (r == -EAGAIN || r == -ETOOMANYREFS || r == -ENOBUFS)
		return r;
	list_unlink(&s->todo);
	if (s->fd < 0)
		unmake(st, s);
	else
		s->sent = true; /* or it never will be */
	return r;
}

static struct stored *next(struct store *st)
{
	struct list *from = list_linked(&st->first) ? &st->first : &st->later;

	return list_linked(from) ? container_of(from->next, struct stored, todo) : NULL;
}

static void allow(struct store *st, mono_t now)
{
	const msec_t since = mono_span(st->allowed_at, now);

	if (since < ONE_MORE_MS)
		return;
	st->allowed = since / ONE_MORE_MS + st->allowed > ALLOWED
			      ? ALLOWED
			      : st->allowed + (unsigned)(since / ONE_MORE_MS);
	st->allowed_at = now;
}

void store_tend(struct keeper *k, mono_t now)
{
	struct store *st = k->store;
	struct stored *s;
	int r = 0;

	if (!st || st->watch)
		return;
	allow(st, now);
	for (; r == 0 && st->allowed && (s = next(st)); st->allowed--)
		r = send_one(st, s);
	if (r == -EAGAIN &&
	    loop_watch(k->loop, st->post, WATCH_WRITE, on_room, st, &st->watch) == 0)
		return;
	if (r < 0)
		st->allowed = 0; /* until the next one is allowed */
}

mono_t store_due(const struct keeper *k)
{
	struct store *st = k->store;

	if (!st || st->watch || !next(st))
		return MONO_NEVER;
	return st->allowed ? loop_now(k->loop) : mono_add(st->allowed_at, ONE_MORE_MS);
}
