/* SPDX-License-Identifier: ISC */
/* histread_parse() on any line, and tally_add() on what it makes of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/history/gap.h"
#include "milter/history/histread.h"
#include "milter/history/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static size_t
differing(const struct tally *tally)
{
	size_t sum = 0;

	for (guint i = 0; i < tally->days->len; i++) {
		const struct tally_day *day = tally->days->pdata[i];

		sum += day->differ;
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	struct histread *reader = histread_new();
	struct tally *tally = tally_new();
	const struct hist_message *message;
	struct gap *gap;

	if (histread_parse(reader, (const char *)octets, len, &message) ==
	    HISTREAD_MESSAGE) {
		if (message->count > HISTREAD_MAX_SIGNATURES)
			abort();
		tally_add(tally, message);
		tally_add(tally, message);
	} else if (histread_why(reader)[0] == '\0') {
		abort();
	}
	gap = gap_new(tally, NULL);
	if (tally->rows->len > 1 || gap->messages != differing(tally))
		abort();
	gap_free(gap);
	tally_free(tally);
	histread_free(reader);
	return 0;
}
