// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/ledger/journal.h"
#include "cardcompany/ledger/movement.h"

namespace countersign::cardcompany {

// StatementLine is one movement on an account; `change` and `balance` are what its owner owes, or is due.
struct StatementLine {
  std::int64_t entry = 0;  // number in the journal
  Movement movement;
  std::int64_t change = 0;
  std::int64_t balance = 0;  // after it
};

// Statement of one account in one currency, from `from` (inclusive) to `to` (exclusive): opening balance,
// lines in the order of the journal, closing balance. Minor units; for a holder what is owed to the company,
// for a merchant what is due from it. What is only held moves no money and is not on it.
struct Statement {
  std::string currency;
  TimePoint from, to;
  std::int64_t opening = 0;
  std::vector<StatementLine> lines;
  std::int64_t closing = 0;
};

// One statement for each currency that money moved in, or none. `kind` is kHolder (with an account's id) or
// kMerchant (with its subject text).
Result<std::vector<Statement>> make_statements(storage::Reader& reader, LedgerAccount::Kind kind,
                                               std::string_view owner, TimePoint from, TimePoint to);

}  // namespace countersign::cardcompany
