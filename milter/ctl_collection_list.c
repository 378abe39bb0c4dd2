/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "collection.h"
#include "ctl.h"
#include "ctl_collection.h"
#include "log.h"

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *out)
{
	fputs("usage: smimectl collection list [OPTION]... FILE...\n"
	      "Show the certificates of a collection.\n\n"
	      "  --help  this text\n",
	    out);
}

static void
print_cert(const struct store_cert *cert)
{
	char *name = cert_name(X509_get_subject_name(cert->cert));
	char quoted[1200];

	printf("%s\n", log_quote(quoted, sizeof(quoted), name));
	free(name);
}

static int
list(const struct store *store)
{
	size_t count;
	const struct store_cert *certs = store_certs(store, &count);

	for (size_t i = 0; i < count; i++)
		print_cert(&certs[i]);
	return fflush(stdout) == 0 ? CTL_OK : CTL_USAGE;
}

int
ctl_collection_list(int argc, char **argv)
{
	struct store *store;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		usage(opt == 'h' ? stdout : stderr);
		return opt == 'h' ? CTL_OK : CTL_USAGE;
	}
	if (optind == argc) {
		usage(stderr);
		return CTL_USAGE;
	}
	store = collection_read(argv + optind, (size_t)(argc - optind));
	if (store == NULL)
		return CTL_USAGE;
	status = list(store);
	store_unref(store);
	return status;
}
