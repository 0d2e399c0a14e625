// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/text.h"
#include "documents/json.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

auto malformed(std::string member, std::string_view what) {
  return fail(ErrorCode::kMalformed, std::move(member.append(": ").append(what)));
}

// A text of min to max characters; `path` is called only to name what is wrong.
template <typename Path>
Result<std::string> text_in(const boost::json::value& value, const Path& path, std::size_t max,
                            std::size_t min) {
  if (!value.is_string()) return malformed(path(), "not a text");
  const boost::json::string& stated = value.get_string();
  std::string text(stated.data(), stated.size());
  // Line feeds are here only where the limits of the parser let them pass.
  const std::size_t size = count_plain_lines(text).value_or(max + 1);
  if (size < min) return malformed(path(), "too short");
  if (size > max) return malformed(path(), "too long");
  return text;
}

}  // namespace

Result<ObjectReader> ObjectReader::parse(BytesView text, std::string_view what, const JsonLimits& limits) {
  Result<boost::json::value> value = parse_json(text, limits);
  if (!value) return fail(std::move(value).error(), what);
  return of(std::move(value).value(), what);
}

Result<ObjectReader> ObjectReader::of(boost::json::value value, std::string_view what) {
  if (!value.is_object()) return malformed(std::string(what), "not an object");
  ObjectReader reader;
  reader.root_ = std::make_shared<const boost::json::value>(std::move(value));
  reader.object_ = &reader.root_->get_object();
  reader.path_ = what;
  return reader;
}

ObjectReader ObjectReader::nested(const boost::json::object& object, std::string path) const {
  ObjectReader reader;
  reader.root_ = root_;
  reader.object_ = &object;
  reader.path_ = std::move(path);
  return reader;
}

std::string ObjectReader::path_of(std::string_view member) const {
  return path_ + "." + std::string(member);
}

bool ObjectReader::has(std::string_view member) const {
  return object_->contains(member);
}

const boost::json::value* ObjectReader::find(std::string_view member) {
  const auto found = object_->find(member);
  if (found == object_->end()) return nullptr;
  if (std::ranges::find(taken_, &found->value()) == taken_.end()) taken_.push_back(&found->value());
  return &found->value();
}

Result<const boost::json::value*> ObjectReader::take(std::string_view member) {
  const boost::json::value* value = find(member);
  if (value == nullptr) return malformed(path_of(member), "missing");
  return value;
}

Result<void> ObjectReader::expect(std::string_view type, std::int64_t version) {
  TRY(const auto* type_value, take("type"));
  TRY(const auto* version_value, take("version"));
  if (!type_value->is_string() || !version_value->is_int64())
    return malformed(path_of("type"), "not a document");
  const boost::json::string& stated = type_value->get_string();
  if (std::string_view(stated.data(), stated.size()) != type)
    return fail(ErrorCode::kUnsupported, path_of("type") + ": not \"" + std::string(type) + "\"");
  if (version_value->get_int64() != version)
    return fail(ErrorCode::kUnsupported, path_of("version") + ": not " + std::to_string(version));
  return ok();
}

Result<std::string> ObjectReader::text(std::string_view member, std::size_t max, std::size_t min) {
  TRY(const auto* value, take(member));
  const auto path = [&] { return path_of(member); };
  return text_in(*value, path, max, min);
}

