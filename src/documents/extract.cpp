// SPDX-License-Identifier: Apache-2.0
#include "documents/extract.h"

#include "documents/fields.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kExtractLimits{.bytes = 16 << 10, .depth = 3, .members = 32};

}  // namespace

Extract extract_of(const Confirmation& confirmation) {
  return {confirmation.id,
          confirmation.data_centre,
          confirmation.index,
          confirmation.time,
          confirmation.order_id,
          confirmation.order_digest,
          confirmation.total,
          confirmation.merchant.subject,
          confirmation.purchaser.subject,
          confirmation.review,
          confirmation.log};
}

Result<Bytes> write_extract(const Extract& extract) {
  boost::json::object object = begin_document("extract");
  object["confirmation"] = extract.confirmation;
  object["dataCentre"] = extract.data_centre.text();
  object["index"] = extract.index;
  if (extract.log) object["log"] = *extract.log;
  object["time"] = format_time(extract.time);
  object["order"] = boost::json::object{{"id", extract.order_id},
                                        {"digest", hex_encode(extract.order_digest)},
                                        {"total", extract.total.minor_units},
                                        {"currency", extract.total.currency}};
  object["merchant"] = extract.merchant.text();
  object["purchaser"] = extract.purchaser.text();
  object["review"] = nullptr;
  if (extract.review) object["review"] = write_review(*extract.review);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_extract(bytes));
  return bytes;
}

Result<Extract> parse_extract(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "extract", kExtractLimits));
  TRY(reader.expect("extract", 1));
  TRY(std::string confirmation, read_uuid(reader, "confirmation", '4'));
  TRY(x509::Name data_centre, read_name(reader, "dataCentre"));
  TRY(const std::int64_t index, reader.integer("index", 0, kLargestInteger));
  TRY(std::optional<std::string> log, read_log(reader));
  TRY(const TimePoint time, reader.time("time"));
  TRY(ConfirmedOrder order, read_confirmed_order(reader));
  TRY(x509::Name merchant, read_name(reader, "merchant"));
  TRY(x509::Name purchaser, read_name(reader, "purchaser"));
  TRY(std::optional<Review> review, read_review(reader));
  TRY(reader.finish());
  return Extract{std::move(confirmation),
                 std::move(data_centre),
                 index,
                 time,
                 std::move(order.id),
                 order.digest,
                 std::move(order.total),
                 std::move(merchant),
                 std::move(purchaser),
                 std::move(review),
                 std::move(log)};
}

}  // namespace countersign::documents
