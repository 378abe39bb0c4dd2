/* SPDX-License-Identifier: ISC */
#include "milter/settings/confsyntax.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/settings/opt.h"

/* Where a line of the file stands. */
struct place {
	enum opt_section section;
	const struct opt *opt; /* NULL: none has begun yet */
};

/* Follow one line: "NAME =", "SECTION", "}". */
static void
follow(struct place *place, const char *line)
{
	const char *name = line + strspn(line, " \t\r");
	size_t len = strcspn(name, " \t\r\n=+\"'{}");
	const char *after = name + len + strspn(name + len, " \t\r");

	if (*name == '}') {
		*place = (struct place){ OPT_MAIN, NULL };
	} else if (*after == '=' || *after == '+') {
		const struct opt *opt = opt_find(place->section, name, len);

		if (opt != NULL)
			place->opt = opt;
	} else if (opt_section_named(name, len) != OPT_MAIN) {
		*place = (struct place){ opt_section_named(name, len), NULL };
	}
}

/* The option that a line of the file belongs to, or NULL. */
static const struct opt *
find_at(const char *text, size_t line)
{
	struct place place = { OPT_MAIN, NULL };

	while (text != NULL && line-- > 0) {
		follow(&place, text);
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return place.opt;
}

static void
explain(struct conferror *error, const char *text, size_t line,
    const char *what)
{
	const struct opt *opt = find_at(text, line);

	if (opt == NULL)
		conferror_set(error, line, "syntax",
		    "%s; expected NAME = VALUE or policy \"NAME\" { ... }",
		    what);
	else if (opt->kind == OPT_LIST)
		conferror_set(error, line, opt->name,
		    "%s; expected { \"VALUE\", \"VALUE\" }", what);
	else
		conferror_set(error, line, opt->name,
		    "%s; expected one value: %s", what, opt->expects);
}

static const char no_such_option[] = "no such option '%s'";
static const char no_equal_sign[] = "missing equal sign after option '%s'";
static const char not_a_list[] = "attempt to append to non-list option '%s'";
static const char no_title[] = "missing title for section '%s'";
static const char same_title[] = "found duplicate title '%s'";
static const char no_brace[] = "missing opening brace for section '%s'";

/* What of it is about one name, in our words.  False: it is something else. */
static bool
explain_name(struct conferror *error, const cfg_t *cfg, const char *format,
    const char *name)
{
	const struct {
		const char *format;
		const char *words;
	} known[] = {
		{ no_equal_sign, "nothing is set; expected NAME = VALUE" },
		{ not_a_list, "it takes one value, not a list; expected =" },
		{ no_title, "it has no name; expected \"NAME\" { ... }" },
		{ no_brace, "it has no brace; expected \"NAME\" { ... }" },
		{ same_title, "the name is taken; expected another" },
	};

	if (strcmp(format, no_such_option) == 0) {
		conferror_name(error,
		    opt_section_named(cfg->name, strlen(cfg->name)),
		    (size_t)cfg->line, name);
		return true;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(format, known[i].format) == 0) {
			conferror_set(error, (size_t)cfg->line, name, "%s",
			    known[i].words);
			return true;
		}
	}
	return false;
}

void
confsyntax_flaw(struct conferror *error, const char *text,
    const struct conftext_flaw *flaw)
{
	const struct opt *opt = find_at(text, flaw->line);

	conferror_set(error, flaw->line, opt != NULL ? opt->name : "syntax",
	    "%s; expected %s", flaw->what, flaw->expected);
}

void
confsyntax_error(struct conferror *error, const char *text, const cfg_t *cfg,
    const char *format, va_list args)
{
	char *said = NULL;
	va_list copy;
	bool taken;

	va_copy(copy, args);
	taken = strstr(format, "'%s'") != NULL &&
	    explain_name(error, cfg, format, va_arg(copy, const char *));
	va_end(copy);
	if (taken)
		return;
	if (vasprintf(&said, format, args) < 0)
		said = NULL;
	explain(error, text, (size_t)cfg->line,
	    said != NULL ? said : "bad syntax");
	free(said);
}

void
confsyntax_end(struct conferror *error, char *text)
{
	size_t line = conftext_find_open(text, strlen(text));

	if (line != 0)
		conferror_set(error, line, "syntax",
		    "a brace is not closed; expected }");
}
