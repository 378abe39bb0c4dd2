/* SPDX-License-Identifier: ISC */
#include "smime/trust/constraint.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "smime/mime/mailbox.h"
#include "smime/x509/cert.h"

/* "user@host" is that mailbox, however it is written. */
static bool
is_mailbox(const char *base, size_t len, const struct mailbox *mailbox)
{
	struct mailbox excluded;
	bool same;

	if (!mailbox_read(base, len, &excluded))
		return false;
	same = mailbox_equal(&excluded, mailbox);
	mailbox_done(&excluded);
	return same;
}

/* "host" is that host alone, ".domain" is all below it, "" is everything. */
static bool
is_domain(const char *base, size_t len, const char *domain)
{
	size_t domain_len = strlen(domain);

	if (len == 0)
		return true;
	if (base[0] != '.')
		return domain_len == len && strncasecmp(domain, base, len) == 0;
	return domain_len > len &&
	    strncasecmp(domain + domain_len - len, base, len) == 0;
}

static bool
covers(const GENERAL_NAME *base, const struct mailbox *mailbox)
{
	const char *text =
	    (const char *)ASN1_STRING_get0_data(base->d.rfc822Name);
	size_t len = (size_t)ASN1_STRING_length(base->d.rfc822Name);
	const char *at = memchr(text, '@', len);

	if (at == NULL)
		return is_domain(text, len, mailbox->domain);
	if (at == text) /* some write "@host" for a host */
		return is_domain(text + 1, len - 1, mailbox->domain);
	return is_mailbox(text, len, mailbox);
}

static bool
excludes_addresses(const NAME_CONSTRAINTS *constraints)
{
	const STACK_OF(GENERAL_SUBTREE) *list = constraints->excludedSubtrees;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++)
		if (sk_GENERAL_SUBTREE_value(list, i)->base->type == GEN_EMAIL)
			return true;
	return false;
}

static bool
excludes(const NAME_CONSTRAINTS *constraints, const struct mailbox *mailbox)
{
	const STACK_OF(GENERAL_SUBTREE) *list = constraints->excludedSubtrees;

	for (int i = 0; i < sk_GENERAL_SUBTREE_num(list); i++) {
		const GENERAL_NAME *base =
		    sk_GENERAL_SUBTREE_value(list, i)->base;

		if (base->type == GEN_EMAIL && covers(base, mailbox))
			return true;
	}
	return false;
}

enum reason
constraint_check(const NAME_CONSTRAINTS *constraints, X509 *leaf)
{
	enum reason reason = REASON_OK;
	struct mailboxes mailboxes;

	if (!excludes_addresses(constraints))
		return REASON_OK;
	if (!cert_mailboxes(leaf, &mailboxes))
		return REASON_TEMP_NOMEM;
	for (size_t i = 0; i < mailboxes.count; i++)
		if (excludes(constraints, &mailboxes.list[i]))
			reason = REASON_NAME_CONSTRAINTS;
	cert_mailboxes_done(&mailboxes);
	return reason;
}
