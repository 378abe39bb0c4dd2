/* SPDX-License-Identifier: ISC */
#include "milter/policy/rulebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "milter/settings/condition.h"
#include "milter/settings/stamp.h"
#include "milter/settings/tenant.h"

/* One rulebook_load() under way; all borrowed. */
struct loading {
	const struct settings *settings;
	const struct trust *site;
	OSSL_LIB_CTX *libctx;
	anchors_log *log;
	void *arg;
	const char *section; /* "policy" or "tenant" */
	const char *name;    /* of the one that is being loaded */
	char **error_r;
};

static void
warn(const struct loading *loading, const char *what)
{
	char *text;

	if (loading->log == NULL ||
	    asprintf(&text, "%s \"%s\": %s", loading->section, loading->name,
		what) < 0)
		return;
	loading->log(loading->arg, LOG_WARNING, text);
	free(text);
}

/* Say which section, and which option of it, an error is about. */
static void
name_section(const struct loading *loading, const char *option)
{
	char *error = *loading->error_r;
	char *named;

	if (error == NULL ||
	    asprintf(&named, "%s \"%s\": %s%s", loading->section, loading->name,
		option, error) < 0)
		return;
	free(error);
	*loading->error_r = named;
}

/* Leaves *domains_r alone where the list is empty. */
static bool
load_domains(const struct loading *loading, const char *option,
    enum domains_kind kind, const struct strings *list,
    struct domains **domains_r)
{
	if (list->count == 0)
		return true;
	*domains_r = domains_load(kind, list, loading->error_r);
	if (*domains_r == NULL)
		name_section(loading, option);
	return *domains_r != NULL;
}

static bool
load_all_domains(const struct loading *loading, struct rulebook_entry *entry)
{
	const struct rule *rule = entry->rule;
	const struct {
		const char *option;
		enum domains_kind kind;
		const struct strings *list;
		struct domains **domains_r;
	} all[] = {
		{ "from-domain: ", DOMAINS_ONLY, &rule->from_domain,
		    &entry->from_domain },
		{ "from: ", DOMAINS_ADDRESSES, &rule->from, &entry->from },
		{ "mail-from-domain: ", DOMAINS_ONLY, &rule->mail_from_domain,
		    &entry->mail_from_domain },
		{ "mail-from: ", DOMAINS_ADDRESSES, &rule->mail_from,
		    &entry->mail_from },
		{ "rcpt-domain: ", DOMAINS_ONLY, &rule->rcpt_domain,
		    &entry->rcpt_domain },
		{ "rcpt: ", DOMAINS_ADDRESSES, &rule->rcpt, &entry->rcpt },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!load_domains(loading, all[i].option, all[i].kind,
			all[i].list, all[i].domains_r))
			return false;
	}
	return true;
}

/* False when out of memory.  The list was checked when it was read. */
static bool
load_networks(const struct strings *list, struct network **networks_r)
{
	struct network *networks = NULL;

	if (list->count > 0) {
		networks = calloc(list->count, sizeof(*networks));
		if (networks == NULL)
			return false;
	}
	for (size_t i = 0; i < list->count; i++)
		network_read(list->list[i], &networks[i]);
	*networks_r = networks;
	return true;
}

static bool
load_trust(const struct loading *loading, struct rulebook_entry *entry)
{
	const struct rule *rule = entry->rule;

	if (rule->anchors[0] == '\0' && rule->signers.count == 0)
		return true;
	entry->trust = anchors_load_rule(loading->settings, rule,
	    entry->from_domain, loading->site, loading->libctx, loading->log,
	    loading->arg, loading->error_r);
	if (entry->trust == NULL)
		name_section(loading, "");
	return entry->trust != NULL;
}

