/* SPDX-License-Identifier: ISC */
#include "t/lib/confload.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/settings/settings_print.h"

static char folder[] = "/tmp/confload.XXXXXX";
static char path[64];

void
confload_begin(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.conf", folder);
}

void
confload_end(void)
{
	unlink(path);
	rmdir(folder);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

const char *
confload_folder(void)
{
	return folder;
}

const char *
confload_path(void)
{
	return path;
}

void
confload_write(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

struct settings *
confload(const char *text)
{
	struct settings *settings;
	char *error = NULL;

	confload_write(text, strlen(text));
	errno = ERANGE; /* an error of the past must not matter */
	settings = settings_load(path, NULL, &error);
	ck_assert_msg(settings != NULL, "%s: %s", text, error);
	ck_assert_ptr_null(error);
	return settings;
}

struct settings *
confload_defaults(void)
{
	char *error = NULL;
	struct settings *settings = settings_load(NULL, NULL, &error);

	ck_assert_ptr_nonnull(settings);
	return settings;
}

char *
confload_printed(const struct settings *settings, bool changed_only)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	settings_print(settings, changed_only, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

void
confload_refuses(const char *file, const char *want)
{
	char *error = NULL;

	ck_assert_ptr_null(settings_load(file, NULL, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, want) != NULL, "%s", error);
	ck_assert_int_eq(strncmp(error, file, strlen(file)), 0);
	free(error);
}
