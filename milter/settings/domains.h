/* SPDX-License-Identifier: ISC */
/*
 * domains - is that one of these domains or addresses?
 *
 * Shape    "bank.example"   the domain and every one below it
 *          ".bank.example"  every domain below it, not itself
 *          "=bank.example"  the domain alone
 *          "a@bank.example" one address, where addresses are wanted
 *          "*"              everything, domain or not
 *          "@/PATH"         a file of these, one a line; "#" begins a comment
 *          Case, the root's dot, and A-labels or U-labels make no difference.
 * Source   RFC 5890 2.3 (labels), RFC 8550 3 (how addresses compare)
 * Limits   a file DOMAINS_MAX_FILE octets, a domain 253
 * Threads  a set is never changed once loaded
 */
#ifndef MILTER_SETTINGS_DOMAINS_H
#define MILTER_SETTINGS_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/strings.h"
#include "smime/mime/mailbox.h"

enum { DOMAINS_MAX_FILE = 16 * 1024 * 1024 };

enum domains_kind { DOMAINS_ONLY, DOMAINS_ADDRESSES, DOMAINS_BOTH };

struct domains;

/*
 * Would that be taken, as an item of a list?  Returns NULL, or what is wrong,
 * worded to follow the text in a message.  A file is not looked at.
 */
const char *domains_check(enum domains_kind kind, const char *text);

/*
 * All that a list names, files and all.  On failure returns NULL and sets
 * *error_r to "FILE:LINE: what is wrong; expected ...", which the caller
 * frees, or to NULL when there is no memory even for that.
 */
struct domains *domains_load(enum domains_kind kind, const struct strings *list,
    char **error_r);

/* The same from memory: the content of a file of that name. */
struct domains *domains_read(enum domains_kind kind, const char *name,
    const char *text, size_t len, char **error_r);

/* Takes NULL. */
void domains_free(struct domains *domains);

/* Does it have "*"? */
bool domains_have_all(const struct domains *domains);

/*
 * Is the mailbox in it?  Its local part may be NULL: then only its domain
 * counts.  Its domain may be NULL: then only "*" has it.
 */
bool domains_have(const struct domains *domains, const struct mailbox *mailbox);

/*
 * text[0..len) as a domain in A-labels and lower case, without the root's
 * dot.  The caller frees it.  NULL when it is none, or out of memory.
 */
char *domains_normal(const char *text, size_t len);

/*
 * Hand out each pattern, "bank.example" as "bank.example" and ".bank.example",
 * "=bank.example" as "bank.example"; addresses and "*" are left out.
 */
typedef void domains_visit(void *arg, const char *pattern);
void domains_each(const struct domains *domains, domains_visit *visit,
    void *arg);

/* Continue a stamp (stamp.h) with the files that a list names. */
uint64_t domains_stamp(uint64_t stamp, const struct strings *list);

#endif
