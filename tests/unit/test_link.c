/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "proto/link.h"
#include "proto/wire.h"
#include "tests/unit/harness.h"

/* Encode @m, decode it, and return what came out; strings point into @b. */
static struct link_msg there_and_back(const struct link_msg *m, struct buf *b)
{
	struct link_msg got;
	size_t used;

	ck_assert_int_eq(link_encode(m, b), 0);
	ck_assert_int_eq(link_decode(b->data, b->len, &got, &used), LINK_FRAME);
	ck_assert_uint_eq(used, b->len);
	ck_assert_int_eq(got.type, m->type);
	return got;
}

static bool broken(const char *data, size_t len)
{
	struct link_msg m;
	size_t used;

	return link_decode(data, len, &m, &used) == LINK_BROKEN;
}

START_TEST(every_type_has_a_name_and_comes_back_when_empty)
{
	const struct link_msg m = { .type = (enum link_type)_i };
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	there_and_back(&m, &b);
	ck_assert_str_ne(link_type_name(m.type), "?");
	ck_assert_uint_le(link_fds(m.type), LINK_FDS_MAX);
}
END_TEST

START_TEST(a_spawn_keeps_its_lists_and_strings)
{
	const struct link_msg m = {
		.type = LINK_SPAWN,
		.spawn = { .id = 7,
			   .gen = 8,
			   .name = "web:web_00",
			   .argv = { "sh\0-c\0\0", 3, 7 },
			   .env = { "A=1\0B=\0", 2, 7 },
			   .path = "/bin:/usr/bin",
			   .directory = "/srv",
			   .user = "nobody",
			   .umask = 077,
			   .merge = true,
			   .clean_env = true,
			   .affinity = "0-3,6",
			   .rlimits = { "1234\0006", 6 },
			   .given = LINK_NICE,
			   .nice = -5,
			   .fds = 5,
			   .stdin_path = "/dev/zero",
			   .stdin_wire = UINT32_MAX,
			   .stdout_wire = true,
			   .wire_once = true },
	};
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct link_msg got = there_and_back(&m, &b);
	const char *s = got.spawn.argv.first;

	ck_assert_uint_eq(got.spawn.id, 7);
	ck_assert_uint_eq(got.spawn.gen, 8);
	ck_assert_uint_eq(got.spawn.rlimits.n, 6);
	ck_assert_mem_eq(got.spawn.rlimits.data, "1234\0006", 6);
	ck_assert_uint_eq(got.spawn.given, LINK_NICE);
	ck_assert_int_eq(got.spawn.nice, -5);
	ck_assert_str_eq(got.spawn.name, "web:web_00");
	ck_assert_uint_eq(got.spawn.argv.n, 3);
	ck_assert_str_eq(s, "sh");
	s = link_strs_next(s);
	ck_assert_str_eq(s, "-c");
	s = link_strs_next(s);
	ck_assert_str_eq(s, "");
	ck_assert_uint_eq(got.spawn.env.n, 2);
	ck_assert_str_eq(link_strs_next(got.spawn.env.first), "B=");
	ck_assert_str_eq(got.spawn.path, "/bin:/usr/bin");
	ck_assert_str_eq(got.spawn.directory, "/srv");
	ck_assert_str_eq(got.spawn.user, "nobody");
	ck_assert_int_eq(got.spawn.umask, 077);
	ck_assert(got.spawn.merge && got.spawn.clean_env);
	ck_assert_str_eq(got.spawn.affinity, "0-3,6");
	ck_assert_uint_eq(got.spawn.fds, 5);
	ck_assert_str_eq(got.spawn.stdin_path, "/dev/zero");
	ck_assert_uint_eq(got.spawn.stdin_wire, UINT32_MAX);
	ck_assert(got.spawn.stdout_wire && got.spawn.wire_once);
}
END_TEST

