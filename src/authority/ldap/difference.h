// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/ldap/ldap_entry.h"

namespace countersign::authority {

// What makes an entry that was found the one that is wanted.
struct Difference {
  enum class Kind {
    kNone,     // it is that already
    kAdd,      // it is not there
    kAlter,    // attributes take other values
    kReplace,  // its classes or its very attributes are others: it goes and comes anew
  };
  Kind kind = Kind::kNone;
  std::vector<LdapAttribute> altered;  // with kAlter: each with all the values that it shall have
};

// difference compares values octet by octet and without order, classes without case. The attribute that names
// the entry is compared by the number of its values alone: an entry that was found under the wanted name has
// that value, perhaps written in another case. The class `top`, which servers add, does not count.
Difference difference(const LdapEntry& wanted, const std::optional<LdapEntry>& found);

// alterations makes an entry the wanted one where it stands, for nodes that have others below them; an
// attribute without values goes. Nothing when it is right already.
std::vector<LdapAttribute> alterations(const LdapEntry& wanted, const LdapEntry& found);

}  // namespace countersign::authority
