/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>
#include <jansson.h>

#include "milter/doctor/doctor.h"
#include "t/lib/pki.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define QUEUE	     "/var/spool/postfix"
#define UNIX	     "socket=unix:" QUEUE "/smime-milter/smime-milter.sock"
#define INET	     "socket=inet:8891@127.0.0.1"

static struct findings *findings;

static void
begin(void)
{
	findings = findings_new();
}

static void
end(void)
{
	findings_free(findings);
}

static struct settings *
settings_with(const char *socket, const char *other)
{
	const char *const list[] = { socket, other };
	const struct overrides overrides = { list, other != NULL ? 2 : 1 };
	char *error = NULL;
	struct settings *settings = settings_load(NULL, &overrides, &error);

	ck_assert_msg(settings != NULL, "%s", error);
	return settings;
}

/* What was found: "token@place: change" or "token@place", with "|" after. */
static char *
found(void)
{
	GString *out = g_string_new(NULL);
	char *text = NULL;
	size_t len, i;
	FILE *file = open_memstream(&text, &len);
	json_t *report;
	const json_t *one;

	findings_print_json(findings, file);
	fclose(file);
	report = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(report);
	free(text);
	json_array_foreach(json_object_get(report, "findings"), i, one)
	{
		const json_t *change = json_object_get(one, "change");

		g_string_append_printf(out, "%s@%s",
		    json_string_value(json_object_get(one, "finding")),
		    json_string_value(json_object_get(one, "place")));
		if (json_is_string(change))
			g_string_append_printf(out, ": %s",
			    json_string_value(change));
		g_string_append_c(out, '|');
	}
	json_decref(report);
	return g_string_free(out, FALSE);
}

static void
expect(const char *name, const char *want)
{
	char *text = found();

	ck_assert_msg(strcmp(text, want) == 0, "%s:\n%s\nnot:\n%s", name, text,
	    want);
	g_free(text);
}

/* As contrib/postfix/README has it; later lines overrule it. */
static const char good_main[] =
    "queue_directory = " QUEUE "\n"
    "compatibility_level = 3.6\n"
    "smtpd_milters = unix:smime-milter/smime-milter.sock\n"
    "non_smtpd_milters = $smtpd_milters\n"
    "milter_default_action = tempfail\n"
    "disable_mime_output_conversion = yes\n";
static const char good_master[] = "smtp inet n - y - - smtpd\n"
				  "cleanup unix n - y - 0 cleanup\n";

