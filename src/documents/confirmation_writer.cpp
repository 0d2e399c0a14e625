// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>

#include "documents/confirmation.h"

// On the path of every confirmation: appends to one reserved buffer, without a tree of values in between. The
// only texts that need escaping are names and the review's code.
namespace countersign::documents {
namespace {

class JsonAppender {
 public:
  explicit JsonAppender(std::size_t capacity) { text_.reserve(capacity); }

  JsonAppender& raw(std::string_view text) {
    const BytesView bytes = as_bytes(text);  // octets to octets is one move of memory
    text_.insert(text_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  JsonAppender& string(std::string_view text);
  JsonAppender& text_or_null(std::string_view text) { return text.empty() ? raw("null") : string(text); }
  JsonAppender& integer(std::int64_t number);
  JsonAppender& hex(BytesView bytes);
  JsonAppender& base64(BytesView bytes);
  Bytes take() { return std::move(text_); }

 private:
  Bytes text_;
};

constexpr std::string_view kHexDigits = "0123456789abcdef";

JsonAppender& JsonAppender::string(std::string_view text) {
  text_.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20) {
      raw("\\u00");
      text_.push_back(static_cast<std::uint8_t>(kHexDigits[byte >> 4]));
      text_.push_back(static_cast<std::uint8_t>(kHexDigits[byte & 15]));
      continue;
    }
    if (c == '"' || c == '\\') text_.push_back('\\');
    text_.push_back(byte);
  }
  text_.push_back('"');
  return *this;
}

JsonAppender& JsonAppender::integer(std::int64_t number) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return raw({digits.data(), end});
}

JsonAppender& JsonAppender::hex(BytesView bytes) {
  return raw("\"").raw(hex_encode(bytes)).raw("\"");
}
JsonAppender& JsonAppender::base64(BytesView bytes) {
  return raw("\"").raw(base64_encode(bytes)).raw("\"");
}

std::string_view key_origin_text(std::optional<x509::KeyOrigin> origin) {
  if (!origin) return "null";
  return *origin == x509::KeyOrigin::kAuthority ? "\"authority\"" : "\"holder\"";
}

void append_party(JsonAppender& json, const ConfirmedParty& party) {
  json.raw("{\"subject\":").string(party.subject.text());
  json.raw(",\"issuer\":").string(party.issuer.text());
  json.raw(",\"serial\":").hex(party.serial.bytes());
  json.raw(",\"registration\":").text_or_null(party.registered_by);
  json.raw(",\"keyOrigin\":").raw(key_origin_text(party.key_origin));
  json.raw(",\"status\":\"good\",\"ocsp\":").base64(party.ocsp);
  if (party.as_of) json.raw(",\"asOf\":").string(format_time(*party.as_of));
  if (party.degraded) json.raw(",\"degraded\":true");
  json.raw("}");
}

std::size_t capacity_for(const Confirmation& confirmation) {
  const std::size_t binary = confirmation.countersigned_order.size() + confirmation.merchant.ocsp.size() +
                             confirmation.purchaser.ocsp.size();
  return binary * 4 / 3 + 2048 + (confirmation.log ? confirmation.log->size() : 0);
}

}  // namespace

Bytes write_confirmation(const Confirmation& confirmation) {
  JsonAppender json(capacity_for(confirmation));
  json.raw("{\"type\":\"confirmation\",\"version\":1,\"id\":").string(confirmation.id);
  json.raw(",\"dataCentre\":").string(confirmation.data_centre.text());
  json.raw(",\"index\":").integer(confirmation.index);
  if (confirmation.log) json.raw(",\"log\":").string(*confirmation.log);
  json.raw(",\"time\":").string(format_time(confirmation.time));
  json.raw(",\"order\":{\"id\":").string(confirmation.order_id);
  json.raw(",\"digest\":").hex(confirmation.order_digest);
  json.raw(",\"total\":").integer(confirmation.total.minor_units);
  json.raw(",\"currency\":").string(confirmation.total.currency);
  json.raw("},\"countersignedOrder\":").base64(confirmation.countersigned_order);
  json.raw(",\"review\":");
  if (confirmation.review)
    json.raw("{\"digest\":")
        .hex(confirmation.review->digest)
        .raw(",\"code\":")
        .string(confirmation.review->code)
        .raw("}");
  else
    json.raw("null");
  json.raw(",\"merchant\":");
  append_party(json, confirmation.merchant);
  json.raw(",\"purchaser\":");
  append_party(json, confirmation.purchaser);
  return json.raw("}").take();
}

}  // namespace countersign::documents
