// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "wallet/store.h"

namespace countersign::wallet {

// state_of finds, among `states`, the one that is stored under that name (kInternal).
template <typename State, std::size_t size>
Result<State> state_of(std::string_view name, const std::array<State, size>& states) {
  for (const State state : states) {
    if (state_name(state) == name) return state;
  }
  return fail(ErrorCode::kInternal, "wallet store: unknown state");
}

}  // namespace countersign::wallet
