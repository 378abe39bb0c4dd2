/* SPDX-License-Identifier: ISC */
#include "smime/mime/entity.h"

#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "smime/mime/field.h"
#include "smime/mime/lexer.h"
#include "smime/mime/opinion.h"
#include "smime/mime/param.h"
#include "smime/mime/text.h"

enum { BOUNDARY_MAX = 70 };

/* What entity_end() must know of the fields that have come. */
enum {
	SEEN_TYPE = 1,
	SEEN_CTE = 2,
	SEEN_FILENAME = 4,    /* name is the one of Content-Disposition */
	SEEN_BAD_PARAMS = 8,  /* Content-Type goes on in a way of its own */
	SEEN_BAD_NAMES = 16,  /* two file names, or one that is not readable */
	SEEN_ODD_PARAMS = 32, /* Content-Type hides something from somebody */
	SEEN_OTHER_NAME = 64, /* a file name that is none of S/MIME, perhaps */
};

static const struct param type_params[PARAMS] = {
	[PARAM_BOUNDARY] = { .name = "boundary" },
	[PARAM_PROTOCOL] = { .name = "protocol" },
	[PARAM_MICALG] = { .name = "micalg" },
	[PARAM_SMIME_TYPE] = { .name = "smime-type" },
	[PARAM_HP] = { .name = "hp" },
	[PARAM_NAME] = { .name = "name" },
};

static const struct param disposition_params[PARAMS] = {
	[PARAM_NAME] = { .name = "filename" },
};

/* A copy for free(), in UTF-8 whatever was there. */
static char *
dup_valid(const char *text)
{
	char *valid, *copy;

	if (text_is_ascii(text))
		return strdup(text);
	valid = g_utf8_make_valid(text, -1);
	copy = strdup(valid);
	g_free(valid);
	return copy;
}

static char *
dup_lower(const char *text)
{
	char *copy = dup_valid(text);

	if (copy != NULL)
		text_to_lower(copy);
	return copy;
}

/* "type/subtype" in lower case, or NULL. */
static const char *
read_type(struct lexer *lx, struct text *scratch)
{
	const char *start;

	if (!lexer_skip_cfws(lx))
		return NULL;
	start = lx->at;
	if (lexer_skip_token(lx) == 0 || lx->at == lx->end ||
	    *lx->at++ != '/' || lexer_skip_token(lx) == 0)
		return NULL;
	while (start < lx->at)
		text_push(scratch, g_ascii_tolower(*start++));
	scratch->len++;
	return scratch->at;
}

/*
 * Is there a file name that would not go with a type of RFC 8551?  One without
 * a dot has nothing that a reader could go by.
 */
static void
note_name(struct entity *entity, const char *name)
{
	if (name[0] == '\0' ||
	    (media_from_name(name) == MEDIA_OTHER && strchr(name, '.') != NULL))
		entity->seen |= SEEN_OTHER_NAME;
	if (entity->name != NULL &&
	    media_from_name(entity->name) != media_from_name(name))
		entity->seen |= SEEN_BAD_NAMES;
}

/* Keep the name of a file; one from Content-Disposition is better. */
static bool
keep_name(struct entity *entity, const char *name, bool better)
{
	char *copy;

	note_name(entity, name);
	if (entity->name != NULL &&
	    (!better || (entity->seen & SEEN_FILENAME) != 0))
		return true;
	copy = dup_valid(name);
	if (copy == NULL)
		return false;
	free(entity->name);
	entity->name = copy;
	if (better)
		entity->seen |= SEEN_FILENAME;
	return true;
}

static bool
keep_lower(char **slot, const struct param *param, GMimeParamList *list)
{
	const char *value = param_value(param, list);

	if (value != NULL)
		*slot = dup_lower(value);
	return value == NULL || *slot != NULL;
}

static bool
params_are_doubtful(const struct param *params, GMimeParamList *list)
{
	return param_is_doubtful(&params[PARAM_BOUNDARY], list, false) ||
	    param_is_doubtful(&params[PARAM_PROTOCOL], list, false) ||
	    param_is_doubtful(&params[PARAM_HP], list, false) ||
	    param_is_doubtful(&params[PARAM_MICALG], list, true) ||
	    param_is_doubtful(&params[PARAM_SMIME_TYPE], list, true);
}

