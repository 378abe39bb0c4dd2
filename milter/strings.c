/* SPDX-License-Identifier: ISC */
#include "milter/strings.h"

#include <stdlib.h>
#include <string.h>

bool
strings_push(struct strings *strings, const char *text)
{
	char **list =
	    reallocarray(strings->list, strings->count + 1, sizeof(*list));

	if (list == NULL)
		return false;
	strings->list = list;
	list[strings->count] = strdup(text);
	if (list[strings->count] == NULL)
		return false;
	strings->count++;
	return true;
}

void
strings_done(struct strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->list[i]);
	free(strings->list);
	*strings = (struct strings){ NULL, 0 };
}
