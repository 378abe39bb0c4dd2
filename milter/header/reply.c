/* SPDX-License-Identifier: ISC */
#include "milter/header/reply.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the text goes. */
struct writer {
	char *out;
	size_t len;
	size_t most;
};

static bool
is_printable(char c)
{
	return c >= ' ' && c < 0x7f;
}

static void
put(struct writer *writer, char c)
{
	if (writer->len < writer->most)
		writer->out[writer->len++] = is_printable(c) ? c : '?';
}

static void
put_text(struct writer *writer, const char *text)
{
	for (; *text != '\0'; text++)
		put(writer, *text);
}

static size_t
digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* RFC 3463 2: class "." 1*3digit "." 1*3digit, and a blank.  0: none. */
static size_t
code_length(const char *text)
{
	size_t subject, detail;

	if ((text[0] != '5' && text[0] != '4') || text[1] != '.')
		return 0;
	subject = digits(text + 2);
	if (subject < 1 || subject > 3 || text[2 + subject] != '.')
		return 0;
	detail = digits(text + 3 + subject);
	if (detail < 1 || detail > 3 || text[3 + subject + detail] != ' ')
		return 0;
	return 3 + subject + detail;
}

static const char *
text_of(const char *template)
{
	template += code_length(template);
	return template + strspn(template, " ");
}

/* The value that "%{name}" stands for, and how long that is; 0: unknown. */
static size_t
find_value(const char *at, const struct reply_values *values,
    const char **value_r)
{
	const struct {
		const char *name;
		const char *value;
	} all[] = {
		{ "%{result}", values->result },
		{ "%{reason}", values->reason },
		{ "%{from}", values->from },
		{ "%{signer}", values->signer },
		{ "%{queue_id}", values->queue_id },
		{ "%%", "%" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t len = strlen(all[i].name);

		if (strncmp(at, all[i].name, len) == 0) {
			*value_r = all[i].value != NULL ? all[i].value : "-";
			return len;
		}
	}
	return 0;
}

const char *
reply_check(const char *text)
{
	static const struct reply_values none = { NULL };
	const char *value;

	if (text[0] != '\0' && text_of(text)[0] == '\0')
		return "has no text";
	if (strlen(text) > REPLY_MAX)
		return "is longer than 480 characters";
	while (*text != '\0') {
		size_t len = *text == '%' ? find_value(text, &none, &value) : 1;

		if (len == 0)
			return "has a \"%\" that nothing known follows";
		if (!is_printable(*text))
			return "is not ASCII";
		text += len;
	}
	return NULL;
}

void
reply_write(const char *template, const struct reply_values *values,
    char out[static REPLY_MAX + 1])
{
	struct writer writer = { .out = out, .most = REPLY_MAX };
	const char *at = text_of(template);

	while (*at != '\0') {
		const char *value;
		size_t len = *at == '%' ? find_value(at, values, &value) : 0;

		if (len > 0) {
			put_text(&writer, value);
			at += len;
		} else {
			put(&writer, *at++);
		}
	}
	out[writer.len] = '\0';
}

void
reply_code(const char *template, char class, char out[static REPLY_MAX_CODE])
{
	size_t len = code_length(template);

	if (len == 0)
		snprintf(out, REPLY_MAX_CODE, "%c.7.1", class);
	else
		snprintf(out, REPLY_MAX_CODE, "%c%.*s", class, (int)len - 1,
		    template + 1);
}

void
reply_escape(const char *text, char *out, size_t size)
{
	size_t len = 0;

	for (; *text != '\0' && len + 2 < size; text++) {
		if (*text == '%')
			out[len++] = '%';
		out[len++] = *text;
	}
	out[len] = '\0';
}
