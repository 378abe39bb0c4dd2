/* SPDX-License-Identifier: ISC */
#include "smime/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "smime/cms/sig.h"
#include "smime/store/namesake.h"
#include "smime/trust/deadend.h"
#include "smime/x509/factcache.h"
#include "smime/x509/ident.h"

/* Keys that one message may have tried, all signers together. */
enum { MAX_TRIALS = 64 };

/* Certificates whose facts are kept from signer to signer. */
enum { OWN_FACTS = 64 };

struct judge {
	struct judge_input in;
	struct verdict verdict;
	struct signature *signatures; /* owned; count of them */
	size_t count;
	size_t trials;		 /* how many more keys may be tried */
	unsigned int path_tries; /* namesake.h */
	bool certs_only; /* a layer turned out to carry certificates alone */
	bool nomem;
	void **owned; /* what signatures point to: strings and lists ... */
	size_t owned_count;
	size_t owned_room;
	struct facts **facts; /* ... and into facts; one count of each */
	size_t facts_count;
	struct factcache *own_facts; /* owned; where there is no verifier */
};

/* One signer under one mode. */
struct opinion {
	const struct signer *signer;
	const struct run *run;
	enum reason author; /* REASON_OK: the signer is the author */
	bool alias;	    /* through signer-aliases */
	enum coverage coverage;
};

static bool
grow_owned(struct judge *judge)
{
	size_t room = judge->owned_room == 0 ? 32 : judge->owned_room * 2;
	void **owned;

	if (judge->owned_count < judge->owned_room)
		return true;
	owned = realloc(judge->owned, room * sizeof(void *));
	if (owned == NULL)
		return false;
	judge->owned = owned;
	judge->owned_room = room;
	return true;
}

/* Have the judge free it in the end.  Returns it, or NULL. */
static void *
own(struct judge *judge, void *thing)
{
	if (thing == NULL || !grow_owned(judge)) {
		free(thing);
		judge->nomem = true;
		return NULL;
	}
	judge->owned[judge->owned_count++] = thing;
	return thing;
}

/* What the cache has, or finds, until the end; NULL when out of memory. */
static const struct facts *
keep_facts(struct judge *judge, struct facts *facts)
{
	struct facts **list = reallocarray(judge->facts, judge->facts_count + 1,
	    sizeof(struct facts *));

	if (list != NULL)
		judge->facts = list;
	if (list == NULL || facts == NULL) {
		facts_unref(facts);
		judge->nomem = true;
		return NULL;
	}
	list[judge->facts_count++] = facts;
	return facts;
}

static struct factcache *
cache_of(const struct judge *judge)
{
	return judge->own_facts != NULL ? judge->own_facts :
					  judge->in.verifier->facts;
}

static struct signature *
add_signature(struct judge *judge, const struct layer *layer)
{
	size_t size = (judge->count + 1) * sizeof(*judge->signatures);
	struct signature *list = realloc(judge->signatures, size);
	struct signature *signature;

	if (list == NULL) {
		judge->nomem = true;
		return NULL;
	}
	judge->signatures = list;
	signature = &list[judge->count++];
	*signature = (struct signature){
		.part = own(judge, strdup(layer->part)),
		.outermost = layer->outermost,
		.coverage =
		    layer->outermost ? COVERAGE_WHOLE : COVERAGE_PARTIAL,
	};
	return signature;
}

static void
set_results(struct signature *signature, enum reason reason)
{
	signature->reason = reason;
	signature->result = reason_result(reason);
	for (size_t i = 0; i < TRUST_MODES; i++) {
		signature->mode_result[i] = signature->result;
		signature->mode_reason[i] = reason;
	}
}

/* A layer of which nothing more can be said. */
static void
add_unread(struct judge *judge, const struct layer *layer, enum reason reason)
{
	struct signature *signature = add_signature(judge, layer);

	if (signature == NULL)
		return;
	set_results(signature, reason);
	signature->detail = reason_words(reason);
}

static void
describe_cert(const struct facts *facts, struct signature *signature)
{
	signature->issuer = facts->issuer;
	signature->subject = facts->subject;
	signature->serial = facts->serial;
	signature->key = facts->key_name;
	signature->sha256 = facts->sha256;
	signature->validation = facts->validation;
}

static void
describe_strength(const struct signer *signer, struct signature *signature)
{
	signature->strength = (size_t)signer->facts->key.security_bits;
	if (signer->digest_strength < signature->strength)
		signature->strength = signer->digest_strength;
}

