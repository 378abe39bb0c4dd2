/* SPDX-License-Identifier: ISC */
#include "smime/trust/trust.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "smime/store/namesake.h"
#include "smime/trust/constraint.h"
#include "smime/trust/deadend.h"
#include "smime/x509/ident.h"

struct trust {
	atomic_uint owners;
	enum trust_mode mode;
	struct store *collection; /* one count owned; may be NULL */
	struct store *local;	  /* one count owned; may be NULL */
	struct aliases *aliases;  /* owned; may be NULL */
	bool allows_listed;
};

/* One question put to OpenSSL; all borrowed. */
struct question {
	OSSL_LIB_CTX *libctx;
	X509 *leaf;
	STACK_OF(X509) *untrusted; /* of the message; may be NULL */
	time_t now;
	unsigned int *tries; /* namesake.h */
};

/* Where paths may lead, and over what. */
struct ground {
	const struct store *store; /* its word counts on a path; or NULL */
	X509_STORE *anchors;
	STACK_OF(X509) *helpers; /* may be NULL */
};

static const struct {
	int error;
	enum reason reason;
} errors[] = {
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, REASON_UNTRUSTED },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, REASON_UNTRUSTED },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, REASON_UNTRUSTED },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, REASON_UNTRUSTED },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, REASON_UNTRUSTED },
	{ X509_V_ERR_CERT_UNTRUSTED, REASON_UNTRUSTED },
	{ X509_V_ERR_CERT_REJECTED, REASON_ROOT_PURPOSE },
	{ X509_V_ERR_CERT_HAS_EXPIRED, REASON_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, REASON_NOT_YET_VALID },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, REASON_CHAIN_SIGNATURE },
	{ X509_V_ERR_INVALID_PURPOSE, REASON_KEY_PURPOSE },
	{ X509_V_ERR_INVALID_CA, REASON_NOT_A_CA },
	{ X509_V_ERR_INVALID_NON_CA, REASON_NOT_A_CA },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, REASON_NOT_A_CA },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, REASON_PATH_LENGTH },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, REASON_CHAIN_TOO_LONG },
	{ X509_V_ERR_PERMITTED_VIOLATION, REASON_NAME_CONSTRAINTS },
	{ X509_V_ERR_EXCLUDED_VIOLATION, REASON_NAME_CONSTRAINTS },
	{ X509_V_ERR_SUBTREE_MINMAX, REASON_NAME_CONSTRAINTS },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, REASON_NAME_CONSTRAINTS },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, REASON_NAME_CONSTRAINTS },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, REASON_NAME_CONSTRAINTS },
	{ X509_V_ERR_INVALID_POLICY_EXTENSION, REASON_CERTIFICATE_POLICY },
	{ X509_V_ERR_NO_EXPLICIT_POLICY, REASON_CERTIFICATE_POLICY },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, REASON_CRITICAL_EXTENSION },
	{ X509_V_ERR_CERT_REVOKED, REASON_REVOKED },
	{ X509_V_ERR_OUT_OF_MEM, REASON_TEMP_NOMEM },
	{ X509_V_ERR_UNSPECIFIED, REASON_TEMP_CRYPTO },
};

static enum reason
error_reason(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].error == error)
			return errors[i].reason;
	return REASON_CHAIN_INVALID;
}

