/* SPDX-License-Identifier: ISC */
#include "milter/policy/anchors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "milter/settings/stamp.h"
#include "milter/settings/tenant.h"
#include "smime/store/store.h"
#include "smime/x509/ident.h"

/* Where the caller wants to hear of what is odd. */
struct listener {
	anchors_log *log;
	void *arg; /* borrowed from the caller of anchors_load() */
};

static const struct bundle system_bundles[] = {
	/* Fedora and its kin, then Arch: roots trusted for mail. */
	{ "/etc/pki/ca-trust/extracted/pem/email-ca-bundle.pem", false },
	{ "/etc/ca-certificates/extracted/email-ca-bundle.pem", false },
	/* TRUSTED CERTIFICATE blocks, which say what each root is good for. */
	{ "/etc/pki/ca-trust/extracted/openssl/ca-bundle.trust.crt", false },
	/* Debian, Fedora, SUSE, Alpine and the BSDs: roots trusted for TLS. */
	{ "/etc/ssl/certs/ca-certificates.crt", true },
	{ "/etc/pki/tls/certs/ca-bundle.crt", true },
	{ "/etc/ssl/ca-bundle.pem", true },
	{ "/etc/ssl/cert.pem", true },
};
enum { SYSTEM_BUNDLES = sizeof(system_bundles) / sizeof(system_bundles[0]) };

static char *__attribute__((format(printf, 1, 2)))
text_of(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	return text;
}

static void
warn(const struct listener *listener, const char *text)
{
	if (listener->log != NULL)
		listener->log(listener->arg, LOG_WARNING, text);
}

static void
log_oddity(void *arg, const char *text)
{
	warn(arg, text);
}

/* Say which option named the file that an error is about. */
static void
name_option(const char *option, char **error_r)
{
	char *named;

	if (*error_r == NULL)
		return;
	named = text_of("%s: %s", option, *error_r);
	if (named == NULL)
		return;
	free(*error_r);
	*error_r = named;
}

static bool
add_path(struct store *store, const char *option, const char *path,
    char **error_r)
{
	if (store_add_path(store, path, error_r))
		return true;
	name_option(option, error_r);
	return false;
}

static bool
add_paths(struct store *store, const struct strings *paths, char **error_r)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (!add_path(store, "collection", paths->list[i], error_r))
			return false;
	}
	return true;
}

static struct store *
new_store(OSSL_LIB_CTX *libctx, struct listener *listener, char **error_r)
{
	struct store *store = store_new(libctx, log_oddity, listener);

	if (store == NULL)
		*error_r = text_of("out of memory");
	return store;
}

/*
 * A store without anchors vouches for nobody.  Where it is the first to be
 * asked and holds no root at all, somebody named the wrong file.  Roots that
 * may not vouch are no mistake: a site may list what it disallows.  Nor are
 * signers alone, where they may vouch for themselves.
 */
static bool
check_anchors(const struct store *store, const char *option, bool needed,
    bool signers_vouch, const struct listener *listener, char **error_r)
{
	struct store_counts counts;
	char *text;

	store_count(store, &counts);
	if (counts.anchors > 0 || (signers_vouch && counts.signers > 0))
		return true;
	text = text_of("%s: no root certificate in it may vouch for mail "
		       "(%zu refused, %zu intermediates, %zu signers); "
		       "add the roots that your correspondents' "
		       "certificates lead to",
	    option, counts.refused, counts.intermediates, counts.signers);
	if (needed && counts.refused == 0) {
		*error_r = text;
		return false;
	}
	if (text != NULL)
		warn(listener, text);
	free(text);
	return true;
}

static bool
load_collection(const struct settings *settings, OSSL_LIB_CTX *libctx,
    struct listener *listener, struct store **store_r, char **error_r)
{
	bool needed = settings->mode != TRUST_LOCAL;
	struct store *store;

	if (settings->collection.count == 0) {
		if (needed)
			warn(listener,
			    "collection: none is set, so the "
			    "collection vouches for nobody");
		*store_r = NULL;
		return true;
	}
	store = new_store(libctx, listener, error_r);
	if (store == NULL)
		return false;
	if (!add_paths(store, &settings->collection, error_r) ||
	    !check_anchors(store, "collection", needed,
		settings->trust_listed_signers, listener, error_r)) {
		store_unref(store);
		return false;
	}
	*store_r = store;
	return true;
}

/* The file or folder of the local store, or NULL for none. */
static const char *
local_path(const struct settings *settings, const struct listener *listener)
{
	const struct bundle *found;

	if (strcmp(settings->local_store, "none") == 0)
		return NULL;
	if (strcmp(settings->local_store, "auto") != 0)
		return settings->local_store;
	found = anchors_probe(system_bundles, SYSTEM_BUNDLES);
	if (found == NULL) {
		warn(listener,
		    "local-store: no bundle of root certificates "
		    "was found on this system; the local store "
		    "vouches for nobody");
		return NULL;
	}
	if (found->tls_only)
		warn(listener,
		    "local-store: this system has only a bundle "
		    "of TLS roots, which were never vetted for "
		    "mail and lack those that are for mail only; "
		    "set local-store to a file of your own");
	return found->path;
}

