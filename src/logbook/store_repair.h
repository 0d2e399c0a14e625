// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logbook/repair.h"
#include "storage/database.h"

namespace countersign::logbook {

// repair_store writes anew, in the store of the log's authority, what is missing there or is not what was
// logged: entries and finished tiles, out of the log's folder, and only where they lead to the root of this
// checkpoint; with a policy also the newest checkpoint, for which the folder's own is taken, and the newest
// witnessed one, which goes: the authority asks for another. All in one transaction, beside the running
// authority. Adds what was restored, and what an audit finds in the store after it, to `report`:
// confirmations are in no log, which has only what they are committed to. Errors: of the store; kConflict
// where what it signed is of another tree, and then nothing is changed in it; kUnsupported where it has no
// tables of a log.
Result<void> repair_store(LogFolder& folder, storage::Database& store, const RepairOptions& options,
                          RepairReport& report);

}  // namespace countersign::logbook
