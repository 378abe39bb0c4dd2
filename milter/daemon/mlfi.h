/* SPDX-License-Identifier: ISC */
/*
 * mlfi - the callbacks of libmilter: translate, call, answer
 *
 * Room     smime-milter.c starts; mlfi calls session.h (one connection) with a
 *          verifier of verifiers.h, and policy/; msglog.h and metrics.h say what
 *          was done.  engine.h is all that a reload replaces.  gauges.h and
 *          scrape.h show metrics, selftest.h and notify.h that all is well,
 *          priv.h and process.h keep house.
 * Order    libmilter calls negotiate, connect, { envfrom, envrcpt..., data,
 *          header..., eoh, body..., eom } or abort, and close.  Any of them
 *          may be missing, and close may be the only one.
 * Shape    every message is answered at eom and nowhere earlier, because the
 *          header can be changed only there and what goes wrong before is
 *          remembered until then.
 * Threads  one connection is never called twice at once, but from different
 *          threads; nothing is shared but the engine
 */
#ifndef MILTER_DAEMON_MLFI_H
#define MILTER_DAEMON_MLFI_H

#include <stdbool.h>
#include <stddef.h>

#include "milter/daemon/engine.h"

/*
 * Register the callbacks, after smfi_setconn() and before smfi_opensocket().
 * engine is borrowed and must outlive smfi_main().  No more connections than
 * that are served at once; those beyond are closed before they cost anything,
 * since libmilter, out of files, would spin until there are some.  over_tcp is
 * what smfi_setconn() was told.
 */
bool mlfi_register(struct engine *engine, size_t connections, bool over_tcp);

#endif
