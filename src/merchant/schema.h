// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/database.h"

namespace countersign::merchant {

// migrate_gateway brings the gateway's tables (component "merchant") to the present version.
Result<void> migrate_gateway(storage::Database& database);

}  // namespace countersign::merchant