/* OpenSSL's test of a purpose fails; is anyExtendedKeyUsage all it misses? */
static bool
any_purpose_will_do(X509 *cert, int depth)
{
	uint32_t usage = X509_get_key_usage(cert); /* all set where absent */
	int ca = X509_check_ca(cert);

	if (!cert_has_any_purpose(cert))
		return false;
	if (depth > 0)
		return ca == 1 || ca == 3 || ca == 4;
	return (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/*
 * RFC 8550 4.4.4: anyExtendedKeyUsage allows mail as well, which the purpose
 * smimesign of OpenSSL does not know.  Constraints that it does not know are
 * looked at afterwards, in check_constraints().
 */
static bool
is_forgiven(X509_STORE_CTX *ctx)
{
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_INVALID_PURPOSE:
		return any_purpose_will_do(X509_STORE_CTX_get_current_cert(ctx),
		    X509_STORE_CTX_get_error_depth(ctx));
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
		return true;
	default:
		return false;
	}
}

static int
forgive(int ok, X509_STORE_CTX *ctx)
{
	if (ok == 1 || !is_forgiven(ctx))
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/*
 * The constraints that the store puts on one of a path bind all below it, and
 * a signer itself.
 */
static enum reason
check_within(NAME_CONSTRAINTS *constraints, const STACK_OF(X509) *chain,
    int depth)
{
	bool foreign = constraint_has_foreign(constraints);
	enum reason reason = REASON_OK;
	X509 *cert;

	for (int i = 0; (i == 0 || i < depth) && reason == REASON_OK; i++) {
		cert = sk_X509_value(chain, i);
		if (foreign)
			reason =
			    constraint_check_foreign(constraints, true, cert);
		else if (NAME_CONSTRAINTS_check(cert, constraints) != X509_V_OK)
			reason = REASON_ROOT_CONSTRAINTS;
	}
	if (reason == REASON_OK)
		reason = constraint_check(constraints, sk_X509_value(chain, 0));
	return reason == REASON_NAME_CONSTRAINTS ? REASON_ROOT_CONSTRAINTS :
						   reason;
}

static bool
is_issued_before(X509 *leaf, time_t limit)
{
	return ASN1_TIME_cmp_time_t(X509_get0_notBefore(leaf), limit) == -1;
}

/* Does the store say more about it than that it is there? */
static bool
is_limited(const struct store_cert *cert)
{
	return cert->verdict != REASON_OK || cert->has_not_before ||
	    cert->constraints != NULL;
}

/* What does the store say about that one of a path? */
static enum reason
check_member(const struct store_cert *known, const STACK_OF(X509) *chain,
    int depth)
{
	if (known->verdict != REASON_OK)
		return known->verdict;
	if (known->has_not_before &&
	    !is_issued_before(sk_X509_value(chain, 0), known->not_before))
		return REASON_ROOT_NOT_BEFORE;
	return known->constraints == NULL ?
	    REASON_OK :
	    check_within(known->constraints, chain, depth);
}

/* A signature, and with it the hash, can be changed and still be right. */
static bool
is_same_certificate(const X509 *a, const X509 *b)
{
	return X509_cmp(a, b) == 0 ||
	    (X509_issuer_and_serial_cmp(a, b) == 0 &&
		EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1);
}

/*
 * What does the store say about the certificates of a path, wherever they came
 * from?
 */
static enum reason
check_members(const struct store *store, const STACK_OF(X509) *chain)
{
	const struct store_cert *certs;
	enum reason reason = REASON_OK;
	size_t count;

	certs = store_certs(store, &count);
	for (size_t i = 0; i < count && reason == REASON_OK; i++) {
		if (!is_limited(&certs[i]))
			continue;
		for (int k = 0; k < sk_X509_num(chain) && reason == REASON_OK;
		     k++)
			if (is_same_certificate(certs[i].cert,
				sk_X509_value(chain, k)))
				reason = check_member(&certs[i], chain, k);
	}
	return reason;
}

/* The same authority, be it in another certificate. */
static bool
is_same_authority(X509 *a, X509 *b)
{
	return X509_NAME_cmp(X509_get_subject_name(a),
		   X509_get_subject_name(b)) == 0 &&
	    EVP_PKEY_eq(X509_get0_pubkey(a), X509_get0_pubkey(b)) == 1;
}

/* Does the store disallow a certificate of a path, wherever it came from? */
static bool
disallows(const struct store *store, const STACK_OF(X509) *chain)
{
	const struct store_cert *certs;
	size_t count;

	certs = store_certs(store, &count);
	for (size_t i = 0; i < count; i++) {
		if (certs[i].verdict != REASON_ROOT_DISALLOWED)
			continue;
		for (int k = 0; k < sk_X509_num(chain); k++)
			if (is_same_authority(certs[i].cert,
				sk_X509_value(chain, k)))
				return true;
	}
	return false;
}

/* RFC 5280 6.1.3 (b): of self-issued ones only the last is constrained. */
static bool
is_constrained(X509 *cert, int depth)
{
	return depth == 0 || (X509_get_extension_flags(cert) & EXFLAG_SI) == 0;
}

/* What constraints say of the certificates of a path below that depth. */
static enum reason
check_below(const NAME_CONSTRAINTS *constraints, bool critical,
    const STACK_OF(X509) *chain, int depth)
{
	enum reason reason =
	    constraint_check(constraints, sk_X509_value(chain, 0));

	if (!constraint_has_foreign(constraints))
		return reason;
	for (int i = 0; i < depth && reason == REASON_OK; i++)
		if (is_constrained(sk_X509_value(chain, i), i))
			reason = constraint_check_foreign(constraints, critical,
			    sk_X509_value(chain, i));
	return reason;
}

/* OpenSSL has looked at names as they are written, and of forms it knows. */
static enum reason
check_constraints(const STACK_OF(X509) *chain)
{
	enum reason reason = REASON_OK;
	NAME_CONSTRAINTS *constraints;
	int critical;

	for (int i = 1; i < sk_X509_num(chain) && reason == REASON_OK; i++) {
		constraints = X509_get_ext_d2i(sk_X509_value(chain, i),
		    NID_name_constraints, &critical, NULL);
		if (constraints != NULL)
			reason =
			    check_below(constraints, critical == 1, chain, i);
		else if (critical != -1) /* OpenSSL could read them */
			reason = REASON_TEMP_NOMEM;
		NAME_CONSTRAINTS_free(constraints);
	}
	return reason;
}

/* A path holds for OpenSSL: what does the store say about it? */
static enum reason
check_path(const struct store *store, const STACK_OF(X509) *chain)
{
	enum reason reason;

	if (disallows(store, chain))
		return REASON_ROOT_DISALLOWED;
	reason = check_members(store, chain);
	return reason != REASON_OK ? reason : check_constraints(chain);
}

/* What one store says against a certificate, no other store may overrule. */
static bool
is_final(enum reason reason)
{
	return reason == REASON_ROOT_DISALLOWED || reason == REASON_REVOKED;
}

static bool
prepare(X509_STORE_CTX *ctx, const struct ground *ground,
    const struct question *q, struct namesakes *namesakes)
{
	X509_VERIFY_PARAM *param;

	if (X509_STORE_CTX_init(ctx, ground->anchors, q->leaf,
		ground->helpers) != 1 ||
	    X509_STORE_CTX_set_default(ctx, "smime_sign") != 1)
		return false;
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(param, TRUST_MAX_DEPTH);
	X509_VERIFY_PARAM_set_time(param, q->now);
	/* RFC 5280 6.1, with the initial set anyPolicy. */
	if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_POLICY_CHECK) != 1 ||
	    X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) !=
		1)
		return false;
	X509_STORE_CTX_set_verify_cb(ctx, forgive);
	namesake_pass_over(ctx, namesakes);
	return true;
}

