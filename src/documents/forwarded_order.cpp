// SPDX-License-Identifier: Apache-2.0
#include "documents/forwarded_order.h"

#include "documents/fields.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kMaxSigned = 256 << 10;  // what x509/cms.h reads
constexpr std::size_t kMaxReview = 32 << 10;
constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr JsonLimits kLimits{.bytes = kMaxForwardedOrder, .depth = 2, .members = 8};

}  // namespace

Result<Bytes> write_forwarded_order(const ForwardedOrder& forwarded) {
  boost::json::object object = begin_document("forwarded-order");
  object["merchant"] = base64_encode(forwarded.merchant.der());
  object["countersignedOrder"] = base64_encode(forwarded.countersigned_order);
  object["review"] = nullptr;
  if (forwarded.review) object["review"] = base64_encode(*forwarded.review);
  Bytes json = to_bytes(write_json(object));
  TRY(parse_forwarded_order(json));
  return json;
}

Result<ForwardedOrder> parse_forwarded_order(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "forwarded order", kLimits));
  TRY(reader.expect("forwarded-order", 1));
  TRY(const Bytes certificate, reader.base64("merchant", kMaxCertificate));
  auto merchant = x509::Certificate::from_der(certificate);
  if (!merchant) return fail(std::move(merchant).error(), "forwarded order.merchant");
  TRY(Bytes order, reader.base64("countersignedOrder", kMaxSigned));
  TRY(auto review, read_base64_or_null(reader, "review", kMaxReview));
  TRY(reader.finish());
  return ForwardedOrder{std::move(merchant).value(), std::move(order), std::move(review)};
}

}  // namespace countersign::documents
