/* SPDX-License-Identifier: MIT */
/*
 * place.h - where the control socket is: where the option says, else where the configuration
 * file says that the daemon reads, else the default place.
 */
#pragma once

#include "base/buf.h"

/* Outcomes. Negative values are errno. */
enum { PLACE_OK, PLACE_BAD };

/*
 * Append the path of the socket. @url and @config are those of the command line, or NULL;
 * @argv0 helps to find the file. PLACE_BAD and why in @why: the URL is not one of ours, or
 * there is no such file.
 */
_must_check_ int place_find(const char *url, const char *config, const char *argv0,
			    struct buf *ret, struct buf *why);
