// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "logbook/candidates.h"
#include "logbook/finding.h"

namespace countersign::logbook {

// Fault is a finding about a file of the tree, with what would mend it. `right` is there only where it leads
// to the signed root.
struct Fault {
  Finding finding;
  std::optional<Bytes> right = {};
  Provenance from = Provenance::kHere;  // of `right`
};

// Which hashes of a tile, or entries of a file of them, are not as they should be; by number, from 0.
using WrongPlaces = std::vector<std::size_t>;

// The places at which they differ, missing ones of `found` included.
WrongPlaces places_that_differ(std::span<const merkle::Hash> found, std::span<const merkle::Hash> right);
WrongPlaces places_that_differ(std::span<const std::optional<merkle::Hash>> found,
                               std::span<const merkle::Hash> right);

// fault_of says what is wrong with a file, in which part of it and about which entry of the log; nullopt
// where it is whole and there are no wrong places. A file that leads to no signed root is `refuted`: then it
// is wrong also where nobody can say in which place.
enum class Verdict { kUnproven, kRefuted, kProven };
std::optional<Fault> fault_of(const FoundTile& tile, const WrongPlaces& wrong, Verdict verdict);
std::optional<Fault> fault_of(const FoundEntries& file, const WrongPlaces& wrong, Verdict verdict);

}  // namespace countersign::logbook
