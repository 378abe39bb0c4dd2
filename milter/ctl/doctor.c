/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "milter/ctl/command.h"
#include "milter/ctl/ctl.h"
#include "milter/doctor/doctor.h"
#include "milter/doctor/milterlink.h"
#include "milter/log/complaint.h"
#include "milter/policy/anchors.h"
#include "milter/settings/endpoint.h"

enum { PATIENCE = 5000 /* milliseconds */ };

struct options {
	const char *path;
	bool postfix;
	const char *sendmail_cf;
	const char *postconf_file;
	const char *master_file;
	bool no_host;
	bool json;
};

/* One run. */
struct examination {
	const struct options *options;
	struct findings *findings;
	struct settings *settings; /* owned; NULL: they cannot be read */
	bool is_sendmail;
	char *mta_user; /* owned; NULL: unknown */
	char *mta_name; /* owned; what the MTA calls itself, or NULL */
};

enum {
	OPT_POSTFIX = 256,
	OPT_SENDMAIL,
	OPT_POSTCONF,
	OPT_MASTER,
	OPT_NO_HOST,
	OPT_JSON
};

static const struct option long_options[] = {
	{ "postfix", no_argument, NULL, OPT_POSTFIX },
	{ "sendmail", required_argument, NULL, OPT_SENDMAIL },
	{ "postconf", required_argument, NULL, OPT_POSTCONF },
	{ "master", required_argument, NULL, OPT_MASTER },
	{ "no-host", no_argument, NULL, OPT_NO_HOST },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char sendmail_cf[] = "/etc/mail/sendmail.cf";

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl doctor [OPTION]...\n"
	    "Look for what breaks signatures, or keeps forged results in"
	    " mail.\n\n"
	    "  -c FILE            the configuration (default: %s)\n"
	    "  --postfix          look at Postfix, by postconf(1)\n"
	    "  --postconf FILE    ... by the output of \"postconf -n\"\n"
	    "  --master FILE      ... and that of \"postconf -M\"\n"
	    "  --sendmail FILE    look at Sendmail, by its sendmail.cf\n"
	    "  --no-host          not at this host: the files are from"
	    " another\n"
	    "  --json             one JSON object\n"
	    "  --help             this text\n\n"
	    "Exit status: 0 nothing but notes; 1 a warning; 2 an error, or"
	    " wrong usage.\n",
	    settings_default_path());
}

static bool
read_option(void *args, int opt)
{
	struct options *options = args;

	switch (opt) {
	case 'c':
		options->path = optarg;
		return true;
	case OPT_POSTFIX:
		options->postfix = true;
		return true;
	case OPT_SENDMAIL:
		options->sendmail_cf = optarg;
		return true;
	case OPT_POSTCONF:
		options->postconf_file = optarg;
		options->postfix = true;
		return true;
	case OPT_MASTER:
		options->master_file = optarg;
		options->postfix = true;
		return true;
	case OPT_NO_HOST:
		options->no_host = true;
		return true;
	case OPT_JSON:
		options->json = true;
		return true;
	default:
		return false;
	}
}

static bool
check_options(const void *args, size_t count)
{
	const struct options *options = args;

	if (options->postfix && options->sendmail_cf != NULL) {
		complaint_print("doctor: Postfix or Sendmail, one at a time");
		return false;
	}
	return count == 0;
}

/* Add an error that malloc() made; takes it over. */
static void
find_text(struct examination *exam, enum finding_kind kind, const char *place,
    char *text)
{
	findings_add(exam->findings, kind, place,
	    g_strdup(text != NULL ? text : "out of memory"), NULL);
	free(text);
}

static void
load_settings(struct examination *exam)
{
	const char *path = ctl_settings_path(exam->options->path);
	const char *warning;
	char *error = NULL;

	exam->settings = settings_load(path, NULL, &error);
	if (exam->settings == NULL) {
		find_text(exam, FINDING_CONFIGURATION,
		    path != NULL ? path : "built-in defaults", error);
		return;
	}
	warning = settings_warning(exam->settings);
	if (warning != NULL)
		findings_add(exam->findings, FINDING_RISKY_SETTING,
		    path != NULL ? path : "built-in defaults",
		    g_strdup(warning), NULL);
}

static void
take_oddity(void *arg, int level, const char *text)
{
	struct examination *exam = arg;
	bool tls_only = strstr(text, "bundle of TLS roots") != NULL;

	(void)level;
	findings_add(exam->findings,
	    tls_only ? FINDING_TLS_BUNDLE : FINDING_TRUST_ODD,
	    "smime-milter.conf", g_strdup(text),
	    tls_only ?
		g_strdup("local-store = \"/etc/smime-milter/local.pem\"") :
		NULL);
}

