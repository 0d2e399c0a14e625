// SPDX-License-Identifier: Apache-2.0
// RFC 4514, string representation of distinguished names, in the form that the network writes.
#include <algorithm>

#include "x509/name.h"

namespace countersign::x509 {
namespace {

constexpr std::string_view kSpecial = "\",;+<>\\";       // escaped wherever they stand (RFC 4514 §2.4)
constexpr std::string_view kMayEscape = "\",;+<>\\ #=";  // may follow a backslash (§3)

auto refused(std::string_view what) {
  return fail(ErrorCode::kMalformed, "name: " + std::string(what));
}

std::string escaped(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool leads = i == 0 && value[i] == '#';
    if (leads || kSpecial.find(value[i]) != std::string_view::npos) out += '\\';
    out += value[i];
  }
  return out;
}

// Takes the escape that begins after a backslash from the front of `text`.
Result<char> take_escape(std::string_view& text) {
  if (!text.empty() && kMayEscape.find(text[0]) != std::string_view::npos) {
    const char c = text[0];
    text.remove_prefix(1);
    return c;
  }
  const Result<Bytes> octet = hex_decode(text.substr(0, 2));
  if (!octet || octet.value().empty()) return refused("unknown escape");
  text.remove_prefix(2);
  return static_cast<char>(octet.value()[0]);
}

// Takes a value up to the comma after it, or to the end.
Result<std::string> take_value(std::string_view& text) {
  if (text.starts_with('#')) return refused("value in hexadecimal");
  std::string value;
  while (!text.empty() && text[0] != ',') {
    const char c = text[0];
    text.remove_prefix(1);
    if (c == '\\') {
      TRY(const char octet, take_escape(text));
      value += octet;
    } else if (kSpecial.find(c) != std::string_view::npos) {
      return refused(c == '+' ? "more than one attribute in an RDN" : "character that must be escaped");
    } else {
      value += c;
    }
  }
  return value;
}

}  // namespace

Result<Name> Name::from_text(std::string_view text) {
  std::vector<NameAttribute> attributes;
  for (bool more = true; more;) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return refused("no '='");
    std::string type(text.substr(0, equals));
    std::ranges::transform(type, type.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    text.remove_prefix(equals + 1);
    TRY(std::string value, take_value(text));
    attributes.push_back({std::move(type), std::move(value)});
    more = !text.empty();
    if (more) text.remove_prefix(1);
  }
  std::ranges::reverse(attributes);
  return from_attributes(std::move(attributes));
}

std::string Name::text() const {
  std::string out;
  for (auto attribute = attributes_.rbegin(); attribute != attributes_.rend(); ++attribute) {
    if (!out.empty()) out += ',';
    out += attribute->type + '=' + escaped(attribute->value);
  }
  return out;
}

}  // namespace countersign::x509
