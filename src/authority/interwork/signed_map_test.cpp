// SPDX-License-Identifier: Apache-2.0
// Purchases across data centres by a map that was signed, taken and kept.
#include <gtest/gtest.h>

#include "authority/interwork/testing/test_data_centre.h"
#include "evidence/verify.h"
#include "sample/issuers.h"
#include "x509/issue.h"

namespace countersign::authority {
namespace {

struct SignedMap : testing::Test {
  SignedMap() {
    seoul.follow(*kept);
    seoul.world.join(*seoul.foreign);
    seoul.world.restart();
    busan.join(view_of(map_of({&seoul, &busan})));
  }
  Bytes sign(const documents::NetworkMap& map) const {
    return countersign::take(
        documents::sign_network_map({signer, signer_key, {}}, map, seoul.world.clock.now()));
  }
  std::optional<ErrorCode> buy() {
    const auto decision = seoul.sell_to(*busan.world.purchaser);
    if (decision.value().kind == Decision::Kind::kConfirmed) return std::nullopt;
    return seoul.world.refusal_of(decision.value()).reasons.at(0).code;
  }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  crypto::PrivateKey signer_key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  x509::Certificate signer = countersign::take(
      x509::create_map_signer(root, signer_key.public_key(), ManualClock().now() - std::chrono::hours(1)));
  TestDataCentre seoul{root, "OU=seoul-1,OU=kr,O=Countersign Demo"};
  TestDataCentre busan{root, "OU=busan-1,OU=kr,O=Countersign Demo"};
  std::unique_ptr<network::KeptMap> kept = countersign::take(network::KeptMap::open(
      seoul.world.folder.path() / "network-map.json", root.certificate, seoul.world.clock));
};

TEST_F(SignedMap, OpensAndClosesTheNetwork) {
  EXPECT_EQ(buy(), ErrorCode::kCertificateUnknown) << "alone without a map";
  auto map = map_of({&seoul, &busan});
  countersign::take(kept->take(sign(map)));
  EXPECT_EQ(buy(), std::nullopt);
  map.version = 2;
  map.data_centres = {seoul.mapped()};
  countersign::take(kept->take(sign(map)));
  EXPECT_EQ(buy(), ErrorCode::kCertificateUnknown) << "the later map leaves it out";
}

TEST_F(SignedMap, ConfirmsNobodyFromAbroadOnceItIsOver) {
  const auto map = map_of({&seoul, &busan});
  countersign::take(kept->take(sign(map)));
  for (TestDataCentre* each : {&seoul, &busan}) each->world.clock.set(map.expires + Seconds(1));
  EXPECT_EQ(buy(), ErrorCode::kHomeUnreachable);
  EXPECT_EQ(seoul.sell_to(*seoul.world.purchaser).value().kind, Decision::Kind::kConfirmed);
}

// The authority's own data centre leaves the network.
TEST_F(SignedMap, ConfirmsNothingNewOnceItSaysThatThisDataCentreHasRetired) {
  auto map = map_of({&seoul, &busan});
  for (auto& each : map.data_centres)
    if (each.name == seoul.world.network.data_centre) each.retired = seoul.world.clock.now() + Seconds(60);
  countersign::take(kept->take(sign(map)));
  const x509::Signer& purchaser = *seoul.world.purchaser;
  const Bytes order = seoul.countersigned(seoul.order_of(purchaser), purchaser);
  const auto confirmed = seoul.world.confirm(order);
  ASSERT_EQ(confirmed.value().kind, Decision::Kind::kConfirmed);
  for (TestDataCentre* each : {&seoul, &busan}) each->world.clock.advance(Seconds(60));
  for (const auto& decision : {seoul.sell_to(purchaser), seoul.sell_to(*busan.world.purchaser)}) {
    const auto refusal = seoul.world.refusal_of(decision.value());
    EXPECT_EQ(refusal.reasons.at(0).code, ErrorCode::kExpired);
    EXPECT_NE(refusal.reasons.at(0).detail.find("this data centre: " + seoul.name() + " is retired since"),
              std::string::npos)
        << refusal.reasons.at(0).detail;
    EXPECT_TRUE(refusal.final);
  }
  const auto repeated = seoul.world.confirm(order);
  ASSERT_EQ(repeated.value().kind, Decision::Kind::kRepeated) << "what was confirmed before stays";
  EXPECT_EQ(repeated.value().document, confirmed.value().document);
  EXPECT_EQ(seoul.world.check(), 1);
  for (TestDataCentre* each : {&seoul, &busan}) each->world.clock.set(map.expires + Seconds(1));
  EXPECT_EQ(seoul.world.refusal_of(seoul.sell_to(purchaser).value()).reasons.at(0).code, ErrorCode::kExpired)
      << "also cut off for so long that the map is over";
}

// The root is followed by another one; the authority runs below the one before, as long as its operator has
// not replaced its files.
struct RootFollows : SignedMap {
  x509::Certificate anew(const TestDataCentre& centre) const { return anew_by(next, centre); }
  static x509::Certificate anew_by(const x509::Issuer& by, const TestDataCentre& centre) {
    const x509::Certificate& ca = centre.world.network.ca.certificate;
    return countersign::take(x509::create_data_centre_ca(by, *ca.extensions().name_limits, ca.public_key(),
                                                         centre.world.clock.now() - std::chrono::hours(1)));
  }
  void announce(std::int64_t version = 1) {
    auto map = map_of({&seoul, &busan});
    map.version = version;
    map.next_root = documents::NextRoot{
        next.certificate, countersign::take(x509::certify_next_root(root, next.certificate, map.issued))};
    countersign::take(kept->take(sign(map)));
  }
  void pass(std::int64_t version = 1) {
    announce(version);
    auto map = map_of({&seoul, &busan});
    map.version = version + 1;
    map.root = next.certificate;
    for (auto& each : map.data_centres)
      each.ca_certificates = {anew(each.name == seoul.world.network.data_centre ? seoul : busan)};
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const auto by = countersign::take(x509::create_map_signer(next, key.public_key(), map.issued));
    countersign::take(kept->take(
        countersign::take(documents::sign_network_map({by, key, {}}, map, seoul.world.clock.now()))));
  }
  // The merchant and both purchasers put the CA's certificate by this root into what they sign.
  void chain_below(const x509::Issuer& by) {
    seoul.world.merchant->chain = seoul.world.purchaser->chain = {anew_by(by, seoul)};
    busan.world.purchaser->chain = {anew_by(by, busan)};
  }
  // Of the own purchaser and of the one from abroad.
  std::vector<Result<Decision>> buy_both() {
    std::vector<Result<Decision>> decisions;
    decisions.push_back(seoul.sell_to(*seoul.world.purchaser));
    decisions.push_back(seoul.sell_to(*busan.world.purchaser));
    return decisions;
  }
  void expect_confirmed() {
    evidence::VerifyOptions both;
    both.other_roots = {next.certificate};
    for (const auto& decision : buy_both()) {
      ASSERT_TRUE(decision) << decision.error().detail;
      ASSERT_EQ(decision.value().kind, Decision::Kind::kConfirmed);
      const auto report = evidence::verify_evidence(decision.value().document, root.certificate, both);
      EXPECT_TRUE(report.is_valid()) << evidence::write_report_text(report);
    }
  }
  void expect_refused(ErrorCode code) {
    for (const auto& decision : buy_both()) {
      ASSERT_FALSE(decision);
      EXPECT_EQ(decision.error().code, code) << decision.error().detail;
    }
  }

