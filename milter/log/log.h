/* SPDX-License-Identifier: ISC */
/*
 * log - one line to syslog, standard error or the journal
 *
 * Room     log writes what the daemon says, complaint.h what smimectl says;
 *          promtext.h is the text of metrics.
 * Shape    a line is text, or fields that syslog and standard error show as
 *          key=value, that JSON has as members of one object, and that the
 *          journal has as its own, SMIME_MILTER_KEY
 * Source   sd_journal_send(3); RFC 8259, one object a line
 * Levels   LOG_ERR: the operator must act.  LOG_WARNING: we coped.
 *          LOG_INFO: one line per message.  LOG_DEBUG: stages.
 * Limits   a line 2000 octets
 * Threads  any thread, at any time
 */
#ifndef MILTER_LOG_LOG_H
#define MILTER_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>
#include <time.h>

/* Where the lines go. */
enum log_target {
	LOG_TARGET_SYSLOG,
	LOG_TARGET_STDERR,
	LOG_TARGET_JOURNAL,
	LOG_TARGET_JSON, /* to standard error */
};

/*
 * (Re)open.  program must be a literal: it is kept.  Before the first call,
 * lines up to LOG_INFO go to standard error.  facility is for syslog only.
 * Where there is no journal, its lines go to standard error, and one says so.
 */
void log_open(const char *program, enum log_target target, int level,
    int facility);

/* Would a line of that level be seen? */
bool log_wants(int level);

/*
 * One line, without a line feed at its end, in one piece.  Longer than 2000
 * octets is cut and ends with "...".  Control characters and octets that are
 * not UTF-8 become "?", in case a caller has forgotten log_quote().
 */
void log_line(int level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How a field's value is to be treated. */
enum log_kind {
	LOG_WORD,   /* a word of ours */
	LOG_TEXT,   /* from outside: quoted where that matters */
	LOG_NUMBER, /* digits */
};

struct log_field {
	const char *key; /* lower case and "_" */
	enum log_kind kind;
	const char *value; /* NULL: unknown */
};

enum { LOG_MAX_FIELDS = 16, LOG_MAX_VALUE = 600 };

/*
 * One line of up to LOG_MAX_FIELDS fields.  As text it is the value of the
 * first, a colon, and the others as key=value; message is what JSON has beside
 * them.  A value is cut at LOG_MAX_VALUE octets.  What is unknown is "-" in
 * text, null in JSON and left out in the journal.
 */
void log_fields(int level, const char *message, const struct log_field *fields,
    size_t count);

/*
 * Make control characters, marks that turn the direction of writing, and
 * octets that are not UTF-8 "?", in place.
 */
void log_neutralise(char *text);

/*
 * Copy text from outside into a log line: in quotes, with '"', '\\', control
 * characters, marks that turn the direction of writing, and octets that are
 * not UTF-8 as escapes (\", \\, \n, \x1b).  What does not fit into size, which
 * is at least 8, is cut: "begi...".  NULL becomes -.  Returns out.
 */
char *log_quote(char *out, size_t size, const char *text);

/*
 * "2026-01-31", the day in UTC, or seconds since 1970 where that has none.
 * Returns out.
 */
enum { LOG_DATE = 32 };
const char *log_date(char out[static LOG_DATE], time_t when);

#endif