static bool
covers_everything(const struct rulebook_entry *entry)
{
	const struct rule *rule = entry->rule;
	const struct domains *const sets[] = { entry->from_domain, entry->from,
		entry->mail_from_domain, entry->mail_from, entry->rcpt_domain,
		entry->rcpt };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (sets[i] != NULL && !domains_have_all(sets[i]))
			return false;
	}
	for (size_t i = 0; i < rule->client.count; i++) {
		if (!network_is_wide(&entry->client[i]))
			return false;
	}
	return rule->user.count == 0 && rule->tls_subject.count == 0 &&
	    rule->tls_issuer.count == 0 && rule->reason.count == 0 &&
	    rule->strength == 0 && entry->classes == 0 && entry->results == 0 &&
	    entry->vouched_by == 0 && entry->validations == 0;
}

static void
warn_of_dangers(const struct loading *loading,
    const struct rulebook_entry *entry)
{
	const struct rule *rule = entry->rule;

	if (covers_everything(entry))
		warn(loading,
		    "it covers all mail of everybody, and no rule after it "
		    "will ever count; set from-domain, or another condition");
	if (entry->from_domain != NULL && rule->signers.count > 0 &&
	    domains_have_all(entry->from_domain))
		warn(loading,
		    "signers have nobody to sign for: from-domain has \"*\"; "
		    "name the domains");
	if (rule->require != REQUIRE_NOTHING &&
	    rule->on[RESULT_ABSENT] == ACTION_DEFAULT)
		warn(loading,
		    "it requires a signature and says nothing of encrypted "
		    "mail, which shows none: that is put into quarantine; set "
		    "on-encrypted to quarantine, or to something else");
}

static bool
load_entry(struct loading *loading, const struct rule *rule,
    struct rulebook_entry *entry)
{
	entry->rule = rule;
	entry->classes = condition_classes(&rule->class);
	entry->results = condition_results(&rule->result);
	entry->vouched_by = condition_vouched_by(&rule->vouched_by);
	entry->validations = condition_validations(&rule->validation);
	entry->required_validations =
	    condition_validations(&rule->require_validation);
	loading->name = rule->name;
	if (!load_all_domains(loading, entry) ||
	    !load_networks(&rule->client, &entry->client) ||
	    !load_trust(loading, entry))
		return false;
	warn_of_dangers(loading, entry);
	return true;
}

/* Field names have no case. */
static void
add_tag(struct rulebook *book, const char *tag)
{
	for (size_t i = 0; i < book->tag_count; i++) {
		if (strcasecmp(book->tags[i], tag) == 0)
			return;
	}
	book->tags[book->tag_count++] = tag;
}

static bool
load_entries(struct loading *loading, struct rulebook *book)
{
	const struct settings *settings = loading->settings;
	size_t count = settings->policy_count;

	if (count == 0)
		return true;
	loading->section = "policy";
	book->list = calloc(count, sizeof(*book->list));
	book->tags = calloc(count, sizeof(*book->tags));
	if (book->list == NULL || book->tags == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &settings->policies[i];

		book->count++;
		if (!load_entry(loading, rule, &book->list[i]))
			return false;
		add_tag(book, rule->tag);
	}
	return true;
}

static bool
load_tenant(struct loading *loading, const struct tenant *tenant,
    struct rulebook_tenant *entry)
{
	entry->tenant = tenant;
	loading->name = tenant->name;
	if (!load_domains(loading, "recipient-domain: ", DOMAINS_ONLY,
		&tenant->recipient_domain, &entry->domains))
		return false;
	entry->trust =
	    anchors_load_tenant(loading->settings, tenant, loading->site,
		loading->libctx, loading->log, loading->arg, loading->error_r);
	if (entry->trust == NULL)
		name_section(loading, "");
	else if (entry->domains == NULL)
		warn(loading, "no recipient is its own; set recipient-domain");
	else if (domains_have_all(entry->domains))
		warn(loading,
		    "every recipient is its own, and no tenant "
		    "after it, nor the site, will ever count");
	return entry->trust != NULL;
}

