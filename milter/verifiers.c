/* SPDX-License-Identifier: ISC */
#include "verifiers.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_KEPT = 256 };

struct verifiers {
	pthread_mutex_t lock;		 /* guards what is below */
	struct verifier *idle[MAX_KEPT]; /* owned, count of them */
	size_t count;
	size_t kept; /* no more than that are idle */
};

static size_t
how_many_to_keep(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 2;
	return processors < MAX_KEPT / 2 ? 2 * (size_t)processors : MAX_KEPT;
}

struct verifiers *
verifiers_new(void)
{
	struct verifiers *verifiers = calloc(1, sizeof(*verifiers));

	if (verifiers == NULL)
		return NULL;
	pthread_mutex_init(&verifiers->lock, NULL);
	verifiers->kept = how_many_to_keep();
	return verifiers;
}

struct verifier *
verifiers_lend(struct verifiers *verifiers, unsigned int version)
{
	struct verifier *verifier = NULL;

	pthread_mutex_lock(&verifiers->lock);
	if (verifiers->count > 0)
		verifier = verifiers->idle[--verifiers->count];
	pthread_mutex_unlock(&verifiers->lock);
	if (verifier == NULL)
		verifier = verifier_new();
	if (verifier != NULL)
		verifier_begin(verifier, version);
	return verifier;
}

void
verifiers_give_back(struct verifiers *verifiers, struct verifier *verifier)
{
	if (verifier == NULL)
		return;
	pthread_mutex_lock(&verifiers->lock);
	if (verifiers->count < verifiers->kept) {
		verifiers->idle[verifiers->count++] = verifier;
		verifier = NULL;
	}
	pthread_mutex_unlock(&verifiers->lock);
	verifier_free(verifier);
}

void
verifiers_free(struct verifiers *verifiers)
{
	if (verifiers == NULL)
		return;
	for (size_t i = 0; i < verifiers->count; i++)
		verifier_free(verifiers->idle[i]);
	pthread_mutex_destroy(&verifiers->lock);
	free(verifiers);
}
