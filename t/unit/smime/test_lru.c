/* SPDX-License-Identifier: ISC */
#include "smime/lru.h"

#include <stdlib.h>

#include <check.h>

enum { ROOM = 4, MANY = 1000 };

struct thing {
	struct lru_node node;
	int number;
};

static struct lru *lru;
static int dropped, last_dropped;

static void
drop(struct lru_node *node)
{
	dropped++;
	last_dropped = ((struct thing *)node)->number;
	free(node);
}

static bool
is_number(const struct lru_node *node, const void *key)
{
	return ((const struct thing *)node)->number == *(const int *)key;
}

static void
begin(void)
{
	dropped = 0;
	lru = lru_new(ROOM, drop);
	ck_assert_ptr_nonnull(lru);
}

static void
end(void)
{
	lru_free(lru);
}

static void
add(int number, uint64_t hash)
{
	struct thing *thing = malloc(sizeof(*thing));

	thing->number = number;
	lru_add(lru, hash, &thing->node);
}

static bool
has(int number, uint64_t hash)
{
	const struct lru_node *node = lru_find(lru, hash, is_number, &number);

	return node != NULL && is_number(node, &number);
}

START_TEST(finds_what_was_added)
{
	ck_assert(!has(1, 1));
	add(1, 1);
	ck_assert(has(1, 1));
	ck_assert(!has(1, 2));
	ck_assert(!has(2, 1));
}
END_TEST

/* Whoever can choose hashes gains nothing but a longer way. */
START_TEST(tells_things_of_one_hash_apart)
{
	for (int i = 0; i < ROOM; i++)
		add(i, 7);
	for (int i = 0; i < ROOM; i++)
		ck_assert(has(i, 7));
	ck_assert(!has(ROOM, 7));
	ck_assert_int_eq(dropped, 0);
}
END_TEST

/* In one bucket or in many. */
START_TEST(gives_up_the_one_used_longest_ago)
{
	uint64_t step = (uint64_t)_i;

	for (int i = 0; i < ROOM; i++)
		add(i, (uint64_t)i * step);
	ck_assert(has(0, 0));
	add(ROOM, ROOM * step);
	ck_assert_int_eq(dropped, 1);
	ck_assert_int_eq(last_dropped, 1);
	ck_assert(has(0, 0));
	ck_assert(!has(1, step));
	ck_assert(has(ROOM, ROOM * step));
}
END_TEST

START_TEST(never_holds_more_than_it_should)
{
	for (int i = 0; i < MANY; i++)
		add(i, (uint64_t)i * 3);
	ck_assert_int_eq(dropped, MANY - ROOM);
	for (int i = MANY - ROOM; i < MANY; i++)
		ck_assert(has(i, (uint64_t)i * 3));
}
END_TEST

START_TEST(removes_one_or_all)
{
	int one = 1;

	for (int i = 0; i < ROOM; i++)
		add(i, (uint64_t)i);
	lru_remove(lru, lru_find(lru, 1, is_number, &one));
	ck_assert_int_eq(dropped, 1);
	ck_assert(!has(1, 1));
	ck_assert(has(0, 0));
	lru_flush(lru);
	ck_assert_int_eq(dropped, ROOM);
	ck_assert(!has(0, 0));
	add(5, 5);
	ck_assert(has(5, 5));
}
END_TEST

/* As malloc() gives them: no bucket shall have a tenth of them. */
START_TEST(spreads_addresses_at_a_distance)
{
	static const size_t distances[] = { 16, 64, 352, 1024, 4096, 6144 };
	size_t counts[64] = { 0 };
	uintptr_t at = 0x7f0000001000;

	for (size_t i = 0; i < MANY; i++, at += distances[_i])
		counts[lru_hash((const void *)at) % 64]++;
	for (size_t i = 0; i < 64; i++)
		ck_assert_uint_lt(counts[i], MANY / 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lru");
	TCase *tcase = tcase_create("lru");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, finds_what_was_added);
	tcase_add_test(tcase, tells_things_of_one_hash_apart);
	tcase_add_loop_test(tcase, gives_up_the_one_used_longest_ago, 0, 3);
	tcase_add_test(tcase, never_holds_more_than_it_should);
	tcase_add_test(tcase, removes_one_or_all);
	tcase_add_loop_test(tcase, spreads_addresses_at_a_distance, 0, 6);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
