/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/settings/settings.h"
#include "t/lib/confload.h"

START_TEST(starts_with_a_socket_and_a_collection_alone)
{
	struct settings *settings =
	    confload("socket = \"inet:8891@127.0.0.1\"\n"
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
	struct settings *settings = confload(good[_i].text);
	char *first = confload_printed(settings, true);
	char *second;

	ck_assert_msg(strcmp(first, good[_i].want) == 0, "%s: %s",
	    good[_i].name, first);
	settings_unref(settings);

	settings = confload(first);
	second = confload_printed(settings, true);
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
	const char *path = confload_path();
	char *error = NULL;

	confload_write(bad[_i].text, strlen(bad[_i].text));
	ck_assert_msg(settings_load(path, NULL, &error) == NULL, "%s",
	    bad[_i].name);
	ck_assert_ptr_nonnull(error);
	ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
	ck_assert_msg(strcmp(error + strlen(path), bad[_i].error) == 0,
	    "%s: %s", bad[_i].name, error);
	free(error);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
	confload_refuses(confload_path(),
	    ": No such file or directory; expected ");
	confload_refuses(confload_folder(), ": Is a directory; expected ");
}
END_TEST

START_TEST(reads_one_mebioctet_and_no_more)
{
	enum { MOST = 1024 * 1024 };
	char *text = malloc(MOST + 1);
	struct settings *settings;
	char *error = NULL;

	memset(text, '\n', MOST + 1);
	confload_write(text, MOST);
	settings = settings_load(confload_path(), NULL, &error);
	ck_assert_ptr_nonnull(settings);
	settings_unref(settings);
	confload_write(text, MOST + 1);
	confload_refuses(confload_path(), ": larger than 1 MiB; expected text");
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

	snprintf(voice, sizeof(voice), "%s/stderr", confload_folder());
	file = open(voice, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(dup2(file, STDERR_FILENO), STDERR_FILENO);
	for (size_t n = 0; n < sizeof(whole); n++) {
		struct settings *settings;
		char *error = NULL;

		confload_write(whole, n);
		settings = settings_load(confload_path(), NULL, &error);
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

/* Returns NULL when each load said what it should. */
static void *
load_often(void *unused)
{
	static char wrong[] = "wrong";

	(void)unused;
	for (size_t i = 0; i < 200; i++) {
		char *error = NULL;
		struct settings *settings =
		    settings_load(confload_path(), NULL, &error);
		bool right = settings != NULL &&
		    settings->collection.count == 3 &&
		    settings->limits.max_depth == 7;

		settings_unref(settings);
		free(error);
		if (!right)
			return wrong;
	}
	return NULL;
}

START_TEST(loads_on_several_threads)
{
	static const char text[] = "# a\ncollection = { a, b, c }\n"
				   "max-depth = 7\n";
	pthread_t threads[4];
	void *wrong;

	confload_write(text, strlen(text));
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

int
main(void)
{
	Suite *suite = suite_create("conffile");
	TCase *tcase = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, confload_begin, confload_end);
	tcase_add_test(tcase, starts_with_a_socket_and_a_collection_alone);
	tcase_add_loop_test(tcase, reads_good_files_and_prints_them_readably, 0,
	    sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tcase, says_which_line_and_option_is_wrong, 0,
	    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, refuses_what_is_no_file);
	tcase_add_test(tcase, reads_one_mebioctet_and_no_more);
	tcase_add_test(tcase, survives_every_truncation_in_silence);
	tcase_add_test(tcase, loads_on_several_threads);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