static enum reason
answer_reason(int answer, int error)
{
	if (answer == 1)
		return REASON_OK;
	return answer == 0 && error != X509_V_OK ? error_reason(error) :
						   REASON_TEMP_CRYPTO;
}

/* Build a path to one of the anchors, and check it. */
static void
ask_once(const struct ground *ground, const struct question *q,
    struct namesakes *namesakes, struct run *run_r)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(q->libctx, NULL);
	int answer;

	*run_r = (struct run){ .done = true,
		.reason = REASON_TEMP_NOMEM,
		.error = X509_V_ERR_OUT_OF_MEM };
	if (ctx == NULL || !prepare(ctx, ground, q, namesakes)) {
		X509_STORE_CTX_free(ctx);
		return;
	}
	answer = X509_verify_cert(ctx);
	run_r->error = X509_STORE_CTX_get_error(ctx);
	run_r->depth = X509_STORE_CTX_get_error_depth(ctx);
	run_r->reason = answer_reason(answer, run_r->error);
	run_r->chain = X509_STORE_CTX_get1_chain(ctx);
	X509_STORE_CTX_free(ctx);
	if (run_r->reason == REASON_UNTRUSTED &&
	    deadend_is_at_signer(run_r->chain))
		run_r->reason = REASON_INTERMEDIATE_MISSING;
	/* What is said of a path is not to be missed for lack of one. */
	if (run_r->reason == REASON_OK && run_r->chain == NULL)
		run_r->reason = REASON_TEMP_NOMEM;
	if (run_r->reason == REASON_OK && ground->store != NULL)
		run_r->reason = check_path(ground->store, run_r->chain);
	run_r->final = is_final(run_r->reason);
}

