// SPDX-License-Identifier: Apache-2.0
#include "documents/order.h"

#include "documents/fields.h"
#include "documents/order_lines.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kOrderLimits{.bytes = 128 << 10, .depth = 3, .members = 4096};
constexpr std::chrono::hours kMaxLifetime{24};

Result<OrderProfile> read_profile(ObjectReader& reader) {
  TRY(const std::string name, reader.text("profile", 16));
  for (const OrderProfile profile :
       {OrderProfile::kDirect, OrderProfile::kPlain, OrderProfile::kSession, OrderProfile::kSet})
    if (profile_name(profile) == name) return profile;
  return fail(ErrorCode::kUnsupported, "order.profile: not known");
}

Result<std::optional<PartyReference>> read_card_company(ObjectReader& reader) {
  TRY(const std::optional<ObjectReader> present, reader.object_or_null("cardCompany"));
  if (!present) return std::optional<PartyReference>();
  TRY(PartyReference company, read_party(reader, "cardCompany"));
  return std::optional<PartyReference>(std::move(company));
}

// What the single members cannot say: the lines add up to the total, a split payment has a company, and the
// order lives for at most a day.
Result<void> check_whole(const Order& order) {
  Amount sum{0, order.total.currency};
  for (const OrderLine& line : order.lines) {
    TRY(const Amount price, multiply({line.unit_price, order.total.currency}, line.quantity));
    TRY(sum, add(sum, price));
  }
  if (sum != order.total) return fail(ErrorCode::kAmountMismatch, "order.total: not the sum of the lines");
  if ((order.profile == OrderProfile::kSet) != order.card_company.has_value())
    return fail(ErrorCode::kMalformed, "order.cardCompany: in profile set and in no other");
  if (order.expires <= order.created || order.expires - order.created > kMaxLifetime)
    return fail(ErrorCode::kMalformed, "order.expires: not within a day after created");
  return ok();
}

}  // namespace

std::string_view profile_name(OrderProfile profile) {
  switch (profile) {
    case OrderProfile::kDirect:
      return "direct";
    case OrderProfile::kPlain:
      return "plain";
    case OrderProfile::kSession:
      return "session";
    case OrderProfile::kSet:
      return "set";
  }
  return "";
}

Result<Bytes> write_order(const Order& order) {
  boost::json::object object = begin_document("order");
  object["id"] = order.id;
  object["profile"] = boost::json::string_view(profile_name(order.profile));
  object["merchant"] = write_party(order.merchant);
  object["purchaser"] = write_party(order.purchaser);
  object["origin"] = order.origin;
  object["checkout"] = order.checkout;
  object["authority"] = order.authority.text();
  if (order.card_company)
    object["cardCompany"] = write_party(*order.card_company);
  else
    object["cardCompany"] = nullptr;
  object["lines"] = write_order_lines(order.lines);
  object["total"] = order.total.minor_units;
  object["currency"] = order.total.currency;
  object["created"] = format_time(order.created);
  object["expires"] = format_time(order.expires);
  object["nonce"] = hex_encode(order.nonce);
  put_group(order.group, object);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_order(bytes));
  return bytes;
}

Result<Order> parse_order(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "order", kOrderLimits));
  TRY(reader.expect("order", 1));
  TRY(std::string id, read_uuid(reader, "id", '7'));
  TRY(const OrderProfile profile, read_profile(reader));
  TRY(PartyReference merchant, read_party(reader, "merchant"));
  TRY(PartyReference purchaser, read_party(reader, "purchaser"));
  TRY(std::string origin, reader.text("origin", 300));
  if (!is_https_origin(origin)) return fail(ErrorCode::kMalformed, "order.origin: not an https origin");
  TRY(std::string checkout, reader.text("checkout", kMaxId));
  TRY(x509::Name authority, read_name(reader, "authority"));
  TRY(std::optional<PartyReference> card_company, read_card_company(reader));
  TRY(std::vector<OrderLine> lines, read_order_lines(reader));
  if (lines.empty()) return fail(ErrorCode::kMalformed, "order.lines: empty");
  TRY(Amount total, read_amount(reader, "total"));
  TRY(const TimePoint created, reader.time("created"));
  TRY(const TimePoint expires, reader.time("expires"));
  TRY(const Sha256Digest nonce, reader.digest("nonce"));
  TRY(std::optional<OrderGroup> group, read_group(reader));
  TRY(reader.finish());
  Order order{std::move(id),
              profile,
              std::move(merchant),
              std::move(purchaser),
              std::move(origin),
              std::move(checkout),
              std::move(authority),
              std::move(card_company),
              std::move(lines),
              std::move(total),
              created,
              expires,
              nonce,
              std::move(group)};
  TRY(check_whole(order));
  return order;
}

}  // namespace countersign::documents
