/* SPDX-License-Identifier: ISC */
#include "opt.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include <sys/un.h>

#include <confuse.h>

#include "result.h"

enum { MAX_NAME = 32, MAX_ID = 253, KIB = 1024, MIB = 1024 * 1024 };

const char opt_no_memory[] = "does not fit into memory";

static bool
is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static const char *
check_path(const char *text)
{
	return text[0] != '\0' ? NULL : "is empty";
}

static const char *
check_absolute(const char *text)
{
	return text[0] == '/' || text[0] == '\0' ? NULL : "is a relative path";
}

static const char *
check_seen(const char *text)
{
	if (text[0] == '\0')
		return "is empty";
	if (strcmp(text, "auto") == 0 || strcmp(text, "none") == 0)
		return NULL;
	return check_absolute(text);
}

static const char *
check_socket_path(const char *path)
{
	if (path[0] != '/')
		return "has a relative path";
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "is longer than a socket's path may be";
	return NULL;
}

/* Port 0 would listen where no MTA looks. */
static const char *
check_port_at_host(const char *text)
{
	static const char digits[] = "0123456789";
	static const char host[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._:[]%";
	size_t len = strspn(text, digits);
	unsigned long port = strtoul(text, NULL, 10);

	if (len > 0 && text[len] == '\0')
		return "has no @HOST, so it would listen on every address";
	if (len == 0 || text[len] != '@')
		return "does not begin with a port and \"@\"";
	if (len > 5 || port < 1 || port > UINT16_MAX)
		return "has a port that is not from 1 to 65535";
	text += len + 1;
	if (text[0] == '\0' || text[strspn(text, host)] != '\0')
		return "has a host that is no name and no address";
	return NULL;
}

static const char *
check_socket(const char *text)
{
	static const struct {
		const char *prefix;
		opt_check *rest;
	} kinds[] = {
		{ "unix:", check_socket_path },
		{ "local:", check_socket_path },
		{ "inet:", check_port_at_host },
		{ "inet6:", check_port_at_host },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(text, kinds[i].prefix, len) == 0)
			return kinds[i].rest(text + len);
	}
	return "is no kind of socket";
}

static const char *
check_user(const char *text)
{
	const char *colon = strchr(text, ':');

	if (text[strcspn(text, " \t/")] != '\0')
		return "is not a user's name";
	if (colon == NULL)
		return NULL;
	if (colon == text)
		return "has no user before the colon";
	if (colon[1] == '\0' || strchr(colon + 1, ':') != NULL)
		return "does not have one group after the colon";
	return NULL;
}

/* RFC 8601 2.5, and ASCII so that it suits every message. */
static const char *
check_id(const char *text)
{
	if (strlen(text) > MAX_ID)
		return "is too long";
	if (text[0] != '\0' && !result_id_ok(text))
		return "is not a name in ASCII (write a domain as xn--...)";
	return NULL;
}

static const char *
check_trusted_id(const char *text)
{
	return text[0] == '\0' ? "is empty" : check_id(text);
}

static const char *
check_network(const char *text)
{
	struct network network;

	return network_read(text, &network);
}

static const struct opt_word log_targets[] = {
	{ "syslog", LOG_TARGET_SYSLOG },
	{ "stderr", LOG_TARGET_STDERR },
	{ NULL, 0 },
};

static const struct opt_word log_levels[] = {
	{ "error", LOG_ERR },
	{ "warning", LOG_WARNING },
	{ "info", LOG_INFO },
	{ "debug", LOG_DEBUG },
	{ NULL, 0 },
};

static const struct opt_word facilities[] = {
	{ "mail", LOG_MAIL },
	{ "daemon", LOG_DAEMON },
	{ "user", LOG_USER },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ NULL, 0 },
};

static const struct opt_word actions[] = {
	{ "accept", ACTION_ACCEPT },
	{ "tempfail", ACTION_TEMPFAIL },
	{ "reject", ACTION_REJECT },
	{ "quarantine", ACTION_QUARANTINE },
	{ "discard", ACTION_DISCARD },
	{ NULL, 0 },
};

static const struct opt_word history_addresses[] = {
	{ "full", HISTLINE_FULL },
	{ "domain", HISTLINE_DOMAIN },
	{ "hash", HISTLINE_HASH },
	{ NULL, 0 },
};

/* What rows of one kind have in common. */
#define VALUE(k, m, v, w)                                                      \
	.kind = k, .offset = offsetof(struct settings, m), .value = v,         \
	.written = w