/* There may be something that we have not found. */
static bool
is_unknown(enum reason reason)
{
	return reason == REASON_TOO_COSTLY ||
	    reason_result(reason) == RESULT_TEMPERROR;
}

/* No other path may change that. */
static bool
is_decided(const struct run *run)
{
	return run->reason == REASON_OK || run->final ||
	    reason_result(run->reason) == RESULT_TEMPERROR;
}

static void
replace(struct run *run, const struct run *with)
{
	sk_X509_pop_free(run->chain, X509_free);
	*run = *with;
}

/*
 * Ask for one path after another, until one of them decides.  If none does,
 * the first tells what is wrong.
 */
static void
ask_each(const struct ground *ground, const struct question *q,
    struct namesakes *namesakes, struct run *run_r)
{
	enum namesake_next next;
	struct run run;

	ask_once(ground, q, namesakes, run_r);
	if (is_decided(run_r))
		return;
	next = namesake_next(namesakes, run_r->chain, ground->helpers,
	    ground->anchors);
	while (next == NAMESAKE_NEXT) {
		ask_once(ground, q, namesakes, &run);
		if (is_decided(&run)) {
			replace(run_r, &run);
			break;
		}
		next = namesake_next(namesakes, run.chain, ground->helpers,
		    ground->anchors);
		sk_X509_pop_free(run.chain, X509_free);
	}
	if (next == NAMESAKE_TOO_COSTLY || next == NAMESAKE_NOMEM) {
		run_r->reason = next == NAMESAKE_NOMEM ? REASON_TEMP_NOMEM :
							 REASON_TOO_COSTLY;
		run_r->error = X509_V_OK;
	}
}

/*
 * First as the authority key identifiers say.  Where that leads nowhere they
 * may name an older certificate of an authority, so all that fit by their
 * names are tried; that we could not find out is no answer.
 */
static void
ask(const struct ground *ground, const struct question *q, struct run *run_r)
{
	struct namesakes namesakes = { .left = q->tries };
	struct run run;

	ask_each(ground, q, &namesakes, run_r);
	if (!is_decided(run_r) && run_r->reason != REASON_TOO_COSTLY &&
	    namesake_loosen(&namesakes)) {
		ask_each(ground, q, &namesakes, &run);
		if (is_decided(&run) || is_unknown(run.reason) ||
		    reason_is_no_path(run_r->reason))
			replace(run_r, &run);
		else
			sk_X509_pop_free(run.chain, X509_free);
	}
	namesake_done(&namesakes);
}

