/* SPDX-License-Identifier: ISC */
/*
 * The input is a field that came with a message, and also five strings, each
 * ended by NUL, of a certificate: identifier, issuer, serial and the same
 * signer's second identifier and issuer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/header/result.h"

#define US "mx.example.net"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool claim)
{
	if (!claim)
		abort();
}

static void
check_octets(const char *value, bool utf8)
{
	size_t column = strlen("Authentication-Results: ");

	require(strlen(value) < RESULT_MAX_LEN);
	for (const char *c = value; *c != '\0'; c++) {
		require(*c == '\n' || (unsigned char)*c >= ' ');
		require(utf8 || (*c & 0x80) == 0);
		require(*c != 0x7f);
		column = *c == '\n' ? 0 : column + 1;
		require(column <= 998);
		if (*c == '\n')
			require(c[1] == ' ' && c[2] != ' ' && c[2] != '\0');
	}
}

/* What we write is ours, to us, and nobody else's. */
static void
check_written(const struct verdict *verdict, bool utf8)
{
	const struct result_form form = { .utf8 = utf8, .staging = true };
	char *value = result_write(US, verdict, form);
	char *line = result_write_unfolded(US, verdict, form);

	if (value != NULL) {
		check_octets(value, utf8);
		require(result_is_forged(US, NULL, value, strlen(value)));
		require(!result_is_forged("mx.example.org", NULL, value,
		    strlen(value)));
	}
	if (line != NULL)
		require(strchr(line, '\n') == NULL);
	free(value);
	free(line);
}

/* The next string of *at, which ends at end with a NUL. */
static const char *
next_string(const char **at, const char *end)
{
	const char *string = *at;

	if (string == end)
		return NULL;
	*at += strlen(string) + 1;
	return string;
}

static void
write_certificates(const char *at, const char *end)
{
	struct signature signatures[] = {
		{ .part = "2",
		    .result = RESULT_PASS,
		    .integrity = INTEGRITY_GOOD,
		    .trust = TRUST_BY_COLLECTION,
		    .coverage = COVERAGE_WHOLE },
		{ .part = "2",
		    .result = RESULT_FAIL,
		    .reason = REASON_REVOKED,
		    .integrity = INTEGRITY_GOOD,
		    .trust = TRUST_NONE },
	};
	const struct verdict verdict = { .result = RESULT_FAIL,
		.reason = REASON_REVOKED,
		.signatures = signatures,
		.signature_count = 2 };

	signatures[0].identifier = next_string(&at, end);
	signatures[0].issuer = next_string(&at, end);
	signatures[0].serial = next_string(&at, end);
	signatures[1].identifier = next_string(&at, end);
	signatures[1].issuer = next_string(&at, end);
	signatures[1].serial = signatures[0].serial;
	check_written(&verdict, false);
	check_written(&verdict, true);
}

/* Whoever we are, a malformed field is claimed, and trust changes nothing. */
static void
read_field(const char *value, size_t len)
{
	char ours[] = US;
	char *list[] = { ours };
	const struct strings trusted = { .list = list, .count = 1 };
	bool forged = result_is_forged(US, NULL, value, len);

	if (result_is_forged(US, &trusted, value, len))
		require(forged);
	else
		result_is_forged("xn--bcher-kva.example", NULL, value, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *strings = malloc(size + 1);

	if (strings == NULL)
		return 0;
	memcpy(strings, data, size);
	read_field(strings, size);
	strings[size] = '\0';
	write_certificates(strings, strings + size + 1);
	free(strings);
	return 0;
}
