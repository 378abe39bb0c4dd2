/* SPDX-License-Identifier: ISC */
#include "milter/settings/optrow.h"

#include <stddef.h>
#include <syslog.h>

#include "milter/log/log.h"
#include "milter/settings/optcheck.h"
#include "milter/settings/rule.h"
#include "milter/settings/settings.h"

#define IN settings

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

static const struct opt_word authenticated[] = {
	{ "verify", AUTHENTICATED_VERIFY },
	{ "skip", AUTHENTICATED_SKIP },
	{ NULL, 0 },
};

_Static_assert(sizeof(enum log_target) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum action_kind) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum history_addresses) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum authenticated) == sizeof(int), "optvalue_read");

#ifdef HAVE_MICROHTTPD
#define ENDPOINTS "PORT, ADDRESS:PORT, [ADDRESS]:PORT or nothing, such as 9464"
#else
#define ENDPOINTS "nothing, or metrics-file instead"
#endif

#define ACTION(result, v)                                                      \
	WORD(on[result], v, actions),                                          \
	    .expects = "accept, tempfail, reject, quarantine or discard"

static const struct opt rows[] = {
	/* The daemon. */
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

	/* Metrics. */
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

	/* The header. */
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

	/* Trust. */
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

	/* The history. */
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

	/* What is acceptable. */
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

	/* What a message may cost. */
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

	/* What is done, by result. */
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

	/* Whose mail is not verified. */
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

	/* Rules. */
	{ .name = "policy-key",
	    TEXT(policy_key, "/var/lib/smime-milter/policy-key"),
	    .check = optcheck_key,
	    .expects = "an absolute path",
	    .manual = "The key that percent draws by; made when missing." },
};

const struct opt_table opt_main = TABLE(NULL, rows);
