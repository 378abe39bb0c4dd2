/* SPDX-License-Identifier: ISC */
/*
 * genhist - a made-up history on standard output, as large as one likes
 *
 * Usage: genhist LINES [SIGNERS [CAS [LOCAL]]]
 *
 * The signers belong to so many authorities, in turn, of which the last LOCAL
 * are in the local store only.  A year of mail, in order; the signers with a
 * number divisible by 50 stop signing after half of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BEGIN = 1735689600, YEAR = 365 * 24 * 3600 };

static unsigned long lines, signers = 1000, cas = 40, local = 15;

static void
print_time(time_t when)
{
	char text[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fputs(text, stdout);
}

static void
print_envelope(unsigned long number, unsigned long signer, time_t when)
{
	fputs("{\"time\":\"", stdout);
	print_time(when);
	printf("\",\"host\":\"mx%lu\",\"queue_id\":\"%010lX\","
	       "\"client\":\"192.0.2.%lu\","
	       "\"mail_from\":\"s%lu@d%lu.example\","
	       "\"rcpt_domains\":[\"example.net\"],\"action\":\"accept\","
	       "\"policy\":\"partners\",\"stage\":\"monitor\",\"would\":"
	       "\"accept\",\"file\":null,",
	    number % 3, number, number % 250 + 1, signer, signer % 200);
}

static void
print_unsigned(unsigned long signer)
{
	printf("\"result\":\"none\",\"reason\":\"unsigned\",\"scope\":"
	       "\"whole\",\"from\":\"s%lu@d%lu.example\",\"mode\":"
	       "\"exchange-2013-sp1\",\"trust\":null,\"modes\":"
	       "{\"exchange-2013-sp1\":\"none\",\"exchange-online\":\"none\"},"
	       "\"header\":null,\"signatures\":[]}\n",
	    signer, signer % 200);
}

static void
print_signed(unsigned long signer, time_t when)
{
	unsigned long ca = signer % cas;
	int gap = ca >= cas - local;
	const char *who = gap ? "local" : "collection";
	const char *cloud = gap ? "policy" : "pass";

	printf("\"result\":\"pass\",\"reason\":null,\"scope\":\"whole\","
	       "\"from\":\"s%lu@d%lu.example\",\"mode\":\"exchange-2013-sp1\","
	       "\"trust\":\"%s\",\"modes\":{\"exchange-2013-sp1\":\"pass\","
	       "\"exchange-online\":\"%s\"},\"header\":\"mx.example.net; "
	       "smime=pass body.smime-identifier=s%lu@d%lu.example "
	       "body.smime-part=2 policy.smime-trust=%s\",\"signatures\":[",
	    signer, signer % 200, who, cloud, signer, signer % 200, who);
	printf("{\"part\":\"2\",\"result\":\"pass\",\"reason\":null,"
	       "\"identifier\":\"s%lu@d%lu.example\",\"issuer\":\"CN=CA %lu,"
	       "O=Example Trust\",\"serial\":\"%08lX\",\"subject\":"
	       "\"CN=Signer %lu\",\"sha256\":\"%064lx\",\"digest\":\"sha256\","
	       "\"signature\":\"rsaEncryption\",\"key\":\"RSA-2048\","
	       "\"signing_time\":null,\"facts\":{\"integrity\":\"good\","
	       "\"trust\":\"%s\",\"identity\":\"match\",\"revocation\":"
	       "\"not-checked\",\"coverage\":\"whole\"},\"anchor\":\"CN=Root "
	       "%lu,O=Example Trust\",\"chain\":[\"CN=Signer %lu\",\"CN=CA "
	       "%lu,O=Example Trust\",\"CN=Root %lu,O=Example Trust\"],"
	       "\"openssl_error\":0,\"detail\":\"signed\",",
	    signer, signer % 200, ca, signer, signer, signer + 1, who, ca,
	    signer, ca, ca);
	printf("\"modes\":{\"exchange-2013-sp1\":\"pass\",\"exchange-online\":"
	       "\"%s\"},\"cloud\":{\"reason\":%s,\"trust\":\"%s\","
	       "\"revocation\":\"not-checked\"},\"by\":\"%s\",\"path\":["
	       "{\"subject\":\"CN=Signer %lu\",\"sha256\":\"%064lx\","
	       "\"not_after\":\"",
	    cloud, gap ? "\"untrusted\"" : "null", gap ? "none" : "collection",
	    who, signer, signer + 1);
	print_time(BEGIN + YEAR + (time_t)(signer % 500) * 86400);
	printf("\",\"carried\":true},{\"subject\":\"CN=CA %lu,O=Example "
	       "Trust\",\"sha256\":\"1%063lx\",\"not_after\":\""
	       "2028-01-01T00:00:00Z\",\"carried\":true},{\"subject\":"
	       "\"CN=Root %lu,O=Example Trust\",\"sha256\":\"2%063lx\","
	       "\"not_after\":\"%d-%02lu-01T00:00:00Z\",\"carried\":false}"
	       "]}]}\n",
	    ca, ca, ca, ca, gap ? 2036 : 2026, ca % 12 + 1);
	(void)when;
}

int
main(int argc, char **argv)
{
	lines = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	signers = argc > 2 ? strtoul(argv[2], NULL, 10) : signers;
	cas = argc > 3 ? strtoul(argv[3], NULL, 10) : cas;
	local = argc > 4 ? strtoul(argv[4], NULL, 10) : local;
	if (lines == 0 || signers == 0 || cas == 0 || local > cas) {
		fputs("usage: genhist LINES [SIGNERS [CAS [LOCAL]]]\n", stderr);
		return 2;
	}
	for (unsigned long i = 0; i < lines; i++) {
		time_t when =
		    BEGIN + (time_t)((double)YEAR * (double)i / (double)lines);
		/* The first ones write most. */
		unsigned long signer = i * 2654435761UL % signers;

		signer = signer * (i % 7 + 1) / 7;
		print_envelope(i, signer, when);
		if (signer % 50 == 0 && i > lines / 2)
			print_unsigned(signer);
		else
			print_signed(signer, when);
	}
	return ferror(stdout) != 0 || fflush(stdout) != 0;
}
