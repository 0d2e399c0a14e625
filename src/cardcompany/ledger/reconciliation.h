// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "storage/database.h"

namespace countersign::cardcompany {

// Sums of one currency, in minor units: what is held is committed, what holders owe is due to merchants.
struct TrialBalance {
  std::string currency;
  std::int64_t held = 0, committed = 0, owed = 0, due = 0;
};
struct MerchantTotal {
  std::string merchant;
  std::string currency;
  std::int64_t authorized = 0;  // of all that was ever held
  std::int64_t held = 0;        // now
  std::int64_t captured = 0, refunded = 0;
  std::int64_t due = 0;  // captured less refunded
};
// One thing that does not agree with another: which rule, and about which entry, account or authorization.
struct Difference {
  std::string rule, object;
};

struct Reconciliation {
  std::int64_t entries = 0, open_holds = 0,
               overdue_holds = 0;  // overdue: not freed yet although their time is over
  std::vector<TrialBalance> trial_balances;
  std::vector<MerchantTotal> merchants;
  std::vector<Difference> differences;  // none where the books are right; at most twenty of each rule
};

// reconcile holds the whole ledger against its rules, on one snapshot: the journal against itself (every
// entry sums to zero in each currency, none is missing or was altered), balances against the journal, holds
// against balances and approved authorizations, movements against entries and holds, captured against
// authorized, refunded against captured. Reads everything.
Result<Reconciliation> reconcile(storage::Reader& reader, TimePoint now);

// The names of all rules that a difference may name.
std::vector<std::string_view> reconciliation_rules();

}  // namespace countersign::cardcompany
