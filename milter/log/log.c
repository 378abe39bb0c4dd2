/* SPDX-License-Identifier: ISC */
#include "milter/log/log.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#ifdef HAVE_LIBSYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

enum { MAX_LINE = 2000, MIN_QUOTE = 8 };

static const char journal_socket[] = "/run/systemd/journal/socket";

static const char cut[] = "...";

/* Where lines go.  A reload may change it under the threads. */
struct destination {
	const char *program;
	enum log_target target;
	int level;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct destination destination = {
	.program = "smime-milter",
	.target = LOG_TARGET_STDERR,
	.level = LOG_INFO,
};

static struct destination
destination_now(void)
{
	struct destination now;

	pthread_mutex_lock(&lock);
	now = destination;
	pthread_mutex_unlock(&lock);
	return now;
}

/* Octets of the UTF-8 sequence that begins so; 0 when none does. */
static size_t
sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* RFC 3629 3: no surrogates, no long forms, nothing above U+10FFFF. */
static bool
is_scalar(uint32_t c, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return c >= least[len] && c <= 0x10ffff &&
	    !(c >= 0xd800 && c <= 0xdfff);
}

/*
 * C0 and C1 controls, and what breaks a line or turns the direction of
 * writing: a log line must look like what it is.
 */
static bool
is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e ||
	    c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

/* Octets of the harmless UTF-8 character at text, which ends with NUL; or 0. */
static size_t
harmless_len(const char *text)
{
	const uint8_t *octets = (const uint8_t *)text;
	size_t len = sequence_len(octets[0]);
	uint32_t c = octets[0];

	if (len == 0)
		return 0;
	if (len > 1)
		c &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++) {
		if ((octets[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (octets[i] & 0x3f);
	}
	return is_scalar(c, len) && !is_harmful(c) ? len : 0;
}

/* One write: lines of several threads must not run into each other. */
static void
write_octets(const char *octets, size_t len)
{
	ssize_t written;

	do {
		written = write(STDERR_FILENO, octets, len);
	} while (written < 0 && errno == EINTR);
}

static void
write_line(const char *program, const char *text)
{
	char line[MAX_LINE + 100];
	int len = snprintf(line, sizeof(line), "%s: %s\n", program, text);

	assert(len > 0 && (size_t)len < sizeof(line));
	write_octets(line, (size_t)len);
}

static const char *
level_word(int level)
{
	switch (level) {
	case LOG_DEBUG:
		return "debug";
	case LOG_INFO:
		return "info";
	case LOG_WARNING:
		return "warning";
	default:
		return "error";
	}
}

/* RFC 3339, in UTC, with milliseconds. */
static json_t *
json_now(void)
{
	struct timespec now;
	struct tm tm;
	char text[40];
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL)
		return json_null();
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%03ldZ",
	    now.tv_nsec / 1000000);
	return json_string(text);
}

/* A copy of what a field says, fit to be shown. */
static void
copy_value(char out[LOG_MAX_VALUE + 1], const char *value)
{
	snprintf(out, LOG_MAX_VALUE + 1, "%s", value);
	log_neutralise(out);
}

static json_t *
json_of(const struct log_field *field)
{
	char value[LOG_MAX_VALUE + 1];

	if (field->value == NULL)
		return json_null();
	if (field->kind == LOG_NUMBER)
		return json_integer(strtoll(field->value, NULL, 10));
	copy_value(value, field->value);
	return json_string(value);
}

/* What does not fit into memory is not lost without a word. */
static void
write_json(const struct destination *to, int level, const char *message,
    const struct log_field *fields, size_t count)
{
	json_t *object = json_object();
	char *line;
	size_t len;

	json_object_set_new(object, "time", json_now());
	json_object_set_new(object, "level", json_string(level_word(level)));
	json_object_set_new(object, "message", json_string(message));
	for (size_t i = 0; i < count; i++)
		json_object_set_new(object, fields[i].key, json_of(&fields[i]));
	line = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (line == NULL) {
		write_line(to->program, message);
		return;
	}
	len = strlen(line);
	line[len] = '\n'; /* in the place of the NUL: one write */
	write_octets(line, len + 1);
	free(line);
}

#ifdef HAVE_LIBSYSTEMD

enum { OWN_FIELDS = 3, MAX_ENTRY = LOG_MAX_VALUE + 64 };

/* "SMIME_MILTER_QUEUE_ID=value"; false when the value is unknown. */
static bool
write_entry(char out[MAX_ENTRY], const struct log_field *field)
{
	char value[LOG_MAX_VALUE + 1];
	char key[32];
	size_t i;

	if (field->value == NULL)
		return false;
	for (i = 0; field->key[i] != '\0' && i < sizeof(key) - 1; i++)
		key[i] = (char)toupper((unsigned char)field->key[i]);
	key[i] = '\0';
	copy_value(value, field->value);
	snprintf(out, MAX_ENTRY, "SMIME_MILTER_%s=%s", key, value);
	return true;
}

static void
write_journal(const struct destination *to, int level, const char *text,
    const struct log_field *fields, size_t count)
{
	char message[MAX_LINE + 16], priority[16], program[64];
	char entries[LOG_MAX_FIELDS][MAX_ENTRY];
	struct iovec list[OWN_FIELDS + LOG_MAX_FIELDS];
	int used = 0;

	snprintf(message, sizeof(message), "MESSAGE=%s", text);
	snprintf(priority, sizeof(priority), "PRIORITY=%d", level);
	snprintf(program, sizeof(program), "SYSLOG_IDENTIFIER=%s", to->program);
	list[used++].iov_base = message;
	list[used++].iov_base = priority;
	list[used++].iov_base = program;
	for (size_t i = 0; i < count; i++) {
		if (write_entry(entries[i], &fields[i]))
			list[used++].iov_base = entries[i];
	}
	for (int i = 0; i < used; i++)
		list[i].iov_len = strlen(list[i].iov_base);
	if (sd_journal_sendv(list, used) < 0)
		write_line(to->program, text);
}

#else

static void
write_journal(const struct destination *to, int level, const char *text,
    const struct log_field *fields, size_t count)
{
	(void)level;
	(void)fields;
	(void)count;
	write_line(to->program, text);
}

#endif

/* text is the whole line; message and fields are the same, in parts. */
static void
put(const struct destination *to, int level, const char *text,
    const char *message, const struct log_field *fields, size_t count)
{
	switch (to->target) {
	case LOG_TARGET_SYSLOG:
		syslog(level, "%s", text);
		break;
	case LOG_TARGET_STDERR:
		write_line(to->program, text);
		break;
	case LOG_TARGET_JOURNAL:
		write_journal(to, level, text, fields, count);
		break;
	case LOG_TARGET_JSON:
		write_json(to, level, message, fields, count);
		break;
	}
}

/* How one character of text is written; *used_r is what it takes of text. */
static size_t
escape(char out[5], const char *text, size_t *used_r)
{
	size_t len = harmless_len(text);

	*used_r = len > 0 ? len : 1;
	if (*text == '\n')
		return (size_t)snprintf(out, 5, "\\n");
	if (*text == '"' || *text == '\\')
		return (size_t)snprintf(out, 5, "\\%c", *text);
	if (len == 0)
		return (size_t)snprintf(out, 5, "\\x%02x", (uint8_t)*text);
	memcpy(out, text, len);
	return len;
}

void
log_open(const char *program, enum log_target target, int level, int facility)
{
	bool lost =
	    target == LOG_TARGET_JOURNAL && access(journal_socket, F_OK) != 0;

	if (lost)
		target = LOG_TARGET_STDERR;
	pthread_mutex_lock(&lock);
	closelog();
	if (target == LOG_TARGET_SYSLOG)
		openlog(program, LOG_PID | LOG_NDELAY, facility);
	destination = (struct destination){ program, target, level };
	pthread_mutex_unlock(&lock);
	if (lost)
		log_line(LOG_WARNING,
		    "log: there is no journal at %s; using standard error",
		    journal_socket);
}

void
log_neutralise(char *text)
{
	while (*text != '\0') {
		size_t len = harmless_len(text);

		if (len == 0) {
			*text = '?';
			len = 1;
		}
		text += len;
	}
}

bool
log_wants(int level)
{
	return level <= destination_now().level;
}

void
log_line(int level, const char *format, ...)
{
	struct destination to = destination_now();
	char text[MAX_LINE + 1];
	va_list args;
	int len;

	if (level > to.level)
		return;
	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(text))
		memcpy(text + sizeof(text) - sizeof(cut), cut, sizeof(cut));
	/* The second line of defence, after log_quote(). */
	log_neutralise(text);
	put(&to, level, text, text, NULL, 0);
}

