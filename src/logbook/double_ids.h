// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace countersign::logbook {

// DoubleIds finds ids that stand at more than one index, in bounded memory: of a large log it takes one share
// of the ids at a time, in as many passes over the log as passes() says. The shares are drawn by chance:
// whoever chose the ids cannot make one of them large.
class DoubleIds {
 public:
  using Id = std::array<std::uint8_t, 16>;
  struct Double {
    Id id;
    std::uint64_t first = 0, again = 0;  // indices
  };

  static constexpr std::uint64_t kAtOnce = 2 << 20;
  // For a log of so many entries.
  explicit DoubleIds(std::uint64_t entries, std::uint64_t at_once = kAtOnce);
  std::uint64_t passes() const { return passes_; }
  void add(const Id& id, std::uint64_t index);
  // Ends a pass and answers what it found, by index.
  std::vector<Double> finish_pass();

 private:
  std::uint64_t share_of(const Id& id) const;
  struct Seen {
    Id id;
    std::uint64_t index;
    auto operator<=>(const Seen&) const = default;
  };
  std::uint64_t passes_, pass_ = 0;
  std::array<std::uint64_t, 5> key_;  // random
  std::vector<Seen> seen_;
};

}  // namespace countersign::logbook
