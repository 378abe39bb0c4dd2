/* SPDX-License-Identifier: ISC */
#include "smime/reason.h"

#include <stddef.h>

/* Cures that several rows share. */
#define ASK_SENDER "The sender has to correct the signature"
#define SEE_LIMIT  "Raise the limit if such mail is expected"
#define RENEW	   "The sender needs a new certificate"

struct row {
	const char *token;
	enum result result;
	int validatecert;
	const char *words;
	const char *cure;
};

static const struct row rows[] = {
	[REASON_OK] = { "ok", RESULT_PASS, 1,
	    "the signature is acceptable in every respect", "Nothing to do" },

	[REASON_UNSIGNED] = { "unsigned", RESULT_NONE, 0,
	    "the message carries no signature", "Nothing to do" },
	[REASON_CERTS_ONLY] = { "certs-only", RESULT_NONE, 0,
	    "the message carries certificates, but no signature",
	    "Nothing to do" },
	[REASON_ENCRYPTED] = { "encrypted", RESULT_ABSENT, 0,
	    "the message is encrypted, so a signature in it cannot be seen",
	    "Only the recipient can verify it" },

	[REASON_UNTRUSTED] = { "untrusted", RESULT_POLICY, 4,
	    "no path leads from the signer to a certificate that may vouch",
	    "Add the root, or a missing intermediate, to the collection" },
	[REASON_INTERMEDIATE_MISSING] = { "intermediate-missing", RESULT_POLICY,
	    5,
	    "nobody has the certificate of the authority that issued the"
	    " signer's",
	    "The sender has to send its whole chain, or add that certificate"
	    " to the collection" },
	[REASON_ROOT_DISALLOWED] = { "root-disallowed", RESULT_POLICY, 4,
	    "the store marks the root as disallowed",
	    "The sender needs a certificate from another authority" },
	[REASON_ROOT_PURPOSE] = { "root-purpose", RESULT_POLICY, 6,
	    "the store does not allow the root to vouch for mail",
	    "Enable e-mail protection for the root, if it is meant for mail" },
	[REASON_ROOT_NOT_BEFORE] = { "root-not-before", RESULT_POLICY, 4,
	    "the store trusts the root only for certificates issued earlier",
	    "The sender needs a certificate from another authority" },
	[REASON_ROOT_CONSTRAINTS] = { "root-constraints", RESULT_POLICY, 4,
	    "the store does not let the root vouch for this name",
	    "The sender needs a certificate from another authority" },
	[REASON_MD5] = { "md5", RESULT_POLICY, 3,
	    "MD5 was used in the signature or in the chain",
	    RENEW " or mail program; accept-md5 allows it at a risk" },
	[REASON_SHA1] = { "sha1", RESULT_POLICY, 3,
	    "SHA-1 was used in the signature or in the chain",
	    RENEW " or mail program; accept-sha1 allows it at a risk" },
	[REASON_DSA] = { "dsa", RESULT_POLICY, 3,
	    "DSA was used in the signature or in the chain",
	    RENEW "; accept-dsa allows it at a risk" },
	[REASON_SHORT_KEY] = { "short-key", RESULT_POLICY, 3,
	    "a key in the signature or in the chain is too short",
	    RENEW "; min-rsa-bits sets the bound" },
	[REASON_NO_SIGNED_ATTRIBUTES] = { "no-signed-attributes", RESULT_POLICY,
	    3,
	    "the signature has no signed attributes, so what was signed is"
	    " not beyond doubt",
	    ASK_SENDER ": sign with signed attributes" },
	[REASON_NO_FROM] = { "no-from", RESULT_POLICY, 12,
	    "the message has no From field to compare with the signer",
	    "The sender has to add a From field" },
	[REASON_FROM_AMBIGUOUS] = { "from-ambiguous", RESULT_POLICY, 12,
	    "the From field does not name exactly one mailbox beyond doubt",
	    "The sender has to write one From field with one address" },
	[REASON_FROM_DISPLAY_NAME] = { "from-display-name", RESULT_POLICY, 12,
	    "the display name in From shows an address other than the author's",
	    "The sender has to take the address out of the display name" },
	[REASON_FROM_MISMATCH] = { "from-mismatch", RESULT_POLICY, 12,
	    "the signer is not the author named in From",
	    "Sign with a certificate for the From address, or list the pair"
	    " in signer-aliases" },
	[REASON_PROTECTED_FROM] = { "protected-from", RESULT_POLICY, 12,
	    "the From field that the signature protects is not that of the"
	    " message",
	    "The sender has to send both alike; a relay may have changed it" },
	[REASON_NO_ADDRESS] = { "no-address", RESULT_POLICY, 12,
	    "the signer's certificate names no mail address",
	    RENEW " that names the From address" },
	[REASON_PARTIAL] = { "partial", RESULT_POLICY, 3,
	    "the signature does not cover the whole message",
	    "See which relay wrapped the message or added to it" },

	[REASON_CMS_MALFORMED] = { "cms-malformed", RESULT_NEUTRAL, 2,
	    "the signature is not well-formed CMS", ASK_SENDER },
	[REASON_CMS_TRAILING] = { "cms-trailing", RESULT_NEUTRAL, 2,
	    "octets follow the end of the signature", ASK_SENDER },
	[REASON_CMS_TYPE] = { "cms-type", RESULT_NEUTRAL, 2,
	    "the CMS object is not of the type that its label says",
	    ASK_SENDER },
	[REASON_CONTENT_TYPE] = { "content-type", RESULT_NEUTRAL, 2,
	    "the signed content is not mail (its type is not id-data)",
	    ASK_SENDER },
	[REASON_NO_SIGNERS] = { "no-signers", RESULT_NEUTRAL, 3,
	    "the signature contains no signer", ASK_SENDER },
	[REASON_NO_CONTENT] = { "no-content", RESULT_NEUTRAL, 2,
	    "the signature contains no content, and stands alone", ASK_SENDER },
	[REASON_CONTENT_IN_DETACHED] = { "content-in-detached", RESULT_NEUTRAL,
	    2, "a detached signature brings content of its own", ASK_SENDER },
	[REASON_COMPRESSED] = { "compressed", RESULT_NEUTRAL, 2,
	    "the compressed content cannot be expanded", ASK_SENDER },
	[REASON_TNEF] = { "tnef", RESULT_NEUTRAL, 2,
	    "the message is in a format that only Outlook reads (winmail.dat),"
	    " so a signature in it cannot be seen",
	    "Exchange has to send to outside recipients without TNEF" },
	[REASON_NOT_TWO_PARTS] = { "not-two-parts", RESULT_NEUTRAL, 2,
	    "a multipart/signed does not have exactly two parts",
	    "See which relay added or removed a part" },
	[REASON_PROTOCOL_MISMATCH] = { "protocol-mismatch", RESULT_NEUTRAL, 2,
	    "the second part is not of the type that protocol names",
	    ASK_SENDER },
	[REASON_HEADER_AMBIGUOUS] = { "header-ambiguous", RESULT_NEUTRAL, 2,
	    "two readers could read the MIME header fields differently",
	    ASK_SENDER ": one of each field, one of each parameter, and a file "
		       "name that ends as its type says" },
	[REASON_BOUNDARY_AMBIGUOUS] = { "boundary-ambiguous", RESULT_NEUTRAL, 2,
	    "two readers could cut the parts differently", ASK_SENDER },
	[REASON_UNTERMINATED] = { "unterminated", RESULT_NEUTRAL, 2,
	    "the closing boundary is missing",
	    "See which relay cut the message short" },
	[REASON_TRANSFER_ENCODING] = { "transfer-encoding", RESULT_NEUTRAL, 2,
	    "the transfer encoding is unknown, damaged or not allowed there",
	    ASK_SENDER },

	[REASON_TEMP_NOMEM] = { "no-memory", RESULT_TEMPERROR, 17,
	    "the verifier ran out of memory",
	    "Give the daemon more memory, or lower its limits" },
	[REASON_TEMP_CRYPTO] = { "crypto-error", RESULT_TEMPERROR, 17,
	    "the cryptographic library failed",
	    "See the log, and report it if it happens again" },

	[REASON_DIGEST_NOT_ANNOUNCED] = { "digest-not-announced",
	    RESULT_PERMERROR, 3,
	    "the signer used a digest that micalg, or the list in the "
	    "signature, does not announce",
	    ASK_SENDER "; rehash-octets sets up to which size we try again" },
	[REASON_SIGNER_MISSING] = { "signer-missing", RESULT_PERMERROR, 10,
	    "the signer's certificate is neither in the message nor known",
	    "The sender has to include it, or add it to the collection" },
	[REASON_UNSUPPORTED_ALGORITHM] = { "unsupported-algorithm",
	    RESULT_PERMERROR, 3,
	    "the signature uses an algorithm that is not supported",
	    "A newer OpenSSL may support it" },
	[REASON_MESSAGE_TOO_LARGE] = { "message-too-large", RESULT_PERMERROR, 3,
	    "the message is larger than max-message", SEE_LIMIT },
	[REASON_EXPANDED_TOO_LARGE] = { "expanded-too-large", RESULT_PERMERROR,
	    3, "compressed content expands beyond max-expanded or max-ratio",
	    SEE_LIMIT },
	[REASON_TOO_DEEP] = { "too-deep", RESULT_PERMERROR, 3,
	    "parts are nested deeper than max-depth", SEE_LIMIT },
	[REASON_TOO_MANY_PARTS] = { "too-many-parts", RESULT_PERMERROR, 3,
	    "the message has more parts than max-parts", SEE_LIMIT },
	[REASON_HEADER_TOO_LARGE] = { "header-too-large", RESULT_PERMERROR, 3,
	    "the header of a part is larger than max-header", SEE_LIMIT },
	[REASON_CMS_TOO_LARGE] = { "cms-too-large", RESULT_PERMERROR, 3,
	    "a signature is larger than max-cms", SEE_LIMIT },
	[REASON_KEY_TOO_LARGE] = { "key-too-large", RESULT_PERMERROR, 3,
	    "a key is so large that using it would cost too much",
	    RENEW " with an ordinary key" },
	[REASON_TOO_MANY_SIGNATURES] = { "too-many-signatures",
	    RESULT_PERMERROR, 3,
	    "the message has more signed parts than max-signatures",
	    SEE_LIMIT },
	[REASON_TOO_MANY_SIGNERS] = { "too-many-signers", RESULT_PERMERROR, 3,
	    "a signature has more signers than max-signers", SEE_LIMIT },
	[REASON_TOO_MANY_CERTIFICATES] = { "too-many-certificates",
	    RESULT_PERMERROR, 3,
	    "a signature brings more certificates than max-certificates",
	    SEE_LIMIT },
	[REASON_TOO_MANY_ADDRESSES] = { "too-many-addresses", RESULT_PERMERROR,
	    12,
	    "the signer's certificate names more addresses than are compared"
	    " with the author's",
	    RENEW " with fewer addresses" },
	[REASON_CHAIN_TOO_LONG] = { "chain-too-long", RESULT_PERMERROR, 5,
	    "the chain of certificates is too long",
	    RENEW " with a shorter chain" },
	[REASON_TOO_COSTLY] = { "too-costly", RESULT_PERMERROR, 3,
	    "to verify it would cost more keys and paths tried, or more time, "
	    "than a message may take (max-cpu-time)",
	    ASK_SENDER ": each certificate once" },

	[REASON_DIGEST_MISMATCH] = { "digest-mismatch", RESULT_FAIL, 3,
	    "the content was changed after it was signed",
	    "See which relay changes mail (footers, re-encoding)" },
	[REASON_BAD_SIGNATURE] = { "bad-signature", RESULT_FAIL, 3,
	    "the signature does not match what was signed and the signer's key",
	    ASK_SENDER },
	[REASON_ATTRIBUTE_MISMATCH] = { "attribute-mismatch", RESULT_FAIL, 3,
	    "a signed attribute contradicts what it is attached to",
	    ASK_SENDER },
	[REASON_EXPIRED] = { "expired", RESULT_FAIL, 7,
	    "a certificate in the chain has expired", RENEW },
	[REASON_NOT_YET_VALID] = { "not-yet-valid", RESULT_FAIL, 7,
	    "a certificate in the chain is not valid yet",
	    "Check the clocks, here and at the sender" },
	[REASON_CHAIN_SIGNATURE] = { "chain-signature", RESULT_FAIL, 5,
	    "a signature between two certificates of the chain is wrong",
	    RENEW },
	[REASON_KEY_PURPOSE] = { "key-purpose", RESULT_FAIL, 6,
	    "a certificate in the chain is not meant for signing mail",
	    RENEW " for e-mail protection" },
	[REASON_NOT_A_CA] = { "not-a-ca", RESULT_FAIL, 11,
	    "a certificate in the chain was issued by one that is no authority",
	    RENEW },
	[REASON_PATH_LENGTH] = { "path-length", RESULT_FAIL, 11,
	    "an authority in the chain may not have so many below it", RENEW },
	[REASON_NAME_CONSTRAINTS] = { "name-constraints", RESULT_FAIL, 9,
	    "an authority in the chain may not vouch for this name", RENEW },
	[REASON_CERTIFICATE_POLICY] = { "certificate-policy", RESULT_FAIL, 5,
	    "the chain does not hold under its own certificate policies",
	    RENEW },
	[REASON_CRITICAL_EXTENSION] = { "critical-extension", RESULT_FAIL, 10,
	    "a certificate has a critical extension that is not understood",
	    RENEW },
	[REASON_CHAIN_INVALID] = { "chain-invalid", RESULT_FAIL, 5,
	    "the chain of certificates is not valid", RENEW },
	[REASON_REVOKED] = { "revoked", RESULT_FAIL, 13,
	    "a certificate in the chain has been revoked", RENEW },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == REASON_COUNT, "rows");

const char *
reason_token(enum reason reason)
{
	return rows[reason].token;
}

enum result
reason_result(enum reason reason)
{
	return rows[reason].result;
}

bool
reason_is_no_path(enum reason reason)
{
	return reason == REASON_UNTRUSTED ||
	    reason == REASON_INTERMEDIATE_MISSING;
}

int
reason_validatecert(enum reason reason)
{
	return rows[reason].validatecert;
}

const char *
reason_words(enum reason reason)
{
	return rows[reason].words;
}

const char *
reason_cure(enum reason reason)
{
	return rows[reason].cure;
}

const char *
result_word(enum result result)
{
	static const char *const words[] = {
		[RESULT_ABSENT] = NULL,
		[RESULT_NONE] = "none",
		[RESULT_PASS] = "pass",
		[RESULT_POLICY] = "policy",
		[RESULT_NEUTRAL] = "neutral",
		[RESULT_TEMPERROR] = "temperror",
		[RESULT_PERMERROR] = "permerror",
		[RESULT_FAIL] = "fail",
	};
	_Static_assert(sizeof(words) / sizeof(words[0]) == RESULT_FAIL + 1,
	    "words");

	return words[result];
}

enum result
result_worse(enum result a, enum result b)
{
	return a > b ? a : b;
}
