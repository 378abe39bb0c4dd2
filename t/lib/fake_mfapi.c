/* SPDX-License-Identifier: ISC */
#include "t/lib/fake_mfapi.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>

static struct smfiDesc filter;

static bool
may_change(const SMFICTX *ctx, unsigned long action, const char *function)
{
	return ctx->at_end && (ctx->agreed_actions & action) != 0 &&
	    (ctx->broken == NULL || strcmp(ctx->broken, function) != 0);
}

/* White space between name and colon does not count, as in MTAs. */
static bool
has_name(const struct mta_field *field, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(field->name, name, len) == 0 &&
	    field->name[len + strspn(field->name + len, " \t")] == '\0';
}

/* The field of that name and index as this MTA counts, or NULL. */
static struct mta_field *
find(SMFICTX *ctx, const char *name, int index)
{
	for (size_t i = 0; i < ctx->field_count; i++) {
		struct mta_field *field = &ctx->fields[i];

		if (!has_name(field, name) ||
		    (field->deleted && ctx->renumbers))
			continue;
		if (--index <= 0)
			return field;
	}
	return NULL;
}

static void
add_field(SMFICTX *ctx, size_t at, const char *name, const char *value)
{
	ctx->fields =
	    realloc(ctx->fields, (ctx->field_count + 1) * sizeof(*ctx->fields));
	ck_assert_ptr_nonnull(ctx->fields);
	memmove(ctx->fields + at + 1, ctx->fields + at,
	    (ctx->field_count - at) * sizeof(*ctx->fields));
	ctx->fields[at].name = strdup(name);
	ctx->fields[at].value = strdup(value);
	ctx->fields[at].deleted = false;
	ctx->field_count++;
}

static void
forget_message(SMFICTX *mta)
{
	for (size_t i = 0; i < mta->field_count; i++) {
		free(mta->fields[i].name);
		free(mta->fields[i].value);
	}
	free(mta->fields);
	mta->fields = NULL;
	mta->field_count = 0;
	mta->at_end = false;
	mta->reply[0] = '\0';
	mta->quarantine[0] = '\0';
}

/* libmilter logs and overrides an answer where none was agreed. */
static sfsistat
answered(const SMFICTX *mta, unsigned long quiet, sfsistat answer)
{
	if ((mta->agreed_steps & quiet) != 0)
		ck_assert_int_eq(answer, SMFIS_NOREPLY);
	else
		ck_assert_int_ne(answer, SMFIS_NOREPLY);
	return answer;
}

/* An MTA goes on at once then. */
static bool
is_left_out(const SMFICTX *mta, unsigned long step)
{
	return (mta->agreed_steps & step) != 0;
}

/*
 * libmilter's side.
 */
int
smfi_register(struct smfiDesc description)
{
	filter = description;
	return MI_SUCCESS;
}

int
smfi_setpriv(SMFICTX *ctx, void *priv)
{
	ctx->priv = priv;
	return MI_SUCCESS;
}

void *
smfi_getpriv(SMFICTX *ctx)
{
	return ctx->priv;
}

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
	static char value[256];
	const char *found = NULL;

	if (strcmp(name, "i") == 0 && ctx->at_end)
		found = ctx->queue_id;
	else if (strcmp(name, "j") == 0)
		found = ctx->name;
	for (const char *const *pair = ctx->macros;
	     pair != NULL && pair[0] != NULL; pair += 2) {
		if (strcmp(name, pair[0]) == 0)
			found = pair[1];
	}
	if (found == NULL)
		return NULL;
	snprintf(value, sizeof(value), "%s", found);
	return value;
}

int
smfi_chgheader(SMFICTX *ctx, char *name, int index, char *value)
{
	struct mta_field *field;

	if (index < 0 || !may_change(ctx, SMFIF_CHGHDRS, "smfi_chgheader"))
		return MI_FAILURE;
	ck_assert_msg(value == NULL, "only deletions are expected");
	field = find(ctx, name, index);
	if (field != NULL)
		field->deleted = true;
	return MI_SUCCESS;
}

