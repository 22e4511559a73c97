/* SPDX-License-Identifier: MIT */
/*
 * tags.h - finds the tags between which a program talks to event listeners. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TAG_BEGIN "<!--XSUPERVISOR:BEGIN-->"
#define TAG_END	  "<!--XSUPERVISOR:END-->"

struct tag_found {
	size_t before; /* bytes that belong to what was before */
	size_t tag; /* bytes of the tag after them; 0: there is none */
};

/*
 * The tag that ends @inside, or begins it. Without one, what is not in @before may be the
 * beginning of one and must be looked at again with more; at the @end there is no such thing.
 */
struct tag_found tags_find(bool inside, const char *data, size_t len, bool end);
