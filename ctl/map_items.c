/* SPDX-License-Identifier: MIT */
#include "ctl/map_items.h"

#include <errno.h>
#include <string.h>

enum { PIECE = 64 << 10 };

void map_items_words(struct map_items *m, size_t n, char *const *words)
{
	*m = (struct map_items){ .n = n, .words = words, .fd = -1, .ended = true };
}

void map_items_read_from(struct map_items *m, int fd, char end)
{
	*m = (struct map_items){ .fd = fd, .end = end };
}

void map_items_done(struct map_items *m)
{
	buf_done(&m->in);
}

static int next_word(struct map_items *m, const char **ret)
{
	if (m->given == m->n)
		return MAP_ITEM_END;
	*ret = m->words[m->given++];
	return MAP_ITEM;
}

/* Where the next item ends: at its end, or, if there is nothing to come, at the end of all. */
static char *find_end(struct map_items *m)
{
	char *data = m->in.data, *end = NULL;

	if (m->seen < m->in.len)
		end = memchr(data + m->seen, m->end, m->in.len - m->seen);
	m->seen = end ? (size_t)(end - data) : m->in.len;
	if (!end && m->ended && m->at < m->in.len)
		end = data + m->in.len;
	return end;
}

int map_items_next(struct map_items *m, const char **ret)
{
	char *end, *item;

	if (m->fd < 0)
		return next_word(m, ret);
	end = find_end(m);
	if (!end && m->in.len - m->at >= MAP_AHEAD)
		return -E2BIG;
	if (!end)
		return m->ended ? MAP_ITEM_END : MAP_ITEM_LATER;
	*end = '\0'; /* the buffer's own NUL follows its last byte */
	item = m->in.data + m->at;
	m->at = m->seen = (size_t)(end - m->in.data) + 1;
	if (m->at > m->in.len)
		m->at = m->seen = m->in.len;
	m->given++;
	if (strlen(item) != (size_t)(end - item))
		return -EILSEQ;
	*ret = item;
	return MAP_ITEM;
}

bool map_items_hungry(const struct map_items *m)
{
	return !m->ended && m->in.len - m->at < MAP_AHEAD;
}

int map_items_read(struct map_items *m)
{
	ssize_t n;
	int r;

	if (m->at > m->in.len / 2) {
		buf_drop(&m->in, m->at);
		m->seen -= m->at;
		m->at = 0;
	}
	r = buf_reserve(&m->in, PIECE);
	if (r < 0)
		return r;
	n = read(m->fd, m->in.data + m->in.len, PIECE);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	m->in.len += (size_t)n;
	m->in.data[m->in.len] = '\0';
	m->ended = n == 0;
	return 0;
}

static uint64_t count_left(const struct map_items *m)
{
	uint64_t n = 0;

	for (size_t i = m->at; i < m->in.len; i++)
		n += m->in.data[i] == m->end || i + 1 == m->in.len;
	return n;
}

uint64_t map_items_total(struct map_items *m)
{
	if (m->fd < 0)
		return m->n;
	if (m->ended && !m->total)
		m->total = m->given + count_left(m);
	return m->total;
}