int
smfi_insheader(SMFICTX *ctx, int index, char *name, char *value)
{
	if (index < 0 || !may_change(ctx, SMFIF_ADDHDRS, "smfi_insheader"))
		return MI_FAILURE;
	ck_assert_ptr_null(strchr(value, '\r'));
	add_field(ctx, (size_t)index, name, value);
	return MI_SUCCESS;
}

int
smfi_quarantine(SMFICTX *ctx, char *reason)
{
	if (reason[0] == '\0' ||
	    !may_change(ctx, SMFIF_QUARANTINE, "smfi_quarantine"))
		return MI_FAILURE;
	snprintf(ctx->quarantine, sizeof(ctx->quarantine), "%s", reason);
	return MI_SUCCESS;
}

int
smfi_setsymlist(SMFICTX *ctx, int where, char *macros)
{
	ck_assert_int_eq(where, SMFIM_ENVFROM);
	ck_assert_uint_ne(ctx->actions & SMFIF_SETSYMLIST, 0);
	snprintf(ctx->symlist, sizeof(ctx->symlist), "%s", macros);
	return MI_SUCCESS;
}

int
smfi_setreply(SMFICTX *ctx, char *code, char *enhanced, char *text)
{
	if (ctx->broken != NULL && strcmp(ctx->broken, "smfi_setreply") == 0)
		return MI_FAILURE;
	ck_assert_int_eq(code[0], enhanced[0]);
	ck_assert_ptr_null(strpbrk(text, "\r\n"));
	ck_assert_uint_le(strlen(text), 980);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '%')
			ck_assert_int_eq(*++c, '%');
	}
	snprintf(ctx->reply, sizeof(ctx->reply), "%s %s %s", code, enhanced,
	    text);
	return MI_SUCCESS;
}

/*
 * The MTA's side.
 */
sfsistat
mta_negotiate(SMFICTX *mta)
{
	unsigned long actions = 0, steps = 0, none = 1, nothing = 1;
	sfsistat answer;

	answer = filter.xxfi_negotiate(mta, mta->actions, mta->steps, 0, 0,
	    &actions, &steps, &none, &nothing);
	if (answer != SMFIS_CONTINUE)
		return answer;
	ck_assert_uint_eq(actions & ~mta->actions, 0);
	ck_assert_uint_eq(steps & ~mta->steps, 0);
	ck_assert_uint_eq(none | nothing, 0);
	mta->agreed_actions = actions;
	mta->agreed_steps = steps;
	return answer;
}

/* NULL is a client that the MTA has no address for. */
sfsistat
mta_connect(SMFICTX *mta, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr *client = NULL;
	char host[] = "client.example";

	if (address != NULL && strchr(address, ':') != NULL) {
		ck_assert_int_eq(inet_pton(AF_INET6, address, &in6.sin6_addr),
		    1);
		client = (struct sockaddr *)&in6;
	} else if (address != NULL) {
		ck_assert_int_eq(inet_pton(AF_INET, address, &in.sin_addr), 1);
		client = (struct sockaddr *)&in;
	}
	return answered(mta, SMFIP_NR_CONN,
	    filter.xxfi_connect(mta, host, client));
}

sfsistat
mta_mail(SMFICTX *mta, const char *sender, const char *parameter)
{
	char *arguments[] = { strdup(sender), NULL, NULL };
	sfsistat answer;

	forget_message(mta);
	if (parameter != NULL)
		arguments[1] = strdup(parameter);
	answer = filter.xxfi_envfrom(mta, arguments);
	free(arguments[0]);
	free(arguments[1]);
	return answered(mta, SMFIP_NR_MAIL, answer);
}

sfsistat
mta_rcpt(SMFICTX *mta, const char *recipient)
{
	char *arguments[] = { strdup(recipient), NULL };
	sfsistat answer = SMFIS_CONTINUE;

	if (!is_left_out(mta, SMFIP_NORCPT))
		answer = answered(mta, SMFIP_NR_RCPT,
		    filter.xxfi_envrcpt(mta, arguments));
	free(arguments[0]);
	return answer;
}

