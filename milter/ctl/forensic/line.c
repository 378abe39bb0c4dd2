/* SPDX-License-Identifier: ISC */
#include "milter/ctl/forensic/line.h"

#include <string.h>

bool
line_next(const uint8_t *octets, size_t len, size_t *at, struct line *line_r)
{
	size_t end = len;
	const uint8_t *lf;

	if (*at == end)
		return false;
	lf = memchr(octets + *at, '\n', end - *at);
	if (lf != NULL)
		end = (size_t)(lf - octets) + 1;
	line_r->at = octets + *at;
	line_r->eol = line_eol_before(line_r->at, end - *at);
	line_r->len = end - *at - line_r->eol;
	*at = end;
	return true;
}

size_t
line_eol_before(const uint8_t *octets, size_t at)
{
	if (at == 0 || octets[at - 1] != '\n')
		return 0;
	return at >= 2 && octets[at - 2] == '\r' ? 2 : 1;
}
