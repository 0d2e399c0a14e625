// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "documents/json.h"
#include "documents/order.h"

namespace countersign::merchant {

// read_lines reads the member `lines` (1–500 of them) of a request.
Result<std::vector<documents::OrderLine>> read_lines(documents::ObjectReader& reader);

}  // namespace countersign::merchant
