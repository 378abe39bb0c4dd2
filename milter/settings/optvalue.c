/* SPDX-License-Identifier: ISC */
#include "milter/settings/optvalue.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <confuse.h>
#include <jansson.h>

#include "milter/strings.h"
#include "smime/trust/trust.h"

enum { KIB = 1024, MIB = 1024 * 1024 };

const char optvalue_no_memory[] = "does not fit into memory";

static bool
is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static void *
place_of(void *in, const struct opt *opt)
{
	return (char *)in + opt->offset;
}

static const void *
value_of(const void *in, const struct opt *opt)
{
	return (const char *)in + opt->offset;
}

static const char *
read_text(const struct opt *opt, const char *text, char **place)
{
	const char *why = optvalue_check(opt, text);
	char *copy;

	if (why != NULL)
		return why;
	copy = strdup(text);
	if (copy == NULL)
		return optvalue_no_memory;
	free(*place);
	*place = copy;
	return NULL;
}

static const char *
read_item(const struct opt *opt, const char *text, struct strings *place)
{
	const char *why = optvalue_check(opt, text);

	if (why == NULL && !strings_push(place, text))
		why = optvalue_no_memory;
	return why;
}

static const char *
read_yes_no(const char *text, bool *place)
{
	int yes = cfg_parse_boolean(text);

	if (yes != 0 && yes != 1)
		return "is neither";
	*place = yes == 1;
	return NULL;
}

/* What a letter after the digits multiplies by; 0 for an unknown one. */
static uintmax_t
unit_of(const char *letter)
{
	if (letter[0] == '\0')
		return 1;
	if (strcasecmp(letter, "k") == 0)
		return KIB;
	if (strcasecmp(letter, "m") == 0)
		return MIB;
	return 0;
}

static const char *
read_number(const struct opt *opt, const char *text, size_t *place)
{
	uintmax_t unit;
	uintmax_t n;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return "is not a number";
	errno = 0;
	n = strtoumax(text, &end, opt->kind == OPT_OCTAL ? 8 : 10);
	unit = unit_of(end);
	if (end == text || unit == 0 || (unit > 1 && opt->kind != OPT_SIZE))
		return "is not a number";
	if (errno == ERANGE || n > opt->max / unit)
		return "is too large";
	if (n * unit < opt->min)
		return "is too small";
	*place = (size_t)(n * unit);
	return NULL;
}

static const char *
read_octal(const struct opt *opt, const char *text, unsigned int *place)
{
	size_t n;
	const char *why = read_number(opt, text, &n);

	if (why == NULL)
		*place = (unsigned int)n;
	return why;
}

/* An enum of these tables has the size of an int, and place is one. */
static const char *
read_word(const struct opt *opt, const char *text, void *place)
{
	for (const struct opt_word *word = opt->words; word->text != NULL;
	     word++) {
		if (strcmp(word->text, text) == 0) {
			memcpy(place, &word->value, sizeof(word->value));
			return NULL;
		}
	}
	return "is not known";
}

static const char *
read_mode(const char *text, enum trust_mode *place)
{
	return trust_mode_read(text, place) ? NULL : "is no mode";
}

/* libconfuse would expand "${NAME}"; the backslash keeps it from it. */
static void
write_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (strchr("\"\\$", *text) != NULL)
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void
write_list(const struct strings *strings, FILE *out)
{
	if (strings->count == 0) {
		fputs("{}", out);
		return;
	}
	for (size_t i = 0; i < strings->count; i++) {
		fputs(i == 0 ? "{ " : ", ", out);
		write_quoted(strings->list[i], out);
	}
	fputs(" }", out);
}

static void
write_size(size_t n, FILE *out)
{
	if (n != 0 && n % MIB == 0)
		fprintf(out, "%zuM", n / MIB);
	else if (n != 0 && n % KIB == 0)
		fprintf(out, "%zuk", n / KIB);
	else
		fprintf(out, "%zu", n);
}

