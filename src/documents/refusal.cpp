// SPDX-License-Identifier: Apache-2.0
#include "documents/confirmation.h"
#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kRefusalLimits{.bytes = 32 << 10, .depth = 3, .members = 128};
constexpr std::size_t kMaxReasons = 16;
constexpr std::size_t kMaxDetail = 500;

Result<std::vector<RefusalReason>> read_reasons(ObjectReader& reader) {
  TRY(std::vector<ObjectReader> items, reader.objects("reasons", kMaxReasons));
  if (items.empty()) return fail(ErrorCode::kMalformed, "refusal.reasons: empty");
  std::vector<RefusalReason> reasons;
  for (ObjectReader& item : items) {
    TRY(const std::string name, item.text("code", 64));
    const std::optional<ErrorCode> code = error_of_name(name);
    if (!code) return fail(ErrorCode::kUnsupported, "refusal.reasons: code not known");
    TRY(std::string detail, item.text("detail", kMaxDetail, 0));
    TRY(item.finish());
    reasons.push_back({*code, std::move(detail)});
  }
  return reasons;
}

Result<std::string> read_order_id(ObjectReader& reader) {
  TRY(std::string id, reader.text_or_null("orderId", 36));
  if (!id.empty() && !is_uuid(id, '7'))
    return fail(ErrorCode::kMalformed, "refusal.orderId: not a UUID of version 7");
  return id;
}

}  // namespace

Bytes write_refusal(const Refusal& refusal) {
  boost::json::object object = begin_document("refusal");
  object["dataCentre"] = refusal.data_centre.text();
  object["time"] = format_time(refusal.time);
  object["request"] = hex_encode(refusal.request);
  if (is_uuid(refusal.order_id, '7'))
    object["orderId"] = refusal.order_id;
  else
    object["orderId"] = nullptr;
  boost::json::array reasons;
  for (const RefusalReason& reason : refusal.reasons) {
    if (reasons.size() == kMaxReasons) break;
    reasons.push_back(boost::json::object{{"code", boost::json::string_view(error_name(reason.code))},
                                          {"detail", to_plain_text(reason.detail, kMaxDetail)}});
  }
  object["reasons"] = std::move(reasons);
  object["final"] = refusal.final;
  return to_bytes(write_json(object));
}

Result<Refusal> parse_refusal(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "refusal", kRefusalLimits));
  TRY(reader.expect("refusal", 1));
  TRY(x509::Name data_centre, read_name(reader, "dataCentre"));
  TRY(const TimePoint time, reader.time("time"));
  TRY(const Sha256Digest request, reader.digest("request"));
  TRY(std::string order_id, read_order_id(reader));
  TRY(std::vector<RefusalReason> reasons, read_reasons(reader));
  TRY(const bool final, reader.boolean("final"));
  TRY(reader.finish());
  return Refusal{std::move(data_centre), time, request, std::move(order_id), std::move(reasons), final};
}

}  // namespace countersign::documents