static const struct {
	const char *name;
	const char *socket; /* NULL: UNIX */
	const char *other;  /* another option of ours */
	const char *main;   /* added to good_main */
	const char *master; /* instead of good_master, unless NULL */
	const char *want;
} postfix[] = {
	{ "as in the guide", NULL, NULL, "", NULL, "" },
	{ "over TCP", INET, NULL, "smtpd_milters = inet:127.0.0.1:8891\n", NULL,
	    "" },
	{ "localhost is 127.0.0.1", INET, NULL,
	    "smtpd_milters = inet:localhost:8891\n", NULL, "" },
	{ "absolute path without chroot", NULL, NULL,
	    "smtpd_milters = unix:" QUEUE "/smime-milter/smime-milter.sock\n",
	    "smtp inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\n", "" },
	{ "for this milter alone", NULL, NULL,
	    "milter_default_action = accept\n"
	    "smtpd_milters = { unix:smime-milter/smime-milter.sock, "
	    "default_action=tempfail }\n",
	    NULL, "" },
	{ "shutdown", NULL, NULL, "milter_default_action = shutdown\n", NULL,
	    "" },
	{ "submission without us", NULL, NULL, "",
	    "smtp inet n - y - - smtpd\n"
	    "submission inet n - y - - smtpd -o smtpd_milters=\n",
	    "" },

	{ "no milters", NULL, NULL, "smtpd_milters =\n", NULL,
	    "not-asked@main.cf: smtpd_milters = "
	    "unix:smime-milter/smime-milter.sock|" },
	{ "another milter only", INET, NULL, "smtpd_milters = inet:h:1\n", NULL,
	    "not-asked@main.cf: smtpd_milters = inet:h:1, "
	    "inet:127.0.0.1:8891|" },
	{ "another port", INET, NULL, "smtpd_milters = inet:127.0.0.1:8892\n",
	    NULL,
	    "not-asked@main.cf: smtpd_milters = inet:127.0.0.1:8892, "
	    "inet:127.0.0.1:8891|" },
	{ "without master.cf", NULL, NULL, "smtpd_milters =\n", "",
	    "not-asked@main.cf: smtpd_milters = "
	    "unix:smime-milter/smime-milter.sock|" },
	{ "overruled at port 25", NULL, NULL, "",
	    "smtp inet n - y - - smtpd -o smtpd_milters=\n"
	    "2525 inet n - y - - smtpd\n",
	    "bypassed@master.cf, below \"smtp inet\": "
	    "-o smtpd_milters=unix:smime-milter/smime-milter.sock|" },
	{ "no_milters", NULL, NULL,
	    "receive_override_options = no_milters, no_header_body_checks\n",
	    NULL,
	    "bypassed@main.cf: receive_override_options = "
	    "no_header_body_checks|" },
	{ "proxy filter", NULL, NULL, "",
	    "smtp inet n - y - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024\n",
	    "blind@master.cf, below \"smtp inet\": -o smtpd_milters=   (and "
	    "ask us in the smtpd that takes mail back from the filter)|" },
	{ "as Sendmail writes it", INET, NULL,
	    "smtpd_milters = inet:8891@127.0.0.1\n", NULL,
	    "socket-syntax@main.cf: smtpd_milters = inet:127.0.0.1:8891|" },
	{ "path that a chroot hides", "socket=unix:/run/s.sock", NULL,
	    "smtpd_milters = unix:/run/s.sock\n", NULL,
	    "socket-chroot@main.cf: smtpd_milters = "
	    "unix:smime-milter/smime-milter.sock, and in smime-milter.conf: "
	    "socket = \"unix:" QUEUE "/smime-milter/smime-milter.sock\"|" },
	{ "path from outside of the chroot", NULL, NULL,
	    "smtpd_milters = unix:" QUEUE "/smime-milter/smime-milter.sock\n",
	    NULL,
	    "socket-chroot@main.cf: smtpd_milters = "
	    "unix:smime-milter/smime-milter.sock|" },
	{ "cleanup in a chroot", NULL, NULL,
	    "non_smtpd_milters = unix:" QUEUE
	    "/smime-milter/smime-milter.sock\n",
	    NULL,
	    "socket-chroot@main.cf: non_smtpd_milters = "
	    "unix:smime-milter/smime-milter.sock|" },
	{ "not for local mail", NULL, NULL, "non_smtpd_milters =\n", NULL,
	    "not-asked-locally@main.cf: non_smtpd_milters = $smtpd_milters|" },

	{ "accept", NULL, NULL, "milter_default_action = accept\n", NULL,
	    "fails-open@main.cf: milter_default_action = tempfail|" },
	{ "reject", NULL, NULL, "milter_default_action = reject\n", NULL,
	    "fails-hard@main.cf: milter_default_action = tempfail|" },
	{ "accept for this milter", NULL, NULL,
	    "smtpd_milters = inet:h:1 { unix:smime-milter/smime-milter.sock, "
	    "connect_timeout=20s, default_action=accept }\n"
	    "non_smtpd_milters = unix:smime-milter/smime-milter.sock\n",
	    NULL,
	    "fails-open@main.cf: smtpd_milters = inet:h:1, "
	    "{ unix:smime-milter/smime-milter.sock, connect_timeout=20s, "
	    "default_action=tempfail }|" },
	{ "accept for one service", NULL, NULL, "",
	    "smtp inet n - y - - smtpd -o milter_default_action=accept\n",
	    "fails-open@master.cf, below \"smtp inet\": "
	    "-o milter_default_action=tempfail|" },
	{ "protocol", NULL, NULL, "milter_protocol = 2\n", NULL,
	    "protocol@main.cf: milter_protocol = 6|" },
	{ "timeout", NULL, NULL, "milter_content_timeout = 5s\n", NULL,
	    "timeout@main.cf: milter_content_timeout = 300s|" },
	{ "a minute is enough", NULL, NULL, "milter_content_timeout = 1m\n",
	    NULL, "" },
	{ "no j", NULL, NULL, "milter_connect_macros = v _\n", NULL,
	    "macros@main.cf: milter_connect_macros = j {daemon_name} "
	    "{daemon_addr} v _|" },
	{ "no j, but a name", NULL, "authserv-id=mx.example.net",
	    "milter_connect_macros = v _\n", NULL, "" },
	{ "no i", NULL, NULL, "milter_end_of_data_macros = {auth_type}\n", NULL,
	    "macros@main.cf: milter_end_of_data_macros = i|" },
	{ "i in braces", NULL, NULL, "milter_end_of_data_macros = {i}\n", NULL,
	    "" },

	{ "opendkim before us", NULL, NULL,
	    "smtpd_milters = unix:opendkim/s, inet:h:1, "
	    "unix:smime-milter/smime-milter.sock\n",
	    NULL,
	    "results-before@main.cf: smtpd_milters = inet:h:1, "
	    "unix:smime-milter/smime-milter.sock, unix:opendkim/s|" },
	{ "opendkim before us, trusted", NULL, "trusted-authserv-ids=dkim",
	    "smtpd_milters = unix:opendkim/s, "
	    "unix:smime-milter/smime-milter.sock\n",
	    NULL, "" },
	{ "opendkim after us", NULL, NULL,
	    "smtpd_milters = unix:smime-milter/smime-milter.sock, "
	    "unix:opendkim/s\n",
	    NULL, "" },
	{ "a footer after us", NULL, NULL,
	    "smtpd_milters = unix:smime-milter/smime-milter.sock, "
	    "unix:altermime/s\nnon_smtpd_milters = "
	    "unix:smime-milter/smime-milter.sock\n",
	    NULL,
	    "body-after@main.cf: smtpd_milters = unix:altermime/s, "
	    "unix:smime-milter/smime-milter.sock|" },
	{ "a footer before us", NULL, NULL,
	    "smtpd_milters = unix:altermime/s "
	    "unix:smime-milter/smime-milter.sock\n",
	    NULL, "body-before@main.cf|" },
	{ "content filter", NULL, NULL,
	    "content_filter = smtp:127.0.0.1:10024\n",
	    "smtp inet n - y - - smtpd\n"
	    "127.0.0.1:10025 inet n - n - - smtpd -o content_filter=\n",
	    "twice@master.cf, below \"127.0.0.1:10025 inet\": "
	    "-o receive_override_options=no_milters|content-filter@main.cf|" },
	{ "content filter, no milters behind it", NULL, NULL,
	    "content_filter = smtp:127.0.0.1:10024\n",
	    "smtp inet n - y - - smtpd\n"
	    "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= "
	    "-o receive_override_options=no_milters\n",
	    "content-filter@main.cf|" },
	{ "body checks", NULL, NULL, "body_checks = pcre:/etc/b\n", NULL,
	    "body-checks@main.cf|" },

	{ "input conversion", NULL, NULL, "force_mime_input_conversion = yes\n",
	    NULL,
	    "input-conversion@main.cf: force_mime_input_conversion = no|" },
	{ "output conversion", NULL, NULL,
	    "disable_mime_output_conversion = no\n", NULL,
	    "output-conversion@main.cf: disable_mime_output_conversion = "
	    "yes|" },
	{ "line length", NULL, NULL, "smtp_line_length_limit = 900\n", NULL,
	    "line-length@main.cf: smtp_line_length_limit = 998|" },
	{ "no 8BITMIME", NULL, NULL,
	    "smtpd_discard_ehlo_keywords = chunking, 8BITMIME, dsn\n", NULL,
	    "no-8bitmime@main.cf: smtpd_discard_ehlo_keywords = "
	    "chunking,dsn|" },
	{ "added headers", NULL, NULL, "always_add_missing_headers = yes\n",
	    NULL, "added-headers@main.cf: always_add_missing_headers = no|" },
};

