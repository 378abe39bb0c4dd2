/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/mime/cte.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A text of known length, NUL octets included. */
#define TEXT(literal) literal, sizeof(literal) - 1

/* What a decoder gave. */
struct output {
	uint8_t *octets;
	size_t len;
	size_t room;
	bool damaged;
};

static void
collect(void *arg, const uint8_t *octets, size_t len)
{
	struct output *out = arg;

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_le(len, out->room - out->len);
	memcpy(out->octets + out->len, octets, len);
	out->len += len;
}

/* Decode in pieces that end at cut and then every step octets. */
static struct output
decode(enum cte cte, const char *text, size_t len, size_t cut, size_t step)
{
	struct output out = { .octets = malloc(len + 1), .room = len };
	struct cte_decoder decoder;
	uint8_t *copy;
	size_t n;

	cte_init(&decoder, cte);
	for (size_t at = 0; at < len; at += n) {
		n = at == 0 && cut > 0 ? cut : step;
		if (n > len - at)
			n = len - at;
		copy = malloc(n); /* its own block, for ASan */
		memcpy(copy, text + at, n);
		cte_push(&decoder, copy, n, collect, &out);
		free(copy);
	}
	cte_end(&decoder, collect, &out);
	out.damaged = decoder.damaged;
	return out;
}

#define SPACES64                                                               \
	"                                                                "
#define SPACES126                                                              \
	SPACES64 "                              "                              \
		 "                                "

