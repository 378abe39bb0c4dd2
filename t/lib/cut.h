/* SPDX-License-Identifier: ISC */
/*
 * cut - a SignedData, cut up into frame and certificates as it is in mail
 */
#ifndef T_LIB_CUT_H
#define T_LIB_CUT_H

#include "smime/cms/sig.h"

/*
 * Set frame and certs of in from the octets of a ContentInfo.  Where sdata.h
 * refuses them they are the frame as they are.  Give it back to cut_done().
 */
struct sdata *cut_up(const uint8_t *octets, size_t len, struct sig_input *in);
void cut_done(struct sdata *sdata);

#endif