START_TEST(names_each_defect_of_postfix_and_its_line)
{
	const char *socket =
	    postfix[_i].socket != NULL ? postfix[_i].socket : UNIX;
	const char *master =
	    postfix[_i].master != NULL ? postfix[_i].master : good_master;
	struct settings *settings = settings_with(socket, postfix[_i].other);
	struct postconf *postconf = postconf_new();
	char *main = g_strconcat(good_main, postfix[_i].main, NULL);
	char *error = NULL;

	ck_assert(
	    postconf_read_main(postconf, "main", main, strlen(main), &error));
	ck_assert(postconf_read_master(postconf, "master", master,
	    strlen(master), &error));
	doctor_postfix(findings, settings, postconf);
	expect(postfix[_i].name, postfix[_i].want);
	g_free(main);
	postconf_free(postconf);
	settings_unref(settings);
}
END_TEST

/* As contrib/sendmail/README has it. */
#define CF_HEAD	  "V10/Debian\nO EightBitMode=pass8\n"
#define CF_MACROS "O Milter.macros.connect=j, _\nO Milter.macros.envfrom=i\n"
#define CF_LIST	  "O InputMailFilters=smime-milter\n"
#define CF_SOCKET "Xsmime-milter, S=inet:8891@127.0.0.1"
#define CF_TIMES  ", T=S:30s;R:30s;E:5m\n"
#define CF_FILTER CF_SOCKET ", F=T" CF_TIMES
#define RIGHT_LINE                                                             \
	"INPUT_MAIL_FILTER(`smime-milter', `S=inet:8891@127.0.0.1, F=T, "      \
	"T=S:30s;R:30s;E:5m')dnl"

