// SPDX-License-Identifier: Apache-2.0
#include "documents/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/serializer.hpp>

#include "base/amount.h"
#include "base/text.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

namespace json = boost::json;

// WipedMemory overwrites what it gives back.
class WipedMemory final : public json::memory_resource {
  void* do_allocate(std::size_t size, std::size_t alignment) override {
    return ::operator new(size, std::align_val_t(alignment));
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
    crypto::wipe({static_cast<std::uint8_t*>(memory), size});
    ::operator delete(memory, size, std::align_val_t(alignment));
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }
};

void wipe_text(std::string& text) {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}

// StrictHandler builds the value from the tokenizer's events and stops at the first thing that a document may
// not hold. It keeps one frame per open object or array; members are added to their object as soon as they
// are complete.
class StrictHandler {
 public:
  // NOLINTBEGIN(readability-identifier-naming): the parser of Boost.JSON asks for these names.
  static constexpr std::size_t max_object_size = 1 << 20;
  static constexpr std::size_t max_array_size = 1 << 20;
  static constexpr std::size_t max_key_size = 1 << 20;
  static constexpr std::size_t max_string_size = 2 << 20;  // a signed map in base64 fits; see JsonLimits
  // NOLINTEND(readability-identifier-naming)

  explicit StrictHandler(const JsonLimits& limits)
      : storage_(limits.wiped ? wiped_storage() : json::make_shared_resource<json::monotonic_resource>()),
        result_(storage_),
        members_left_(limits.members),
        line_feeds_(limits.line_feeds) {
    if (limits.wiped) text_.reserve(limits.bytes);  // what grows elsewhere would leave pieces behind
  }
  StrictHandler(StrictHandler&&) = default;
  ~StrictHandler() { wipe_text(text_); }

  const std::optional<Error>& error() const { return error_; }
  json::value take_value() { return std::move(result_); }
  std::string path() const;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return open(json::object(storage_)); }
  bool on_object_end(std::size_t, json::error_code& code) { return close(code); }
  bool on_array_begin(json::error_code&) { return open(json::array(storage_)); }
  bool on_array_end(std::size_t, json::error_code& code) { return close(code); }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return collect(part); }
  bool on_key(json::string_view part, std::size_t, json::error_code& code);
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return collect(part); }
  bool on_string(json::string_view part, std::size_t, json::error_code& code);
  bool on_number_part(json::string_view part, json::error_code&) { return collect(part); }
  bool on_int64(std::int64_t number, json::string_view text, json::error_code& code);
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& code);
  bool on_double(double, json::string_view, json::error_code& code);
  bool on_bool(bool flag, json::error_code& code) { return add(flag, code); }
  bool on_null(json::error_code& code) { return add(nullptr, code); }
  bool on_comment_part(json::string_view, json::error_code&) { return false; }
  bool on_comment(json::string_view, json::error_code&) { return false; }

 private:
  struct Frame {
    json::value container;
    std::string key;  // of the member being read, in an object
  };

  bool open(json::value container) {
    frames_.push_back({std::move(container), {}});
    return true;
  }
  bool close(json::error_code& code) {
    json::value container = std::move(frames_.back().container);
    frames_.pop_back();
    return add(std::move(container), code);
  }
  bool collect(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool add(json::value value, json::error_code& code);
  bool refuse(json::error_code& code, ErrorCode what, std::string detail) {
    error_ = Error{what, path() + ": " + std::move(detail)};
    code = json::make_error_code(json::error::exception);
    return false;
  }

  const json::storage_ptr storage_;
  std::vector<Frame> frames_;
  std::string text_;  // of the key, string or number being read
  json::value result_;
  std::size_t members_left_;
  bool line_feeds_;
  std::optional<Error> error_;
};

std::string StrictHandler::path() const {
  std::string path = "json";
  for (const Frame& frame : frames_) {
    if (const json::array* array = frame.container.if_array()) {
      path += "[" + std::to_string(array->size()) + "]";
    } else if (!frame.key.empty()) {
      path += "." + frame.key.substr(0, 64);
    }
  }
  return path;
}

