/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <jansson.h>

#include "milter/settings/opt.h"
#include "milter/settings/settings.h"
#include "milter/settings/settings_print.h"

static char folder[] = "/tmp/test_settings.XXXXXX";
static char path[64];

static void
make_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.conf", folder);
}

static void
remove_folder(void)
{
	unlink(path);
	rmdir(folder);
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

static void
write_file(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* Load that text; it must be good. */
static struct settings *
load(const char *text)
{
	struct settings *settings;
	char *error = NULL;

	write_file(text, strlen(text));
	errno = ERANGE; /* an error of the past must not matter */
	settings = settings_load(path, NULL, &error);
	ck_assert_msg(settings != NULL, "%s: %s", text, error);
	ck_assert_ptr_null(error);
	return settings;
}

static struct settings *
load_defaults(void)
{
	char *error = NULL;
	struct settings *settings = settings_load(NULL, NULL, &error);

	ck_assert_ptr_nonnull(settings);
	return settings;
}

/* What settings_print() gives; the caller frees it. */
static char *
printed(const struct settings *settings, bool changed_only)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	settings_print(settings, changed_only, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(has_the_documented_defaults)
{
	struct settings *settings = load_defaults();
	char *changed = printed(settings, true);

	ck_assert_str_eq(settings->socket,
	    "unix:/run/smime-milter/smime-milter.sock");
	ck_assert_uint_eq(settings->socket_mode, 0660);
	ck_assert_str_eq(settings->user, "smime-milter");
	ck_assert_str_eq(settings->pid_file, "");
	ck_assert_int_eq(settings->log, LOG_TARGET_SYSLOG);
	ck_assert_int_eq(settings->log_level, LOG_INFO);
	ck_assert_int_eq(settings->syslog_facility, LOG_MAIL);
	ck_assert_str_eq(settings->authserv_id, "");
	ck_assert(settings->remove_forged);
	ck_assert_uint_eq(settings->internal_hosts.count, 0);
	ck_assert_uint_eq(settings->trusted_authserv_ids.count, 0);
	ck_assert_int_eq(settings->mode, TRUST_EXCHANGE_2013_SP1);
	ck_assert_uint_eq(settings->collection.count, 0);
	ck_assert_str_eq(settings->local_store, "auto");
	ck_assert_str_eq(settings->signer_aliases, "");
	for (int result = RESULT_ABSENT; result <= RESULT_FAIL; result++)
		ck_assert_int_eq(settings->on[result],
		    result == RESULT_TEMPERROR ? ACTION_TEMPFAIL :
						 ACTION_ACCEPT);
	ck_assert_str_eq(changed, "");
	free(changed);
	settings_unref(settings);
}
END_TEST

START_TEST(has_the_limits_and_rules_of_the_library)
{
	struct settings *settings = load_defaults();
	struct limits limits;
	struct rules rules;

	limits_default(&limits);
	rules_default(&rules);
	ck_assert_uint_eq(settings->limits.max_message, limits.max_message);
	ck_assert_uint_eq(settings->limits.max_depth, limits.max_depth);
	ck_assert_uint_eq(settings->limits.max_parts, limits.max_parts);
	ck_assert_uint_eq(settings->limits.max_header, limits.max_header);
	ck_assert_uint_eq(settings->limits.max_cms, limits.max_cms);
	ck_assert_uint_eq(settings->limits.max_signatures,
	    limits.max_signatures);
	ck_assert_uint_eq(settings->limits.max_signers, limits.max_signers);
	ck_assert_uint_eq(settings->limits.max_certs, limits.max_certs);
	ck_assert_uint_eq(settings->limits.rehash, limits.rehash);
	ck_assert_uint_eq(settings->rules.min_rsa_bits, rules.min_rsa_bits);
	ck_assert(settings->rules.accept_md5 == rules.accept_md5);
	ck_assert(settings->rules.accept_sha1 == rules.accept_sha1);
	ck_assert(settings->rules.accept_dsa == rules.accept_dsa);
	settings_unref(settings);
}
END_TEST

START_TEST(starts_with_a_socket_and_a_collection_alone)
{
	struct settings *settings =
	    load("socket = \"inet:8891@127.0.0.1\"\n"
		 "collection = { \"/etc/smime-milter/collection.sst\" }\n");

	ck_assert_str_eq(settings->socket, "inet:8891@127.0.0.1");
	ck_assert_uint_eq(settings->collection.count, 1);
	ck_assert_str_eq(settings->collection.list[0],
	    "/etc/smime-milter/collection.sst");
	settings_unref(settings);
}
END_TEST

/* What is read, and what settings_print() then finds changed. */
static const struct {
	const char *name;
	const char *text;
	const char *want;
} good[] = {
	{ "nothing", "", "" },
	{ "a default", "mode = \"exchange-2013-sp1\"\n", "" },
	{ "without quotes", "mode = local", "mode = \"local\"\n" },
	{ "single quotes", "mode = 'local'", "mode = \"local\"\n" },
	{ "two on a line", "mode = local log = stderr",
	    "log = \"stderr\"\nmode = \"local\"\n" },
	{ "CRLF", "mode = local\r\nlog = stderr\r\n",
	    "log = \"stderr\"\nmode = \"local\"\n" },
	{ "mode", "mode = exchange-online", "mode = \"exchange-online\"\n" },
	{ "true", "accept-md5 = true", "accept-md5 = yes\n" },
	{ "On", "accept-dsa = On", "accept-dsa = yes\n" },
	{ "off", "remove-forged = off", "remove-forged = no\n" },
	{ "octets", "max-header = 100", "max-header = 100\n" },
	{ "k", "max-header = 100k", "max-header = 100k\n" },
	{ "M", "max-header = 1M", "max-header = 1M\n" },
	{ "octets are k", "max-header = 2048", "max-header = 2k\n" },
	{ "zero", "rehash-octets = 0", "rehash-octets = 0\n" },
	{ "decimal zero", "max-depth = 010", "max-depth = 10\n" },
	{ "octal", "socket-mode = 600", "socket-mode = \"0600\"\n" },
	{ "local socket", "socket = local:/a", "socket = \"local:/a\"\n" },
	{ "inet6", "socket = \"inet6:1@::1\"", "socket = \"inet6:1@::1\"\n" },
	{ "any address", "socket = inet:65535@0.0.0.0",
	    "socket = \"inet:65535@0.0.0.0\"\n" },
	{ "no user", "user = \"\"", "user = \"\"\n" },
	{ "user and group", "user = a:b", "user = \"a:b\"\n" },
	{ "pid file", "pid-file = /a", "pid-file = \"/a\"\n" },
	{ "socket group", "socket-group = postfix",
	    "socket-group = \"postfix\"\n" },
#ifdef HAVE_MICROHTTPD
	{ "metrics page", "metrics-listen = 9464",
	    "metrics-listen = \"9464\"\n" },
#endif
	{ "level", "log-level = debug", "log-level = \"debug\"\n" },
	{ "facility", "syslog-facility = local7",
	    "syslog-facility = \"local7\"\n" },
	{ "id", "authserv-id = 'a/b'", "authserv-id = \"a/b\"\n" },
	{ "empty list", "collection = {}", "" },
	{ "one is a list", "collection = a", "collection = { \"a\" }\n" },
	{ "comma at the end", "collection = { a, b, }",
	    "collection = { \"a\", \"b\" }\n" },
	{ "comments in a list", "collection = { # all\n a, // one\n b /* */ }",
	    "collection = { \"a\", \"b\" }\n" },
	{ "the last of two", "mode = local\nmode = exchange-online",
	    "mode = \"exchange-online\"\n" },
	{ "the last of two lists", "collection = {a, b}\ncollection = {c}",
	    "collection = { \"c\" }\n" },
	{ "appended", "collection = {a}\ncollection += {b}",
	    "collection = { \"a\", \"b\" }\n" },
	{ "emptied", "collection = {a}\ncollection = {}", "" },
	{ "action", "on-encrypted = quarantine",
	    "on-encrypted = \"quarantine\"\n" },
	{ "a rule", "policy p {}", "policy \"p\" {\n}\n" },
	{ "two rules",
	    "policy 'b' { require = pass\nstage = reject }\n"
	    "mode = local policy \"a\" { from-domain = { x.example }\n"
	    "from-domain += { '@/etc/y' } percent = 5 }",
	    "mode = \"local\"\npolicy \"b\" {\n    require = \"pass\"\n"
	    "    stage = \"reject\"\n}\npolicy \"a\" {\n"
	    "    from-domain = { \"x.example\", \"@/etc/y\" }\n"
	    "    percent = 5\n}\n" },
	{ "a tenant",
	    "tenant c.example { recipient-domain = { c.example }\n"
	    "mode = local collection = { /c } local-store = none }",
	    "tenant \"c.example\" {\n    recipient-domain = { \"c.example\" }\n"
	    "    mode = \"local\"\n    collection = { \"/c\" }\n"
	    "    local-store = \"none\"\n}\n" },
	{ "an odd rule",
	    "policy p.1_x { reply = '5.7.1 ask \"%{from}\" 100%% $'\n"
	    "on-encrypted = default on-none = tag }",
	    "policy \"p.1_x\" {\n    on-none = \"tag\"\n"
	    "    reply = \"5.7.1 ask \\\"%{from}\\\" 100%% \\$\"\n}\n" },
	{ "odd characters", "local-store = \"/\\\"\\\\\\$a{#}//*\"",
	    "local-store = \"/\\\"\\\\\\$a{#}//*\"\n" },
	{ "a variable that is none", "local-store = '/${HOME}'",
	    "local-store = \"/\\${HOME}\"\n" },
};

START_TEST(reads_good_files_and_prints_them_readably)
{
	struct settings *settings = load(good[_i].text);
	char *first = printed(settings, true);
	char *second;

	ck_assert_msg(strcmp(first, good[_i].want) == 0, "%s: %s",
	    good[_i].name, first);
	settings_unref(settings);

	settings = load(first);
	second = printed(settings, true);
	ck_assert_str_eq(second, first);
	settings_unref(settings);
	free(first);
	free(second);
}
END_TEST

#define SOCKETS                                                                \
	"unix:/PATH, local:/PATH, inet:PORT@HOST or inet6:PORT@HOST, "         \
	"such as inet:8891@127.0.0.1"
#define ACTIONS "accept, tempfail, reject, quarantine or discard"
#define MODES	"exchange-2013-sp1, exchange-online or local"

/* What is wrong, and what is said after "FILE". */
static const struct {
	const char *name;
	const char *text;
	const char *error;
} bad[] = {
	{ "unknown", "\nfrob = 1",
	    ":2: frob: no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "typo", "colection = {}",
	    ":1: colection: no such option; expected collection" },
	{ "too far from any", "local-dir = /a",
	    ":1: local-dir: no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "underscore", "accept_sha1 = yes",
	    ":1: accept_sha1: no such option; expected accept-sha1" },
	{ "case", "Mode = local", ":1: Mode: no such option; expected mode" },
	{ "function", "include('/etc/passwd')",
	    ":1: include: no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "odd name", "'a b' = 1",
	    ":1: \"a b\": no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "long name",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1",
	    ":1: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: no"
	    " such option; expected a name from smime-milter.conf(5)" },
	{ "no mode", "mode = exchange",
	    ":1: mode: \"exchange\" is no mode; expected " MODES },
	{ "list for one", "mode = { local }",
	    ":1: mode: unexpected token '{'; expected one value: " MODES },
	{ "appended to one", "mode += local",
	    ":1: mode: it takes one value, not a list; expected =" },
	{ "no sign", "mode local",
	    ":1: mode: nothing is set; expected NAME = VALUE" },
	{ "nothing after the sign", "mode =",
	    ":1: mode: premature end of file; expected one value: " MODES },
	{ "list without braces", "\ncollection = a, b",
	    ":2: collection: unexpected token ','; expected"
	    " { \"VALUE\", \"VALUE\" }" },
	{ "list below another option", "log = stderr\ncollection = a, b",
	    ":2: collection: unexpected token ','; expected"
	    " { \"VALUE\", \"VALUE\" }" },
	{ "list without comma", "collection = {\n a,\n b\n c }",
	    ":4: collection: unexpected token 'c'; expected"
	    " { \"VALUE\", \"VALUE\" }" },
	{ "list without end", "collection = {\n a,\n b\n",
	    ":4: collection: premature end of file; expected"
	    " { \"VALUE\", \"VALUE\" }" },
	{ "second of a list", "collection = { a,\n '' }",
	    ":2: collection: \"\" is empty; expected the path of an SST, PEM,"
	    " DER or PKCS#7 file" },
	{ "brace alone", "}",
	    ":1: syntax: unexpected closing brace; expected NAME = VALUE"
	    " or policy \"NAME\" { ... }" },
	{ "sign alone", "= a",
	    ":1: syntax: unexpected token '='; expected NAME = VALUE or"
	    " policy \"NAME\" { ... }" },
	{ "open quote", "\nlog = \"stderr\n",
	    ":2: log: a quote is not closed on its line; expected \"" },
	{ "open comment", "log = stderr\n/*\n\n",
	    ":2: log: a comment is not closed; expected */" },
	{ "stray star", "\ncollection = /etc/*.sst",
	    ":2: collection: \"*\" and \"+\" have no meaning outside of quotes;"
	    " expected the value in quotes" },
	{ "octets that are no text", "\xff\xfe = 1",
	    ":1: \"\\xff\\xfe\": no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "after all kinds of comment",
	    "# a\n// b\n/* c\n d */ log = stderr # e\n/* f */\n\nmode = x # g",
	    ":7: mode: \"x\" is no mode; expected " MODES },
	{ "control character", "log-level = \"\\x1b[2J\"",
	    ":1: log-level: \"\\x1b[2J\" is not known; expected error, warning, "
	    "info or debug" },
	{ "control character in text", "authserv-id = \"a\\n\"",
	    ":1: authserv-id: \"a\\n\" has a control character; expected"
	    " a name of at most 253 ASCII characters or nothing" },
	{ "delete in text", "authserv-id = \"\\x7f\"",
	    ":1: authserv-id: \"\\x7f\" has a control character; expected"
	    " a name of at most 253 ASCII characters or nothing" },
	{ "id with umlaut", "authserv-id = \"m\xc3\xbcx\"",
	    ":1: authserv-id: \"m\xc3\xbcx\" is not a name in ASCII (write a"
	    " domain as xn--...); expected a name of at most 253 ASCII characters or"
	    " nothing" },
	{ "empty trusted id", "trusted-authserv-ids = { '' }",
	    ":1: trusted-authserv-ids: \"\" is empty; expected a name of at"
	    " most 253 ASCII characters" },
	{ "no action", "on-fail = bounce",
	    ":1: on-fail: \"bounce\" is not known; expected " ACTIONS },
	{ "neither", "accept-md5 = maybe",
	    ":1: accept-md5: \"maybe\" is neither; expected yes or no" },
	{ "level", "log-level = notice",
	    ":1: log-level: \"notice\" is not known; expected error, warning,"
	    " info or debug" },
	{ "word for number", "max-depth = deep",
	    ":1: max-depth: \"deep\" is not a number; expected a number from"
	    " 1 to 100" },
	{ "negative", "max-depth = -1",
	    ":1: max-depth: \"-1\" is not a number; expected a number from"
	    " 1 to 100" },
	{ "number with unit", "max-depth = 1k",
	    ":1: max-depth: \"1k\" is not a number; expected a number from"
	    " 1 to 100" },
	{ "hexadecimal", "max-depth = 0x10",
	    ":1: max-depth: \"0x10\" is not a number; expected a number from"
	    " 1 to 100" },
	{ "beyond counting", "max-depth = 99999999999999999999999999",
	    ":1: max-depth: \"99999999999999999999999999\" is too large;"
	    " expected a number from 1 to 100" },
	{ "beyond counting in M", "max-cms = 18446744073709551615M",
	    ":1: max-cms: \"18446744073709551615M\" is too large; expected"
	    " a size from 1 to 4095M, such as 64k or 10M" },
	{ "too many M", "max-cms = 4096M",
	    ":1: max-cms: \"4096M\" is too large; expected a size from 1 to"
	    " 4095M, such as 64k or 10M" },
	{ "unknown unit", "max-cms = 1G",
	    ":1: max-cms: \"1G\" is not a number; expected a size from 1 to"
	    " 4095M, such as 64k or 10M" },
	{ "two units", "max-cms = 1kk",
	    ":1: max-cms: \"1kk\" is not a number; expected a size from 1 to"
	    " 4095M, such as 64k or 10M" },
	{ "not octal", "socket-mode = 0680",
	    ":1: socket-mode: \"0680\" is not a number; expected permissions"
	    " from 0000 to 0777, such as 0660" },
	{ "set-user-id", "socket-mode = 1000",
	    ":1: socket-mode: \"1000\" is too large; expected permissions"
	    " from 0000 to 0777, such as 0660" },
	{ "relative socket", "socket = unix:run/x",
	    ":1: socket: \"unix:run/x\" has a relative path; expected " SOCKETS },
	{ "path alone", "socket = /run/x",
	    ":1: socket: \"/run/x\" is no kind of socket; expected " SOCKETS },
	{ "every address", "socket = inet:8891",
	    ":1: socket: \"inet:8891\" has no @HOST, so it would listen on"
	    " every address; expected " SOCKETS },
	{ "the way of Postfix", "socket = inet:localhost:8891",
	    ":1: socket: \"inet:localhost:8891\" does not begin with a port"
	    " and \"@\"; expected " SOCKETS },
	{ "no port", "socket = inet:@a",
	    ":1: socket: \"inet:@a\" does not begin with a port and \"@\";"
	    " expected " SOCKETS },
	{ "port 0", "socket = inet:0@a",
	    ":1: socket: \"inet:0@a\" has a port that is not from 1 to 65535;"
	    " expected " SOCKETS },
	{ "port 65536", "socket = inet:65536@a",
	    ":1: socket: \"inet:65536@a\" has a port that is not from 1 to"
	    " 65535; expected " SOCKETS },
	{ "long port", "socket = inet:100001@a",
	    ":1: socket: \"inet:100001@a\" has a port that is not from 1 to"
	    " 65535; expected " SOCKETS },
	{ "port with zeros", "socket = inet:000025@a",
	    ":1: socket: \"inet:000025@a\" has a port that is not from 1 to"
	    " 65535; expected " SOCKETS },
	{ "no host", "socket = inet:1@",
	    ":1: socket: \"inet:1@\" has a host that is no name and no"
	    " address; expected " SOCKETS },
	{ "two hosts", "socket = inet6:1@a@b",
	    ":1: socket: \"inet6:1@a@b\" has a host that is no name and no"
	    " address; expected " SOCKETS },
	{ "group alone", "user = :b",
	    ":1: user: \":b\" has no user before the colon; expected USER,"
	    " USER:GROUP or nothing" },
	{ "empty group", "user = a:",
	    ":1: user: \"a:\" does not have one group after the colon;"
	    " expected USER, USER:GROUP or nothing" },
	{ "two groups", "user = a:b:c",
	    ":1: user: \"a:b:c\" does not have one group after the colon;"
	    " expected USER, USER:GROUP or nothing" },
	{ "user with a blank", "user = 'a b'",
	    ":1: user: \"a b\" is not a user's name; expected USER,"
	    " USER:GROUP or nothing" },
#ifdef HAVE_MICROHTTPD
	{ "metrics page without a port", "metrics-listen = 127.0.0.1",
	    ":1: metrics-listen: \"127.0.0.1\" has no port from 1 to 65535 at "
	    "its end; expected PORT, ADDRESS:PORT, [ADDRESS]:PORT or nothing, "
	    "such as 9464" },
	{ "metrics page by name", "metrics-listen = localhost:9464",
	    ":1: metrics-listen: \"localhost:9464\" has no address before the "
	    "port; expected PORT, ADDRESS:PORT, [ADDRESS]:PORT or nothing, "
	    "such as 9464" },
#else
	{ "metrics page without the library", "metrics-listen = 9464",
	    ":1: metrics-listen: \"9464\" needs libmicrohttpd, which is not "
	    "built in; expected nothing, or metrics-file instead" },
#endif
	{ "metrics too often", "metrics-interval = 1",
	    ":1: metrics-interval: \"1\" is too small; expected a number from "
	    "2 to 3600" },
	{ "group with a user", "socket-group = a:b",
	    ":1: socket-group: \"a:b\" is not a group's name; expected the name "
	    "of a group or nothing" },
	{ "relative pid file", "pid-file = a",
	    ":1: pid-file: \"a\" is a relative path; expected an absolute"
	    " path or nothing" },
	{ "no store", "local-store = ''",
	    ":1: local-store: \"\" is empty; expected auto, none or the path"
	    " of a file or folder" },
	{ "option of a rule outside", "percent = 5",
	    ":1: percent: no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "option of the file in a rule", "policy p {\n\nmode = local }",
	    ":3: mode: no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "typo in a rule", "policy p {\nform-domain = {} }",
	    ":2: form-domain: no such option; expected from-domain" },
	{ "rule without a name", "\npolicy { }",
	    ":2: policy: it has no name; expected \"NAME\" { ... }" },
	{ "rule without braces", "policy p\nmode = local",
	    ":2: policy: it has no brace; expected \"NAME\" { ... }" },
	{ "rule without end", "policy p {\npercent = 5\n",
	    ":1: syntax: a brace is not closed; expected }" },
	{ "second rule without end",
	    "policy p { reply = 'a {' }\n\npolicy q {\n# }\n",
	    ":3: syntax: a brace is not closed; expected }" },
	{ "two rules of a name", "policy p {}\npolicy p {}",
	    ":2: p: the name is taken; expected another" },
	{ "odd name of a rule", "policy 'a b' {\n}",
	    ":2: policy: \"a b\" is not a name; expected at most 64 letters,"
	    " digits, \"-\", \"_\" and \".\"" },
	{ "odd name of a tenant", "\ntenant 'a@b' {}",
	    ":2: tenant: \"a@b\" is not a name; expected at most 64 letters,"
	    " digits, \"-\", \"_\" and \".\"" },
	{ "option of a rule in a tenant", "tenant t {\npercent = 5 }",
	    ":2: percent: no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "two tenants under one name",
	    "tenant a { authserv-id = X.example }\n"
	    "tenant b { authserv-id = x.Example }",
	    ": tenant: \"b\" has the authserv-id of another or of the site;"
	    " expected one of its own" },
	{ "two tenants by their names", "tenant a {}\ntenant A {}",
	    ": tenant: \"A\" has the authserv-id of another or of the site;"
	    " expected one of its own" },
	{ "a tenant under another's usual name",
	    "tenant a {}\ntenant b { authserv-id = a.mx.example }\n"
	    "authserv-id = mx.example",
	    ": tenant: \"b\" has the authserv-id of another or of the site;"
	    " expected one of its own" },
	{ "a tenant under the site's name",
	    "tenant a { authserv-id = mx.example }\n"
	    "authserv-id = MX.example",
	    ": tenant: \"a\" has the authserv-id of another or of the site;"
	    " expected one of its own" },
	{ "mode of a tenant", "tenant t {\nmode = x }",
	    ":2: mode: \"x\" is not known; expected default,"
	    " exchange-2013-sp1, exchange-online or local" },
	{ "percentage", "policy p {\npercent = 101 }",
	    ":2: percent: \"101\" is too large; expected a number from 0 to"
	    " 100" },
	{ "no domain", "policy p {\nfrom-domain = { a.example,\n'a..b' } }",
	    ":3: from-domain: \"a..b\" is not a domain; expected a domain,"
	    " such as example.org, .example.org or =example.org, * or @/FILE" },
	{ "address for a domain", "policy p { from-domain = { a@b } }",
	    ":1: from-domain: \"a@b\" is not a domain; expected a domain,"
	    " such as example.org, .example.org or =example.org, * or @/FILE" },
	{ "domain for an address", "policy p { rcpt = { b.example } }",
	    ":1: rcpt: \"b.example\" is not an address; expected an address,"
	    " such as a@example.org, * or @/FILE" },
	{ "relative file", "policy p { rcpt = { @b } }",
	    ":1: rcpt: \"@b\" has a relative path after \"@\"; expected an"
	    " address, such as a@example.org, * or @/FILE" },
	{ "no reason", "policy p { reason = { expierd } }",
	    ":1: reason: \"expierd\" is not known; expected a reason from"
	    " smimectl(1), such as untrusted" },
	{ "no blank to fill in", "policy p { reply = '%{subject}' }",
	    ":1: reply: \"%{subject}\" has a \"%\" that nothing known"
	    " follows; expected ASCII text with %{result}, %{reason}, %{from},"
	    " %{signer}, %{queue_id} and %%, after an optional 5.X.Y, or"
	    " nothing" },
	{ "a tag that mail needs", "policy p { tag = Subject }",
	    ":1: tag: \"Subject\" does not begin with X-; expected the name"
	    " of a field, such as X-SMIME-Policy" },
	{ "signers for nobody", "policy p {\nsigners = { a@b.example }\n}",
	    ":3: signers: nothing says for whom they may sign; expected"
	    " from-domain beside it" },
	{ "trust without signature", "policy p { trust = local\n}",
	    ":2: require: trust, anchors, require-strength and"
	    " require-validation need a signature; expected require ="
	    " \"pass\"" },
	{ "key without a path", "policy-key = ''",
	    ":1: policy-key: \"\" is not an absolute path; expected an"
	    " absolute path" },
	{ "no network", "internal-hosts = { 127.0.0.0/8,\n10.0.0.1/8 }",
	    ":2: internal-hosts: \"10.0.0.1/8\" has bits set beyond its"
	    " prefix; expected an address or network, such as 192.0.2.0/24" },
};

START_TEST(says_which_line_and_option_is_wrong)
{
	char *error = NULL;

	write_file(bad[_i].text, strlen(bad[_i].text));
	ck_assert_msg(settings_load(path, NULL, &error) == NULL, "%s",
	    bad[_i].name);
	ck_assert_ptr_nonnull(error);
	ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
	ck_assert_msg(strcmp(error + strlen(path), bad[_i].error) == 0,
	    "%s: %s", bad[_i].name, error);
	free(error);
}
END_TEST

static void
assert_error(const char *file, const char *want)
{
	char *error = NULL;

	ck_assert_ptr_null(settings_load(file, NULL, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, want) != NULL, "%s", error);
	ck_assert_int_eq(strncmp(error, file, strlen(file)), 0);
	free(error);
}

START_TEST(refuses_what_is_no_file)
{
	assert_error(path, ": No such file or directory; expected ");
	assert_error(folder, ": Is a directory; expected ");
}
END_TEST

START_TEST(reads_one_mebioctet_and_no_more)
{
	enum { MOST = 1024 * 1024 };
	char *text = malloc(MOST + 1);
	struct settings *settings;
	char *error = NULL;

	memset(text, '\n', MOST + 1);
	write_file(text, MOST);
	settings = settings_load(path, NULL, &error);
	ck_assert_ptr_nonnull(settings);
	settings_unref(settings);
	write_file(text, MOST + 1);
	assert_error(path, ": larger than 1 MiB; expected text");
	free(text);
}
END_TEST

/* libconfuse has a voice of its own; it must not be heard. */
START_TEST(survives_every_truncation_in_silence)
{
	static const char whole[] =
	    "socket = \"inet:1@a\" # b\ncollection = { \"c\", 'd' }\n"
	    "collection += e\nmax-cms = 64k\n/* f */ on-fail = \"reject\"\n"
	    "policy \"g\" {\nfrom-domain = { h.example }\n percent = 7 }\n";
	char voice[80];
	int saved = dup(STDERR_FILENO);
	int file;

	snprintf(voice, sizeof(voice), "%s/stderr", folder);
	file = open(voice, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	for (size_t n = 0; n < sizeof(whole); n++) {
		struct settings *settings;
		char *error = NULL;

		write_file(whole, n);
		settings = settings_load(path, NULL, &error);
		ck_assert((settings == NULL) == (error != NULL));
		settings_unref(settings);
		free(error);
	}
	ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
	close(file);
	close(saved);
	unlink(voice);
}
END_TEST

/* Overrides, separated by blanks, and what is changed or wrong. */
static const struct {
	const char *name;
	const char *list[4];
	const char *want;
	const char *error;
} overrides[] = {
	{ "none", { NULL }, "mode = \"local\"\n", NULL },
	{ "over the file", { "mode=exchange-online" },
	    "mode = \"exchange-online\"\n", NULL },
	{ "the last counts", { "mode=local", "mode=exchange-2013-sp1" }, "",
	    NULL },
	{ "raw text", { "local-store=/a \"$\\" },
	    "mode = \"local\"\nlocal-store = \"/a \\\"\\$\\\\\"\n", NULL },
	{ "with a sign", { "local-store=a=b" },
	    "mode = \"local\"\nlocal-store = \"a=b\"\n", NULL },
	{ "empty", { "user=" }, "user = \"\"\nmode = \"local\"\n", NULL },
	{ "list", { "collection=a,b" },
	    "mode = \"local\"\ncollection = { \"a\", \"b\" }\n", NULL },
	{ "later list", { "collection=a,b", "collection=c" },
	    "mode = \"local\"\ncollection = { \"c\" }\n", NULL },
	{ "empty list", { "collection=a", "collection=" }, "mode = \"local\"\n",
	    NULL },
	{ "no sign", { "mode" }, NULL,
	    "-o: mode: nothing is set; expected NAME=VALUE" },
	{ "unknown", { "mod=local" }, NULL,
	    "-o: mod: no such option; expected mode" },
	{ "unknown without sign", { "frobnicate" }, NULL,
	    "-o: frobnicate: nothing is set; expected NAME=VALUE" },
	{ "no name", { "=local" }, NULL,
	    "-o: \"\": no such option; expected a name from"
	    " smime-milter.conf(5)" },
	{ "bad value", { "mode=x" }, NULL,
	    "-o: mode: \"x\" is no mode; expected " MODES },
	{ "bad item", { "internal-hosts=::1,x" }, NULL,
	    "-o: internal-hosts: \"x\" is not an address; expected an address"
	    " or network, such as 192.0.2.0/24" },
	{ "the first error", { "mode=x", "log=y" }, NULL,
	    "-o: mode: \"x\" is no mode; expected " MODES },
};

START_TEST(applies_overrides_after_the_file)
{
	struct overrides list = { overrides[_i].list, 0 };
	struct settings *settings;
	char *error = NULL;
	char *changed;

	while (overrides[_i].list[list.count] != NULL)
		list.count++;
	write_file("mode = local", 12);
	settings = settings_load(path, &list, &error);
	if (overrides[_i].error != NULL) {
		ck_assert_ptr_null(settings);
		ck_assert_str_eq(error, overrides[_i].error);
		free(error);
		return;
	}
	ck_assert_msg(settings != NULL, "%s: %s", overrides[_i].name, error);
	changed = printed(settings, true);
	ck_assert_str_eq(changed, overrides[_i].want);
	free(changed);
	settings_unref(settings);
}
END_TEST

START_TEST(reports_the_file_before_the_overrides)
{
	static const char *const list[] = { "log=x" };
	struct overrides override = { list, 1 };
	char *error = NULL;

	write_file("mode = x", 8);
	ck_assert_ptr_null(settings_load(path, &override, &error));
	ck_assert_ptr_nonnull(strstr(error, ":1: mode: "));
	free(error);
}
END_TEST

static bool
takes(const char *name, size_t value)
{
	char text[64];
	const char *list[] = { text };
	struct overrides override = { list, 1 };
	struct settings *settings;
	char *error = NULL;

	snprintf(text, sizeof(text), "%s=%zu", name, value);
	settings = settings_load(NULL, &override, &error);
	settings_unref(settings);
	free(error);
	return settings != NULL;
}

START_TEST(keeps_numbers_in_the_documented_range)
{
	const struct opt *opt = opt_at(OPT_MAIN, (size_t)_i);
	size_t least;
	size_t most;
	char unit = ' ';

	if (sscanf(opt->expects, "a %*[a-z] from %zu to %zu%c", &least, &most,
		&unit) < 2)
		return;
	if (unit == 'M')
		most *= 1024 * 1024;
	ck_assert_msg(takes(opt->name, least), "%s", opt->name);
	ck_assert_msg(takes(opt->name, most), "%s", opt->name);
	ck_assert_msg(!takes(opt->name, least - 1), "%s", opt->name);
	ck_assert_msg(!takes(opt->name, most + 1), "%s", opt->name);
}
END_TEST

static const char *const with_words[] = {
	"log",
	"log-level",
	"syslog-facility",
	"mode",
	"on-pass",
	"on-policy",
	"on-neutral",
	"on-none",
	"on-temperror",
	"on-permerror",
	"on-fail",
	"on-encrypted",
};

static const char *
expects_of(const char *name)
{
	const struct opt *opt = opt_find(OPT_MAIN, name, strlen(name));

	ck_assert_msg(opt != NULL, "%s", name);
	return opt->expects;
}

/* "a, b or c": each of them must be taken, and printed as it was. */
START_TEST(takes_every_word_that_it_expects)
{
	const char *name = with_words[_i];
	char words[200];
	char *rest = words;
	char *word;

	snprintf(words, sizeof(words), "%s", expects_of(name));
	while ((word = strsep(&rest, " ,")) != NULL) {
		char text[100];
		struct settings *settings;
		char *all;

		if (word[0] == '\0' || strcmp(word, "or") == 0)
			continue;
		snprintf(text, sizeof(text), "%s = \"%s\"\n", name, word);
		settings = load(text);
		all = printed(settings, false);
		ck_assert_msg(strstr(all, text) != NULL, "%s", text);
		free(all);
		settings_unref(settings);
	}
}
END_TEST

START_TEST(puts_each_action_in_its_place)
{
	static const struct {
		const char *name;
		enum result result;
	} places[] = {
		{ "on-pass", RESULT_PASS },
		{ "on-policy", RESULT_POLICY },
		{ "on-neutral", RESULT_NEUTRAL },
		{ "on-none", RESULT_NONE },
		{ "on-temperror", RESULT_TEMPERROR },
		{ "on-permerror", RESULT_PERMERROR },
		{ "on-fail", RESULT_FAIL },
		{ "on-encrypted", RESULT_ABSENT },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char text[64];
		struct settings *settings;

		snprintf(text, sizeof(text), "%s = discard", places[i].name);
		settings = load(text);
		for (int result = 0; result <= RESULT_FAIL; result++)
			ck_assert_msg((settings->on[result] ==
					  ACTION_DISCARD) ==
				(result == (int)places[i].result),
			    "%s", places[i].name);
		settings_unref(settings);
	}
}
END_TEST

START_TEST(puts_each_member_in_its_place)
{
	struct settings *settings =
	    load("max-message = 11\nmax-depth = 12\nmax-parts = 13\n"
		 "max-header = 14\nmax-cms = 15\nmax-signatures = 16\n"
		 "max-signers = 17\nmax-certificates = 18\nrehash-octets = 19\n"
		 "min-rsa-bits = 1024\naccept-md5 = yes\nsigner-aliases = a\n"
		 "trusted-authserv-ids = b\nlog-level = debug\nuser = c\n"
		 "syslog-facility = local1\nlog = stderr\nauthserv-id = d\n");

	ck_assert_uint_eq(settings->limits.max_message, 11);
	ck_assert_uint_eq(settings->limits.max_depth, 12);
	ck_assert_uint_eq(settings->limits.max_parts, 13);
	ck_assert_uint_eq(settings->limits.max_header, 14);
	ck_assert_uint_eq(settings->limits.max_cms, 15);
	ck_assert_uint_eq(settings->limits.max_signatures, 16);
	ck_assert_uint_eq(settings->limits.max_signers, 17);
	ck_assert_uint_eq(settings->limits.max_certs, 18);
	ck_assert_uint_eq(settings->limits.rehash, 19);
	ck_assert_uint_eq(settings->rules.min_rsa_bits, 1024);
	ck_assert(settings->rules.accept_md5);
	ck_assert(!settings->rules.accept_sha1);
	ck_assert(!settings->rules.accept_dsa);
	ck_assert_str_eq(settings->signer_aliases, "a");
	ck_assert_str_eq(settings->trusted_authserv_ids.list[0], "b");
	ck_assert_int_eq(settings->log_level, LOG_DEBUG);
	ck_assert_str_eq(settings->user, "c");
	ck_assert_int_eq(settings->syslog_facility, LOG_LOCAL1);
	ck_assert_int_eq(settings->log, LOG_TARGET_STDERR);
	ck_assert_str_eq(settings->authserv_id, "d");
	settings_unref(settings);

	settings = load("accept-sha1 = yes");
	ck_assert(settings->rules.accept_sha1 && !settings->rules.accept_dsa);
	settings_unref(settings);
}
END_TEST

START_TEST(takes_an_id_of_253_characters_and_no_more)
{
	char text[300];
	struct settings *settings;

	snprintf(text, sizeof(text), "authserv-id = \"%0253d\"", 0);
	settings = load(text);
	ck_assert_uint_eq(strlen(settings->authserv_id), 253);
	settings_unref(settings);
	snprintf(text, sizeof(text), "authserv-id = \"%0254d\"", 0);
	write_file(text, strlen(text));
	assert_error(path, "\" is too long; expected ");
}
END_TEST

START_TEST(takes_a_socket_path_as_long_as_the_system_does)
{
	char text[300];

	snprintf(text, sizeof(text), "socket = \"unix:/%0106d\"", 0);
	settings_unref(load(text));
	snprintf(text, sizeof(text), "socket = \"unix:/%0107d\"", 0);
	write_file(text, strlen(text));
	assert_error(path, "\" is longer than a socket's path may be;");
}
END_TEST

static bool
is_internal(const struct settings *settings, const char *address)
{
	struct sockaddr_in peer = { .sin_family = AF_INET };

	ck_assert_int_eq(inet_pton(AF_INET, address, &peer.sin_addr), 1);
	return settings_is_internal(settings, (struct sockaddr *)&peer);
}

START_TEST(knows_internal_hosts)
{
	struct settings *settings =
	    load("internal-hosts = { ::1, 127.0.0.0/8, 192.0.2.1 }");

	ck_assert(is_internal(settings, "127.1.2.3"));
	ck_assert(is_internal(settings, "192.0.2.1"));
	ck_assert(!is_internal(settings, "192.0.2.2"));
	ck_assert(!settings_is_internal(settings, NULL));
	ck_assert_ptr_null(settings_warning(settings));
	settings_unref(settings);

	settings = load_defaults();
	ck_assert(!is_internal(settings, "127.0.0.1"));
	ck_assert_ptr_null(settings_warning(settings));
	settings_unref(settings);
}
END_TEST

START_TEST(warns_when_everybody_is_internal)
{
	struct settings *settings =
	    load("internal-hosts = { 127.0.0.0/8, 0.0.0.0/0 }");

	ck_assert_ptr_nonnull(
	    strstr(settings_warning(settings), "internal-hosts"));
	settings_unref(settings);
	settings = load("internal-hosts = ::/0");
	ck_assert_ptr_nonnull(settings_warning(settings));
	settings_unref(settings);
}
END_TEST

START_TEST(prints_one_option_or_a_likely_name)
{
	struct settings *settings = load("max-cms = 2k\n");
	const char *nearest = NULL;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert(settings_print_one(settings, "max-cms", out, &nearest));
	ck_assert(!settings_print_one(settings, "max-cmd", out, &nearest));
	ck_assert_str_eq(nearest, "max-cms");
	ck_assert(!settings_print_one(settings, "", out, &nearest));
	ck_assert_ptr_null(nearest);
	fclose(out);
	ck_assert_str_eq(text, "max-cms = 2k\n");
	free(text);
	settings_unref(settings);
}
END_TEST

START_TEST(prints_json_of_each_kind)
{
	struct settings *settings =
	    load("max-cms = 2k\nmax-depth = 7\ncollection = { a, b }\n"
		 "socket-mode = \"0600\"\nremove-forged = no\n"
		 "mode = local\non-fail = reject\npid-file = \"/p\"\n");
	json_t *json = settings_json(settings, true);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(text,
	    "{\"collection\":[\"a\",\"b\"],\"max-cms\":2048,\"max-depth\":7,"
	    "\"mode\":\"local\",\"on-fail\":\"reject\",\"pid-file\":\"/p\","
	    "\"remove-forged\":false,\"socket-mode\":\"0600\"}");
	free(text);
	json_decref(json);
	json = settings_json(settings, false);
	ck_assert_uint_eq(json_object_size(json), opt_count(OPT_MAIN));
	json_decref(json);
	settings_unref(settings);
}
END_TEST

START_TEST(prints_json_of_sections_in_their_order)
{
	struct settings *settings =
	    load("policy b { from = { x@y.example } stage = tag }\n"
		 "policy a { unmet = reject }\n"
		 "tenant t { mode = local }\n");
	json_t *json = settings_json(settings, true);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	ck_assert_str_eq(text,
	    "{\"policy\":[{\"from\":[\"x@y.example\"],\"name\":\"b\","
	    "\"stage\":\"tag\"},{\"name\":\"a\",\"unmet\":\"reject\"}],"
	    "\"tenant\":[{\"mode\":\"local\",\"name\":\"t\"}]}");
	free(text);
	json_decref(json);
	settings_unref(settings);
}
END_TEST

START_TEST(counts_owners)
{
	struct settings *settings = load_defaults();

	ck_assert_ptr_eq(settings_ref(settings), settings);
	settings_unref(settings);
	ck_assert_str_eq(settings->user, "smime-milter");
	settings_unref(settings);
	ck_assert_ptr_null(settings_ref(NULL));
	settings_unref(NULL);
}
END_TEST

START_TEST(knows_where_its_file_is)
{
	ck_assert_str_eq(settings_default_path(),
	    SYSCONFDIR "/smime-milter/smime-milter.conf");
}
END_TEST

START_TEST(names_every_action)
{
	ck_assert_str_eq(action_word(ACTION_ACCEPT), "accept");
	ck_assert_str_eq(action_word(ACTION_TEMPFAIL), "tempfail");
	ck_assert_str_eq(action_word(ACTION_REJECT), "reject");
	ck_assert_str_eq(action_word(ACTION_QUARANTINE), "quarantine");
	ck_assert_str_eq(action_word(ACTION_DISCARD), "discard");
}
END_TEST

/* Returns NULL when each load said what it should. */
static void *
load_often(void *unused)
{
	(void)unused;
	for (size_t i = 0; i < 200; i++) {
		char *error = NULL;
		struct settings *settings = settings_load(path, NULL, &error);
		bool right = settings != NULL &&
		    settings->collection.count == 3 &&
		    settings->limits.max_depth == 7;

		settings_unref(settings);
		free(error);
		if (!right)
			return path;
	}
	return NULL;
}

START_TEST(loads_on_several_threads)
{
	static const char text[] = "# a\ncollection = { a, b, c }\n"
				   "max-depth = 7\n";
	pthread_t threads[4];
	void *wrong;

	write_file(text, strlen(text));
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, load_often,
				     NULL),
		    0);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
}
END_TEST

static TCase *
file_case(void)
{
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, starts_with_a_socket_and_a_collection_alone);
	tcase_add_loop_test(tcase, reads_good_files_and_prints_them_readably, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tcase, says_which_line_and_option_is_wrong, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, refuses_what_is_no_file);
	tcase_add_test(tcase, reads_one_mebioctet_and_no_more);
	tcase_add_test(tcase, survives_every_truncation_in_silence);
	tcase_add_loop_test(tcase, applies_overrides_after_the_file, 0,
	    sizeof(overrides) / sizeof(overrides[0]));
	tcase_add_test(tcase, reports_the_file_before_the_overrides);
	tcase_add_test(tcase, loads_on_several_threads);
	return tcase;
}

static TCase *
value_case(void)
{
	TCase *tcase = tcase_create("values");
	int count = (int)opt_count(OPT_MAIN);

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, has_the_documented_defaults);
	tcase_add_test(tcase, has_the_limits_and_rules_of_the_library);
	tcase_add_loop_test(tcase, keeps_numbers_in_the_documented_range, 0,
	    count);
	tcase_add_loop_test(tcase, takes_every_word_that_it_expects, 0,
	    sizeof(with_words) / sizeof(with_words[0]));
	tcase_add_test(tcase, puts_each_action_in_its_place);
	tcase_add_test(tcase, puts_each_member_in_its_place);
	tcase_add_test(tcase, takes_an_id_of_253_characters_and_no_more);
	tcase_add_test(tcase, takes_a_socket_path_as_long_as_the_system_does);
	tcase_add_test(tcase, knows_internal_hosts);
	tcase_add_test(tcase, warns_when_everybody_is_internal);
	tcase_add_test(tcase, prints_one_option_or_a_likely_name);
	tcase_add_test(tcase, prints_json_of_each_kind);
	tcase_add_test(tcase, prints_json_of_sections_in_their_order);
	tcase_add_test(tcase, counts_owners);
	tcase_add_test(tcase, knows_where_its_file_is);
	tcase_add_test(tcase, names_every_action);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("settings");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, file_case());
	suite_add_tcase(suite, value_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
