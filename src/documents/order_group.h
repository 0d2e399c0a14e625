// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "documents/json.h"

namespace countersign::documents {

// How many orders can be approved at once.
inline constexpr int kMostInGroup = 8;

// OrderGroup says that an order was approved together with others: one purchase at several merchants. It
// tells nothing of the others but how many they are.
struct OrderGroup {
  std::string id;  // 128 bits as lower-case hexadecimal digits, the same in all orders of the group
  int count = 0;   // checkouts of the group, 2–8; not every one need have become an order
  friend bool operator==(const OrderGroup&, const OrderGroup&) = default;
};

// Whether it is of that form.
bool is_group_id(std::string_view text);
// The member `group`: {"id","count"}. An order of its own has no such member.
Result<std::optional<OrderGroup>> read_group(ObjectReader& reader);
void put_group(const std::optional<OrderGroup>& group, boost::json::object& object);

}  // namespace countersign::documents
