// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace countersign::evidence {

inline constexpr std::size_t kMaxAlgorithmPolicy = 64 << 10;

// AlgorithmPolicy is until when whoever verifies trusts algorithms: what is made with one after its sunset
// proves nothing any more. One without a sunset is trusted without end.
class AlgorithmPolicy {
 public:
  // Takes lines `sunset NAME TIME`, as `sunset sha-256 2040-01-01T00:00:00Z`, empty lines and lines that
  // begin with `#`. kMalformed, also for an algorithm that stands twice; kUnsupported for a name that is not
  // known (x509::is_known_algorithm): who misspells one would go on trusting it; kTooLarge. Errors begin with
  // the line.
  static Result<AlgorithmPolicy> parse(std::string_view text);

  // The first sunset of all of these; absent where none has one.
  std::optional<TimePoint> until(const std::vector<std::string>& algorithms) const;
  // Which of them that is; empty where none has one.
  std::string first_of(const std::vector<std::string>& algorithms) const;

 private:
  Result<void> read_line(std::string_view line);
  std::map<std::string, TimePoint, std::less<>> sunsets_;
};

}  // namespace countersign::evidence
