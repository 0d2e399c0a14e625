// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/amount.h"
#include "base/clock.h"
#include "storage/database.h"

namespace countersign::cardcompany {

// LedgerAccount is one account of the books, of one currency. Debits are positive.
struct LedgerAccount {
  enum class Kind {
    kHeld,         // of a cardholder's account: what is authorized and may be captured yet
    kHolder,       // of a cardholder's account: what its holder owes
    kMerchant,     // of a merchant: what is due to it, negative
    kCommitments,  // the company's own: against what is held, negative
  };
  Kind kind;
  std::string owner;  // account id, merchant's subject text, or empty for the company's own
  std::string currency;

  std::string id() const;  // kind:currency:owner
};
std::string_view ledger_kind_name(LedgerAccount::Kind kind);

struct Posting {
  LedgerAccount account;
  std::int64_t minor_units;  // positive debits, negative credits, never zero
};

// Entry is what one act did to the books. Its postings sum to zero in every currency.
struct Entry {
  enum class Kind { kHold, kRelease, kCapture, kRefund, kReversal };
  Kind kind;
  std::string authorization;
  std::string movement;  // its id, where money moved; else empty
  std::vector<Posting> postings;
};
std::string_view entry_kind_name(Entry::Kind kind);

// append_entry writes the entry behind all others and carries it into the balances; its number, which counts
// from 1 without gap. kAmountMismatch where a balance would leave ±kLargestInteger. kInternal for postings
// that do not sum to zero.
Result<std::int64_t> append_entry(storage::Transaction& transaction, const Entry& entry, TimePoint now);

// The opposite of each posting of an entry.
Result<std::vector<Posting>> mirrored_postings(storage::Reader& reader, std::int64_t entry);

// verify_journal recomputes the chain of digests from the first entry; the numbers of entries that do not
// fit, at most `limit`. That the newest entries were cut off shows in balances and movements, not here.
Result<std::vector<std::int64_t>> verify_journal(storage::Reader& reader, std::size_t limit);

}  // namespace countersign::cardcompany
