// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/start_check.h"

#include <algorithm>

namespace countersign::authority {
void StartCheck::expect(std::vector<std::string> witnesses) {
  expected_ = std::move(witnesses);
}

void StartCheck::note(const std::string& witness, Standing standing) {
  standings_.insert_or_assign(witness, standing);
}

void StartCheck::forget_proofs() {
  std::erase_if(standings_, [](const auto& each) {
    return each.second == Standing::kAhead || each.second == Standing::kBeside;
  });
}

Result<void> StartCheck::verdict() {
  if (count(Standing::kAhead) > 0)
    return fail(ErrorCode::kConflict, "a witness has a larger checkpoint of this log than its store");
  if (count(Standing::kBeside) > 0)
    return fail(ErrorCode::kConflict, "a witness has a checkpoint of another history of this log");
  if (is_passed_) return ok();
  const std::size_t needed = std::max<std::size_t>(options_.needed, 1);
  const std::size_t agreeing = count(Standing::kAgrees);
  const std::size_t claiming = count(Standing::kClaimsMore);
  const bool all_asked = agreeing + claiming + count(Standing::kSilent) == expected_.size();
  const bool will_do = options_.when_silent == WhenSilent::kConfirm && claiming == 0 && all_asked;
  is_passed_ = agreeing >= needed || (will_do && !expected_.empty());
  if (is_passed_ || will_do) return ok();
  if (claiming > 0)
    return fail(ErrorCode::kUnavailable,
                "a witness says that it knows more of this log than its store, and shows no checkpoint");
  return fail(ErrorCode::kUnavailable, std::to_string(agreeing) + " of " + std::to_string(needed) +
                                           " witnesses that are asked before the log signs have answered");
}

std::size_t StartCheck::count(Standing standing) const {
  return static_cast<std::size_t>(std::ranges::count_if(expected_, [&](const std::string& witness) {
    const auto found = standings_.find(witness);
    return found != standings_.end() && found->second == standing;
  }));
}

}  // namespace countersign::authority