static const struct {
	const char *name;
	enum cte cte;
	const char *text;
	size_t len;
	const char *want;
	size_t want_len;
	bool damaged;
} rows[] = {
	{ "identity", CTE_IDENTITY, TEXT("a=41\r\n \0"), TEXT("a=41\r\n \0"),
	    false },
	{ "unknown", CTE_UNKNOWN, TEXT("YWJj"), TEXT("YWJj"), false },

	{ "base64 nothing", CTE_BASE64, TEXT(""), TEXT(""), false },
	{ "base64 3", CTE_BASE64, TEXT("Zm9v"), TEXT("foo"), false },
	{ "base64 2", CTE_BASE64, TEXT("Zm8="), TEXT("fo"), false },
	{ "base64 1", CTE_BASE64, TEXT("Zg=="), TEXT("f"), false },
	{ "base64 6", CTE_BASE64, TEXT("Zm9vYmFy"), TEXT("foobar"), false },
	{ "base64 all digits", CTE_BASE64,
	    TEXT("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		 "0123456789+/"),
	    TEXT("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14"
		 "\x93\x51\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92"
		 "\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7"
		 "\xe3\x9e\xbb\xf3\xdf\xbf"),
	    false },
	{ "base64 lines", CTE_BASE64, TEXT("Zm9v\r\nYmFy\r\n"), TEXT("foobar"),
	    false },
	{ "base64 LF lines", CTE_BASE64, TEXT("Zm9v\nYmFy\n"), TEXT("foobar"),
	    false },
	{ "base64 odd lines", CTE_BASE64, TEXT("Zm9vY\r\nmF\r\ny\r\nZm9v\r\n"),
	    TEXT("foobarfoo"), false },
	{ "base64 white space", CTE_BASE64, TEXT(" Z m\t9\rv \r\n\r\n Ym Fy "),
	    TEXT("foobar"), false },
	{ "base64 padding on a line", CTE_BASE64, TEXT("Zg=\r\n=\r\n"),
	    TEXT("f"), false },
	{ "base64 long line", CTE_BASE64,
	    TEXT("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZyBh"
		 "bmQgcnVucyBhd2F5IQ==\r\n"),
	    TEXT("The quick brown fox jumps over the lazy dog and runs away!"),
	    false },
	{ "base64 stray", CTE_BASE64, TEXT("Zm9v-YmFy"), TEXT("foobar"), true },
	{ "base64 stray in group", CTE_BASE64, TEXT("Zm*9vYmFy"),
	    TEXT("foobar"), true },
	{ "base64 stray in last group", CTE_BASE64, TEXT("Zm9vYmF.y"),
	    TEXT("foobar"), true },
	{ "base64 stray NUL", CTE_BASE64, TEXT("Zm9v\0YmFy"), TEXT("foobar"),
	    true },
	{ "base64 stray 8 bit", CTE_BASE64,
	    TEXT("Zm9v\xff"
		 "YmFy"),
	    TEXT("foobar"), true },
	{ "base64 form feed", CTE_BASE64, TEXT("Zm9v\f"), TEXT("foo"), true },
	{ "base64 after padding", CTE_BASE64, TEXT("Zg==Zm9v"), TEXT("f"),
	    true },
	{ "base64 group after padding", CTE_BASE64, TEXT("Zg==Z="), TEXT("f"),
	    true },
	{ "base64 line after padding", CTE_BASE64, TEXT("Zm8=\r\nZm9v\r\n"),
	    TEXT("fo"), true },
	{ "base64 stray after padding", CTE_BASE64, TEXT("Zm8=\r\n-"),
	    TEXT("fo"), true },
	{ "base64 third padding", CTE_BASE64, TEXT("Zg==="), TEXT("f"), true },
	{ "base64 second padding", CTE_BASE64, TEXT("Zm8=="), TEXT("fo"),
	    true },
	{ "base64 padding of nothing", CTE_BASE64, TEXT("Zm9v="), TEXT("foo"),
	    true },
	{ "base64 padding of one", CTE_BASE64, TEXT("Z==="), TEXT(""), true },
	{ "base64 padding missing", CTE_BASE64, TEXT("Zg="), TEXT("f"), true },
	{ "base64 no padding, 3", CTE_BASE64, TEXT("Zm9vZm8"), TEXT("foofo"),
	    true },
	{ "base64 no padding, 2", CTE_BASE64, TEXT("Zm9vZg"), TEXT("foof"),
	    true },
	{ "base64 no padding, 1", CTE_BASE64, TEXT("Zm9vZ"), TEXT("foo"),
	    true },

	{ "qp nothing", CTE_QUOTED_PRINTABLE, TEXT(""), TEXT(""), false },
	{ "qp text", CTE_QUOTED_PRINTABLE, TEXT("a b\r\nc\td\r\n"),
	    TEXT("a b\r\nc\td\r\n"), false },
	{ "qp LF", CTE_QUOTED_PRINTABLE, TEXT("a\nb\n"), TEXT("a\nb\n"),
	    false },
	{ "qp escapes", CTE_QUOTED_PRINTABLE, TEXT("=41=0D=0A=3D=00=fF"),
	    TEXT("A\r\n=\0\xff"), false },
	{ "qp soft break", CTE_QUOTED_PRINTABLE, TEXT("a=\r\nb=\nc"),
	    TEXT("abc"), false },
	{ "qp padded soft break", CTE_QUOTED_PRINTABLE, TEXT("a= \t\r\nb= \nc"),
	    TEXT("abc"), false },
	{ "qp space before soft break", CTE_QUOTED_PRINTABLE, TEXT("a =\r\n b"),
	    TEXT("a  b"), false },
	{ "qp two soft breaks", CTE_QUOTED_PRINTABLE, TEXT("a=\r\n=\r\nb"),
	    TEXT("ab"), false },
	{ "qp trailing white space", CTE_QUOTED_PRINTABLE,
	    TEXT("a \t \r\nb \n  \r\n"), TEXT("a\r\nb\n\r\n"), false },
	{ "qp escaped trailing space", CTE_QUOTED_PRINTABLE, TEXT("a=20\r\n"),
	    TEXT("a \r\n"), false },
	{ "qp white space at the end", CTE_QUOTED_PRINTABLE, TEXT("a \t"),
	    TEXT("a"), false },
	{ "qp = at the end", CTE_QUOTED_PRINTABLE, TEXT("a="), TEXT("a"),
	    false },
	{ "qp padded = at the end", CTE_QUOTED_PRINTABLE, TEXT("a= "),
	    TEXT("a"), false },
	{ "qp half an escape at the end", CTE_QUOTED_PRINTABLE, TEXT("a=4"),
	    TEXT("a=4"), true },
	{ "qp soft break cut at the end", CTE_QUOTED_PRINTABLE, TEXT("a=\r"),
	    TEXT("a=\r"), true },
	{ "qp CR at the end", CTE_QUOTED_PRINTABLE, TEXT("a \r"), TEXT("a \r"),
	    false },
	{ "qp CR", CTE_QUOTED_PRINTABLE, TEXT("a \rb \r\r\nc"),
	    TEXT("a \rb \r\r\nc"), false },
	{ "qp garbage", CTE_QUOTED_PRINTABLE, TEXT("=ZZ b"), TEXT("=ZZ b"),
	    true },
	{ "qp half garbage", CTE_QUOTED_PRINTABLE, TEXT("=4Zb"), TEXT("=4Zb"),
	    true },
	{ "qp two =", CTE_QUOTED_PRINTABLE, TEXT("==41"), TEXT("=A"), true },
	{ "qp = and half", CTE_QUOTED_PRINTABLE, TEXT("=4=42"), TEXT("=4B"),
	    true },
	{ "qp half and line end", CTE_QUOTED_PRINTABLE, TEXT("=4\r\nb"),
	    TEXT("=4\r\nb"), true },
	{ "qp half and LF", CTE_QUOTED_PRINTABLE, TEXT("=4\nb"), TEXT("=4\nb"),
	    true },
	{ "qp = and space", CTE_QUOTED_PRINTABLE, TEXT("a= b"), TEXT("a= b"),
	    true },
	{ "qp = and digit apart", CTE_QUOTED_PRINTABLE, TEXT("a= 41"),
	    TEXT("a= 41"), true },
	{ "qp = and CR", CTE_QUOTED_PRINTABLE, TEXT("a=\rb"), TEXT("a=\rb"),
	    true },
	{ "qp = and two CR", CTE_QUOTED_PRINTABLE, TEXT("a=\r\r\nb"),
	    TEXT("a=\r\r\nb"), true },
	{ "qp 127 blanks", CTE_QUOTED_PRINTABLE, TEXT("a" SPACES126 "\t\r\nb"),
	    TEXT("a\r\nb"), false },
	{ "qp 128 blanks", CTE_QUOTED_PRINTABLE, TEXT("a" SPACES126 "\t \r\nb"),
	    TEXT("a" SPACES126 "\t\r\nb"), true },
	{ "qp 126 blanks of padding", CTE_QUOTED_PRINTABLE,
	    TEXT("a=" SPACES126 "\nb"), TEXT("ab"), false },
	{ "qp 127 blanks of padding", CTE_QUOTED_PRINTABLE,
	    TEXT("a=" SPACES126 "\t\nb"), TEXT("a=" SPACES126 "\nb"), true },
	{ "qp 8 bit", CTE_QUOTED_PRINTABLE, TEXT("\xe4\0"), TEXT("\xe4\0"),
	    false },
};

static void
check_row(size_t row, size_t cut, size_t step)
{
	struct output got =
	    decode(rows[row].cte, rows[row].text, rows[row].len, cut, step);

	ck_assert_msg(got.len == rows[row].want_len &&
		memcmp(got.octets, rows[row].want, got.len) == 0,
	    "%s: %zu, %zu: \"%.*s\"", rows[row].name, cut, step, (int)got.len,
	    (const char *)got.octets);
	ck_assert_msg(got.damaged == rows[row].damaged, "%s: %zu, %zu",
	    rows[row].name, cut, step);
	free(got.octets);
}

START_TEST(decodes_a_whole)
{
	check_row((size_t)_i, 0, SIZE_MAX);
}
END_TEST

START_TEST(decodes_every_split_the_same)
{
	for (size_t cut = 1; cut < rows[_i].len; cut++)
		check_row((size_t)_i, cut, SIZE_MAX);
}
END_TEST

START_TEST(decodes_single_octets_and_threes_the_same)
{
	check_row((size_t)_i, 0, 1);
	check_row((size_t)_i, 0, 3);
}
END_TEST

START_TEST(stays_inside_its_bounds_at_every_truncation)
{
	for (size_t len = 0; len < rows[_i].len; len++)
		free(decode(rows[_i].cte, rows[_i].text, len, 0, SIZE_MAX)
			 .octets);
}
END_TEST

/* A base64 text of that many octets and that line length. */
static char *
encode(const uint8_t *octets, size_t len, size_t line, const char *eol,
    size_t *len_r)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((len + 2) / 3 * 4 * 3 + 2);
	size_t n = 0;
	size_t column = 0;
	uint32_t bits;

	for (size_t i = 0; i + 2 < len; i += 3) {
		bits = (uint32_t)octets[i] << 16 |
		    (uint32_t)octets[i + 1] << 8 | octets[i + 2];
		for (unsigned int k = 0; k < 4; k++) {
			text[n++] = digits[bits >> (18 - 6 * k) & 63];
			if (++column % line == 0)
				for (const char *c = eol; *c != '\0'; c++)
					text[n++] = *c;
		}
	}
	*len_r = n;
	return text;
}

