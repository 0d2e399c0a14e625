// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "x509/certificate.h"

namespace countersign::authority {

// Attribute types as they are sent (RFC 4523 §2: values of these are transferred as ;binary).
inline constexpr std::string_view kUserCertificate = "userCertificate;binary";
inline constexpr std::string_view kCaCertificate = "cACertificate;binary";
inline constexpr std::string_view kRevocationList = "certificateRevocationList;binary";
inline constexpr std::string_view kObjectClass = "objectClass";

// One attribute of an entry with its values, in no order.
struct LdapAttribute {
  std::string type;
  std::vector<Bytes> values;
};

// An entry of an LDAP directory (RFC 4512 §2.2), by its name in the form of RFC 4514.
struct LdapEntry {
  std::string name;
  std::vector<LdapAttribute> attributes;

  // The values of an attribute, of whatever case its type is written in; none where there is no such
  // attribute.
  std::span<const Bytes> values(std::string_view type) const;
};

// Whether certificates of this role are shown: those that somebody else has to find. CAs have attributes of
// their own, and operators' names are people's, who sign for nobody outside.
bool is_published(x509::Role role);

// The containers of published certificates below a data centre: "purchasers", "merchants", …
std::vector<std::string_view> published_containers();
// Every published certificate lies one step below one of them.
Result<std::vector<x509::Name>> container_names(const x509::Name& data_centre);

// The entry's place and class come from the certificate's subject alone. kNameNotPermitted when its role has
// no place in the directory or the subject is not the container's child, kMalformed when the class for its
// kind of name is not known.
Result<void> require_place(const x509::Certificate& certificate, const x509::Name& data_centre);

// subscriber_entry holds certificates under their subject and nothing beyond: class, name, certificates.
LdapEntry subscriber_entry(const x509::Name& subject, std::span<const Bytes> certificates);

// container_entry is an inner node of the tree: organizationalUnit.
LdapEntry container_entry(const x509::Name& name);

// data_centre_entry is the data centre's own: organizationalUnit and pkiCA, with the certificates of its CA
// and the revocation lists, one for each CA key (RFC 4523 §4.2, §4.3).
LdapEntry data_centre_entry(const x509::Name& data_centre, std::span<const Bytes> ca_certificates,
                            std::span<const Bytes> crls);

}  // namespace countersign::authority
