/* SPDX-License-Identifier: MIT */
/* test_ctl_items.c - items, the words they are put into, and when and how map ends. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "ctl/map_items.h"
#include "ctl/map_rules.h"
#include "ctl/map_words.h"
#include "harness.h"

/* --- words ------------------------------------------------------------------------------- */

/* clang-format off */
static const struct { const char *command, *item, *separator, *words; } fillings[] = {
	{ "echo {}", "a b", NULL, "[[\"echo\",\"a b\"]]" },
	{ "echo", "a b", NULL, "[[\"echo\",\"a b\"]]" },
	{ "a | b", "x", NULL, "[[\"a\"],[\"b\",\"x\"]]" },
	{ "a {} | b", "x", NULL, "[[\"a\",\"x\"],[\"b\"]]" },
	{ "echo {#}", "x", NULL, "[[\"echo\",\"7\"]]" },
	{ "echo -{}-{}{#}", "x", NULL, "[[\"echo\",\"-x-x7\"]]" },
	{ "echo {x} {,} { {", "x", NULL, "[[\"echo\",\"{x}\",\"{,}\",\"{\",\"{\",\"x\"]]" },
	{ "echo {{}}", "x", NULL, "[[\"echo\",\"{x}\"]]" },
	{ "echo {.} {/} {//} {/.}", "a/b.c/d", NULL, "[[\"echo\",\"a/b.c/d\",\"d\",\"a/b.c\",\"d\"]]" },
	{ "echo {.} {/} {//} {/.}", "x.tar.gz", NULL, "[[\"echo\",\"x.tar\",\"x.tar.gz\",\".\",\"x.tar\"]]" },
	{ "echo {.} {/} {//} {/.}", "a/.b", NULL, "[[\"echo\",\"a/\",\".b\",\"a\",\"\"]]" },
	{ "echo {.} {/} {//} {/.}", "x.", NULL, "[[\"echo\",\"x\",\"x.\",\".\",\"x\"]]" },
	{ "echo {.} {/} {//} {/.}", "//a", NULL, "[[\"echo\",\"//a\",\"a\",\"/\",\"a\"]]" },
	{ "echo {.} {/} {//} {/.}", "a//b", NULL, "[[\"echo\",\"a//b\",\"b\",\"a\",\"b\"]]" },
	{ "echo {.} {/} {//} {/.}", "", NULL, "[[\"echo\",\"\",\"\",\".\",\"\"]]" },
	{ "echo {.} {/} {//} {/.}", "/", NULL, "[[\"echo\",\"/\",\"\",\"/\",\"\"]]" },
	{ "echo {2} {1} {3}", "a,b", ",", "[[\"echo\",\"b\",\"a\",\"\"]]" },
	{ "echo {2}", "a::b::c", "::", "[[\"echo\",\"b\"]]" },
	{ "echo {1} {2}", "a,b", NULL, "[[\"echo\",\"a,b\",\"\"]]" },
	{ "echo {0} {01} {99999}", "x", NULL, "[[\"echo\",\"{0}\",\"{01}\",\"{99999}\",\"x\"]]" },
	{ "echo {}", "$x `y` ; > '", NULL, "[[\"echo\",\"$x `y` ; > '\"]]" },
};
/* clang-format on */

START_TEST(an_item_is_put_where_the_command_names_it)
{
	struct stages command = { 0 };
	struct stages_fault fault;
	struct map_words m;
	json_t *stages;
	char *text;

	ck_assert_int_eq(stages_split(fillings[_i].command, &command, &fault), STAGES_OK);
	map_words_init(&m, &command, fillings[_i].separator);
	ck_assert_int_eq(map_words_fill(&m, fillings[_i].item, 7, &stages), MAP_WORDS_OK);
	text = json_dumps(stages, JSON_COMPACT);
	ck_assert_str_eq(text, fillings[_i].words);
	free(text);
	json_decref(stages);
	stages_done(&command);
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
	struct stages command = { 0 };
	struct stages_fault fault;
	struct map_words m;
	json_t *stages;

	ck_assert_int_eq(stages_split("echo a{}", &command, &fault), STAGES_OK);
	map_words_init(&m, &command, NULL);
	ck_assert_int_eq(map_words_fill(&m, "\xff", 1, &stages), MAP_WORDS_NOT_TEXT);
	stages_done(&command);
}
END_TEST

/* --- items ------------------------------------------------------------------------------- */

static int content(const char *text, size_t len)
{
	const int fd = memfd_create("items", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, text, len, 0), (ssize_t)len);
	return fd;
}

