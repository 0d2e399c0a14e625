// SPDX-License-Identifier: Apache-2.0
#include "x509/profile.h"

#include <algorithm>
#include <array>

namespace countersign::x509 {
namespace {

using std::chrono::days;

constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
constexpr std::string_view kClientAuth = "1.3.6.1.5.5.7.3.2";
constexpr std::string_view kOcspSigning = "1.3.6.1.5.5.7.3.9";
constexpr std::string_view kDocumentSigning = "1.3.6.1.5.5.7.3.36";  // RFC 9336

constexpr std::string_view kOcspResponderUse[] = {kOcspSigning};
constexpr std::string_view kDocumentUse[] = {kDocumentSigning};
constexpr std::string_view kTlsUse[] = {kServerAuth, kClientAuth};
constexpr std::string_view kTlsAndDocumentUse[] = {kServerAuth, kClientAuth, kDocumentSigning};
constexpr std::string_view kOperatorUse[] = {kClientAuth};
constexpr std::string_view kTimeStampingUse[] = {kTimeStampingUsage};

constexpr KeyUsage kAuthorityUsage{.key_cert_sign = true, .crl_sign = true};
constexpr KeyUsage kSignature{.digital_signature = true};
constexpr KeyUsage kCommitment{.digital_signature = true, .non_repudiation = true};
constexpr KeyUsage kAgreement{.key_agreement = true};

// Policies <arc>.1.n name roles, <arc>.2.n where the key was made.
#define COUNTERSIGN_ARC "2.25.5029185730381929265412404197190874440"
static_assert(kPolicyArc == COUNTERSIGN_ARC);
constexpr std::string_view kMadeByAuthority = COUNTERSIGN_ARC ".2.1";
constexpr std::string_view kMadeByHolder = COUNTERSIGN_ARC ".2.2";

constexpr std::array kProfiles{
    Profile{Role::kNetworkRoot,
            "network-root",
            "",
            kAuthorityUsage,
            {},
            "",
            days(7305),
            false,
            false,
            Role::kNetworkRoot},
    Profile{Role::kDataCentre,
            "data-centre",
            "",
            kAuthorityUsage,
            {},
            "",
            days(3652),
            false,
            false,
            Role::kNetworkRoot},
    Profile{Role::kOcspResponder, "ocsp-responder", COUNTERSIGN_ARC ".1.1", kSignature, kOcspResponderUse,
            "authority", days(365), false, false},
    Profile{Role::kConfirmationSigner, "confirmation-signer", COUNTERSIGN_ARC ".1.2", kCommitment,
            kDocumentUse, "authority", days(1095), false, false},
    Profile{Role::kAuthorityServer, "authority-server", COUNTERSIGN_ARC ".1.3", kSignature, kTlsUse,
            "authority", days(397), true, false},
    Profile{Role::kMerchant, "merchant", COUNTERSIGN_ARC ".1.4", kCommitment, kTlsAndDocumentUse, "merchants",
            days(397), true, true},
    Profile{Role::kPurchaser, "purchaser", COUNTERSIGN_ARC ".1.5", kCommitment, kDocumentUse, "purchasers",
            days(730), false, true},
    Profile{Role::kPurchaserAgreement,
            "purchaser-agreement",
            COUNTERSIGN_ARC ".1.6",
            kAgreement,
            {},
            "purchasers",
            days(730),
            false,
            true},
    Profile{Role::kOperator, "operator", COUNTERSIGN_ARC ".1.7", kSignature, kOperatorUse, "operators",
            days(365), false, false},
    Profile{Role::kCardCompany, "card-company", COUNTERSIGN_ARC ".1.8", kCommitment, kTlsAndDocumentUse,
            "card-companies", days(397), true, false},
    Profile{Role::kCardCompanyAgreement,
            "card-company-agreement",
            COUNTERSIGN_ARC ".1.9",
            kAgreement,
            {},
            "card-companies",
            days(397),
            false,
            false},
    Profile{Role::kNetworkMapSigner, "network-map-signer", COUNTERSIGN_ARC ".1.10", kCommitment, kDocumentUse,
            "", days(731), false, false, Role::kNetworkRoot},
    Profile{Role::kTimeStamper, "time-stamper", COUNTERSIGN_ARC ".1.11", kSignature, kTimeStampingUse,
            "authority", days(1826), false, false},
    Profile{Role::kService, "service", COUNTERSIGN_ARC ".1.12", kCommitment, kTlsAndDocumentUse, "services",
            days(397), true, false},
};
#undef COUNTERSIGN_ARC

}  // namespace

std::span<const Profile> all_profiles() {
  return kProfiles;
}

const Profile& profile_of(Role role) {
  return *std::ranges::find(kProfiles, role, &Profile::role);
}

std::optional<Role> role_of_policy(std::string_view oid) {
  const auto found = std::ranges::find(kProfiles, oid, &Profile::policy);
  if (oid.empty() || found == kProfiles.end()) return std::nullopt;
  return found->role;
}

std::optional<Role> role_of_name(std::string_view name) {
  const auto found = std::ranges::find(kProfiles, name, &Profile::name);
  if (found == kProfiles.end()) return std::nullopt;
  return found->role;
}

std::string_view key_origin_policy(KeyOrigin origin) {
  return origin == KeyOrigin::kAuthority ? kMadeByAuthority : kMadeByHolder;
}

}  // namespace countersign::x509
