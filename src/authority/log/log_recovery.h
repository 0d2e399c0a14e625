// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/log/log_store.h"
#include "authority/log/public_folder.h"
#include "checkpoint/checkpoint.h"

namespace countersign::authority {

// read_published is the checkpoint in a folder, as the key of its log signed it; nothing where there is none.
// kConflict for that of another log; kMalformed, kSignatureInvalid and the like for one that is not whole.
struct Published {
  checkpoint::Checkpoint checkpoint;
  std::string note;
};
Result<std::optional<Published>> read_published(PublicFolder& folder, const checkpoint::VerifierKey& key);

// take_published takes into the log of a store what was published since: the entries that the folder has
// beyond the store's, and their checkpoint, so that the log goes on from there and never forks. How many
// there were; 0 where the folder has no more than the store. Nothing is signed. kConflict where what was
// published does not continue the store's log, kNotFound and kMalformed where files are missing or not
// whole: then the transaction is to be given up.
Result<std::uint64_t> take_published(storage::Transaction& transaction, const LogStore& store,
                                     PublicFolder& folder, const checkpoint::VerifierKey& key, TimePoint now);

}  // namespace countersign::authority