static void
write_word(const struct opt *opt, const void *place, FILE *out)
{
	int value;

	memcpy(&value, place, sizeof(value));
	write_quoted(opt_word(opt, value), out);
}

static json_t *
list_json(const struct strings *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->count; i++)
		json_array_append_new(list, json_string(strings->list[i]));
	return list;
}

static json_t *
word_json(const struct opt *opt, const void *place)
{
	int value;

	memcpy(&value, place, sizeof(value));
	return json_string(opt_word(opt, value));
}

const char *
optvalue_check(const struct opt *opt, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (is_control((unsigned char)*c))
			return "has a control character";
	}
	return opt->check != NULL ? opt->check(text) : NULL;
}

const char *
optvalue_read(const struct opt *opt, const char *text, void *into)
{
	void *place = place_of(into, opt);

	switch (opt->kind) {
	case OPT_TEXT:
		return read_text(opt, text, place);
	case OPT_LIST:
		return read_item(opt, text, place);
	case OPT_YES_NO:
		return read_yes_no(text, place);
	case OPT_NUMBER:
	case OPT_SIZE:
		return read_number(opt, text, place);
	case OPT_OCTAL:
		return read_octal(opt, text, place);
	case OPT_WORD:
		return read_word(opt, text, place);
	case OPT_MODE:
		return read_mode(text, place);
	}
	return NULL;
}

void
optvalue_write(const struct opt *opt, const void *from, FILE *out)
{
	const void *place = value_of(from, opt);

	switch (opt->kind) {
	case OPT_TEXT:
		write_quoted(*(char *const *)place, out);
		break;
	case OPT_LIST:
		write_list(place, out);
		break;
	case OPT_YES_NO:
		fputs(*(const bool *)place ? "yes" : "no", out);
		break;
	case OPT_NUMBER:
		fprintf(out, "%zu", *(const size_t *)place);
		break;
	case OPT_SIZE:
		write_size(*(const size_t *)place, out);
		break;
	case OPT_OCTAL:
		fprintf(out, "\"%04o\"", *(const unsigned int *)place);
		break;
	case OPT_WORD:
		write_word(opt, place, out);
		break;
	case OPT_MODE:
		write_quoted(trust_mode_word(*(const enum trust_mode *)place),
		    out);
		break;
	}
}

json_t *
optvalue_json(const struct opt *opt, const void *from)
{
	const void *place = value_of(from, opt);

	switch (opt->kind) {
	case OPT_TEXT:
		return json_string(*(char *const *)place);
	case OPT_LIST:
		return list_json(place);
	case OPT_YES_NO:
		return json_boolean(*(const bool *)place);
	case OPT_NUMBER:
	case OPT_SIZE:
		return json_integer((json_int_t) * (const size_t *)place);
	case OPT_OCTAL:
		return json_sprintf("%04o", *(const unsigned int *)place);
	case OPT_WORD:
		return word_json(opt, place);
	case OPT_MODE:
		return json_string(
		    trust_mode_word(*(const enum trust_mode *)place));
	}
	return NULL;
}

void
optvalue_clear(const struct opt *opt, void *in)
{
	void *place = place_of(in, opt);
	char **text = place;

	if (opt->kind == OPT_LIST) {
		strings_done(place);
	} else if (opt->kind == OPT_TEXT) {
		free(*text);
		*text = NULL;
	}
}

const char *
optvalue_set_defaults(enum opt_section section, void *in)
{
	for (size_t i = 0; i < opt_count(section); i++) {
		const struct opt *opt = opt_at(section, i);
		const char *why = NULL;

		if (opt->kind != OPT_LIST)
			why = optvalue_read(opt, opt->value, in);
		if (why != NULL)
			return why;
	}
	return NULL;
}

void
optvalue_clear_all(enum opt_section section, void *in)
{
	for (size_t i = 0; i < opt_count(section); i++)
		optvalue_clear(opt_at(section, i), in);
}
