// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "merkle/tree.h"

// Reads tests/vectors/log, whose README says what the rows mean.
namespace countersign::merkle::testing {

struct Vector {
  std::string why;
  std::vector<std::string> words;

  std::uint64_t number(std::size_t word) const { return std::stoull(words.at(word)); }
  Hash hash(std::size_t word) const {
    const auto bytes = hex_decode(words.at(word));
    EXPECT_TRUE(bytes && bytes.value().size() == 32) << why;
    Hash hash{};
    if (bytes && bytes.value().size() == 32) std::copy_n(bytes.value().begin(), 32, hash.begin());
    return hash;
  }
  std::vector<Hash> hashes_from(std::size_t word) const {
    std::vector<Hash> hashes;
    for (; word < words.size(); ++word) hashes.push_back(hash(word));
    return hashes;
  }
};

// The rows of a file that begin with that word, in order. Every row of the file has a comment directly above,
// which is its why.
inline std::vector<Vector> read_vectors(const std::string& file, const std::string& kind) {
  std::ifstream in(std::string(COUNTERSIGN_LOG_VECTORS "/") + file);
  EXPECT_TRUE(in) << file;
  std::vector<Vector> rows;
  std::string why;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# ")) {
      why = line.substr(2);
      continue;
    }
    if (!line.empty()) {
      EXPECT_FALSE(why.empty()) << file << ": no reason above " << line;
      Vector row{why, split(line, ' ')};
      if (row.words.front() == kind) rows.push_back(std::move(row));
    }
    why.clear();
  }
  EXPECT_FALSE(rows.empty()) << file << " has no rows of " << kind;
  return rows;
}

}  // namespace countersign::merkle::testing
