// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/authorization.h"
#include "documents/split_payment.h"

namespace countersign::cardcompany {

// StoredReview is what was signed of a decision over a split payment, and what became of that.
struct StoredReview {
  Authorization authorization;     // as it is now
  documents::ReviewResult result;  // as it was signed
  Sha256Digest digest;             // review_digest of the result
  Bytes signed_result;             // DER
};

// Of a merchant, by the digest of the request that it answered, by the authorization's reference or by its
// id.
Result<std::optional<StoredReview>> find_review_of_request(storage::Reader& reader, std::string_view merchant,
                                                           const Sha256Digest& request);
Result<std::optional<StoredReview>> find_review_of_reference(storage::Reader& reader,
                                                             std::string_view merchant,
                                                             std::string_view reference);
Result<std::optional<StoredReview>> find_review(storage::Reader& reader, std::string_view merchant,
                                                std::string_view authorization);

// What is kept of a decision: `result` is the JSON that `signed_result` covers.
struct NewReview {
  std::string authorization;  // its id
  Sha256Digest request;
  Bytes result, signed_result;
};
Result<void> insert_review(storage::Transaction& transaction, const NewReview& review);

}  // namespace countersign::cardcompany
