/* SPDX-License-Identifier: ISC */
#include "milter/ctl/history.h"

#include <errno.h>
#include <string.h>

#include "milter/ctl/ctl.h"
#include "milter/history/history.h"
#include "milter/history/histread.h"
#include "milter/log/complaint.h"

static void
tell(struct ctl_history *history, const char *file,
    const struct histread *reader)
{
	history->bad_lines++;
	if (history->bad_lines <= CTL_HISTORY_TOLD)
		complaint_print("%s:%zu: %s", file, histread_line(reader),
		    histread_why(reader));
	if (history->bad_lines == CTL_HISTORY_TOLD)
		complaint_print("further bad lines are only counted");
}

static bool
read_lines(struct ctl_history *history, const char *file,
    struct histread *reader)
{
	const struct hist_message *message;

	for (;;) {
		switch (histread_next(reader, &message)) {
		case HISTREAD_MESSAGE:
			tally_add(history->tally, message);
			break;
		case HISTREAD_BAD_LINE:
			tell(history, file, reader);
			break;
		case HISTREAD_END:
			return true;
		case HISTREAD_FAILED:
			complaint_print("%s: cannot be read any further: %s",
			    file, histread_why(reader));
			return false;
		}
	}
}

static bool
read_file(struct ctl_history *history, const char *file)
{
	struct histread *reader = histread_open(file);
	bool good;

	if (reader == NULL) {
		complaint_print("%s: %s", file, strerror(errno));
		return false;
	}
	history->files++;
	good = read_lines(history, file, reader);
	history->lines += histread_line(reader);
	histread_free(reader);
	return good;
}

/* Is it what the daemon keeps beside one of the files? */
static bool
is_beside(const char *file, char *const *files, size_t count)
{
	static const char *const suffixes[] = { HISTORY_KEY, HISTORY_KNOWN };
	size_t len = strlen(file);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t suffix = strlen(suffixes[i]);

		if (len < suffix ||
		    strcmp(file + len - suffix, suffixes[i]) != 0)
			continue;
		for (size_t k = 0; k < count; k++)
			if (strlen(files[k]) == len - suffix &&
			    strncmp(files[k], file, len - suffix) == 0)
				return true;
	}
	return false;
}

bool
ctl_history_is_named(size_t count)
{
	if (count == 0)
		complaint_print("there is no file; expected the history of a"
				" daemon, or - for standard input");
	return count > 0;
}

bool
ctl_history_read(struct ctl_history *history, char *const *files, size_t count)
{
	bool good = true;

	*history = (struct ctl_history){ .tally = tally_new() };
	for (size_t i = 0; i < count; i++)
		if (!is_beside(files[i], files, count))
			good = read_file(history, files[i]) && good;
	return good;
}

void
ctl_history_done(struct ctl_history *history)
{
	tally_free(history->tally);
	history->tally = NULL;
}