Result<crypto::SecretBytes> ObjectReader::secret_text(std::string_view member, std::size_t max,
                                                      std::size_t min) {
  TRY(const auto* value, take(member));
  if (!value->is_string()) return malformed(path_of(member), "not a text");
  const boost::json::string& stated = value->get_string();
  const std::string_view text(stated.data(), stated.size());
  const auto size = count_plain_characters(text);
  if (!size || *size < min || *size > max) return malformed(path_of(member), "too short or too long");
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

Result<std::optional<std::string>> ObjectReader::optional_text(std::string_view member, std::size_t max) {
  const boost::json::value* value = find(member);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  const auto path = [&] { return path_of(member); };
  TRY(std::string text, text_in(*value, path, max, 1));
  return std::optional<std::string>(std::move(text));
}

Result<std::string> ObjectReader::text_or_null(std::string_view member, std::size_t max) {
  TRY(const auto* value, take(member));
  if (value->is_null()) return std::string();
  const auto path = [&] { return path_of(member); };
  return text_in(*value, path, max, 1);
}

Result<std::int64_t> ObjectReader::integer(std::string_view member, std::int64_t least, std::int64_t most) {
  TRY(const auto* value, take(member));
  if (!value->is_int64()) return malformed(path_of(member), "not an integer");
  const std::int64_t number = value->get_int64();
  if (number < least || number > most) return malformed(path_of(member), "out of range");
  return number;
}

Result<bool> ObjectReader::boolean(std::string_view member) {
  TRY(const auto* value, take(member));
  if (!value->is_bool()) return malformed(path_of(member), "neither true nor false");
  return value->get_bool();
}

Result<TimePoint> ObjectReader::time(std::string_view member) {
  TRY(const std::string stated, text(member, 32));
  Result<TimePoint> time = parse_time(stated);
  if (!time) return fail(std::move(time).error(), path_of(member));
  return time;
}

Result<Bytes> ObjectReader::base64(std::string_view member, std::size_t max_bytes) {
  TRY(const auto* value, take(member));
  if (!value->is_string()) return malformed(path_of(member), "not a text");
  const boost::json::string& stated = value->get_string();
  if (stated.empty()) return malformed(path_of(member), "empty");
  if (stated.size() > (max_bytes + 2) / 3 * 4)
    return fail(ErrorCode::kTooLarge, path_of(member) + ": too long");
  Result<Bytes> bytes = base64_decode(std::string_view(stated.data(), stated.size()));
  if (!bytes) return fail(std::move(bytes).error(), path_of(member));
  if (bytes.value().size() > max_bytes) return fail(ErrorCode::kTooLarge, path_of(member) + ": too long");
  return bytes;
}

Result<Sha256Digest> ObjectReader::digest(std::string_view member) {
  TRY(const std::string stated, text(member, 2 * std::tuple_size_v<Sha256Digest>));
  const std::optional<Sha256Digest> digest = digest_of_hex(stated);
  if (!digest) return malformed(path_of(member), "not 64 lower-case hexadecimal digits");
  return *digest;
}

Result<ObjectReader> ObjectReader::object(std::string_view member) {
  TRY(const auto* value, take(member));
  if (!value->is_object()) return malformed(path_of(member), "not an object");
  return nested(value->get_object(), path_of(member));
}

Result<std::optional<ObjectReader>> ObjectReader::object_or_null(std::string_view member) {
  TRY(const auto* value, take(member));
  if (value->is_null()) return std::optional<ObjectReader>();
  TRY(ObjectReader reader, object(member));
  return std::optional<ObjectReader>(std::move(reader));
}

Result<std::vector<ObjectReader>> ObjectReader::objects(std::string_view member, std::size_t max) {
  TRY(const auto* value, take(member));
  if (!value->is_array()) return malformed(path_of(member), "not a list");
  const boost::json::array& array = value->get_array();
  if (array.size() > max) return fail(ErrorCode::kTooLarge, path_of(member) + ": too many");
  std::vector<ObjectReader> readers;
  readers.reserve(array.size());
  for (const boost::json::value& item : array) {
    std::string path = path_of(member) + "[" + std::to_string(readers.size()) + "]";
    if (!item.is_object()) return malformed(std::move(path), "not an object");
    readers.push_back(nested(item.get_object(), std::move(path)));
  }
  return readers;
}

Result<std::vector<std::string>> ObjectReader::texts(std::string_view member, std::size_t max_items,
                                                     std::size_t max_each) {
  TRY(const auto* value, take(member));
  if (!value->is_array()) return malformed(path_of(member), "not a list");
  const boost::json::array& array = value->get_array();
  if (array.size() > max_items) return fail(ErrorCode::kTooLarge, path_of(member) + ": too many");
  std::vector<std::string> texts;
  texts.reserve(array.size());
  for (const boost::json::value& item : array) {
    const auto path = [&] { return path_of(member) + "[" + std::to_string(texts.size()) + "]"; };
    TRY(std::string text, text_in(item, path, max_each, 1));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<void> ObjectReader::finish() const {
  if (taken_.size() == object_->size()) return ok();
  for (const auto& member : *object_) {
    if (std::ranges::find(taken_, &member.value()) != taken_.end()) continue;
    const std::string_view name(member.key().data(), std::min<std::size_t>(member.key().size(), 64));
    return malformed(path_of(name), "unknown member");
  }
  return ok();
}

}  // namespace countersign::documents
