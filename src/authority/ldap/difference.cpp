// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/difference.h"

#include <algorithm>

namespace countersign::authority {
namespace {

// What a server reads alike in names of classes and attribute types.
std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::vector<std::string> classes_of(const LdapEntry& entry) {
  std::vector<std::string> classes;
  for (const Bytes& value : entry.values(kObjectClass)) classes.push_back(folded(as_text(value)));
  std::erase(classes, "top");
  std::ranges::sort(classes);
  return classes;
}

bool same_values(std::span<const Bytes> a, std::span<const Bytes> b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

bool is_wanted_type(const LdapEntry& wanted, std::string_view type) {
  return std::ranges::any_of(wanted.attributes, [type](const LdapAttribute& attribute) {
    return folded(attribute.type) == folded(type);
  });
}

}  // namespace

Difference difference(const LdapEntry& wanted, const std::optional<LdapEntry>& found) {
  if (!found) return {Difference::Kind::kAdd, {}};
  const bool foreign = std::ranges::any_of(found->attributes, [&](const LdapAttribute& attribute) {
    return !attribute.values.empty() && !is_wanted_type(wanted, attribute.type);
  });
  if (foreign || classes_of(wanted) != classes_of(*found)) return {Difference::Kind::kReplace, {}};
  Difference result;
  for (const LdapAttribute& attribute : wanted.attributes) {
    const std::span<const Bytes> values = found->values(attribute.type);
    if (attribute.type.ends_with(";binary")) {
      if (!same_values(attribute.values, values)) result.altered.push_back(attribute);
    } else if (attribute.type != kObjectClass && values.size() != attribute.values.size()) {
      return {Difference::Kind::kReplace, {}};
    }
  }
  if (!result.altered.empty()) result.kind = Difference::Kind::kAlter;
  return result;
}

std::vector<LdapAttribute> alterations(const LdapEntry& wanted, const LdapEntry& found) {
  Difference change = difference(wanted, found);
  if (change.kind != Difference::Kind::kReplace) return std::move(change.altered);
  std::vector<LdapAttribute> altered = wanted.attributes;
  for (const LdapAttribute& attribute : found.attributes) {
    if (!is_wanted_type(wanted, attribute.type)) altered.push_back({attribute.type, {}});
  }
  return altered;
}

}  // namespace countersign::authority
