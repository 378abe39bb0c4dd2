/* SPDX-License-Identifier: ISC */
#include "milter/doctor/hostfacts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>

#include <glib.h>

#include "milter/doctor/cfline.h"

static char *
user_name(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user != NULL ? g_strdup(user->pw_name) :
			      g_strdup_printf("%lu", (unsigned long)uid);
}

static char *
group_name(gid_t gid)
{
	const struct group *group = getgrgid(gid);

	return group != NULL ? g_strdup(group->gr_name) :
			       g_strdup_printf("%lu", (unsigned long)gid);
}

/* Takes path over. */
static bool
add_step(struct host_path *to, char *path)
{
	struct host_step *step = &to->steps[to->count];
	struct stat status;

	if (to->count == HOST_MAX_STEPS || stat(path, &status) != 0) {
		to->unknown = to->count == HOST_MAX_STEPS || errno == EACCES;
		g_free(path);
		return false;
	}
	*step = (struct host_step){
		.path = path,
		.owner = user_name(status.st_uid),
		.group = group_name(status.st_gid),
		.uid = status.st_uid,
		.gid = status.st_gid,
		.mode = status.st_mode,
	};
	to->count++;
	return true;
}

/* The value of a line "KEY VALUE" or "KEY = VALUE", or NULL. */
static char *
value_on(const char *line, const char *key)
{
	size_t len = strlen(key);

	if (g_ascii_strncasecmp(line, key, len) != 0 ||
	    strchr(" \t=", line[len]) == NULL || line[len] == '\0')
		return NULL;
	line += len;
	line += strspn(line, " \t=");
	return g_strstrip(g_strndup(line, strcspn(line, "#")));
}

static char *
error_text(const char *name, const char *what)
{
	return g_strdup_printf("%s: %s", name, what);
}

/* g_spawn_sync() wants words that it could write to. */
static char **
copy_list(const char *const *list)
{
	GPtrArray *copy = g_ptr_array_new();

	for (; *list != NULL; list++)
		g_ptr_array_add(copy, g_strdup(*list));
	g_ptr_array_add(copy, NULL);
	return (char **)g_ptr_array_free(copy, FALSE);
}

void
host_path_read(const char *path, struct host_path *path_r)
{
	bool there;

	*path_r = (struct host_path){ .path = g_strdup(path) };
	there = add_step(path_r, g_strdup("/"));
	for (const char *at = path; there && *at != '\0';) {
		size_t len;

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len > 0)
			there = add_step(path_r,
			    g_strndup(path, (gsize)(at + len - path)));
		at += len;
	}
	path_r->exists = there;
}

void
host_path_done(struct host_path *path)
{
	for (size_t i = 0; i < path->count; i++) {
		g_free(path->steps[i].path);
		g_free(path->steps[i].owner);
		g_free(path->steps[i].group);
	}
	g_free(path->path);
}

bool
host_user_read(const char *name, struct host_user *user_r)
{
	const struct passwd *user = getpwnam(name);
	int count = 0;

	if (user == NULL)
		return false;
	getgrouplist(name, user->pw_gid, NULL, &count);
	*user_r = (struct host_user){
		.name = g_strdup(name),
		.uid = user->pw_uid,
		.groups = g_new0(gid_t, (gsize)count + 1),
		.group_count = count + 1,
	};
	if (getgrouplist(name, user->pw_gid, user_r->groups,
		&user_r->group_count) < 0)
		user_r->group_count = count + 1;
	return true;
}

void
host_user_done(struct host_user *user)
{
	g_free(user->name);
	g_free(user->groups);
}

enum host_clock
host_clock(void)
{
	struct timex clock = { .modes = 0 };
	int state = adjtimex(&clock);

	if (state == -1)
		return HOST_CLOCK_UNKNOWN;
	if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0)
		return HOST_CLOCK_ADRIFT;
	return HOST_CLOCK_GOOD;
}

char *
host_file_read(const char *path, size_t *len_r, char **error_r)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;

	if (file == NULL) {
		*error_r = error_text(path, strerror(errno));
		return NULL;
	}
	text = g_malloc(CFLINE_MAX_TEXT + 2);
	len = fread(text, 1, CFLINE_MAX_TEXT + 1, file);
	if (ferror(file) != 0) {
		*error_r = error_text(path, strerror(errno));
		g_free(text);
		text = NULL;
	} else {
		text[len] = '\0';
		*len_r = len;
	}
	fclose(file);
	return text;
}

char *
host_run(const char *const *argv, size_t *len_r, char **error_r)
{
	char **copy = copy_list(argv);
	char *out = NULL, *words = NULL;
	GError *error = NULL;
	int status = 0;
	bool good;

	good = g_spawn_sync(NULL, copy, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out,
		   &words, &status, &error) &&
	    g_spawn_check_wait_status(status, &error);
	if (good) {
		*len_r = strlen(out);
	} else {
		*error_r = error_text(argv[0],
		    words != NULL && words[0] != '\0' ? g_strchomp(words) :
							error->message);
		g_free(out);
		out = NULL;
	}
	g_clear_error(&error);
	g_free(words);
	g_strfreev(copy);
	return out;
}

char *
host_conf_value(const char *path, const char *key)
{
	char *error = NULL, *value = NULL;
	size_t len, number;
	char *text = host_file_read(path, &len, &error);
	struct cfline *scan;
	const char *line;

	g_free(error);
	if (text == NULL)
		return NULL;
	scan = cfline_new(text, len);
	while (value == NULL && (line = cfline_next(scan, &number)) != NULL)
		value = value_on(line, key);
	cfline_free(scan);
	g_free(text);
	return value;
}
