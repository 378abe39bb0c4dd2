/* SPDX-License-Identifier: ISC */
#include "milter/daemon/gauges.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "milter/collection/certview.h"
#include "milter/log/promtext.h"
#include "smime/store/store.h"

struct expiry {
	time_t when;
	const struct store_cert *cert; /* borrowed from the store */
};

/* Those that expire first, in that order. */
struct expiries {
	struct expiry list[GAUGES_MAX_CERTS];
	size_t count;
};

static void
write_gauge(FILE *out, const char *name, const char *help, uint64_t n)
{
	promtext_family(out, name, "gauge", help);
	fprintf(out, "%s %" PRIu64 "\n", name, n);
}

/* That of the folder itself, which is read, is not counted; 0: unknown. */
static uint64_t
open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint64_t n = 0;

	if (folder == NULL)
		return 0;
	while ((entry = readdir(folder)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n - 1;
}

static void
write_memory(FILE *out)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	FILE *file = fopen("/proc/self/statm", "re");
	uint64_t all, resident;

	if (file == NULL)
		return;
	if (fscanf(file, "%" SCNu64 " %" SCNu64, &all, &resident) == 2) {
		write_gauge(out, "smime_milter_process_virtual_memory_bytes",
		    "Address space in octets.", all * page);
		write_gauge(out, "smime_milter_process_resident_memory_bytes",
		    "Memory in octets.", resident * page);
	}
	fclose(file);
}

static void
write_cpu(FILE *out)
{
	static const char name[] = "smime_milter_process_cpu_seconds_total";
	struct rusage use;
	struct timeval sum;

	if (getrusage(RUSAGE_SELF, &use) != 0)
		return;
	timeradd(&use.ru_utime, &use.ru_stime, &sum);
	promtext_family(out, name, "counter", "Time of the processor.");
	fprintf(out, "%s %lld.%06ld\n", name, (long long)sum.tv_sec,
	    (long)sum.tv_usec);
}

static void
write_process(FILE *out)
{
	struct rlimit files;

	write_gauge(out, "smime_milter_process_open_fds",
	    "Files that are open.", open_files());
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		write_gauge(out, "smime_milter_process_max_fds",
		    "Files that may be open.", (uint64_t)files.rlim_cur);
	write_memory(out);
	write_cpu(out);
}

static void
write_build(FILE *out)
{
	static const char name[] = "smime_milter_build_info";

	promtext_family(out, name, "gauge", "Which build this is; always 1.");
	fprintf(out, "%s{version=\"%s\",", name, PACKAGE_VERSION);
	promtext_label(out, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
	fputs("} 1\n", out);
}

/* Keep the list in order, and drop what falls off its end. */
static void
insert(struct expiries *expiries, struct expiry one)
{
	size_t at = expiries->count;

	if (at == GAUGES_MAX_CERTS && one.when >= expiries->list[at - 1].when)
		return;
	if (at < GAUGES_MAX_CERTS)
		expiries->count++;
	else
		at--;
	while (at > 0 && expiries->list[at - 1].when > one.when) {
		expiries->list[at] = expiries->list[at - 1];
		at--;
	}
	expiries->list[at] = one;
}

/* Of those that may serve mail: who is refused may expire unnoticed. */
static void
find_expiries(const struct store *store, struct expiries *expiries)
{
	size_t count;
	const struct store_cert *certs = store_certs(store, &count);

	expiries->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct expiry one = { .cert = &certs[i] };
		time_t begin;

		if (certs[i].verdict == REASON_OK &&
		    cert_validity(certs[i].cert, &begin, &one.when))
			insert(expiries, one);
	}
}

static void
write_expiry(FILE *out, const char *name, const struct store *store,
    const struct expiry *expiry)
{
	struct certview view;

	/* As of its end: whether it serves now is not told here. */
	if (!certview_init(&view, store, expiry->cert, expiry->when))
		return;
	fprintf(out,
	    "smime_milter_certificate_expiry_timestamp_seconds{store=\"%s\","
	    "role=\"%s\",thumbprint=\"%s\",",
	    name, certview_role(expiry->cert->role), view.thumbprint);
	promtext_label(out, "subject", view.subject);
	fprintf(out, "} %lld\n", (long long)expiry->when);
	certview_done(&view);
}

static void
write_count(FILE *out, const char *store, const char *role, size_t n)
{
	fprintf(out,
	    "smime_milter_certificates{store=\"%s\",role=\"%s\"} %zu\n", store,
	    role, n);
}

static void
write_counts(FILE *out, const char *name, const struct store *store)
{
	struct store_counts counts = { 0 };

	if (store != NULL)
		store_count(store, &counts);
	write_count(out, name, certview_role(CERT_ROLE_ANCHOR), counts.anchors);
	write_count(out, name, certview_role(CERT_ROLE_INTERMEDIATE),
	    counts.intermediates);
	write_count(out, name, certview_role(CERT_ROLE_SIGNER), counts.signers);
	write_count(out, name, "refused", counts.refused);
}

static void
write_expiries(FILE *out, const char *name, const struct store *store)
{
	struct expiries expiries;

	if (store == NULL)
		return;
	find_expiries(store, &expiries);
	for (size_t i = 0; i < expiries.count; i++)
		write_expiry(out, name, store, &expiries.list[i]);
}

static void
write_stores(const struct trust *trust, FILE *out)
{
	const struct store *collection = trust_get0_collection(trust);
	const struct store *local = trust_get0_local(trust);

	promtext_family(out, "smime_milter_certificates", "gauge",
	    "Certificates of each store, by role.");
	write_counts(out, "collection", collection);
	write_counts(out, "local", local);
	promtext_family(out,
	    "smime_milter_certificate_expiry_timestamp_seconds", "gauge",
	    "When the certificates end that end first, thumbprint SHA-1.");
	write_expiries(out, "collection", collection);
	write_expiries(out, "local", local);
}

void
gauges_write(const struct engine_state *state, FILE *out)
{
	write_build(out);
	write_process(out);
	write_stores(state->trust, out);
}
