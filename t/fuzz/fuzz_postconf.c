/* SPDX-License-Identifier: ISC */
/* Any text as main.cf and as master.cf, and every value of it expanded. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "milter/doctor/postconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static const char *const names[] = { "a", "b", "smtpd_milters",
	"milter_default_action", "compatibility_level" };
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static void
look_at_list(const char *list)
{
	char **elements = postconf_split(list);

	for (char **element = elements; *element != NULL; element++) {
		g_free(postconf_milter_socket(*element));
		g_free(postconf_milter_attribute(*element, "default_action"));
	}
	g_strfreev(elements);
}

static void
look(const struct postconf *postconf, const struct postconf_service *service)
{
	for (size_t i = 0; i < NAMES; i++) {
		char *value = postconf_value(postconf, service, names[i]);

		if (strlen(value) > POSTCONF_MAX_VALUE)
			abort();
		look_at_list(value);
		g_free(value);
		postconf_overrides(postconf, service, names[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	struct postconf *postconf = postconf_new();
	const char *text = (const char *)octets;
	char *error = NULL;

	if (!postconf_read_main(postconf, "main", text, len, &error))
		free(error);
	if (!postconf_read_master(postconf, "master", text, len, &error))
		free(error);
	look(postconf, NULL);
	for (size_t i = 0; i < postconf_services(postconf) && i < 8; i++)
		look(postconf, postconf_service(postconf, i));
	postconf_free(postconf);
	return 0;
}
