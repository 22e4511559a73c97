/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "daemon/sys/channel.h"
#include "proto/wire.h"
#include "tests/unit/harness.h"

/* One end, and what came out of it. */
struct end {
	struct channel *c;
	unsigned frames, fds, gone;
	uint32_t next; /* serial that the next PING must have */
	size_t longest;
	ino_t inodes[LINK_FDS_MAX]; /* of the last descriptors in each place */
};

static struct loop *loop;
static struct end a, b;

static ino_t inode_of(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	return st.st_ino;
}

static void note_fd(struct end *e, size_t i, int fd)
{
	if (fd < 0)
		return;
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	e->inodes[i] = inode_of(fd);
	e->fds++;
}

static void on_frame(struct channel *c, void *owner, const struct link_msg *m, int *fds)
{
	struct end *e = owner;

	(void)c;
	if (!m) {
		e->gone++;
		return;
	}
	e->frames++;
	if (m->type == LINK_PING)
		ck_assert_uint_eq(m->number.value, e->next++);
	if (m->type == LINK_LOG && strlen(m->log.text) > e->longest)
		e->longest = strlen(m->log.text);
	for (size_t i = 0; i < LINK_FDS_MAX; i++)
		note_fd(e, i, fds[i]);
}

static void ends_make(void)
{
	int pair[2];

	a = b = (struct end){ 0 };
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(channel_pair(pair), 0);
	ck_assert_int_eq(channel_new(loop, pair[0], on_frame, &a, &a.c), 0);
	ck_assert_int_eq(channel_new(loop, pair[1], on_frame, &b, &b.c), 0);
}

static void ends_free(void)
{
	a.c = channel_free(a.c);
	b.c = channel_free(b.c);
	loop = loop_free(loop);
}

static void ping(struct channel *c, uint32_t serial)
{
	const struct link_msg m = { .type = LINK_PING, .number = { serial } };

	ck_assert_int_eq(channel_send(c, &m, -1), 0);
}

static void send_log(struct channel *c, size_t len)
{
	_cleanup_(freep) char *text = malloc(len + 1);
	const struct link_msg m = { .type = LINK_LOG, .log = { 3, text } };

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	text[len] = '\0';
	ck_assert_int_eq(channel_send(c, &m, -1), 0);
}

static void until_frames(const struct end *e, unsigned n)
{
	while (e->frames < n)
		loop_turn(loop);
	ck_assert_uint_eq(e->frames, n);
}

static void until_gone(const struct end *e)
{
	while (!e->gone)
		loop_turn(loop);
	ck_assert_uint_eq(e->gone, 1);
}

/* The other end becomes a bare socket that a test may write anything to. */
static int b_as_socket(void)
{
	int pair[2];

	a.c = channel_free(a.c);
	ck_assert_int_eq(channel_pair(pair), 0);
	ck_assert_int_eq(channel_new(loop, pair[0], on_frame, &a, &a.c), 0);
	return pair[1];
}

START_TEST(frames_arrive_in_order)
{
	for (uint32_t i = 0; i < 10000; i++)
		ping(a.c, i);
	channel_flush(a.c);
	until_frames(&b, 10000);
	ck_assert_uint_eq(channel_backlog(a.c), 0);
}
END_TEST

START_TEST(nothing_leaves_before_the_flush_and_few_frames_are_one_packet)
{
	const int raw = b_as_socket();
	char bytes[4096];

	ping(a.c, 0);
	ping(a.c, 1);
	ck_assert_int_lt(recv(raw, bytes, sizeof bytes, MSG_DONTWAIT), 0);
	channel_flush(a.c);
	ck_assert_int_eq(recv(raw, bytes, sizeof bytes, MSG_DONTWAIT), 2 * (WIRE_HEAD + 4));
	fd_close(raw);
}
END_TEST

START_TEST(a_frame_of_a_megabyte_arrives_in_its_place)
{
	ping(a.c, 0);
	send_log(a.c, 1 << 20);
	ping(a.c, 1);
	channel_flush(a.c);
	until_frames(&b, 3);
	ck_assert_uint_eq(b.longest, 1 << 20);
	ck_assert_uint_eq(b.next, 2);
}
END_TEST

START_TEST(a_frame_just_around_the_size_of_a_packet_arrives)
{
	const size_t len = (size_t)((32 << 10) - 32 + _i);

	send_log(a.c, len);
	channel_flush(a.c);
	until_frames(&b, 1);
	ck_assert_uint_eq(b.longest, len);
}
END_TEST

