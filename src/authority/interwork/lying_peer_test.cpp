// SPDX-License-Identifier: Apache-2.0
// What a home, or whoever sits in its place, may try. Nothing of it decides an order.
#include <gtest/gtest.h>

#include "authority/interwork/ocsp_shape.h"
#include "authority/interwork/testing/test_data_centre.h"
#include "crypto/random.h"
#include "sample/issuers.h"
#include "x509/test_network.h"

namespace countersign::authority {
namespace {

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kBusan = "OU=busan-1,OU=kr,O=Countersign Demo";
constexpr auto kMinute = std::chrono::minutes(1);

struct LyingPeer : testing::Test {
  LyingPeer() {
    const auto view = view_of(map_of({&seoul, &busan}));
    seoul.join(view);
    busan.join(view);
    busan.server.reset();
  }
  const x509::Certificate& about() const { return busan.world.purchaser->certificate; }
  TimePoint now() const { return busan.world.clock.now(); }
  const x509::Certificate& ca() const { return busan.world.network.ca.certificate; }
  const x509::Issuer& responder() const { return busan.world.ocsp->responder(); }

  x509::OcspAnswer good() const {
    return {x509::make_cert_id(ca(), about().serial()),
            {x509::StatusKind::kGood, {}, {}},
            now(),
            now() + 10 * kMinute};
  }
  Bytes sign(const x509::OcspAnswer& answer, BytesView nonce) const {
    return sign(answer, nonce, responder());
  }
  Bytes sign(const x509::OcspAnswer& answer, BytesView nonce, const x509::Issuer& by) const {
    return take(x509::sign_ocsp_response(by, {&answer, 1}, nonce, now()));
  }
  // Answers every question with what `forge` makes of its nonce.
  void answer(std::function<http::Response(BytesView nonce)> forge) {
    http::Router router;
    router.add_blocking("POST", kPeerOcspPath,
                        [this, forge = std::move(forge)](const http::Request& request) {
                          return forge(take(x509::parse_ocsp_request(request.body, ca())).nonce);
                        });
    busan.serve(std::move(router), busan.tls);
  }
  void say(std::function<Bytes(BytesView nonce)> forge) {
    answer([forge = std::move(forge)](BytesView nonce) {
      return http::der_response(200, forge(nonce), kOcspResponseType);
    });
  }
  // The error of the question, after an order was refused for the time being and nothing was recorded.
  ErrorCode outcome() {
    const auto refused = seoul.sell_to(*busan.world.purchaser);
    EXPECT_TRUE(refused && refused.value().kind == Decision::Kind::kRefused);
    if (refused && refused.value().kind == Decision::Kind::kRefused) {
      const auto refusal = seoul.world.refusal_of(refused.value());
      EXPECT_EQ(refusal.reasons.at(0).code, ErrorCode::kHomeUnreachable);
      EXPECT_FALSE(refusal.final);
    }
    EXPECT_EQ(seoul.world.check(), 0);
    const auto asked = seoul.ask_about(about());
    return asked ? ErrorCode::kInternal : asked.error().code;
  }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre seoul{root, kSeoul};
  TestDataCentre busan{root, kBusan};
};

TEST_F(LyingPeer, IsBelievedWhenItDoesNotLie) {
  say([this](BytesView nonce) { return sign(good(), nonce); });
  EXPECT_TRUE(seoul.ask_about(about()));
}

TEST_F(LyingPeer, CannotGiveTheWordOfAnotherDataCentresResponder) {
  say([this](BytesView nonce) { return sign(good(), nonce, seoul.world.ocsp->responder()); });
  EXPECT_EQ(outcome(), ErrorCode::kCertificateUnknown);
}

TEST_F(LyingPeer, CannotAnswerAboutAnotherCertificate) {
  say([this](BytesView nonce) {
    auto other = good();
    other.cert_id = x509::make_cert_id(ca(), busan.world.merchant->certificate.serial());
    return sign(other, nonce);
  });
  EXPECT_EQ(outcome(), ErrorCode::kCertificateUnknown);
}

TEST_F(LyingPeer, CannotRepeatAnAnswerToAnotherQuestion) {
  say([this](BytesView) { return sign(good(), crypto::random_bytes(32)); });
  EXPECT_EQ(outcome(), ErrorCode::kSignatureInvalid);
}

TEST_F(LyingPeer, CannotGiveAnAnswerThatWasPreparedForAnybody) {
  say([this](BytesView) { return sign(good(), {}); });
  EXPECT_EQ(outcome(), ErrorCode::kSignatureInvalid);
}

TEST_F(LyingPeer, CannotGiveAStatusWhoseTimeIsOver) {
  say([this](BytesView nonce) {
    auto old = good();
    old.this_update = now() - 20 * kMinute;
    old.next_update = now() - 10 * kMinute;
    return sign(old, nonce);
  });
  EXPECT_EQ(outcome(), ErrorCode::kExpired);
}

TEST_F(LyingPeer, CannotGiveAStatusOfBeforeTheQuestionThoughItsTimeIsNotOver) {
  say([this](BytesView nonce) {
    auto old = good();
    old.this_update = now() - kClockTolerance - Seconds(1);
    return sign(old, nonce);
  });
  EXPECT_EQ(outcome(), ErrorCode::kExpired);
}

TEST_F(LyingPeer, MayHaveAClockThatIsApartByTheToleranceAndNoMore) {
  busan.world.clock.advance(kClockTolerance);
  say([this](BytesView nonce) { return sign(good(), nonce); });
  EXPECT_TRUE(seoul.ask_about(about()));
  busan.world.clock.advance(Seconds(1));
  EXPECT_EQ(outcome(), ErrorCode::kNotYetValid);
}

TEST_F(LyingPeer, CannotSignWithACertificateOfAnotherRole) {
  say([this](BytesView nonce) {
    return sign(good(), nonce, {busan.world.merchant->certificate, busan.world.merchant->key});
  });
  EXPECT_EQ(outcome(), ErrorCode::kWrongRole);
}

TEST_F(LyingPeer, CannotSignWithAKeyThatIsNotTheRespondersOwn) {
  say([this](BytesView nonce) {
    return sign(good(), nonce, {responder().certificate, busan.world.merchant->key});
  });
  EXPECT_EQ(outcome(), ErrorCode::kSignatureInvalid);
}

TEST_F(LyingPeer, SaysNothingWithAnUnsignedErrorStatus) {
  constexpr int kUnauthorized = 6;
  say([](BytesView) { return x509::ocsp_error_response(kUnauthorized); });
  EXPECT_EQ(outcome(), ErrorCode::kCertificateUnknown);
}

TEST_F(LyingPeer, SaysNothingWithWhatIsNoResponse) {
  say([](BytesView) { return to_bytes("no response"); });
  EXPECT_EQ(outcome(), ErrorCode::kMalformed);
}

TEST_F(LyingPeer, SaysNothingWithMoreThanAConfirmationTakesIn) {
  say([](BytesView) { return Bytes(kLargestOcspResponse + 1); });
  EXPECT_EQ(outcome(), ErrorCode::kTooLarge);
}

TEST_F(LyingPeer, SaysNothingInAnotherMediaType) {
  answer([this](BytesView nonce) { return http::der_response(200, sign(good(), nonce), "text/plain"); });
  EXPECT_EQ(outcome(), ErrorCode::kUnsupported);
}

TEST_F(LyingPeer, CannotSendTheQuestionElsewhere) {
  answer([this](BytesView) {
    auto elsewhere = http::text_response(307, "");
    elsewhere.headers["Location"] = seoul.mapped().service_url + std::string(kPeerOcspPath);
    return elsewhere;
  });
  EXPECT_EQ(outcome(), ErrorCode::kInternal);
  EXPECT_EQ(seoul.questions, 0);
}

// Who sits at the address that the map names, with another certificate.
struct FalsePeer : LyingPeer {
  void serve_as(x509::Signer identity) {
    http::Router router;
    router.add_blocking("POST", kPeerOcspPath, [this](const http::Request&) {
      ++reached;
      return http::text_response(200, "");
    });
    busan.serve(std::move(router), std::move(identity));
  }
  // What an honest CA never makes: the certificate of `honest` again, under another name.
  x509::Signer forge(const x509::Issuer& by, const x509::Signer& honest, const std::string& subject) const {
    x509::TestNetwork forger;
    forger.now = now() - std::chrono::hours(1);
    forger.ca = by.certificate;
    forger.ca_key = by.key;
    const Bytes der = forger.forge(name_of(subject).der(), honest.key.public_key(),
                                   take(x509::encode_extensions(honest.certificate.extensions())));
    return {take(x509::Certificate::from_der(der)), honest.key, {by.certificate}};
  }
  std::atomic<int> reached = 0;
};

TEST_F(FalsePeer, IsRefusedWithTheCertificateOfAnotherDataCentreThoughItsHostIsRight) {
  serve_as(seoul.tls);
  EXPECT_EQ(outcome(), ErrorCode::kWrongOrigin);
  EXPECT_EQ(reached, 0);
}

TEST_F(FalsePeer, IsRefusedInAnotherRole) {
  serve_as(*busan.world.merchant);
  EXPECT_EQ(outcome(), ErrorCode::kWrongRole);
  EXPECT_EQ(reached, 0);
}

TEST_F(FalsePeer, IsRefusedForAnotherHostThoughItIsTheDataCentre) {
  serve_as(busan.world.issue_service(x509::Role::kAuthorityServer, "elsewhere", {{"localhost"}, {}, {}}));
  EXPECT_EQ(outcome(), ErrorCode::kWrongOrigin);
  EXPECT_EQ(reached, 0);
}

TEST_F(FalsePeer, IsRefusedWithARevokedCertificate) {
  busan.world.change_state(busan.tls, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  serve_as(busan.tls);
  EXPECT_EQ(outcome(), ErrorCode::kCertificateRevoked);
  EXPECT_EQ(reached, 0);
}

// A region above Busan, with a CA that the root certified for its own subtree.
struct FalseRegion : FalsePeer {
  FalseRegion() { join(); }
  void join() {
    region.join(view_of(map_of({&seoul, &busan, &region})));
    seoul.join(view_of(map_of({&seoul, &busan, &region})));
  }
  TestDataCentre region{root, "OU=kr,O=Countersign Demo"};
};

TEST_F(FalseRegion, CannotIssueTheTlsCertificateOfItsChild) {
  serve_as(forge(region.world.network.ca, region.tls, std::string("CN=authority,OU=authority,") + kBusan));
  EXPECT_EQ(outcome(), ErrorCode::kNameNotPermitted);
  EXPECT_EQ(reached, 0);
}

TEST_F(FalseRegion, CannotIssueForTheSubscribersOfItsChild) {
  const auto holder = forge(region.world.network.ca, *region.world.purchaser,
                            std::string("UID=0001,OU=purchasers,") + kBusan);
  region.world.add_to_directory(holder.certificate);
  const auto refused = seoul.sell_to(holder);
  EXPECT_EQ(seoul.world.refusal_of(refused.value()).reasons.at(0).code, ErrorCode::kNameNotPermitted);
  EXPECT_EQ(region.questions, 0);
}

}  // namespace
}  // namespace countersign::authority
