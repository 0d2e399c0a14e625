// SPDX-License-Identifier: Apache-2.0
#include "x509/rules.h"

#include <algorithm>

#include "x509/hosts.h"

namespace countersign::x509 {
namespace {

auto refused(ErrorCode code, const Certificate& certificate, std::string_view what) {
  return fail(code, "certificate " + certificate.subject().text() + ": " + std::string(what));
}

// The policies that a data centre's CA may issue.
bool is_known_policy(std::string_view oid) {
  if (const std::optional<Role> role = role_of_policy(oid))
    return profile_of(*role).certified_by == Role::kDataCentre;
  return oid == key_origin_policy(KeyOrigin::kAuthority) || oid == key_origin_policy(KeyOrigin::kHolder);
}

// Who registered the holder is said once, with the key origin, and of purchasers only.
bool has_misplaced_notice(const Extensions& extensions, Role role) {
  const bool is_purchaser = role == Role::kPurchaser || role == Role::kPurchaserAgreement;
  return std::ranges::any_of(extensions.policies, [&](const Policy& policy) {
    return !policy.notice.empty() && (!is_purchaser || role_of_policy(policy.oid));
  });
}

// Lists that a certificate may hold in another order than the profile.
bool is_same_set(const std::vector<std::string>& a, std::span<const std::string_view> b) {
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

bool has_key_identifiers(const Extensions& extensions) {
  return !extensions.subject_key_id.empty() && !extensions.authority_key_id.empty();
}

Result<void> check_host(const Certificate& leaf, const NameLimits& limits, const std::string& host) {
  const bool permitted =
      is_dns_name(host)
          ? std::ranges::any_of(limits.dns,
                                [&](const auto& domain) { return is_within_domain(host, domain); })
          : std::ranges::any_of(limits.ip, [&](const auto& range) { return is_within_range(host, range); });
  if (!permitted)
    return refused(ErrorCode::kNameNotPermitted, leaf, "host " + host + " is not its CA's to name");
  return ok();
}

Result<void> check_hosts(const Certificate& leaf, const NameLimits& limits) {
  const AlternativeNames& names = leaf.alternative_names();
  for (const std::string& host : names.dns) {
    TRY(check_host(leaf, limits, host));
  }
  for (const std::string& address : names.ip) {
    TRY(check_host(leaf, limits, address));
  }
  for (const std::string& origin : names.origins) {
    TRY(const std::string host, host_of_origin(origin));
    TRY(check_host(leaf, limits, host));
  }
  return ok();
}

bool is_certificate_authority(const Extensions& extensions, int path_length, Role role) {
  return extensions.certificate_authority == std::optional<int>(path_length) &&
         extensions.key_usage == profile_of(role).key_usage && extensions.extended_key_usage.empty() &&
         extensions.alternative_names.empty() && !extensions.ocsp_no_check &&
         !extensions.subject_key_id.empty();
}

bool is_root_authority(const Extensions& extensions) {
  return is_certificate_authority(extensions, 1, Role::kNetworkRoot) && extensions.policies.empty() &&
         !extensions.name_limits;
}

}  // namespace

Result<void> check_leaf_profile(const Certificate& leaf, Role role) {
  const Profile& profile = profile_of(role);
  const Extensions& extensions = leaf.extensions();
  const auto wrong = [&](std::string_view what) { return refused(ErrorCode::kWrongRole, leaf, what); };
  if (profile.policy.empty() || leaf.role() != role) {
    const std::string_view actual = leaf.role() ? profile_of(*leaf.role()).name : "of no role";
    return wrong("is " + std::string(actual) + ", not " + std::string(profile.name));
  }
  if (extensions.key_usage != profile.key_usage) return wrong("key usage is not its role's");
  if (!is_same_set(extensions.extended_key_usage, profile.extended_key_usage))
    return wrong("extended key usage is not its role's");
  if (extensions.policies.size() != (profile.states_key_origin ? 2U : 1U) ||
      leaf.key_origin().has_value() != profile.states_key_origin || has_misplaced_notice(extensions, role))
    return wrong("policies are not its role's");
  if (!profile.may_name_hosts && !extensions.alternative_names.empty()) return wrong("names hosts");
  if (extensions.ocsp_no_check != (role == Role::kOcspResponder)) return wrong("ocsp-nocheck");
  if (extensions.name_limits || !has_key_identifiers(extensions))
    return wrong("extensions are not its role's");
  if (leaf.not_after() - leaf.not_before() > profile.lifetime)
    return wrong("lives longer than its role's profile");
  return ok();
}

Result<void> check_leaf_names(const Certificate& leaf, const NameLimits& limits, Role role) {
  TRY(const Name subtree, limits.subtree.child("OU", profile_of(role).subtree));
  if (!leaf.subject().is_below(subtree))
    return refused(ErrorCode::kNameNotPermitted, leaf, "not below " + subtree.text());
  return check_hosts(leaf, limits);
}

Result<void> check_root(const Certificate& root) {
  if (root.subject() != root.issuer() || !is_root_authority(root.extensions()))
    return refused(ErrorCode::kWrongRole, root, "not a network root");
  const Result<void> signature = root.verify_signature(root.public_key());
  if (!signature) return refused(ErrorCode::kSignatureInvalid, root, "not signed by itself");
  return ok();
}

Result<void> check_root_link(const Certificate& link) {
  if (!is_root_authority(link.extensions()) || link.extensions().authority_key_id.empty())
    return refused(ErrorCode::kWrongRole, link, "not a root's certificate for another");
  return ok();
}

Result<void> check_data_centre_ca(const Certificate& ca, const Certificate& root) {
  const Extensions& extensions = ca.extensions();
  const bool known_policies = std::ranges::all_of(extensions.policies, [](const Policy& policy) {
    return is_known_policy(policy.oid) && policy.notice.empty();
  });
  if (!is_certificate_authority(extensions, 0, Role::kDataCentre) || !known_policies ||
      extensions.policies.empty() || !extensions.name_limits || extensions.authority_key_id.empty())
    return refused(ErrorCode::kWrongRole, ca, "not a data centre's CA");
  const Name& subtree = extensions.name_limits->subtree;
  if (!subtree.is_below(root.subject()) || !ca.subject().is_below(subtree))
    return refused(ErrorCode::kNameNotPermitted, ca, "not within its network and its own subtree");
  return ok();
}

}  // namespace countersign::x509
