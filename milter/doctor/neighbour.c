/* SPDX-License-Identifier: ISC */
#include "milter/doctor/neighbour.h"

#include <string.h>

#include <glib.h>

static const struct {
	const char *sign; /* in lower case */
	enum neighbour_kind kind;
} signs[] = {
	{ "dkim", NEIGHBOUR_RESULTS },
	{ "dmarc", NEIGHBOUR_RESULTS },
	{ "openarc", NEIGHBOUR_RESULTS },
	{ "spf", NEIGHBOUR_RESULTS },
	{ "authentication_milter", NEIGHBOUR_RESULTS },
	{ "rspamd", NEIGHBOUR_RESULTS },
	{ ":11332", NEIGHBOUR_RESULTS }, /* rspamd */
	{ ":11332@", NEIGHBOUR_RESULTS },
	{ ":8893", NEIGHBOUR_RESULTS }, /* opendmarc */
	{ ":8893@", NEIGHBOUR_RESULTS },
	{ "amavis", NEIGHBOUR_BODY },
	{ "mimedefang", NEIGHBOUR_BODY },
	{ "mailmunge", NEIGHBOUR_BODY },
	{ "altermime", NEIGHBOUR_BODY },
	{ "disclaim", NEIGHBOUR_BODY },
	{ "footer", NEIGHBOUR_BODY },
	{ "spamass", NEIGHBOUR_BODY },
	{ "pantosmime", NEIGHBOUR_BODY },
	{ "signing-milter", NEIGHBOUR_BODY },
	{ "ciphermail", NEIGHBOUR_BODY },
};
enum { SIGNS = sizeof(signs) / sizeof(signs[0]) };

static size_t
find_us(const struct neighbour *list, size_t count)
{
	size_t us = 0;

	while (us < count && list[us].kind != NEIGHBOUR_US)
		us++;
	return us;
}

static void
append(GString *out, const struct neighbour *neighbour, size_t begin)
{
	if (out->len > begin)
		g_string_append(out, ", ");
	g_string_append(out, neighbour->text);
}

/* Those of list[from..to) that are of that kind, or all others. */
static void
append_some(GString *out, size_t begin, const struct neighbour *list,
    size_t from, size_t to, enum neighbour_kind kind, bool wanted)
{
	for (size_t i = from; i < to; i++)
		if ((list[i].kind == kind) == wanted)
			append(out, &list[i], begin);
}

/* Those that change bodies, then we, then those that add results. */
static char *
in_order(const char *name, const char *end, const struct neighbour *list,
    size_t count)
{
	GString *out = g_string_new(name);
	size_t begin = out->len;
	size_t us = find_us(list, count);

	append_some(out, begin, list, 0, us, NEIGHBOUR_RESULTS, false);
	append_some(out, begin, list, us + 1, count, NEIGHBOUR_BODY, true);
	append(out, &list[us], begin);
	append_some(out, begin, list, 0, us, NEIGHBOUR_RESULTS, true);
	append_some(out, begin, list, us + 1, count, NEIGHBOUR_BODY, false);
	g_string_append(out, end);
	return g_string_free(out, FALSE);
}

enum neighbour_kind
neighbour_guess(const char *text)
{
	char *lower = g_ascii_strdown(text, -1);
	enum neighbour_kind kind = NEIGHBOUR_UNKNOWN;

	for (size_t i = 0; i < SIGNS && kind == NEIGHBOUR_UNKNOWN; i++)
		if (strstr(lower, signs[i].sign) != NULL)
			kind = signs[i].kind;
	g_free(lower);
	return kind;
}

void
neighbours_check(struct findings *findings, const char *place, const char *name,
    const char *end, const struct neighbour *list, size_t count,
    bool forged_removed)
{
	size_t us = find_us(list, count);

	for (size_t i = 0; us < count && i < count; i++) {
		const char *text = list[i].text;

		if (list[i].kind == NEIGHBOUR_RESULTS && i < us &&
		    forged_removed)
			findings_add(findings, FINDING_RESULTS_BEFORE, place,
			    g_strdup_printf("%s is asked before us", text),
			    in_order(name, end, list, count));
		if (list[i].kind == NEIGHBOUR_BODY && i < us)
			findings_add(findings, FINDING_BODY_BEFORE, place,
			    g_strdup_printf("%s is asked before us and may "
					    "change bodies; let it leave "
					    "multipart/signed and "
					    "application/pkcs7-mime alone",
				text),
			    NULL);
		if (list[i].kind == NEIGHBOUR_BODY && i > us)
			findings_add(findings, FINDING_BODY_AFTER, place,
			    g_strdup_printf("%s is asked after us and may "
					    "change bodies",
				text),
			    in_order(name, end, list, count));
	}
}
