/* SPDX-License-Identifier: ISC */
#include "milter/settings/optrow.h"

#include <stddef.h>

#include "milter/settings/optcheck.h"
#include "milter/settings/tenant.h"
#include "smime/trust/trust.h"

#define IN tenant

static const struct opt_word tenant_modes[] = {
	{ "default", MODE_DEFAULT },
	{ "exchange-2013-sp1", TRUST_EXCHANGE_2013_SP1 },
	{ "exchange-online", TRUST_EXCHANGE_ONLINE },
	{ "local", TRUST_LOCAL },
	{ NULL, 0 },
};

static const struct opt rows[] = {
	{ .name = "recipient-domain",
	    DOMAINS(recipient_domain),
	    .manual = "Domains whose recipients are the tenant's." },
	{ .name = "authserv-id",
	    TEXT(authserv_id, ""),
	    .check = optcheck_id,
	    .expects = "a name of at most 253 ASCII characters or nothing",
	    .manual = "The name that the tenant's header goes by." },
	{ .name = "mode",
	    WORD(mode, "default", tenant_modes),
	    .expects = "default, exchange-2013-sp1, exchange-online or local",
	    .manual = "Which stores may vouch for a signer." },
	{ .name = "collection",
	    LIST(collection),
	    .check = optcheck_filled,
	    .expects = "the path of an SST, PEM, DER or PKCS#7 file",
	    .manual = "Files of the tenant's collection; empty: the site's." },
	{ .name = "local-store",
	    TEXT(local_store, "default"),
	    .check = optcheck_filled,
	    .expects = "default, none or the path of a file or folder",
	    .manual = "The store that the tenant's collection falls back on." },
};

const struct opt_table opt_tenant = TABLE("tenant", rows);
