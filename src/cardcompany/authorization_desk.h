// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/account_store.h"
#include "cardcompany/authorization.h"
#include "cardcompany/card_system.h"
#include "cardcompany/question.h"
#include "cardcompany/rules.h"

namespace countersign::cardcompany {

// AuthorizationDesk decides over payments: once for each merchant and reference, durably before the answer
// leaves. Rules come first, then the card system judges the account and holds the amount. What takes a
// transaction is part of it, so that the caller stores what follows from the act, a signed answer say,
// together with it. Thread-safe.
class AuthorizationDesk {
 public:
  // All outlive the desk.
  struct Parts {
    storage::Database& database;
    const AccountStore& accounts;  // makes the digests of questions
    CardSystem& system;
    const Clock& clock;
  };
  AuthorizationDesk(Parts parts, const Rules& rules) : parts_(parts), rules_(rules) {}

  // The same question of the same merchant gets the same decision; kConflict when the reference stands for
  // another question. kRateLimited, and nothing is decided, while the merchant has guessed too much: what one
  // merchant guesses stands in the way of nobody at another, and what a purchaser guesses in split payments
  // in that of nobody else. kExpired for a new question whose time is over.
  Result<Authorization> decide(std::string_view merchant, const Question& question);
  Result<Authorization> decide(storage::Transaction& transaction, std::string_view merchant,
                               const Question& question, TimePoint now) const;
  // Frees what is held under a merchant's reference, once; releasing again is success. A reference that
  // nobody asked under is used up: a question that is still on its way finds it so (kConflict). What freed
  // itself is captured no more once it was released. kConflict once captured.
  Result<void> release(std::string_view merchant, std::string_view reference);
  Result<void> release(storage::Transaction& transaction, std::string_view merchant,
                       std::string_view reference, TimePoint now) const;
  // When an approval that is neither captured nor released frees itself.
  TimePoint frees_at(const Authorization& authorization) const {
    return authorization.expires + rules_.capture_window;
  }

  // Errors as of CardSystem. An authorization that freed itself is not captured when the same payment was
  // approved anew meanwhile (kConflict).
  Result<Movement> capture(storage::Transaction& transaction, const MovementOrder& order,
                           TimePoint now) const;
  Result<Movement> refund(storage::Transaction& transaction, const MovementOrder& order, TimePoint now) const;
  Result<Movement> reverse(storage::Transaction& transaction, std::string_view movement,
                           std::string_view reference, TimePoint now) const;

  // Frees what was neither captured nor released in its time; how many. To be called again and again.
  Result<int> free_expired();

 private:
  Result<Authorization> record(storage::Transaction& transaction, std::string_view merchant,
                               const Question& question, TimePoint now) const;

  const Parts parts_;
  const Rules rules_;
};

}  // namespace countersign::cardcompany
