// SPDX-License-Identifier: Apache-2.0
#include <boost/json/parse.hpp>

#include "documents/json.h"
#include "fuzz/property.h"

namespace {

namespace json = boost::json;
using countersign::fuzz::require;

constexpr std::int64_t kLargest = (std::int64_t{1} << 53) - 1;

// What parse_json promises of every value it accepts.
void require_strict(const json::value& value, std::size_t depth) {
  require(depth <= countersign::documents::JsonLimits{}.depth, "depth is limited");
  require(!value.is_double() && !value.is_uint64(), "numbers are integers of 64 bits");
  if (value.is_int64())
    require(value.get_int64() <= kLargest && value.get_int64() >= -kLargest, "integers are exact");
  if (value.is_string())
    for (const char c : value.get_string())
      require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f, "no controls");
  if (value.is_array())
    for (const auto& element : value.get_array()) require_strict(element, depth + 1);
  if (value.is_object())
    for (const auto& member : value.get_object()) require_strict(member.value(), depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  const auto value = documents::parse_json({data, size});
  if (!value) return 0;
  require_strict(value.value(), 0);
  boost::system::error_code error;
  const json::value lenient = json::parse(as_text({data, size}), error);
  require(!error && lenient == value.value(), "strict parsing accepts less, not otherwise");
  const std::string written = documents::write_json(value.value());
  const auto again = documents::parse_json(as_bytes(written));
  require(again && again.value() == value.value(), "what is written reads as the same value");
  require(documents::write_json(again.value()) == written, "writing has one form");
  return 0;
}
