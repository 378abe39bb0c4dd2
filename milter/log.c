/* SPDX-License-Identifier: ISC */
#include "log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 2000, MIN_QUOTE = 8 };

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
write_line(const char *program, const char *text)
{
	char line[MAX_LINE + 100];
	int len = snprintf(line, sizeof(line), "%s: %s\n", program, text);
	ssize_t written;

	assert(len > 0 && (size_t)len < sizeof(line));
	do {
		written = write(STDERR_FILENO, line, (size_t)len);
	} while (written < 0 && errno == EINTR);
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
	pthread_mutex_lock(&lock);
	closelog();
	if (target == LOG_TARGET_SYSLOG)
		openlog(program, LOG_PID | LOG_NDELAY, facility);
	destination = (struct destination){ program, target, level };
	pthread_mutex_unlock(&lock);
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
	if (to.target == LOG_TARGET_SYSLOG)
		syslog(level, "%s", text);
	else
		write_line(to.program, text);
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
