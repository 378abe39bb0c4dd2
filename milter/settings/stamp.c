/* SPDX-License-Identifier: ISC */
#include "milter/settings/stamp.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

/* FNV-1a, which is enough where nobody gains from a collision. */
static uint64_t
mix(uint64_t hash, const void *octets, size_t len)
{
	const uint8_t *at = octets;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3;
	return hash;
}

static uint64_t
mix_status(uint64_t hash, const struct stat *status)
{
	const uint64_t facts[] = {
		(uint64_t)status->st_dev,
		(uint64_t)status->st_ino,
		(uint64_t)status->st_size,
		(uint64_t)status->st_mtim.tv_sec,
		(uint64_t)status->st_mtim.tv_nsec,
		/* Sees a copy that keeps the time, and a change of mode. */
		(uint64_t)status->st_ctim.tv_sec,
		(uint64_t)status->st_ctim.tv_nsec,
	};

	return mix(hash, facts, sizeof(facts));
}

static uint64_t
entry_stamp(DIR *folder, const char *name)
{
	struct stat status;
	uint64_t hash = mix(0xcbf29ce484222325, name, strlen(name));

	if (fstatat(dirfd(folder), name, &status, 0) != 0)
		return hash;
	return mix_status(hash, &status);
}

/* A sum, since the order of a folder may change by itself. */
static uint64_t
folder_stamp(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	uint64_t sum = 0;

	if (folder == NULL)
		return 0;
	while ((entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, "..") != 0)
			sum += entry_stamp(folder, entry->d_name);
	}
	closedir(folder);
	return sum;
}

uint64_t
stamp_path(uint64_t stamp, const char *path)
{
	struct stat status;
	uint64_t sum;

	stamp = mix(stamp, path, strlen(path) + 1);
	if (stat(path, &status) != 0)
		return stamp;
	stamp = mix_status(stamp, &status);
	if (!S_ISDIR(status.st_mode))
		return stamp;
	sum = folder_stamp(path);
	return mix(stamp, &sum, sizeof(sum));
}
