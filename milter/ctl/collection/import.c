/* SPDX-License-Identifier: ISC */
/*
 * smimectl collection import-ldap, import-ldif: certificates of users from a
 * directory, or from a dump of one
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <jansson.h>

#include "milter/collection/dirsearch.h"
#include "milter/collection/importer.h"
#include "milter/collection/ldif.h"
#include "milter/ctl/collection/collection.h"
#include "milter/ctl/ctl.h"
#include "milter/log/complaint.h"
#include "milter/policy/anchors.h"
#include "milter/settings/secret.h"

/* One run. */
struct import {
	struct importer importer;
	bool help;

	/* import-ldap only. */
	struct dirsearch search;
	const char *password_file;
	char *password; /* owned */
	struct dirsearch_counts found;
};

enum {
	OPT_FORMAT = 256,
	OPT_FORCE,
	OPT_JSON,
	OPT_INTERMEDIATES,
	OPT_ROOTS,
	OPT_ANY_ADDRESS,
	OPT_BASE,
	OPT_FILTER,
	OPT_SCOPE,
	OPT_PAGE,
	OPT_STARTTLS,
	OPT_CA,
	OPT_CERT,
	OPT_KEY,
	OPT_BIND_DN,
	OPT_PASSWORD_FILE,
	OPT_SASL,
	OPT_ANSWER_TIMEOUT,
	OPT_TIMEOUT,
};

/* The options of import-ldap; from LDAP_ONLY on those of both. */
enum { LDAP_ONLY = 13 };
static const struct option long_options[] = {
	{ "base", required_argument, NULL, OPT_BASE },
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "scope", required_argument, NULL, OPT_SCOPE },
	{ "page-size", required_argument, NULL, OPT_PAGE },
	{ "starttls", no_argument, NULL, OPT_STARTTLS },
	{ "ca", required_argument, NULL, OPT_CA },
	{ "cert", required_argument, NULL, OPT_CERT },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "bind-dn", required_argument, NULL, OPT_BIND_DN },
	{ "password-file", required_argument, NULL, OPT_PASSWORD_FILE },
	{ "sasl", required_argument, NULL, OPT_SASL },
	{ "answer-timeout", required_argument, NULL, OPT_ANSWER_TIMEOUT },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "output", required_argument, NULL, 'o' },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "intermediates", no_argument, NULL, OPT_INTERMEDIATES },
	{ "roots", no_argument, NULL, OPT_ROOTS },
	{ "any-address", no_argument, NULL, OPT_ANY_ADDRESS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char common_usage[] =
    "  -o, --output FILE    where the certificates go\n"
    "  --format sst|pem     instead of what the name of FILE says\n"
    "  --force              replace FILE\n"
    "  --intermediates      take intermediate authorities as well\n"
    "  --roots              take roots as well: whoever may write to the\n"
    "                       directory can then vouch for anybody\n"
    "  --any-address        take certificates for addresses that the entry\n"
    "                       does not list\n"
    "  --json               a summary for machines on standard output\n"
    "  --help               this text\n";

static const char exit_usage[] =
    "\nExit status: 0 FILE is written; 2 wrong usage, or nothing could be\n"
    "read or written; 3 there is no certificate to take, FILE is left alone.\n";

static void
ldap_usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl collection import-ldap URI --base DN -o FILE"
	    " [OPTION]...\n"
	    "Take the users' certificates from a directory"
	    " (userSMIMECertificate,\nuserCertificate).  URI is ldap://HOST,"
	    " ldaps://HOST or ldapi://%%2FPATH.\n\n"
	    "  --base DN            where to search\n"
	    "  --filter FILTER      which entries (default: those that have"
	    " certificates)\n"
	    "  --scope SCOPE        base, one or sub (default)\n"
	    "  --page-size N        entries in one answer (default 500;"
	    " 0: all)\n"
	    "  --starttls           begin TLS on ldap://\n"
	    "  --ca FILE            PEM; who vouches for the server (default:"
	    " the system)\n"
	    "  --bind-dn DN         our name, with --password-file\n"
	    "  --password-file FILE that nobody else can read\n"
	    "  --sasl MECHANISM     EXTERNAL or GSSAPI\n"
	    "  --cert FILE          PEM; our certificate, for EXTERNAL over"
	    " TLS\n"
	    "  --key FILE           PEM; its key\n"
	    "  --answer-timeout N   seconds for each answer (default 30)\n"
	    "  --timeout N          seconds for all of it (default 600)\n"
	    "%s%s",
	    common_usage, exit_usage);
}

