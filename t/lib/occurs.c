/* SPDX-License-Identifier: ISC */
#include "t/lib/occurs.h"

#include <string.h>

size_t
occurs(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		count++;
	}
	return count;
}
