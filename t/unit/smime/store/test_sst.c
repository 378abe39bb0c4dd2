/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "smime/store/sst.h"
#include "t/lib/pki.h"

/* What the sink was given, as text: "11=Ab 32=abc;" for each context. */
struct seen {
	char text[256];
	size_t calls;
	size_t properties; /* of the last context */
	size_t offset;	   /* of the last context */
	size_t stop_after; /* 0: never */
};

static void
append(struct seen *seen, uint32_t id, const uint8_t *value, size_t len)
{
	size_t at = strlen(seen->text);

	snprintf(seen->text + at, sizeof(seen->text) - at, "%u=%.*s ",
	    (unsigned int)id, (int)len, (const char *)value);
}

static bool
remember(void *arg, const struct sst_element *e)
{
	struct seen *seen = arg;

	for (size_t i = 0; i < e->property_count; i++)
		append(seen, e->properties[i].id, e->properties[i].value,
		    e->properties[i].len);
	append(seen, e->id, e->value, e->len);
	strcat(seen->text, ";");
	seen->properties = e->property_count;
	seen->offset = e->offset;
	return ++seen->calls != seen->stop_after;
}

static bool
count_only(void *arg, const struct sst_element *e)
{
	struct seen *seen = arg;

	seen->properties = e->property_count;
	seen->calls++;
	return true;
}

/* One element of text, or as many as there are pairs. */
static void
add(struct pki_sst *sst, uint32_t id, const char *value)
{
	pki_sst_property(sst, id, value, strlen(value));
}

/* Two certificates with properties, of odd lengths, and a CRL. */
static void
make_store(struct pki_sst *sst)
{
	pki_sst_begin(sst);
	add(sst, 11, "Ab");
	add(sst, 19, "");
	add(sst, 32, "abc");
	add(sst, 32, "d");
	add(sst, 33, "crl");
	pki_sst_end(sst);
}

START_TEST(gives_each_context_with_the_properties_before_it)
{
	struct seen seen = { .calls = 0 };
	struct pki_sst sst;
	size_t end;

	make_store(&sst);
	ck_assert_int_eq(sst_read(sst.octets, sst.len, remember, &seen, &end),
	    SST_OK);
	ck_assert_str_eq(seen.text, "11=Ab 19= 32=abc ;32=d ;33=crl ;");
	ck_assert_uint_eq(seen.offset, sst.len - 12 - 15);
	ck_assert_uint_eq(end, sst.len);
	pki_sst_done(&sst);
}
END_TEST

START_TEST(accepts_a_store_without_elements)
{
	struct seen seen = { .calls = 0 };
	struct pki_sst sst;

	pki_sst_begin(&sst);
	pki_sst_end(&sst);
	ck_assert_uint_eq(sst.len, 20);
	ck_assert_int_eq(sst_read(sst.octets, sst.len, remember, &seen, NULL),
	    SST_OK);
	ck_assert_uint_eq(seen.calls, 0);
	pki_sst_done(&sst);
}
END_TEST

static const struct {
	const char *name;
	uint32_t first;
	uint32_t second;
	const char *want;
} kinds[] = {
	{ "31 is a property", 31, 32, "31=x 32=y ;" },
	{ "63 is a property", 63, 32, "63=x 32=y ;" },
	{ "no id of a property separates", 0x10000, 32, "65536=x 32=y ;" },
	{ "CTL", 34, 32, "34=x ;32=y ;" },
	{ "62 is a context", 62, 32, "62=x ;32=y ;" },
	{ "properties of nothing come last", 32, 104, "32=x ;104=y 0= ;" },
};

START_TEST(tells_contexts_from_properties)
{
	struct seen seen = { .calls = 0 };
	struct pki_sst sst;

	pki_sst_begin(&sst);
	add(&sst, kinds[_i].first, "x");
	add(&sst, kinds[_i].second, "y");
	pki_sst_end(&sst);
	ck_assert_int_eq(sst_read(sst.octets, sst.len, remember, &seen, NULL),
	    SST_OK);
	ck_assert_msg(strcmp(seen.text, kinds[_i].want) == 0, "%s: %s",
	    kinds[_i].name, seen.text);
	pki_sst_done(&sst);
}
END_TEST

