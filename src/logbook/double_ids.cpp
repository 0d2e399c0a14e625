// SPDX-License-Identifier: Apache-2.0
#include "logbook/double_ids.h"

#include <algorithm>

namespace countersign::logbook {

void DoubleIds::add(const Id& id, std::uint64_t index) {
  // The first octets of a UUID of version 4 are random.
  const std::uint64_t share = (std::uint64_t{id[0]} << 16 | std::uint64_t{id[1]} << 8 | id[2]) % passes_;
  if (share == pass_) seen_.push_back({id, index});
}

std::vector<DoubleIds::Double> DoubleIds::finish_pass() {
  std::ranges::sort(seen_);
  std::vector<Double> doubles;
  for (std::size_t i = 1; i < seen_.size(); ++i)
    if (seen_[i].id == seen_[i - 1].id) doubles.push_back({seen_[i].id, seen_[i - 1].index, seen_[i].index});
  std::ranges::sort(doubles, {}, &Double::again);
  seen_.clear();
  ++pass_;
  return doubles;
}

}  // namespace countersign::logbook
