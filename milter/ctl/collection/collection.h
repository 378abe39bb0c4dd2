/* SPDX-License-Identifier: ISC */
/*
 * ctl_collection - the family "smimectl collection", one file a subcommand
 *
 * Room     collection.c finds the subcommand NAME in NAME.c; what they do with
 *          certificates is in milter/collection/
 * Exit     CTL_OK; CTL_BAD: the answer is no (see each subcommand);
 *          CTL_USAGE: wrong usage, or a file that cannot be read or written
 */
#ifndef MILTER_CTL_COLLECTION_COLLECTION_H
#define MILTER_CTL_COLLECTION_COLLECTION_H

#include "milter/collection/certview.h"

/* argv[0] is the subcommand's name, such as "list". */
int ctl_collection_list(int argc, char **argv);
int ctl_collection_create(int argc, char **argv);
int ctl_collection_add(int argc, char **argv);
int ctl_collection_remove(int argc, char **argv);
int ctl_collection_export(int argc, char **argv);
int ctl_collection_lint(int argc, char **argv);
int ctl_collection_diff(int argc, char **argv);
int ctl_collection_import_ldap(int argc, char **argv);
int ctl_collection_import_ldif(int argc, char **argv);

/* Print on a line which certificate comes ('+') or goes ('-'). */
void ctl_collection_print_change(char sign, const struct certview *view);

#endif