START_TEST(gives_a_context_without_octets)
{
	struct seen seen = { .calls = 0 };
	struct pki_sst sst;

	pki_sst_begin(&sst);
	add(&sst, 104, "x");
	add(&sst, 32, "");
	add(&sst, 32, "y");
	pki_sst_end(&sst);
	ck_assert_int_eq(sst_read(sst.octets, sst.len, remember, &seen, NULL),
	    SST_OK);
	ck_assert_str_eq(seen.text, "104=x 32= ;32=y ;");
	pki_sst_done(&sst);
}
END_TEST

START_TEST(stops_when_the_sink_says_so)
{
	struct seen seen = { .stop_after = 2 };
	struct pki_sst sst;

	make_store(&sst);
	ck_assert_int_eq(sst_read(sst.octets, sst.len, remember, &seen, NULL),
	    SST_OK);
	ck_assert_str_eq(seen.text, "11=Ab 19= 32=abc ;32=d ;");
	pki_sst_done(&sst);
}
END_TEST

START_TEST(refuses_every_truncation_before_the_first_context)
{
	struct pki_sst sst;

	make_store(&sst);
	for (size_t n = 0; n < sst.len; n++) {
		enum sst_status want = n < 8 ? SST_MAGIC : SST_SHORT;
		struct seen seen = { .calls = 0 };
		uint8_t *cut = malloc(n + 1); /* its own block, for ASan */
		size_t at;

		memcpy(cut + 1, sst.octets, n);
		ck_assert_msg(sst_read(cut + 1, n, remember, &seen, &at) ==
			want,
		    "%zu", n);
		ck_assert_uint_eq(seen.calls, 0);
		ck_assert_uint_le(at, n);
		free(cut);
	}
	pki_sst_done(&sst);
}
END_TEST

START_TEST(stops_at_the_end_element)
{
	struct seen seen = { .calls = 0 };
	struct pki_sst sst;
	size_t end, len;

	make_store(&sst);
	len = sst.len;
	add(&sst, 32, "not part of the store");
	ck_assert_int_eq(sst_read(sst.octets, sst.len, remember, &seen, &end),
	    SST_OK);
	ck_assert_uint_eq(seen.calls, 3);
	ck_assert_uint_eq(end, len);
	pki_sst_done(&sst);
}
END_TEST

/* Offsets in make_store(). */
enum { PROP = 8, EMPTY = 22, CERT = 34, LAST = 62, AT_END = 77 };

static const struct {
	const char *name;
	size_t octet;
	uint8_t bits;
	enum sst_status want;
	size_t at;
} flips[] = {
	{ "version", 0, 1, SST_MAGIC, 0 },
	{ "file type", 7, 1, SST_MAGIC, 0 },
	{ "property encoding", PROP + 4, 1, SST_ENCODING, PROP },
	{ "property encoding 2", PROP + 4, 3, SST_ENCODING, PROP },
	{ "property encoding, high octet", PROP + 7, 1, SST_ENCODING, PROP },
	{ "256 octets more", PROP + 9, 1, SST_SHORT, PROP },
	{ "64 Ki octets more", PROP + 10, 1, SST_SHORT, PROP },
	{ "2 Gi octets more", PROP + 11, 0x80, SST_SHORT, PROP },
	{ "empty property encoding", EMPTY + 4, 1, SST_ENCODING, EMPTY },
	{ "certificate encoding", CERT + 4, 1, SST_ENCODING, CERT },
	{ "last context one octet longer", LAST + 8, 7, SST_SHORT, AT_END + 1 },
	{ "end encoding", AT_END + 4, 1, SST_END, AT_END },
	{ "end encoding, high octet", AT_END + 7, 1, SST_END, AT_END },
	{ "end size", AT_END + 8, 1, SST_END, AT_END },
	{ "end id", AT_END, 32, SST_ENCODING, AT_END },
};

