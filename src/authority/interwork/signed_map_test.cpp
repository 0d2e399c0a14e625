// SPDX-License-Identifier: Apache-2.0
// Purchases across data centres by a map that was signed, taken and kept.
#include <gtest/gtest.h>

#include "authority/interwork/testing/test_data_centre.h"
#include "sample/issuers.h"
#include "x509/issue.h"

namespace countersign::authority {
namespace {

struct SignedMap : testing::Test {
  SignedMap() {
    seoul.follow([this] { return kept->current(); });
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

}  // namespace
}  // namespace countersign::authority