static const struct {
	size_t line;
	const char *eol;
	size_t step;
} shapes[] = {
	{ 76, "\r\n", SIZE_MAX },
	{ 76, "\r\n", 65535 },
	{ 76, "\r\n", 1021 },
	{ 76, "\n", 4096 },
	{ 64, "\r\n", 65535 },
	{ 75, "\r\n", 65535 },
	{ 4, "\r\n", 65535 },
	{ 1, "\n", 65535 },
	{ 200000, "\n", SIZE_MAX },
	{ 200000, "\n", 65535 },
};

START_TEST(decodes_long_texts_of_all_line_lengths)
{
	size_t len = 120000;
	uint8_t *octets = malloc(len);
	uint32_t random = 1;
	size_t text_len;
	struct output got;
	char *text;

	for (size_t i = 0; i < len; i++) {
		random = random * 1664525 + 1013904223;
		octets[i] = (uint8_t)(random >> 24);
	}
	text = encode(octets, len, shapes[_i].line, shapes[_i].eol, &text_len);
	got = decode(CTE_BASE64, text, text_len, 0, shapes[_i].step);
	ck_assert_uint_eq(got.len, len);
	ck_assert_mem_eq(got.octets, octets, len);
	ck_assert(!got.damaged);
	free(got.octets);
	free(text);
	free(octets);
}
END_TEST