static void
describe_digest(struct judge *judge, const struct signer *signer,
    struct signature *signature)
{
	size_t len = signer->message_digest_len;
	uint8_t *copy;

	if (len == 0)
		return;
	copy = own(judge, malloc(len));
	if (copy == NULL)
		return;
	memcpy(copy, signer->message_digest, len);
	signature->message_digest = copy;
	signature->message_digest_len = len;
}

static void
describe_signer(const struct signer *signer, struct signature *signature)
{
	signature->digest = signer->digest;
	signature->signature = signer->signature;
	signature->order = signer->order;
	signature->has_signing_time = signer->has_signing_time;
	signature->signing_time = signer->signing_time;
	signature->openssl_error = signer->error;
	if (signer->reason == REASON_OK)
		signature->integrity = INTEGRITY_GOOD;
	else if (reason_result(signer->reason) == RESULT_FAIL)
		signature->integrity = INTEGRITY_BAD;
}

static void
describe_chain(struct judge *judge, const struct run *run,
    struct signature *signature)
{
	int count = run->chain == NULL ? 0 : sk_X509_num(run->chain);
	const struct facts *facts;
	const char **names;

	if (count <= 0)
		return;
	names = own(judge, calloc((size_t)count, sizeof(*names)));
	if (names == NULL)
		return;
	for (int i = 0; i < count; i++) {
		facts = keep_facts(judge,
		    factcache_get1(cache_of(judge),
			sk_X509_value(run->chain, i)));
		names[i] = facts != NULL ? facts->subject : NULL;
	}
	signature->chain = names;
	signature->chain_len = (size_t)count;
	if (run->reason == REASON_OK)
		signature->anchor = names[count - 1];
}

static const uint8_t *
der(struct judge *judge, X509 *cert, size_t *len_r)
{
	int len = i2d_X509(cert, NULL);
	uint8_t *octets, *end;

	if (len <= 0)
		return NULL;
	octets = own(judge, malloc((size_t)len));
	end = octets;
	if (octets == NULL || i2d_X509(cert, &end) != len)
		return NULL;
	*len_r = (size_t)len;
	return octets;
}

static bool
is_among(const STACK_OF(X509) *certs, const X509 *cert)
{
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (X509_cmp(sk_X509_value(certs, i), cert) == 0)
			return true;
	return false;
}

static void
describe_link(struct judge *judge, X509 *cert, const STACK_OF(X509) *carried,
    struct path_cert *link)
{
	const struct facts *facts =
	    keep_facts(judge, factcache_get1(cache_of(judge), cert));

	if (facts == NULL)
		return;
	link->subject = facts->subject;
	link->sha256 = facts->sha256;
	link->not_after = facts->not_after;
	link->carried = is_among(carried, cert);
	link->der = der(judge, cert, &link->der_len);
}

