// SPDX-License-Identifier: Apache-2.0
#include "documents/confirmation.h"

#include "documents/fields.h"

namespace countersign::documents {
namespace {

// What fits into a SignedData of 256 KiB together with its signer and chain.
constexpr JsonLimits kConfirmationLimits{.bytes = 240 << 10, .depth = 3, .members = 64};
constexpr std::size_t kMaxCountersignedOrder = 160 << 10;
constexpr std::size_t kMaxOcsp = 8 << 10;

Result<x509::SerialNumber> read_serial(ObjectReader& reader) {
  TRY(const std::string hex, reader.text("serial", 40));
  TRY(x509::SerialNumber serial, x509::SerialNumber::from_hex(hex));
  if (serial.hex() != hex) return fail(ErrorCode::kMalformed, "confirmation: serial not in lower case");
  return serial;
}

Result<std::string> read_registration(ObjectReader& reader) {
  TRY(std::string merchant, reader.text_or_null("registration", kMaxNameText));
  if (merchant.empty()) return merchant;
  TRY(name_in_usual_spelling(merchant, "confirmation: registration"));
  return merchant;
}

Result<std::optional<x509::KeyOrigin>> read_key_origin(ObjectReader& reader) {
  TRY(const std::string origin, reader.text_or_null("keyOrigin", 16));
  if (origin.empty()) return std::optional<x509::KeyOrigin>();
  if (origin == "authority") return std::optional(x509::KeyOrigin::kAuthority);
  if (origin == "holder") return std::optional(x509::KeyOrigin::kHolder);
  return fail(ErrorCode::kUnsupported, "confirmation: keyOrigin not known");
}

// Members that stand only where they say something.
Result<std::optional<TimePoint>> read_as_of(ObjectReader& party) {
  if (!party.has("asOf")) return std::optional<TimePoint>();
  TRY(const TimePoint as_of, party.time("asOf"));
  return std::optional(as_of);
}

Result<bool> read_degraded(ObjectReader& party) {
  if (!party.has("degraded")) return false;
  TRY(const bool degraded, party.boolean("degraded"));
  if (!degraded)
    return fail(ErrorCode::kMalformed, "confirmation: degraded of a party stands there and is false");
  if (!party.has("asOf")) return fail(ErrorCode::kMalformed, "confirmation: a degraded party without asOf");
  return true;
}

Result<ConfirmedParty> read_confirmed_party(ObjectReader& reader, std::string_view member) {
  TRY(ObjectReader party, reader.object(member));
  TRY(x509::Name subject, read_name(party, "subject"));
  TRY(x509::Name issuer, read_name(party, "issuer"));
  TRY(x509::SerialNumber serial, read_serial(party));
  TRY(std::string registered_by, read_registration(party));
  TRY(const std::optional<x509::KeyOrigin> key_origin, read_key_origin(party));
  TRY(const std::string status, party.text("status", 16));
  if (status != "good") return fail(ErrorCode::kMalformed, "confirmation: status of a party is not good");
  TRY(Bytes ocsp, party.base64("ocsp", kMaxOcsp));
  TRY(const std::optional<TimePoint> as_of, read_as_of(party));
  TRY(const bool degraded, read_degraded(party));
  TRY(party.finish());
  return ConfirmedParty{std::move(subject),
                        std::move(issuer),
                        std::move(serial),
                        std::move(registered_by),
                        key_origin,
                        std::move(ocsp),
                        as_of,
                        degraded};
}

}  // namespace

boost::json::object write_review(const Review& review) {
  return {{"digest", hex_encode(review.digest)}, {"code", review.code}};
}

Result<Review> read_whole_review(ObjectReader review) {
  TRY(const Sha256Digest digest, review.digest("digest"));
  TRY(std::string code, review.text("code", 64));
  TRY(review.finish());
  return Review{digest, std::move(code)};
}

Result<std::optional<Review>> read_review(ObjectReader& reader) {
  TRY(std::optional<ObjectReader> review, reader.object_or_null("review"));
  if (!review) return std::optional<Review>();
  TRY(Review read, read_whole_review(std::move(*review)));
  return std::optional<Review>(std::move(read));
}

Result<ConfirmedOrder> read_confirmed_order(ObjectReader& reader) {
  TRY(ObjectReader order, reader.object("order"));
  TRY(std::string id, read_uuid(order, "id", '7'));
  TRY(const Sha256Digest digest, order.digest("digest"));
  TRY(Amount total, read_amount(order, "total"));
  TRY(order.finish());
  return ConfirmedOrder{std::move(id), digest, std::move(total)};
}

Result<Confirmation> parse_confirmation(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "confirmation", kConfirmationLimits));
  TRY(reader.expect("confirmation", 1));
  TRY(std::string id, read_uuid(reader, "id", '4'));
  TRY(x509::Name data_centre, read_name(reader, "dataCentre"));
  TRY(const std::int64_t index, reader.integer("index", 0, kLargestInteger));
  TRY(std::optional<std::string> log, read_log(reader));
  TRY(const TimePoint time, reader.time("time"));
  TRY(ConfirmedOrder order, read_confirmed_order(reader));
  TRY(Bytes countersigned_order, reader.base64("countersignedOrder", kMaxCountersignedOrder));
  TRY(std::optional<Review> review, read_review(reader));
  TRY(ConfirmedParty merchant, read_confirmed_party(reader, "merchant"));
  TRY(ConfirmedParty purchaser, read_confirmed_party(reader, "purchaser"));
  TRY(reader.finish());
  return Confirmation{std::move(id),
                      std::move(data_centre),
                      index,
                      time,
                      std::move(order.id),
                      order.digest,
                      std::move(order.total),
                      std::move(countersigned_order),
                      std::move(review),
                      std::move(merchant),
                      std::move(purchaser),
                      std::move(log)};
}

}  // namespace countersign::documents
