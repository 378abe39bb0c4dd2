/* SPDX-License-Identifier: ISC */
#include "milter/settings/optrow.h"

#include <stddef.h>

#include "milter/header/reply.h"
#include "milter/settings/condition.h"
#include "milter/settings/optcheck.h"
#include "milter/settings/rule.h"

#define IN rule

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

static const struct opt_word requirements[] = {
	{ "nothing", REQUIRE_NOTHING },
	{ "signed", REQUIRE_SIGNED },
	{ "pass", REQUIRE_PASS },
	{ NULL, 0 },
};

static const struct opt_word vouching[] = {
	{ "any", VOUCHED_BY_ANY },
	{ "collection", VOUCHED_BY_COLLECTION },
	{ "local", VOUCHED_BY_LOCAL },
	{ NULL, 0 },
};

static const struct opt_word stages[] = {
	{ "monitor", STAGE_MONITOR },
	{ "tag", STAGE_TAG },
	{ "quarantine", STAGE_QUARANTINE },
	{ "reject", STAGE_REJECT },
	{ NULL, 0 },
};

_Static_assert(sizeof(enum requirement) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum vouching) == sizeof(int), "optvalue_read");
_Static_assert(sizeof(enum rule_stage) == sizeof(int), "optvalue_read");

#define RULE_ACTION(m)                                                         \
	WORD(m, "default", rule_actions),                                      \
	    .expects = "default, accept, tag, tempfail, reject, quarantine "   \
		       "or discard"
#define ADDRESSES(m)                                                           \
	LIST(m), .check = optcheck_address,                                    \
		 .expects = "an address, such as a@example.org, * or @/FILE"
#define VALIDATIONS(m)                                                         \
	LIST(m), .check = condition_check_validation,                          \
		 .expects = "mailbox, organization, sponsor or individual, "   \
			    "with or without -legacy, -multipurpose or "       \
			    "-strict"
#define NAMES(m) LIST(m), .check = optcheck_filled, .expects = "a name or *"

static const struct opt rows[] = {
	/* All of these have to hold for it to match. */
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

	/* What it requires. */
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

	/* What it does. */
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

const struct opt_table opt_policy = TABLE("policy", rows);
