/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "milter/collection/ldif.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { BUFFER = 64 * 1024 };

/* What came out, such as "[cn=a] mail=a@b; 3!expected ...". */
struct seen {
	char *text; /* owned */
	size_t len;
};

static FILE *
open_octets(const char *octets, size_t len)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(octets, 1, len, file), len);
	rewind(file);
	return file;
}

static void
print_item(FILE *out, enum ldif_event event, const struct ldif_item *item)
{
	ck_assert_uint_eq(item->value[item->len], 0);
	fprintf(out, event == LDIF_ENTRY ? "[" : "%s=", item->name);
	for (size_t i = 0; i < item->len; i++)
		fputc(item->value[i] != 0 ? item->value[i] : '~', out);
	fputs(event == LDIF_ENTRY ? "] " : "; ", out);
}

/* Read it all; the caller frees what is returned. */
static char *
read_all(const char *octets, size_t len)
{
	FILE *file = open_octets(octets, len);
	struct ldif *ldif = ldif_new(file);
	struct seen seen = { .text = NULL };
	FILE *out = open_memstream(&seen.text, &seen.len);
	struct ldif_item item;
	enum ldif_event event;

	ck_assert(ldif != NULL && out != NULL);
	while ((event = ldif_next(ldif, &item)) <= LDIF_VALUE)
		print_item(out, event, &item);
	if (event == LDIF_ERROR)
		fprintf(out, "%zu!%s", ldif_line(ldif), ldif_error(ldif));
	/* Nothing comes after the end. */
	ck_assert_int_eq(ldif_next(ldif, &item), event);
	fclose(out);
	ldif_free(ldif);
	fclose(file);
	return seen.text;
}

/* want is what came out; behind a "!" its beginning is enough. */
static void
expect(const char *name, const char *octets, size_t len, const char *want)
{
	char *got = read_all(octets, len);
	size_t compared = strlen(want) + (strchr(want, '!') == NULL ? 1 : 0);

	ck_assert_msg(strncmp(got, want, compared) == 0, "%s: %s", name, got);
	free(got);
}

static const char dump[] =
    "version: 1\n# a comment\n  that goes on\n\n"
    "dn: cn=Alice,dc=example\ncn: Alice\n# between\n"
    "mail: alice@exam\n ple.org\nuserCertificate;binary:: AA\n EC\r\n"
    "empty:\n\n\n"
    "dn:: Y249QsO2Yg==\nchangetype: add\ncn:   Bob \n";
static const char dump_seen[] =
    "[cn=Alice,dc=example] cn=Alice; mail=alice@example.org;"
    " userCertificate;binary=~\x01\x02; empty=; [cn=B\xc3\xb6"
    "b] changetype=add; cn=Bob ; ";

START_TEST(reads_entries)
{
	expect("dump", dump, strlen(dump), dump_seen);
}
END_TEST

START_TEST(reads_alike_wherever_its_buffer_ends)
{
	size_t len = strlen("version: 1\n"), rest = strlen(dump) - len;
	char *octets = malloc(BUFFER + rest + 1);

	for (size_t before = 2; before < rest; before++) {
		size_t comment = BUFFER - before;

		memset(octets, '#', comment - 1);
		octets[comment - 1] = '\n';
		memcpy(octets + comment, dump + len, rest);
		expect("split", octets, comment + rest, dump_seen);
	}
	free(octets);
}
END_TEST