  x509::Issuer next = sample::make_root(ManualClock().now() - std::chrono::hours(24));
};

TEST_F(RootFollows, ConfirmsWhatIsChainedBelowTheNextRootOnceItIsAnnounced) {
  announce();
  expect_confirmed();
  chain_below(next);
  expect_confirmed();
}

TEST_F(RootFollows, ConfirmsWhatIsChainedBelowEitherRootOnceTheMapHasPassed) {
  pass();
  expect_confirmed();
  chain_below(next);
  expect_confirmed();
}

TEST_F(RootFollows, RefusesAChainBelowARootThatNoMapNames) {
  countersign::take(kept->take(sign(map_of({&seoul, &busan}))));
  chain_below(next);
  expect_refused(ErrorCode::kCertificateUnknown);
  pass(2);
  chain_below(sample::make_root(ManualClock().now() - std::chrono::hours(24)));
  expect_refused(ErrorCode::kCertificateUnknown);
}

TEST_F(RootFollows, RefusesAnotherKeyThatTheNextRootCertifiesUnderTheNameOfACa) {
  announce();
  const auto stray = [&](const TestDataCentre& centre) {
    return sample::make_ca(next, *centre.world.network.ca.certificate.extensions().name_limits,
                           centre.world.clock.now() - std::chrono::hours(1))
        .certificate;
  };
  seoul.world.purchaser->chain = {stray(seoul)};
  busan.world.purchaser->chain = {stray(busan)};
  expect_refused(ErrorCode::kCertificateUnknown);
}

}  // namespace
}  // namespace countersign::authority
