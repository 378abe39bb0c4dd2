/* SPDX-License-Identifier: ISC */
#include "milter/history/histread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <zlib.h>

#include "milter/log/log.h"

enum { BLOCK = 256 * 1024, HASH_LEN = 64 };

struct histread {
	gzFile file; /* owned; NULL: none */
	char *block; /* owned, BLOCK octets: what was read ... */
	size_t at, end;
	char *line; /* owned: a line that does not end in its block */
	size_t line_len;
	bool too_long;
	size_t number;
	char why[200];

	json_t *object; /* owned: the line, parsed */
	struct hist_message message;
	struct hist_signature *signatures; /* owned */
};

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Exactly as record_time() writes it. */
static bool
read_time(const char *text, time_t *time_r)
{
	struct tm tm = { 0 };
	int end = 0;

	if (text == NULL ||
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 6 ||
	    end != (int)sizeof("2026-01-02T03:04:05Z") - 1 ||
	    text[end] != '\0' || tm.tm_year < 0 || tm.tm_mon < 1 ||
	    tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*time_r = timegm(&tm);
	return true;
}

/* null is RESULT_ABSENT; false for what is no result. */
static bool
read_result(const json_t *json, enum result *result_r)
{
	const char *word = json_string_value(json);

	*result_r = RESULT_ABSENT;
	if (json_is_null(json))
		return true;
	for (int i = RESULT_NONE; word != NULL && i <= RESULT_FAIL; i++)
		if (strcmp(word, result_word((enum result)i)) == 0) {
			*result_r = (enum result)i;
			return true;
		}
	return false;
}

static bool
read_modes(const json_t *modes, enum result *on_premises_r,
    enum result *cloud_r)
{
	return read_result(json_object_get(modes,
			       trust_mode_word(TRUST_EXCHANGE_2013_SP1)),
		   on_premises_r) &&
	    read_result(json_object_get(modes,
			    trust_mode_word(TRUST_EXCHANGE_ONLINE)),
		cloud_r);
}

static enum trust_who
read_who(const char *word)
{
	if (word != NULL && strcmp(word, "collection") == 0)
		return TRUST_BY_COLLECTION;
	if (word != NULL && strcmp(word, "local") == 0)
		return TRUST_BY_LOCAL;
	return TRUST_NONE;
}

static enum revocation
read_revocation(const char *word)
{
	if (word == NULL || strcmp(word, "not-checked") == 0)
		return REVOCATION_NOT_CHECKED;
	if (strcmp(word, "good") == 0)
		return REVOCATION_GOOD;
	if (strcmp(word, "revoked") == 0)
		return REVOCATION_REVOKED;
	return REVOCATION_UNKNOWN;
}

static const char *
read_hash(const json_t *object)
{
	const char *hash = text(object, "sha256");

	if (hash == NULL || strlen(hash) != HASH_LEN ||
	    strspn(hash, "0123456789abcdef") != HASH_LEN)
		return NULL;
	return hash;
}

static bool
read_path(const json_t *list, struct hist_signature *s)
{
	size_t count = json_array_size(list);

	if (count > HISTREAD_MAX_PATH)
		return false;
	for (size_t i = 0; i < count; i++) {
		const json_t *cert = json_array_get(list, i);
		struct hist_cert *link = &s->path[i];

		link->subject = text(cert, "subject");
		link->sha256 = read_hash(cert);
		link->has_not_after =
		    read_time(text(cert, "not_after"), &link->not_after);
		link->carried = json_is_true(json_object_get(cert, "carried"));
	}
	s->path_len = count;
	return true;
}

/* What is wrong with it, or NULL. */
static const char *
read_signature(const json_t *object, struct hist_signature *s)
{
	const json_t *cloud = json_object_get(object, "cloud");

	*s = (struct hist_signature){
		.identifier = text(object, "identifier"),
		.issuer = text(object, "issuer"),
		.sha256 = read_hash(object),
		.cloud_reason = text(cloud, "reason"),
		.revocation = read_revocation(text(cloud, "revocation")),
		.by = read_who(text(object, "by")),
	};
	if (!read_modes(json_object_get(object, "modes"), &s->on_premises,
		&s->cloud))
		return "a signature without \"modes\"; expected a line of the "
		       "daemon's history";
	if (!read_path(json_object_get(object, "path"), s))
		return "a path of too many certificates";
	return NULL;
}

static bool
covers_all(const json_t *signature)
{
	const char *word =
	    text(json_object_get(signature, "facts"), "coverage");

	return word != NULL && strcmp(word, "whole") == 0;
}

/* As the verdict does: what is signed further in does not count. */
static const char *
read_signatures(struct histread *reader, const json_t *list)
{
	size_t count = json_array_size(list);
	bool outermost = false;
	const char *why;

	for (size_t i = 0; i < count; i++)
		outermost = outermost || covers_all(json_array_get(list, i));
	reader->message.count = 0;
	for (size_t i = 0; i < count; i++) {
		const json_t *signature = json_array_get(list, i);

		if (outermost && !covers_all(signature))
			continue;
		if (reader->message.count == HISTREAD_MAX_SIGNATURES)
			return "too many signatures";
		why = read_signature(signature,
		    &reader->signatures[reader->message.count]);
		if (why != NULL)
			return why;
		reader->message.count++;
	}
	reader->message.signatures = reader->signatures;
	return NULL;
}

/* What is wrong with it, or NULL. */
static const char *
read_message(struct histread *reader)
{
	const json_t *object = reader->object;
	const json_t *list = json_object_get(object, "signatures");
	struct hist_message *message = &reader->message;

	*message = (struct hist_message){
		.host = text(object, "host"),
		.from = text(object, "from"),
		.reason = text(object, "reason"),
		.action = text(object, "action"),
		.policy = text(object, "policy"),
		.stage = text(object, "stage"),
		.would = text(object, "would"),
	};
	if (!json_is_object(object))
		return "not an object";
	if (!read_time(text(object, "time"), &message->time))
		return "no \"time\"; expected one like 2026-01-31T12:00:00Z";
	if (!read_result(json_object_get(object, "result"), &message->result))
		return "no \"result\"";
	if (!read_modes(json_object_get(object, "modes"), &message->on_premises,
		&message->cloud))
		return "no \"modes\"";
	if (!json_is_array(list))
		return "no \"signatures\"";
	return read_signatures(reader, list);
}

enum histread_status
histread_parse(struct histread *reader, const char *line, size_t len,
    const struct hist_message **message_r)
{
	json_error_t error;
	const char *why;

	json_decref(reader->object);
	reader->object = json_loadb(line, len, 0, &error);
	if (reader->object == NULL) {
		snprintf(reader->why, sizeof(reader->why),
		    "not JSON: column %d: %s", error.column, error.text);
		log_neutralise(reader->why); /* it quotes the line */
		return HISTREAD_BAD_LINE;
	}
	why = read_message(reader);
	if (why != NULL) {
		snprintf(reader->why, sizeof(reader->why), "%s", why);
		return HISTREAD_BAD_LINE;
	}
	*message_r = &reader->message;
	return HISTREAD_MESSAGE;
}

struct histread *
histread_new(void)
{
	struct histread *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->block = malloc(BLOCK);
	reader->line = malloc(HISTREAD_MAX_LINE);
	reader->signatures =
	    calloc(HISTREAD_MAX_SIGNATURES, sizeof(*reader->signatures));
	if (reader->block == NULL || reader->line == NULL ||
	    reader->signatures == NULL) {
		histread_free(reader);
		return NULL;
	}
	return reader;
}

struct histread *
histread_open(const char *path)
{
	struct histread *reader;
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) :
					  open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	reader = histread_new();
	if (reader != NULL)
		reader->file = gzdopen(fd, "rb");
	if (reader == NULL || reader->file == NULL) {
		histread_free(reader);
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	gzbuffer(reader->file, BLOCK);
	return reader;
}

/* Gather what a block ends with.  Beyond the limit it is only counted. */
static void
keep(struct histread *reader, const char *octets, size_t len)
{
	if (len > HISTREAD_MAX_LINE - reader->line_len) {
		reader->too_long = true;
		return;
	}
	memcpy(reader->line + reader->line_len, octets, len);
	reader->line_len += len;
}

/* 1: there is a block; 0: the end; -1: an error, in why. */
static int
fill(struct histread *reader)
{
	int len = gzread(reader->file, reader->block, BLOCK);
	const char *why;
	int code;

	reader->at = 0;
	reader->end = len > 0 ? (size_t)len : 0;
	if (len > 0)
		return 1;
	why = gzerror(reader->file, &code);
	if (code == Z_OK || code == Z_STREAM_END)
		return 0;
	if (code == Z_ERRNO)
		why = strerror(errno);
	else if (code == Z_BUF_ERROR)
		why = "the compressed file ends too early";
	snprintf(reader->why, sizeof(reader->why), "%s", why);
	return -1;
}

/* A line, of which the last octets are at octets[0..len). */
static enum histread_status
take(struct histread *reader, const char *octets, size_t len,
    const struct hist_message **message_r)
{
	bool too_long;

	reader->number++;
	if (reader->line_len == 0 && !reader->too_long &&
	    len <= HISTREAD_MAX_LINE)
		return histread_parse(reader, octets, len, message_r);
	keep(reader, octets, len);
	len = reader->line_len;
	too_long = reader->too_long;
	reader->line_len = 0;
	reader->too_long = false;
	if (!too_long)
		return histread_parse(reader, reader->line, len, message_r);
	snprintf(reader->why, sizeof(reader->why),
	    "longer than %d octets; passed over", HISTREAD_MAX_LINE);
	return HISTREAD_BAD_LINE;
}

enum histread_status
histread_next(struct histread *reader, const struct hist_message **message_r)
{
	for (;;) {
		const char *from = reader->block + reader->at;
		size_t len = reader->end - reader->at;
		const char *end = memchr(from, '\n', len);
		int more;

		if (end != NULL) {
			reader->at += (size_t)(end - from) + 1;
			return take(reader, from, (size_t)(end - from),
			    message_r);
		}
		keep(reader, from, len);
		more = fill(reader);
		if (more < 0)
			return HISTREAD_FAILED;
		if (more == 0 && (reader->line_len > 0 || reader->too_long))
			return take(reader, "", 0, message_r);
		if (more == 0)
			return HISTREAD_END;
	}
}

size_t
histread_line(const struct histread *reader)
{
	return reader->number;
}

const char *
histread_why(const struct histread *reader)
{
	return reader->why;
}

void
histread_free(struct histread *reader)
{
	if (reader == NULL)
		return;
	if (reader->file != NULL)
		gzclose(reader->file);
	json_decref(reader->object);
	free(reader->signatures);
	free(reader->line);
	free(reader->block);
	free(reader);
}