/* All items, each in <>. */
static void read_all(struct map_items *m, struct buf *ret)
{
	const char *item;
	int r;

	while ((r = map_items_next(m, &item)) != MAP_ITEM_END) {
		if (r == MAP_ITEM)
			ck_assert_int_eq(buf_printf(ret, "<%s>", item), 0);
		else if (r == MAP_ITEM_LATER)
			ck_assert_int_eq(map_items_read(m), 0);
		else
			ck_assert_int_eq(buf_printf(ret, "(%s)", strerrorname_np(-r)), 0);
	}
}

/* clang-format off */
static const struct { const char *text; size_t len; char end; const char *items; } lines[] = {
	{ "", 0, '\n', "" },
	{ "a\nb\n", 4, '\n', "<a><b>" },
	{ "a\nb", 3, '\n', "<a><b>" },
	{ "\n\n a b \n", 8, '\n', "<><>< a b >" },
	{ "a\0b\0\0", 5, '\0', "<a><b><>" },
	{ "a\nb\0c", 5, '\0', "<a\nb><c>" },
	{ "a\0b\nc\n", 6, '\n', "(EILSEQ)<c>" },
};
/* clang-format on */

START_TEST(items_are_lines_or_what_ends_with_a_nul)
{
	_cleanup_(closep) int fd = content(lines[_i].text, lines[_i].len);
	_cleanup_(buf_done) struct buf got = BUF_INIT;
	struct map_items m;

	map_items_read_from(&m, fd, lines[_i].end);
	read_all(&m, &got);
	ck_assert_str_eq(buf_str(&got), lines[_i].items);
	map_items_done(&m);
}
END_TEST

START_TEST(items_are_read_as_they_are_needed)
{
	_cleanup_(buf_done) struct buf text = BUF_INIT;
	_cleanup_(closep) int fd = -1;
	struct map_items m;
	const char *item;
	uint64_t n = 0;
	int r;

	for (int i = 0; i < 200000; i++)
		ck_assert_int_eq(buf_printf(&text, "%d\n", i), 0);
	fd = content(buf_str(&text), text.len);
	map_items_read_from(&m, fd, '\n');
	while ((r = map_items_next(&m, &item)) != MAP_ITEM_END) {
		if (r == MAP_ITEM_LATER) {
			while (map_items_hungry(&m))
				ck_assert_int_eq(map_items_read(&m), 0);
			ck_assert_uint_le(m.in.cap, 4 * MAP_AHEAD);
			continue;
		}
		ck_assert_uint_eq(strtoul(item, NULL, 10), n);
		n++;
	}
	ck_assert_uint_eq(n, 200000);
	ck_assert_uint_eq(map_items_total(&m), 200000);
	map_items_done(&m);
}
END_TEST

START_TEST(the_total_is_known_when_all_was_read)
{
	_cleanup_(closep) int fd = content("a\nb\nc", 5);
	struct map_items m;
	const char *item;

	map_items_read_from(&m, fd, '\n');
	ck_assert_int_eq(map_items_read(&m), 0);
	ck_assert_uint_eq(map_items_total(&m), 0);
	ck_assert_int_eq(map_items_next(&m, &item), MAP_ITEM);
	ck_assert_int_eq(map_items_read(&m), 0);
	ck_assert_uint_eq(map_items_total(&m), 3);
	ck_assert_int_eq(map_items_next(&m, &item), MAP_ITEM);
	ck_assert_uint_eq(map_items_total(&m), 3);
	map_items_done(&m);
}
END_TEST

START_TEST(an_item_without_end_is_refused)
{
	_cleanup_(closep) int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct map_items m;
	const char *item;

	map_items_read_from(&m, fd, '\n');
	while (map_items_hungry(&m))
		ck_assert_int_eq(map_items_read(&m), 0);
	ck_assert_int_eq(map_items_next(&m, &item), -E2BIG);
	map_items_done(&m);
}
END_TEST

/* --- rules ------------------------------------------------------------------------------- */

/* clang-format off */
static const struct { const char *text; int slots; } slots[] = {
	{ "1", 1 }, { "16", 16 }, { "0", 0 }, { "+0", 4 }, { "+3", 7 }, { "-1", 3 }, { "-9", 1 },
	{ "100%", 4 }, { "50%", 2 }, { "1%", 1 }, { "200%", 8 }, { "10000", 10000 },
	{ "", -1 }, { "x", -1 }, { "1x", -1 }, { "+", -1 }, { "+5%", -1 }, { "--1", -1 },
	{ "10001", -1 }, { "5%%", -1 }, { "99999999999999999999", -1 }, { " 1", -1 },
};

