// SPDX-License-Identifier: Apache-2.0
#include "documents/order_group.h"

#include <algorithm>

namespace countersign::documents {
namespace {

constexpr std::size_t kIdDigits = 32;
constexpr std::string_view kMember = "group";

}  // namespace

bool is_group_id(std::string_view text) {
  return text.size() == kIdDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::optional<OrderGroup>> read_group(ObjectReader& reader) {
  if (!reader.has(kMember)) return std::optional<OrderGroup>();
  TRY(ObjectReader member, reader.object(kMember));
  OrderGroup group;
  TRY(group.id, member.text("id", kIdDigits));
  if (!is_group_id(group.id)) return fail(ErrorCode::kMalformed, "group.id: not 32 hexadecimal digits");
  TRY(const std::int64_t count, member.integer("count", 2, kMostInGroup));
  group.count = static_cast<int>(count);
  TRY(member.finish());
  return std::optional(std::move(group));
}

void put_group(const std::optional<OrderGroup>& group, boost::json::object& object) {
  if (group) object[kMember] = boost::json::object{{"id", group->id}, {"count", group->count}};
}

}  // namespace countersign::documents
