// SPDX-License-Identifier: Apache-2.0
#include <openssl/objects.h>

#include <array>

#include "crypto/openssl.h"
#include "x509/der.h"

namespace countersign::x509::der {
namespace {

auto malformed(std::string what) {
  return fail(ErrorCode::kMalformed, "DER: " + std::move(what));
}

struct Header {
  std::size_t size;    // of tag and length
  std::size_t length;  // of the contents
};

// Low tag numbers, definite length in the fewest octets, contents within `bytes`.
Result<Header> read_header(BytesView bytes) {
  if (bytes.size() < 2) return malformed("cut short");
  if ((bytes[0] & 0x1f) == 0x1f) return malformed("high tag number");
  if (bytes[1] < 0x80) {
    if (bytes[1] > bytes.size() - 2) return malformed("cut short");
    return Header{2, bytes[1]};
  }
  const std::size_t count = bytes[1] & 0x7fU;
  if (count == 0 || count > 4 || count > bytes.size() - 2) return malformed("length");
  std::size_t length = 0;
  for (std::size_t i = 0; i < count; ++i) length = (length << 8) | bytes[2 + i];
  if (length < 0x80 || bytes[2] == 0) return malformed("length not in its shortest form");
  if (length > bytes.size() - 2 - count) return malformed("cut short");
  return Header{2 + count, length};
}

// Two digits at `position`.
Result<unsigned> two_digits(std::string_view text, std::size_t position) {
  const char a = text[position];
  const char b = text[position + 1];
  if (a < '0' || a > '9' || b < '0' || b > '9') return malformed("time");
  return static_cast<unsigned>((a - '0') * 10 + (b - '0'));
}

// "MMDDHHMMSSZ" of that year.
Result<TimePoint> time_in_year(unsigned year, std::string_view text) {
  if (text.size() != 11 || text.back() != 'Z') return malformed("time");
  TRY(const unsigned month, two_digits(text, 0));
  TRY(const unsigned day, two_digits(text, 2));
  TRY(const unsigned hour, two_digits(text, 4));
  TRY(const unsigned minute, two_digits(text, 6));
  TRY(const unsigned second, two_digits(text, 8));
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return malformed("time");
  return TimePoint{std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                   std::chrono::seconds(second)};
}

Result<std::string> dotted(BytesView whole) {
  const std::uint8_t* cursor = whole.data();
  const crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(
      d2i_ASN1_OBJECT(nullptr, &cursor, static_cast<long>(whole.size())));
  std::array<char, 128> text{};
  const int size = object ? OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object.get(), 1) : 0;
  if (size <= 0 || static_cast<std::size_t>(size) >= text.size())
    return malformed("object identifier: " + crypto::openssl_text());
  return std::string(text.data(), static_cast<std::size_t>(size));
}

}  // namespace

Result<void> Reader::finish() const {
  if (!at_end()) return malformed("more than expected");
  return ok();
}

Result<Element> Reader::any() {
  TRY(const Header header, read_header(rest_));
  const Element element{static_cast<Tag>(rest_[0]), rest_.subspan(header.size, header.length),
                        rest_.first(header.size + header.length)};
  rest_ = rest_.subspan(header.size + header.length);
  return element;
}

Result<Element> Reader::element(Tag tag) {
  if (!next_is(tag))
    return malformed("tag " + hex_encode(std::array{static_cast<std::uint8_t>(tag)}) + " missing");
  return any();
}

Result<BytesView> Reader::contents(Tag tag) {
  TRY(const Element found, element(tag));
  return found.contents;
}

Result<Reader> Reader::enter(Tag tag) {
  TRY(const BytesView found, contents(tag));
  return Reader(found);
}

Result<bool> Reader::boolean() {
  TRY(const BytesView value, contents(Tag::kBoolean));
  if (value.size() != 1 || (value[0] != 0x00 && value[0] != 0xff)) return malformed("BOOLEAN");
  return value[0] == 0xff;
}

Result<BytesView> Reader::unsigned_integer(Tag tag) {
  TRY(const BytesView value, contents(tag));
  if (value.empty() || (value[0] & 0x80) != 0) return malformed("INTEGER empty or negative");
  if (value.size() == 1 || value[0] != 0) return value;
  if ((value[1] & 0x80) == 0) return malformed("INTEGER not in its shortest form");
  return value.subspan(1);
}

Result<std::int64_t> Reader::small_integer(Tag tag) {
  TRY(const BytesView magnitude, unsigned_integer(tag));
  std::uint64_t value = 0;
  for (const std::uint8_t octet : magnitude.first(std::min<std::size_t>(magnitude.size(), 8)))
    value = (value << 8) | octet;
  constexpr std::uint64_t kLargest = (std::uint64_t{1} << 53) - 1;
  if (magnitude.size() > 7 || value > kLargest) return malformed("INTEGER too large");
  return static_cast<std::int64_t>(value);
}

Result<std::string> Reader::oid() {
  TRY(const Element found, element(Tag::kOid));
  return dotted(found.whole);
}

Result<BytesView> Reader::bit_string() {
  TRY(const BytesView value, contents(Tag::kBitString));
  if (value.empty() || value[0] != 0) return malformed("BIT STRING not of whole octets");
  return value.subspan(1);
}

Result<std::string> Reader::text(Tag tag) {
  TRY(const BytesView value, contents(tag));
  return to_text(value);
}

Result<TimePoint> Reader::time() {
  if (next_is(Tag::kGeneralizedTime)) {
    TRY(const TimePoint late, generalized_time());
    const TimePoint first{std::chrono::sys_days(std::chrono::year(2050) / 1 / 1)};
    if (late < first) return malformed("GeneralizedTime before 2050");
    return late;
  }
  TRY(const BytesView value, contents(Tag::kUtcTime));
  const std::string_view digits = as_text(value);
  if (digits.size() != 13) return malformed("time");
  TRY(const unsigned year, two_digits(digits, 0));
  return time_in_year(year < 50 ? 2000 + year : 1900 + year, digits.substr(2));
}

Result<TimePoint> Reader::generalized_time() {
  TRY(const BytesView value, contents(Tag::kGeneralizedTime));
  const std::string_view digits = as_text(value);
  if (digits.size() != 15) return malformed("time");
  TRY(const unsigned century, two_digits(digits, 0));
  TRY(const unsigned year, two_digits(digits, 2));
  return time_in_year(century * 100 + year, digits.substr(4));
}

Result<Reader> read_only(BytesView bytes, Tag tag) {
  Reader outside(bytes);
  TRY(Reader inside, outside.enter(tag));
  TRY(outside.finish());
  return inside;
}

}  // namespace countersign::x509::der
