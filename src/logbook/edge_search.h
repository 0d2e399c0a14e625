// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logbook/candidates.h"

namespace countersign::logbook {

// The partial tiles of a tree of `size`, by level from 0, as they are found; with width 0 where a level has
// none.
std::vector<FoundTile> find_edge(LogSource& log, std::uint64_t size);

// search_edge looks for the hashes of these tiles that lead to the root: first those that are there, then
// what follows from the tiles below, then what the other place has, then what most files say. nullopt where
// none do.
Result<std::optional<std::vector<Candidate>>> search_edge(const std::vector<FoundTile>& edge,
                                                          std::uint64_t size, const merkle::Hash& root,
                                                          Candidates& candidates);

// The root of a tree of `size` whose partial tiles have these hashes, by level; nullopt where they are not of
// that size.
std::optional<merkle::Hash> root_of_edge(std::uint64_t size, std::vector<Hashes> partial);

}  // namespace countersign::logbook