START_TEST(descriptors_stay_with_their_frames)
{
	const struct link_msg with = { .type = LINK_DEPOSIT, .name = { "one" } };
	int pipes[2];
	ino_t inode;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	inode = inode_of(pipes[1]);
	for (uint32_t i = 0; i < 1000; i++) {
		ping(a.c, i);
		ck_assert_int_eq(channel_send(a.c, &with, i % 2 ? pipes[1] : -1), 0);
		if (i % 100 == 0) /* duplicates are open until they are sent */
			channel_flush(a.c);
	}
	channel_flush(a.c);
	fd_close(pipes[0]);
	fd_close(pipes[1]);
	until_frames(&b, 2000);
	ck_assert_uint_eq(b.fds, 500);
	ck_assert_uint_eq(b.inodes[0], inode);
}
END_TEST

START_TEST(a_large_frame_keeps_its_descriptor)
{
	_cleanup_(freep) char *name = malloc(100001);
	const struct link_msg m = { .type = LINK_DEPOSIT, .name = { name } };

	memset(name, 'n', 100000);
	name[100000] = '\0';
	ck_assert_int_eq(channel_send(a.c, &m, 0), 0);
	channel_flush(a.c);
	until_frames(&b, 1);
	ck_assert_uint_eq(b.fds, 1);
}
END_TEST

/* As many as a frame may have, of which each must come to its place. */
static void send_three(size_t len_of_name)
{
	_cleanup_(freep) char *name = calloc(1, len_of_name + 1);
	const struct link_msg m = { .type = LINK_SPAWN, .spawn = { .fds = 7, .name = name } };
	int pipes[2];
	ino_t inodes[LINK_FDS_MAX];

	ck_assert_ptr_nonnull(name);
	memset(name, 'n', len_of_name);
	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	inodes[0] = inodes[2] = inode_of(pipes[1]);
	inodes[1] = inode_of(STDIN_FILENO);
	ck_assert_int_eq(
		channel_send_fds(a.c, &m, (const int[]){ pipes[1], STDIN_FILENO, pipes[1] }, 3),
		0);
	fd_close(pipes[0]);
	fd_close(pipes[1]);
	channel_flush(a.c);
	until_frames(&b, 1);
	ck_assert_uint_eq(b.fds, 3);
	ck_assert_mem_eq(b.inodes, inodes, sizeof inodes);
}

START_TEST(three_descriptors_come_in_their_order)
{
	send_three(1);
}
END_TEST

START_TEST(a_large_frame_keeps_all_its_descriptors)
{
	send_three(100000);
}
END_TEST

START_TEST(what_a_slow_reader_leaves_waits_and_arrives_whole)
{
	for (uint32_t i = 0; i < 500; i++) {
		ping(a.c, i);
		send_log(a.c, 10000);
		channel_flush(a.c);
	}
	ck_assert_uint_gt(channel_backlog(a.c), 1 << 20);
	ck_assert(!channel_starved(a.c));
	until_frames(&b, 1000);
	while (channel_backlog(a.c) > 0)
		loop_turn(loop);
}
END_TEST

START_TEST(both_sides_may_flood_each_other)
{
	for (uint32_t i = 0; i < 20000; i++) {
		ping(a.c, i);
		ping(b.c, i);
	}
	channel_flush(a.c);
	channel_flush(b.c);
	until_frames(&b, 20000);
	until_frames(&a, 20000);
}
END_TEST

START_TEST(a_peer_that_goes_is_told_once_and_after_its_last_words)
{
	ping(a.c, 0); /* unread, so that the kernel says ECONNRESET first */
	channel_flush(a.c);
	for (uint32_t i = 0; i < 100; i++)
		ping(b.c, i);
	channel_flush(b.c);
	b.c = channel_free(b.c);
	until_gone(&a);
	ck_assert_uint_eq(a.frames, 100);
}
END_TEST

START_TEST(sending_to_a_peer_that_is_gone_is_no_error)
{
	b.c = channel_free(b.c);
	for (int i = 0; i < 100; i++) {
		ping(a.c, 0);
		channel_flush(a.c);
	}
	ck_assert_uint_eq(channel_backlog(a.c), 0);
	until_gone(&a);
	ping(a.c, 0);
	channel_flush(a.c);
}
END_TEST

/* clang-format off */
static const struct {
	const char *bytes;
	size_t n;
} nonsense[] = {
	{ "x", 1 },
	{ "\0\0\0\0\0\0\0\0", 8 },			/* a frame of no bytes */
	{ "\x08\0\0\0\0\0\0\0", 8 },			/* a spill without descriptor */
	{ "\x08\0\0\0\xff\0\0\0", 8 },			/* no such type */
	{ "\x09\0\0\0\x07\0\0\0", 8 },			/* longer than its packet */
	{ "\x08\0\0\0\x03\0\x01\0", 8 },		/* a descriptor that is not there */
	{ "\x08\0\0\0\x03\0\xff\xff", 8 },
	{ "\x08\0\0\0\0\0\x05\0", 8 },
	{ "\x08\0\0\0\x07\0\0\0\x08", 9 },		/* something behind a good frame */
};
/* clang-format on */

