/* SPDX-License-Identifier: ISC */
/*
 * authres - Authentication-Results by the grammar, to hold ours against it
 *
 * Every function fails the running test rather than return a failure.  What
 * is returned is overwritten by the next call of the same function.
 *
 * Source   RFC 8601 2.2, read strictly, from an unfolded value
 * Units    octets
 * Threads  one thread
 */
#ifndef T_LIB_AUTHRES_H
#define T_LIB_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/header/result.h"
#include "smime/smime.h"

/* The authserv-id of most tests. */
#define US "mx.example.net"

/* A field as it was read. */
enum { MAX_RESINFOS = RESULT_MAX_SIGNATURES + 1, MAX_PROPERTIES = 8 };

struct property {
	char name[64];
	char value[512];
};

struct resinfo {
	char result[16];
	char reason[64];
	struct property properties[MAX_PROPERTIES];
	size_t count;
};

struct parsed {
	char id[RESULT_MAX_LEN];
	struct resinfo resinfos[MAX_RESINFOS];
	size_t count;
};

/* A signature with which nothing is wrong. */
extern const struct signature authres_good;

/* The verdict on a message with these, which it borrows: the worst of them. */
struct verdict authres_verdict(const struct signature *signatures,
    size_t count);

/*
 * Write a verdict, check all that must hold whatever is written, and read it
 * again.  The name is that of a case.
 */
const struct parsed *authres_rewrite(const char *name, const char *id,
    const struct verdict *verdict, bool utf8);

/* The value of a property, borrowed; NULL without one. */
const char *authres_value(const struct resinfo *resinfo, const char *name);

/* Fail, naming the row, unless that is its value; NULL: it has none. */
void authres_check_value(const char *row, const struct resinfo *resinfo,
    const char *name, const char *want);

/* A word of len octets, less than 4096, that ends in end. */
const char *authres_word(size_t len, const char *end);

#endif
