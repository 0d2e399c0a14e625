// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/account_store.h"
#include "cardcompany/ledger/hold.h"
#include "cardcompany/ledger/movement.h"

namespace countersign::cardcompany {

// Ledger is our own card system: double entry in the store, balances and entries in the same transaction.
// Thread-safe, and so are several processes over one store: all it knows lies there.
class Ledger final : public CardSystem {
 public:
  // Enters what was approved before there was a ledger. The accounts outlive it.
  static Result<std::unique_ptr<Ledger>> open(storage::Database& database, const AccountStore& accounts);

  Result<HoldAnswer> hold(storage::Transaction& transaction, const HoldOrder& order,
                          const documents::PaymentData& means, TimePoint now) override;
  Result<void> void_hold(storage::Transaction& transaction, std::string_view authorization,
                         TimePoint now) override;
  Result<Movement> capture(storage::Transaction& transaction, const MovementOrder& order,
                           TimePoint now) override;
  Result<Movement> refund(storage::Transaction& transaction, const MovementOrder& order,
                          TimePoint now) override;
  Result<Movement> reverse(storage::Transaction& transaction, std::string_view movement,
                           std::string_view reference, TimePoint now) override;
  Result<std::vector<std::string>> free_expired(storage::Transaction& transaction, TimePoint now,
                                                int limit) override;

 private:
  explicit Ledger(const AccountStore& accounts) : accounts_(accounts) {}
  Result<void> require_room(storage::Reader& reader, const Hold& hold, const Amount& amount) const;

  const AccountStore& accounts_;
};

}  // namespace countersign::cardcompany
