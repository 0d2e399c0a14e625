// SPDX-License-Identifier: Apache-2.0
#include "http/accept.h"

#include <algorithm>

namespace countersign::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The part before the separator; what follows it stays in `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = trim(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// "q=0", "q=0.000".
bool is_weight_of_nothing(std::string_view parameter) {
  return parameter.size() >= 3 && is_same(parameter.substr(0, 2), "q=") &&
         parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts(const Request& request, std::string_view media_type) {
  std::string_view header = request.header("Accept");
  while (!header.empty()) {
    std::string_view range = take_part(header, ',');
    if (!is_same(take_part(range, ';'), media_type)) continue;
    bool is_refused = false;
    while (!range.empty()) is_refused = is_weight_of_nothing(take_part(range, ';')) || is_refused;
    if (!is_refused) return true;
  }
  return false;
}

}  // namespace countersign::http
