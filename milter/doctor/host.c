/* SPDX-License-Identifier: ISC */
#include "milter/doctor/doctor.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <glib.h>

#include "milter/collection/storelife.h"
#include "milter/settings/endpoint.h"

enum { SLACK = 60, DAY = 24 * 60 * 60, SOON = 30 * DAY };

static const char our_conf[] = "smime-milter.conf";

static bool
is_member(const struct host_user *user, gid_t gid)
{
	for (int i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return true;
	return false;
}

/* May it go through a folder, or connect to a socket (which is to write)? */
static bool
may_pass(const struct host_user *user, const struct host_step *step)
{
	mode_t right = S_ISDIR(step->mode) ? S_IXOTH : S_IWOTH;

	if (user->uid == 0)
		return true;
	if (user->uid == step->uid)
		return (step->mode & (right << 6)) != 0;
	if (is_member(user, step->gid))
		return (step->mode & (right << 3)) != 0;
	return (step->mode & right) != 0;
}

/* Joining the group is enough where the group may do it. */
static char *
let_in(const struct host_user *user, const struct host_step *step)
{
	mode_t right = S_ISDIR(step->mode) ? S_IXGRP : S_IWGRP;

	if ((step->mode & right) != 0 && step->gid != 0)
		return g_strdup_printf("adduser %s %s   (then restart the MTA)",
		    user->name, step->group);
	if (S_ISDIR(step->mode))
		return g_strdup_printf("chmod g+x %s", step->path);
	return g_strdup("socket-mode = \"0660\"   (in smime-milter.conf)");
}

static void
check_safe(struct findings *findings, const struct host_step *step)
{
	if (!S_ISDIR(step->mode) || (step->mode & (S_IWGRP | S_IWOTH)) == 0)
		return;
	findings_add(findings, FINDING_SOCKET_UNSAFE, step->path,
	    g_strdup_printf("%s is writable for %s (%s:%s %04o)", step->path,
		(step->mode & S_IWOTH) != 0 ? "everybody" : "its group",
		step->owner, step->group, step->mode & 07777U),
	    g_strdup_printf("chmod go-w %s", step->path));
}

static char *
date_of(time_t when)
{
	GDateTime *date = g_date_time_new_from_unix_utc(when);
	char *text = date != NULL ? g_date_time_format(date, "%Y-%m-%d") :
				    g_strdup("a day that has no name");

	if (date != NULL)
		g_date_time_unref(date);
	return text;
}

void
doctor_socket(struct findings *findings, const struct settings *settings)
{
	struct endpoint endpoint;

	if (!endpoint_read_sendmail(settings->socket, &endpoint) ||
	    endpoint_is_local(&endpoint))
		return;
	findings_add(findings, FINDING_OPEN_SOCKET, our_conf,
	    g_strdup_printf("socket = \"%s\" can be reached from other hosts",
		settings->socket),
	    g_strdup_printf("socket = \"inet:%u@127.0.0.1\"   (or let only "
			    "your MTAs through the firewall)",
		endpoint.port));
}

void
doctor_access(struct findings *findings, const struct host_user *user,
    const struct host_path *path, bool is_sendmail)
{
	bool denied = false;

	for (size_t i = 0; i < path->count; i++) {
		const struct host_step *step = &path->steps[i];

		if (is_sendmail)
			check_safe(findings, step);
		if (denied || may_pass(user, step))
			continue;
		denied = true; /* what lies below makes no difference */
		findings_add(findings, FINDING_SOCKET_DENIED, step->path,
		    g_strdup_printf("%s may not %s %s (%s:%s %04o)", user->name,
			S_ISDIR(step->mode) ? "enter" : "connect to",
			step->path, step->owner, step->group,
			step->mode & 07777U),
		    let_in(user, step));
	}
}

void
doctor_clock(struct findings *findings, enum host_clock clock)
{
	if (clock == HOST_CLOCK_ADRIFT)
		findings_add(findings, FINDING_CLOCK, "this host",
		    g_strdup("nothing keeps the clock right"),
		    g_strdup("apt-get install chrony   (or another NTP "
			     "client, or let the host do it)"));
	else if (clock == HOST_CLOCK_UNKNOWN)
		findings_add(findings, FINDING_CANNOT_TELL, "this host",
		    g_strdup("the kernel does not say whether the clock is "
			     "kept right"),
		    NULL);
}

void
doctor_file(struct findings *findings, const char *path, time_t changed,
    time_t now)
{
	char *date;

	if (changed <= now + SLACK)
		return;
	date = date_of(changed);
	findings_add(findings, FINDING_FUTURE_FILE, path,
	    g_strdup_printf("it was last changed on %s, which is yet to come",
		date),
	    g_strdup_printf("touch %s   (once the clock is right)", path));
	g_free(date);
}

void
doctor_authserv_id(struct findings *findings, const char *our_name,
    const char *place, const char *their_name)
{
	if (our_name[0] == '\0' || their_name[0] == '\0' ||
	    strcasecmp(our_name, their_name) == 0)
		return;
	findings_add(findings, FINDING_AUTHSERV_ID, our_conf,
	    g_strdup_printf("we write results as %s, and %s has AuthservID %s",
		our_name, place, their_name),
	    g_strdup_printf("authserv-id = \"%s\"", their_name));
}

void
doctor_store(struct findings *findings, const char *option,
    const struct store *store, time_t now)
{
	struct storelife life;
	char *date;

	storelife_read(store, now, &life);
	if (life.expired > 0)
		findings_add(findings, FINDING_EXPIRED, option,
		    g_strdup_printf("%zu of %zu certificates have expired",
			life.expired, life.count),
		    NULL);
	if (life.has_next && life.next - now < SOON) {
		date = date_of(life.next);
		findings_add(findings, FINDING_EXPIRES_SOON, option,
		    g_strdup_printf("%s expires on %s", life.next_subject,
			date),
		    NULL);
		g_free(date);
	}
	storelife_done(&life);
}
