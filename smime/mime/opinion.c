/* SPDX-License-Identifier: ISC */
#include "smime/mime/opinion.h"

/* Set by opinion_init(). */
static GMimeParserOptions *lenient;

void
opinion_init(void)
{
	GMimeParserOptions *options;

	g_mime_init();
	options = g_mime_parser_options_get_default();
	g_mime_parser_options_set_address_compliance_mode(options,
	    GMIME_RFC_COMPLIANCE_STRICT);
	g_mime_parser_options_set_parameter_compliance_mode(options,
	    GMIME_RFC_COMPLIANCE_STRICT);
	/* Encoded words: whatever some reader may decode is to be seen. */
	g_mime_parser_options_set_rfc2047_compliance_mode(options,
	    GMIME_RFC_COMPLIANCE_LOOSE);
	if (lenient == NULL)
		lenient = g_mime_parser_options_clone(options);
	g_mime_parser_options_set_address_compliance_mode(lenient,
	    GMIME_RFC_COMPLIANCE_LOOSE);
}

GMimeParserOptions *
opinion_lenient(void)
{
	return lenient;
}

char *
opinion_unfold(const char *value, size_t len)
{
	char *copy = g_malloc(len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (value[i] != '\r' && value[i] != '\n' && value[i] != '\0')
			copy[n++] = value[i];
	copy[n] = '\0';
	return copy;
}
