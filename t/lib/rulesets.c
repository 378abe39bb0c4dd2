/* SPDX-License-Identifier: ISC */
#include "t/lib/rulesets.h"

struct rules
rulesets_strict(void)
{
	struct rules rules;

	rules_default(&rules);
	return rules;
}

struct rules
rulesets_lenient(void)
{
	return (struct rules){ .min_rsa_bits = 1024,
		.accept_md5 = true,
		.accept_sha1 = true,
		.accept_dsa = true };
}
