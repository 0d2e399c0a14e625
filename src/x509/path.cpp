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

bool names_as_issuer(const Certificate& leaf, const Certificate& ca) {
  return leaf.issuer() == ca.subject() &&
         leaf.extensions().authority_key_id == ca.extensions().subject_key_id;
}

Result<const Certificate*> issuing_ca(const Certificate& leaf, const TrustAnchor& anchor) {
  if (const Certificate* issuer = anchor.issuer_of(leaf)) return issuer;
  const std::string who = "certificate " + leaf.subject().text() + ", issued by " + leaf.issuer().text();
  if (std::ranges::any_of(anchor.data_centre_cas(),
                          [&](const Certificate& ca) { return names_as_issuer(leaf, ca); }))
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
  return TrustAnchor(std::move(root), std::move(data_centre_cas));
}

const Certificate* TrustAnchor::issuer_of(const Certificate& certificate) const {
  const Name* longest = nullptr;
  for (const Certificate& ca : cas_) {
    const Name& subtree = subtree_of(ca);
    if (!certificate.subject().is_below(subtree)) continue;
    if (longest == nullptr || subtree.is_below(*longest)) longest = &subtree;
  }
  const Certificate* issuer = nullptr;
  for (const Certificate& ca : cas_) {
    if (longest == nullptr || !(subtree_of(ca) == *longest) || !names_as_issuer(certificate, ca)) continue;
    if (issuer == nullptr || issuer->not_after() < ca.not_after()) issuer = &ca;
  }
  return issuer;
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
