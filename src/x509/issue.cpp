// SPDX-License-Identifier: Apache-2.0
#include "x509/issue.h"

#include <algorithm>

#include "x509/chain.h"
#include "x509/der.h"
#include "x509/key_identifier.h"
#include "x509/path.h"
#include "x509/rules.h"
#include "x509/signed_structure.h"

namespace countersign::x509 {
namespace {

constexpr std::int64_t kVersion3 = 2;
constexpr std::size_t kLongestMerchantName = 200;  // it must fit into the user notice of those it registers

// What a certificate says apart from its extensions.
struct Statement {
  Name issuer;
  Name subject;
  crypto::PublicKey key;
  TimePoint not_before;
  TimePoint not_after;
};

Result<Certificate> sign_certificate(const Statement& statement, const Extensions& extensions,
                                     const crypto::PrivateKey& key) {
  TRY(const Bytes encoded_extensions, encode_extensions(extensions));
  const Bytes to_be_signed = der::sequence(
      {der::wrap(der::context_constructed(0), der::integer(kVersion3)),
       der::unsigned_integer(SerialNumber::random().bytes()), ecdsa_with_sha256(), statement.issuer.der(),
       der::sequence({der::time(statement.not_before), der::time(statement.not_after)}),
       statement.subject.der(), statement.key.spki(),
       der::wrap(der::context_constructed(3), encoded_extensions)});
  TRY(const Bytes der, sign_structure(to_be_signed, key));
  return Certificate::from_der(der);
}

std::vector<Policy> policies_of_a_ca() {
  std::vector<Policy> out;
  for (const Profile& profile : all_profiles())
    if (!profile.policy.empty() && profile.certified_by == Role::kDataCentre)
      out.push_back({std::string(profile.policy), {}});
  for (const KeyOrigin origin : {KeyOrigin::kAuthority, KeyOrigin::kHolder})
    out.push_back({std::string(key_origin_policy(origin)), {}});
  return out;
}

Extensions extensions_of(const Issuer& issuer, const CertificateOrder& order) {
  const Profile& profile = profile_of(order.role);
  Extensions out;
  out.key_usage = profile.key_usage;
  out.extended_key_usage.assign(profile.extended_key_usage.begin(), profile.extended_key_usage.end());
  out.policies.push_back({std::string(profile.policy), {}});
  if (order.key_origin)
    out.policies.push_back({std::string(key_origin_policy(*order.key_origin)), order.registered_by});
  out.alternative_names = order.alternative_names;
  out.subject_key_id = key_identifier(order.key);
  out.authority_key_id = issuer.certificate.extensions().subject_key_id;
  out.ocsp_no_check = order.role == Role::kOcspResponder;
  out.ocsp_url = out.ocsp_no_check ? std::string() : order.ocsp_url;
  out.crl_url = order.crl_url;
  return out;
}

Result<void> check_order(const Issuer& issuer, const CertificateOrder& order) {
  const auto wrong = [](std::string_view what) {
    return fail(ErrorCode::kWrongRole, "issue: " + std::string(what));
  };
  const Profile& profile = profile_of(order.role);
  const std::vector<Policy>& permitted = issuer.certificate.extensions().policies;
  if (!issuer.certificate.is_ca() || issuer.key.public_key() != issuer.certificate.public_key())
    return wrong("issuer is no CA, or the key is not its own");
  if (std::ranges::find(permitted, profile.policy, &Policy::oid) == permitted.end())
    return wrong("issuer may not issue for role " + std::string(profile.name));
  if (!order.registered_by.empty() && !order.key_origin) return wrong("registration without key origin");
  if (order.role == Role::kMerchant && order.subject.text().size() > kLongestMerchantName)
    return fail(ErrorCode::kNameNotPermitted, "issue: a merchant's name has at most 200 octets");
  return ok();
}

}  // namespace

Result<Certificate> create_network_root(const Name& network, const crypto::PrivateKey& key, TimePoint now) {
  const Profile& profile = profile_of(Role::kNetworkRoot);
  Extensions extensions;
  extensions.certificate_authority = std::optional<int>(1);
  extensions.key_usage = profile.key_usage;
  extensions.subject_key_id = key_identifier(key.public_key());
  TRY(Certificate root,
      sign_certificate({network, network, key.public_key(), now, now + profile.lifetime}, extensions, key));
  TRY(check_root(root));
  return root;
}

Result<Certificate> create_data_centre_ca(const Issuer& root, const NameLimits& limits,
                                          const crypto::PublicKey& key, TimePoint now) {
  const Profile& profile = profile_of(Role::kDataCentre);
  Extensions extensions;
  extensions.certificate_authority = std::optional<int>(0);
  extensions.key_usage = profile.key_usage;
  extensions.policies = policies_of_a_ca();
  extensions.name_limits = limits;
  extensions.subject_key_id = key_identifier(key);
  extensions.authority_key_id = root.certificate.extensions().subject_key_id;
  TRY(Name subject, limits.subtree.child("CN", "Certification Authority 1"));
  const TimePoint end = std::min<TimePoint>(now + profile.lifetime, root.certificate.not_after());
  TRY(Certificate ca, sign_certificate({root.certificate.subject(), std::move(subject), key, now, end},
                                       extensions, root.key));
  TRY(verify_chain(ca, nullptr, root.certificate, {}, now));
  TRY(check_data_centre_ca(ca, root.certificate));
  return ca;
}

Result<Certificate> create_map_signer(const Issuer& root, const crypto::PublicKey& key, TimePoint now) {
  const Profile& profile = profile_of(Role::kNetworkMapSigner);
  Extensions extensions;
  extensions.key_usage = profile.key_usage;
  extensions.extended_key_usage.assign(profile.extended_key_usage.begin(), profile.extended_key_usage.end());
  extensions.policies.push_back({std::string(profile.policy), {}});
  extensions.subject_key_id = key_identifier(key);
  extensions.authority_key_id = root.certificate.extensions().subject_key_id;
  const Name& network = root.certificate.subject();
  TRY(Name subject, map_signer_name(network));
  const TimePoint begin = whole_seconds(now);
  const TimePoint end = std::min<TimePoint>(begin + profile.lifetime, root.certificate.not_after());
  TRY(Certificate signer,
      sign_certificate({network, std::move(subject), key, begin, end}, extensions, root.key));
  TRY(verify_path_to_root(signer, root.certificate, Role::kNetworkMapSigner, begin));
  return signer;
}

Result<Certificate> certify_next_root(const Issuer& root, const Certificate& next, TimePoint now) {
  TRY(check_root(next));
  Extensions extensions = next.extensions();
  extensions.authority_key_id = root.certificate.extensions().subject_key_id;
  const TimePoint begin = whole_seconds(now);
  const TimePoint end = std::min<TimePoint>(root.certificate.not_after(), next.not_after());
  TRY(Certificate link,
      sign_certificate({root.certificate.subject(), next.subject(), next.public_key(), begin, end},
                       extensions, root.key));
  TRY(verify_next_root(next, link, root.certificate, begin));
  return link;
}

Result<Certificate> issue_certificate(const Issuer& issuer, const CertificateOrder& order) {
  TRY(check_order(issuer, order));
  const TimePoint begin = whole_seconds(order.not_before);
  const TimePoint end = std::min<TimePoint>(begin + order.lifetime.value_or(profile_of(order.role).lifetime),
                                            issuer.certificate.not_after());
  TRY(Certificate leaf, sign_certificate({issuer.certificate.subject(), order.subject, order.key, begin, end},
                                         extensions_of(issuer, order), issuer.key));
  TRY(check_leaf_profile(leaf, order.role));
  TRY(check_leaf_names(leaf, *issuer.certificate.extensions().name_limits, order.role));
  TRY(verify_chain(leaf, nullptr, issuer.certificate, profile_of(order.role).policy, begin));
  return leaf;
}

Result<Certificate> create_self_signed(const Name& name, const crypto::PrivateKey& key, TimePoint now,
                                       SelfSignedUse use) {
  constexpr std::chrono::days kLifetime{90};
  Extensions extensions;
  extensions.key_usage.digital_signature = use == SelfSignedUse::kSignature;
  extensions.key_usage.key_agreement = use == SelfSignedUse::kKeyAgreement;
  return sign_certificate({name, name, key.public_key(), whole_seconds(now), whole_seconds(now) + kLifetime},
                          extensions, key);
}

}  // namespace countersign::x509
