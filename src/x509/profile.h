// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace countersign::x509 {

// Role is what the holder of a certificate may do. Every certificate of a leaf carries exactly one role
// policy (RFC 5280 §4.2.1.4), and every use of a certificate demands one.
enum class Role {
  kNetworkRoot,
  kDataCentre,  // the CA of a data centre
  kOcspResponder,
  kConfirmationSigner,
  kAuthorityServer,     // TLS of an authority
  kMerchant,            // countersigns orders, serves its shop over TLS, speaks to its authority
  kPurchaser,           // signs orders
  kPurchaserAgreement,  // key agreement of the same holder: receives what is sealed
  kOperator,
  kCardCompany,           // decides over payments, signs what it decided, tells merchants over TLS
  kCardCompanyAgreement,  // key agreement of the same company: receives payment instructions
  kNetworkMapSigner,      // signs the network map; certified by the root itself
  kTimeStamper,           // says when something was there (RFC 3161)
  kService,               // carries out steps of procedures and signs what became of them, over TLS
};

// Where the private key was made; a second policy in purchasers' and merchants' certificates.
enum class KeyOrigin { kAuthority, kHolder };

// Bits of KeyUsage (RFC 5280 §4.2.1.3).
struct KeyUsage {
  bool digital_signature = false;
  bool non_repudiation = false;
  bool key_agreement = false;
  bool key_cert_sign = false;
  bool crl_sign = false;
  friend bool operator==(const KeyUsage&, const KeyUsage&) = default;
};

// Profile is what a certificate of a role looks like; data, enforced when issuing and when using.
struct Profile {
  Role role;
  std::string_view name;    // "merchant"
  std::string_view policy;  // dotted role policy OID; empty for CAs, which list those they may issue
  KeyUsage key_usage;
  std::span<const std::string_view> extended_key_usage;  // dotted OIDs
  std::string_view subtree;  // OU between data centre and subject ("merchants"), or empty
  std::chrono::days lifetime;
  bool may_name_hosts;                    // DNS, IP and https URI in subjectAltName
  bool states_key_origin;                 // carries a key origin policy beside the role's
  Role certified_by = Role::kDataCentre;  // whose key signs it: a data centre's CA's, or the root's
};

std::span<const Profile> all_profiles();
const Profile& profile_of(Role role);
std::optional<Role> role_of_policy(std::string_view oid);
std::optional<Role> role_of_name(std::string_view name);
std::string_view key_origin_policy(KeyOrigin origin);

// id-kp-timeStamping, which stands alone and critical wherever it stands (RFC 3161 §2.3).
inline constexpr std::string_view kTimeStampingUsage = "1.3.6.1.5.5.7.3.8";

// The arc of all policies: 2.25 (UUID) of ITU-T X.667.
inline constexpr std::string_view kPolicyArc = "2.25.5029185730381929265412404197190874440";

}  // namespace countersign::x509