bool StrictHandler::on_key(json::string_view part, std::size_t, json::error_code& code) {
  collect(part);
  if (!count_plain_characters(text_))
    return refuse(code, ErrorCode::kMalformed, "control, bidirectional or invisible character in a name");
  frames_.back().key = text_;
  text_.clear();
  if (frames_.back().container.get_object().contains(frames_.back().key))
    return refuse(code, ErrorCode::kMalformed, "member stands twice");
  return true;
}

bool StrictHandler::on_string(json::string_view part, std::size_t, json::error_code& code) {
  collect(part);
  const auto plain = line_feeds_ ? count_plain_lines(text_) : count_plain_characters(text_);
  if (!plain) return refuse(code, ErrorCode::kMalformed, "control, bidirectional or invisible character");
  json::value value(json::string_view(text_), storage_);
  wipe_text(text_);
  return add(std::move(value), code);
}

bool StrictHandler::on_int64(std::int64_t number, json::string_view text, json::error_code& code) {
  collect(text);
  const bool negative_zero = number == 0 && text_.starts_with('-');
  text_.clear();
  if (negative_zero) return refuse(code, ErrorCode::kMalformed, "negative zero");
  if (number > kLargestInteger || number < -kLargestInteger)
    return refuse(code, ErrorCode::kMalformed, "integer beyond 2^53-1");
  return add(number, code);
}

bool StrictHandler::on_uint64(std::uint64_t, json::string_view, json::error_code& code) {
  return refuse(code, ErrorCode::kMalformed, "integer beyond 2^53-1");
}

bool StrictHandler::on_double(double, json::string_view, json::error_code& code) {
  return refuse(code, ErrorCode::kMalformed, "number is not an integer within 2^53-1");
}

bool StrictHandler::add(json::value value, json::error_code& code) {
  if (members_left_ == 0) return refuse(code, ErrorCode::kTooLarge, "too many members");
  --members_left_;
  if (frames_.empty()) {
    result_ = std::move(value);
    return true;
  }
  Frame& frame = frames_.back();
  if (json::array* array = frame.container.if_array())
    array->push_back(std::move(value));
  else
    frame.container.get_object().emplace(frame.key, std::move(value));
  return true;
}

}  // namespace

Result<json::value> parse_json(BytesView text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) return fail(ErrorCode::kTooLarge, "json: longer than its limit");
  json::parse_options options;
  options.max_depth = limits.depth;
  json::basic_parser<StrictHandler> parser(options, limits);
  json::error_code code;
  const std::string_view view = as_text(text);
  const std::size_t read = parser.write_some(false, view.data(), view.size(), code);
  const StrictHandler& handler = parser.handler();
  if (handler.error()) return fail(*handler.error());
  if (code == json::error::too_deep) return fail(ErrorCode::kTooLarge, handler.path() + ": nested too deep");
  if (code) return fail(ErrorCode::kMalformed, handler.path() + ": " + code.message());
  if (read != view.size()) return fail(ErrorCode::kMalformed, "json: something follows the value");
  return parser.handler().take_value();
}

std::string write_json(const json::value& value) {
  return json::serialize(value);
}

json::storage_ptr wiped_storage() {
  static WipedMemory memory;
  return json::storage_ptr(&memory);
}

crypto::SecretBytes write_secret_json(const json::value& value) {
  constexpr crypto::SecretAccess kAccess{};
  auto part = crypto::SecretBytes::of_size(4096);
  const auto part_text = part.writable(kAccess);
  json::serializer serializer;
  serializer.reset(&value);
  std::size_t size = 0;
  while (!serializer.done())
    size += serializer.read(reinterpret_cast<char*>(part_text.data()), part_text.size()).size();
  auto text = crypto::SecretBytes::of_size(size);
  serializer.reset(&value);
  const auto whole = text.writable(kAccess);
  serializer.read(reinterpret_cast<char*>(whole.data()), whole.size());
  return text;
}

}  // namespace countersign::documents
