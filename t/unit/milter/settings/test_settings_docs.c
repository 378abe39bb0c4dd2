/* SPDX-License-Identifier: ISC */
/*
 * The shipped file and the manuals against the tables of the code.  SRCDIR is
 * the folder of the sources.
 */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/doctor/finding.h"
#include "milter/settings/opt.h"
#include "milter/settings/settings.h"
#include "milter/settings/settings_print.h"
#include "smime/reason.h"

static const char shipped[] = SRCDIR "/etc/smime-milter.conf";
static const char manual[] = SRCDIR "/milter/settings/smime-milter.conf.5";
static const char smimectl[] = SRCDIR "/milter/ctl/smimectl.1";

static char text[200000];

static void
read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t len;

	ck_assert_msg(file != NULL, "%s", path);
	len = fread(text, 1, sizeof(text) - 1, file);
	ck_assert_uint_lt(len, sizeof(text) - 1);
	text[len] = '\0';
	fclose(file);
}

/* How many lines of text are that one. */
static size_t
count_lines(const char *wanted)
{
	size_t len = strlen(wanted);
	size_t count = 0;

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, wanted, len) == 0 &&
		    (line[len] == '\n' || line[len] == '\0'))
			count++;
	}
	return count;
}

/* How many lines of text begin so, where a name begins after it. */
static size_t
count_names(const char *begin)
{
	size_t len = strlen(begin);
	size_t count = 0;

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, begin, len) == 0 &&
		    islower((unsigned char)line[len]))
			count++;
	}
	return count;
}

/* As mdoc writes it: its macros would take the quotes away. */
static void
item_of(const struct opt *opt, char *out, size_t size)
{
	FILE *line = fmemopen(out, size, "w");

	fprintf(line, ".It Ic %s = ", opt->name);
	for (const char *c = opt->written; *c != '\0'; c++) {
		if (*c == '"')
			fputs("\\(dq", line);
		else
			fputc(*c, line);
	}
	ck_assert_int_eq(fclose(line), 0);
}

START_TEST(shipped_file_has_each_option_commented_out_at_its_default)
{
	const struct opt *opt = opt_at(OPT_MAIN, (size_t)_i);
	char line[300];

	read_text(shipped);
	snprintf(line, sizeof(line), "#%s = %s", opt->name, opt->written);
	ck_assert_msg(count_lines(line) == 1, "%s", line);
}
END_TEST

START_TEST(manual_has_each_option_with_its_default)
{
	const struct opt *opt = opt_at(OPT_MAIN, (size_t)_i);
	char line[300];

	read_text(manual);
	item_of(opt, line, sizeof(line));
	ck_assert_msg(count_lines(line) == 1, "%s", line);
}
END_TEST

/* The part of the manual about a section. */
static void
read_section(const char *section)
{
	char heading[100];
	char *begin, *end;

	read_text(manual);
	snprintf(heading, sizeof(heading), ".\\\" Section %s.\n", section);
	begin = strstr(text, heading);
	ck_assert_msg(begin != NULL, "%s", heading);
	snprintf(heading, sizeof(heading), ".\\\" End of section %s.\n",
	    section);
	end = strstr(begin, heading);
	ck_assert_msg(end != NULL, "%s", heading);
	*end = '\0';
	memmove(text, begin, strlen(begin) + 1);
}

START_TEST(manual_has_each_option_of_each_section)
{
	enum opt_section section = (enum opt_section)_i;
	const char *name = opt_section_name(section);
	size_t count = opt_count(section);

	read_section(name);
	ck_assert_uint_eq(count_names(".It Cm "), count);
	for (size_t i = 0; i < count; i++) {
		const struct opt *opt = opt_at(section, i);
		char line[300];

		item_of(opt, line, sizeof(line));
		memcpy(line, ".It Cm ", 7);
		ck_assert_msg(count_lines(line) == 1, "%s", line);
	}
}
END_TEST

START_TEST(shipped_file_has_each_option_of_each_section)
{
	enum opt_section section = (enum opt_section)_i;
	const char *name = opt_section_name(section);
	size_t count = opt_count(section);
	char line[300];
	char *begin, *end;

	read_text(shipped);
	snprintf(line, sizeof(line), "\n#%s \"", name);
	begin = strstr(text, line);
	ck_assert_msg(begin != NULL, "%s", line);
	end = strstr(begin, "\n#}\n");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	memmove(text, begin, strlen(begin) + 1);
	ck_assert_uint_eq(count_names("#    "), count);
	for (size_t i = 0; i < count; i++) {
		const struct opt *opt = opt_at(section, i);

		snprintf(line, sizeof(line), "#    %s = %s", opt->name,
		    opt->written);
		ck_assert_msg(count_lines(line) == 1, "%s", line);
	}
}
END_TEST

START_TEST(manual_has_the_range_of_each_number)
{
	const struct opt *opt = opt_at(OPT_MAIN, (size_t)_i);
	const char *range = strstr(opt->expects, "from ");
	char line[300];
	char *item, *end;

	if (strncmp(opt->expects, "a number ", 9) != 0)
		return;
	read_text(manual);
	item_of(opt, line, sizeof(line));
	item = strstr(text, line);
	ck_assert_ptr_nonnull(item);
	end = strstr(item + 1, "\n.It");
	if (end != NULL)
		*end = '\0';
	ck_assert_msg(strstr(item, range) != NULL, "%s: %s", opt->name, range);
}
END_TEST

START_TEST(neither_has_an_option_that_there_is_not)
{
	read_text(shipped);
	ck_assert_uint_eq(count_names("#"),
	    opt_count(OPT_MAIN) + OPT_SECTIONS - 1);
	read_text(manual);
	ck_assert_uint_eq(count_names(".It Ic "), opt_count(OPT_MAIN));
}
END_TEST

