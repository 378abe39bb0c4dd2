/* SPDX-License-Identifier: ISC */
#include "milter/settings/crosscheck.h"

#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

#include "milter/settings/tenant.h"

enum { MAX_ID = 256 };

/* The name of a tenant's header, as far as the settings tell. */
static void
write_id(const struct settings *settings, const struct tenant *tenant,
    char out[static 2 * MAX_ID])
{
	if (tenant->authserv_id[0] != '\0')
		snprintf(out, 2 * MAX_ID, "%s", tenant->authserv_id);
	else
		snprintf(out, 2 * MAX_ID, "%s.%s", tenant->name,
		    settings->authserv_id);
}

const char *
crosscheck_rule(const struct rule *rule, const char **option_r)
{
	*option_r = "signers";
	if (rule->signers.count > 0 && rule->from_domain.count == 0)
		return "nothing says for whom they may sign; expected "
		       "from-domain beside it";
	*option_r = "require";
	if (rule->require == REQUIRE_NOTHING &&
	    (rule->trust != VOUCHED_BY_ANY || rule->require_strength > 0 ||
		rule->require_validation.count > 0 || rule->anchors[0] != '\0'))
		return "trust, anchors, require-strength and "
		       "require-validation need a signature; expected "
		       "require = \"pass\"";
	if (rule->require == REQUIRE_SIGNED && rule->trust != VOUCHED_BY_ANY)
		return "trust needs more than any signature; expected "
		       "require = \"pass\"";
	*option_r = "trust";
	if (rule->anchors[0] != '\0' && rule->trust == VOUCHED_BY_LOCAL)
		return "anchors leave no other store to vouch; expected any "
		       "or collection";
	return NULL;
}

/* Under one name nobody could tell whose result it is. */
void
crosscheck_ids(const struct settings *settings, struct conferror *error)
{
	char id[2 * MAX_ID], other[2 * MAX_ID];

	for (size_t i = 0; i < settings->tenant_count; i++) {
		bool taken;

		write_id(settings, &settings->tenants[i], id);
		taken = strcasecmp(id, settings->authserv_id) == 0;
		for (size_t k = 0; !taken && k < i; k++) {
			write_id(settings, &settings->tenants[k], other);
			taken = strcasecmp(id, other) == 0;
		}
		if (taken)
			conferror_set(error, 0, "tenant",
			    "\"%s\" has the authserv-id of another or of the "
			    "site; expected one of its own",
			    settings->tenants[i].name);
	}
}
