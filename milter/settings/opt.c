/* SPDX-License-Identifier: ISC */
#include "milter/settings/opt.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <syslog.h>

#include "milter/header/reply.h"
#include "milter/settings/condition.h"
#include "milter/settings/optcheck.h"
#include "milter/settings/rule.h"
#include "milter/settings/settings.h"
#include "milter/settings/tenant.h"

enum { MAX_NAME = 32, MIB = 1024 * 1024 };

static const struct opt_word log_targets[] = {
	{ "syslog", LOG_TARGET_SYSLOG },
	{ "stderr", LOG_TARGET_STDERR },
#ifdef HAVE_LIBSYSTEMD
	{ "journal", LOG_TARGET_JOURNAL },
#endif
	{ "json", LOG_TARGET_JSON },
	{ NULL, 0 },
};

#ifdef HAVE_LIBSYSTEMD
#define LOG_TARGETS "syslog, stderr, journal or json"
#else
#define LOG_TARGETS "syslog, stderr or json"
#endif

#ifdef HAVE_MICROHTTPD
#define ENDPOINTS "PORT, ADDRESS:PORT, [ADDRESS]:PORT or nothing, such as 9464"
#else
#define ENDPOINTS "nothing, or metrics-file instead"
#endif

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
	{ "full", HISTORY_ADDRESSES_FULL },
	{ "domain", HISTORY_ADDRESSES_DOMAIN },
	{ "hash", HISTORY_ADDRESSES_HASH },
	{ NULL, 0 },
};

static const struct opt_word rule_actions[] = {
	{ "default", ACTION_DEFAULT },
	{ "accept", ACTION_ACCEPT },
	{ "tag", ACTION_TAG },
	{ "tempfail", ACTION_TEMPFAIL },
	{ "reject", ACTION_REJECT },
	{ "quarantine", ACTION_QUARANTINE },
	{ "discard", ACTION_DISCARD },
	{ NULL, 0 },
};

static const struct opt_word authenticated[] = {
	{ "verify", AUTHENTICATED_VERIFY },
	{ "skip", AUTHENTICATED_SKIP },
	{ NULL, 0 },
};

static const struct opt_word stages[] = {
	{ "monitor", STAGE_MONITOR },
	{ "tag", STAGE_TAG },
	{ "quarantine", STAGE_QUARANTINE },
	{ "reject", STAGE_REJECT },
	{ NULL, 0 },
};

static const struct opt_word requirements[] = {
	{ "nothing", REQUIRE_NOTHING },
	{ "signed", REQUIRE_SIGNED },
	{ "pass", REQUIRE_PASS },
	{ NULL, 0 },
};

static const struct opt_word tenant_modes[] = {
	{ "default", MODE_DEFAULT },
	{ "exchange-2013-sp1", TRUST_EXCHANGE_2013_SP1 },
	{ "exchange-online", TRUST_EXCHANGE_ONLINE },
	{ "local", TRUST_LOCAL },
	{ NULL, 0 },
};

static const struct opt_word vouching[] = {
	{ "any", VOUCHED_BY_ANY },
	{ "collection", VOUCHED_BY_COLLECTION },
	{ "local", VOUCHED_BY_LOCAL },
	{ NULL, 0 },
};

_Static_assert(sizeof(enum action_kind) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum history_addresses) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum log_target) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum authenticated) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum requirement) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum vouching) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum rule_stage) == sizeof(int), "optvalue_read");

/* What rows of one kind have in common; IN is the struct of their section. */
#define VALUE(k, m, v, w)                                                      \
	.kind = k, .offset = offsetof(struct IN, m), .value = v, .written = w
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

