// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/ldap_entry.h"

#include <algorithm>
#include <array>

namespace countersign::authority {
namespace {

using x509::Role;

constexpr std::array kPublished{
    Role::kOcspResponder,      Role::kConfirmationSigner, Role::kAuthorityServer,
    Role::kTimeStamper,        Role::kMerchant,           Role::kPurchaser,
    Role::kPurchaserAgreement, Role::kCardCompany,        Role::kCardCompanyAgreement};

// Which structural class an entry has whose name ends in an attribute of this type; each demands that
// attribute and no other (RFC 4519 §3, RFC 4524 §3.1).
struct ClassOfName {
  std::string_view type;
  std::string_view structural;
};
constexpr std::array kClasses{ClassOfName{"UID", "account"}, ClassOfName{"CN", "organizationalRole"},
                              ClassOfName{"OU", "organizationalUnit"}, ClassOfName{"O", "organization"}};

std::string_view class_of(const x509::Name& name) {
  const auto found = std::ranges::find(kClasses, name.attributes().back().type, &ClassOfName::type);
  return found == kClasses.end() ? std::string_view() : found->structural;
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_type(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

LdapEntry entry_of(const x509::Name& name, std::string_view auxiliary) {
  const x509::NameAttribute& naming = name.attributes().back();
  LdapAttribute classes{std::string(kObjectClass), {to_bytes(class_of(name))}};
  if (!auxiliary.empty()) classes.values.push_back(to_bytes(auxiliary));
  return {name.text(), {std::move(classes), {naming.type, {to_bytes(naming.value)}}}};
}

}  // namespace

std::span<const Bytes> LdapEntry::values(std::string_view type) const {
  const auto found = std::ranges::find_if(
      attributes, [type](const LdapAttribute& attribute) { return same_type(attribute.type, type); });
  return found == attributes.end() ? std::span<const Bytes>() : std::span<const Bytes>(found->values);
}

bool is_published(Role role) {
  return std::ranges::find(kPublished, role) != kPublished.end();
}

std::vector<std::string_view> published_containers() {
  std::vector<std::string_view> containers;
  for (const Role role : kPublished) {
    const std::string_view container = x509::profile_of(role).subtree;
    if (std::ranges::find(containers, container) == containers.end()) containers.push_back(container);
  }
  return containers;
}

Result<std::vector<x509::Name>> container_names(const x509::Name& data_centre) {
  std::vector<x509::Name> names;
  for (const std::string_view container : published_containers()) {
    TRY(x509::Name name, data_centre.child("OU", container));
    names.push_back(std::move(name));
  }
  return names;
}

Result<void> require_place(const x509::Certificate& certificate, const x509::Name& data_centre) {
  const std::optional<Role> role = certificate.role();
  if (!role || !is_published(*role))
    return fail(ErrorCode::kNameNotPermitted, "ldap: certificates of this role are not published");
  TRY(const x509::Name container, data_centre.child("OU", x509::profile_of(*role).subtree));
  const x509::Name& subject = certificate.subject();
  if (!subject.is_below(container) || subject.attributes().size() != container.attributes().size() + 1)
    return fail(ErrorCode::kNameNotPermitted, "ldap: subject is not a child of " + container.text());
  if (class_of(subject).empty())
    return fail(ErrorCode::kMalformed,
                "ldap: no class for entries named by " + subject.attributes().back().type);
  return ok();
}

LdapEntry subscriber_entry(const x509::Name& subject, std::span<const Bytes> certificates) {
  LdapEntry entry = entry_of(subject, "pkiUser");
  entry.attributes.push_back({std::string(kUserCertificate), {certificates.begin(), certificates.end()}});
  return entry;
}

LdapEntry container_entry(const x509::Name& name) {
  return entry_of(name, {});
}

LdapEntry data_centre_entry(const x509::Name& data_centre, std::span<const Bytes> ca_certificates,
                            std::span<const Bytes> crls) {
  LdapEntry entry = entry_of(data_centre, "pkiCA");
  entry.attributes.push_back({std::string(kCaCertificate), {ca_certificates.begin(), ca_certificates.end()}});
  entry.attributes.push_back({std::string(kRevocationList), {crls.begin(), crls.end()}});
  return entry;
}

}  // namespace countersign::authority