START_TEST(nonsense_ends_the_channel)
{
	const int raw = b_as_socket();

	ck_assert_int_eq(send(raw, nonsense[_i].bytes, nonsense[_i].n, 0),
			 (ssize_t)nonsense[_i].n);
	until_gone(&a);
	fd_close(raw);
}
END_TEST

static void send_with_fds(int raw, const void *bytes, size_t n, const int *fds, size_t n_fds)
{
	union {
		char bytes[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(n_fds * sizeof(int)) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(h), fds, n_fds * sizeof(int));
	ck_assert_int_eq(sendmsg(raw, &msg, 0), (ssize_t)n);
}

START_TEST(descriptors_that_nobody_announced_are_closed_and_end_the_channel)
{
	const int raw = b_as_socket();
	const struct wire_head go = { WIRE_HEAD, LINK_GO, 0 };

	send_with_fds(raw, &go, sizeof go, (const int[]){ 0, 1, 2 }, 3);
	until_gone(&a);
	fd_close(raw);
}
END_TEST

START_TEST(a_spill_that_is_no_sealed_memory_ends_the_channel)
{
	const int raw = b_as_socket();
	const struct wire_head spill = { WIRE_HEAD, WIRE_SPILL, 1 };

	send_with_fds(raw, &spill, sizeof spill, (const int[]){ raw }, 1);
	until_gone(&a);
	fd_close(raw);
}
END_TEST

START_TEST(more_descriptors_than_a_frame_may_have_end_the_channel)
{
	const int raw = b_as_socket();
	const struct wire_head spill = { WIRE_HEAD, WIRE_SPILL, LINK_FDS_MAX + 2 };

	send_with_fds(raw, &spill, sizeof spill, (const int[]){ 0, 1, 2, 0, 1 }, 5);
	until_gone(&a);
	fd_close(raw);
}
END_TEST

START_TEST(without_room_for_descriptors_frames_arrive_without_them)
{
	const struct link_msg m = { .type = LINK_DEPOSIT, .name = { "one" } };
	struct rlimit was, none;

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(channel_send(a.c, &m, 0), 0);
	channel_flush(a.c);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(channel_send(a.c, &m, 0), -EMFILE);
	until_frames(&b, 4);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	ck_assert_uint_eq(b.fds, 0);
	ck_assert_uint_eq(b.gone, 0);
	ping(a.c, 0);
	channel_flush(a.c);
	until_frames(&b, 5);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("channel");
	TCase *tc = harness_case(s, "frames");

	tcase_add_checked_fixture(tc, ends_make, ends_free);
	tcase_add_test(tc, frames_arrive_in_order);
	tcase_add_test(tc, nothing_leaves_before_the_flush_and_few_frames_are_one_packet);
	tcase_add_test(tc, a_frame_of_a_megabyte_arrives_in_its_place);
	tcase_add_loop_test(tc, a_frame_just_around_the_size_of_a_packet_arrives, 0, 40);
	tcase_add_test(tc, descriptors_stay_with_their_frames);
	tcase_add_test(tc, a_large_frame_keeps_its_descriptor);
	tcase_add_test(tc, three_descriptors_come_in_their_order);
	tcase_add_test(tc, a_large_frame_keeps_all_its_descriptors);
	tcase_add_test(tc, what_a_slow_reader_leaves_waits_and_arrives_whole);
	tcase_add_test(tc, both_sides_may_flood_each_other);

	tc = harness_case(s, "peers");
	tcase_add_checked_fixture(tc, ends_make, ends_free);
	tcase_add_test(tc, a_peer_that_goes_is_told_once_and_after_its_last_words);
	tcase_add_test(tc, sending_to_a_peer_that_is_gone_is_no_error);
	tcase_add_loop_test(tc, nonsense_ends_the_channel, 0, ARRAY_SIZE(nonsense));
	tcase_add_test(tc, descriptors_that_nobody_announced_are_closed_and_end_the_channel);
	tcase_add_test(tc, a_spill_that_is_no_sealed_memory_ends_the_channel);
	tcase_add_test(tc, more_descriptors_than_a_frame_may_have_end_the_channel);
	tcase_add_test(tc, without_room_for_descriptors_frames_arrive_without_them);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