#define QUOTED(k, m, v) VALUE(k, m, v, "\"" v "\"")
#define TEXT(m, v)	QUOTED(OPT_TEXT, m, v)
#define LIST(m)		VALUE(OPT_LIST, m, "", "{}")
#define YES_NO(m, v)	VALUE(OPT_YES_NO, m, v, v), .expects = "yes or no"
#define NUMBER(m, v, lo, hi)                                                   \
	VALUE(OPT_NUMBER, m, v, v), .min = lo, .max = hi,                      \
				    .expects = "a number from " #lo " to " #hi
#define SIZE(m, v, lo)                                                         \
	VALUE(OPT_SIZE, m, v, v),                                              \
	    .min = lo, .max = (size_t)4095 * MIB,                              \
	    .expects = "a size from " #lo " to 4095M, such as 64k or 10M"
#define WORD(m, v, w) QUOTED(OPT_WORD, m, v), .words = w
#define ACTION(result, v)                                                      \
	WORD(on[result], v, actions),                                          \
	    .expects = "accept, tempfail, reject, quarantine or discard"

static const struct opt rows[] = {
	{ .name = "socket",
	    TEXT(socket, "unix:/run/smime-milter/smime-milter.sock"),
	    .check = check_socket,
	    .expects = "unix:/PATH, local:/PATH, inet:PORT@HOST or "
		       "inet6:PORT@HOST, such as inet:8891@127.0.0.1",
	    .manual = "Where the MTA finds us." },
	{ .name = "socket-mode",
	    QUOTED(OPT_OCTAL, socket_mode, "0660"),
	    .max = 0777,
	    .expects = "permissions from 0000 to 0777, such as 0660",
	    .manual = "Permissions of a unix socket, in octal." },
	{ .name = "user",
	    TEXT(user, "smime-milter"),
	    .check = check_user,
	    .expects = "USER, USER:GROUP or nothing",
	    .manual = "Who to become after start as root." },
	{ .name = "pid-file",
	    TEXT(pid_file, ""),
	    .check = check_absolute,
	    .expects = "an absolute path or nothing",
	    .manual = "Where to write the process id; empty: not at all." },
	{ .name = "log",
	    WORD(log, "syslog", log_targets),
	    .expects = "syslog or stderr",
	    .manual = "Where log lines go." },
	{ .name = "log-level",
	    WORD(log_level, "info", log_levels),
	    .expects = "error, warning, info or debug",
	    .manual = "The least important lines that are logged." },
	{ .name = "syslog-facility",
	    WORD(syslog_facility, "mail", facilities),
	    .expects = "mail, daemon, user, local0, local1, local2, local3, "
		       "local4, local5, local6 or local7",
	    .manual = "The facility of lines that go to syslog." },

	{ .name = "authserv-id",
	    TEXT(authserv_id, ""),
	    .check = check_id,
	    .expects = "a name of at most 253 ASCII characters or nothing",
	    .manual = "The name our header goes by; empty for the MTA's." },
	{ .name = "remove-forged",
	    YES_NO(remove_forged, "yes"),
	    .manual = "Remove headers that claim to be ours." },
	{ .name = "internal-hosts",
	    LIST(internal_hosts),
	    .check = check_network,
	    .expects = "an address or network, such as 192.0.2.0/24",
	    .manual = "Clients whose headers are left alone." },
	{ .name = "trusted-authserv-ids",
	    LIST(trusted_authserv_ids),
	    .check = check_trusted_id,
	    .expects = "a name of at most 253 ASCII characters",
	    .manual = "Names whose headers are left alone." },

	{ .name = "mode",
	    QUOTED(OPT_MODE, mode, "exchange-2013-sp1"),
	    .expects = "exchange-2013-sp1, exchange-online or local",
	    .manual = "Which stores may vouch for a signer." },
	{ .name = "staging",
	    YES_NO(staging, "no"),
	    .manual = "Tell what Exchange Online would say of each message." },
	{ .name = "collection",
	    LIST(collection),
	    .check = check_path,
	    .expects = "the path of an SST, PEM, DER or PKCS#7 file",
	    .manual = "Files of the certificate collection." },
	{ .name = "local-store",
	    TEXT(local_store, "auto"),
	    .check = check_path,
	    .expects = "auto, none or the path of a file or folder",
	    .manual = "The store of this host." },
	{ .name = "signer-aliases",
	    TEXT(signer_aliases, ""),
	    .expects = "a path or nothing",
	    .manual = "Which signers may stand for which authors." },
	{ .name = "trust-listed-signers",
	    YES_NO(trust_listed_signers, "no"),
	    .manual = "Let a signer in the collection vouch for itself." },
	{ .name = "warn-expiry-days",
	    NUMBER(warn_expiry_days, "30", 0, 36500),
	    .manual = "Warn that many days before a certificate expires." },

	{ .name = "history",
	    TEXT(history, ""),
	    .check = check_absolute,
	    .expects = "an absolute path or nothing",
	    .manual =
		"Where each signed message gets a line; empty: nowhere." },
	{ .name = "history-max-size",
	    SIZE(history_max_size, "100M", 0),
	    .manual = "A larger history becomes FILE.1; 0: never." },
	{ .name = "history-keep",
	    NUMBER(history_keep, "9", 0, 1000),
	    .manual = "How many old files of the history are kept." },
	{ .name = "history-addresses",
	    WORD(history_addresses, "full", history_addresses),
	    .expects = "full, domain or hash",
	    .manual = "What the history has of each mail address." },
	{ .name = "history-unsigned",
	    YES_NO(history_unsigned, "no"),
	    .manual = "A line, too, when who used to sign does not." },
	{ .name = "seen-certificates",
	    TEXT(seen_certificates, "auto"),
	    .check = check_seen,
	    .expects = "auto, none or an absolute path",
	    .manual = "Where certificates of authorities are kept." },

	{ .name = "min-rsa-bits",
	    NUMBER(rules.min_rsa_bits, "2048", 512, 16384),
	    .manual = "RSA keys with fewer bits are not acceptable." },
	{ .name = "accept-sha1",
	    YES_NO(rules.accept_sha1, "no"),
	    .manual = "Accept SHA-1 in signatures and chains." },
	{ .name = "accept-md5",
	    YES_NO(rules.accept_md5, "no"),
	    .manual = "Accept MD5 in signatures and chains." },
	{ .name = "accept-dsa",
	    YES_NO(rules.accept_dsa, "no"),
	    .manual = "Accept DSA in signatures and chains." },

	{ .name = "max-message",
	    SIZE(limits.max_message, "100M", 1),
	    .manual = "Octets of a message's body that are looked at." },
	{ .name = "max-depth",
	    NUMBER(limits.max_depth, "20", 1, 100),
	    .manual = "Levels of MIME and CMS nesting." },
	{ .name = "max-parts",
	    NUMBER(limits.max_parts, "1000", 1, 100000),
	    .manual = "MIME parts of a message." },
	{ .name = "max-header",
	    SIZE(limits.max_header, "64k", 1),
	    .manual = "Octets in the header of one part." },
	{ .name = "max-cms",
	    SIZE(limits.max_cms, "1M", 1),
	    .manual = "Octets of one signature, its content not counted." },
	{ .name = "max-signatures",
	    NUMBER(limits.max_signatures, "16", 1, 1000),
	    .manual = "Signed layers of a message." },
	{ .name = "max-signers",
	    NUMBER(limits.max_signers, "8", 1, 1000),
	    .manual = "Signers of one signature." },
	{ .name = "max-certificates",
	    NUMBER(limits.max_certs, "64", 1, 10000),
	    .manual = "Certificates that one signature brings." },
	{ .name = "max-expanded",
	    SIZE(limits.max_expanded, "100M", 0),
	    .manual = "Octets that compressed content may become." },
	{ .name = "max-ratio",
	    NUMBER(limits.max_ratio, "100", 1, 100000),
	    .manual = "How many times its size that may be, beyond 1 MiB." },
	{ .name = "max-cpu-time",
	    NUMBER(max_cpu_time, "5000", 10, 600000),
	    .manual = "Milliseconds of processor time for a message." },
	{ .name = "rehash-octets",
	    SIZE(limits.rehash, "16k", 0),
	    .manual = "Octets kept in case micalg names a wrong digest." },

	{ .name = "on-pass",
	    ACTION(RESULT_PASS, "accept"),
	    .manual = "Signed, and acceptable in every respect." },
	{ .name = "on-policy",
	    ACTION(RESULT_POLICY, "accept"),
	    .manual = "Correctly signed, but not acceptable here." },
	{ .name = "on-neutral",
	    ACTION(RESULT_NEUTRAL, "accept"),
	    .manual = "Signed, but not so that it can be processed." },
	{ .name = "on-none",
	    ACTION(RESULT_NONE, "accept"),
	    .manual = "Not signed." },
	{ .name = "on-temperror",
	    ACTION(RESULT_TEMPERROR, "tempfail"),
	    .manual = "Not verified; a later try may tell." },
	{ .name = "on-permerror",
	    ACTION(RESULT_PERMERROR, "accept"),
	    .manual = "Not verified; no later try will tell." },
	{ .name = "on-fail",
	    ACTION(RESULT_FAIL, "accept"),
	    .manual = "Signed, and a test failed." },
	{ .name = "on-encrypted",
	    ACTION(RESULT_ABSENT, "accept"),
	    .manual = "Encrypted, so that no signature can be seen." },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to add, drop or change; case does not count (Levenshtein). */
static size_t
distance(const char *a, const char *b)
{
	size_t row[MAX_NAME + 1];
	size_t width = strlen(b);

	assert(width <= MAX_NAME);
	for (size_t x = 0; x <= width; x++)
		row[x] = x;
	for (size_t y = 0; a[y] != '\0'; y++) {
		size_t corner = row[0]++;

		for (size_t x = 0; x < width; x++) {
			size_t above = row[x + 1];
			size_t change = tolower((unsigned char)a[y]) != b[x];

			row[x + 1] =
			    least(above + 1, row[x] + 1, corner + change);
			corner = above;
		}
	}
	return row[width];
}

static void
strings_done(struct strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->list[i]);
	free(strings->list);
	*strings = (struct strings){ NULL, 0 };
}

