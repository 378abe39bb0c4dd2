/* SPDX-License-Identifier: ISC */
/* Any text as a sendmail.cf. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/doctor/sendmailcf.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void
require(bool claim)
{
	if (!claim)
		abort();
}

static void
look(const struct sendmailcf *cf)
{
	for (size_t i = 0; i < sendmailcf_filters(cf); i++) {
		const struct sendmailcf_filter *filter =
		    sendmailcf_filter(cf, i);

		require(sendmailcf_find_filter(cf, filter->name) != NULL);
		require(filter->socket != NULL && filter->flags != NULL &&
		    filter->timeouts != NULL && filter->line > 0);
	}
	for (size_t i = 0; i < sendmailcf_mailers(cf); i++)
		require(sendmailcf_mailer(cf, i)->flags != NULL);
	for (size_t i = 0; i < sendmailcf_daemons(cf); i++)
		g_free(sendmailcf_key(sendmailcf_daemon(cf, i), 'i'));
	sendmailcf_option(cf, "InputMailFilters");
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	char *error = NULL;
	struct sendmailcf *cf =
	    sendmailcf_read("cf", (const char *)octets, len, &error);

	require((cf == NULL) == (error != NULL));
	if (cf != NULL)
		look(cf);
	sendmailcf_free(cf);
	free(error);
	return 0;
}
