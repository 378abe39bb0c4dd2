/* SPDX-License-Identifier: ISC */
#include "milter/daemon/verifiers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_KEPT = 256 };

/*
 * A judgement takes some tens of microseconds, and a new verifier costs a
 * millisecond and knows nothing.  All of them are lent for that long only in a
 * rush, or while mail that is dear to judge keeps every processor busy.
 */
enum { PATIENCE_NS = 100000000 };

struct verifiers {
	pthread_mutex_t lock;		 /* guards what is below */
	pthread_cond_t given_back;	 /* one is idle again */
	struct verifier *idle[MAX_KEPT]; /* owned, count of them */
	size_t count;
	size_t alive;	/* idle or lent */
	size_t waiting; /* threads, for one of them */
	size_t kept;	/* no more than that are idle */
};

static size_t
how_many_to_keep(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 2;
	return processors < MAX_KEPT / 2 ? 2 * (size_t)processors : MAX_KEPT;
}

static void
init_monotonic(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct verifiers *
verifiers_new(void)
{
	struct verifiers *verifiers = calloc(1, sizeof(*verifiers));

	if (verifiers == NULL)
		return NULL;
	pthread_mutex_init(&verifiers->lock, NULL);
	init_monotonic(&verifiers->given_back);
	verifiers->kept = how_many_to_keep();
	return verifiers;
}

static struct timespec
end_of_patience(void)
{
	enum { NS = 1000000000 };
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += PATIENCE_NS;
	if (end.tv_nsec >= NS) {
		end.tv_nsec -= NS;
		end.tv_sec++;
	}
	return end;
}

/* The lock is held. */
static void
wait_for_idle(struct verifiers *verifiers)
{
	const struct timespec end = end_of_patience();
	int error = 0;

	verifiers->waiting++;
	while (verifiers->count == 0 && verifiers->alive >= verifiers->kept &&
	    error == 0)
		error = pthread_cond_timedwait(&verifiers->given_back,
		    &verifiers->lock, &end);
	verifiers->waiting--;
}

/* One that is idle; NULL: a new one is wanted, and counted already. */
static struct verifier *
take(struct verifiers *verifiers)
{
	struct verifier *verifier = NULL;

	pthread_mutex_lock(&verifiers->lock);
	if (verifiers->count == 0 && verifiers->alive >= verifiers->kept)
		wait_for_idle(verifiers);
	if (verifiers->count > 0)
		verifier = verifiers->idle[--verifiers->count];
	else
		verifiers->alive++;
	pthread_mutex_unlock(&verifiers->lock);
	return verifier;
}

/* The lock is held.  One that somebody waits for is not given up. */
static bool
is_surplus(const struct verifiers *verifiers, const struct verifier *verifier)
{
	if (verifier == NULL || verifier->spoiled)
		return true;
	return verifiers->alive > verifiers->kept &&
	    (verifiers->count >= verifiers->waiting ||
		verifiers->count >= MAX_KEPT);
}

/* True when it, or the lack of one, is not kept. */
static bool
let_go(struct verifiers *verifiers, struct verifier *verifier)
{
	bool surplus;

	pthread_mutex_lock(&verifiers->lock);
	surplus = is_surplus(verifiers, verifier);
	if (surplus)
		verifiers->alive--;
	else
		verifiers->idle[verifiers->count++] = verifier;
	pthread_cond_signal(&verifiers->given_back);
	pthread_mutex_unlock(&verifiers->lock);
	return surplus;
}

struct verifier *
verifiers_lend(struct verifiers *verifiers, unsigned int version)
{
	struct verifier *verifier = take(verifiers);

	if (verifier == NULL)
		verifier = verifier_new();
	if (verifier == NULL)
		let_go(verifiers, NULL);
	else
		verifier_begin(verifier, version);
	return verifier;
}

void
verifiers_give_back(struct verifiers *verifiers, struct verifier *verifier)
{
	if (verifier != NULL && let_go(verifiers, verifier))
		verifier_free(verifier);
}

void
verifiers_free(struct verifiers *verifiers)
{
	if (verifiers == NULL)
		return;
	for (size_t i = 0; i < verifiers->count; i++)
		verifier_free(verifiers->idle[i]);
	pthread_cond_destroy(&verifiers->given_back);
	pthread_mutex_destroy(&verifiers->lock);
	free(verifiers);
}
