// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace countersign::authority {

// rebuild_status_record writes a lost record of suspensions and revocations anew from what the store knows,
// and records the act in the audit log; how many lines. Only for the newest store there is: an older copy
// knows too little, and takes restore_store. The caller holds the store's exclusive lock. kNotFound without a
// store; kConflict while a record is there, readable or not.
Result<std::int64_t> rebuild_status_record(const std::filesystem::path& store,
                                           const std::filesystem::path& status_record, std::string_view actor,
                                           TimePoint now);

}  // namespace countersign::authority
