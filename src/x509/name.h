// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace countersign::x509 {

// One attribute of a name: short type of RFC 4514 §3 ("CN", "OU", "O", "UID", "C") and its UTF-8 value.
struct NameAttribute {
  std::string type;
  std::string value;
  friend bool operator==(const NameAttribute&, const NameAttribute&) = default;
};

// Name is a distinguished name (RFC 5280 §4.1.2.4) in the one form that the network accepts: at least one
// RDN, one attribute per RDN, types CN OU O UID C, values of 1–200 characters of UTF8String without control
// or bidirectional characters and without space at either end (C: two capitals in PrintableString), at most
// 16 RDNs. Two names are equal when their DER is: no folding of case or space.
class Name {
 public:
  // Attributes in encoding order, most significant first: O, OU=kr, OU=seoul-1, CN. kMalformed when not
  // acceptable.
  static Result<Name> from_attributes(std::vector<NameAttribute> attributes);
  // From RFC 4514 text, least significant first: "CN=Shop,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo".
  static Result<Name> from_text(std::string_view text);
  static Result<Name> from_der(BytesView der);

  const std::vector<NameAttribute>& attributes() const { return attributes_; }
  const Bytes& der() const { return der_; }
  // RFC 4514 text, with its escapes.
  std::string text() const;
  // Value of the last (most specific) attribute of that type, or empty.
  std::string value_of(std::string_view type) const;
  // A child: this name with one more RDN at the specific end.
  Result<Name> child(std::string_view type, std::string_view value) const;
  // Whether this name lies strictly below `subtree`: longer, and beginning with all of its RDNs.
  bool is_below(const Name& subtree) const;

  friend bool operator==(const Name& a, const Name& b) { return a.der_ == b.der_; }
  friend auto operator<=>(const Name& a, const Name& b) { return a.der_ <=> b.der_; }

 private:
  Name() = default;
  std::vector<NameAttribute> attributes_;
  Bytes der_;
};

// relative_subscriber_path returns what is left of `subscriber` after the part it shares with `data_centre`,
// most significant first (K6). Empty `up` means: the subscriber belongs to this data centre.
struct RelativePath {
  std::vector<NameAttribute> up;    // RDNs of data_centre that are not shared: how far to climb
  std::vector<NameAttribute> down;  // RDNs of the subscriber that are not shared: where to go from there
};
RelativePath relative_subscriber_path(const Name& subscriber, const Name& data_centre);

}  // namespace countersign::x509
