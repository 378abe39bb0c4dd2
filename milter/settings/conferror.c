/* SPDX-License-Identifier: ISC */
#include "milter/settings/conferror.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/log/log.h"

void
conferror_set(struct conferror *error, size_t line, const char *name,
    const char *format, ...)
{
	FILE *out;
	char *text = NULL;
	size_t len;
	va_list args;

	if (error->is_set)
		return;
	error->is_set = true;
	out = open_memstream(&text, &len);
	if (out == NULL)
		return;
	fputs(error->source, out);
	if (line != 0)
		fprintf(out, ":%zu", line);
	if (name != NULL)
		fprintf(out, ": %s", name);
	fputs(": ", out);
	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	if (fclose(out) == 0)
		error->text = text;
	else
		free(text);
}

void
conferror_value(struct conferror *error, size_t line, const struct opt *opt,
    const char *value, const char *why)
{
	char quoted[256];

	conferror_set(error, line, opt->name, "%s %s; expected %s",
	    log_quote(quoted, sizeof(quoted), value), why, opt->expects);
}

void
conferror_name(struct conferror *error, enum opt_section section, size_t line,
    const char *name)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.";
	char quoted[64];
	const char *nearest = opt_nearest(section, name);

	if (name[0] == '\0' || name[strspn(name, usual)] != '\0')
		name = log_quote(quoted, sizeof(quoted), name);
	conferror_set(error, line, name, "no such option; expected %s",
	    nearest != NULL ? nearest : "a name from smime-milter.conf(5)");
}
