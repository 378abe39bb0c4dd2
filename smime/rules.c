/* SPDX-License-Identifier: ISC */
#include "smime/rules.h"

bool
budget_is_left(const struct budget *budget)
{
	return budget == NULL || budget->is_left == NULL ||
	    budget->is_left(budget->arg);
}

void
limits_default(struct limits *limits)
{
	*limits = (struct limits){
		.max_message = 100 * 1024 * 1024,
		.max_depth = 20,
		.max_parts = 1000,
		.max_header = 64 * 1024,
		.max_cms = 1024 * 1024,
		.max_signatures = 16,
		.max_signers = 8,
		.max_certs = 64,
		.max_expanded = 100 * 1024 * 1024,
		.max_ratio = 100,
		.rehash = 16 * 1024,
	};
}

void
rules_default(struct rules *rules)
{
	*rules = (struct rules){ .min_rsa_bits = 2048 };
}
