// SPDX-License-Identifier: Apache-2.0
#include "x509/issue.h"

#include <gtest/gtest.h>

#include "x509/test_network.h"

namespace countersign::x509 {
namespace {

std::vector<Role> leaf_roles() {
  std::vector<Role> out;
  for (const Profile& profile : all_profiles())
    if (profile.certified_by == Role::kDataCentre) out.push_back(profile.role);
  return out;
}

TEST(IssueCertificate, MakesEveryRoleAsItsProfileSays) {
  const TestNetwork network;
  for (const Role role : leaf_roles()) {
    const Certificate leaf = network.issue(role);
    EXPECT_EQ(leaf.role(), role);
    EXPECT_EQ(leaf.extensions().key_usage, profile_of(role).key_usage);
    EXPECT_EQ(leaf.extensions().ocsp_no_check, role == Role::kOcspResponder);
    EXPECT_TRUE(verify_path(leaf, network.anchor, role, network.now)) << profile_of(role).name;
  }
}

TEST(IssueCertificate, NeverOutlivesItsIssuerOrItsProfile) {
  const TestNetwork network;
  CertificateOrder order = network.order(Role::kPurchaser, new_key().public_key());
  order.lifetime = std::chrono::hours(1);
  EXPECT_EQ(issue_certificate(network.issuer(), order).value().not_after(),
            network.now + std::chrono::hours(1));
  order.lifetime = profile_of(Role::kPurchaser).lifetime + std::chrono::days(1);
  EXPECT_EQ(code_of(issue_certificate(network.issuer(), order)), ErrorCode::kWrongRole);
  order.lifetime = {};
  order.not_before = network.ca.not_after() - std::chrono::hours(1);
  EXPECT_EQ(issue_certificate(network.issuer(), order).value().not_after(), network.ca.not_after());
  order.not_before = network.ca.not_after();
  EXPECT_FALSE(issue_certificate(network.issuer(), order));
}

struct RefusedOrder {
  const char* name;
  Role role;
  void (*change)(CertificateOrder&);
  ErrorCode code;
};

TEST(IssueCertificate, RefusesWhatProfileOrConstraintsDoNotAllow) {
  const RefusedOrder rows[] = {
      {"subject of another data centre", Role::kMerchant,
       [](CertificateOrder& o) { o.subject = name("CN=x,OU=merchants,OU=busan-1,OU=kr,O=Countersign Demo"); },
       ErrorCode::kNameNotPermitted},
      {"merchant among the purchasers", Role::kMerchant,
       [](CertificateOrder& o) {
         o.subject = name("CN=x,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
       },
       ErrorCode::kNameNotPermitted},
      {"the folder of merchants itself", Role::kMerchant,
       [](CertificateOrder& o) { o.subject = name("OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"); },
       ErrorCode::kNameNotPermitted},
      {"DNS name outside", Role::kMerchant,
       [](CertificateOrder& o) { o.alternative_names.dns = {"example.com"}; }, ErrorCode::kNameNotPermitted},
      {"DNS name that ends like a permitted one", Role::kMerchant,
       [](CertificateOrder& o) { o.alternative_names.dns = {"evilexample.kr"}; },
       ErrorCode::kNameNotPermitted},
      {"IP address outside", Role::kAuthorityServer,
       [](CertificateOrder& o) { o.alternative_names.ip = {"10.0.0.1"}; }, ErrorCode::kNameNotPermitted},
      {"IPv6 address where only IPv4 is permitted", Role::kAuthorityServer,
       [](CertificateOrder& o) { o.alternative_names.ip = {"::1"}; }, ErrorCode::kNameNotPermitted},
      {"origin outside", Role::kMerchant,
       [](CertificateOrder& o) { o.alternative_names.origins = {"https://shop.example.com"}; },
       ErrorCode::kNameNotPermitted},
      {"origin at an IP address outside", Role::kMerchant,
       [](CertificateOrder& o) { o.alternative_names.origins = {"https://10.0.0.1"}; },
       ErrorCode::kNameNotPermitted},
      {"origin with a path", Role::kMerchant,
       [](CertificateOrder& o) { o.alternative_names.origins = {"https://shop.example.kr/"}; },
       ErrorCode::kMalformed},
      {"purchaser with a host", Role::kPurchaser,
       [](CertificateOrder& o) { o.alternative_names.dns = {"localhost"}; }, ErrorCode::kWrongRole},
      {"purchaser without key origin", Role::kPurchaser, [](CertificateOrder& o) { o.key_origin = {}; },
       ErrorCode::kWrongRole},
      {"confirmation signer with key origin", Role::kConfirmationSigner,
       [](CertificateOrder& o) { o.key_origin = KeyOrigin::kHolder; }, ErrorCode::kWrongRole},
      {"merchant registered by a merchant", Role::kMerchant,
       [](CertificateOrder& o) { o.registered_by = "CN=x"; }, ErrorCode::kWrongRole},
      {"registration with control characters", Role::kPurchaser,
       [](CertificateOrder& o) { o.registered_by = "a\nb"; }, ErrorCode::kMalformed},
      {"merchant's name too long to be stated elsewhere", Role::kMerchant,
       [](CertificateOrder& o) {
         o.subject =
             name("CN=" + std::string(190, 'x') + ",OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
       },
       ErrorCode::kNameNotPermitted},
      {"status address that is no URL", Role::kMerchant, [](CertificateOrder& o) { o.ocsp_url = "ftp://x"; },
       ErrorCode::kMalformed},
      {"a CA below the CA", Role::kDataCentre, [](CertificateOrder&) {}, ErrorCode::kWrongRole},
      {"a root below the CA", Role::kNetworkRoot, [](CertificateOrder&) {}, ErrorCode::kWrongRole}};
  const TestNetwork network;
  for (const RefusedOrder& row : rows) {
    CertificateOrder order = network.order(Role::kMerchant, new_key().public_key());
    if (!profile_of(row.role).policy.empty()) order = network.order(row.role, new_key().public_key());
    order.role = row.role;
    row.change(order);
    EXPECT_EQ(code_of(issue_certificate(network.issuer(), order)), row.code) << row.name;
  }
}

TEST(IssueCertificate, RefusesAnIssuerThatIsNotACaOrHasAnotherKey) {
  const TestNetwork network;
  const CertificateOrder order = network.order(Role::kPurchaser, new_key().public_key());
  const crypto::PrivateKey merchant_key = new_key();
  const Certificate merchant = network.issue(Role::kMerchant, merchant_key.public_key());
  EXPECT_EQ(code_of(issue_certificate({merchant, merchant_key}, order)), ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(issue_certificate({network.ca, merchant_key}, order)), ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(issue_certificate({network.root, network.root_key}, order)), ErrorCode::kWrongRole);
}

TEST(CreateDataCentreCa, RefusesSubtreesOutsideOfTheNetworkAndOddLimits) {
  const TestNetwork network;
  const Issuer root{network.root, network.root_key};
  const crypto::PublicKey key = new_key().public_key();
  NameLimits limits = limits_of("OU=busan-1");
  EXPECT_TRUE(create_data_centre_ca(root, limits, key, network.now));
  limits.subtree = name("OU=busan-1,O=Other");
  EXPECT_EQ(code_of(create_data_centre_ca(root, limits, key, network.now)), ErrorCode::kNameNotPermitted);
  limits.subtree = network.root.subject();
  EXPECT_EQ(code_of(create_data_centre_ca(root, limits, key, network.now)), ErrorCode::kNameNotPermitted);
  limits = limits_of("OU=busan-1");
  limits.dns = {"*.kr"};
  EXPECT_EQ(code_of(create_data_centre_ca(root, limits, key, network.now)), ErrorCode::kMalformed);
  limits.dns = {};
  limits.ip = {"127.0.0.1/8"};
  EXPECT_EQ(code_of(create_data_centre_ca(root, limits, key, network.now)), ErrorCode::kMalformed);
}

TEST(NameLimits, SurviveTheCertificateInEveryCombination) {
  for (unsigned which = 0; which < 8; ++which) {
    NameLimits limits = limits_of("OU=seoul-1");
    if ((which & 1U) == 0) limits.dns.clear();
    if ((which & 2U) == 0) limits.ip = {};
    if ((which & 4U) != 0) limits.email = {"example.kr", ".example.kr"};
    const Bytes encoded = encode_name_limits(limits).value();
    EXPECT_EQ(parse_name_limits(encoded).value(), limits) << which;
  }
}

}  // namespace
}  // namespace countersign::x509
