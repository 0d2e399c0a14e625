// SPDX-License-Identifier: Apache-2.0
#include "x509/path.h"

#include <algorithm>

#include "x509/chain.h"
#include "x509/rules.h"

namespace countersign::x509 {
namespace {

const Name& subtree_of(const Certificate& ca) {
  return ca.extensions().name_limits->subtree;
}

// The CA that answers for the leaf's subject, if it is the one that issued it.
Result<const Certificate*> issuing_ca(const Certificate& leaf, const TrustAnchor& anchor) {
  const Certificate* responsible = anchor.ca_of(leaf.subject());
  if (responsible != nullptr && leaf.issuer() == responsible->subject()) return responsible;
  const std::string who = "certificate " + leaf.subject().text() + ", issued by " + leaf.issuer().text();
  if (std::ranges::find(anchor.data_centre_cas(), leaf.issuer(), &Certificate::subject) !=
      anchor.data_centre_cas().end())
    return fail(ErrorCode::kNameNotPermitted,
                who + ": subject is another data centre's to name, or nobody's");
  return fail(ErrorCode::kCertificateUnknown, who + ": no path to " + anchor.root().subject().text());
}

}  // namespace

Result<TrustAnchor> TrustAnchor::create(Certificate root, std::vector<Certificate> data_centre_cas,
                                        TimePoint now) {
  TRY(check_root(root));
  TRY(verify_chain(root, nullptr, root, {}, now));
  for (const Certificate& ca : data_centre_cas) {
    TRY(verify_chain(ca, nullptr, root, {}, now));
    TRY(check_data_centre_ca(ca, root));
  }
  for (const Certificate& ca : data_centre_cas) {
    if (std::ranges::count(data_centre_cas, subtree_of(ca), subtree_of) != 1)
      return fail(ErrorCode::kConflict, "two CAs for " + subtree_of(ca).text());
  }
  return TrustAnchor(std::move(root), std::move(data_centre_cas));
}

const Certificate* TrustAnchor::ca_of(const Name& subject) const {
  const Certificate* longest = nullptr;
  for (const Certificate& ca : cas_) {
    if (!subject.is_below(subtree_of(ca))) continue;
    if (longest == nullptr || subtree_of(ca).is_below(subtree_of(*longest))) longest = &ca;
  }
  return longest;
}

Result<Name> permitted_subtree(const Certificate& ca) {
  if (!ca.is_ca() || !ca.extensions().name_limits)
    return fail(ErrorCode::kWrongRole, "certificate " + ca.subject().text() + ": not a data centre's CA");
  return subtree_of(ca);
}

Result<void> verify_path(const Certificate& leaf, const TrustAnchor& anchor, Role role, TimePoint at) {
  TRY(const Certificate* const ca, issuing_ca(leaf, anchor));
  TRY(verify_chain(leaf, ca, anchor.root(), profile_of(role).policy, at));
  TRY(check_leaf_profile(leaf, role));
  return check_leaf_names(leaf, *ca->extensions().name_limits, role);
}

}  // namespace countersign::x509