static bool
load_local(const struct settings *settings, OSSL_LIB_CTX *libctx,
    struct listener *listener, struct store **store_r, char **error_r)
{
	bool needed = settings->mode == TRUST_LOCAL;
	const char *path = local_path(settings, listener);
	struct store *store;

	if (path == NULL) {
		*store_r = NULL;
		return true;
	}
	store = new_store(libctx, listener, error_r);
	if (store == NULL)
		return false;
	if (!add_path(store, "local-store", path, error_r) ||
	    !check_anchors(store, "local-store", needed, false, listener,
		error_r)) {
		store_unref(store);
		return false;
	}
	*store_r = store;
	return true;
}

/* All of a small file.  The caller frees *text_r. */
static bool
read_file(const char *path, char **text_r, size_t *len_r, char **error_r)
{
	FILE *file = fopen(path, "re");
	char *text = malloc(ANCHORS_MAX_ALIASES + 1);
	size_t len = 0;
	bool good = false;

	if (file != NULL && text != NULL) {
		len = fread(text, 1, ANCHORS_MAX_ALIASES + 1, file);
		good = ferror(file) == 0 && len <= ANCHORS_MAX_ALIASES;
	}
	if (good) {
		*text_r = text;
		*len_r = len;
	} else {
		*error_r = text_of("%s: %s", path,
		    len > ANCHORS_MAX_ALIASES ? "larger than 1 MiB" :
						strerror(errno));
		free(text);
	}
	if (file != NULL)
		fclose(file);
	return good;
}

/* The file's text, an end of line, and more.  Takes over text. */
static char *
join(char *text, size_t *len, const char *more)
{
	size_t more_len = strlen(more);
	char *all = realloc(text, *len + 1 + more_len);

	if (all == NULL) {
		free(text);
		return NULL;
	}
	all[*len] = '\n';
	memcpy(all + *len + 1, more, more_len);
	*len += 1 + more_len;
	return all;
}

/* With more lines after those of the file; more may be NULL. */
static bool
load_aliases(const char *path, const char *more, struct aliases **aliases_r,
    char **error_r)
{
	struct aliases *aliases;
	char *text = NULL;
	size_t len = 0;

	if (path[0] == '\0' && more == NULL) {
		*aliases_r = NULL;
		return true;
	}
	if (path[0] != '\0' && !read_file(path, &text, &len, error_r))
		return false;
	text = join(text, &len, more != NULL ? more : "");
	if (text == NULL)
		return false;
	aliases = aliases_read(path, text, len, error_r);
	free(text);
	if (aliases == NULL)
		return false;
	*aliases_r = aliases;
	return true;
}

/* Lines of an alias file, in the making. */
struct alias_lines {
	const char *signer;
	FILE *out;
};

static void
write_alias(void *arg, const char *pattern)
{
	const struct alias_lines *lines = arg;

	fprintf(lines->out, "%s @%s\n", lines->signer, pattern);
}