static const struct {
	const char *word;
	enum cte want;
} words[] = {
	{ "7bit", CTE_IDENTITY },
	{ "8BIT", CTE_IDENTITY },
	{ "Binary", CTE_IDENTITY },
	{ "base64", CTE_BASE64 },
	{ " \tBASE64\r\n ", CTE_BASE64 },
	{ "Quoted-Printable", CTE_QUOTED_PRINTABLE },
	{ "", CTE_UNKNOWN },
	{ " ", CTE_UNKNOWN },
	{ "base", CTE_UNKNOWN },
	{ "base64x", CTE_UNKNOWN },
	{ "base 64", CTE_UNKNOWN },
	{ "x-uuencode", CTE_UNKNOWN },
	{ "8-bit", CTE_UNKNOWN },
};

START_TEST(knows_the_words_of_the_field)
{
	ck_assert_msg(cte_from_word(words[_i].word) == words[_i].want, "%s",
	    words[_i].word);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cte");
	TCase *tcase = tcase_create("cte");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, decodes_a_whole, 0, COUNT(rows));
	tcase_add_loop_test(tcase, decodes_every_split_the_same, 0,
	    COUNT(rows));
	tcase_add_loop_test(tcase, decodes_single_octets_and_threes_the_same, 0,
	    COUNT(rows));
	tcase_add_loop_test(tcase, stays_inside_its_bounds_at_every_truncation,
	    0, COUNT(rows));
	tcase_add_loop_test(tcase, decodes_long_texts_of_all_line_lengths, 0,
	    COUNT(shapes));
	tcase_add_loop_test(tcase, knows_the_words_of_the_field, 0,
	    COUNT(words));
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
