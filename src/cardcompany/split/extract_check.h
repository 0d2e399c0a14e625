// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/split/review_store.h"
#include "documents/extract.h"
#include "x509/path.h"

// Whether the authority's word permits to capture (mission K9): functions of what was sent and stored.
namespace countersign::cardcompany {

// verify_extract reads an extract that a confirmation signer of the network signed. Errors of verify_path,
// kSignatureInvalid, those of the extract's parser, and kForbidden where the confirmed order is not that of
// the merchant who asks, or another data centre's authority confirmed it than the merchant's.
Result<documents::Extract> verify_extract(BytesView der, const x509::TrustAnchor& anchor,
                                          const x509::Certificate& merchant, TimePoint now);

// authorization_of is the id of the authorization that a confirmation rests on: kConflict where its payment
// was not split.
Result<std::string> authorization_of(const documents::Extract& extract);

// compare_extract demands that what was confirmed is what was approved: kConflict with the member in which it
// differs.
Result<void> compare_extract(const documents::Extract& extract, const StoredReview& review);

}  // namespace countersign::cardcompany
