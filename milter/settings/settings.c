/* SPDX-License-Identifier: ISC */
#include "milter/settings/settings.h"

#include <stdlib.h>

#include "milter/settings/conferror.h"
#include "milter/settings/conffile.h"
#include "milter/settings/crosscheck.h"
#include "milter/settings/opt.h"
#include "milter/settings/optvalue.h"
#include "milter/settings/override.h"
#include "milter/settings/tenant.h"

static void
rule_done(struct rule *rule)
{
	optvalue_clear_all(OPT_POLICY, rule);
	free(rule->name);
}

static void
tenant_done(struct tenant *tenant)
{
	optvalue_clear_all(OPT_TENANT, tenant);
	free(tenant->name);
}

static void
settings_free(struct settings *settings)
{
	optvalue_clear_all(OPT_MAIN, settings);
	for (size_t i = 0; i < settings->policy_count; i++)
		rule_done(&settings->policies[i]);
	for (size_t i = 0; i < settings->tenant_count; i++)
		tenant_done(&settings->tenants[i]);
	free(settings->policies);
	free(settings->tenants);
	free(settings->internal);
	free(settings);
}

static struct settings *
settings_new(void)
{
	struct settings *settings = calloc(1, sizeof(*settings));

	if (settings == NULL)
		return NULL;
	atomic_init(&settings->owners, 1);
	if (optvalue_set_defaults(OPT_MAIN, settings) != NULL) {
		settings_free(settings);
		return NULL;
	}
	return settings;
}

static void
make_networks(struct settings *settings, struct conferror *error)
{
	const struct strings *hosts = &settings->internal_hosts;

	if (hosts->count == 0)
		return;
	settings->internal = calloc(hosts->count, sizeof(struct network));
	if (settings->internal == NULL) {
		conferror_set(error, 0, "internal-hosts", "%s",
		    optvalue_no_memory);
		return;
	}
	for (size_t i = 0; i < hosts->count; i++)
		network_read(hosts->list[i], &settings->internal[i]);
}

struct settings *
settings_load(const char *path, const struct overrides *overrides,
    char **error_r)
{
	struct settings *settings = settings_new();
	struct conferror error = { .source = path };

	if (settings == NULL) {
		*error_r = NULL;
		return NULL;
	}
	if (path != NULL)
		conffile_read(settings, path, &error);
	error.source = "-o";
	for (size_t i = 0; overrides != NULL && i < overrides->count; i++)
		override_apply(settings, overrides->list[i], &error);
	if (path != NULL)
		error.source = path;
	if (!error.is_set)
		crosscheck_ids(settings, &error);
	if (!error.is_set)
		make_networks(settings, &error);
	if (!error.is_set)
		return settings;
	settings_free(settings);
	*error_r = error.text;
	return NULL;
}

const char *
settings_warning(const struct settings *settings)
{
	for (size_t i = 0; i < settings->internal_hosts.count; i++) {
		if (network_is_wide(&settings->internal[i]))
			return "internal-hosts covers a large part of the "
			       "Internet: forged Authentication-Results from "
			       "there are kept; list your own hosts only";
	}
	return NULL;
}

bool
settings_is_internal(const struct settings *settings,
    const struct sockaddr *peer)
{
	for (size_t i = 0; i < settings->internal_hosts.count; i++) {
		if (network_has(&settings->internal[i], peer))
			return true;
	}
	return false;
}

const char *
settings_default_path(void)
{
	return SYSCONFDIR "/smime-milter/smime-milter.conf";
}

struct settings *
settings_ref(struct settings *settings)
{
	if (settings != NULL)
		atomic_fetch_add(&settings->owners, 1);
	return settings;
}

void
settings_unref(struct settings *settings)
{
	if (settings != NULL && atomic_fetch_sub(&settings->owners, 1) == 1)
		settings_free(settings);
}