static void
ldif_usage(FILE *out)
{
	fprintf(out,
	    "usage: smimectl collection import-ldif FILE -o FILE"
	    " [OPTION]...\n"
	    "Take the users' certificates from a dump in LDIF, as slapcat,"
	    " ldapsearch -LLL\nand ldifde write it.  - is standard input.\n\n"
	    "%s%s",
	    common_usage, exit_usage);
}

static bool
complain_value(const char *option, const char *value, const char *expected)
{
	complaint_print("%s %s: expected %s", option, value, expected);
	return false;
}

static bool
read_scope(const char *text, enum dirsearch_scope *scope_r)
{
	if (strcmp(text, "base") == 0)
		*scope_r = DIRSEARCH_BASE;
	else if (strcmp(text, "one") == 0)
		*scope_r = DIRSEARCH_ONE;
	else if (strcmp(text, "sub") == 0)
		*scope_r = DIRSEARCH_SUB;
	else
		return complain_value("--scope", text, "base, one or sub");
	return true;
}

/* Options of import-ldap; false after a complaint. */
static bool
read_ldap_option(struct import *import, int opt)
{
	struct dirsearch *search = &import->search;

	if (opt == OPT_SCOPE)
		return read_scope(optarg, &search->scope);
	if (opt == OPT_PAGE)
		return ctl_read_number("--page-size", optarg, 0, 100000,
		    &search->page);
	if (opt == OPT_ANSWER_TIMEOUT)
		return ctl_read_number("--answer-timeout", optarg, 1, 3600,
		    &search->answer_timeout);
	if (opt == OPT_TIMEOUT)
		return ctl_read_number("--timeout", optarg, 1, 86400,
		    &search->total_timeout);
	if (opt == OPT_BASE)
		search->base = optarg;
	else if (opt == OPT_FILTER)
		search->filter = optarg;
	else if (opt == OPT_STARTTLS)
		search->starttls = true;
	else if (opt == OPT_CA)
		search->ca = optarg;
	else if (opt == OPT_CERT)
		search->cert = optarg;
	else if (opt == OPT_KEY)
		search->key = optarg;
	else if (opt == OPT_BIND_DN)
		search->bind_dn = optarg;
	else if (opt == OPT_PASSWORD_FILE)
		import->password_file = optarg;
	else if (opt == OPT_SASL)
		search->mechanism = optarg;
	return true;
}

static bool
has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path), end = strlen(suffix);

	return len > end && strcasecmp(path + len - end, suffix) == 0;
}

/* By the option, else by the name. */
static bool
choose_format(struct import *import, const char *format)
{
	if (format == NULL && has_suffix(import->importer.out, ".pem"))
		format = "pem";
	else if (format == NULL && has_suffix(import->importer.out, ".sst"))
		format = "sst";
	if (format == NULL) {
		complaint_print("%s: the name does not say in which format to"
				" write; expected .sst, .pem or --format",
		    import->importer.out);
		return false;
	}
	import->importer.pem = strcmp(format, "pem") == 0;
	if (!import->importer.pem && strcmp(format, "sst") != 0)
		return complain_value("--format", format, "sst or pem");
	return true;
}