static bool
strings_push(struct strings *strings, const char *text)
{
	char **list =
	    reallocarray(strings->list, strings->count + 1, sizeof(*list));

	if (list == NULL)
		return false;
	strings->list = list;
	list[strings->count] = strdup(text);
	if (list[strings->count] == NULL)
		return false;
	strings->count++;
	return true;
}

static void *
place_of(struct settings *settings, const struct opt *opt)
{
	return (char *)settings + opt->offset;
}

static const void *
value_of(const struct settings *settings, const struct opt *opt)
{
	return (const char *)settings + opt->offset;
}

static const char *
read_text(const struct opt *opt, const char *text, char **place)
{
	const char *why = opt_check_text(opt, text);
	char *copy;

	if (why != NULL)
		return why;
	copy = strdup(text);
	if (copy == NULL)
		return opt_no_memory;
	free(*place);
	*place = copy;
	return NULL;
}

static const char *
read_item(const struct opt *opt, const char *text, struct strings *place)
{
	const char *why = opt_check_text(opt, text);

	if (why == NULL && !strings_push(place, text))
		why = opt_no_memory;
	return why;
}

static const char *
read_yes_no(const char *text, bool *place)
{
	int yes = cfg_parse_boolean(text);

	if (yes != 0 && yes != 1)
		return "is neither";
	*place = yes == 1;
	return NULL;
}

