// SPDX-License-Identifier: Apache-2.0
#include "base/mail_address.h"

#include <algorithm>

namespace countersign {
namespace {

constexpr std::size_t kMaxAddress = 254;
constexpr std::size_t kMaxLocalPart = 64;
constexpr std::size_t kMaxLabel = 63;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host_character(char c) {
  return is_letter_or_digit(c) || c == '-';
}

// Whether text is parts joined by single dots, each good by `is_part`.
template <typename Predicate>
bool is_dotted(std::string_view text, const Predicate& is_part) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_part(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_atom(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_atom_character);
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kMaxLabel && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, is_host_character);
}

}  // namespace

bool is_atom_character(char c) {
  return is_letter_or_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || text.size() > kMaxAddress) return false;
  return at <= kMaxLocalPart && is_dotted(text.substr(0, at), is_atom) &&
         is_dotted(text.substr(at + 1), is_label);
}

}  // namespace countersign
