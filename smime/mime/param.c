/* SPDX-License-Identifier: ISC */
#include "smime/mime/param.h"

#include <stdio.h>
#include <string.h>

/* Count "*", "*N" or "*N*" behind the name of a parameter (RFC 2231). */
static void
note_section(struct param *param, const char *suffix, size_t len)
{
	char want[16];
	size_t n;

	n = (size_t)snprintf(want, sizeof(want), "*%u", param->sections);
	if (len == 1) {
		param->twice = param->twice || param->given;
	} else if ((len == n || (len == n + 1 && suffix[n] == '*')) &&
	    memcmp(suffix, want, n) == 0) {
		if (param->sections++ == 0)
			param->twice = param->twice || param->given;
	} else {
		param->twice = true;
	}
	param->encoded = true;
}

/* The one of params that a name of len octets means, or NULL. */
static struct param *
find_param(struct param *params, const char *name, size_t len)
{
	for (size_t i = 0; i < PARAMS; i++)
		if (params[i].name != NULL && strlen(params[i].name) == len &&
		    g_ascii_strncasecmp(params[i].name, name, len) == 0)
			return &params[i];
	return NULL;
}

/* Up to the "*" of RFC 2231, if there is one. */
static size_t
base_len(const char *name, size_t len)
{
	const char *star = memchr(name, '*', len);

	return star != NULL ? (size_t)(star - name) : len;
}

static void
note_param(struct param *params, const char *name, size_t len,
    const struct param *given)
{
	size_t base = base_len(name, len);
	const char *star = name + base;
	struct param *param = find_param(params, name, base);

	if (param == NULL)
		return;
	if (base < len) {
		note_section(param, star, len - base);
	} else {
		param->twice = param->twice || param->given;
		param->value = given->value;
	}
	param->folded = param->folded || given->folded;
	param->given = true;
}

/*
 * Would a reader that knows no quotes find one of params in the value, as in
 * "; boundary=x"?
 */
static bool
hides_param(const char *value, struct param *params)
{
	const char *from = strchr(value, ';');
	const char *start, *end;

	if (from == NULL)
		return false;
	for (const char *c = strchr(from, '='); c != NULL;
	     c = strchr(c + 1, '=')) {
		for (end = c; lexer_is_space(end[-1]); end--)
			continue;
		for (start = end; lexer_is_token(start[-1]); start--)
			continue;
		if (find_param(params, start,
			base_len(start, (size_t)(end - start))) != NULL)
			return true;
	}
	return false;
}

/*
 * Skip a value without quotes.  Some programs leave them out where RFC 2045
 * wants them, for "/" or "=" in a boundary or in the name of a type.
 */
static bool
skip_unquoted(struct lexer *lx)
{
	const char *start = lx->at;
	bool loose = false;
	bool plain = true;

	for (; lx->at < lx->end; lx->at++) {
		if (strchr("/:=?", *lx->at) != NULL && *lx->at != '\0')
			loose = true;
		else if (!lexer_is_token(*lx->at))
			break;
		plain = plain && lexer_is_boundary_char(*lx->at);
	}
	lx->loose = lx->loose || loose;
	return lx->at > start && (!loose || plain);
}

/* A token or a quoted string, kept in scratch with a NUL of its own. */
static bool
read_value(struct lexer *lx, struct text *scratch, struct param *params)
{
	const char *start = lx->at;
	const char *value = scratch->at + scratch->len;

	scratch->at[scratch->len] = '\0';
	if (*start == '"') {
		if (!lexer_read_quoted(lx, scratch))
			return false;
		lx->hiding = lx->hiding || hides_param(value, params);
	} else {
		if (!skip_unquoted(lx))
			return false;
		while (start < lx->at)
			text_push(scratch, *start++);
	}
	scratch->len++;
	return true;
}

/* name "=" value, with the CFWS that RFC 822 allows between them. */
static bool
read_param(struct lexer *lx, struct text *scratch, struct param *params)
{
	const char *name = lx->at;
	size_t len = lexer_skip_token(lx);
	struct param given = { .value = scratch->at + scratch->len };

	if (len == 0 || !lexer_skip_cfws(lx) || lx->at == lx->end ||
	    *lx->at++ != '=' || !lexer_skip_cfws(lx) || lx->at == lx->end)
		return false;
	lx->folded = false;
	if (!read_value(lx, scratch, params))
		return false;
	given.folded = lx->folded;
	note_param(params, name, len, &given);
	return true;
}

bool
param_read_list(struct lexer *lx, struct text *scratch, struct param *params)
{
	for (;;) {
		if (!lexer_skip_cfws(lx))
			return false;
		if (lx->at == lx->end)
			return true;
		if (*lx->at++ != ';' || !lexer_skip_cfws(lx))
			return false;
		if (lx->at == lx->end)
			return true; /* a last ";" is common */
		if (!read_param(lx, scratch, params))
			return false;
	}
}

bool
param_is_coded(const struct param *param)
{
	return param->given &&
	    (param->encoded || strstr(param->value, "=?") != NULL ||
		!text_is_ascii(param->value));
}

const char *
param_value(const struct param *param, GMimeParamList *list)
{
	GMimeParam *decoded;

	if (!param->given || list == NULL || !param_is_coded(param))
		return param->value;
	decoded = g_mime_param_list_get_parameter(list, param->name);
	return decoded != NULL ? g_mime_param_get_value(decoded) : NULL;
}

bool
param_is_doubtful(const struct param *param, GMimeParamList *list,
    bool may_encode)
{
	GMimeParam *other;

	if (!param->given)
		return false;
	if (param->twice || param->folded || (param->encoded && !may_encode))
		return true;
	if (list == NULL)
		return param_is_coded(param);
	if (param->encoded)
		return false;
	other = g_mime_param_list_get_parameter(list, param->name);
	return other == NULL ||
	    strcmp(g_mime_param_get_value(other), param->value) != 0;
}
