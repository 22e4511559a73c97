/* SPDX-License-Identifier: MIT */
#include "ctl/names.h"

#include <string.h>

#include "proto/utf8.h"

const char *member_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

int name_put(const json_t *o, struct buf *out)
{
	const char *name = member_text(o, "name"), *group = member_text(o, "group");

	if (!*group || !strcmp(group, name))
		return buf_puts(out, name);
	return buf_printf(out, "%s:%s", group, name);
}

bool name_is_group(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon && (!colon[1] || !strcmp(colon + 1, "*"));
}

bool name_is_whole_group(const json_t *o)
{
	const char *name = member_text(o, "name");

	return !*name || name_is_group(name);
}

int name_put_group(const json_t *o, struct buf *out)
{
	const char *name = member_text(o, "name");

	if (!*name)
		return buf_puts(out, member_text(o, "group"));
	return buf_append(out, name, strcspn(name, ":"));
}

size_t name_width(const char *text)
{
	const size_t len = strlen(text);
	size_t width = 0;

	for (size_t i = 0; i < len; width++) {
		const size_t n = utf8_length(text + i, len - i);

		i += n == UTF8_BAD || n == UTF8_PART ? 1 : n;
	}
	return width;
}

int name_pad(const char *text, size_t width, struct buf *out)
{
	const size_t has = name_width(text);

	return buf_printf(out, "%s%*s", text, has < width ? (int)(width - has) : 0, "");
}