static const struct {
	const char *name;
	const char *other;
	const char *text;
	const char *want;
} sendmail[] = {
	{ "as in the guide", NULL, CF_HEAD CF_MACROS CF_LIST CF_FILTER, "" },
	{ "without T=", NULL, CF_HEAD CF_MACROS CF_LIST CF_SOCKET ", F=4\n",
	    "" },
	{ "for one listener", NULL,
	    CF_HEAD CF_MACROS CF_FILTER
	    "O DaemonPortOptions=Name=MTA, InputMailFilters=smime-milter\n"
	    "O DaemonPortOptions=Name=MSA, Port=587, InputMailFilters=\n",
	    "" },
	{ "no filter", NULL, CF_HEAD CF_MACROS,
	    "not-asked@sendmail.mc: " RIGHT_LINE "|" },
	{ "filter of another socket", NULL,
	    CF_HEAD CF_MACROS CF_LIST "Xsmime-milter, S=unix:/run/s, F=T\n",
	    "not-asked@sendmail.mc: " RIGHT_LINE "|" },
	{ "filter that is not listed", NULL,
	    CF_HEAD CF_MACROS "O InputMailFilters=other\n" CF_FILTER,
	    "not-asked@sendmail.mc: " RIGHT_LINE "|" },
	{ "listener without us", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER
	    "O DaemonPortOptions=Name=MTA, Port=smtp, InputMailFilters=x\n",
	    "bypassed@sendmail.mc: InputMailFilters=x;smime-milter|" },
	{ "no F=", NULL, CF_HEAD CF_MACROS CF_LIST CF_SOCKET CF_TIMES,
	    "fails-open@sendmail.mc: " RIGHT_LINE "|" },
	{ "F=R", NULL, CF_HEAD CF_MACROS CF_LIST CF_SOCKET ", F=R" CF_TIMES,
	    "fails-hard@sendmail.mc: " RIGHT_LINE "|" },
	{ "short T=", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_SOCKET ", F=T, T=R:5s\n",
	    "timeout@sendmail.mc: " RIGHT_LINE "|" },
	{ "T= with a unit", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_SOCKET ", F=T, T=R:1m;E:1h\n", "" },
	{ "T= that is none", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_SOCKET ", F=T, T=30s\n",
	    "timeout@sendmail.mc: " RIGHT_LINE "|" },
	{ "no j", NULL,
	    CF_HEAD CF_LIST CF_FILTER "O Milter.macros.connect=_\n"
				      "O Milter.macros.eom={i}\n",
	    "macros@sendmail.mc: define(`confMILTER_MACROS_CONNECT', "
	    "`j, _, {daemon_name}, {if_name}, {if_addr}')dnl|" },
	{ "no j, but a name", "authserv-id=mx.example.net",
	    CF_HEAD CF_LIST CF_FILTER "O Milter.macros.envfrom=i\n", "" },
	{ "no i", NULL, CF_HEAD CF_LIST CF_FILTER "O Milter.macros.connect=j\n",
	    "macros@sendmail.mc: define(`confMILTER_MACROS_ENVFROM', "
	    "`i, {auth_type}, {auth_authen}, {auth_ssf}, {auth_author}, "
	    "{mail_mailer}, {mail_host}, {mail_addr}')dnl|" },
	{ "opendkim before us", NULL,
	    CF_HEAD CF_MACROS CF_FILTER
	    "O InputMailFilters=opendkim, "
	    "smime-milter\nXopendkim, S=unix:/run/o\n",
	    "results-before@sendmail.mc: define(`confINPUT_MAIL_FILTERS', "
	    "`smime-milter, opendkim')dnl|" },
	{ "mimedefang after us", NULL,
	    CF_HEAD CF_MACROS CF_FILTER
	    "O InputMailFilters=smime-milter;"
	    "md\nXmd, S=unix:/run/mimedefang.sock\n",
	    "body-after@sendmail.mc: define(`confINPUT_MAIL_FILTERS', "
	    "`md, smime-milter')dnl|" },
	{ "mimefy", NULL,
	    "V10\nO EightBitMode=mimefy\n" CF_MACROS CF_LIST CF_FILTER,
	    "seven-bits@sendmail.mc: define(`confEIGHT_BIT_HANDLING', "
	    "`pass8')dnl|" },
	{ "flag 7", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER "Msmtp, P=[IPC], F=mDFMuX7\n",
	    "seven-bits@sendmail.mc: MODIFY_MAILER_FLAGS(`SMTP', "
	    "`-7')dnl|" },
	{ "flag 7 of a local mailer", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER "Mlocal, P=/m, F=ls7\n",
	    "seven-bits@sendmail.mc: MODIFY_MAILER_FLAGS(`LOCAL', "
	    "`-7')dnl|" },
	{ "no flag 8", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER "Mesmtp, P=[IPC], F=mDFMuXa\n",
	    "output-conversion@sendmail.mc: MODIFY_MAILER_FLAGS(`ESMTP', "
	    "`+8')dnl|" },
	{ "flag 8", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER "Mesmtp, P=[IPC], F=mDFMuX8\n",
	    "" },
	{ "EightBitMode by default", NULL, "V10\n" CF_MACROS CF_LIST CF_FILTER,
	    "" },
	{ "no limit of the header", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER "O MaxHeadersLength=0\n",
	    "headers-length@sendmail.mc: define(`confMAX_HEADERS_LENGTH', "
	    "`32768')dnl|" },
	{ "largest header", NULL,
	    CF_HEAD CF_MACROS CF_LIST CF_FILTER "O MaxHeadersLength=65534\n",
	    "" },
};

