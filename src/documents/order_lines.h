// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/json.h"
#include "documents/order.h"

// The lines of an order, which requests, events and reports show as well.
namespace countersign::documents {

inline constexpr std::size_t kMostLines = 500;
inline constexpr std::int64_t kMostOfALine = 1'000'000;

// [{"sku","description","quantity","unitPrice"}].
boost::json::array write_order_lines(const std::vector<OrderLine>& lines);
// The member "lines", at most kMostLines. Whether there may be none is for the caller to say.
Result<std::vector<OrderLine>> read_order_lines(ObjectReader& reader);

}  // namespace countersign::documents
