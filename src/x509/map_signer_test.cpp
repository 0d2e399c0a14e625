// SPDX-License-Identifier: Apache-2.0
// The one leaf that the root certifies itself, and the root that follows a root.
#include <gtest/gtest.h>

#include <algorithm>

#include "x509/path.h"
#include "x509/sample_network.h"
#include "x509/test_network.h"

namespace countersign::x509 {
namespace {

constexpr std::string_view kSubject = "CN=Network Map,O=Countersign Demo";

Issuer root_of(const TestNetwork& network) {
  return {network.root, network.root_key};
}

Certificate signer_of(const TestNetwork& network) {
  return create_map_signer(root_of(network), new_key().public_key(), network.now).value();
}

ErrorCode verified(const Certificate& signer, const TestNetwork& network) {
  return code_of(verify_path_to_root(signer, network.root, Role::kNetworkMapSigner, network.now));
}

// A network whose root signs, in the place of its CA, what an honest root never would.
TestNetwork forging_root(const TestNetwork& network) {
  TestNetwork out = network;
  out.ca = network.root;
  out.ca_key = network.root_key;
  return out;
}

TEST(MapSigner, IsCertifiedByTheRootForMapsAlone) {
  const TestNetwork network;
  const Certificate signer = signer_of(network);
  EXPECT_EQ(signer.subject(), name(kSubject));
  EXPECT_EQ(signer.role(), Role::kNetworkMapSigner);
  EXPECT_EQ(verified(signer, network), ErrorCode::kInternal);
  for (const Profile& used : all_profiles()) {
    EXPECT_FALSE(verify_path(signer, network.anchor, used.role, network.now)) << used.name;
    if (used.role == Role::kNetworkMapSigner) continue;
    EXPECT_EQ(code_of(verify_path_to_root(signer, network.root, used.role, network.now)),
              ErrorCode::kWrongRole)
        << used.name;
  }
}

TEST(MapSigner, IsNobodyBelowADataCentre) {
  const TestNetwork network;
  for (const Profile& profile : all_profiles()) {
    if (profile.certified_by != Role::kDataCentre) continue;
    EXPECT_EQ(verified(network.issue(profile.role), network), ErrorCode::kCertificateUnknown) << profile.name;
  }
  EXPECT_EQ(verified(network.ca, network), ErrorCode::kWrongRole);
  EXPECT_FALSE(verify_path_to_root(network.root, network.root, Role::kNetworkMapSigner, network.now));
}

TEST(MapSigner, CannotBeIssuedByACaEvenIfItTries) {
  const TestNetwork network;
  CertificateOrder order = network.order(Role::kOperator, new_key().public_key());
  order.role = Role::kNetworkMapSigner;
  EXPECT_EQ(code_of(issue_certificate(network.issuer(), order)), ErrorCode::kWrongRole);

  Extensions extensions = signer_of(network).extensions();
  const Certificate below_the_ca = network.forge(name(kSubject), extensions);
  EXPECT_EQ(verified(below_the_ca, network), ErrorCode::kCertificateUnknown);
  extensions.authority_key_id = network.ca.extensions().subject_key_id;
  const Certificate with_its_key = network.forge(name(kSubject), extensions);
  EXPECT_EQ(verified(with_its_key, network), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(verify_path(with_its_key, network.anchor, Role::kNetworkMapSigner, network.now)),
            ErrorCode::kWrongRole);
}

TEST(MapSigner, IsRefusedWithASignatureOfSomebodyElse) {
  const TestNetwork network;
  const Bytes der = signer_of(network).der();
  const SignedStructure parts = read_signed_structure(der).value();
  const Bytes other = signer_of(network).der();
  const SignedStructure donor = read_signed_structure(other).value();
  const Bytes spliced =
      der::sequence({parts.to_be_signed, ecdsa_with_sha256(), der::bit_string(donor.signature)});
  EXPECT_EQ(verified(Certificate::from_der(spliced).value(), network), ErrorCode::kSignatureInvalid);
  const TestNetwork stranger;
  EXPECT_EQ(verified(signer_of(stranger), network), ErrorCode::kCertificateUnknown);
}

struct BentSigner {
  const char* name;
  std::string_view subject;
  void (*bend)(Extensions&);
  ErrorCode code;
};

TEST(MapSigner, LooksExactlyLikeItsProfile) {
  const BentSigner rows[] = {
      {"another name", "CN=Network Maps,O=Countersign Demo", [](Extensions&) {},
       ErrorCode::kNameNotPermitted},
      {"a name in a data centre", "CN=Network Map,OU=seoul-1,OU=kr,O=Countersign Demo", [](Extensions&) {},
       ErrorCode::kNameNotPermitted},
      {"no policy", kSubject, [](Extensions& e) { e.policies.clear(); }, ErrorCode::kWrongRole},
      {"the policy of another role", kSubject,
       [](Extensions& e) { e.policies[0].oid = profile_of(Role::kConfirmationSigner).policy; },
       ErrorCode::kWrongRole},
      {"two roles", kSubject,
       [](Extensions& e) {
         e.policies.push_back({std::string(profile_of(Role::kOperator).policy), {}});
       },
       ErrorCode::kWrongRole},
      {"a key for TLS besides", kSubject,
       [](Extensions& e) { e.extended_key_usage.emplace_back("1.3.6.1.5.5.7.3.1"); }, ErrorCode::kWrongRole},
      {"a host", kSubject, [](Extensions& e) { e.alternative_names.dns = {"localhost"}; },
       ErrorCode::kWrongRole},
      {"a CA", kSubject,
       [](Extensions& e) {
         e.certificate_authority = std::optional<int>(0);
         e.key_usage = {.key_cert_sign = true, .crl_sign = true};
         e.extended_key_usage.clear();
       },
       ErrorCode::kWrongRole}};
  const TestNetwork network;
  const TestNetwork root = forging_root(network);
  for (const BentSigner& row : rows) {
    Extensions extensions = signer_of(network).extensions();
    ASSERT_EQ(verified(root.forge(name(kSubject), extensions), network), ErrorCode::kInternal);
    row.bend(extensions);
    EXPECT_EQ(verified(root.forge(name(row.subject), extensions), network), row.code) << row.name;
  }
}

TEST(MapSigner, KnowsItsBeginAndItsEnd) {
  const TestNetwork network;
  const Certificate signer = signer_of(network);
  const auto at = [&](TimePoint time) {
    return code_of(verify_path_to_root(signer, network.root, Role::kNetworkMapSigner, time));
  };
  EXPECT_EQ(at(signer.not_before() - Seconds(1)), ErrorCode::kNotYetValid);
  EXPECT_EQ(at(signer.not_after() - Seconds(1)), ErrorCode::kInternal);
  EXPECT_EQ(at(signer.not_after()), ErrorCode::kExpired);
  EXPECT_EQ(signer.not_after() - signer.not_before(), std::chrono::days(731));
  const Certificate late = create_map_signer(root_of(network), new_key().public_key(),
                                             network.root.not_after() - std::chrono::days(1))
                               .value();
  EXPECT_EQ(late.not_after(), network.root.not_after());
}

TEST(MapSigner, IsNotAmongThePoliciesOfADataCentresCa) {
  const TestNetwork network;
  const std::string policy(profile_of(Role::kNetworkMapSigner).policy);
  EXPECT_EQ(std::ranges::count(network.ca.policies(), policy), 0);
  Extensions extensions = network.ca.extensions();
  extensions.policies.push_back({policy, {}});
  const Certificate greedy = forging_root(network).forge(network.ca.subject(), extensions);
  EXPECT_EQ(code_of(TrustAnchor::create(network.root, {greedy}, network.now)), ErrorCode::kWrongRole);
}

TEST(MapSigner, IsAcceptedByOpenSslForItsPolicyUnderTheRootAlone) {
  const TestNetwork network;
  ExchangeFolder folder;
  folder.write_pem("root.pem", network.root);
  folder.write_pem("signer.pem", signer_of(network));
  const auto verifies = [&](Role role) {
    return folder.run("openssl verify -x509_strict -check_ss_sig -CAfile root.pem -attime " +
                      std::to_string(unix_seconds(network.now)) + " -explicit_policy -policy " +
                      std::string(profile_of(role).policy) + " signer.pem");
  };
  EXPECT_TRUE(verifies(Role::kNetworkMapSigner)) << folder.output();
  EXPECT_FALSE(verifies(Role::kConfirmationSigner));
}

struct NextRoot {
  TestNetwork network;
  crypto::PrivateKey key = new_key();
  Certificate next = create_network_root(name("O=Countersign Demo"), key, network.now).value();
  Certificate link = certify_next_root(root_of(network), next, network.now).value();
  ErrorCode verified(const Certificate& stated, const Certificate& stated_link) const {
    return code_of(verify_next_root(stated, stated_link, network.root, network.now));
  }
};

TEST(NextRoot, IsVouchedForByTheRootBeforeIt) {
  const NextRoot roots;
  EXPECT_EQ(roots.verified(roots.next, roots.link), ErrorCode::kInternal);
  EXPECT_TRUE(verify_path_to_root(
      create_map_signer({roots.next, roots.key}, new_key().public_key(), roots.network.now).value(),
      roots.next, Role::kNetworkMapSigner, roots.network.now));
  ExchangeFolder folder;
  folder.write_pem("root.pem", roots.network.root);
  folder.write_pem("link.pem", roots.link);
  EXPECT_TRUE(folder.run("openssl verify -x509_strict -CAfile root.pem -attime " +
                         std::to_string(unix_seconds(roots.network.now)) + " link.pem"))
      << folder.output();
}

TEST(NextRoot, IsRefusedWhereTheRootDoesNotVouchForIt) {
  const NextRoot roots;
  const TestNetwork& network = roots.network;
  const NextRoot others;
  EXPECT_EQ(roots.verified(others.next, roots.link), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(roots.verified(others.next, others.link), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(roots.verified(roots.next, roots.next), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(roots.verified(network.root, network.root), ErrorCode::kConflict);
  EXPECT_EQ(roots.verified(roots.link, roots.link), ErrorCode::kSignatureInvalid);
  EXPECT_EQ(roots.verified(network.ca, roots.link), ErrorCode::kWrongRole);
  const Certificate elsewhere = create_network_root(name("O=Other"), roots.key, network.now).value();
  EXPECT_EQ(roots.verified(elsewhere, roots.link), ErrorCode::kNameNotPermitted);
  EXPECT_EQ(code_of(certify_next_root(root_of(network), elsewhere, network.now)),
            ErrorCode::kNameNotPermitted);
  EXPECT_EQ(code_of(certify_next_root(root_of(network), network.root, network.now)), ErrorCode::kConflict);
  EXPECT_EQ(code_of(certify_next_root(root_of(network), network.ca, network.now)), ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(verify_next_root(roots.next, roots.link, network.root, roots.link.not_after())),
            ErrorCode::kExpired);
}

// Whoever holds the key that signs maps cannot vouch for a root.
TEST(NextRoot, IsNotTheMapSignersToName) {
  const NextRoot roots;
  TestNetwork signer = roots.network;
  signer.ca_key = new_key();
  signer.ca = create_map_signer(root_of(roots.network), signer.ca_key.public_key(), signer.now).value();
  Extensions extensions = roots.link.extensions();
  extensions.authority_key_id = signer.ca.extensions().subject_key_id;
  const Bytes forged =
      signer.forge(roots.next.subject().der(), roots.key.public_key(), encode_extensions(extensions).value());
  EXPECT_EQ(roots.verified(roots.next, Certificate::from_der(forged).value()),
            ErrorCode::kCertificateUnknown);
  TestNetwork impersonator = roots.network;
  impersonator.ca = roots.network.root;
  impersonator.ca_key = signer.ca_key;
  const Bytes unsigned_by_root = impersonator.forge(roots.next.subject().der(), roots.key.public_key(),
                                                    encode_extensions(roots.link.extensions()).value());
  EXPECT_EQ(roots.verified(roots.next, Certificate::from_der(unsigned_by_root).value()),
            ErrorCode::kSignatureInvalid);
}

// A link is no data centre's CA, and no root for those who know only the one before it.
TEST(NextRoot, HasALinkThatServesForNothingElse) {
  const NextRoot roots;
  EXPECT_EQ(code_of(TrustAnchor::create(roots.network.root, {roots.link}, roots.network.now)),
            ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(TrustAnchor::create(roots.link, {}, roots.network.now)), ErrorCode::kSignatureInvalid);
}

}  // namespace
}  // namespace countersign::x509
