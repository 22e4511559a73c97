/* SPDX-License-Identifier: MIT */
/*
 * channel.h - one end of a link: frames and descriptors, over a SOCK_SEQPACKET pair.
 *
 * Frames are gathered into one packet until channel_flush(), or until a packet is full. A frame
 * too large for a packet travels in a memfd. Nothing blocks: what the peer does not take yet
 * waits in memory and leaves when it can.
 */
#pragma once

#include "daemon/sys/loop.h"
#include "proto/link.h"

struct channel;

/*
 * A frame has come. @fds: LINK_FDS_MAX descriptors, of which -1: it has none, -EMFILE: it had
 * one but this process has no room left; the callee takes one with TAKE_FD(fds[i]), or it is
 * closed. @m is NULL: the peer is gone, or talks nonsense; no more calls follow. The channel
 * must not be freed inside of the call.
 */
typedef void channel_fn(struct channel *c, void *owner, const struct link_msg *m, int *fds);

/* Takes over @fd, also on failure. 0 or -errno. */
_must_check_ int channel_new(struct loop *l, int fd, channel_fn *fn, void *owner,
			     struct channel **ret);

/* What was not sent is lost. NULL is fine. Returns NULL. */
struct channel *channel_free(struct channel *c);

/*
 * Queue a frame. @fd is duplicated, stays the caller's, or is -1. 0, or -ENOMEM, -EMFILE,
 * -EMSGSIZE (over 16 MiB). To a peer that is gone: 0, for its successor is told everything
 * anyway. A duplicate is open until it is sent: whoever sends many minds channel_backlog().
 */
_must_check_ int channel_send(struct channel *c, const struct link_msg *m, int fd);

/* The same with @n of them, in this order; each is one. */
_must_check_ int channel_send_fds(struct channel *c, const struct link_msg *m, const int *fds,
				  size_t n);

/* Send what was gathered; call once at the end of a turn. */
void channel_flush(struct channel *c);

/* Bytes that wait in memory, because the peer is slow or nothing was flushed yet. */
size_t channel_backlog(const struct channel *c);

/* The kernel is short of something and what waits will not leave by itself: call
 * channel_flush() again after a moment. */
bool channel_starved(const struct channel *c);

/* Two ends of a new link, close-on-exec. 0 or -errno. */
_must_check_ int channel_pair(int ret[2]);