static STACK_OF(X509) *
join(const STACK_OF(X509) *a, const STACK_OF(X509) *b)
{
	STACK_OF(X509) *all = sk_X509_new_null();

	for (int i = 0; all != NULL && i < sk_X509_num(a); i++)
		if (sk_X509_push(all, sk_X509_value(a, i)) <= 0) {
			sk_X509_free(all);
			return NULL;
		}
	for (int i = 0; all != NULL && i < sk_X509_num(b); i++)
		if (sk_X509_push(all, sk_X509_value(b, i)) <= 0) {
			sk_X509_free(all);
			return NULL;
		}
	return all;
}

/*
 * No path holds: is there one to a root that the store refuses?  Whatever else
 * is wrong, be it with a decoy, what is final is told, and so is that we could
 * not find out; any other refusal is told where nothing is known but
 * "untrusted".
 */
static void
look_among_refused(const struct ground *ground, const struct question *q,
    struct run *run)
{
	const struct ground refused = {
		.anchors = store_get0_refused(ground->store),
		.helpers = ground->helpers,
	};
	struct run other;

	ask(&refused, q, &other);
	if (other.reason == REASON_OK) {
		other.reason = check_path(ground->store, other.chain);
		other.final = is_final(other.reason);
		if (other.final || reason_is_no_path(run->reason)) {
			replace(run, &other);
			return;
		}
	} else if (is_unknown(other.reason)) {
		replace(run, &other);
		return;
	}
	sk_X509_pop_free(other.chain, X509_free);
}

static void
ask_store(const struct store *store, const struct question *q,
    struct run *run_r)
{
	struct ground ground = { .store = store };

	*run_r = (struct run){ .done = true,
		.reason = REASON_UNTRUSTED,
		.error = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY };
	if (store == NULL)
		return;
	ground.anchors = store_get0_anchors(store);
	ground.helpers = join(store_get0_intermediates(store), q->untrusted);
	if (ground.helpers == NULL) {
		run_r->reason = REASON_TEMP_NOMEM;
		return;
	}
	ask(&ground, q, run_r);
	if (!is_decided(run_r))
		look_among_refused(&ground, q, run_r);
	sk_X509_free(ground.helpers);
}

/* The leaf as the collection lists it, if as a signer; or NULL. */
static const struct store_cert *
find_listed(const struct store *store, const X509 *leaf)
{
	const struct store_cert *known = NULL;
	uint8_t hash[CERT_SHA256_LEN];

	if (store != NULL && cert_sha256(leaf, hash))
		known = store_find(store, hash);
	return known != NULL && known->role == CERT_ROLE_SIGNER ? known : NULL;
}