static void
check_trust(struct examination *exam, time_t now)
{
	struct trust *trust;
	char *error = NULL;

	trust = anchors_load(exam->settings, NULL, take_oddity, exam, &error);
	if (trust == NULL) {
		find_text(exam, FINDING_TRUST, "smime-milter.conf", error);
		return;
	}
	doctor_store(exam->findings, "collection", trust_get0_collection(trust),
	    now);
	if (exam->settings->mode != TRUST_EXCHANGE_ONLINE &&
	    strcmp(exam->settings->local_store, "auto") != 0)
		doctor_store(exam->findings, "local-store",
		    trust_get0_local(trust), now);
	trust_unref(trust);
}

static void
check_file(struct examination *exam, const char *path, time_t now)
{
	struct stat status;

	if (path != NULL && path[0] == '/' && stat(path, &status) == 0)
		doctor_file(exam->findings, path, status.st_mtime, now);
}

static void
check_files(struct examination *exam, time_t now)
{
	const struct settings *settings = exam->settings;

	check_file(exam, ctl_settings_path(exam->options->path), now);
	check_file(exam, settings->local_store, now);
	check_file(exam, settings->signer_aliases, now);
	for (size_t i = 0; i < settings->collection.count; i++)
		check_file(exam, settings->collection.list[i], now);
}

static void
check_answer(struct examination *exam, const struct endpoint *endpoint)
{
	struct milterlink link;
	char *what;

	milterlink_try(endpoint, PATIENCE, &link);
	if (link.state == MILTERLINK_UP)
		return;
	what = g_strdup_printf("%s: %s%s%s", exam->settings->socket,
	    milterlink_word(link.state), link.error != 0 ? ": " : "",
	    link.error != 0 ? g_strerror(link.error) : "");
	if (link.state == MILTERLINK_DENIED && geteuid() != 0)
		findings_add(exam->findings, FINDING_CANNOT_TELL, "this host",
		    what, g_strdup("run smimectl doctor as root"));
	else
		findings_add(exam->findings, FINDING_NO_ANSWER, "this host",
		    what, g_strdup("systemctl start smime-milter"));
}

static void
check_access(struct examination *exam, const char *path)
{
	struct host_path steps;
	struct host_user user;

	if (exam->mta_user == NULL)
		return;
	if (!host_user_read(exam->mta_user, &user)) {
		findings_add(exam->findings, FINDING_CANNOT_TELL, "this host",
		    g_strdup_printf("the MTA's user %s is not known here",
			exam->mta_user),
		    NULL);
		return;
	}
	host_path_read(path, &steps);
	doctor_access(exam->findings, &user, &steps, exam->is_sendmail);
	host_path_done(&steps);
	host_user_done(&user);
}

static void
check_socket(struct examination *exam)
{
	struct endpoint endpoint;

	doctor_socket(exam->findings, exam->settings);
	if (exam->options->no_host ||
	    !endpoint_read_sendmail(exam->settings->socket, &endpoint))
		return;
	check_answer(exam, &endpoint);
	if (endpoint.is_unix)
		check_access(exam, endpoint.path);
}

/* The other filters of this host that write Authentication-Results. */
static void
check_names(struct examination *exam)
{
	static const char *const files[] = { "/etc/opendkim.conf",
		"/etc/opendmarc.conf", "/etc/opendmarc/opendmarc.conf",
		"/etc/openarc.conf" };
	const char *our_name = exam->settings->authserv_id;

	if (our_name[0] == '\0' && exam->mta_name != NULL)
		our_name = exam->mta_name;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *name = host_conf_value(files[i], "AuthservID");

		/* HOSTNAME stands for the name of the host. */
		if (name != NULL && strcmp(name, "HOSTNAME") != 0)
			doctor_authserv_id(exam->findings, our_name, files[i],
			    name);
		g_free(name);
	}
}

static void
check_host(struct examination *exam, time_t now)
{
	doctor_clock(exam->findings, host_clock());
	if (exam->settings == NULL)
		return;
	check_files(exam, now);
	check_trust(exam, now);
	check_names(exam);
}

static void
cannot_read(struct examination *exam, char *error)
{
	findings_add(exam->findings, FINDING_NO_MTA, "this host", error, NULL);
}

/* From a file, or by running postconf(1), which is where Postfix is. */
static char *
postconf_text(const char *file, const char *const *argv, size_t *len_r,
    char **error_r)
{
	return file != NULL ? host_file_read(file, len_r, error_r) :
			      host_run(argv, len_r, error_r);
}

typedef bool postconf_reader(struct postconf *postconf, const char *name,
    const char *text, size_t len, char **error_r);