START_TEST(names_each_defect_of_sendmail_and_its_line)
{
	struct settings *settings = settings_with(INET, sendmail[_i].other);
	char *error = NULL;
	struct sendmailcf *cf = sendmailcf_read("cf", sendmail[_i].text,
	    strlen(sendmail[_i].text), &error);

	ck_assert_msg(cf != NULL, "%s", error);
	doctor_sendmail(findings, settings, "cf", cf);
	expect(sendmail[_i].name, sendmail[_i].want);
	sendmailcf_free(cf);
	settings_unref(settings);
}
END_TEST

START_TEST(names_options_that_open_the_path_of_a_socket)
{
	static const char text[] = CF_HEAD CF_MACROS CF_LIST
	    "Xsmime-milter, S=local:/run/s, F=T\n"
	    "O DontBlameSendmail=GroupWritableDirPathSafe\n";
	struct settings *settings = settings_with("socket=unix:/run/s", NULL);
	char *error = NULL;
	struct sendmailcf *cf =
	    sendmailcf_read("cf", text, strlen(text), &error);

	doctor_sendmail(findings, settings, "cf", cf);
	expect("DontBlameSendmail",
	    "socket-unsafe@sendmail.mc: define(`confDONT_BLAME_SENDMAIL', "
	    "`safe')dnl|");
	sendmailcf_free(cf);
	settings_unref(settings);
}
END_TEST