/* A store where that one certificate is the anchor, be it a CA or not. */
static X509_STORE *
only(X509 *cert)
{
	X509_STORE *store = X509_STORE_new();

	if (store != NULL && X509_STORE_add_cert(store, cert) == 1 &&
	    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1)
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* No path was built, so nothing has looked at who issued it. */
static bool
disallows_issuer(const struct store *store, X509 *cert)
{
	const struct store_cert *certs;
	size_t count;

	certs = store_certs(store, &count);
	for (size_t i = 0; i < count; i++)
		if (certs[i].verdict == REASON_ROOT_DISALLOWED &&
		    cert_is_issued_by(cert, certs[i].cert))
			return true;
	return false;
}

/* It holds for OpenSSL: what does the collection say about it? */
static enum reason
check_listed(const struct store *store, const struct store_cert *listed,
    const struct run *run)
{
	if (disallows_issuer(store, listed->cert))
		return REASON_ROOT_DISALLOWED;
	return check_path(store, run->chain);
}

/* May a listed signer stand for itself?  The path is its certificate alone. */
static void
ask_listed(const struct store *store, const struct question *q,
    const struct store_cert *listed, struct run *run_r)
{
	const struct question alone = { .libctx = q->libctx,
		.leaf = listed->cert,
		.now = q->now,
		.tries = q->tries };
	const struct ground itself = { .anchors = only(listed->cert) };

	*run_r = (struct run){ .done = true,
		.reason = REASON_TEMP_NOMEM,
		.error = X509_V_ERR_OUT_OF_MEM };
	if (itself.anchors == NULL)
		return;
	ask(&itself, &alone, run_r);
	X509_STORE_free(itself.anchors);
	if (listed->verdict != REASON_OK)
		run_r->reason = listed->verdict;
	else if (run_r->reason == REASON_OK)
		run_r->reason = check_listed(store, listed, run_r);
	run_r->final = is_final(run_r->reason);
	run_r->listed = run_r->reason == REASON_OK;
}

/*
 * The last resort of the collection: only where it has no path, and where
 * nothing is known that no store may overrule.  Of two failures, the one that
 * knows more than "untrusted" is kept.
 */
static void
try_listed(const struct store *store, const struct question *q, struct run *run)
{
	const struct store_cert *listed = find_listed(store, q->leaf);
	struct run own;

	if (listed == NULL || run->reason == REASON_OK || run->final ||
	    run->reason == REASON_TOO_COSTLY)
		return;
	ask_listed(store, q, listed, &own);
	if (own.reason != REASON_OK && !own.final &&
	    !reason_is_no_path(run->reason)) {
		sk_X509_pop_free(own.chain, X509_free);
		return;
	}
	sk_X509_pop_free(run->chain, X509_free);
	*run = own;
}

/*
 * Exchange 2013 SP1: the local store is asked when the collection fails.
 * When both fail, the one that knows more than "untrusted" is heard; that we
 * failed to ask is no answer, and comes first.
 */
static bool
local_overrules(const struct path *path)
{
	const struct run *collection = &path->collection;
	const struct run *local = &path->local;

	if (collection->final || collection->reason == REASON_TOO_COSTLY ||
	    !local->done)
		return false;
	/* Who is in a list counts where no store has a path. */
	if (collection->listed)
		return local->reason == REASON_OK || local->final;
	if (collection->reason == REASON_OK)
		return false;
	if (reason_result(local->reason) == RESULT_TEMPERROR)
		return true;
	return local->reason == REASON_OK ||
	    (collection->reason == REASON_UNTRUSTED &&
		local->reason != REASON_UNTRUSTED) ||
	    (collection->reason == REASON_INTERMEDIATE_MISSING &&
		!reason_is_no_path(local->reason));
}

/* The other store knows who issued it: so what is missing here is trust. */
static void
tell_missing_from_untrusted(struct run *run, const struct run *other)
{
	if (run->reason == REASON_INTERMEDIATE_MISSING &&
	    other->chain != NULL && sk_X509_num(other->chain) > 1)
		run->reason = REASON_UNTRUSTED;
}

struct trust *
trust_new(enum trust_mode mode, struct store *collection, struct store *local,
    struct aliases *aliases)
{
	struct trust *trust = calloc(1, sizeof(*trust));

	if (trust == NULL) {
		store_unref(collection);
		store_unref(local);
		aliases_free(aliases);
		return NULL;
	}
	trust->owners = 1;
	trust->mode = mode;
	trust->collection = collection;
	trust->local = local;
	trust->aliases = aliases;
	return trust;
}

void
trust_allow_listed(struct trust *trust)
{
	trust->allows_listed = true;
}

struct trust *
trust_ref(struct trust *trust)
{
	if (trust != NULL)
		atomic_fetch_add(&trust->owners, 1);
	return trust;
}

void
trust_unref(struct trust *trust)
{
	if (trust == NULL || atomic_fetch_sub(&trust->owners, 1) != 1)
		return;
	store_unref(trust->collection);
	store_unref(trust->local);
	aliases_free(trust->aliases);
	free(trust);
}

enum trust_mode
trust_mode(const struct trust *trust)
{
	return trust->mode;
}

const struct store *
trust_get0_collection(const struct trust *trust)
{
	return trust->collection;
}

const struct store *
trust_get0_local(const struct trust *trust)
{
	return trust->local;
}

struct store *
trust_get1_collection(const struct trust *trust)
{
	return store_ref(trust->collection);
}

struct store *
trust_get1_local(const struct trust *trust)
{
	return store_ref(trust->local);
}

const struct aliases *
trust_get0_aliases(const struct trust *trust)
{
	return trust->aliases;
}

void
trust_check(const struct trust *trust, OSSL_LIB_CTX *libctx, X509 *leaf,
    STACK_OF(X509) *untrusted, time_t now, unsigned int *tries,
    struct path *path_r)
{
	struct question q = { .libctx = libctx,
		.leaf = leaf,
		.untrusted = untrusted,
		.now = now,
		.tries = tries };

	*path_r = (struct path){ .local = { .reason = REASON_UNTRUSTED } };
	ERR_set_mark();
	ask_store(trust->collection, &q, &path_r->collection);
	if (trust->mode == TRUST_LOCAL ||
	    path_r->collection.reason != REASON_OK)
		ask_store(trust->local, &q, &path_r->local);
	if (path_r->collection.reason != REASON_OK &&
	    path_r->local.reason == REASON_OK && trust->collection != NULL &&
	    disallows(trust->collection, path_r->local.chain)) {
		path_r->collection.reason = REASON_ROOT_DISALLOWED;
		path_r->collection.error = X509_V_OK;
		path_r->collection.final = true;
	}
	if (trust->allows_listed)
		try_listed(trust->collection, &q, &path_r->collection);
	tell_missing_from_untrusted(&path_r->collection, &path_r->local);
	tell_missing_from_untrusted(&path_r->local, &path_r->collection);
	ERR_pop_to_mark();
}

const struct run *
path_answer(const struct path *path, enum trust_mode mode,
    enum trust_who *who_r)
{
	const struct run *run = &path->collection;
	enum trust_who who = TRUST_BY_COLLECTION;

	if (mode == TRUST_LOCAL ||
	    (mode == TRUST_EXCHANGE_2013_SP1 && local_overrules(path))) {
		run = &path->local;
		who = TRUST_BY_LOCAL;
	}
	*who_r = run->reason == REASON_OK ? who : TRUST_NONE;
	return run;
}

const struct run *
path_that_holds(const struct path *path, enum trust_who *who_r)
{
	const struct run *run =
	    path_answer(path, TRUST_EXCHANGE_2013_SP1, who_r);

	return *who_r == TRUST_NONE ? NULL : run;
}

void
path_done(struct path *path)
{
	sk_X509_pop_free(path->collection.chain, X509_free);
	sk_X509_pop_free(path->local.chain, X509_free);
	path->collection.chain = NULL;
	path->local.chain = NULL;
}

static const char *const mode_words[] = {
	[TRUST_EXCHANGE_2013_SP1] = "exchange-2013-sp1",
	[TRUST_EXCHANGE_ONLINE] = "exchange-online",
	[TRUST_LOCAL] = "local",
};
_Static_assert(sizeof(mode_words) / sizeof(mode_words[0]) == TRUST_MODES,
    "mode_words");

const char *
trust_mode_word(enum trust_mode mode)
{
	return mode_words[mode];
}

const char *
trust_who_word(enum trust_who who)
{
	static const char *const words[] = {
		[TRUST_NONE] = "none",
		[TRUST_BY_COLLECTION] = "collection",
		[TRUST_BY_LOCAL] = "local",
	};

	return words[who];
}

bool
trust_mode_read(const char *word, enum trust_mode *mode_r)
{
	for (size_t i = 0; i < TRUST_MODES; i++) {
		if (strcmp(word, mode_words[i]) == 0) {
			*mode_r = (enum trust_mode)i;
			return true;
		}
	}
	return false;
}