static bool
load_tenants(struct loading *loading, struct rulebook *book)
{
	const struct settings *settings = loading->settings;

	if (settings->tenant_count == 0)
		return true;
	loading->section = "tenant";
	book->tenants = calloc(settings->tenant_count, sizeof(*book->tenants));
	if (book->tenants == NULL)
		return false;
	for (size_t i = 0; i < settings->tenant_count; i++) {
		book->tenant_count++;
		if (!load_tenant(loading, &settings->tenants[i],
			&book->tenants[i]))
			return false;
	}
	return true;
}

static bool
draws(const struct settings *settings)
{
	for (size_t i = 0; i < settings->policy_count; i++) {
		size_t percent = settings->policies[i].percent;

		if (percent > 0 && percent < 100)
			return true;
	}
	return false;
}

/*
 * Without a file there is a key as well, so that nothing stands still; but
 * after a restart or a reload other mail is drawn.
 */
static bool
load_key(struct loading *loading, struct rulebook *book)
{
	char *error = NULL;
	char *text;

	if (!draws(loading->settings))
		return true;
	if (keyfile_load("policy-key", loading->settings->policy_key,
		&book->key, &error))
		return true;
	if (loading->log != NULL &&
	    asprintf(&text,
		"%s; until that is mended, percent draws other mail after "
		"each start and reload",
		error != NULL ? error : "policy-key: out of memory") > 0) {
		loading->log(loading->arg, LOG_WARNING, text);
		free(text);
	}
	free(error);
	return keyfile_make(&book->key);
}

static void
warn_of_skips(const struct loading *loading, const struct rulebook *book)
{
	const struct strings *hosts = &loading->settings->skip_hosts;

	if (loading->log == NULL)
		return;
	for (size_t i = 0; i < hosts->count; i++) {
		if (network_is_wide(&book->skip_hosts[i]))
			loading->log(loading->arg, LOG_WARNING,
			    "skip-hosts covers a large part of the Internet: "
			    "mail from there is not verified, and no rule "
			    "counts for it; list your own hosts only");
	}
	if (book->skip_recipients != NULL &&
	    domains_have_all(book->skip_recipients))
		loading->log(loading->arg, LOG_WARNING,
		    "skip-recipients has \"*\": no mail at all is verified, "
		    "and no rule counts");
}

static bool
load_skips(const struct loading *loading, struct rulebook *book)
{
	const struct settings *settings = loading->settings;
	const struct strings *recipients = &settings->skip_recipients;

	if (!load_networks(&settings->skip_hosts, &book->skip_hosts))
		return false;
	if (recipients->count > 0) {
		book->skip_recipients =
		    domains_load(DOMAINS_BOTH, recipients, loading->error_r);
		if (book->skip_recipients == NULL)
			return false;
	}
	warn_of_skips(loading, book);
	return true;
}

struct rulebook *
rulebook_load(const struct settings *settings, const struct trust *site,
    OSSL_LIB_CTX *libctx, anchors_log *log, void *arg, char **error_r)
{
	struct rulebook *book = calloc(1, sizeof(*book));
	struct loading loading = {
		.settings = settings,
		.site = site,
		.libctx = libctx,
		.log = log,
		.arg = arg,
		.error_r = error_r,
	};

	*error_r = NULL;
	if (book == NULL)
		return NULL;
	book->libctx = libctx;
	if (load_skips(&loading, book) && load_entries(&loading, book) &&
	    load_tenants(&loading, book) && load_key(&loading, book))
		return book;
	rulebook_free(book);
	return NULL;
}

static bool
skips_host(const struct rulebook *book, const struct settings *settings,
    const struct envelope *envelope)
{
	const struct sockaddr *client =
	    (const struct sockaddr *)&envelope->client;

	for (size_t i = 0; i < settings->skip_hosts.count; i++) {
		if (network_has(&book->skip_hosts[i], client))
			return true;
	}
	return false;
}

