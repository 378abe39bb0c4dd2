/* SPDX-License-Identifier: ISC */
/*
 * rules - what a message may cost, and which algorithms are acceptable
 *
 * Units    octets, or how many; what a budget counts is its owner's to know
 */
#ifndef SMIME_RULES_H
#define SMIME_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* What one message may cost.  Crossing one gives its reason, not a crash. */
struct limits {
	size_t max_message;    /* octets of body looked at */
	size_t max_depth;      /* MIME and CMS levels */
	size_t max_parts;      /* MIME parts, all levels together */
	size_t max_header;     /* octets of one part's header block */
	size_t max_cms;	       /* octets kept of one SignedData */
	size_t max_signatures; /* signed layers reported */
	size_t max_signers;    /* SignerInfos of one SignedData */
	size_t max_certs;      /* certificates of one SignedData */
	/* Octets that compressed content may become; each further one half. */
	size_t max_expanded;
	size_t max_ratio; /* how many times its size that may be */
	size_t rehash;	  /* octets copied in case micalg is wrong */
};

/* What is acceptable, in the signature and in the chain. */
struct rules {
	size_t min_rsa_bits; /* also for RSASSA-PSS */
	bool accept_md5;
	bool accept_sha1;
	bool accept_dsa;
};

/*
 * May more be spent on this message?  Asked before each step that costs; where
 * the answer is no, the message gets REASON_TOO_COSTLY.
 */
struct budget {
	bool (*is_left)(void *arg); /* NULL: any amount may be spent */
	void *arg;		    /* borrowed */
};

/* NULL is a budget without end. */
bool budget_is_left(const struct budget *budget);

/* Fill with the documented defaults. */
void limits_default(struct limits *limits);
void rules_default(struct rules *rules);

#endif