/* Is GMime's opinion wanted?  Not for "text/plain; charset=utf-8". */
static bool
wants_gmime(const struct param *params)
{
	for (size_t i = 0; i < PARAM_NAME; i++)
		if (params[i].given)
			return true;
	return param_is_coded(&params[PARAM_NAME]);
}

static bool
keep_params(struct entity *entity, const struct param *params,
    GMimeParamList *list)
{
	const char *boundary = param_value(&params[PARAM_BOUNDARY], list);
	const char *name = param_value(&params[PARAM_NAME], list);

	if (boundary != NULL) {
		entity->boundary = strdup(boundary);
		if (entity->boundary == NULL)
			return false;
	}
	return keep_lower(&entity->protocol, &params[PARAM_PROTOCOL], list) &&
	    keep_lower(&entity->micalg, &params[PARAM_MICALG], list) &&
	    keep_lower(&entity->smime_type, &params[PARAM_SMIME_TYPE], list) &&
	    (name == NULL || keep_name(entity, name, false));
}

/*
 * Is GMime's opinion sure to be ours?  All was read to its end, and no
 * parameter has a form that readers could differ about.  A "*" in the name of
 * any, were it one that means nothing here, may keep GMime from those that
 * follow.
 */
static bool
params_are_plain(const struct entity *entity, const struct field *field,
    const struct param *params)
{
	if ((entity->seen & (SEEN_BAD_PARAMS | SEEN_ODD_PARAMS)) != 0 ||
	    memchr(field->value, '*', field->value_len) != NULL)
		return false;
	for (size_t i = 0; i < PARAMS; i++)
		if (params[i].twice || params[i].folded ||
		    param_is_coded(&params[i]))
			return false;
	return true;
}

static bool
keep_type(struct entity *entity, const struct field *field, const char *type,
    const struct param *params, bool loose)
{
	GMimeContentType *gmime;
	GMimeParamList *list;
	char *text;
	bool kept;

	entity->type = strdup(type);
	if (entity->type == NULL)
		return false;
	if (!wants_gmime(params) || params_are_plain(entity, field, params))
		return keep_params(entity, params, NULL);

	text = opinion_unfold(field->value, field->value_len);
	gmime = g_mime_content_type_parse(NULL, text);
	list = g_mime_content_type_get_parameters(gmime);
	/* GMime drops or cuts what has no quotes, and all that follows. */
	if (params_are_doubtful(params, loose ? NULL : list))
		entity->ambiguous = true;
	kept = keep_params(entity, params, list);
	g_object_unref(gmime);
	g_free(text);
	return kept;
}

static bool
has_oddity(const struct lexer *lx)
{
	return lx->commented || lx->escaped || lx->hiding;
}

static bool
push_type(struct entity *entity, const struct field *field)
{
	struct lexer lx = { .at = field->value,
		.end = field->value + field->value_len };
	struct text scratch = { .at = malloc(field->value_len + 2) };
	struct param params[PARAMS];
	const char *type;
	bool kept = true;

	if (scratch.at == NULL)
		return false;
	memcpy(params, type_params, sizeof(params));
	type = read_type(&lx, &scratch);
	if (type == NULL) {
		entity->ambiguous = true;
	} else {
		if (!param_read_list(&lx, &scratch, params) ||
		    params[PARAM_NAME].twice ||
		    (params[PARAM_NAME].given && lx.loose))
			entity->seen |= SEEN_BAD_PARAMS;
		if (has_oddity(&lx))
			entity->seen |= SEEN_ODD_PARAMS;
		kept = keep_type(entity, field, type, params, lx.loose);
	}
	free(scratch.at);
	return kept;
}

static bool
keep_filename(struct entity *entity, const struct field *field,
    const struct param *param)
{
	GMimeContentDisposition *gmime;
	const char *name;
	char *text;
	bool kept;

	if (!param_is_coded(param))
		return !param->given || keep_name(entity, param->value, true);
	text = opinion_unfold(field->value, field->value_len);
	gmime = g_mime_content_disposition_parse(NULL, text);
	name = param_value(param,
	    g_mime_content_disposition_get_parameters(gmime));
	kept = name == NULL || keep_name(entity, name, true);
	g_object_unref(gmime);
	g_free(text);
	return kept;
}