/* What is left of the command line, once the options are read. */
static bool
read_arguments(struct import *import, int argc, char **argv, const char *format,
    const char *source)
{
	if (optind + 1 != argc)
		complaint_print("%s: expected one %s", argv[0], source);
	else if (import->importer.out == NULL)
		complaint_print(
		    "%s: expected -o FILE, where the certificates go", argv[0]);
	else {
		import->importer.source = argv[optind];
		return choose_format(import, format);
	}
	return false;
}

static bool
read_options(struct import *import, int argc, char **argv,
    const struct option *options, const char *source)
{
	const char *format = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (opt == 'h')
			import->help = true;
		else if (opt == 'o')
			import->importer.out = optarg;
		else if (opt == OPT_FORMAT)
			format = optarg;
		else if (opt == OPT_FORCE)
			import->importer.force = true;
		else if (opt == OPT_JSON)
			import->importer.json = true;
		else if (opt == OPT_INTERMEDIATES)
			import->importer.rules.intermediates = true;
		else if (opt == OPT_ROOTS)
			import->importer.rules.roots = true;
		else if (opt == OPT_ANY_ADDRESS)
			import->importer.rules.any_address = true;
		else if (opt == '?' || !read_ldap_option(import, opt))
			return false;
	}
	return import->help ||
	    read_arguments(import, argc, argv, format, source);
}

/* The bundle of the system that is made for servers. */
static bool
find_ca(struct import *import)
{
	size_t count;
	const struct bundle *bundles = anchors_bundles(&count);

	for (size_t i = 0; import->search.ca == NULL && i < count; i++)
		if (bundles[i].tls_only && access(bundles[i].path, R_OK) == 0)
			import->search.ca = bundles[i].path;
	if (import->search.ca == NULL) {
		complaint_print(
		    "the system has no bundle of authorities (Debian:"
		    " ca-certificates); expected --ca FILE");
		return false;
	}
	if (access(import->search.ca, R_OK) != 0) {
		complaint_print("%s: %s", import->search.ca, strerror(errno));
		return false;
	}
	return true;
}

static bool
read_password(struct import *import)
{
	char *error;

	if (import->password_file == NULL)
		return true;
	import->password = secret_read(import->password_file, &error);
	import->search.password = import->password;
	if (import->password == NULL)
		complaint_pass_on(error);
	return import->password != NULL;
}

/* What is wrong with the request is said before anything is opened. */
static bool
check_search(struct import *import)
{
	struct dirsearch *search = &import->search;
	const char *wrong;

	search->uri = import->importer.source;
	if (search->base == NULL) {
		complaint_print("import-ldap: expected --base DN, where to"
				" search");
		return false;
	}
	if (!read_password(import))
		return false;
	wrong = dirsearch_check(search);
	if (wrong != NULL) {
		complaint_print("%s: %s", search->uri, wrong);
		return false;
	}
	return !dirsearch_is_tls(search) || find_ca(import);
}

/*
 * The library has time limits of its own, but not for all that can hang, such
 * as DNS.  Nothing has been written by then.
 */
static void
too_late(int signal)
{
	static const char text[] = "smimectl: the directory did not answer in"
				   " time (--timeout); nothing is written\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)signal;
	(void)ignored;
	_exit(CTL_USAGE);
}

static bool
search_directory(struct import *import)
{
	static const struct dirsearch_sink sink = { importer_entry,
		importer_value, importer_entry_end };
	char *error = NULL;
	bool good;

	signal(SIGALRM, too_late);
	alarm(import->search.total_timeout + 2);
	good = dirsearch_run(&import->search, &sink, &import->importer,
	    &import->found, &error);
	alarm(0);
	if (!good && !import->importer.failed)
		complaint_print("%s; nothing is written",
		    error != NULL ? error : "out of memory");
	free(error);
	return good;
}

