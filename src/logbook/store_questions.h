// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/database.h"

namespace countersign::logbook {

// ask_store asks one question, on a snapshot of its own. What was logged never changes, so that many
// questions need no common one, which would keep the write-ahead log of a running store from starting over
// until the last is answered. Errors of the store, which say so.
Result<std::vector<storage::Row>> ask_store(storage::Database& store, std::string_view sql,
                                            const storage::Values& values);

}  // namespace countersign::logbook
