/* SPDX-License-Identifier: ISC */
#include "smime/mime/text.h"

enum { WORDS_MAX = 2048 }; /* of a display name, and of all comments */

bool
text_is_too_long(const struct text *text)
{
	return text != NULL && text->len > WORDS_MAX;
}

bool
text_is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text < 0x80)
		text++;
	return *text == '\0';
}

void
text_to_lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = g_ascii_tolower(*text);
}
