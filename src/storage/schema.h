// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "storage/database.h"

namespace countersign::storage {

// The table in which every engine records the steps that it has applied, with their very text.
inline constexpr std::string_view kCreateSchemaSteps =
    "CREATE TABLE IF NOT EXISTS schema_steps (component TEXT NOT NULL, version BIGINT NOT NULL, sql TEXT NOT "
    "NULL, "
    "PRIMARY KEY (component, version))";

// next_step compares what is recorded for `component` with what the program knows and returns the step to be
// applied next, null when there is none. kUnsupported for a schema newer than the program, kConflict for an
// applied step whose text differs from the program's. Throws std::logic_error when versions are not 1, 2, 3 …
Result<const Migration*> next_step(Reader& reader, std::string_view component,
                                   std::span<const Migration> migrations);

// record_step notes that the step has been applied, in the transaction that applied it.
Result<void> record_step(Transaction& transaction, std::string_view component, const Migration& step);

}  // namespace countersign::storage
