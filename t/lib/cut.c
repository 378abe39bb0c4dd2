/* SPDX-License-Identifier: ISC */
#include "t/lib/cut.h"

#include <check.h>

#include "smime/cms/sdata.h"

static void
begin(void *arg, algo_set digests)
{
	(void)arg;
	(void)digests;
}

static void
content(void *arg, const uint8_t *octets, size_t len)
{
	(void)arg;
	(void)octets;
	(void)len;
}

struct sdata *
cut_up(const uint8_t *octets, size_t len, struct sig_input *in)
{
	static const struct sdata_sink sink = { begin, content };
	struct sdata *sdata = sdata_new(&sink, NULL, len + 1024);

	ck_assert_ptr_nonnull(sdata);
	sdata_push(sdata, octets, len);
	in->frame = octets;
	in->len = len;
	if (sdata_end(sdata) == REASON_OK &&
	    sdata_kind(sdata) == SDATA_SIGNED) {
		in->frame = sdata_frame(sdata, &in->len);
		in->certs = sdata_certs(sdata, &in->certs_len);
	}
	return sdata;
}

void
cut_done(struct sdata *sdata)
{
	sdata_free(sdata);
}