/* What a letter after the digits multiplies by; 0 for an unknown one. */
static uintmax_t
unit_of(const char *letter)
{
	if (letter[0] == '\0')
		return 1;
	if (strcasecmp(letter, "k") == 0)
		return KIB;
	if (strcasecmp(letter, "m") == 0)
		return MIB;
	return 0;
}

static const char *
read_number(const struct opt *opt, const char *text, size_t *place)
{
	uintmax_t unit;
	uintmax_t n;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return "is not a number";
	errno = 0;
	n = strtoumax(text, &end, opt->kind == OPT_OCTAL ? 8 : 10);
	unit = unit_of(end);
	if (end == text || unit == 0 || (unit > 1 && opt->kind != OPT_SIZE))
		return "is not a number";
	if (errno == ERANGE || n > opt->max / unit)
		return "is too large";
	if (n * unit < opt->min)
		return "is too small";
	*place = (size_t)(n * unit);
	return NULL;
}

static const char *
read_octal(const struct opt *opt, const char *text, unsigned int *place)
{
	size_t n;
	const char *why = read_number(opt, text, &n);

	if (why == NULL)
		*place = (unsigned int)n;
	return why;
}

/* An enum of these tables has the size of an int, and place is one. */
static const char *
read_word(const struct opt *opt, const char *text, void *place)
{
	for (const struct opt_word *word = opt->words; word->text != NULL;
	     word++) {
		if (strcmp(word->text, text) == 0) {
			memcpy(place, &word->value, sizeof(word->value));
			return NULL;
		}
	}
	return "is not known";
}

