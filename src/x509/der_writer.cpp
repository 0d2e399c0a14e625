// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <openssl/objects.h>

#include <algorithm>

#include "crypto/openssl.h"
#include "x509/der.h"

namespace countersign::x509::der {
namespace {

void append_header(Bytes& out, Tag tag, std::size_t length) {
  out.push_back(static_cast<std::uint8_t>(tag));
  if (length < 0x80) {
    out.push_back(static_cast<std::uint8_t>(length));
    return;
  }
  std::size_t count = 1;
  while (count < sizeof length && (length >> (8 * count)) != 0) ++count;
  out.push_back(static_cast<std::uint8_t>(0x80 | count));
  for (std::size_t i = count; i-- > 0;) out.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
}

}  // namespace

Bytes concatenate(Parts parts) {
  Bytes out;
  for (const BytesView part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes header(Tag tag, std::size_t length) {
  Bytes out;
  append_header(out, tag, length);
  return out;
}

Bytes wrap(Tag tag, BytesView contents) {
  return wrap(tag, {contents});
}

Bytes wrap(Tag tag, Parts parts) {
  std::size_t size = 0;
  for (const BytesView part : parts) size += part.size();
  Bytes out;
  out.reserve(size + 6);
  append_header(out, tag, size);
  for (const BytesView part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes set_of(std::vector<Bytes> elements) {
  std::sort(elements.begin(), elements.end());
  Bytes contents;
  for (const Bytes& element : elements) contents.insert(contents.end(), element.begin(), element.end());
  return wrap(Tag::kSet, contents);
}

Bytes boolean(bool value) {
  return wrap(Tag::kBoolean, Bytes{static_cast<std::uint8_t>(value ? 0xff : 0x00)});
}

Bytes integer(std::int64_t value) {
  Bytes magnitude(sizeof value);
  for (std::size_t i = 0; i < magnitude.size(); ++i)
    magnitude[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (56 - 8 * i));
  return unsigned_integer(magnitude);
}

Bytes unsigned_integer(BytesView magnitude) {
  while (magnitude.size() > 1 && magnitude[0] == 0) magnitude = magnitude.subspan(1);
  static constexpr std::uint8_t kZero[] = {0};
  const bool needs_sign = magnitude.empty() || (magnitude[0] & 0x80) != 0;
  return wrap(Tag::kInteger, {needs_sign ? BytesView(kZero) : BytesView(), magnitude});
}

Bytes oid(std::string_view dotted) {
  const crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(std::string(dotted).c_str(), 1));
  if (!object) crypto::throw_openssl(dotted);
  return wrap(Tag::kOid, BytesView(OBJ_get0_data(object.get()), OBJ_length(object.get())));
}

Bytes bit_string(BytesView octets) {
  static constexpr std::uint8_t kNoUnusedBits[] = {0};
  return wrap(Tag::kBitString, {kNoUnusedBits, octets});
}

Bytes text(Tag tag, std::string_view value) {
  return wrap(tag, as_bytes(value));
}

Bytes time(TimePoint time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  Bytes late = generalized_time(time);
  if (date.year() >= std::chrono::year(2050) || date.year() < std::chrono::year(1950)) return late;
  constexpr std::size_t kHeaderAndCentury = 4;
  return wrap(Tag::kUtcTime, BytesView(late).subspan(kHeaderAndCentury));
}

Bytes generalized_time(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(whole_seconds(time) - day);
  return text(Tag::kGeneralizedTime,
              fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                          clock.hours().count(), clock.minutes().count(), clock.seconds().count()));
}

}  // namespace countersign::x509::der
