// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/log/log_store.h"

namespace countersign::authority {

// restore_edge is the right edge of the stored tree at a size that the log has: at most 255 hashes of each
// level are read for it.
Result<merkle::Edge> restore_edge(const LogStore& store, storage::Reader& reader, std::uint64_t size);

// grow_tree appends entries to a tree and says what that adds to the store; all but its `after`.
LogStore::Growth grow_tree(merkle::Edge& tree, std::span<const documents::LogEntryBytes> entries);

}  // namespace countersign::authority
