/* SPDX-License-Identifier: ISC */
#include "smime/store/namesake.h"

#include <openssl/x509v3.h>

#include "smime/x509/cert.h"

/*
 * What OpenSSL asks by itself.  Whether the issuer may sign certificates is
 * asked of the whole path, later, and has a reason of its own.
 */
static bool
is_named(bool loose, X509 *cert, X509 *issuer)
{
	enum cert_issuer answer = cert_issuer(cert, issuer);

	return answer == CERT_ISSUER_LIKELY ||
	    (loose && answer == CERT_ISSUER_CONTRADICTED);
}

static bool
is_passed(const struct namesakes *namesakes, const X509 *cert,
    const X509 *issuer)
{
	for (size_t i = 0; i < namesakes->count; i++)
		if (X509_cmp(namesakes->passed[i].issuer, issuer) == 0 &&
		    X509_cmp(namesakes->passed[i].cert, cert) == 0)
			return true;
	return false;
}

static int
is_issued(X509_STORE_CTX *ctx, X509 *cert, X509 *issuer)
{
	struct namesakes *namesakes = X509_STORE_CTX_get_app_data(ctx);
	enum cert_issuer answer = cert_issuer(cert, issuer);

	if (namesakes == NULL)
		return answer == CERT_ISSUER_LIKELY;
	if (answer == CERT_ISSUER_CONTRADICTED)
		namesakes->contradicted = true;
	return is_named(namesakes->loose, cert, issuer) &&
	    !is_passed(namesakes, cert, issuer);
}

void
namesake_prepare(X509_STORE *anchors)
{
	X509_STORE_set_check_issued(anchors, is_issued);
}

void
namesake_pass_over(X509_STORE_CTX *ctx, struct namesakes *namesakes)
{
	X509_STORE_CTX_set_app_data(ctx, namesakes);
}

/* Is there one in the list that may have issued cert, beside that issuer? */
static bool
has_other(const struct namesakes *namesakes, const STACK_OF(X509) *list,
    X509 *cert, const X509 *issuer)
{
	for (int i = 0; i < sk_X509_num(list); i++) {
		X509 *other = sk_X509_value(list, i);

		if (is_named(namesakes->loose, cert, other) &&
		    X509_cmp(other, issuer) != 0 &&
		    !is_passed(namesakes, cert, other))
			return true;
	}
	return false;
}

/* False when out of memory; *list_r is NULL where there is none. */
static bool
anchors_named(X509_STORE *anchors, const X509_NAME *name,
    STACK_OF(X509) **list_r)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool good =
	    ctx != NULL && X509_STORE_CTX_init(ctx, anchors, NULL, NULL) == 1;

	if (good)
		*list_r = X509_STORE_CTX_get1_certs(ctx, name);
	X509_STORE_CTX_free(ctx);
	return good;
}

static enum namesake_next
look_for_another(const struct namesakes *namesakes, X509 *cert, X509 *issuer,
    const STACK_OF(X509) *helpers, X509_STORE *anchors)
{
	STACK_OF(X509) *named;
	bool has;

	if (has_other(namesakes, helpers, cert, issuer))
		return NAMESAKE_NEXT;
	if (!anchors_named(anchors, X509_get_subject_name(issuer), &named))
		return NAMESAKE_NOMEM;
	has = has_other(namesakes, named, cert, issuer);
	sk_X509_pop_free(named, X509_free);
	return has ? NAMESAKE_NEXT : NAMESAKE_NONE;
}

/* What was passed over nearer to the anchor may serve below another one. */
static void
forget_above(struct namesakes *namesakes, int depth)
{
	size_t kept = 0;

	for (size_t i = 0; i < namesakes->count; i++) {
		if (namesakes->passed[i].depth <= depth) {
			namesakes->passed[kept++] = namesakes->passed[i];
			continue;
		}
		X509_free(namesakes->passed[i].cert);
		X509_free(namesakes->passed[i].issuer);
	}
	namesakes->count = kept;
}

/* Each is one try, so that there is always room. */
static enum namesake_next
pass(struct namesakes *namesakes, X509 *cert, X509 *issuer, int depth)
{
	if (namesakes->tries == NAMESAKE_MAX_TRIES || *namesakes->left == 0)
		return NAMESAKE_TOO_COSTLY;
	namesakes->tries++;
	--*namesakes->left;
	X509_up_ref(cert);
	X509_up_ref(issuer);
	namesakes->passed[namesakes->count].cert = cert;
	namesakes->passed[namesakes->count].issuer = issuer;
	namesakes->passed[namesakes->count].depth = depth;
	namesakes->count++;
	return NAMESAKE_NEXT;
}

enum namesake_next
namesake_next(struct namesakes *namesakes, const STACK_OF(X509) *chain,
    const STACK_OF(X509) *helpers, X509_STORE *anchors)
{
	enum namesake_next next = NAMESAKE_NONE;

	for (int depth = sk_X509_num(chain) - 1; depth > 0; depth--) {
		X509 *issuer = sk_X509_value(chain, depth);
		X509 *cert = sk_X509_value(chain, depth - 1);

		forget_above(namesakes, depth);
		next =
		    look_for_another(namesakes, cert, issuer, helpers, anchors);
		if (next == NAMESAKE_NEXT)
			return pass(namesakes, cert, issuer, depth);
		if (next != NAMESAKE_NONE)
			break;
	}
	return next;
}

bool
namesake_loosen(struct namesakes *namesakes)
{
	if (namesakes->loose || !namesakes->contradicted)
		return false;
	namesakes->loose = true;
	forget_above(namesakes, -1);
	return true;
}

void
namesake_done(struct namesakes *namesakes)
{
	forget_above(namesakes, -1);
}