#define IN settings
static const struct opt main_rows[] = {
	{ .name = "socket",
	    TEXT(socket, "unix:/run/smime-milter/smime-milter.sock"),
	    .check = optcheck_socket,
	    .expects = "unix:/PATH, local:/PATH, inet:PORT@HOST or "
		       "inet6:PORT@HOST, such as inet:8891@127.0.0.1",
	    .manual = "Where the MTA finds us." },
	{ .name = "socket-mode",
	    QUOTED(OPT_OCTAL, socket_mode, "0660"),
	    .max = 0777,
	    .expects = "permissions from 0000 to 0777, such as 0660",
	    .manual = "Permissions of a unix socket, in octal." },
	{ .name = "socket-group",
	    TEXT(socket_group, ""),
	    .check = optcheck_group,
	    .expects = "the name of a group or nothing",
	    .manual = "The group of a unix socket; empty: our own." },
	{ .name = "user",
	    TEXT(user, "smime-milter"),
	    .check = optcheck_user,
	    .expects = "USER, USER:GROUP or nothing",
	    .manual = "Who to become after start as root." },
	{ .name = "pid-file",
	    TEXT(pid_file, ""),
	    .check = optcheck_absolute,
	    .expects = "an absolute path or nothing",
	    .manual = "Where to write the process id; empty: not at all." },
	{ .name = "log",
	    WORD(log, "syslog", log_targets),
	    .expects = LOG_TARGETS,
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

	{ .name = "metrics-listen",
	    TEXT(metrics_listen, ""),
	    .check = optcheck_endpoint,
	    .expects = ENDPOINTS,
	    .manual = "Where Prometheus finds us; empty: nowhere." },
	{ .name = "metrics-file",
	    TEXT(metrics_file, ""),
	    .check = optcheck_absolute,
	    .expects = "an absolute path or nothing",
	    .manual = "A file that metrics are written to; empty: none." },
	{ .name = "metrics-interval",
	    NUMBER(metrics_interval, "15", 2, 3600),
	    .manual = "Seconds after which that file is written again." },

	{ .name = "authserv-id",
	    TEXT(authserv_id, ""),
	    .check = optcheck_id,
	    .expects = "a name of at most 253 ASCII characters or nothing",
	    .manual = "The name our header goes by; empty for the MTA's." },
	{ .name = "remove-forged",
	    YES_NO(remove_forged, "yes"),
	    .manual = "Remove headers that claim to be ours." },
	{ .name = "internal-hosts",
	    LIST(internal_hosts),
	    .check = optcheck_network,
	    .expects = "an address or network, such as 192.0.2.0/24",
	    .manual = "Clients whose headers are left alone." },
	{ .name = "trusted-authserv-ids",
	    LIST(trusted_authserv_ids),
	    .check = optcheck_trusted_id,
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
	    .check = optcheck_filled,
	    .expects = "the path of an SST, PEM, DER or PKCS#7 file",
	    .manual = "Files of the certificate collection." },
	{ .name = "local-store",
	    TEXT(local_store, "auto"),
	    .check = optcheck_filled,
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
	    .check = optcheck_absolute,
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
	    .check = optcheck_seen,
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

	{ .name = "authenticated",
	    WORD(authenticated, "verify", authenticated),
	    .expects = "verify or skip",
	    .manual = "What is done with mail of whoever has authenticated." },
	{ .name = "skip-hosts",
	    LIST(skip_hosts),
	    .check = optcheck_network,
	    .expects = "an address or network, such as 192.0.2.0/24",
	    .manual = "Clients whose mail is not verified." },
	{ .name = "skip-recipients",
	    LIST(skip_recipients),
	    .check = optcheck_either,
	    .expects = "a domain, an address, * or @/FILE",
	    .manual = "Recipients whose mail is not verified." },

	{ .name = "policy-key",
	    TEXT(policy_key, "/var/lib/smime-milter/policy-key"),
	    .check = optcheck_key,
	    .expects = "an absolute path",
	    .manual = "The key that percent draws by; made when missing." },
};

#undef IN

#define RULE_ACTION(m)                                                         \
	WORD(m, "default", rule_actions),                                      \
	    .expects = "default, accept, tag, tempfail, reject, quarantine "   \
		       "or discard"
#define DOMAINS(m)                                                             \
	LIST(m), .check = optcheck_domain,                                     \
		 .expects = "a domain, such as example.org, .example.org or "  \
			    "=example.org, * or @/FILE"
#define ADDRESSES(m)                                                           \
	LIST(m), .check = optcheck_address,                                    \
		 .expects = "an address, such as a@example.org, * or @/FILE"
#define VALIDATIONS(m)                                                         \
	LIST(m), .check = condition_check_validation,                          \
		 .expects = "mailbox, organization, sponsor or individual, "   \
			    "with or without -legacy, -multipurpose or "       \
			    "-strict"
#define NAMES(m) LIST(m), .check = optcheck_filled, .expects = "a name or *"

#define IN rule
static const struct opt rule_rows[] = {
	{ .name = "from-domain",
	    DOMAINS(from_domain),
	    .manual = "Domains of the author, who is in From." },
	{ .name = "from",
	    ADDRESSES(from),
	    .manual = "Addresses of the author." },
	{ .name = "mail-from-domain",
	    DOMAINS(mail_from_domain),
	    .manual = "Domains of the envelope's sender." },
	{ .name = "mail-from",
	    ADDRESSES(mail_from),
	    .manual = "Addresses of the envelope's sender." },
	{ .name = "rcpt-domain",
	    DOMAINS(rcpt_domain),
	    .manual = "Domains of the envelope's recipient." },
	{ .name = "rcpt",
	    ADDRESSES(rcpt),
	    .manual = "Addresses of the envelope's recipient." },
	{ .name = "client",
	    LIST(client),
	    .check = optcheck_network,
	    .expects = "an address or network, such as 192.0.2.0/24",
	    .manual = "Networks that the mail comes from." },
	{ .name = "user", NAMES(user), .manual = "Who has authenticated." },
	{ .name = "tls-subject",
	    NAMES(tls_subject),
	    .manual = "Subjects of the client's TLS certificate." },
	{ .name = "tls-issuer",
	    NAMES(tls_issuer),
	    .manual = "Issuers of the client's TLS certificate." },
	{ .name = "class",
	    LIST(class),
	    .check = condition_check_class,
	    .expects = "bounce, report, auto-reply or mail",
	    .manual = "What kind of mail it says that it is." },
	{ .name = "result",
	    LIST(result),
	    .check = condition_check_result,
	    .expects = "pass, fail, policy, neutral, none, temperror, "
		       "permerror or encrypted",
	    .manual = "Results." },
	{ .name = "reason",
	    LIST(reason),
	    .check = condition_check_reason,
	    .expects = "a reason from smimectl(1), such as untrusted",
	    .manual = "Reasons of the result." },
	{ .name = "vouched-by",
	    LIST(vouched_by),
	    .check = condition_check_vouched_by,
	    .expects = "collection, local or none",
	    .manual = "Which store vouches for the signer." },
	{ .name = "validation",
	    VALIDATIONS(validation),
	    .manual = "How the signer was validated by the authority." },
	{ .name = "strength",
	    NUMBER(strength, "0", 0, 512),
	    .manual = "Bits of security that key and digest have at least." },

	{ .name = "require",
	    WORD(require, "nothing", requirements),
	    .expects = "nothing, signed or pass",
	    .manual = "What the signature has to be." },
	{ .name = "trust",
	    WORD(trust, "any", vouching),
	    .expects = "any, collection or local",
	    .manual = "Which store has to vouch." },
	{ .name = "anchors",
	    TEXT(anchors, ""),
	    .check = optcheck_absolute,
	    .expects = "an absolute path or nothing",
	    .manual = "The only roots that may vouch for such mail." },
	{ .name = "signers",
	    LIST(signers),
	    .check = optcheck_signer,
	    .expects = "an address, such as gateway@example.org",
	    .manual = "Who may sign for every author of from-domain." },
	{ .name = "require-validation",
	    VALIDATIONS(require_validation),
	    .manual = "How the signer has to be validated." },
	{ .name = "require-strength",
	    NUMBER(require_strength, "0", 0, 512),
	    .manual = "Bits of security that key and digest have to have." },

	{ .name = "unmet",
	    RULE_ACTION(unmet),
	    .manual = "What is done when something required is not there." },
	{ .name = "on-pass",
	    RULE_ACTION(on[RESULT_PASS]),
	    .manual = "Signed, and acceptable in every respect." },
	{ .name = "on-policy",
	    RULE_ACTION(on[RESULT_POLICY]),
	    .manual = "Correctly signed, but not acceptable here." },
	{ .name = "on-neutral",
	    RULE_ACTION(on[RESULT_NEUTRAL]),
	    .manual = "Signed, but not so that it can be processed." },
	{ .name = "on-none",
	    RULE_ACTION(on[RESULT_NONE]),
	    .manual = "Not signed." },
	{ .name = "on-temperror",
	    RULE_ACTION(on[RESULT_TEMPERROR]),
	    .manual = "Not verified; a later try may tell." },
	{ .name = "on-permerror",
	    RULE_ACTION(on[RESULT_PERMERROR]),
	    .manual = "Not verified; no later try will tell." },
	{ .name = "on-fail",
	    RULE_ACTION(on[RESULT_FAIL]),
	    .manual = "Signed, and a test failed." },
	{ .name = "on-encrypted",
	    RULE_ACTION(on[RESULT_ABSENT]),
	    .manual = "Encrypted, so that no signature can be seen." },
	{ .name = "stage",
	    WORD(stage, "monitor", stages),
	    .expects = "monitor, tag, quarantine or reject",
	    .manual = "How much of it is done." },
	{ .name = "percent",
	    NUMBER(percent, "100", 0, 100),
	    .manual = "To how much of the mail it is done." },
	{ .name = "reply",
	    TEXT(reply, ""),
	    .check = reply_check,
	    .expects = "ASCII text with %{result}, %{reason}, %{from}, "
		       "%{signer}, %{queue_id} and %%, after an optional "
		       "5.X.Y, or nothing",
	    .manual = "What the client is told." },
	{ .name = "tag",
	    TEXT(tag, "X-SMIME-Policy"),
	    .check = optcheck_tag,
	    .expects = "the name of a field, such as X-SMIME-Policy",
	    .manual = "The field that is added by the action tag." },
};
#undef IN

#define IN tenant
static const struct opt tenant_rows[] = {
	{ .name = "recipient-domain",
	    DOMAINS(recipient_domain),
	    .manual = "Domains whose recipients are the tenant's." },
	{ .name = "authserv-id",
	    TEXT(authserv_id, ""),
	    .check = optcheck_id,
	    .expects = "a name of at most 253 ASCII characters or nothing",
	    .manual = "The name that the tenant's header goes by." },
	{ .name = "mode",
	    WORD(mode, "default", tenant_modes),
	    .expects = "default, exchange-2013-sp1, exchange-online or local",
	    .manual = "Which stores may vouch for a signer." },
	{ .name = "collection",
	    LIST(collection),
	    .check = optcheck_filled,
	    .expects = "the path of an SST, PEM, DER or PKCS#7 file",
	    .manual = "Files of the tenant's collection; empty: the site's." },
	{ .name = "local-store",
	    TEXT(local_store, "default"),
	    .check = optcheck_filled,
	    .expects = "default, none or the path of a file or folder",
	    .manual = "The store that the tenant's collection falls back on." },
};
#undef IN

#define TABLE(n, r)                                                            \
	{                                                                      \
		n, r, sizeof(r) / sizeof((r)[0])                               \
	}
static const struct {
	const char *name;
	const struct opt *rows;
	size_t count;
} tables[OPT_SECTIONS] = {
	[OPT_MAIN] = TABLE(NULL, main_rows),
	[OPT_POLICY] = TABLE("policy", rule_rows),
	[OPT_TENANT] = TABLE("tenant", tenant_rows),
};

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

const char *
opt_section_name(enum opt_section section)
{
	return tables[section].name;
}

size_t
opt_count(enum opt_section section)
{
	return tables[section].count;
}

const struct opt *
opt_at(enum opt_section section, size_t index)
{
	return &tables[section].rows[index];
}

const struct opt *
opt_find(enum opt_section section, const char *name, size_t len)
{
	for (size_t i = 0; i < opt_count(section); i++) {
		const struct opt *opt = opt_at(section, i);

		if (strlen(opt->name) == len &&
		    strncmp(opt->name, name, len) == 0)
			return opt;
	}
	return NULL;
}

const char *
opt_nearest(enum opt_section section, const char *name)
{
	const char *nearest = NULL;
	size_t best = 4;

	if (strlen(name) > MAX_NAME)
		return NULL;
	for (size_t i = 0; i < opt_count(section); i++) {
		const char *known = opt_at(section, i)->name;
		size_t d = distance(name, known);

		if (d < best && d < strlen(known) / 2 + 1) {
			best = d;
			nearest = known;
		}
	}
	return nearest;
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
