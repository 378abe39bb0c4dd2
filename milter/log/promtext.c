/* SPDX-License-Identifier: ISC */
#include "milter/log/promtext.h"

#include "milter/log/log.h"

void
promtext_family(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
promtext_label(FILE *out, const char *name, const char *value)
{
	char text[PROMTEXT_MAX_LABEL + 1];

	snprintf(text, sizeof(text), "%s", value);
	/* Octet by octet: what is at i stays at i. */
	log_neutralise(text);
	fprintf(out, "%s=\"", name);
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (value[i] == '\n')
			fputs("\\n", out);
		else if (text[i] == '"' || text[i] == '\\')
			fprintf(out, "\\%c", text[i]);
		else
			fputc(text[i], out);
	}
	fputc('"', out);
}
