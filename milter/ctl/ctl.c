/* SPDX-License-Identifier: ISC */
#include "milter/ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "milter/log/complaint.h"

/* Does text begin with that shape, where 0 stands for a digit? */
static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++)
		if (*shape == '0' ? !g_ascii_isdigit(*text) : *text != *shape)
			return false;
	return true;
}

/* GLib reads all of ISO 8601; RFC 3339 5.6 is one way to write it. */
static bool
is_rfc3339(const char *text)
{
	if (!has_shape(text, "0000-00-00T00:00:00"))
		return false;
	text += sizeof("0000-00-00T00:00:00") - 1;
	if (has_shape(text, ".0"))
		text += 1 + strspn(text + 1, "0123456789");
	if (strcmp(text, "Z") == 0)
		return true;
	return (has_shape(text, "+00:00") || has_shape(text, "-00:00")) &&
	    strlen(text) == sizeof("+00:00") - 1;
}

const char *
ctl_settings_path(const char *path)
{
	if (path != NULL)
		return path;
	return access(settings_default_path(), F_OK) == 0 ?
	    settings_default_path() :
	    NULL;
}

struct settings *
ctl_settings(const char *path, const struct overrides *overrides)
{
	struct settings *settings;
	char *error = NULL;

	settings = settings_load(ctl_settings_path(path), overrides, &error);
	if (settings == NULL)
		fprintf(stderr, "%s\n",
		    error != NULL ? error : "out of memory");
	free(error);
	return settings;
}

bool
ctl_flush(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	complaint_print("standard output: %s", strerror(errno));
	return false;
}

bool
ctl_read_time(const char *option, const char *text, time_t *time_r)
{
	GDateTime *when = NULL;

	if (is_rfc3339(text))
		when = g_date_time_new_from_iso8601(text, NULL);
	if (when == NULL) {
		complaint_print("%s %s: not a time of RFC 3339; expected one"
				" like 2026-01-31T12:00:00Z",
		    option, text);
		return false;
	}
	*time_r = (time_t)g_date_time_to_unix(when);
	g_date_time_unref(when);
	return true;
}

bool
ctl_read_number(const char *option, const char *text, unsigned int least,
    unsigned int most, unsigned int *number_r)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(text, 10, least, most, &number, NULL)) {
		complaint_print("%s %s: expected a number from %u to %u",
		    option, text, least, most);
		return false;
	}
	*number_r = (unsigned int)number;
	return true;
}

bool
ctl_read_date(const char *option, const char *text, time_t *time_r)
{
	char whole[sizeof("2026-01-31T00:00:00Z")];

	if (strlen(text) == sizeof("2026-01-31") - 1) {
		snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
		text = whole;
	}
	return ctl_read_time(option, text, time_r);
}
