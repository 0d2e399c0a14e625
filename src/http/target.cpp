// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include <algorithm>

#include "base/percent.h"

namespace countersign::http {
namespace {

enum class Plus { kItself, kSpace };
enum class Controls { kRefused, kPermitted };  // line breaks and tabs, which a text area sends

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<std::string> decode(std::string_view text, Plus plus, Controls controls) {
  std::string decoded;
  for (bool more = true; more;) {
    const std::size_t end = plus == Plus::kSpace ? text.find('+') : std::string_view::npos;
    const auto piece = percent_decode(text.substr(0, end));
    if (!piece) return fail(piece.error(), "target");
    decoded += piece.value();
    more = end != std::string_view::npos;
    if (more) {
      decoded.push_back(' ');
      text.remove_prefix(end + 1);
    }
  }
  const bool permitted = std::ranges::none_of(decoded, [controls](char c) {
    const bool breaks_lines = c == '\r' || c == '\n' || c == '\t';
    return is_control(c) && !(breaks_lines && controls == Controls::kPermitted);
  });
  if (!permitted) return fail(ErrorCode::kMalformed, "target: encoded control character");
  return decoded;
}

// Looks at the decoded path, so that it holds for encoded slashes and dots as well.
Result<void> check_segments(std::string_view path, bool& irregular) {
  std::size_t start = 1;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return fail(ErrorCode::kMalformed, "target: dot segment");
    if (segment.empty() && end != path.size()) irregular = true;
    start = end + 1;
  }
  return ok();
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text.empty() || text.front() != '/') return fail(ErrorCode::kMalformed, "target: not in origin form");
  if (text.find('#') != std::string_view::npos) return fail(ErrorCode::kMalformed, "target: fragment");
  const std::size_t question = text.find('?');
  const std::string_view raw_path = text.substr(0, question);
  Target target;
  TRY(target.path, decode(raw_path, Plus::kItself, Controls::kRefused));
  if (target.path.find('\\') != std::string::npos) return fail(ErrorCode::kMalformed, "target: backslash");
  target.irregular =
      raw_path.find("%2F") != std::string_view::npos || raw_path.find("%2f") != std::string_view::npos;
  TRY(check_segments(target.path, target.irregular));
  if (question != std::string_view::npos) {
    TRY(target.query, parse_form(text.substr(question + 1)));
  }
  return target;
}

Result<Fields> parse_form(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    TRY(auto name, decode(field.substr(0, equals), Plus::kSpace, Controls::kRefused));
    std::string value;
    if (equals < field.size()) {
      TRY(value, decode(field.substr(equals + 1), Plus::kSpace, Controls::kPermitted));
    }
    if (!fields.emplace(std::move(name), std::move(value)).second) {
      return fail(ErrorCode::kMalformed, "target: a name occurs twice");
    }
  }
  return fields;
}

std::string encode_component(std::string_view text) {
  return percent_encode(text);
}
std::string encode_path(std::string_view path) {
  return percent_encode(path, "/");
}

}  // namespace countersign::http
