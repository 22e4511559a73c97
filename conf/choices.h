/* SPDX-License-Identifier: MIT */
/*
 * choices.h - values that are one word of a few. Pure.
 */
#pragma once

#include "base/buf.h"
#include "conf/keys.h"

/* The words of a type of key, ended by NULL, in the order of its enum; NULL: it has none. */
const char *const *choices_of(enum key_type type);

/*
 * Which of @words @text is, in any case. VALUE_OK and *@ret, or VALUE_BAD and @why, as in
 * value.h; @what is how the message calls such a value.
 */
_must_check_ int value_choice(const char *text, const char *what, const char *const *words,
			      unsigned *ret, struct buf *why);
