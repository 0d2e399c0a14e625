// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "documents/receipt.h"

namespace countersign::authority {

// LogWitnessing is what confirming has to know of those who watch the public log, and of what was published.
// The program plugs it in.
// Thread-safe; waits for nobody.
class LogWitnessing {
 public:
  virtual ~LogWitnessing() = default;
  // Asked before anything is appended to the log: kUnavailable while nothing may be confirmed.
  virtual Result<void> may_sign() = 0;
  // The log has grown.
  virtual void log_grew() = 0;
  // How the confirmation of this index, issued then, stands.
  virtual documents::WitnessState state_of(std::uint64_t index, TimePoint issued) const = 0;
};

}  // namespace countersign::authority
