/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/field.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The fields of a block as "name=value|", and "!" at the end when odd. */
static char *
list_fields(const char *block, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	char *list = calloc(1, 2 * len + 2);
	struct field field;
	size_t at = 0;
	bool odd = false;

	memcpy(copy, block, len);
	while (field_next(copy, len, &at, &field, &odd)) {
		strncat(list, field.name, field.name_len);
		strcat(list, "=");
		strncat(list, field.value, field.value_len);
		strcat(list, "|");
	}
	ck_assert_uint_le(at, len);
	free(copy);
	if (odd)
		strcat(list, "!");
	return list;
}

static const struct {
	const char *name;
	const char *block;
	const char *want;
} blocks[] = {
	{ "nothing", "", "" },
	{ "one", "A: b\r\n", "A= b|" },
	{ "no EOL", "A: b", "A= b|" },
	{ "half an EOL", "A: b\r", "A= b\r|" },
	{ "LF", "A: b\nC: d\n", "A= b|C= d|" },
	{ "CRLF", "A: b\r\nC: d\r\n", "A= b|C= d|" },
	{ "fold", "A: b\r\n c\n\td\r\nE:f", "A= b\r\n c\n\td|E=f|" },
	{ "blank fold", "A:\r\n \r\n b\r\n", "A=\r\n \r\n b|" },
	{ "no value", "A:\r\nB:\n", "A=|B=|" },
	{ "colons", "A::b:c\n", "A=:b:c|" },
	{ "white space before colon", "A \t: b\n", "A= b|" },
	{ "all printable", "!\"#~: b\n", "!\"#~= b|" },
	{ "bare CR", "A: b\rC: d\r\n", "A= b\rC: d|" },
	{ "empty line", "A: b\r\n\r\nC: d\r\n", "A= b|" },
	{ "empty line with LF", "A: b\n\nC: d\n", "A= b|" },
	{ "only an empty line", "\r\n", "" },
	{ "no colon", "A: b\nfoo\nC: d\n", "A= b|C= d|!" },
	{ "no colon, with fold", "foo\n bar: x\nC: d\n", "C= d|!" },
	{ "no name", ": b\nC: d\n", "C= d|!" },
	{ "blank name", " : b\nC: d\n", "C= d|!" },
	{ "fold first", " a: b\nC: d\n", "C= d|!" },
	{ "space in name", "A B: c\nD: e\n", "D= e|!" },
	{ "mbox line", "From a@b Mon 00:00:00\nC: d\n", "C= d|!" },
	{ "not ASCII", "\xc3\xa4: b\nC: d\n", "C= d|!" },
	{ "control", "A\x01: b\nC: d\n", "C= d|!" },
	{ "DEL", "A\x7f: b\nC: d\n", "C= d|!" },
	{ "CR before colon", "A\r: b\nC: d\n", "C= d|!" },
	{ "odd and last", "A: b\nfoo", "A= b|!" },
};

START_TEST(cuts_a_header_into_fields)
{
	char *got = list_fields(blocks[_i].block, strlen(blocks[_i].block));

	ck_assert_msg(strcmp(got, blocks[_i].want) == 0, "%s: %s",
	    blocks[_i].name, got);
	free(got);
}
END_TEST

START_TEST(cuts_every_truncation_inside_its_bounds)
{
	for (size_t len = 0; len < strlen(blocks[_i].block); len++)
		free(list_fields(blocks[_i].block, len));
}
END_TEST

START_TEST(knows_a_field_by_its_whole_name)
{
	struct field field = { .name = "From: x", .name_len = 4 };

	ck_assert(field_is(&field, "from"));
	ck_assert(field_is(&field, "FROM"));
	ck_assert(!field_is(&field, "Fro"));
	ck_assert(!field_is(&field, "From:"));
	ck_assert(!field_is(&field, "Frog"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("field");
	TCase *tcase = tcase_create("field");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, cuts_a_header_into_fields, 0, COUNT(blocks));
	tcase_add_loop_test(tcase, cuts_every_truncation_inside_its_bounds, 0,
	    COUNT(blocks));
	tcase_add_test(tcase, knows_a_field_by_its_whole_name);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
