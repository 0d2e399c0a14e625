// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/secret.h"

namespace countersign::documents {

// Limits of one JSON text.
struct JsonLimits {
  std::size_t bytes = 128 << 10;
  std::size_t depth = 8;
  std::size_t members = 4096;  // over all objects and arrays
  bool line_feeds = false;     // U+000A in texts, as PEM has it; never in a document that is signed
  bool wiped = false;          // overwrite the values' memory when they go: for texts that hold secrets
};

// parse_json reads RFC 8259 text strictly: UTF-8 without BOM, nothing after the value, no duplicate members
// (compared after unescaping), integers only and at most 2^53-1 in magnitude, no negative zero, no control
// characters (not even escaped), no bidirectional controls, separators or invisible characters (base/text.h),
// no lone surrogates. kMalformed, kTooLarge; the detail names what and where.
Result<boost::json::value> parse_json(BytesView text, const JsonLimits& limits = {});

// write_json writes without white space, members in insertion order.
std::string write_json(const boost::json::value& value);

// wiped_storage is where values that hold secrets live: their memory is overwritten when they go.
boost::json::storage_ptr wiped_storage();
// write_secret_json writes as write_json does and leaves no copy behind.
crypto::SecretBytes write_secret_json(const boost::json::value& value);

// ObjectReader takes a JSON object apart member by member; `finish` refuses members nobody asked for. Every
// error names the member with its path ("order.lines[2].sku"). Keeps the value alive.
class ObjectReader {
 public:
  static Result<ObjectReader> parse(BytesView text, std::string_view what, const JsonLimits& limits = {});
  static Result<ObjectReader> of(boost::json::value value, std::string_view what);

  // `type` and `version` must be these (kUnsupported otherwise).
  Result<void> expect(std::string_view type, std::int64_t version);
  // 1..max characters (code points) unless `min` says 0.
  Result<std::string> text(std::string_view member, std::size_t max, std::size_t min = 1);
  // The same for a secret, out of a text that is wiped: no copy of it stays behind. Without line feeds.
  Result<crypto::SecretBytes> secret_text(std::string_view member, std::size_t max, std::size_t min = 1);
  Result<std::optional<std::string>> optional_text(std::string_view member,
                                                   std::size_t max);  // absent or null
  Result<std::string> text_or_null(std::string_view member,
                                   std::size_t max);  // null reads as empty; must be present
  Result<std::int64_t> integer(std::string_view member, std::int64_t least, std::int64_t most);
  Result<bool> boolean(std::string_view member);
  Result<TimePoint> time(std::string_view member);
  Result<Bytes> base64(std::string_view member, std::size_t max_bytes);  // at least one octet
  Result<Sha256Digest> digest(std::string_view member);                  // 64 lower-case hex digits
  Result<ObjectReader> object(std::string_view member);
  Result<std::optional<ObjectReader>> object_or_null(std::string_view member);  // must be present
  Result<std::vector<ObjectReader>> objects(std::string_view member, std::size_t max);
  Result<std::vector<std::string>> texts(std::string_view member, std::size_t max_items,
                                         std::size_t max_each);
  bool has(std::string_view member) const;
  Result<void> finish() const;

 private:
  ObjectReader() = default;
  ObjectReader nested(const boost::json::object& object, std::string path) const;
  const boost::json::value* find(std::string_view member);
  Result<const boost::json::value*> take(std::string_view member);
  std::string path_of(std::string_view member) const;
  std::shared_ptr<const boost::json::value> root_;
  const boost::json::object* object_ = nullptr;
  std::string path_;
  std::vector<const boost::json::value*> taken_;
};

}  // namespace countersign::documents
