/* SPDX-License-Identifier: ISC */
/*
 * anchors - who may vouch, as the settings name them
 *
 * Shape    the collection is every path of "collection", the local store is
 *          "local-store", the aliases are "signer-aliases".  "auto" stands
 *          for the first bundle of the system that there is, those made for
 *          mail before those made for TLS.
 * Limits   an alias file ANCHORS_MAX_ALIASES octets; certificates: store.h
 * Threads  no state of its own: any thread, at any time
 */
#ifndef MILTER_POLICY_ANCHORS_H
#define MILTER_POLICY_ANCHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "milter/settings/domains.h"
#include "milter/settings/settings.h"
#include "smime/trust/trust.h"

enum { ANCHORS_MAX_ALIASES = 1024 * 1024 };

/* Told what is odd but passed over, at LOG_WARNING.  Must not keep text. */
typedef void anchors_log(void *arg, int level, const char *text);

/*
 * Read all of it, or nothing: half a trust store is no trust store.  A
 * collection without any root is an error in a mode that asks it.  On
 * failure returns NULL and sets *error_r to a line for the operator, which
 * the caller frees, or to NULL when there is no memory even for that.
 * libctx must outlive the trust.
 */
struct trust *anchors_load(const struct settings *settings,
    OSSL_LIB_CTX *libctx, anchors_log *log, void *arg, char **error_r);

/*
 * The trust of a rule that names anchors or signers, beside the site's: its
 * anchors stand in the place of the collection, and no other store is asked;
 * its signers may sign for the authors that its from_domain, which may be
 * NULL, has.  NULL as above.
 */
struct trust *anchors_load_rule(const struct settings *settings,
    const struct rule *rule, const struct domains *from_domain,
    const struct trust *site, OSSL_LIB_CTX *libctx, anchors_log *log, void *arg,
    char **error_r);

/* The trust of a tenant, beside the site's, in the same way. */
struct trust *anchors_load_tenant(const struct settings *settings,
    const struct tenant *tenant, const struct trust *site, OSSL_LIB_CTX *libctx,
    anchors_log *log, void *arg, char **error_r);

/* "collection: anchors=3 refused=1 ...; local store: none", cut at size. */
void anchors_describe(const struct trust *trust, char *out, size_t size);

/* Changes whenever a file that anchors_load() reads has changed. */
uint64_t anchors_stamp(const struct settings *settings);

/* A file of root certificates that a system keeps. */
struct bundle {
	const char *path;
	bool tls_only; /* its roots are vetted for TLS servers, not for mail */
};

/* The bundles that "auto" looks for, best first. */
const struct bundle *anchors_bundles(size_t *count_r);

/* The first bundle that is a file with something in it, or NULL. */
const struct bundle *anchors_probe(const struct bundle *bundles, size_t count);

#endif