START_TEST(refuses_flipped_bits_and_says_where)
{
	struct seen seen = { .calls = 0 };
	enum sst_status got;
	struct pki_sst sst;
	size_t at;

	make_store(&sst);
	sst.octets[flips[_i].octet] ^= flips[_i].bits;
	got = sst_read(sst.octets, sst.len, remember, &seen, &at);
	ck_assert_msg(got == flips[_i].want, "%s: %s", flips[_i].name,
	    sst_explain(got));
	ck_assert_msg(at == flips[_i].at, "%s: %zu", flips[_i].name, at);
	ck_assert_uint_eq(seen.calls, 0);
	pki_sst_done(&sst);
}
END_TEST

static const struct {
	const char *name;
	size_t properties; /* of the second of two certificates */
	enum sst_status want;
} limits[] = {
	{ "n properties", SST_MAX_PROPERTIES, SST_OK },
	{ "n + 1 properties", SST_MAX_PROPERTIES + 1, SST_TOO_MANY },
};

START_TEST(limits_the_properties_of_one_context)
{
	struct seen seen = { .calls = 0 };
	enum sst_status got;
	struct pki_sst sst;

	pki_sst_begin(&sst);
	add(&sst, 9, "x");
	add(&sst, 32, "");
	for (size_t i = 0; i < limits[_i].properties; i++)
		add(&sst, 11, "");
	add(&sst, 32, "");
	pki_sst_end(&sst);
	got = sst_read(sst.octets, sst.len, count_only, &seen, NULL);
	ck_assert_msg(got == limits[_i].want, "%s", limits[_i].name);
	ck_assert_uint_eq(seen.properties,
	    got == SST_OK ? SST_MAX_PROPERTIES : 0);
	pki_sst_done(&sst);
}
END_TEST

/* A store of count empty certificates, made in one go. */
static uint8_t *
make_many(size_t count, size_t *len_r)
{
	static const uint8_t head[] = { 0, 0, 0, 0, 'C', 'E', 'R', 'T' };
	size_t len = sizeof(head) + (count + 1) * 12;
	uint8_t *octets = calloc(1, len);

	memcpy(octets, head, sizeof(head));
	for (size_t i = 0; i < count; i++) {
		octets[8 + i * 12] = SST_CERT;
		octets[8 + i * 12 + 4] = 1;
	}
	*len_r = len;
	return octets;
}

START_TEST(limits_the_elements)
{
	struct seen seen = { .calls = 0 };
	uint8_t *octets;
	size_t len, at;

	octets = make_many(SST_MAX_ELEMENTS, &len);
	ck_assert_int_eq(sst_read(octets, len, count_only, &seen, &at), SST_OK);
	ck_assert_uint_eq(seen.calls, SST_MAX_ELEMENTS);
	free(octets);

	octets = make_many(SST_MAX_ELEMENTS + 1, &len);
	ck_assert_int_eq(sst_read(octets, len, count_only, &seen, &at),
	    SST_TOO_MANY);
	ck_assert_uint_eq(seen.calls, SST_MAX_ELEMENTS);
	ck_assert_uint_eq(at, len - 24);
	free(octets);
}
END_TEST

/* [MS-OSHARED] 2.3.2.5: a friendly name "Ab", a certificate, the end. */
START_TEST(writes_the_layout_to_the_octet)
{
	static const uint8_t want[] = { 0, 0, 0, 0, 'C', 'E', 'R', 'T', /**/
		11, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0,			/**/
		'A', 0, 'b', 0, 0, 0,					/**/
		32, 0, 0, 0, 1, 0, 0, 0, 4, 1, 0, 0 };
	static const struct sst_property name = { .id = SST_FRIENDLY_NAME,
		.value = (const uint8_t *)"A\0b\0\0",
		.len = 6 };
	static const uint8_t zeros[12] = { 0 };
	uint8_t der[260];
	struct buf buf;

	memset(der, 'x', sizeof(der));
	buf_init(&buf, 1000);
	ck_assert_int_eq(sst_write_begin(&buf), BUF_OK);
	ck_assert_int_eq(sst_write_cert(&buf, der, sizeof(der), &name, 1),
	    BUF_OK);
	ck_assert_int_eq(sst_write_end(&buf), BUF_OK);
	ck_assert_uint_eq(buf.len, sizeof(want) + sizeof(der) + sizeof(zeros));
	ck_assert_mem_eq(buf.data, want, sizeof(want));
	ck_assert_mem_eq(buf.data + sizeof(want), der, sizeof(der));
	ck_assert_mem_eq(buf.data + sizeof(want) + sizeof(der), zeros,
	    sizeof(zeros));
	buf_done(&buf);
}
END_TEST

