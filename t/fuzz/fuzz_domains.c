/* SPDX-License-Identifier: ISC */
/* domains_read() and envelope_settle() on any octets. */
#include <stdlib.h>
#include <string.h>

#include "milter/policy/envelope.h"
#include "milter/settings/domains.h"
#include "smime/smime.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void
read_domains(const char *text, size_t len)
{
	static const struct mailbox nobody = { .local = NULL };
	char *error = NULL;
	struct domains *domains =
	    domains_read(DOMAINS_BOTH, "fuzz", text, len, &error);

	if ((domains == NULL) != (error != NULL))
		abort();
	if (domains != NULL &&
	    domains_have(domains, &nobody) != domains_have_all(domains))
		abort();
	domains_free(domains);
	free(error);
}

static void
read_authors(const char *from)
{
	struct envelope envelope;

	envelope_init(&envelope);
	if (!envelope_set_sender(&envelope, from) ||
	    !envelope_add_rcpt(&envelope, from) ||
	    !envelope_push_field(&envelope, "From", 4, from) ||
	    !envelope_push_field(&envelope, "Message-ID", 10, from) ||
	    !envelope_push_field(&envelope, "Subject", 7, from) ||
	    !envelope_settle(&envelope))
		abort();
	for (size_t i = 0; i < envelope.authors.count; i++) {
		if (envelope.authors.list[i].domain == NULL)
			abort();
	}
	if (from[0] == '\0' && envelope_message_id(&envelope) != NULL)
		abort();
	envelope_done(&envelope);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	static bool begun;
	char *text = malloc(len + 1);

	if (!begun)
		smime_init();
	begun = true;
	if (text == NULL)
		return 0;
	memcpy(text, octets, len);
	text[len] = '\0';
	read_domains(text, len);
	read_authors(text);
	free(text);
	return 0;
}