/* Who would vouch if the cloud did not, and with what. */
static void
describe_path(struct judge *judge, const struct path *path,
    const STACK_OF(X509) *carried, struct signature *signature)
{
	const struct run *run = path_that_holds(path, &signature->path_by);
	size_t count = run == NULL ? 0 : (size_t)sk_X509_num(run->chain);
	struct path_cert *links;

	if (count == 0 || !judge->in.wants_path)
		return;
	links = own(judge, calloc(count, sizeof(*links)));
	if (links == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		describe_link(judge, sk_X509_value(run->chain, (int)i), carried,
		    &links[i]);
	signature->path = links;
	signature->path_len = count;
}

/* RFC 9788 4.4: what the signature protects must be what is shown. */
static enum reason
check_protected_from(const struct layer *layer, const struct author *author)
{
	if (!layer->has_protected_from)
		return REASON_OK;
	if (layer->protected_from_is_doubtful ||
	    !mailbox_equal(&layer->protected_from, &author->mailbox))
		return REASON_PROTECTED_FROM;
	return REASON_OK;
}

/* Is the signer the author?  Fills identity and identifier. */
static enum reason
check_author(struct judge *judge, const struct layer *layer,
    const struct mailboxes *mailboxes, struct signature *signature)
{
	const struct author *author = judge->in.author;
	enum reason reason = author->reason;
	size_t which = 0;

	signature->identity =
	    reason == REASON_NO_FROM ? IDENTITY_NONE : IDENTITY_AMBIGUOUS;
	if (reason == REASON_OK) {
		switch (ident_match(mailboxes, &author->mailbox,
		    trust_get0_aliases(judge->in.trust), &which)) {
		case IDENT_NO_ADDRESS:
			signature->identity = IDENTITY_NONE;
			reason = REASON_NO_ADDRESS;
			break;
		case IDENT_MISMATCH:
			signature->identity = IDENTITY_MISMATCH;
			reason = mailboxes->more ? REASON_TOO_MANY_ADDRESSES :
						   REASON_FROM_MISMATCH;
			break;
		case IDENT_ALIAS:
			signature->identity = IDENTITY_ALIAS;
			break;
		case IDENT_MATCH:
			signature->identity = IDENTITY_MATCH;
			break;
		}
	}
	if (mailboxes->count > 0)
		signature->identifier =
		    own(judge, mailbox_write(&mailboxes->list[which]));
	if (reason == REASON_OK)
		reason = check_protected_from(layer, author);
	return reason;
}

/* A listed signer vouches for exactly its own addresses. */
static bool
speaks_for_another(const struct opinion *opinion)
{
	return opinion->run->listed && opinion->alias;
}

/*
 * The first thing that speaks against a signature.  The order is fixed, so
 * that one change in a message changes one reason.
 */
static enum reason
decide(const struct judge *judge, const struct opinion *opinion)
{
	const struct signer *signer = opinion->signer;
	enum reason weakness;

	if (signer->reason != REASON_OK)
		return signer->reason;
	if (opinion->run->reason != REASON_OK)
		return opinion->run->reason;
	if (signer->weakness != REASON_OK)
		return signer->weakness;
	weakness = factcache_check_chain(cache_of(judge), judge->in.rules,
	    opinion->run->chain);
	if (weakness != REASON_OK)
		return weakness;
	if (signer->doubtful)
		return REASON_NO_SIGNED_ATTRIBUTES;
	if (opinion->author != REASON_OK)
		return opinion->author;
	if (speaks_for_another(opinion))
		return REASON_FROM_MISMATCH;
	return opinion->coverage == COVERAGE_WHOLE ? REASON_OK : REASON_PARTIAL;
}

/* What each mode would say, and what the one in force says. */
static void
decide_modes(struct judge *judge, const struct path *path,
    struct opinion *opinion, struct signature *signature)
{
	enum trust_mode in_force = trust_mode(judge->in.trust);
	enum trust_mode mode;
	enum trust_who who;

	for (size_t i = 0; i < TRUST_MODES; i++) {
		mode = (enum trust_mode)i;
		opinion->run = path_answer(path, mode, &who);
		if (!opinion->run->done) /* local alone, and not in force */
			continue;
		signature->mode_trust[i] = who;
		signature->mode_reason[i] = decide(judge, opinion);
		signature->mode_result[i] =
		    reason_result(signature->mode_reason[i]);
	}
	opinion->run = path_answer(path, in_force, &who);
	signature->trust = who;
	signature->reason = decide(judge, opinion);
	signature->result = reason_result(signature->reason);
	if (speaks_for_another(opinion))
		signature->identity = IDENTITY_MISMATCH;
}

/* One sentence, with OpenSSL's word for it where a path failed. */
static const char *
explain(struct judge *judge, const struct run *run,
    const struct signature *signature)
{
	const char *words = reason_words(signature->reason);
	char *text, *where;
	int len;

	if (signature->reason != run->reason || run->error == X509_V_OK)
		return words;
	if (reason_is_no_path(run->reason)) {
		where = deadend_words(run->chain);
		len = where == NULL ? -1 :
				      asprintf(&text, "%s: %s", words, where);
		free(where);
		return len < 0 ? words : own(judge, text);
	}
	if (asprintf(&text, "%s: %s (certificate %d of the chain)", words,
		X509_verify_cert_error_string(run->error), run->depth) < 0)
		return words;
	return own(judge, text);
}

static void
judge_path(struct judge *judge, const struct layer *layer,
    const struct signer *signer, const struct path *path,
    struct signature *signature)
{
	struct opinion opinion = { .signer = signer,
		.coverage = signature->coverage };

	opinion.author =
	    check_author(judge, layer, &signer->facts->mailboxes, signature);
	opinion.alias = signature->identity == IDENTITY_ALIAS;
	decide_modes(judge, path, &opinion, signature);
	describe_chain(judge, opinion.run, signature);
	if (signature->openssl_error == 0 && opinion.run->reason != REASON_OK)
		signature->openssl_error = (unsigned long)opinion.run->error;
	signature->detail = explain(judge, opinion.run, signature);
}

/* The path of a signer: one that is remembered, or else the fresh one. */
static const struct path *
find_path(struct judge *judge, X509 *leaf, STACK_OF(X509) *untrusted,
    struct path *fresh)
{
	const struct path_question question = { .trust = judge->in.trust,
		.leaf = leaf,
		.untrusted = untrusted,
		.now = judge->in.now };
	struct pathcache *cache = NULL;
	const struct path *path = NULL;

	*fresh = (struct path){ .local = { .reason = REASON_UNTRUSTED } };
	if (judge->in.verifier != NULL)
		cache = judge->in.verifier->paths;
	if (cache != NULL)
		path = pathcache_find(cache, &question);
	if (path != NULL)
		return path;
	trust_check(judge->in.trust, judge->in.libctx, leaf, untrusted,
	    judge->in.now, &judge->path_tries, fresh);
	if (cache != NULL)
		path = pathcache_keep(cache, &question, fresh);
	return path != NULL ? path : fresh;
}

/* What could not be read may be what is missing. */
static void
mention_left_out(struct judge *judge, const struct sig *sig,
    struct signature *signature)
{
	char *text;

	if (sig->bag.left_out == NULL)
		return;
	if (asprintf(&text, "%s; %s", signature->detail, sig->bag.left_out) < 0)
		judge->nomem = true;
	else
		signature->detail = own(judge, text);
}

/* By the certificate that the signer has. */
static void
judge_by(struct judge *judge, const struct layer *layer, const struct sig *sig,
    const struct signer *signer, struct signature *signature)
{
	const struct path *path;
	struct path fresh;

	describe_signer(signer, signature);
	describe_digest(judge, signer, signature);
	if (signer->facts == NULL) {
		set_results(signature, signer->reason);
		signature->detail = reason_words(signer->reason);
		return;
	}
	if (keep_facts(judge, facts_ref(signer->facts)) == NULL)
		return;
	describe_cert(signer->facts, signature);
	describe_strength(signer, signature);
	if (!budget_is_left(judge->in.budget)) {
		set_results(signature, REASON_TOO_COSTLY);
		signature->detail = reason_words(REASON_TOO_COSTLY);
		return;
	}
	path = find_path(judge, signer->cert, sig->bag.certs, &fresh);
	judge_path(judge, layer, signer, path, signature);
	describe_path(judge, path, sig->bag.certs, signature);
	path_done(&fresh);
}

/*
 * Where several certificates may be meant, by the one that does best in the
 * mode in force; what other modes say is then of that one as well.
 */
static void
judge_signer(struct judge *judge, const struct layer *layer,
    const struct sig *sig, const struct signer *signer)
{
	struct signature *signature = add_signature(judge, layer);
	struct signature blank, other;

	if (signature == NULL)
		return;
	blank = *signature;
	judge_by(judge, layer, sig, signer, signature);
	for (size_t i = 0; i < signer->other_count; i++) {
		if (signature->result == RESULT_PASS)
			break;
		other = blank;
		judge_by(judge, layer, sig, &signer->others[i], &other);
		if (result_worse(other.result, signature->result) !=
		    other.result)
			*signature = other;
	}
	mention_left_out(judge, sig, signature);
}

static void
check_layer(struct judge *judge, struct layer *layer, struct sig *sig_r)
{
	const struct store *collection = trust_get0_collection(judge->in.trust);
	struct sig_input in = {
		.libctx = judge->in.libctx,
		.limits = judge->in.limits,
		.rules = judge->in.rules,
		.budget = judge->in.budget,
		.digest = layer->digest,
		.facts = cache_of(judge),
		.trials = &judge->trials,
		.known =
		    collection == NULL ? NULL : store_get0_signers(collection),
	};

	if (judge->in.verifier != NULL)
		in.cache = judge->in.verifier->certs;
	in.frame = sdata_frame(layer->sdata, &in.len);
	in.certs = sdata_certs(layer->sdata, &in.certs_len);
	in.listed = sdata_digests(layer->sdata);
	sig_check(&in, sig_r);
}

/* RFC 8551 3.8: no content and no signer, and no claim that there is one. */
static bool
is_certs_only(struct judge *judge, struct layer *layer)
{
	bool labelled = layer->label == LABEL_CERTS_ONLY;
	struct sig sig;
	bool no_signers;

	if (layer->detached || layer->label == LABEL_SIGNED ||
	    layer->sdata == NULL)
		return false;
	if (labelled && sdata_kind(layer->sdata) != SDATA_SIGNED)
		return true;
	if (layer->reason != REASON_NO_CONTENT &&
	    (!labelled || sdata_has_content(layer->sdata)))
		return false;
	check_layer(judge, layer, &sig);
	no_signers = sig.reason == REASON_NO_SIGNERS;
	sig_done(&sig);
	return no_signers;
}

/* The signatures that the verdict speaks of: the outermost ones, if any. */
static bool
counts(const struct judge *judge, const struct signature *signature)
{
	return signature->outermost || !judge->signatures[0].outermost;
}

static void
sum_up_mode(struct verdict *verdict, size_t mode, const struct signature *s)
{
	if (s->mode_result[mode] <= verdict->mode_result[mode])
		return;
	verdict->mode_result[mode] = s->mode_result[mode];
	verdict->mode_reason[mode] = s->mode_reason[mode];
}

static void
sum_up(struct judge *judge)
{
	struct verdict *verdict = &judge->verdict;
	const struct signature *s;

	verdict->result = RESULT_ABSENT;
	for (size_t k = 0; k < judge->count; k++) {
		s = &judge->signatures[k];
		if (!counts(judge, s))
			continue;
		if (k == 0 || s->result > verdict->result) {
			verdict->reason = s->reason;
			verdict->trust = s->trust;
		}
		verdict->result = result_worse(verdict->result, s->result);
		for (size_t i = 0; i < TRUST_MODES; i++)
			sum_up_mode(verdict, i, s);
	}
	verdict->scope = judge->signatures[0].coverage;
}

/* No signature was read, or the message could not be read to its end. */
static void
set_verdict(struct judge *judge, enum reason reason)
{
	struct verdict *verdict = &judge->verdict;

	verdict->reason = reason;
	verdict->result = reason_result(reason);
	for (size_t i = 0; i < TRUST_MODES; i++) {
		verdict->mode_result[i] = verdict->result;
		verdict->mode_reason[i] = reason;
	}
	verdict->scope = COVERAGE_WHOLE;
	verdict->trust = TRUST_NONE;
}

static void
set_from(struct judge *judge)
{
	const struct mailbox *mailbox = &judge->in.author->mailbox;

	if (mailbox->local != NULL)
		judge->verdict.from = own(judge, mailbox_write(mailbox));
}

struct judge *
judge_new(const struct judge_input *input)
{
	struct judge *judge = calloc(1, sizeof(*judge));

	if (judge == NULL)
		return NULL;
	judge->in = *input;
	judge->trials = MAX_TRIALS;
	judge->path_tries = NAMESAKE_MAX_OF_MESSAGE;
	if (input->verifier != NULL) {
		judge->in.libctx = input->verifier->libctx;
		return judge;
	}
	judge->own_facts = factcache_new(OWN_FACTS);
	if (judge->own_facts == NULL) {
		judge_free(judge);
		return NULL;
	}
	return judge;
}

void
judge_layer(struct judge *judge, struct layer *layer)
{
	struct sig sig;

	if (!layer->ours)
		return;
	if (is_certs_only(judge, layer)) {
		judge->certs_only = true;
		return;
	}
	if (layer->reason != REASON_OK) {
		add_unread(judge, layer, layer->reason);
		return;
	}
	check_layer(judge, layer, &sig);
	if (sig.reason != REASON_OK)
		add_unread(judge, layer, sig.reason);
	for (size_t i = 0; i < sig.count; i++)
		judge_signer(judge, layer, &sig, &sig.signers[i]);
	sig_done(&sig);
}

const struct verdict *
judge_finish(struct judge *judge, enum reason status, enum reason unsigned_why)
{
	struct verdict *verdict = &judge->verdict;

	verdict->mode = trust_mode(judge->in.trust);
	verdict->encrypted = unsigned_why == REASON_ENCRYPTED;
	set_from(judge);
	if (status != REASON_OK)
		set_verdict(judge, status);
	else if (judge->count > 0)
		sum_up(judge);
	else if (judge->certs_only && unsigned_why == REASON_UNSIGNED)
		set_verdict(judge, REASON_CERTS_ONLY);
	else
		set_verdict(judge, unsigned_why);
	if (judge->nomem)
		set_verdict(judge, REASON_TEMP_NOMEM);
	if (status == REASON_OK && !judge->nomem) {
		verdict->signatures = judge->signatures;
		verdict->signature_count = judge->count;
	}
	return verdict;
}

void
judge_free(struct judge *judge)
{
	if (judge == NULL)
		return;
	for (size_t i = 0; i < judge->owned_count; i++)
		free(judge->owned[i]);
	free(judge->owned);
	for (size_t i = 0; i < judge->facts_count; i++)
		facts_unref(judge->facts[i]);
	free(judge->facts);
	factcache_free(judge->own_facts);
	free(judge->signatures);
	free(judge);
}
