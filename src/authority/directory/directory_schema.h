// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "storage/database.h"

namespace countersign::authority {

// The versioned schema of the directory's tables, component "directory".
std::span<const storage::Migration> directory_migrations();

}  // namespace countersign::authority
