// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/confirmation.h"

namespace countersign::documents {

// Extract is what the authority tells a card company or service of a confirmation: that it took place,
// between whom, over how much and on which review; no line of the order (type "extract", version 1). Always
// signed in the role kConfirmationSigner.
struct Extract {
  std::string confirmation;  // its id
  x509::Name data_centre;
  std::int64_t index = 0;  // of the confirmation in the data centre's log
  TimePoint time;          // of the confirmation
  std::string order_id;
  Sha256Digest order_digest;
  Amount total;
  x509::Name merchant, purchaser;
  std::optional<Review> review;
  std::optional<std::string> log = {};  // as in the confirmation, after the index
};
Extract extract_of(const Confirmation& confirmation);
Result<Bytes> write_extract(const Extract& extract);
Result<Extract> parse_extract(BytesView json);

}  // namespace countersign::documents
