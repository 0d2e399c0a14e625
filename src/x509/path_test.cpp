// SPDX-License-Identifier: Apache-2.0
#include "x509/path.h"

#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <thread>

#include "x509/test_network.h"

namespace countersign::x509 {
namespace {

// The extensions of an honest certificate of that role, to be bent.
Extensions honest(const TestNetwork& network, Role role) {
  return network.issue(role).extensions();
}

TEST(VerifyPath, RefusesEveryExchangeOfRoles) {
  const TestNetwork network;
  for (const Profile& held : all_profiles()) {
    if (held.certified_by != Role::kDataCentre) continue;
    const Certificate leaf = network.issue(held.role);
    for (const Profile& used : all_profiles()) {
      const Result<void> result = verify_path(leaf, network.anchor, used.role, network.now);
      if (used.role == held.role)
        EXPECT_TRUE(result) << held.name;
      else
        EXPECT_EQ(code_of(result), ErrorCode::kWrongRole) << held.name << " as " << used.name;
    }
  }
}

TEST(VerifyPath, HoldsForThreadsThatAskForTheFirstTimeAtOnce) {
  const TestNetwork network;
  const Certificate made = network.issue(Role::kMerchant);
  for (int round = 0; round < 400; ++round) {
    const Certificate leaf = Certificate::from_der(made.der()).value();
    std::latch start(2);
    std::array<ErrorCode, 2> ends{};
    const auto verify = [&](std::size_t thread) {
      start.arrive_and_wait();
      ends.at(thread) = code_of(verify_path(leaf, network.anchor, Role::kMerchant, network.now));
    };
    std::jthread other(verify, 1);
    verify(0);
    other.join();
    ASSERT_EQ(ends[0], ErrorCode::kInternal) << "in round " << round;
    ASSERT_EQ(ends[1], ErrorCode::kInternal) << "in round " << round;
  }
}

TEST(VerifyPath, RefusesCasInTheRoleOfALeaf) {
  const TestNetwork network;
  for (const Certificate& ca : {network.root, network.ca})
    for (const Profile& profile : all_profiles())
      EXPECT_FALSE(verify_path(ca, network.anchor, profile.role, network.now)) << profile.name;
}

TEST(VerifyPath, KnowsBeginAndEndOfEachCertificate) {
  const TestNetwork network;
  const Certificate leaf = network.issue(Role::kPurchaser);
  const auto at = [&](TimePoint time) {
    return code_of(verify_path(leaf, network.anchor, Role::kPurchaser, time));
  };
  EXPECT_EQ(at(leaf.not_before() - Seconds(1)), ErrorCode::kNotYetValid);
  EXPECT_EQ(at(leaf.not_before()), ErrorCode::kInternal);
  EXPECT_EQ(at(leaf.not_after() - Seconds(1)), ErrorCode::kInternal);
  EXPECT_EQ(at(leaf.not_after()), ErrorCode::kExpired);
  EXPECT_EQ(at(network.root.not_after() + Seconds(1)), ErrorCode::kExpired);
  EXPECT_EQ(code_of(TrustAnchor::create(network.root, {network.ca}, network.now - Seconds(1))),
            ErrorCode::kNotYetValid);
  EXPECT_EQ(code_of(TrustAnchor::create(network.root, {network.ca}, network.ca.not_after())),
            ErrorCode::kExpired);
}

TEST(VerifyPath, RefusesCertificatesOfAnotherNetworkWithTheSameNames) {
  const TestNetwork network;
  const TestNetwork other;
  const Certificate foreign = other.issue(Role::kMerchant);
  EXPECT_FALSE(verify_path(foreign, network.anchor, Role::kMerchant, network.now));
  EXPECT_FALSE(TrustAnchor::create(network.root, {other.ca}, network.now));
  EXPECT_FALSE(TrustAnchor::create(network.ca, {}, network.now));
  EXPECT_FALSE(TrustAnchor::create(network.root, {network.root}, network.now));
  EXPECT_FALSE(TrustAnchor::create(network.root, {network.issue(Role::kMerchant)}, network.now));
}

TEST(VerifyPath, RefusesASignatureOfSomebodyElse) {
  const TestNetwork network;
  Bytes der = network.issue(Role::kMerchant).der();
  const Bytes donor = network.issue(Role::kMerchant).der();
  // The donor's signature under this certificate's contents: both end with one.
  const SignedStructure parts = read_signed_structure(der).value();
  const SignedStructure other = read_signed_structure(donor).value();
  const Bytes spliced =
      der::sequence({parts.to_be_signed, ecdsa_with_sha256(), der::bit_string(other.signature)});
  EXPECT_EQ(code_of(verify_path(Certificate::from_der(spliced).value(), network.anchor, Role::kMerchant,
                                network.now)),
            ErrorCode::kSignatureInvalid);
}

TEST(VerifyPath, DemandsTheCaOfTheLongestPath) {
  const TestNetwork network;
  const Issuer root{network.root, network.root_key};
  const crypto::PrivateKey country_key = new_key();
  NameLimits limits = limits_of("OU=seoul-1");
  limits.subtree = name("OU=kr,O=Countersign Demo");
  const Certificate country =
      create_data_centre_ca(root, limits, country_key.public_key(), network.now).value();
  const TrustAnchor anchor = TrustAnchor::create(network.root, {country, network.ca}, network.now).value();

  const Certificate of_seoul = network.issue(Role::kMerchant);
  EXPECT_EQ(*anchor.issuer_of(of_seoul), network.ca);
  EXPECT_TRUE(verify_path(of_seoul, anchor, Role::kMerchant, network.now));

  // The country's CA may name seoul-1 by its constraints, but seoul-1 has a CA of its own.
  CertificateOrder order = network.order(Role::kMerchant, new_key().public_key());
  order.subject = name("CN=x,OU=merchants,OU=kr,O=Countersign Demo");
  const Certificate in_country = issue_certificate({country, country_key}, order).value();
  EXPECT_EQ(*anchor.issuer_of(in_country), country);
  EXPECT_EQ(network.anchor.issuer_of(in_country), nullptr);
  EXPECT_TRUE(verify_path(in_country, anchor, Role::kMerchant, network.now));
  TestNetwork intruder = network;
  intruder.ca = country;
  intruder.ca_key = country_key;
  Extensions extensions = honest(network, Role::kMerchant);
  extensions.authority_key_id = country.extensions().subject_key_id;
  const Certificate forged =
      intruder.forge(name("CN=x,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"), extensions);
  EXPECT_EQ(anchor.issuer_of(forged), nullptr);
  EXPECT_EQ(code_of(verify_path(forged, anchor, Role::kMerchant, network.now)), ErrorCode::kNameNotPermitted);
}

// The same data centre with the same CA name, under a CA key that it changed to at `now`.
TestNetwork with_next_ca(const TestNetwork& network, TimePoint now) {
  TestNetwork next = network;
  next.ca_key = new_key();
  next.ca = create_data_centre_ca({network.root, network.root_key}, limits_of("OU=seoul-1"),
                                  next.ca_key.public_key(), now)
                .value();
  next.now = now;
  return next;
}

TEST(VerifyPath, KnowsADataCentreBeforeAndAfterItChangedItsCaKey) {
  const TestNetwork network;
  const TestNetwork next = with_next_ca(network, network.now + std::chrono::days(300));
  const TrustAnchor anchor = TrustAnchor::create(network.root, {network.ca, next.ca}, next.now).value();
  const Certificate before = network.issue(Role::kPurchaser);
  const Certificate after = next.issue(Role::kPurchaser);
  EXPECT_EQ(*anchor.issuer_of(before), network.ca);
  EXPECT_EQ(*anchor.issuer_of(after), next.ca);
  EXPECT_TRUE(verify_path(before, anchor, Role::kPurchaser, next.now));
  EXPECT_TRUE(verify_path(after, anchor, Role::kPurchaser, next.now));
  // Neither key answers for what the other issued, nor alone for both.
  EXPECT_EQ(code_of(verify_path(after, network.anchor, Role::kPurchaser, next.now)),
            ErrorCode::kCertificateUnknown);
  TestNetwork confused = network;  // signs with the key before and names the one after
  confused.now = next.now;
  Extensions extensions = honest(network, Role::kPurchaser);
  extensions.authority_key_id = next.ca.extensions().subject_key_id;
  const Certificate forged =
      confused.forge(name("UID=x,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo"), extensions);
  EXPECT_EQ(code_of(verify_path(forged, anchor, Role::kPurchaser, next.now)), ErrorCode::kSignatureInvalid);
}

TEST(TrustAnchor, TakesTheCertificateOfACaKeyThatEndsLast) {
  const TestNetwork network;
  const Certificate renewed =
      create_data_centre_ca({network.root, network.root_key}, limits_of("OU=seoul-1"),
                            network.ca_key.public_key(), network.now + std::chrono::days(300))
          .value();
  const TimePoint later = renewed.not_before();
  const Certificate leaf = network.issue(Role::kPurchaser);
  for (const auto& cas : {std::vector{network.ca, renewed}, std::vector{renewed, network.ca}}) {
    const TrustAnchor anchor = TrustAnchor::create(network.root, cas, later).value();
    EXPECT_EQ(*anchor.issuer_of(leaf), renewed);
    EXPECT_TRUE(verify_path(leaf, anchor, Role::kPurchaser, later));
  }
}

TEST(VerifyPath, RefusesSubjectsCraftedToEscapeTheSubtree) {
  const TestNetwork network;
  const Extensions extensions = honest(network, Role::kPurchaser);
  const char* const subjects[] = {"O=Countersign Demo",
                                  "UID=x,OU=purchasers,O=Countersign Demo",
                                  "UID=x,OU=purchasers,OU=busan-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers,OU=seoul-1x,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers,OU=seoul-,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers,OU=SEOUL-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers,OU=seoul-1,OU=kr,O=COUNTERSIGN DEMO",
                                  "UID=x,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign  Demo",
                                  "UID=x\\,OU\\=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers\\,OU\\=seoul-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=Purchasers,OU=seoul-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers,CN=seoul-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=purchasers,OU=kr,OU=seoul-1,O=Countersign Demo",
                                  "OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo",
                                  "UID=x,OU=authority,OU=seoul-1,OU=kr,O=Countersign Demo"};
  for (const char* subject : subjects) {
    const Result<void> result =
        verify_path(network.forge(name(subject), extensions), network.anchor, Role::kPurchaser, network.now);
    EXPECT_EQ(code_of(result), ErrorCode::kNameNotPermitted) << subject;
  }
  const Name honest_name = name("UID=x,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  EXPECT_TRUE(
      verify_path(network.forge(honest_name, extensions), network.anchor, Role::kPurchaser, network.now));
}

struct BentExtensions {
  const char* name;
  Role role;
  void (*bend)(Extensions&);
  ErrorCode code;
};

TEST(VerifyPath, RefusesCertificatesThatDoNotLookLikeTheirRole) {
  const BentExtensions rows[] = {
      {"TLS for another host", Role::kMerchant,
       [](Extensions& e) { e.alternative_names.dns = {"bank.example.com"}; }, ErrorCode::kNameNotPermitted},
      {"TLS for another address", Role::kMerchant,
       [](Extensions& e) { e.alternative_names.ip = {"192.0.2.1"}; }, ErrorCode::kNameNotPermitted},
      {"origin of another shop", Role::kMerchant,
       [](Extensions& e) { e.alternative_names.origins = {"https://bank.example.com"}; },
       ErrorCode::kNameNotPermitted},
      {"origin at another address", Role::kMerchant,
       [](Extensions& e) { e.alternative_names.origins = {"https://192.0.2.1"}; },
       ErrorCode::kNameNotPermitted},
      {"hosts for a purchaser", Role::kPurchaser,
       [](Extensions& e) { e.alternative_names.dns = {"localhost"}; }, ErrorCode::kWrongRole},
      {"two roles", Role::kPurchaser,
       [](Extensions& e) {
         e.policies.push_back({std::string(profile_of(Role::kMerchant).policy), {}});
       },
       ErrorCode::kWrongRole},
      {"any policy", Role::kPurchaser,
       [](Extensions& e) {
         e.policies = {{"2.5.29.32.0", {}}};
       },
       ErrorCode::kWrongRole},
      {"any policy beside the role", Role::kPurchaser,
       [](Extensions& e) {
         e.policies.push_back({"2.5.29.32.0", {}});
       },
       ErrorCode::kWrongRole},
      {"no policy", Role::kPurchaser, [](Extensions& e) { e.policies.clear(); }, ErrorCode::kWrongRole},
      {"no key origin", Role::kPurchaser, [](Extensions& e) { e.policies.pop_back(); },
       ErrorCode::kWrongRole},
      {"both key origins", Role::kPurchaser,
       [](Extensions& e) {
         e.policies.push_back({std::string(key_origin_policy(KeyOrigin::kHolder)), {}});
       },
       ErrorCode::kWrongRole},
      {"notice with the role", Role::kPurchaser, [](Extensions& e) { e.policies[0].notice = "CN=x"; },
       ErrorCode::kWrongRole},
      {"more key usage", Role::kPurchaser, [](Extensions& e) { e.key_usage.key_agreement = true; },
       ErrorCode::kWrongRole},
      {"less key usage", Role::kPurchaser, [](Extensions& e) { e.key_usage.non_repudiation = false; },
       ErrorCode::kWrongRole},
      {"more extended key usage", Role::kPurchaser,
       [](Extensions& e) { e.extended_key_usage.push_back("1.3.6.1.5.5.7.3.1"); }, ErrorCode::kWrongRole},
      {"no document signing for a card company", Role::kCardCompany,
       [](Extensions& e) { e.extended_key_usage.pop_back(); }, ErrorCode::kWrongRole},
      {"no commitment by a card company", Role::kCardCompany,
       [](Extensions& e) { e.key_usage.non_repudiation = false; }, ErrorCode::kWrongRole},
      {"signatures by a card company's agreement key", Role::kCardCompanyAgreement,
       [](Extensions& e) { e.key_usage.digital_signature = true; }, ErrorCode::kWrongRole},
      {"hosts for a card company's agreement key", Role::kCardCompanyAgreement,
       [](Extensions& e) { e.alternative_names.dns = {"localhost"}; }, ErrorCode::kWrongRole},
      {"document signing for an authority's server", Role::kAuthorityServer,
       [](Extensions& e) { e.extended_key_usage.push_back("1.3.6.1.5.5.7.3.36"); }, ErrorCode::kWrongRole},
      {"another use beside time-stamping", Role::kTimeStamper,
       [](Extensions& e) { e.extended_key_usage.push_back("1.3.6.1.5.5.7.3.36"); }, ErrorCode::kWrongRole},
      {"no time-stamping for who stamps", Role::kTimeStamper,
       [](Extensions& e) { e.extended_key_usage.clear(); }, ErrorCode::kWrongRole},
      {"time-stamping for another", Role::kConfirmationSigner,
       [](Extensions& e) { e.extended_key_usage = {std::string(kTimeStampingUsage)}; },
       ErrorCode::kWrongRole},
      {"commitment by who stamps", Role::kTimeStamper,
       [](Extensions& e) { e.key_usage.non_repudiation = true; }, ErrorCode::kWrongRole},
      {"no extended key usage", Role::kMerchant, [](Extensions& e) { e.extended_key_usage.clear(); },
       ErrorCode::kWrongRole},
      {"status never checked", Role::kConfirmationSigner, [](Extensions& e) { e.ocsp_no_check = true; },
       ErrorCode::kWrongRole},
      {"status to be checked", Role::kOcspResponder, [](Extensions& e) { e.ocsp_no_check = false; },
       ErrorCode::kWrongRole},
      {"constraints", Role::kPurchaser, [](Extensions& e) { e.name_limits = limits_of("OU=seoul-1"); },
       ErrorCode::kWrongRole},
      {"no key identifier", Role::kPurchaser, [](Extensions& e) { e.subject_key_id.clear(); },
       ErrorCode::kWrongRole},
      {"key identifier of another CA", Role::kPurchaser, [](Extensions& e) { e.authority_key_id[0] ^= 1; },
       ErrorCode::kCertificateUnknown}};
  const TestNetwork network;
  for (const BentExtensions& row : rows) {
    Extensions extensions = honest(network, row.role);
    const Name subject = network.order(row.role, network.ca.public_key()).subject;
    ASSERT_TRUE(verify_path(network.forge(subject, extensions), network.anchor, row.role, network.now))
        << row.name;
    row.bend(extensions);
    EXPECT_EQ(code_of(verify_path(network.forge(subject, extensions), network.anchor, row.role, network.now)),
              row.code)
        << row.name;
  }
}

TEST(VerifyPath, RefusesACaBelowTheCaAndWhatItIssued) {
  const TestNetwork network;
  const crypto::PrivateKey below_key = new_key();
  Extensions as_ca = network.ca.extensions();
  as_ca.authority_key_id = network.ca.extensions().subject_key_id;
  as_ca.name_limits = limits_of("OU=merchants,OU=seoul-1");
  const Name subject = name("CN=Certification Authority 1,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  TestNetwork below = network;
  below.ca = Certificate::from_der(
                 network.forge(subject.der(), below_key.public_key(), encode_extensions(as_ca).value()))
                 .value();
  below.ca_key = below_key;
  EXPECT_FALSE(verify_path(below.ca, network.anchor, Role::kMerchant, network.now));
  EXPECT_FALSE(TrustAnchor::create(network.root, {network.ca, below.ca}, network.now));
  Extensions extensions = honest(network, Role::kMerchant);
  const Certificate leaf =
      below.forge(name("CN=x,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo"), extensions);
  EXPECT_EQ(code_of(verify_path(leaf, network.anchor, Role::kMerchant, network.now)),
            ErrorCode::kCertificateUnknown);
}

TEST(PermittedSubtree, IsOfCasOnly) {
  const TestNetwork network;
  EXPECT_EQ(permitted_subtree(network.ca).value(), name("OU=seoul-1,OU=kr,O=Countersign Demo"));
  EXPECT_FALSE(permitted_subtree(network.root));
  EXPECT_FALSE(permitted_subtree(network.issue(Role::kMerchant)));
}

}  // namespace
}  // namespace countersign::x509
