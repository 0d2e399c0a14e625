// SPDX-License-Identifier: Apache-2.0
#include "merchant/away_companies.h"

#include "documents/order.h"

namespace countersign::merchant {
namespace {

constexpr int kMostUnanswered = 3;

}  // namespace

Result<std::string> company_of(const StoredOrder& order) {
  TRY(const auto document, documents::parse_order(order.document));
  return document.card_company ? document.card_company->subject.text() : std::string();
}

bool AwayCompanies::is_away(const std::string& company) const {
  const auto found = unanswered_.find(company);
  return found != unanswered_.end() && found->second >= kMostUnanswered;
}

void AwayCompanies::note_error(const std::string& company, ErrorCode code) {
  if (code == ErrorCode::kUnavailable)
    ++unanswered_[company];
  else
    unanswered_.erase(company);
}

}  // namespace countersign::merchant
