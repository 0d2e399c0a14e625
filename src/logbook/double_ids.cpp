// SPDX-License-Identifier: Apache-2.0
#include "logbook/double_ids.h"

#include <algorithm>
#include <cstring>

#include "crypto/random.h"

namespace countersign::logbook {

DoubleIds::DoubleIds(std::uint64_t entries, std::uint64_t at_once) : passes_(1 + entries / at_once) {
  const Bytes random = crypto::random_bytes(sizeof(key_));
  std::memcpy(key_.data(), random.data(), sizeof(key_));
}

// Multilinear hashing: of two ids, the upper half of the sum is independent under a random key.
std::uint64_t DoubleIds::share_of(const Id& id) const {
  std::uint64_t sum = key_[4];
  for (std::size_t word = 0; word < 4; ++word) {
    std::uint32_t value = 0;
    std::memcpy(&value, id.data() + word * sizeof(value), sizeof(value));
    sum += key_[word] * value;
  }
  return (sum >> 32) % passes_;
}

void DoubleIds::add(const Id& id, std::uint64_t index) {
  if (share_of(id) == pass_) seen_.push_back({id, index});
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