/* Where a line ends, so may the file, but for base64 that has to go on. */
START_TEST(refuses_every_truncation_but_at_the_end_of_a_line)
{
	for (size_t n = 1; n < strlen(dump); n++) {
		char *got = read_all(dump, n);
		const char *error = strchr(got, '!');

		if (dump[n - 1] != '\n')
			ck_assert_msg(error != NULL, "%zu: %s", n, got);
		else if (error != NULL)
			ck_assert_msg(strncmp(dump + n, " EC", 3) == 0,
			    "%zu: %s", n, got);
		free(got);
	}
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	const char *want;
} texts[] = {
	{ "nothing", "", "" },
	{ "blank lines", "\n\r\n\n", "" },
	{ "only a version", "version: 1\n", "" },
	{ "byte order mark",
	    "\xef\xbb\xbf"
	    "dn: a\n",
	    "[a] " },
	{ "no version, comment first", "# x\n\ndn: a\n\n", "[a] " },
	{ "octets that are not ASCII", "dn: a\ncn: \xc3\xb6\n",
	    "[a] cn=\xc3\xb6; " },
	{ "an attribute named version", "dn: a\nversion: 2\n",
	    "[a] version=2; " },
	{ "a range of values", "dn: a\nuserCertificate;range=0-*:: AA==\n",
	    "[a] userCertificate;range=0-*=~; " },
	{ "an OID", "dn: a\n2.5.4.36: x\n", "[a] 2.5.4.36=x; " },
	{ "a colon in the value", "dn: a\nurl: ldap://b:1\n",
	    "[a] url=ldap://b:1; " },
	{ "base64 of nothing", "dn: a\ncn::\n", "[a] cn=; " },
	{ "changetype as an attribute", "dn: a\ncn: b\nchangetype: delete\n",
	    "[a] cn=b; changetype=delete; " },

	{ "another version", "version: 2\n", "1!LDIF of another version" },
	{ "no dn", "# x\ncn: a\n", "2!expected \"dn:\"" },
	{ "version, late", "dn: a\n\nversion: 1\n", "[a] 3!expected \"dn:\"" },
	{ "what ldapsearch writes at its end", "dn: a\n\nsearch: 2\n",
	    "[a] 3!expected \"dn:\", with which each entry begins"
	    " (ldapsearch with -LLL)" },
	{ "no blank line", "dn: a\ncn: x\ndn: b\n",
	    "[a] cn=x; 3!a second \"dn:\"" },
	{ "a continuation of nothing", " dn: a\n", "1!a line that begins" },
	{ "a continuation after a blank line", "dn: a\n\n b\n",
	    "[a] 3!a line that begins" },
	{ "no colon", "dn: a\nfoo\n", "[a] 2!expected \"attribute: value\"" },
	{ "no name", "dn: a\n: x\n", "[a] 2!expected \"attribute: value\"" },
	{ "a blank in the name", "dn: a\nc n: x\n",
	    "[a] 2!expected \"attribute: value\"" },
	{ "a value elsewhere", "dn: a\njpegPhoto:< file:///etc/passwd\n",
	    "[a] 2!the value is in another place" },
	{ "an include", "include: file:///etc/passwd\n", "1!expected \"dn:\"" },
	{ "a deletion", "dn: a\nchangetype: delete\n", "[a] 2!a change of" },
	{ "a modification", "dn: a\nchangeType:: bW9kaWZ5\n",
	    "[a] 2!a change of" },
	{ "a control", "dn: a\ncontrol: 1.2.3 true\n", "[a] 2!a change with" },
	{ "a list of changes", "dn: a\ncn: x\n-\n", "[a] cn=x; 3!a list of" },
	{ "base64 cut short", "dn: a\ncn:: AAE\n", "[a] 2!not base64" },
	{ "base64 with a wrong character", "dn: a\ncn:: AA!=\n",
	    "[a] 2!not base64" },
	{ "padding in the middle", "dn: a\ncn:: AA==AAAA\n",
	    "[a] 2!not base64" },
	{ "too much padding", "dn: a\ncn:: A===\n", "[a] 2!not base64" },
	{ "nothing but padding", "dn: a\ncn:: ====\n", "[a] 2!not base64" },
	{ "the line of a folded value", "dn: a\ncn: b\nsn:: A\n !\n",
	    "[a] cn=b; 3!not base64" },
	{ "a NUL in a DN", "dn:: AA==\n", "1!a NUL in the DN" },
	{ "no end of the last line", "dn: a\ncn: b",
	    "[a] 2!the file stops in the middle" },
	{ "UTF-16",
	    "\xff\xfe"
	    "d",
	    "1!text in UTF-16" },
};

START_TEST(reads_and_refuses)
{
	expect(texts[_i].name, texts[_i].text, strlen(texts[_i].text),
	    texts[_i].want);
}
END_TEST

START_TEST(refuses_a_nul_in_the_text)
{
	static const char text[] = "dn: a\ncn: x\0y\n";

	expect("nul", text, sizeof(text) - 1, "[a] 2!a NUL in the text");
}
END_TEST

/* A line of len octets, in an entry of its own. */
static char *
read_long(size_t len)
{
	static const char head[] = "dn: a\n\ndn: ";
	char *octets = malloc(strlen(head) + len + 1), *got;

	memcpy(octets, head, strlen(head));
	memset(octets + strlen(head), 'x', len - 4);
	octets[strlen(head) + len - 4] = '\n';
	got = read_all(octets, strlen(head) + len - 3);
	free(octets);
	return got;
}

START_TEST(refuses_a_line_beyond_the_limit)
{
	char *most = read_long(LDIF_MAX_LINE);
	char *more = read_long(LDIF_MAX_LINE + 1);

	ck_assert_ptr_null(strchr(most, '!'));
	ck_assert_uint_eq(strlen(most), strlen("[a] [] ") + LDIF_MAX_LINE - 4);
	ck_assert_str_eq(more,
	    "[a] 3!a line of more than 16 MiB, which no certificate needs");
	free(most);
	free(more);
}
END_TEST

START_TEST(says_when_a_file_cannot_be_read)
{
	FILE *file = fopen("/", "r");
	struct ldif *ldif = ldif_new(file);
	struct ldif_item item;

	ck_assert_int_eq(ldif_next(ldif, &item), LDIF_ERROR);
	ck_assert_str_eq(ldif_error(ldif), "the file cannot be read");
	ldif_free(ldif);
	fclose(file);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ldif");
	TCase *tcase = tcase_create("ldif_next");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_set_timeout(tcase, 60); /* 16 MiB, on a busy machine */
	tcase_add_test(tcase, reads_entries);
	tcase_add_test(tcase, reads_alike_wherever_its_buffer_ends);
	tcase_add_test(tcase,
	    refuses_every_truncation_but_at_the_end_of_a_line);
	tcase_add_loop_test(tcase, reads_and_refuses, 0, COUNT(texts));
	tcase_add_test(tcase, refuses_a_nul_in_the_text);
	tcase_add_test(tcase, refuses_a_line_beyond_the_limit);
	tcase_add_test(tcase, says_when_a_file_cannot_be_read);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
