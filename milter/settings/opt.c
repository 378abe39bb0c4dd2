/* SPDX-License-Identifier: ISC */
#include "milter/settings/opt.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "milter/settings/optrow.h"

enum { MAX_NAME = 32 };

static const struct opt_table *const tables[OPT_SECTIONS] = {
	[OPT_MAIN] = &opt_main,
	[OPT_POLICY] = &opt_policy,
	[OPT_TENANT] = &opt_tenant,
};

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to add, drop or change; case does not count (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[MAX_NAME + 1];
	size_t width = strlen(b);

	assert(width <= MAX_NAME);
	for (size_t x = 0; x <= width; x++)
		row[x] = x;
	for (size_t y = 0; a[y] != '\0'; y++) {
		size_t corner = row[0]++;

		for (size_t x = 0; x < width; x++) {
			size_t above = row[x + 1];
			size_t change = tolower((unsigned char)a[y]) != b[x];

			row[x + 1] =
			    least(above + 1, row[x] + 1, corner + change);
			corner = above;
		}
	}
	return row[width];
}

const char *
opt_section_name(enum opt_section section)
{
	return tables[section]->name;
}

enum opt_section
opt_section_named(const char *name, size_t len)
{
	for (int i = OPT_MAIN + 1; i < OPT_SECTIONS; i++) {
		const char *known = opt_section_name((enum opt_section)i);

		if (strlen(known) == len && strncmp(known, name, len) == 0)
			return (enum opt_section)i;
	}
	return OPT_MAIN;
}

size_t
opt_count(enum opt_section section)
{
	return tables[section]->count;
}

const struct opt *
opt_at(enum opt_section section, size_t index)
{
	return &tables[section]->rows[index];
}

const struct opt *
opt_find(enum opt_section section, const char *name, size_t len)
{
	for (size_t i = 0; i < opt_count(section); i++) {
		const struct opt *opt = opt_at(section, i);

		if (strlen(opt->name) == len &&
		    strncmp(opt->name, name, len) == 0)
			return opt;
	}
	return NULL;
}

const char *
opt_nearest(enum opt_section section, const char *name)
{
	const char *nearest = NULL;
	size_t best = 4;

	if (strlen(name) > MAX_NAME)
		return NULL;
	for (size_t i = 0; i < opt_count(section); i++) {
		const char *known = opt_at(section, i)->name;
		size_t d = distance(name, known);

		if (d < best && d < strlen(known) / 2 + 1) {
			best = d;
			nearest = known;
		}
	}
	return nearest;
}

const char *
opt_word(const struct opt *opt, int value)
{
	const struct opt_word *word = opt->words;

	while (word->text != NULL && word->value != value)
		word++;
	assert(word->text != NULL);
	return word->text;
}
