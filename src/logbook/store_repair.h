// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logbook/repair.h"
#include "storage/database.h"

namespace countersign::logbook {

// repair_store writes anew, in the store of the log's authority, what is missing there or is not what was
// logged: entries and finished tiles, out of the log's folder, and only where they lead to the root of the
// checkpoint in `report`; a spoilt newest checkpoint, for which the folder's own is taken, also where
// the row is lost and the entries are this log's; and a spoilt witnessed one, which goes: the authority asks
// for another. It takes a policy to say whose checkpoint that is; without one nothing is changed. All in one
// transaction, beside the running authority: checkpoints that this stored meanwhile stay. Adds what was
// restored, and what an audit finds in the store after it, to `report`: confirmations are in no log, which
// has only what commits to them. Errors: of the store; kConflict where it keeps another log, or signed
// another tree, and then nothing is changed in it; kUnsupported where it has no tables of a log.
Result<void> repair_store(LogFolder& folder, storage::Database& store, const RepairOptions& options,
                          RepairReport& report);

}  // namespace countersign::logbook
