// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/extract.h"
#include "x509/path.h"

namespace countersign::merchant {

// check_extract verifies what the authority tells of a confirmation before it is sent to anybody: signed in
// the role of a confirmation signer, and saying of this very confirmation what that says itself. What
// verify_signed_document says; kMalformed; kConflict, whose detail names the member that differs.
Result<documents::Extract> check_extract(BytesView der, const documents::Confirmation& confirmation,
                                         const x509::TrustAnchor& anchor, TimePoint now);

}  // namespace countersign::merchant