_Static_assert(sizeof(enum action_kind) == sizeof(int), "read_word");
_Static_assert(sizeof(enum histline_addresses) == sizeof(int), "read_word");
_Static_assert(sizeof(enum log_target) == sizeof(int), "read_word");

static const char *
read_mode(const char *text, enum trust_mode *place)
{
	return trust_mode_read(text, place) ? NULL : "is no mode";
}

/* libconfuse would expand "${NAME}"; the backslash keeps it from it. */
static void
write_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (strchr("\"\\$", *text) != NULL)
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void
write_list(const struct strings *strings, FILE *out)
{
	if (strings->count == 0) {
		fputs("{}", out);
		return;
	}
	for (size_t i = 0; i < strings->count; i++) {
		fputs(i == 0 ? "{ " : ", ", out);
		write_quoted(strings->list[i], out);
	}
	fputs(" }", out);
}

static void
write_size(size_t n, FILE *out)
{
	if (n != 0 && n % MIB == 0)
		fprintf(out, "%zuM", n / MIB);
	else if (n != 0 && n % KIB == 0)
		fprintf(out, "%zuk", n / KIB);
	else
		fprintf(out, "%zu", n);
}

static void
write_word(const struct opt *opt, const void *place, FILE *out)
{
	int value;

	memcpy(&value, place, sizeof(value));
	write_quoted(opt_word(opt, value), out);
}

size_t
opt_count(void)
{
	return ROWS;
}

const struct opt *
opt_at(size_t index)
{
	return &rows[index];
}

const struct opt *
opt_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strlen(rows[i].name) == len &&
		    strncmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

const char *
opt_nearest(const char *name)
{
	const char *nearest = NULL;
	size_t best = 4;

	if (strlen(name) > MAX_NAME)
		return NULL;
	for (size_t i = 0; i < ROWS; i++) {
		size_t d = distance(name, rows[i].name);

		if (d < best && d < strlen(rows[i].name) / 2 + 1) {
			best = d;
			nearest = rows[i].name;
		}
	}
	return nearest;
}

const char *
opt_check_text(const struct opt *opt, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (is_control((unsigned char)*c))
			return "has a control character";
	}
	return opt->check != NULL ? opt->check(text) : NULL;
}

const char *
opt_read(const struct opt *opt, const char *text, struct settings *settings)
{
	void *place = place_of(settings, opt);

	switch (opt->kind) {
	case OPT_TEXT:
		return read_text(opt, text, place);
	case OPT_LIST:
		return read_item(opt, text, place);
	case OPT_YES_NO:
		return read_yes_no(text, place);
	case OPT_NUMBER:
	case OPT_SIZE:
		return read_number(opt, text, place);
	case OPT_OCTAL:
		return read_octal(opt, text, place);
	case OPT_WORD:
		return read_word(opt, text, place);
	case OPT_MODE:
		return read_mode(text, place);
	}
	return NULL;
}

void
opt_write(const struct opt *opt, const struct settings *settings, FILE *out)
{
	const void *place = value_of(settings, opt);

	switch (opt->kind) {
	case OPT_TEXT:
		write_quoted(*(char *const *)place, out);
		break;
	case OPT_LIST:
		write_list(place, out);
		break;
	case OPT_YES_NO:
		fputs(*(const bool *)place ? "yes" : "no", out);
		break;
	case OPT_NUMBER:
		fprintf(out, "%zu", *(const size_t *)place);
		break;
	case OPT_SIZE:
		write_size(*(const size_t *)place, out);
		break;
	case OPT_OCTAL:
		fprintf(out, "\"%04o\"", *(const unsigned int *)place);
		break;
	case OPT_WORD:
		write_word(opt, place, out);
		break;
	case OPT_MODE:
		write_quoted(trust_mode_word(*(const enum trust_mode *)place),
		    out);
		break;
	}
}

const char *
opt_word(const struct opt *opt, int value)
{
	const struct opt_word *word = opt->words;

	while (word->text != NULL && word->value != value)
		word++;
	assert(word->text != NULL);
	return word->text;
}

void
opt_clear(const struct opt *opt, struct settings *settings)
{
	void *place = place_of(settings, opt);
	char **text = place;

	if (opt->kind == OPT_LIST) {
		strings_done(place);
	} else if (opt->kind == OPT_TEXT) {
		free(*text);
		*text = NULL;
	}
}