/* One line for each signer and each domain.  The caller frees it. */
static char *
signer_lines(const struct strings *signers, const struct domains *domains)
{
	char *text = NULL;
	size_t len;
	struct alias_lines lines = { .out = open_memstream(&text, &len) };

	if (lines.out == NULL)
		return NULL;
	for (size_t i = 0; i < signers->count; i++) {
		lines.signer = signers->list[i];
		domains_each(domains, write_alias, &lines);
	}
	if (fclose(lines.out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void
describe_store(const struct store *store, char *out, size_t size)
{
	struct store_counts counts;

	if (store == NULL) {
		snprintf(out, size, "none");
		return;
	}
	store_count(store, &counts);
	snprintf(out, size,
	    "anchors=%zu refused=%zu intermediates=%zu signers=%zu",
	    counts.anchors, counts.refused, counts.intermediates,
	    counts.signers);
}

const struct bundle *
anchors_bundles(size_t *count_r)
{
	*count_r = SYSTEM_BUNDLES;
	return system_bundles;
}

const struct bundle *
anchors_probe(const struct bundle *bundles, size_t count)
{
	struct stat status;

	for (size_t i = 0; i < count; i++) {
		if (stat(bundles[i].path, &status) == 0 &&
		    S_ISREG(status.st_mode) && status.st_size > 0)
			return &bundles[i];
	}
	return NULL;
}

/* Takes over what trust_new() does. */
static struct trust *
make_trust(const struct settings *settings, enum trust_mode mode,
    struct store *collection, struct store *local, struct aliases *aliases)
{
	struct trust *trust = trust_new(mode, collection, local, aliases);

	if (trust != NULL && settings->trust_listed_signers)
		trust_allow_listed(trust);
	return trust;
}

struct trust *
anchors_load(const struct settings *settings, OSSL_LIB_CTX *libctx,
    anchors_log *log, void *arg, char **error_r)
{
	struct listener listener = { .log = log, .arg = arg };
	struct store *collection = NULL, *local = NULL;
	struct aliases *aliases = NULL;

	*error_r = NULL;
	if (!load_collection(settings, libctx, &listener, &collection,
		error_r) ||
	    !load_local(settings, libctx, &listener, &local, error_r) ||
	    !load_aliases(settings->signer_aliases, NULL, &aliases, error_r)) {
		store_unref(local);
		store_unref(collection);
		return NULL;
	}
	return make_trust(settings, settings->mode, collection, local, aliases);
}

/* One store of a rule or a tenant. */
static bool
load_own_store(const char *option, const struct strings *paths,
    bool signers_vouch, OSSL_LIB_CTX *libctx, struct listener *listener,
    struct store **store_r, char **error_r)
{
	struct store *store = new_store(libctx, listener, error_r);
	bool good = store != NULL;

	for (size_t i = 0; good && i < paths->count; i++)
		good = add_path(store, option, paths->list[i], error_r);
	if (good)
		good = check_anchors(store, option, true, signers_vouch,
		    listener, error_r);
	if (good)
		*store_r = store;
	else
		store_unref(store);
	return good;
}

static bool
load_rule_aliases(const struct settings *settings, const struct rule *rule,
    const struct domains *domains, struct aliases **aliases_r, char **error_r)
{
	char *lines = NULL;
	bool good;

	if (rule->signers.count > 0) {
		lines = signer_lines(&rule->signers, domains);
		if (lines == NULL)
			return false;
	}
	good =
	    load_aliases(settings->signer_aliases, lines, aliases_r, error_r);
	free(lines);
	return good;
}

struct trust *
anchors_load_rule(const struct settings *settings, const struct rule *rule,
    const struct domains *from_domain, const struct trust *site,
    OSSL_LIB_CTX *libctx, anchors_log *log, void *arg, char **error_r)
{
	struct listener listener = { .log = log, .arg = arg };
	char *path = rule->anchors;
	const struct strings paths = { &path, 1 };
	struct store *store = NULL;
	struct aliases *aliases;

	*error_r = NULL;
	if (!load_rule_aliases(settings, rule, from_domain, &aliases, error_r))
		return NULL;
	if (rule->anchors[0] == '\0')
		return make_trust(settings, trust_mode(site),
		    trust_get1_collection(site), trust_get1_local(site),
		    aliases);
	if (!load_own_store("anchors", &paths, settings->trust_listed_signers,
		libctx, &listener, &store, error_r)) {
		aliases_free(aliases);
		return NULL;
	}
	return make_trust(settings, TRUST_EXCHANGE_ONLINE, store, NULL,
	    aliases);
}

static bool
load_tenant_stores(const struct tenant *tenant, bool signers_vouch,
    const struct trust *site, OSSL_LIB_CTX *libctx, struct listener *listener,
    struct store **collection_r, struct store **local_r, char **error_r)
{
	char *path = tenant->local_store;
	const struct strings paths = { &path, 1 };

	if (tenant->collection.count == 0)
		*collection_r = trust_get1_collection(site);
	else if (!load_own_store("collection", &tenant->collection,
		     signers_vouch, libctx, listener, collection_r, error_r))
		return false;
	if (strcmp(path, "default") == 0)
		*local_r = trust_get1_local(site);
	else if (strcmp(path, "none") != 0)
		return load_own_store("local-store", &paths, false, libctx,
		    listener, local_r, error_r);
	return true;
}

struct trust *
anchors_load_tenant(const struct settings *settings,
    const struct tenant *tenant, const struct trust *site, OSSL_LIB_CTX *libctx,
    anchors_log *log, void *arg, char **error_r)
{
	struct listener listener = { .log = log, .arg = arg };
	enum trust_mode mode = tenant->mode != MODE_DEFAULT ?
	    (enum trust_mode)tenant->mode :
	    trust_mode(site);
	struct store *collection = NULL, *local = NULL;
	struct aliases *aliases = NULL;

	*error_r = NULL;
	if (!load_tenant_stores(tenant, settings->trust_listed_signers, site,
		libctx, &listener, &collection, &local, error_r) ||
	    !load_aliases(settings->signer_aliases, NULL, &aliases, error_r)) {
		store_unref(collection);
		store_unref(local);
		return NULL;
	}
	return make_trust(settings, mode, collection, local, aliases);
}

void
anchors_describe(const struct trust *trust, char *out, size_t size)
{
	char collection[160], local[160];

	describe_store(trust_get0_collection(trust), collection,
	    sizeof(collection));
	describe_store(trust_get0_local(trust), local, sizeof(local));
	snprintf(out, size, "collection: %s; local store: %s", collection,
	    local);
}

uint64_t
anchors_stamp(const struct settings *settings)
{
	uint64_t stamp = 0;

	for (size_t i = 0; i < settings->collection.count; i++)
		stamp = stamp_path(stamp, settings->collection.list[i]);
	stamp = stamp_path(stamp, settings->signer_aliases);
	if (strcmp(settings->local_store, "auto") != 0)
		return stamp_path(stamp, settings->local_store);
	for (size_t i = 0; i < SYSTEM_BUNDLES; i++)
		stamp = stamp_path(stamp, system_bundles[i].path);
	return stamp;
}
