// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "merchant/checkout_store.h"

namespace countersign::merchant {

// company_of is the subject of the card company that an order names (profile set), as text; or empty.
Result<std::string> company_of(const StoredOrder& order);

// AwayCompanies notes within one batch of work who does not answer, so that the rest of the batch waits for
// nobody who was silent three times in a row.
class AwayCompanies {
 public:
  bool is_away(const std::string& company) const;
  void note_answer(const std::string& company) { unanswered_.erase(company); }
  // Only kUnavailable is silence.
  void note_error(const std::string& company, ErrorCode code);

 private:
  std::map<std::string, int> unanswered_;  // in a row
};

}  // namespace countersign::merchant
