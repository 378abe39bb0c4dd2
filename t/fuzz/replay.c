/* SPDX-License-Identifier: ISC */
/*
 * replay - run a fuzz target without a fuzzer
 *
 * Feeds the target each file named, or, where none is, inputs made from a
 * fixed sequence of numbers: enough to see that the target still builds and
 * runs.  The sanitizers of the build do the judging.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = 2000, MAX_INPUT = 1024 * 1024, MAX_MADE = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* A target has it where there is something to prepare. */
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

/* Pieces that parsers look for; a run of noise alone meets few branches. */
static const char *const pieces[] = { "\r\n", "\n", "--b", "--b--",
	"From: ", "<a@b.example>", "\"", "(", ")", ";", "=", "smime=pass",
	"0\x80", "\x30", "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "CERT",
	"Content-Type: multipart/signed; boundary=b",
	"-----BEGIN CERTIFICATE" };
enum { PIECES = sizeof(pieces) / sizeof(pieces[0]) };

static uint32_t
next(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

static size_t
make_input(uint32_t *state, uint8_t *out)
{
	size_t len = next(state) % MAX_MADE;
	size_t at = 0;
	const char *piece;

	while (at < len) {
		if (next(state) % 4 != 0) {
			out[at++] = (uint8_t)next(state);
			continue;
		}
		piece = pieces[next(state) % PIECES];
		while (*piece != '\0' && at < len)
			out[at++] = (uint8_t)*piece++;
	}
	return len;
}

/* Each input in a block of its own size, so that a sanitizer sees its end. */
static void
feed(const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		abort();
	for (size_t i = 0; i < len; i++)
		copy[i] = octets[i];
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static int
feed_file(const char *path, uint8_t *buffer)
{
	FILE *file = fopen(path, "rb");
	size_t len;

	if (file == NULL) {
		perror(path);
		return 1;
	}
	len = fread(buffer, 1, MAX_INPUT, file);
	fclose(file);
	feed(buffer, len);
	return 0;
}

int
main(int argc, char **argv)
{
	uint8_t *buffer = malloc(MAX_INPUT);
	uint32_t state = 1;
	int failed = 0;
	int fed = 0;

	if (buffer == NULL)
		return EXIT_FAILURE;
	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++, fed++)
		failed += feed_file(argv[i], buffer);
	for (int i = 0; argc == 1 && i < INPUTS; i++, fed++)
		feed(buffer, make_input(&state, buffer));
	free(buffer);
	printf("%d passed, %d failed\n", fed - failed, failed);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
