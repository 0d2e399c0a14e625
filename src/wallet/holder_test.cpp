// SPDX-License-Identifier: Apache-2.0
#include "wallet/holder.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "documents/json.h"
#include "sample/issuers.h"
#include "wallet/testing/fake_peers.h"
#include "x509/pkcs10.h"

namespace countersign::wallet {
namespace {

class HolderTest : public testing::Test {
 protected:
  void SetUp() override {
    world_.enrol();
    world_.peers.answer_question = [](const auto&) { return to_bytes("{}"); };
  }
  HolderDesk holder() { return HolderDesk(world_.parties()); }
  const documents::HolderRequest& asked() { return world_.peers.questions.at(0); }

  WalletWorld world_;
};

TEST_F(HolderTest, ListsWhatWasIssuedToTheAddress) {
  world_.peers.answer_question = [](const auto&) {
    return to_bytes(
        R"({"certificates":[{"serial":"ab","role":"purchaser","state":"active","notBefore":"2026-01-01T00:00:00Z",)"
        R"("notAfter":"2027-01-01T00:00:00Z","registeredBy":"CN=Shop","keyOrigin":"authority"}]})");
  };
  const auto listed = holder().list(secret("1234"));
  ASSERT_TRUE(listed) << listed.error().detail;
  ASSERT_EQ(listed.value().size(), 1U);
  EXPECT_EQ(listed.value()[0].registered_by, "CN=Shop");
  EXPECT_EQ(asked().action, documents::HolderAction::kListCertificates);
}

TEST_F(HolderTest, RefusesAListThatIsMalformed) {
  world_.peers.answer_question = [](const auto&) { return to_bytes(R"({"certificates":[{"serial":1}]})"); };
  EXPECT_EQ(holder().list(secret("1234")).error().code, ErrorCode::kMalformed);
}

TEST_F(HolderTest, SuspendsWithTheKeyOrWithTheCode) {
  EXPECT_TRUE(holder().suspend(secret("1234")));
  EXPECT_EQ(asked().action, documents::HolderAction::kSuspend);
  EXPECT_TRUE(holder().suspend_by_code());
}

TEST_F(HolderTest, AsksForAnotherAddress) {
  EXPECT_TRUE(holder().change_address("new@mail.example", secret("1234")));
  EXPECT_EQ(asked().action, documents::HolderAction::kChangeAddress);
  EXPECT_EQ(asked().email, "new@mail.example");
}

TEST_F(HolderTest, AsksNothingUnderAWrongPin) {
  EXPECT_EQ(holder().suspend(secret("9999")).error().code, ErrorCode::kWrongPin);
  EXPECT_TRUE(world_.peers.questions.empty());
}

TEST_F(HolderTest, AsksNothingWithoutACertificate) {
  WalletWorld empty;
  EXPECT_EQ(HolderDesk(empty.parties()).suspend(secret("1234")).error().code, ErrorCode::kNotFound);
}

TEST_F(HolderTest, ChangesThePin) {
  EXPECT_TRUE(holder().change_pin(secret("1234"), secret("567890")));
  EXPECT_EQ(holder().suspend(secret("1234")).error().code, ErrorCode::kWrongPin);
  EXPECT_TRUE(holder().suspend(secret("567890")));
}

// Certifies what a renewal asks for, as an authority does.
Result<Bytes> renew(const Trade& trade, const documents::HolderRequest& request);

TEST_F(HolderTest, RenewsWithKeysOfTheCard) {
  world_.peers.answer_question = [this](const auto& request) { return renew(world_.trade, request); };
  const auto before = take(find_identity(world_.parties())).signing;
  world_.clock.time += std::chrono::seconds(1);
  const auto renewed = holder().renew(secret("1234"));
  ASSERT_TRUE(renewed) << renewed.error().detail;
  const auto identity = take(find_identity(world_.parties()));
  EXPECT_EQ(identity.signing.subject(), before.subject());
  EXPECT_FALSE(identity.signing == before);
  EXPECT_EQ(identity.signing.key_origin(), x509::KeyOrigin::kHolder);
  EXPECT_EQ(world_.card.size(), 4U);
}

TEST_F(HolderTest, KeepsTheOldCertificateWhenRenewalFails) {
  world_.peers.answer_question = [](const auto&) -> Result<Bytes> {
    return fail(ErrorCode::kUnavailable, "no answer");
  };
  const auto before = take(find_identity(world_.parties())).signing;
  EXPECT_FALSE(holder().renew(secret("1234")));
  EXPECT_EQ(take(find_identity(world_.parties())).signing, before);
  world_.peers.answer_question = [this](const auto& request) { return renew(world_.trade, request); };
  world_.clock.time += std::chrono::seconds(1);
  EXPECT_TRUE(holder().renew(secret("1234")));
  EXPECT_EQ(world_.card.size(), 4U);
}

// A card whose keys were made once has the old and the new certificate of each.
TEST_F(HolderTest, ActsUnderTheOldCertificateOfAKeyUntilItsRenewalIsComplete) {
  world_.card.keeps_keys = true;
  const auto before = take(find_identity(world_.parties()));
  ASSERT_TRUE(
      keep_certificates(world_.parties(), std::string(kEnrolmentId), {before.signing, before.agreement}));
  world_.peers.answer_question = [this](const auto& request) { return renew(world_.trade, request); };
  world_.peers.completions_to_lose = 1;
  world_.clock.time += std::chrono::seconds(1);
  EXPECT_FALSE(holder().renew(secret("1234")));
  EXPECT_EQ(take(find_identity(world_.parties())).signing, before.signing);
  EXPECT_EQ(take(find_identity(world_.parties())).agreement, before.agreement);
  ASSERT_TRUE(world_.enrolments().complete("019a0000-0000-7000-8000-000000000002", secret("1234")));
  EXPECT_FALSE(take(find_identity(world_.parties())).signing == before.signing);
  EXPECT_EQ(world_.card.size(), 2U);
}

// The network has passed to another root since the enrolment.
TEST_F(HolderTest, RenewsBelowTheRootThatTheNetworkHasPassedTo) {
  const Trade& trade = world_.trade;
  const auto next = sample::make_root(trade.now - std::chrono::hours(1));
  const auto anew = take(x509::create_data_centre_ca(next, *trade.ca.certificate.extensions().name_limits,
                                                     trade.ca.key.public_key(), trade.now));
  const auto sign = [&](const x509::Issuer& root, const documents::NetworkMap& map) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    const auto signer = take(x509::create_map_signer(root, key.public_key(), trade.now));
    return take(documents::sign_network_map({signer, key, {}}, map, trade.now));
  };
  documents::NetworkMap map{1, trade.now, trade.now + std::chrono::days(30), trade.root.certificate, {}, {}};
  map.data_centres = {
      {trade.data_centre, {trade.ca.certificate}, "https://127.0.0.1:9443", "http://127.0.0.1:9080", {}, {}}};
  map.next_root = documents::NextRoot{next.certificate,
                                      take(x509::certify_next_root(trade.root, next.certificate, trade.now))};
  const auto kept = world_.maps->of(trade.root.certificate);
  take(kept->take(sign(trade.root, map)));
  map = {2, trade.now, map.expires, next.certificate, {}, map.data_centres};
  map.data_centres.front().ca_certificates = {anew};
  take(kept->take(sign(next, map)));

