/* SPDX-License-Identifier: ISC */
#include "milter/daemon/priv.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/types.h>

#include "milter/log/complaint.h"

/* Who to become. */
struct target {
	char *user;  /* owned */
	char *group; /* owned; NULL: the user's groups */
	uid_t uid;
	gid_t gid;
};

/* errno of getpwnam() and getgrnam() is 0 when there just is no such name. */
static const char *
why_unknown(void)
{
	return errno == 0 ? "no such name" : strerror(errno);
}

static bool
find_user(struct target *target, char **error_r)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(target->user);
	if (user == NULL)
		return complaint_set(error_r,
		    "user %s: %s; expected a user of this"
		    " host",
		    target->user, why_unknown());
	target->uid = user->pw_uid;
	target->gid = user->pw_gid;
	return true;
}

static bool
find_group(struct target *target, char **error_r)
{
	const struct group *group;

	if (target->group == NULL)
		return true;
	errno = 0;
	group = getgrnam(target->group);
	if (group == NULL)
		return complaint_set(error_r,
		    "group %s: %s; expected a group of this"
		    " host",
		    target->group, why_unknown());
	target->gid = group->gr_gid;
	return true;
}

static bool
target_init(struct target *target, const char *name, char **error_r)
{
	size_t len = strcspn(name, ":");

	*target = (struct target){ .user = strndup(name, len) };
	if (name[len] == ':')
		target->group = strdup(name + len + 1);
	if (target->user == NULL || (name[len] == ':' && target->group == NULL))
		return complaint_set(error_r, "user %s: out of memory", name);
	return find_user(target, error_r) && find_group(target, error_r);
}

static void
target_done(struct target *target)
{
	free(target->user);
	free(target->group);
}

/* Real, effective and saved: with any of them root can be had again. */
static bool
is_root(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) != 0 || real == 0 ||
	    effective == 0 || saved == 0;
}

static bool
set_groups(const struct target *target)
{
	if (target->group != NULL)
		return setgroups(1, &target->gid) == 0;
	return initgroups(target->user, target->gid) == 0;
}

static bool
is_nobody_else(const struct target *target)
{
	uid_t uid[3];
	gid_t gid[3];

	if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) != 0)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (uid[i] != target->uid || gid[i] != target->gid)
			return false;
	}
	return true;
}

/* Groups first: afterwards we may not. */
static bool
become(const struct target *target, char **error_r)
{
	if (target->uid == 0)
		return complaint_set(error_r,
		    "user %s: is root; expected a user that"
		    " is not",
		    target->user);
	if (!set_groups(target) ||
	    setresgid(target->gid, target->gid, target->gid) != 0 ||
	    setresuid(target->uid, target->uid, target->uid) != 0)
		return complaint_set(error_r, "user %s: %s", target->user,
		    strerror(errno));
	if (!is_nobody_else(target) || setuid(0) == 0 || seteuid(0) == 0)
		return complaint_set(error_r, "user %s: root can still be had",
		    target->user);
	return true;
}

static bool
stay(const struct target *target, char **error_r)
{
	if (target->uid != geteuid())
		return complaint_set(error_r,
		    "user %s: only root can become another"
		    " user; expected the user who starts this program",
		    target->user);
	if (target->group != NULL && target->gid != getegid())
		return complaint_set(error_r,
		    "group %s: only root can take another"
		    " group; expected the group that starts this program",
		    target->group);
	return true;
}

bool
priv_drop(const char *user, char **error_r)
{
	struct target target;
	bool done;

	if (user[0] == '\0' && is_root())
		return complaint_set(error_r,
		    "user: is empty; expected a user to become, since this"
		    " program was started by root");
	if (user[0] == '\0')
		return true;
	done = target_init(&target, user, error_r);
	if (done)
		done = is_root() ? become(&target, error_r) :
				   stay(&target, error_r);
	target_done(&target);
	return done;
}
