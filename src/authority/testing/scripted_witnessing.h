// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "authority/confirmation/log_witnessing.h"

namespace countersign::authority {

// ScriptedWitnessing says of the witnesses what a test says.
struct ScriptedWitnessing final : LogWitnessing {
  Result<void> may_sign() override {
    if (allows) return ok();
    return fail(ErrorCode::kUnavailable, "the witnesses are to answer first");
  }
  void log_grew() override { ++grew; }
  documents::WitnessState state_of(std::uint64_t, TimePoint) const override { return state; }
  std::atomic<bool> allows = true;
  std::atomic<int> grew = 0;
  std::atomic<documents::WitnessState> state = documents::WitnessState::kPending;
};

}  // namespace countersign::authority
