/* SPDX-License-Identifier: ISC */
/*
 * tenant - a tenant section of smime-milter.conf: whose recipients have a
 * trust and a header of their own
 *
 * Shape    tenant "NAME" { ... }; its options are in opt_tenant.c
 * Threads  never changed once loaded
 */
#ifndef MILTER_SETTINGS_TENANT_H
#define MILTER_SETTINGS_TENANT_H

#include "milter/strings.h"

/* tenant "NAME" { ... } */
struct tenant {
	char *name;			 /* owned */
	struct strings recipient_domain; /* domains.h */
	char *authserv_id;		 /* "" for NAME before the site's */
	int mode;			 /* enum trust_mode or MODE_DEFAULT */
	struct strings collection;	 /* paths; empty: the site's */
	char *local_store;		 /* "default", "none" or a path */
};
enum { MODE_DEFAULT = -1 };

#endif