static void
print_search(const struct import *import)
{
	if (import->found.referrals > 0)
		fprintf(stderr,
		    "  %zu referrals to other servers were not followed;"
		    " entries there are missing\n",
		    import->found.referrals);
	if (!dirsearch_is_private(&import->search) &&
	    import->search.mechanism == NULL)
		fputs("  the connection was not protected: anybody in between"
		      " can have changed what came\n",
		    stderr);
}

static int
exit_status(enum importer_status status)
{
	switch (status) {
	case IMPORTER_WRITTEN:
		return CTL_OK;
	case IMPORTER_NOTHING:
		return CTL_NONE;
	case IMPORTER_FAILED:
		break;
	}
	return CTL_USAGE;
}

static enum importer_status
finish_search(struct import *import)
{
	json_t *more =
	    json_pack("{s:I,s:I}", "pages", (json_int_t)import->found.pages,
		"referrals", (json_int_t)import->found.referrals);
	enum importer_status status = importer_finish(&import->importer, more);

	json_decref(more);
	if (!import->importer.json && status != IMPORTER_FAILED)
		print_search(import);
	return status;
}

int
ctl_collection_import_ldap(int argc, char **argv)
{
	struct import import = {
		.search = { .filter = "(|(userSMIMECertificate=*)"
				      "(userCertificate=*))",
		    .scope = DIRSEARCH_SUB,
		    .attributes = directory_attributes(),
		    .page = 500,
		    .answer_timeout = 30,
		    .total_timeout = 600 },
	};
	int status = CTL_USAGE;

	if (!read_options(&import, argc, argv, long_options, "URI"))
		complaint_print(
		    "\"smimectl collection import-ldap --help\" says"
		    " more");
	else if (import.help) {
		ldap_usage(stdout);
		return CTL_OK;
	} else if (check_search(&import) && importer_begin(&import.importer) &&
	    search_directory(&import))
		status = exit_status(finish_search(&import));
	importer_done(&import.importer);
	secret_free(import.password);
	return status;
}

/* False after a complaint that names the line. */
static bool
read_dump(struct importer *importer, struct ldif *ldif)
{
	struct ldif_item item;
	enum ldif_event event;
	bool open = false, good = true;

	do {
		event = ldif_next(ldif, &item);
		if (open && (event == LDIF_ENTRY || event == LDIF_END))
			good = importer_entry_end(importer);
		if (good && event == LDIF_ENTRY)
			good =
			    importer_entry(importer, (const char *)item.value);
		else if (good && event == LDIF_VALUE)
			good = importer_value(importer, item.name, item.value,
			    item.len);
		open = true;
	} while (good && event <= LDIF_VALUE);
	if (event == LDIF_ERROR)
		complaint_print("%s:%zu: %s", importer->source, ldif_line(ldif),
		    ldif_error(ldif));
	return good && event == LDIF_END;
}

static bool
read_file(struct importer *importer)
{
	bool standard = strcmp(importer->source, "-") == 0;
	FILE *file = standard ? stdin : fopen(importer->source, "re");
	struct ldif *ldif;
	bool good = false;

	if (file == NULL) {
		complaint_print("%s: %s", importer->source, strerror(errno));
		return false;
	}
	ldif = ldif_new(file);
	if (ldif == NULL)
		complaint_print("out of memory");
	else
		good = read_dump(importer, ldif);
	ldif_free(ldif);
	if (!standard)
		fclose(file);
	return good;
}

int
ctl_collection_import_ldif(int argc, char **argv)
{
	struct import import = { .help = false };
	int status = CTL_USAGE;

	if (!read_options(&import, argc, argv, long_options + LDAP_ONLY,
		"FILE to read"))
		complaint_print(
		    "\"smimectl collection import-ldif --help\" says"
		    " more");
	else if (import.help) {
		ldif_usage(stdout);
		return CTL_OK;
	} else if (importer_begin(&import.importer) &&
	    read_file(&import.importer))
		status = exit_status(importer_finish(&import.importer, NULL));
	importer_done(&import.importer);
	return status;
}
