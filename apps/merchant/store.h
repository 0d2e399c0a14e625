// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "config.h"
#include "merchant/authority_client.h"
#include "merchant/identity.h"
#include "storage/database.h"

namespace countersign::app {

// What lies in the gateway's folder.
Result<std::unique_ptr<storage::Database>> open_store(const MerchantConfig& config);
Result<std::unique_ptr<merchant::Identity>> open_identity(const MerchantConfig& config);

// The authority, found below the root that the operator configured, of the data centre that certified the
// gateway where one has; asked again for half a minute while it does not answer.
Result<merchant::NetworkView> find_network(const MerchantConfig& config, const merchant::Identity& identity,
                                           const Clock& clock);

}  // namespace countersign::app
