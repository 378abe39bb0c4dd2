/* SPDX-License-Identifier: ISC */
#include "milter/settings/condition.h"

#include <string.h>

#include "smime/trust/trust.h"
#include "smime/x509/cert.h"

struct word {
	const char *text; /* NULL ends a table of them */
	unsigned int bits;
};

static const char unknown[] = "is not known";

static const struct word classes[] = {
	{ "bounce", CLASS_BOUNCE },
	{ "report", CLASS_REPORT },
	{ "auto-reply", CLASS_AUTO_REPLY },
	{ "mail", CLASS_MAIL },
	{ NULL, 0 },
};

static const struct word vouchers[] = {
	{ "none", 1 << TRUST_NONE },
	{ "collection", 1 << TRUST_BY_COLLECTION },
	{ "local", 1 << TRUST_BY_LOCAL },
	{ NULL, 0 },
};

/* "sponsor" stands for every generation of it. */
#define LEVEL(text, level)                                                     \
	{ text,                                                                \
		CERT_VALIDATION(level, 1) | CERT_VALIDATION(level, 2) |        \
		    CERT_VALIDATION(level, 3) },                               \
	    { text "-legacy", CERT_VALIDATION(level, 1) },                     \
	    { text "-multipurpose", CERT_VALIDATION(level, 2) },               \
	{                                                                      \
		text "-strict", CERT_VALIDATION(level, 3)                      \
	}
static const struct word validations[] = {
	LEVEL("mailbox", 1),
	LEVEL("organization", 2),
	LEVEL("sponsor", 3),
	LEVEL("individual", 4),
	{ NULL, 0 },
};

static unsigned int
bits_of(const struct word *words, const char *text)
{
	for (; words->text != NULL; words++) {
		if (strcmp(words->text, text) == 0)
			return words->bits;
	}
	return 0;
}

static unsigned int
set_of(const struct word *words, const struct strings *list)
{
	unsigned int set = 0;

	for (size_t i = 0; i < list->count; i++)
		set |= bits_of(words, list->list[i]);
	return set;
}

static unsigned int
result_bit(const char *text)
{
	for (int i = RESULT_ABSENT; i <= RESULT_FAIL; i++) {
		if (strcmp(condition_result_word((enum result)i), text) == 0)
			return 1U << i;
	}
	return 0;
}

const char *
condition_check_class(const char *text)
{
	return bits_of(classes, text) != 0 ? NULL : unknown;
}

const char *
condition_check_result(const char *text)
{
	return result_bit(text) != 0 ? NULL : unknown;
}

const char *
condition_check_reason(const char *text)
{
	for (int i = REASON_OK + 1; i < REASON_COUNT; i++) {
		if (strcmp(reason_token((enum reason)i), text) == 0)
			return NULL;
	}
	return unknown;
}

const char *
condition_check_vouched_by(const char *text)
{
	return bits_of(vouchers, text) != 0 ? NULL : unknown;
}

const char *
condition_check_validation(const char *text)
{
	return bits_of(validations, text) != 0 ? NULL : unknown;
}

unsigned int
condition_classes(const struct strings *words)
{
	return set_of(classes, words);
}

unsigned int
condition_results(const struct strings *words)
{
	unsigned int set = 0;

	for (size_t i = 0; i < words->count; i++)
		set |= result_bit(words->list[i]);
	return set;
}

unsigned int
condition_vouched_by(const struct strings *words)
{
	return set_of(vouchers, words);
}

unsigned int
condition_validations(const struct strings *words)
{
	return set_of(validations, words);
}

bool
condition_has_reason(const struct strings *words, enum reason reason)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strcmp(words->list[i], reason_token(reason)) == 0)
			return true;
	}
	return false;
}

const char *
condition_result_word(enum result result)
{
	const char *word = result_word(result);

	return word != NULL ? word : "encrypted";
}
