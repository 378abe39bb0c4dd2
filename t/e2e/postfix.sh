#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The cases of t/lib/cases.sh through a real Postfix; see t/lib/e2e.sh.
set -eu
mta=postfix
. "$(dirname "$0")/../lib/e2e.sh"