static bool
skips_recipients(const struct rulebook *book, const struct envelope *envelope)
{
	const struct mailbox_list *rcpts = &envelope->rcpts;

	if (book->skip_recipients == NULL)
		return false;
	for (size_t i = 0; i < rcpts->count; i++) {
		if (envelope_is_anybodys(&rcpts->list[i]) ||
		    !domains_have(book->skip_recipients, &rcpts->list[i]))
			return false;
	}
	return rcpts->count > 0;
}

size_t
rulebook_tenant_of(const struct rulebook *book, const struct mailbox *rcpt)
{
	size_t i = 0;

	if (rcpt == NULL)
		return book->tenant_count;
	while (i < book->tenant_count &&
	    (book->tenants[i].domains == NULL ||
		!domains_have(book->tenants[i].domains, rcpt)))
		i++;
	return i;
}

const char *
rulebook_skips(const struct rulebook *book, const struct settings *settings,
    const struct envelope *envelope)
{
	if (settings->authenticated == AUTHENTICATED_SKIP &&
	    envelope->user != NULL)
		return "authenticated";
	if (skips_host(book, settings, envelope))
		return "host";
	return skips_recipients(book, envelope) ? "recipients" : NULL;
}

bool
rulebook_wants_recipients(const struct rulebook *book)
{
	bool wants = book->tenant_count > 0 || book->skip_recipients != NULL;

	for (size_t i = 0; i < book->count; i++)
		wants = wants || book->list[i].rcpt_domain != NULL ||
		    book->list[i].rcpt != NULL;
	return wants;
}

static void
entry_done(struct rulebook_entry *entry)
{
	domains_free(entry->from_domain);
	domains_free(entry->from);
	domains_free(entry->mail_from_domain);
	domains_free(entry->mail_from);
	domains_free(entry->rcpt_domain);
	domains_free(entry->rcpt);
	free(entry->client);
	trust_unref(entry->trust);
}

void
rulebook_free(struct rulebook *book)
{
	if (book == NULL)
		return;
	for (size_t i = 0; i < book->count; i++)
		entry_done(&book->list[i]);
	for (size_t i = 0; i < book->tenant_count; i++) {
		domains_free(book->tenants[i].domains);
		trust_unref(book->tenants[i].trust);
	}
	free(book->tenants);
	free(book->skip_hosts);
	domains_free(book->skip_recipients);
	free(book->list);
	free(book->tags);
	free(book);
}

static uint64_t
stamp_tenant(uint64_t stamp, const struct tenant *tenant)
{
	stamp = domains_stamp(stamp, &tenant->recipient_domain);
	for (size_t i = 0; i < tenant->collection.count; i++)
		stamp = stamp_path(stamp, tenant->collection.list[i]);
	if (tenant->local_store[0] == '/')
		stamp = stamp_path(stamp, tenant->local_store);
	return stamp;
}

uint64_t
rulebook_stamp(uint64_t stamp, const struct settings *settings)
{
	stamp = domains_stamp(stamp, &settings->skip_recipients);
	for (size_t i = 0; i < settings->policy_count; i++) {
		const struct rule *rule = &settings->policies[i];

		stamp = domains_stamp(stamp, &rule->from_domain);
		stamp = domains_stamp(stamp, &rule->from);
		stamp = domains_stamp(stamp, &rule->mail_from_domain);
		stamp = domains_stamp(stamp, &rule->mail_from);
		stamp = domains_stamp(stamp, &rule->rcpt_domain);
		stamp = domains_stamp(stamp, &rule->rcpt);
		if (rule->anchors[0] != '\0')
			stamp = stamp_path(stamp, rule->anchors);
	}
	for (size_t i = 0; i < settings->tenant_count; i++)
		stamp = stamp_tenant(stamp, &settings->tenants[i]);
	return stamp;
}