/* A line of the file without the "#" that makes it a comment. */
static const char *
uncommented(const char *line)
{
	if (line[0] != '#')
		return line;
	if (islower((unsigned char)line[1]) || line[1] == '}' ||
	    (strncmp(line, "#    ", 5) == 0 && islower((unsigned char)line[5])))
		return line + 1;
	return line;
}

/* Nothing may be changed by removing each "#". */
START_TEST(shipped_file_can_be_used_as_it_is_and_without_comments)
{
	char path[] = "/tmp/test_settings_docs.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct settings *settings;
	char *error = NULL;
	char *changed = NULL;
	size_t len;
	FILE *out;

	settings = settings_load(shipped, NULL, &error);
	ck_assert_msg(settings != NULL, "%s", error);
	settings_unref(settings);

	read_text(shipped);
	for (const char *c = text; *c != '\0'; c++) {
		if (c == text || c[-1] == '\n')
			c = uncommented(c);
		fputc(*c, file);
	}
	ck_assert_int_eq(fclose(file), 0);
	settings = settings_load(path, NULL, &error);
	unlink(path);
	ck_assert_msg(settings != NULL, "%s", error);
	out = open_memstream(&changed, &len);
	settings_print(settings, true, out);
	fclose(out);
	ck_assert_str_eq(changed,
	    "policy \"example\" {\n}\n"
	    "tenant \"customer.example\" {\n}\n");
	free(changed);
	settings_unref(settings);
}
END_TEST

/* A sentence may be broken over lines, and begins with a capital. */
static bool
says(const char *item, const char *words)
{
	if (*item != toupper((unsigned char)*words))
		return false;
	for (item++, words++; *words != '\0'; item++, words++) {
		if (*item != *words && !(*item == '\n' && *words == ' '))
			return false;
	}
	return *item == '.';
}

START_TEST(manual_has_each_reason_with_meaning_and_cure)
{
	enum reason reason = (enum reason)_i;
	const char *result = result_word(reason_result(reason));
	const char *cure = reason_cure(reason);
	char item[100], heading[100];
	const char *at, *section, *next;

	read_text(smimectl);
	if (reason_validatecert(reason) != 0)
		snprintf(item, sizeof(item), "\n.It Cm %s Pq Li %d\n",
		    reason_token(reason), reason_validatecert(reason));
	else
		snprintf(item, sizeof(item), "\n.It Cm %s\n",
		    reason_token(reason));
	snprintf(heading, sizeof(heading), "\n.Ss %s\n",
	    result != NULL ? result : "no result");

	section = strstr(text, heading);
	ck_assert_msg(section != NULL, "%s", heading);
	next = strstr(section + 1, "\n.S");
	at = strstr(section, item);
	ck_assert_msg(at != NULL && at < next, "%s", item);
	at += strlen(item);
	ck_assert_msg(says(at, reason_words(reason)), "%s: %s", item,
	    reason_words(reason));
	if (strcmp(cure, "Nothing to do") == 0)
		return;
	at += strlen(reason_words(reason)) + 2;
	ck_assert_msg(says(at, cure), "%s: %s", item, cure);
}
END_TEST

START_TEST(manual_has_each_finding_with_why_it_matters)
{
	enum finding_kind kind = (enum finding_kind)_i;
	char why[400], item[100];
	const char *at;

	read_text(smimectl);
	snprintf(item, sizeof(item), "\n.It Cm %s Pq %s\n", finding_token(kind),
	    severity_word(finding_severity(kind)));
	at = strstr(text, item);
	ck_assert_msg(at != NULL, "%s", item);
	/* It ends with the full stop that says() wants to see itself. */
	snprintf(why, sizeof(why), "%s", finding_why(kind));
	why[strlen(why) - 1] = '\0';
	ck_assert_msg(says(at + strlen(item), why), "%s: %s", item, why);
}
END_TEST

/* Nobody may think that revoked certificates are found. */
START_TEST(manuals_say_that_revocation_is_not_checked)
{
	static const char *const pages[] = { manual, smimectl,
		SRCDIR "/milter/daemon/smime-milter.8", shipped };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		read_text(pages[i]);
		ck_assert_msg(strstr(text, "Revocation is not checked") != NULL,
		    "%s", pages[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings_docs");
	TCase *options = tcase_create("options");
	TCase *reasons = tcase_create("reasons");
	SRunner *runner = srunner_create(suite);
	int count = (int)opt_count(OPT_MAIN);
	int failed;

	suite_add_tcase(suite, options);
	tcase_add_loop_test(options,
	    shipped_file_has_each_option_commented_out_at_its_default, 0,
	    count);
	tcase_add_loop_test(options, manual_has_each_option_with_its_default, 0,
	    count);
	tcase_add_loop_test(options, manual_has_the_range_of_each_number, 0,
	    count);
	tcase_add_loop_test(options, manual_has_each_option_of_each_section,
	    OPT_MAIN + 1, OPT_SECTIONS);
	tcase_add_loop_test(options,
	    shipped_file_has_each_option_of_each_section, OPT_MAIN + 1,
	    OPT_SECTIONS);
	tcase_add_test(options, neither_has_an_option_that_there_is_not);
	tcase_add_test(options,
	    shipped_file_can_be_used_as_it_is_and_without_comments);
	suite_add_tcase(suite, reasons);
	tcase_add_loop_test(reasons,
	    manual_has_each_reason_with_meaning_and_cure, 0, REASON_COUNT);
	tcase_add_loop_test(reasons,
	    manual_has_each_finding_with_why_it_matters, 0, FINDING_KINDS);
	tcase_add_test(reasons, manuals_say_that_revocation_is_not_checked);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
