// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/account_store.h"
#include "cardcompany/question.h"

namespace countersign::cardcompany {

// Authorization is a decision as it was stored.
struct Authorization {
  enum class State { kApproved, kDeclined, kReleased };
  std::string id;
  std::string merchant;  // subject text of whoever asked
  std::string reference;
  Amount amount;
  State state = State::kDeclined;
  std::string code;  // why not; empty when approved
  TimePoint decided;
};
std::string_view state_name(Authorization::State state);

// AuthorizationDesk decides over payments: once for each merchant and reference, durably before the answer
// leaves. What is approved is held until it is released. Thread-safe.
class AuthorizationDesk {
 public:
  AuthorizationDesk(storage::Database& database, const AccountStore& accounts, const Clock& clock)
      : database_(database), accounts_(accounts), clock_(clock) {}

  // The same question of the same merchant gets the same decision; kConflict when the reference stands for
  // another question. kRateLimited, and nothing is decided, while the merchant has guessed too much: what one
  // merchant guesses stands in the way of nobody at another.
  Result<Authorization> decide(std::string_view merchant, const Question& question);
  // Frees what is held under a merchant's reference, once; releasing again is success. A reference that
  // nobody asked under is used up: a question that is still on its way finds it so (kConflict).
  Result<void> release(std::string_view merchant, std::string_view reference);
  Result<std::vector<Authorization>> list(std::string_view before, int limit);  // newest first, ids descend

 private:
  struct Judgement {
    std::optional<DeclineReason> reason;
    std::optional<Account> account;
  };
  Result<void> require_pace(storage::Reader& reader, std::string_view merchant, TimePoint now) const;
  Result<Judgement> judge(storage::Reader& reader, std::string_view merchant, const Question& question,
                          TimePoint now) const;
  Result<Authorization> record(storage::Transaction& transaction, std::string_view merchant,
                               const Question& question, TimePoint now) const;

  storage::Database& database_;
  const AccountStore& accounts_;
  const Clock& clock_;
};

}  // namespace countersign::cardcompany
