// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"

// DER (ITU-T X.690 §10, §11), strictly: what has a second encoding is refused, so that bytes and meaning are
// one.
namespace countersign::x509::der {

enum class Tag : std::uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kEnumerated = 0x0a,
  kUtf8String = 0x0c,
  kPrintableString = 0x13,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
};
// [n] of a primitive (0x80) or constructed (0xa0) value; n < 31.
constexpr Tag context(unsigned n) {
  return static_cast<Tag>(0x80U | n);
}
constexpr Tag context_constructed(unsigned n) {
  return static_cast<Tag>(0xa0U | n);
}

struct Element {
  Tag tag;
  BytesView contents;
  BytesView whole;  // with tag and length
};

// Reader walks over the elements that stand side by side in `bytes`, which the caller keeps alive; all views
// point into it. Every failure is kMalformed.
class Reader {
 public:
  explicit Reader(BytesView bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  bool next_is(Tag tag) const { return !rest_.empty() && rest_[0] == static_cast<std::uint8_t>(tag); }
  Result<void> finish() const;  // nothing may follow

  Result<Element> any();
  Result<Element> element(Tag tag);
  Result<BytesView> contents(Tag tag);
  Result<Reader> enter(Tag tag);  // a reader of the contents

  Result<bool> boolean();
  // Magnitude of an INTEGER that is not negative, minimal, without sign octet; zero is one zero octet.
  Result<BytesView> unsigned_integer(Tag tag = Tag::kInteger);
  Result<std::int64_t> small_integer(Tag tag = Tag::kInteger);  // 0 … 2^53 - 1
  Result<std::string> oid();                                    // dotted
  Result<BytesView> bit_string();                               // of whole octets
  Result<std::string> text(Tag tag);  // contents as they are: the caller checks characters
  // UTCTime up to 2049, GeneralizedTime from 2050 on, whole seconds of UTC (RFC 5280 §4.1.2.5).
  Result<TimePoint> time();
  Result<TimePoint> generalized_time();  // whole seconds of UTC, any year (RFC 6960 §4.2.2.1)

 private:
  BytesView rest_;
};

// read_only reads the single element of that tag that `bytes` consist of, and answers its contents.
Result<Reader> read_only(BytesView bytes, Tag tag);

// The encoders answer one whole element.
using Parts = std::initializer_list<BytesView>;
Bytes concatenate(Parts parts);
Bytes header(Tag tag, std::size_t length);  // of an element whose contents follow
Bytes wrap(Tag tag, BytesView contents);
Bytes wrap(Tag tag, Parts parts);
inline Bytes sequence(Parts parts) {
  return wrap(Tag::kSequence, parts);
}
Bytes set_of(std::vector<Bytes> elements);  // sorted as X.690 §11.6 asks
Bytes boolean(bool value);
Bytes integer(std::int64_t value);            // not negative
Bytes unsigned_integer(BytesView magnitude);  // big-endian
Bytes oid(std::string_view dotted);           // a constant of ours: exception when it is none
Bytes bit_string(BytesView octets);
Bytes text(Tag tag, std::string_view value);
Bytes time(TimePoint time);
Bytes generalized_time(TimePoint time);

}  // namespace countersign::x509::der
