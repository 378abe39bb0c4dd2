/* SPDX-License-Identifier: ISC */
#include "smime/mime/fold.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
fold_is_clean(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (value[i] == '\0')
			return false;
		if (value[i] == '\r' && (i + 1 == len || value[i + 1] != '\n'))
			return false;
		if (value[i] == '\n' &&
		    (i + 1 == len || !is_blank(value[i + 1])))
			return false;
	}
	return true;
}