static const struct { const char *text; struct halt halt; bool bad; } halts[] = {
	{ "never", { HALT_NEVER, HALT_FAIL, 0, 0 }, false },
	{ "soon,fail=1", { HALT_SOON, HALT_FAIL, 1, 0 }, false },
	{ "now,success=3", { HALT_NOW, HALT_SUCCESS, 3, 0 }, false },
	{ "soon,done=50%", { HALT_SOON, HALT_DONE, 0, 50 }, false },
	{ "", { 0 }, true }, { "soon", { 0 }, true }, { "soon,", { 0 }, true },
	{ "now,fail", { 0 }, true }, { "now,fail=", { 0 }, true }, { "now,fail=0", { 0 }, true },
	{ "now,fail=-1", { 0 }, true }, { "now,fail=101%", { 0 }, true },
	{ "now,fail=1x", { 0 }, true }, { "later,fail=1", { 0 }, true }, { "now,quit=1", { 0 }, true },
};

static const struct { const char *halt; struct tally t; bool reached; int last, exit; } ends[] = {
	{ "never", { 5, 5, 5 }, false, 3, 5 },
	{ "never", { 5, 0, 5 }, false, 0, 0 },
	{ "never", { 200, 100, 200 }, false, 1, 100 },
	{ "never", { 200, 101, 200 }, false, 1, 101 },
	{ "never", { 2000, 2000, 2000 }, false, 1, 101 },
	{ "soon,fail=1", { 5, 0, 0 }, false, 0, 0 },
	{ "soon,fail=1", { 5, 1, 0 }, true, 7, 7 },
	{ "soon,fail=2", { 5, 1, 0 }, false, 7, 1 },
	{ "soon,fail=2", { 5, 2, 0 }, true, 7, 2 },
	{ "now,success=2", { 5, 4, 0 }, false, 0, 4 },
	{ "now,success=2", { 6, 4, 0 }, true, 0, 0 },
	{ "now,done=3", { 3, 1, 0 }, true, 0, 1 },
	{ "now,done=1", { 1, 0, 0 }, true, 0, 0 },
	{ "soon,fail=10%", { 19, 19, 0 }, false, 1, 19 },
	{ "soon,fail=10%", { 19, 19, 200 }, false, 1, 19 },
	{ "soon,fail=10%", { 20, 20, 200 }, true, 1, 10 },
	{ "soon,fail=1%", { 1, 1, 3 }, true, 1, 34 },
};
/* clang-format on */

START_TEST(slots_are_a_number_or_beside_the_processors)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	unsigned n = 77;
	const int r = slots_parse(slots[_i].text, 4, &n, &why);

	ck_assert_int_eq(r, slots[_i].slots < 0 ? MAP_RULES_BAD : MAP_RULES_OK);
	ck_assert_int_eq((int)n, slots[_i].slots < 0 ? 77 : slots[_i].slots);
	ck_assert_int_eq(why.len > 0, r == MAP_RULES_BAD);
}
END_TEST

START_TEST(halt_has_a_when_a_what_and_a_number)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct halt h;
	const int r = halt_parse(halts[_i].text, &h, &why);

	ck_assert_int_eq(r, halts[_i].bad ? MAP_RULES_BAD : MAP_RULES_OK);
	if (r == MAP_RULES_OK)
		ck_assert_mem_eq(&h, &halts[_i].halt, sizeof h);
}
END_TEST

START_TEST(map_halts_and_exits_as_gnu_parallel)
{
	_cleanup_(buf_done) struct buf why = BUF_INIT;
	struct halt h;

	ck_assert_int_eq(halt_parse(ends[_i].halt, &h, &why), MAP_RULES_OK);
	ck_assert_int_eq(halt_reached(&h, &ends[_i].t), ends[_i].reached);
	ck_assert_int_eq(tally_exit(&ends[_i].t, &h, ends[_i].reached, ends[_i].last),
			 ends[_i].exit);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl items");
	TCase *tc = harness_case(s, "items");

	tcase_add_loop_test(tc, an_item_is_put_where_the_command_names_it, 0,
			    ARRAY_SIZE(fillings));
	tcase_add_test(tc, what_is_no_text_is_refused);
	tcase_add_loop_test(tc, items_are_lines_or_what_ends_with_a_nul, 0, ARRAY_SIZE(lines));
	tcase_add_test(tc, items_are_read_as_they_are_needed);
	tcase_add_test(tc, the_total_is_known_when_all_was_read);
	tcase_add_test(tc, an_item_without_end_is_refused);
	tcase_add_loop_test(tc, slots_are_a_number_or_beside_the_processors, 0,
			    ARRAY_SIZE(slots));
	tcase_add_loop_test(tc, halt_has_a_when_a_what_and_a_number, 0, ARRAY_SIZE(halts));
	tcase_add_loop_test(tc, map_halts_and_exits_as_gnu_parallel, 0, ARRAY_SIZE(ends));
	return s;
}

int main(void)
{
	return harness_run(suite());
}
