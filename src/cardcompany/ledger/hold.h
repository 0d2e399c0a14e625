// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/card_system.h"

namespace countersign::cardcompany {

// Hold is what the ledger knows of one authorization, from the hold to the last refund.
struct Hold {
  enum class State { kOpen, kCaptured, kVoided, kExpired, kReversed };
  std::string authorization;
  std::string merchant;
  std::string account;
  Amount amount;  // that was authorized
  State state = State::kOpen;
  TimePoint frees;            // when it is freed by itself, where it is open
  std::int64_t captured = 0;  // minor units, as all below; 0 again once that was reversed
  std::int64_t refunded = 0;  // by refunds that were not reversed
};
std::string_view hold_state_name(Hold::State state);

Result<std::optional<Hold>> find_hold(storage::Reader& reader, std::string_view authorization);
Result<void> insert_hold(storage::Transaction& transaction, const Hold& hold);
// State, captured and refunded.
Result<void> update_hold(storage::Transaction& transaction, const Hold& hold);
// Open holds that free themselves at `now` or before, the oldest first.
Result<std::vector<Hold>> overdue_holds(storage::Reader& reader, TimePoint now, int limit);

}  // namespace countersign::cardcompany
