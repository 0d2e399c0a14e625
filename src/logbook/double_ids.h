// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace countersign::logbook {

// DoubleIds finds ids that stand at more than one index, in bounded memory: of a large log it takes one share
// of the ids at a time, in as many passes over the log as passes() says.
class DoubleIds {
 public:
  using Id = std::array<std::uint8_t, 16>;
  struct Double {
    Id id;
    std::uint64_t first = 0, again = 0;  // indices
  };

  // For a log of so many entries.
  explicit DoubleIds(std::uint64_t entries) : passes_(1 + entries / kAtOnce) {}
  std::uint64_t passes() const { return passes_; }
  void add(const Id& id, std::uint64_t index);
  // Ends a pass and answers what it found, by index.
  std::vector<Double> finish_pass();

 private:
  static constexpr std::uint64_t kAtOnce = 2 << 20;
  struct Seen {
    Id id;
    std::uint64_t index;
    auto operator<=>(const Seen&) const = default;
  };
  std::uint64_t passes_, pass_ = 0;
  std::vector<Seen> seen_;
};

}  // namespace countersign::logbook