/* "key=value", with a blank before it where it is not the first. */
static size_t
add_field(char *out, size_t size, const struct log_field *field, bool first)
{
	char quoted[LOG_MAX_VALUE + 1];
	const char *value = field->value;
	int len;

	if (field->kind == LOG_TEXT)
		value = log_quote(quoted, sizeof(quoted), value);
	else if (value == NULL)
		value = "-";
	len = first ? snprintf(out, size, "%s:", value) :
		      snprintf(out, size, " %s=%s", field->key, value);
	return len > 0 && (size_t)len < size ? (size_t)len : size - 1;
}

void
log_fields(int level, const char *message, const struct log_field *fields,
    size_t count)
{
	struct destination to = destination_now();
	char text[MAX_LINE + 1] = "";
	size_t len = 0;

	assert(count <= LOG_MAX_FIELDS);
	if (level > to.level)
		return;
	for (size_t i = 0; i < count; i++)
		len += add_field(text + len, sizeof(text) - len, &fields[i],
		    i == 0);
	if (len >= MAX_LINE)
		memcpy(text + sizeof(text) - sizeof(cut), cut, sizeof(cut));
	log_neutralise(text);
	put(&to, level, text, message, fields, count);
}

char *
log_quote(char *out, size_t size, const char *text)
{
	const size_t tail = sizeof("...\"");
	size_t at = 0;
	size_t whole = 0; /* where "..." still fits */
	char one[5];
	size_t used;

	assert(size >= MIN_QUOTE);
	if (text == NULL)
		return memcpy(out, "-", sizeof("-"));
	out[at++] = '"';
	whole = at;
	while (*text != '\0') {
		size_t len = escape(one, text, &used);

		if (at + len + 2 > size) {
			memcpy(out + whole, "...\"", tail);
			return out;
		}
		memcpy(out + at, one, len);
		at += len;
		text += used;
		if (at + tail <= size)
			whole = at;
	}
	memcpy(out + at, "\"", 2);
	return out;
}

const char *
log_date(char out[static LOG_DATE], time_t when)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		snprintf(out, LOG_DATE, "%lld", (long long)when);
	else
		snprintf(out, LOG_DATE, "%04d-%02d-%02d", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday);
	return out;
}