sfsistat
mta_data(SMFICTX *mta)
{
	if (is_left_out(mta, SMFIP_NODATA))
		return SMFIS_CONTINUE;
	return answered(mta, SMFIP_NR_DATA, filter.xxfi_data(mta));
}

sfsistat
mta_field(SMFICTX *mta, const char *name, const char *value)
{
	struct mta_field *field;

	add_field(mta, mta->field_count, name, value);
	field = &mta->fields[mta->field_count - 1];
	return answered(mta, SMFIP_NR_HDR,
	    filter.xxfi_header(mta, field->name, field->value));
}

sfsistat
mta_eoh(SMFICTX *mta)
{
	if (is_left_out(mta, SMFIP_NOEOH))
		return SMFIS_CONTINUE;
	return answered(mta, SMFIP_NR_EOH, filter.xxfi_eoh(mta));
}

/* A block of exactly that size, which the filter may not read beyond. */
static sfsistat
push(SMFICTX *mta, const void *octets, size_t len)
{
	unsigned char *chunk = malloc(len);
	sfsistat answer;

	memcpy(chunk, octets, len);
	answer = filter.xxfi_body(mta, chunk, len);
	free(chunk);
	return answer;
}

sfsistat
mta_body(SMFICTX *mta, const void *octets, size_t len)
{
	return answered(mta, SMFIP_NR_BODY, push(mta, octets, len));
}

sfsistat
mta_end(SMFICTX *mta, const void *octets, size_t len)
{
	sfsistat answer;

	mta->at_end = true;
	if (len > 0) {
		answer = push(mta, octets, len);
		if (answer != SMFIS_CONTINUE)
			return answer;
	}
	answer = filter.xxfi_eom(mta);
	mta->at_end = false;
	return answer;
}

sfsistat
mta_abort(SMFICTX *mta)
{
	return filter.xxfi_abort(mta);
}

void
mta_close(SMFICTX *mta)
{
	filter.xxfi_close(mta);
	ck_assert_ptr_null(mta->priv);
	forget_message(mta);
	free(mta->header);
	mta->header = NULL;
}

/* One field of a message; returns what follows it. */
static const char *
push_field(SMFICTX *mta, const char *line)
{
	const char *end = strstr(line, "\r\n");
	char name[128], value[2048];
	size_t len = strcspn(line, ":");
	size_t out = 0;

	while (end[2] == ' ' || end[2] == '\t')
		end = strstr(end + 2, "\r\n");
	ck_assert_uint_lt(len, sizeof(name));
	ck_assert_uint_lt((size_t)(end - line), sizeof(value));
	memcpy(name, line, len);
	name[len] = '\0';
	line += len + 1;
	if (*line == ' ' && (mta->agreed_steps & SMFIP_HDR_LEADSPC) == 0)
		line++;
	for (; line < end; line++) {
		if (*line != '\r')
			value[out++] = *line;
	}
	value[out] = '\0';
	mta_field(mta, name, value);
	return end + 2;
}

void
mta_message(SMFICTX *mta, const char *message, size_t chunk)
{
	while (strncmp(message, "\r\n", 2) != 0)
		message = push_field(mta, message);
	mta_eoh(mta);
	message += 2;
	while (*message != '\0') {
		size_t len = strnlen(message, chunk);

		if (mta_body(mta, message, len) == SMFIS_SKIP)
			return;
		message += len;
	}
}

const char *
mta_header(SMFICTX *mta)
{
	bool verbatim = (mta->agreed_steps & SMFIP_HDR_LEADSPC) != 0;
	size_t size;
	FILE *out;

	free(mta->header);
	mta->header = NULL;
	out = open_memstream(&mta->header, &size);
	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < mta->field_count; i++) {
		const struct mta_field *field = &mta->fields[i];

		if (!field->deleted)
			fprintf(out, "%s:%s%s\n", field->name,
			    verbatim ? "" : " ", field->value);
	}
	fclose(out);
	return mta->header;
}
