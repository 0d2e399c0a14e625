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

TrustAnchor TrustAnchor::with_other_roots(std::vector<Certificate> roots) const {
  TrustAnchor told = *this;
  std::erase(roots, root_);
  told.other_roots_ = std::move(roots);
  return told;
}

Result<void> expect_same_ca(const Certificate& candidate, const Certificate& known, const TrustAnchor& anchor,
                            TimePoint at) {
  const std::string who = "certificate " + candidate.subject().text() + ": ";
  const Result<Name> subtree = permitted_subtree(candidate);
  if (!subtree || !(subtree.value() == subtree_of(known)) || !(candidate.subject() == known.subject()) ||
      !(candidate.public_key() == known.public_key()) ||
      candidate.extensions().subject_key_id != known.extensions().subject_key_id)
    return fail(ErrorCode::kCertificateUnknown, who + "not of the CA that is known by that name");
  std::vector<const Certificate*> roots{&anchor.root()};
  for (const Certificate& root : anchor.other_roots()) roots.push_back(&root);
  for (const Certificate* root : roots) {
    if (!names_as_issuer(candidate, *root)) continue;
    TRY(verify_chain(candidate, nullptr, *root, {}, at));
    return check_data_centre_ca(candidate, *root);
  }
  return fail(ErrorCode::kCertificateUnknown,
              who + "certified by no root that the network has, has passed or passes to");
}

Result<Name> permitted_subtree(const Certificate& ca) {
  if (!ca.is_ca() || !ca.extensions().name_limits)
    return fail(ErrorCode::kWrongRole, "certificate " + ca.subject().text() + ": not a data centre's CA");
  return subtree_of(ca);
}

Result<void> require_speaks_for(const Certificate& signer, const Name& data_centre, const TrustAnchor& anchor,
                                std::string_view what) {
  if (const Certificate* const ca = anchor.issuer_of(signer)) {
    TRY(const Name subtree, permitted_subtree(*ca));
    if (subtree == data_centre) return ok();
  }
  return fail(ErrorCode::kForbidden, std::string(what) + ": " + signer.subject().text() +
                                         " does not speak for " + data_centre.text());
}

Result<void> verify_path(const Certificate& leaf, const TrustAnchor& anchor, Role role, TimePoint at) {
  if (profile_of(role).certified_by != Role::kDataCentre)
    return fail(ErrorCode::kWrongRole, "certificate " + leaf.subject().text() +
                                           ": no data centre certifies as " +
                                           std::string(profile_of(role).name));
  TRY(const Certificate* const ca, issuing_ca(leaf, anchor));
  TRY(verify_chain(leaf, ca, anchor.root(), profile_of(role).policy, at));
  TRY(check_leaf_profile(leaf, role));
  return check_leaf_names(leaf, *ca->extensions().name_limits, role);
}

Result<Name> map_signer_name(const Name& network) {
  return network.child("CN", "Network Map");
}

Result<void> verify_path_to_root(const Certificate& leaf, const Certificate& root, Role role, TimePoint at) {
  const std::string who = "certificate " + leaf.subject().text();
  if (role != Role::kNetworkMapSigner)
    return fail(ErrorCode::kWrongRole,
                who + ": the root does not certify as " + std::string(profile_of(role).name));
  TRY(check_root(root));
  if (!names_as_issuer(leaf, root))
    return fail(ErrorCode::kCertificateUnknown,
                who + ", issued by " + leaf.issuer().text() + ": not certified by the root itself");
  TRY(verify_chain(leaf, nullptr, root, profile_of(role).policy, at));
  TRY(check_leaf_profile(leaf, role));
  TRY(const Name subject, map_signer_name(root.subject()));
  if (!(leaf.subject() == subject))
    return fail(ErrorCode::kNameNotPermitted, who + ": not " + subject.text());
  return ok();
}

Result<void> verify_next_root(const Certificate& next, const Certificate& link, const Certificate& root,
                              TimePoint at) {
  TRY(check_root(root));
  TRY(check_root(next));
  const std::string who = "next root " + next.subject().text();
  if (!(next.subject() == root.subject()))
    return fail(ErrorCode::kNameNotPermitted, who + ": another network's name");
  if (next.public_key() == root.public_key())
    return fail(ErrorCode::kConflict, who + ": has the key of the root");
  if (!(link.subject() == next.subject()) || link.public_key() != next.public_key() ||
      link.extensions().subject_key_id != next.extensions().subject_key_id)
    return fail(ErrorCode::kCertificateUnknown, who + ": the root's certificate is for another key");
  if (!names_as_issuer(link, root))
    return fail(ErrorCode::kCertificateUnknown, who + ": certified by another root");
  TRY(check_root_link(link));
  TRY(verify_chain(link, nullptr, root, {}, at));
  return verify_chain(next, nullptr, next, {}, at);
}

}  // namespace countersign::x509
