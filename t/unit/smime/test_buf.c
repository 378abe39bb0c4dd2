/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/buf.h"

enum { LONG = 100000 };

static uint8_t octets[LONG];

/* AddressSanitizer asks this; its malloc() is then as free to fail as any. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void
fill(void)
{
	for (size_t i = 0; i < LONG; i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
}

START_TEST(begins_empty_and_without_memory)
{
	struct buf buf;

	memset(&buf, 0xff, sizeof(buf));
	buf_init(&buf, 10);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_uint_eq(buf.cap, 10);
	ck_assert_ptr_null(buf.data);
	buf_done(&buf);
}
END_TEST

static const struct {
	const char *name;
	size_t cap;
	size_t step;
} growths[] = {
	{ "one octet at a time", 3000, 1 },
	{ "steps that meet the cap", 3000, 250 },
	{ "steps larger than the first allocation", LONG, 1000 },
	{ "a cap below the first allocation", 10, 5 },
	{ "a cap of one octet", 1, 1 },
	{ "all at once", LONG, LONG },
};

START_TEST(holds_what_was_pushed_up_to_the_cap_and_no_octet_more)
{
	size_t cap = growths[_i].cap;
	size_t step = growths[_i].step;
	struct buf buf;

	buf_init(&buf, cap);
	for (size_t at = 0; at < cap; at += step) {
		ck_assert_int_eq(buf_push(&buf, octets + at, step), BUF_OK);
		ck_assert_msg(buf.room <= cap, "%s", growths[_i].name);
	}
	ck_assert_int_eq(buf_push(&buf, octets, 1), BUF_FULL);
	ck_assert_uint_eq(buf.len, cap);
	ck_assert_mem_eq(buf.data, octets, cap);
	buf_done(&buf);
}
END_TEST

START_TEST(refuses_whole_what_would_cross_the_cap)
{
	struct buf buf;

	buf_init(&buf, 10);
	ck_assert_int_eq(buf_push(&buf, "abcdefg", 7), BUF_OK);
	ck_assert_int_eq(buf_push(&buf, "hijk", 4), BUF_FULL);
	ck_assert_int_eq(buf_push(&buf, octets, SIZE_MAX), BUF_FULL);
	ck_assert_uint_eq(buf.len, 7);
	ck_assert_int_eq(buf_push(&buf, "hij", 3), BUF_OK);
	ck_assert_mem_eq(buf.data, "abcdefghij", 10);
	buf_done(&buf);
}
END_TEST

START_TEST(takes_nothing_when_the_cap_is_nothing)
{
	struct buf buf;

	buf_init(&buf, 0);
	ck_assert_int_eq(buf_push(&buf, NULL, 0), BUF_OK);
	ck_assert_int_eq(buf_push(&buf, "a", 1), BUF_FULL);
	ck_assert_ptr_null(buf.data);
	buf_done(&buf);
}
END_TEST

START_TEST(allocates_seldom)
{
	size_t allocations = 0;
	size_t room = 0;
	struct buf buf;

	buf_init(&buf, SIZE_MAX);
	for (size_t i = 0; i < LONG; i++) {
		ck_assert_int_eq(buf_push(&buf, octets + i, 1), BUF_OK);
		if (buf.room != room)
			allocations++;
		room = buf.room;
	}
	ck_assert_uint_le(allocations, 10);
	ck_assert_uint_le(buf.room, 2 * LONG);
	buf_done(&buf);
}
END_TEST

START_TEST(survives_a_lack_of_memory)
{
	struct buf buf;

	buf_init(&buf, SIZE_MAX);
	ck_assert_int_eq(buf_push(&buf, "abc", 3), BUF_OK);
	ck_assert_int_eq(buf_push(&buf, octets, SIZE_MAX / 2), BUF_NOMEM);
	ck_assert_uint_eq(buf.len, 3);
	ck_assert_int_eq(buf_push(&buf, "d", 1), BUF_OK);
	ck_assert_mem_eq(buf.data, "abcd", 4);
	buf_done(&buf);
}
END_TEST

START_TEST(keeps_its_memory_on_reset_and_its_cap_on_done)
{
	const uint8_t *data;
	struct buf buf;

	buf_init(&buf, 10);
	ck_assert_int_eq(buf_push(&buf, "abcdefghij", 10), BUF_OK);
	data = buf.data;
	buf_reset(&buf);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_uint_eq(buf.room, 10);
	ck_assert_ptr_eq(buf.data, data);
	ck_assert_int_eq(buf_push(&buf, "0123456789", 10), BUF_OK);
	ck_assert_mem_eq(buf.data, "0123456789", 10);

	buf_done(&buf);
	buf_done(&buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert_int_eq(buf_push(&buf, "0123456789a", 11), BUF_FULL);
	ck_assert_int_eq(buf_push(&buf, "0123456789", 10), BUF_OK);
	buf_done(&buf);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, fill, NULL);
	tcase_add_test(tcase, begins_empty_and_without_memory);
	tcase_add_loop_test(tcase,
	    holds_what_was_pushed_up_to_the_cap_and_no_octet_more, 0,
	    sizeof(growths) / sizeof(growths[0]));
	tcase_add_test(tcase, refuses_whole_what_would_cross_the_cap);
	tcase_add_test(tcase, takes_nothing_when_the_cap_is_nothing);
	tcase_add_test(tcase, allocates_seldom);
	tcase_add_test(tcase, survives_a_lack_of_memory);
	tcase_add_test(tcase, keeps_its_memory_on_reset_and_its_cap_on_done);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