  world_.peers.answer_question = [this](const auto& request) { return renew(world_.trade, request); };
  world_.clock.time += std::chrono::seconds(1);
  take(holder().renew(secret("1234")));
  world_.restart();
  const auto identity = take(find_identity(world_.parties()));
  EXPECT_EQ(identity.enrolment.id, "019a0000-0000-7000-8000-000000000002");
  EXPECT_EQ(identity.own->root(), next.certificate) << "it begins with the root of now";
  EXPECT_EQ(identity.ca(), anew);
  EXPECT_EQ(take(identity.trust->map())->map.version, 2) << "and with the map that was kept";
  EXPECT_EQ(identity.anchor->other_roots(), std::vector{trade.root.certificate});
  EXPECT_EQ(identity.chained_ca(), anew);
}

Result<Bytes> renew(const Trade& trade, const documents::HolderRequest& request) {
  const auto certify = [&](x509::Role role, BytesView pkcs10) {
    const x509::CertificateOrder order{role,
                                       trade.purchaser.certificate.subject(),
                                       take(x509::verify_pkcs10(pkcs10)).key,
                                       {},
                                       x509::KeyOrigin::kHolder,
                                       trade.purchaser.certificate.registered_by(),
                                       "",
                                       "",
                                       trade.now,
                                       std::nullopt};
    return take(x509::issue_certificate(trade.ca, order)).pem();
  };
  const boost::json::object answer{
      {"id", "019a0000-0000-7000-8000-000000000002"},
      {"certificates",
       boost::json::array{certify(x509::Role::kPurchaser, request.signing_request),
                          certify(x509::Role::kPurchaserAgreement, request.agreement_request)}},
      {"chain", boost::json::array{trade.ca.certificate.pem()}}};
  return to_bytes(documents::write_json(answer));
}

}  // namespace
}  // namespace countersign::wallet