START_TEST(writes_a_store_without_elements)
{
	struct pki_sst sst;
	struct buf buf;

	buf_init(&buf, 20);
	ck_assert_int_eq(sst_write_begin(&buf), BUF_OK);
	ck_assert_int_eq(sst_write_end(&buf), BUF_OK);
	pki_sst_begin(&sst);
	pki_sst_end(&sst);
	ck_assert_mem_eq(buf.data, sst.octets, 20);
	pki_sst_done(&sst);
	buf_done(&buf);
}
END_TEST

START_TEST(writes_no_more_than_it_would_read)
{
	struct sst_property properties[SST_MAX_PROPERTIES + 1];
	struct seen seen = { .calls = 0 };
	struct buf buf;

	for (size_t i = 0; i <= SST_MAX_PROPERTIES; i++)
		properties[i] = (struct sst_property){ .id = 9 };
	buf_init(&buf, 10000);
	sst_write_begin(&buf);
	ck_assert_int_eq(sst_write_cert(&buf, (const uint8_t *)"x", 1,
			     properties, SST_MAX_PROPERTIES + 1),
	    BUF_FULL);
	ck_assert_int_eq(sst_write_cert(&buf, (const uint8_t *)"x", 1,
			     properties, SST_MAX_PROPERTIES),
	    BUF_OK);
	sst_write_end(&buf);
	ck_assert_int_eq(sst_read(buf.data, buf.len, count_only, &seen, NULL),
	    SST_OK);
	ck_assert_uint_eq(seen.properties, SST_MAX_PROPERTIES);
	buf_done(&buf);
}
END_TEST

START_TEST(finds_the_first_property_of_an_id)
{
	const struct sst_property properties[] = { { .id = 3 },
		{ .id = 9, .len = 1 }, { .id = 9, .len = 2 } };
	const struct sst_element e = { .properties = properties,
		.property_count = 3 };

	ck_assert_ptr_eq(sst_find(&e, 9), &properties[1]);
	ck_assert_ptr_null(sst_find(&e, 104));
}
END_TEST

START_TEST(knows_a_store_by_its_first_eight_octets)
{
	static const uint8_t head[] = { 0, 0, 0, 0, 'C', 'E', 'R', 'T' };

	ck_assert(sst_is(head, 8));
	ck_assert(!sst_is(head, 7));
	ck_assert(!sst_is((const uint8_t *)"-----BEGIN", 10));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sst");
	TCase *tcase = tcase_create("sst_read");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, gives_each_context_with_the_properties_before_it);
	tcase_add_test(tcase, accepts_a_store_without_elements);
	tcase_add_loop_test(tcase, tells_contexts_from_properties, 0,
	    sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(tcase, gives_a_context_without_octets);
	tcase_add_test(tcase, stops_when_the_sink_says_so);
	tcase_add_test(tcase,
	    refuses_every_truncation_before_the_first_context);
	tcase_add_test(tcase, stops_at_the_end_element);
	tcase_add_loop_test(tcase, refuses_flipped_bits_and_says_where, 0,
	    sizeof(flips) / sizeof(flips[0]));
	tcase_add_loop_test(tcase, limits_the_properties_of_one_context, 0,
	    sizeof(limits) / sizeof(limits[0]));
	tcase_add_test(tcase, limits_the_elements);
	tcase_add_test(tcase, writes_the_layout_to_the_octet);
	tcase_add_test(tcase, writes_a_store_without_elements);
	tcase_add_test(tcase, writes_no_more_than_it_would_read);
	tcase_add_test(tcase, finds_the_first_property_of_an_id);
	tcase_add_test(tcase, knows_a_store_by_its_first_eight_octets);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
