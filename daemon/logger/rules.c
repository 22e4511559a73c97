/* SPDX-License-Identifier: MIT */
#include "daemon/logger/rules.h"

#include <string.h>

#include "daemon/logger/deliver.h"
#include "proto/link.h"

static enum log_pack pack_of(uint32_t pack)
{
	switch (pack) {
	case LINK_PACK_GZIP:
		return LOG_PACK_GZIP;
	case LINK_PACK_ZSTD:
		return LOG_PACK_ZSTD;
	default:
		return LOG_PACK_NONE;
	}
}

static enum stream_format format_of(uint32_t format)
{
	switch (format) {
	case LINK_FORMAT_PREFIX:
		return STREAM_PREFIX;
	case LINK_FORMAT_TIMESTAMP:
		return STREAM_TIMESTAMP;
	case LINK_FORMAT_JSON:
		return STREAM_JSON;
	default:
		return STREAM_RAW;
	}
}

static struct logrule file_rule(const struct link_stream *m, const char *path)
{
	return (struct logrule){ .path = path,
				 .maxbytes = m->maxbytes,
				 .max_age_ms = m->max_age_ms,
				 .keep_ms = m->keep_ms,
				 .backups = m->backups,
				 .to = LOG_TO_FILE,
				 .pack = (uint8_t)pack_of(m->pack),
				 .private_file = m->private_file };
}

/* Each stream is a target of its own there: its lines say whose they are. */
static struct logrule other_rule(struct rules *r, const struct link_stream *m, enum log_to to)
{
	char *name = to == LOG_TO_SYSLOG ? r->syslog : r->journal;

	deliver_name(name, to == LOG_TO_SYSLOG ? "syslog" : "journal", m->id,
		     m->which ? "stderr" : "stdout", m->group, m->name);
	return (struct logrule){ .path = name, .to = (uint8_t)to };
}

static void add(struct rules *r, struct logrule rule)
{
	for (size_t i = 0; i < r->stream.n_to; i++)
		if (strcmp(r->to[i].path, rule.path) == 0)
			return;
	if (r->stream.n_to < STREAM_TARGETS_MAX)
		r->to[r->stream.n_to++] = rule;
}

static void add_word(struct rules *r, const struct link_stream *m, const char *word)
{
	if (strncmp(word, "file:", 5) == 0)
		add(r, file_rule(m, word + 5));
	else if (strcmp(word, "syslog") == 0)
		add(r, other_rule(r, m, LOG_TO_SYSLOG));
	else if (strcmp(word, "journal") == 0)
		add(r, other_rule(r, m, LOG_TO_JOURNAL));
}

void rules_of(struct rules *ret, const struct link_stream *m)
{
	const char *word = m->more.first;

	ret->stream = (struct stream_rule){ .to = ret->to,
					    .name = m->name,
					    .group = m->group,
					    .format = format_of(m->format),
					    .prefix = m->prefix,
					    .strip_ansi = m->strip_ansi,
					    .block = m->block,
					    .rate = m->rate > 0 ? m->rate : 0,
					    .burst = m->burst,
					    .capture_max = m->capture_max,
					    .events = m->events };
	if (*m->path)
		add(ret, file_rule(m, m->path));
	for (uint32_t i = 0; i < m->more.n; i++, word = link_strs_next(word))
		add_word(ret, m, word);
}