static const struct {
	const char *socket;
	const char *want;
} sockets[] = {
	{ UNIX, "" },
	{ INET, "" },
	{ "socket=inet6:8891@::1", "" },
	{ "socket=inet:8891@0.0.0.0",
	    "open-socket@smime-milter.conf: socket = \"inet:8891@127.0.0.1\"  "
	    " (or let only your MTAs through the firewall)|" },
	{ "socket=inet:9@mx.example.net",
	    "open-socket@smime-milter.conf: socket = \"inet:9@127.0.0.1\"   "
	    "(or let only your MTAs through the firewall)|" },
};

START_TEST(names_a_socket_that_others_reach)
{
	struct settings *settings = settings_with(sockets[_i].socket, NULL);

	doctor_socket(findings, settings);
	expect(sockets[_i].socket, sockets[_i].want);
	settings_unref(settings);
}
END_TEST

enum { POSTFIX = 100, MILTER = 200, OTHERS = 300 };

/* A folder and a socket in it, both of the milter's user and group. */
static const struct {
	const char *name;
	mode_t folder;
	mode_t socket;
	bool member; /* is the MTA's user in the group? */
	bool is_sendmail;
	const char *want;
} ways[] = {
	{ "a member", 0750, 0660, true, false, "" },
	{ "no member", 0750, 0660, false, false,
	    "socket-denied@/d: adduser postfix smime   (then restart the "
	    "MTA)|" },
	{ "open to all", 0755, 0666, false, false, "" },
	{ "socket for members", 0755, 0660, false, false,
	    "socket-denied@/d/s: adduser postfix smime   (then restart the "
	    "MTA)|" },
	{ "folder for nobody else", 0700, 0660, true, false,
	    "socket-denied@/d: chmod g+x /d|" },
	{ "socket to read only", 0750, 0640, true, false,
	    "socket-denied@/d/s: socket-mode = \"0660\"   (in "
	    "smime-milter.conf)|" },
	{ "the group is worse off", 0705, 0660, true, false,
	    "socket-denied@/d: chmod g+x /d|" },
	{ "writable folder", 0770, 0660, true, true,
	    "socket-unsafe@/d: chmod go-w /d|" },
	{ "writable folder, Postfix", 0770, 0660, true, false, "" },
};

START_TEST(tells_who_may_connect)
{
	char user_name[] = "postfix", owner[] = "smime", root[] = "/",
	     folder[] = "/d", socket[] = "/d/s";
	gid_t groups[] = { POSTFIX, ways[_i].member ? MILTER : OTHERS };
	struct host_user user = { user_name, POSTFIX, groups, 2 };
	struct host_path path = { .path = socket,
		.steps = { { root, owner, owner, 0, 0, S_IFDIR | 0755 },
		    { folder, owner, owner, MILTER, MILTER,
			S_IFDIR | ways[_i].folder },
		    { socket, owner, owner, MILTER, MILTER,
			S_IFSOCK | ways[_i].socket } },
		.count = 3,
		.exists = true };

	doctor_access(findings, &user, &path, ways[_i].is_sendmail);
	expect(ways[_i].name, ways[_i].want);
	user.uid = 0;
	findings_free(findings);
	findings = findings_new();
	doctor_access(findings, &user, &path, false);
	expect("root", "");
}
END_TEST

START_TEST(tells_what_the_clock_is_worth)
{
	doctor_clock(findings, HOST_CLOCK_GOOD);
	doctor_file(findings, "/f", 1000, 1000);
	doctor_file(findings, "/f", 1060, 1000);
	expect("good", "");
	doctor_file(findings, "/f", 1061, 1000);
	expect("future",
	    "future-file@/f: touch /f   (once the clock is right)|");
	doctor_clock(findings, HOST_CLOCK_ADRIFT);
	ck_assert(findings_have(findings, FINDING_CLOCK));
	doctor_clock(findings, HOST_CLOCK_UNKNOWN);
	ck_assert(findings_have(findings, FINDING_CANNOT_TELL));
}
END_TEST

