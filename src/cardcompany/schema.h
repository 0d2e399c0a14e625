// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/database.h"

namespace countersign::cardcompany {

// All steps of the schema, oldest first.
std::span<const storage::Migration> card_company_migrations();
// migrate_card_company brings the tables (component "cardcompany") to the present version.
Result<void> migrate_card_company(storage::Database& database);

}  // namespace countersign::cardcompany
