/* SPDX-License-Identifier: ISC */
/* sst_read() on any octets; what it gives out must lie within them. */
#include <stdlib.h>

#include "smime/store/sst.h"

struct input {
	const uint8_t *octets;
	size_t len;
};

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
must_be_inside(const struct input *in, const uint8_t *value, size_t len)
{
	must(value >= in->octets && len <= in->len);
	must((size_t)(value - in->octets) <= in->len - len);
}

static bool
look(void *arg, const struct sst_element *e)
{
	const struct input *in = arg;

	must(e->offset < in->len);
	must(e->property_count <= SST_MAX_PROPERTIES);
	must_be_inside(in, e->value, e->len);
	for (size_t i = 0; i < e->property_count; i++)
		must_be_inside(in, e->properties[i].value,
		    e->properties[i].len);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
	struct input in = { .octets = octets, .len = len };
	size_t at;

	must(sst_explain(sst_read(octets, len, look, &in, &at)) != NULL);
	must(at <= len);
	return 0;
}