START_TEST(compares_the_names_of_results)
{
	doctor_authserv_id(findings, "a.example", "/f", "A.example");
	doctor_authserv_id(findings, "", "/f", "b.example");
	doctor_authserv_id(findings, "a.example", "/f", "");
	expect("same", "");
	doctor_authserv_id(findings, "a.example", "/f", "b.example");
	expect("different",
	    "authserv-id@smime-milter.conf: authserv-id = \"b.example\"|");
}
END_TEST

START_TEST(counts_what_has_expired_and_what_will)
{
	enum { DAY = 86400 };
	const struct pki_cert is = { .cn = "Root",
		.extensions = pki_ca_extensions };
	EVP_PKEY *key = pki_key("P-256");
	X509 *root = pki_make(&is, key, NULL, NULL);
	uint8_t *der = NULL;
	int len = i2d_X509(root, &der);
	struct store *store = store_new(NULL, NULL, NULL);
	struct tm tm;
	char *error;
	time_t end;

	ck_assert_int_gt(len, 0);
	ck_assert(store_add_octets(store, "root", der, (size_t)len, &error));
	ck_assert_int_eq(ASN1_TIME_to_tm(X509_get0_notAfter(root), &tm), 1);
	end = timegm(&tm);
	doctor_store(findings, "collection", NULL, end);
	doctor_store(findings, "collection", store, end - 30 * DAY);
	expect("good", "");
	doctor_store(findings, "collection", store, end - 30 * DAY + 1);
	expect("soon", "expires-soon@collection|");
	doctor_store(findings, "collection", store, end);
	expect("last second", "expires-soon@collection|");
	doctor_store(findings, "collection", store, end + 1);
	expect("expired", "expires-soon@collection|expired@collection|");
	store_unref(store);
	OPENSSL_free(der);
	X509_free(root);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(every_kind_has_a_token_of_its_own_and_a_reason)
{
	for (int i = 0; i < FINDING_KINDS; i++) {
		const char *token = finding_token((enum finding_kind)i);
		const char *why = finding_why((enum finding_kind)i);

		ck_assert_ptr_nonnull(token);
		ck_assert(why[strlen(why) - 1] == '.');
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(token,
			    finding_token((enum finding_kind)k));
	}
}
END_TEST

START_TEST(prints_nothing_that_a_terminal_acts_on)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	findings_add(findings, FINDING_BODY_CHECKS, "a\x1b[2J",
	    g_strdup("b\x07\xff\n\u202e"), g_strdup("c\r\u00e9"));
	findings_print(findings, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "a?[2J"));
	ck_assert_ptr_nonnull(strstr(text, "b?"));
	ck_assert_ptr_nonnull(strstr(text, "c?\u00e9\n"));
	for (const char *c = text; *c != '\0'; c++)
		ck_assert(*c == '\n' || (unsigned char)*c >= ' ');
	ck_assert_ptr_null(strstr(text, "\u202e"));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tcase = tcase_create("doctor");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, names_each_defect_of_postfix_and_its_line, 0,
	    COUNT(postfix));
	tcase_add_loop_test(tcase, names_each_defect_of_sendmail_and_its_line,
	    0, COUNT(sendmail));
	tcase_add_test(tcase, names_options_that_open_the_path_of_a_socket);
	tcase_add_loop_test(tcase, names_a_socket_that_others_reach, 0,
	    COUNT(sockets));
	tcase_add_loop_test(tcase, tells_who_may_connect, 0, COUNT(ways));
	tcase_add_test(tcase, tells_what_the_clock_is_worth);
	tcase_add_test(tcase, compares_the_names_of_results);
	tcase_add_test(tcase, counts_what_has_expired_and_what_will);
	tcase_add_test(tcase, every_kind_has_a_token_of_its_own_and_a_reason);
	tcase_add_test(tcase, prints_nothing_that_a_terminal_acts_on);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
