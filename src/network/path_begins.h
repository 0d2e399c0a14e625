// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/path.h"

namespace countersign::network {

// path_begins is when the path from this certificate over the CA that issued it to the anchor's root can be
// valid at the earliest: what was signed before that CA was certified anew, by the root that the network has
// passed to, is judged at that moment. Other CAs of the anchor do not count. Says nothing about the path.
TimePoint path_begins(const x509::Certificate& certificate, const x509::TrustAnchor& anchor);

}  // namespace countersign::network