START_TEST(numbers_keep_their_sign_and_width)
{
	const struct link_msg m = {
		.type = LINK_EXITED,
		.proc = { .id = UINT32_MAX,
			  .pid = -1,
			  .status = INT32_MIN,
			  .inode = UINT64_MAX,
			  .utime_us = 1ull << 40,
			  .leftovers = true,
			  .ended_wall_ms = INT64_MAX },
	};
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct link_msg got = there_and_back(&m, &b);

	ck_assert_uint_eq(got.proc.id, UINT32_MAX);
	ck_assert_int_eq(got.proc.pid, -1);
	ck_assert_int_eq(got.proc.status, INT32_MIN);
	ck_assert_uint_eq(got.proc.inode, UINT64_MAX);
	ck_assert_uint_eq(got.proc.utime_us, 1ull << 40);
	ck_assert(got.proc.leftovers);
	ck_assert_int_eq(got.proc.ended_wall_ms, INT64_MAX);
}
END_TEST

START_TEST(what_a_process_used_is_in_its_slot_too)
{
	const struct link_msg m = {
		.type = LINK_SLOT,
		.slot = { .id = 4,
			  .ended = true,
			  .utime_us = 1ull << 41,
			  .stime_us = 2,
			  .maxrss_kb = 3,
			  .leftovers = true,
			  .ended_wall_ms = INT64_MIN },
	};
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct link_msg got = there_and_back(&m, &b);

	ck_assert_uint_eq(got.slot.utime_us, 1ull << 41);
	ck_assert_uint_eq(got.slot.stime_us, 2);
	ck_assert_uint_eq(got.slot.maxrss_kb, 3);
	ck_assert(got.slot.leftovers);
	ck_assert_int_eq(got.slot.ended_wall_ms, INT64_MIN);
}
END_TEST

START_TEST(a_wire_is_named_and_its_ends_are_told_apart)
{
	const struct link_msg m = { .type = LINK_WIRE, .wire = { 9, false, true } };
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct link_msg got = there_and_back(&m, &b);

	ck_assert_uint_eq(got.wire.id, 9);
	ck_assert(!got.wire.close_read && got.wire.close_write);
}
END_TEST

START_TEST(a_missing_string_is_an_empty_one)
{
	const struct link_msg m = { .type = LINK_LOG, .log = { 3, NULL } };
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	ck_assert_str_eq(there_and_back(&m, &b).log.text, "");
}
END_TEST

START_TEST(frames_follow_one_another)
{
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct link_msg got;
	size_t used, at = 0;

	for (uint32_t i = 0; i < 5; i++) {
		const struct link_msg m = { .type = LINK_PING, .number = { i } };

		ck_assert_int_eq(link_encode(&m, &b), 0);
	}
	for (uint32_t i = 0; i < 5; i++, at += used) {
		ck_assert_int_eq(link_decode(b.data + at, b.len - at, &got, &used), LINK_FRAME);
		ck_assert_uint_eq(got.number.value, i);
	}
	ck_assert_uint_eq(at, b.len);
}
END_TEST

START_TEST(bytes_of_any_kind_come_through)
{
	const struct link_msg m = { .type = LINK_CAPTURED,
				    .output = {
					    .id = 3, .which = 1, .data = { "a\0\xff", 3 } } };
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct link_msg got = there_and_back(&m, &b);

	ck_assert_uint_eq(got.output.data.n, 3);
	ck_assert_mem_eq(got.output.data.data, "a\0\xff", 3);
}
END_TEST

START_TEST(no_part_of_a_frame_is_taken_for_a_frame)
{
	const struct link_msg m = { .type = LINK_STREAM,
				    .stream = { .id = 1,
						.name = "a",
						.path = "/x",
						.more = { "syslog\0file:/y", 2, 15 },
						.private_file = true } };
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct wire_head h;

	there_and_back(&m, &b);
	for (size_t n = 0; n < b.len; n++) {
		ck_assert(broken(b.data, n));
		if (n < WIRE_HEAD)
			continue;
		h = wire_head_get(b.data);
		h.bytes = (uint32_t)n; /* a head that agrees with the cut */
		wire_head_put(b.data, h);
		ck_assert(broken(b.data, n));
	}
}
END_TEST

START_TEST(bytes_behind_the_last_field_are_refused)
{
	const struct link_msg m = { .type = LINK_GO };
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	struct wire_head h;

	there_and_back(&m, &b);
	ck_assert_int_eq(buf_putc(&b, 'x'), 0);
	h = wire_head_get(b.data);
	h.bytes++;
	wire_head_put(b.data, h);
	ck_assert(broken(b.data, b.len));
}
END_TEST