static void
read_postconf(struct examination *exam, struct postconf *postconf,
    const char *file, const char *const *argv, postconf_reader *reader)
{
	char *error = NULL;
	size_t len = 0;
	char *text = postconf_text(file, argv, &len, &error);

	if (text == NULL)
		cannot_read(exam, error);
	else if (!reader(postconf, file != NULL ? file : argv[0], text, len,
		     &error))
		find_text(exam, FINDING_NO_MTA, "this host", error);
	g_free(text);
}

static const char *
postconf_program(void)
{
	static const char *const programs[] = { "/usr/sbin/postconf",
		"/usr/local/sbin/postconf" };

	return access(programs[1], X_OK) == 0 ? programs[1] : programs[0];
}

static void
read_all_postconf(struct examination *exam, struct postconf *postconf)
{
	const struct options *options = exam->options;
	const char *const defaults[] = { postconf_program(), "-d", NULL };
	const char *const settings[] = { defaults[0], "-n", NULL };
	const char *const services[] = { defaults[0], "-M", NULL };
	bool live = options->postconf_file == NULL;

	if (live)
		read_postconf(exam, postconf, NULL, defaults,
		    postconf_read_defaults);
	read_postconf(exam, postconf, options->postconf_file, settings,
	    postconf_read_main);
	if (live || options->master_file != NULL)
		read_postconf(exam, postconf, options->master_file, services,
		    postconf_read_master);
}

static void
check_postfix(struct examination *exam)
{
	struct postconf *postconf = postconf_new();

	read_all_postconf(exam, postconf);
	exam->mta_user = postconf_value(postconf, NULL, "mail_owner");
	exam->mta_name = postconf_value(postconf, NULL, "myhostname");
	if (exam->settings != NULL &&
	    !findings_have(exam->findings, FINDING_NO_MTA))
		doctor_postfix(exam->findings, exam->settings, postconf);
	postconf_free(postconf);
}

/* "user:group" without the group; root where none is set. */
static char *
sendmail_user(const struct sendmailcf *cf)
{
	const char *user = sendmailcf_option(cf, "RunAsUser");

	if (user == NULL || user[0] == '\0')
		return g_strdup("root");
	return g_strndup(user, strcspn(user, ":."));
}

static void
check_sendmail(struct examination *exam, const char *path)
{
	struct sendmailcf *cf = NULL;
	char *error = NULL, *flaw = NULL;
	size_t len;
	char *text = host_file_read(path, &len, &error);

	exam->is_sendmail = true;
	if (text == NULL) {
		cannot_read(exam, error);
		return;
	}
	cf = sendmailcf_read(path, text, len, &flaw);
	g_free(text);
	if (cf == NULL) {
		find_text(exam, FINDING_NO_MTA, "this host", flaw);
		return;
	}
	exam->mta_user = sendmail_user(cf);
	if (exam->settings != NULL)
		doctor_sendmail(exam->findings, exam->settings, path, cf);
	sendmailcf_free(cf);
}

static void
check_mta(struct examination *exam)
{
	const struct options *options = exam->options;

	if (options->sendmail_cf != NULL)
		check_sendmail(exam, options->sendmail_cf);
	else if (options->postfix || access(postconf_program(), X_OK) == 0)
		check_postfix(exam);
	else if (access(sendmail_cf, F_OK) == 0)
		check_sendmail(exam, sendmail_cf);
	else
		cannot_read(exam,
		    g_strdup_printf("neither %s nor %s is here",
			postconf_program(), sendmail_cf));
}

static int
status_of(const struct findings *findings)
{
	if (findings_count(findings, SEVERITY_ERROR) > 0)
		return CTL_USAGE;
	if (findings_count(findings, SEVERITY_WARNING) > 0)
		return CTL_BAD;
	return CTL_OK;
}

static int
run(void *args, char **rest, size_t count)
{
	const struct options *options = args;
	struct examination exam = {
		.options = options,
		.findings = findings_new(),
	};
	int status;

	(void)rest;
	(void)count;
	load_settings(&exam);
	check_mta(&exam);
	if (exam.settings != NULL)
		check_socket(&exam);
	if (!options->no_host)
		check_host(&exam, time(NULL));
	if (options->json)
		findings_print_json(exam.findings, stdout);
	else
		findings_print(exam.findings, stdout);
	status = status_of(exam.findings);
	settings_unref(exam.settings);
	findings_free(exam.findings);
	g_free(exam.mta_user);
	g_free(exam.mta_name);
	return status;
}

static const struct ctl_command command = {
	.letters = "c:",
	.options = long_options,
	.usage = usage,
	.read = read_option,
	.check = check_options,
	.run = run,
};

int
ctl_doctor(int argc, char **argv)
{
	struct options options = { .path = NULL };

	return ctl_command_run(&command, argc, argv, &options);
}