static bool
push_disposition(struct entity *entity, const struct field *field)
{
	struct lexer lx = { .at = field->value,
		.end = field->value + field->value_len };
	struct text scratch = { .at = malloc(field->value_len + 2) };
	struct param params[PARAMS];
	bool kept;

	if (scratch.at == NULL)
		return false;
	memcpy(params, disposition_params, sizeof(params));
	if (!lexer_skip_cfws(&lx) || lexer_skip_token(&lx) == 0 ||
	    !param_read_list(&lx, &scratch, params) ||
	    params[PARAM_NAME].twice || lx.loose)
		entity->seen |= SEEN_BAD_NAMES | SEEN_OTHER_NAME;
	if (has_oddity(&lx))
		entity->seen |= SEEN_OTHER_NAME;
	kept = keep_filename(entity, field, &params[PARAM_NAME]);
	free(scratch.at);
	return kept;
}

/* Exactly one word (RFC 2045 6.1), comments aside. */
static enum cte
read_cte(const struct field *field)
{
	struct lexer lx = { .at = field->value,
		.end = field->value + field->value_len };
	char word[32];
	const char *start;
	size_t len;

	if (!lexer_skip_cfws(&lx))
		return CTE_UNKNOWN;
	start = lx.at;
	len = lexer_skip_token(&lx);
	if (len >= sizeof(word) || !lexer_skip_cfws(&lx) || lx.at != lx.end)
		return CTE_UNKNOWN;
	memcpy(word, start, len);
	word[len] = '\0';
	return cte_from_word(word);
}

/* Flags of what puts in doubt an entity of that type, if it was seen. */
static unsigned int
doubts_of(const struct entity *entity)
{
	unsigned int doubts = 0;

	if (media_is_octet_stream(entity->type))
		doubts = SEEN_BAD_PARAMS | SEEN_BAD_NAMES;
	switch (entity->media) {
	case MEDIA_PKCS7_MIME:
	case MEDIA_PKCS7_SIGNATURE:
		return doubts | SEEN_BAD_PARAMS | SEEN_ODD_PARAMS |
		    SEEN_OTHER_NAME;
	case MEDIA_MULTIPART:
	case MEDIA_SIGNED:
		return SEEN_BAD_PARAMS | SEEN_ODD_PARAMS;
	case MEDIA_OTHER:
	case MEDIA_MESSAGE:
	case MEDIA_TNEF:
		break;
	}
	return doubts;
}

/* RFC 2046 5.1.1. */
static bool
is_boundary(const char *boundary)
{
	size_t len = boundary != NULL ? strlen(boundary) : 0;

	if (len == 0 || len > BOUNDARY_MAX || boundary[0] == ' ' ||
	    boundary[len - 1] == ' ')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!lexer_is_boundary_char(boundary[i]))
			return false;
	return true;
}

void
entity_init(struct entity *entity)
{
	memset(entity, 0, sizeof(*entity));
}

bool
entity_push(struct entity *entity, const struct field *field)
{
	unsigned int seen;

	if (field_is(field, "Content-Disposition"))
		return push_disposition(entity, field);
	if (field_is(field, "Content-Type"))
		seen = SEEN_TYPE;
	else if (field_is(field, "Content-Transfer-Encoding"))
		seen = SEEN_CTE;
	else
		return true;

	if ((entity->seen & seen) != 0) {
		entity->ambiguous = true;
		return true;
	}
	entity->seen |= seen;
	if (seen == SEEN_TYPE)
		return push_type(entity, field);
	entity->cte = read_cte(field);
	return true;
}

bool
entity_end(struct entity *entity)
{
	if (entity->type == NULL)
		entity->type = strdup("text/plain"); /* RFC 2045 5.2 */
	if (entity->type == NULL)
		return false;

	entity->media = media_from_type(entity->type, entity->protocol);
	if (media_is_octet_stream(entity->type) && entity->name != NULL) {
		entity->media = media_from_name(entity->name);
		entity->guessed = entity->media != MEDIA_OTHER;
	}
	if ((entity->seen & doubts_of(entity)) != 0 ||
	    (media_is_multipart(entity->type) &&
		!is_boundary(entity->boundary)))
		entity->ambiguous = true;
	return true;
}

void
entity_done(struct entity *entity)
{
	free(entity->type);
	free(entity->boundary);
	free(entity->protocol);
	free(entity->micalg);
	free(entity->smime_type);
	free(entity->name);
	entity_init(entity);
}
