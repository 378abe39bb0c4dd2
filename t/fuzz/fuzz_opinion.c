/* SPDX-License-Identifier: ISC */
/*
 * Any octets as a From value and as a Content-Type value: where GMime is not
 * asked for its opinion, it must be ours.
 *
 * What is private to the files that ask is tried, so they are part of this one,
 * under names other than in the library.
 */
#define entity_done opinion_entity_done
#define entity_end  opinion_entity_end
#define entity_init opinion_entity_init
#define entity_push opinion_entity_push
#define from_read   opinion_from_read

#include "smime/mime/entity.c"
#include "smime/mime/from.c"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

/* What read_author() does, up to the question. */
static void
check_from(const char *value, size_t len)
{
	char *memory = calloc(4, len + 1);
	struct text phrase = { .at = memory };
	struct lexer lx = { .at = value, .end = value + len };
	struct mailbox mailbox;
	struct span head;
	enum mailbox_status status;

	if (!read_span(&lx, &phrase, &head) || head.stop == '>') {
		free(memory);
		return;
	}
	status = head.stop == '<' ? read_angle(&lx, &head, &mailbox) :
				    split_span(&head, &mailbox);
	if (status == MAILBOX_OK) {
		if (head.stop == '<' && head.at)
			value = head.end;
		len = (size_t)(lx.end - value);
		if (is_beyond_doubt(value, len))
			demand(
			    compare_gmime(value, len, &mailbox) == MAILBOX_OK);
		mailbox_done(&mailbox);
	}
	free(memory);
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
check_params(const struct field *field, const struct param *params)
{
	char *text = opinion_unfold(field->value, field->value_len);
	GMimeContentType *gmime = g_mime_content_type_parse(NULL, text);
	GMimeParamList *list = g_mime_content_type_get_parameters(gmime);

	demand(!params_are_doubtful(params, list));
	for (size_t i = 0; i < PARAMS; i++)
		demand(is_same(param_value(&params[i], list),
		    param_value(&params[i], NULL)));
	g_object_unref(gmime);
	g_free(text);
}

/* What push_type() does, up to the question. */
static void
check_type(const char *value, size_t len)
{
	const struct field field = { "Content-Type", 12, value, len };
	struct lexer lx = { .at = value, .end = value + len };
	struct text scratch = { .at = malloc(len + 2) };
	struct entity entity;
	struct param params[PARAMS];

	memcpy(params, type_params, sizeof(params));
	if (read_type(&lx, &scratch) != NULL &&
	    param_read_list(&lx, &scratch, params) && !has_oddity(&lx) &&
	    !lx.loose) {
		entity_init(&entity);
		if (params_are_plain(&entity, &field, params))
			check_params(&field, params);
	}
	free(scratch.at);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	opinion_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_from((const char *)data, size);
	check_type((const char *)data, size);
	return 0;
}
