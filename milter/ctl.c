/* SPDX-License-Identifier: ISC */
#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct settings *
ctl_settings(const char *path, const struct overrides *overrides)
{
	struct settings *settings;
	char *error = NULL;

	if (path == NULL && access(settings_default_path(), F_OK) == 0)
		path = settings_default_path();
	settings = settings_load(path, overrides, &error);
	if (settings == NULL)
		fprintf(stderr, "%s\n",
		    error != NULL ? error : "out of memory");
	free(error);
	return settings;
}

void
ctl_complain(const char *format, ...)
{
	va_list ap;

	fputs("smimectl: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}
