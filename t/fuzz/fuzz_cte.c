/* SPDX-License-Identifier: ISC */
/*
 * The first octet chooses the encoding, the second the size of the pieces.
 * In pieces must give what the whole gives, and no more octets than went in.
 */
#include <stdlib.h>
#include <string.h>

#include "smime/mime/cte.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct output {
	uint8_t *octets;
	size_t len;
	size_t room;
	bool damaged;
};

static void
collect(void *arg, const uint8_t *octets, size_t len)
{
	struct output *out = arg;

	if (len == 0 || len > out->room - out->len)
		abort();
	memcpy(out->octets + out->len, octets, len);
	out->len += len;
}

static struct output
decode(enum cte cte, const uint8_t *data, size_t size, size_t step)
{
	struct output out = { .octets = malloc(size + 1), .room = size };
	struct cte_decoder decoder;
	size_t n;

	cte_init(&decoder, cte);
	for (; size > 0; data += n, size -= n) {
		n = step < size ? step : size;
		cte_push(&decoder, data, n, collect, &out);
	}
	cte_end(&decoder, collect, &out);
	out.damaged = decoder.damaged;
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct output whole, pieces;
	enum cte cte;

	if (size < 2)
		return 0;
	cte = (enum cte)(data[0] % (CTE_UNKNOWN + 1));
	whole = decode(cte, data + 2, size - 2, size);
	pieces = decode(cte, data + 2, size - 2, data[1] + (size_t)1);
	if (whole.len != pieces.len || whole.damaged != pieces.damaged ||
	    memcmp(whole.octets, pieces.octets, whole.len) != 0)
		abort();
	free(whole.octets);
	free(pieces.octets);
	return 0;
}
