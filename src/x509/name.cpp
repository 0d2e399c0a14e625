// SPDX-License-Identifier: Apache-2.0
#include "x509/name.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "x509/der.h"

namespace countersign::x509 {
namespace {

using der::Tag;

constexpr std::size_t kLongestValue = 200;
constexpr std::size_t kMostRdns = 16;

// The object identifiers in DER (RFC 4519 §2): names are read with every order, and converting from dotted
// text costs more than all the rest of that.
constexpr std::array<std::uint8_t, 5> kCommonName{0x06, 3, 0x55, 4, 3};           // 2.5.4.3
constexpr std::array<std::uint8_t, 5> kOrganizationalUnit{0x06, 3, 0x55, 4, 11};  // 2.5.4.11
constexpr std::array<std::uint8_t, 5> kOrganization{0x06, 3, 0x55, 4, 10};        // 2.5.4.10
constexpr std::array<std::uint8_t, 12> kUserId{0x06, 10,   0x09, 0x92, 0x26, 0x89,
                                               0x93, 0xf2, 0x2c, 0x64, 1,    1};  // 0.9.2342.19200300.100.1.1
constexpr std::array<std::uint8_t, 5> kCountry{0x06, 3, 0x55, 4, 6};              // 2.5.4.6

struct AttributeType {
  std::string_view type;
  BytesView oid;
  Tag tag;
};
constexpr std::array kTypes{AttributeType{"CN", kCommonName, Tag::kUtf8String},
                            AttributeType{"OU", kOrganizationalUnit, Tag::kUtf8String},
                            AttributeType{"O", kOrganization, Tag::kUtf8String},
                            AttributeType{"UID", kUserId, Tag::kUtf8String},
                            AttributeType{"C", kCountry, Tag::kPrintableString}};

auto refused(std::string what) {
  return fail(ErrorCode::kMalformed, "name: " + std::move(what));
}

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

Result<void> check_value(const AttributeType& type, std::string_view value) {
  if (type.type == "C") {
    if (value.size() != 2 || !std::ranges::all_of(value, is_capital)) return refused("C is not two capitals");
    return ok();
  }
  const std::optional<std::size_t> characters = count_plain_characters(value);
  if (!characters || *characters == 0 || *characters > kLongestValue)
    return refused(std::string(type.type) + " is not 1–200 plain characters");
  if (value.front() == ' ' || value.back() == ' ')
    return refused(std::string(type.type) + " begins or ends with a space");
  return ok();
}

Result<NameAttribute> read_rdn(der::Reader& names) {
  TRY(der::Reader set, names.enter(Tag::kSet));
  TRY(der::Reader attribute, set.enter(Tag::kSequence));
  if (!set.at_end()) return refused("more than one attribute in an RDN");
  TRY(const der::Element oid, attribute.element(Tag::kOid));
  const auto type = std::ranges::find_if(
      kTypes, [&oid](const AttributeType& each) { return std::ranges::equal(each.oid, oid.whole); });
  if (type == kTypes.end()) {
    TRY(const std::string unknown, der::Reader(oid.whole).oid());
    return refused("attribute type " + unknown);
  }
  if (!attribute.next_is(type->tag)) return refused(std::string(type->type) + " in another string type");
  TRY(std::string value, attribute.text(type->tag));
  TRY(attribute.finish());
  return NameAttribute{std::string(type->type), std::move(value)};
}

}  // namespace

Result<Name> Name::from_attributes(std::vector<NameAttribute> attributes) {
  if (attributes.empty() || attributes.size() > kMostRdns) return refused("not 1–16 RDNs");
  Bytes rdns;
  for (const NameAttribute& attribute : attributes) {
    const auto type = std::ranges::find(kTypes, attribute.type, &AttributeType::type);
    if (type == kTypes.end()) return refused("attribute type " + attribute.type);
    TRY(check_value(*type, attribute.value));
    const Bytes rdn = der::wrap(Tag::kSet, der::sequence({type->oid, der::text(type->tag, attribute.value)}));
    rdns.insert(rdns.end(), rdn.begin(), rdn.end());
  }
  Name name;
  name.attributes_ = std::move(attributes);
  name.der_ = der::wrap(Tag::kSequence, rdns);
  return name;
}

Result<Name> Name::from_der(BytesView der) {
  TRY(der::Reader rdns, der::read_only(der, Tag::kSequence));
  std::vector<NameAttribute> attributes;
  while (!rdns.at_end()) {
    TRY(NameAttribute attribute, read_rdn(rdns));
    attributes.push_back(std::move(attribute));
  }
  return from_attributes(std::move(attributes));
}

std::string Name::value_of(std::string_view type) const {
  const auto found = std::find_if(attributes_.rbegin(), attributes_.rend(),
                                  [&](const NameAttribute& attribute) { return attribute.type == type; });
  return found == attributes_.rend() ? std::string() : found->value;
}

Result<Name> Name::child(std::string_view type, std::string_view value) const {
  std::vector<NameAttribute> attributes = attributes_;
  attributes.push_back({std::string(type), std::string(value)});
  return from_attributes(std::move(attributes));
}

bool Name::is_below(const Name& subtree) const {
  return attributes_.size() > subtree.attributes_.size() &&
         std::equal(subtree.attributes_.begin(), subtree.attributes_.end(), attributes_.begin());
}

RelativePath relative_subscriber_path(const Name& subscriber, const Name& data_centre) {
  const std::vector<NameAttribute>& down = subscriber.attributes();
  const std::vector<NameAttribute>& up = data_centre.attributes();
  const auto [below, above] = std::mismatch(down.begin(), down.end(), up.begin(), up.end());
  return {{above, up.end()}, {below, down.end()}};
}

}  // namespace countersign::x509