START_TEST(unknown_types_and_descriptors_too_many_are_refused)
{
	const struct wire_head none = { WIRE_HEAD, 0, 0 };
	const struct wire_head beyond = { WIRE_HEAD, LINK_TYPE_END, 0 };
	const struct wire_head fd = { WIRE_HEAD, LINK_GO, 1 };
	const struct wire_head four = { WIRE_HEAD, LINK_SPAWN, LINK_FDS_MAX + 1 };
	char head[WIRE_HEAD];

	wire_head_put(head, none);
	ck_assert(broken(head, sizeof head));
	wire_head_put(head, beyond);
	ck_assert(broken(head, sizeof head));
	wire_head_put(head, fd);
	ck_assert(broken(head, sizeof head));
	wire_head_put(head, four);
	ck_assert(broken(head, sizeof head));
}
END_TEST

START_TEST(a_bool_is_nought_or_one)
{
	const struct link_msg m = { .type = LINK_SLOT };
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	there_and_back(&m, &b);
	b.data[WIRE_HEAD + 12] = 2; /* exec_done */
	ck_assert(broken(b.data, b.len));
}
END_TEST

START_TEST(a_nul_inside_of_a_string_is_refused)
{
	const struct link_msg m = { .type = LINK_DEPOSIT, .name = { "abc" } };
	_cleanup_(buf_done) struct buf b = BUF_INIT;

	there_and_back(&m, &b);
	b.data[b.len - 3] = '\0';
	ck_assert(broken(b.data, b.len));
}
END_TEST

START_TEST(a_list_must_have_as_many_strings_as_it_says)
{
	const struct link_msg m = { .type = LINK_SPAWN, .spawn.argv = { "a\0b", 2, 4 } };
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	char *argv;

	there_and_back(&m, &b);
	argv = memmem(b.data, b.len, "a\0b", 4);
	ck_assert_ptr_nonnull(argv);
	argv[1] = 'x'; /* one string now */
	ck_assert(broken(b.data, b.len));
	argv[1] = '\0';
	argv[3] = 'x'; /* the last one is not ended */
	ck_assert(broken(b.data, b.len));
}
END_TEST

START_TEST(what_is_too_large_is_not_encoded_and_leaves_no_half_frame)
{
	_cleanup_(freep) char *text = malloc(WIRE_MAX + 1);
	_cleanup_(buf_done) struct buf b = BUF_INIT;
	const struct link_msg m = { .type = LINK_LOG, .log = { 3, text } };

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', WIRE_MAX);
	text[WIRE_MAX] = '\0';
	ck_assert_int_eq(buf_puts(&b, "before"), 0);
	ck_assert_int_eq(link_encode(&m, &b), -EMSGSIZE);
	ck_assert_str_eq(buf_str(&b), "before");
	text[WIRE_MAX - 64] = '\0';
	ck_assert_int_eq(link_encode(&m, &b), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("link");
	TCase *tc = harness_case(s, "frames");

	tcase_add_loop_test(tc, every_type_has_a_name_and_comes_back_when_empty, 1,
			    LINK_TYPE_END);
	tcase_add_test(tc, a_spawn_keeps_its_lists_and_strings);
	tcase_add_test(tc, numbers_keep_their_sign_and_width);
	tcase_add_test(tc, what_a_process_used_is_in_its_slot_too);
	tcase_add_test(tc, a_wire_is_named_and_its_ends_are_told_apart);
	tcase_add_test(tc, a_missing_string_is_an_empty_one);
	tcase_add_test(tc, frames_follow_one_another);

	tc = harness_case(s, "nonsense");
	tcase_add_test(tc, bytes_of_any_kind_come_through);
	tcase_add_test(tc, no_part_of_a_frame_is_taken_for_a_frame);
	tcase_add_test(tc, bytes_behind_the_last_field_are_refused);
	tcase_add_test(tc, unknown_types_and_descriptors_too_many_are_refused);
	tcase_add_test(tc, a_bool_is_nought_or_one);
	tcase_add_test(tc, a_nul_inside_of_a_string_is_refused);
	tcase_add_test(tc, a_list_must_have_as_many_strings_as_it_says);
	tcase_add_test(tc, what_is_too_large_is_not_encoded_and_leaves_no_half_frame);
	return s;
}

int main(void)
{
	return harness_run(suite());
}
