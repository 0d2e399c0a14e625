// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "base/clock_tolerance.h"
#include "storage/database.h"

namespace countersign::authority {

// is_timely refuses a request from outside of the window of clock_tolerance.h (kClockSkew: the clocks differ,
// or the request is stale).
Result<void> is_timely(TimePoint stated, TimePoint now);

// Nonces remembers the nonces of signed requests for as long as these could be repeated.
class Nonces {
 public:
  static Result<Nonces> open(storage::Database& database);
  // kConflict when the nonce was used before.
  Result<void> use(storage::Transaction& transaction, const Sha256Digest& nonce, TimePoint now) const;
  // Forgets those whose request could no longer be timely.
  Result<void> sweep(storage::Transaction& transaction, TimePoint now) const;

 private:
  Nonces() = default;
};

}  // namespace countersign::authority
