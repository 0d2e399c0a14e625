// SPDX-License-Identifier: Apache-2.0
// POST /v1/peers/ocsp: whom an authority answers, for whom, and what it relays.
#include "authority/interwork/peer_desk.h"

#include <gtest/gtest.h>

#include <future>

#include "authority/interwork/testing/three_centres.h"
#include "crypto/random.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

constexpr const char* kRegion = "OU=kr,O=Countersign Demo";
constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kOsaka = "OU=osaka-1,OU=jp,O=Countersign Demo";

// Osaka and the region kr are asked themselves, Seoul through the region.
struct PeerDeskTest : ThreeCentres {
  PeerDeskTest() { reach_seoul_through_the_region(); }
  static Bytes ask_about(const TestDataCentre& home, std::size_t nonce = 32) {
    return take(x509::make_ocsp_request(home.world.purchaser->certificate, home.world.network.ca.certificate,
                                        crypto::random_bytes(nonce)));
  }
  static http::Request request_of(Bytes body, std::optional<x509::Certificate> client,
                                  std::string_view hops = "1") {
    http::Request request;
    request.method = "POST";
    request.path = kPeerOcspPath;
    request.headers["Content-Type"] = kOcspRequestType;
    request.headers[std::string(kHopsHeader)] = hops;
    request.client_certificate = std::move(client);
    request.body = std::move(body);
    return request;
  }
  static http::Response answer_of(TestDataCentre& asked, http::Request request) {
    std::promise<http::Response> answered;
    asked.desk->answer(std::move(request),
                       [&](http::Response response) { answered.set_value(std::move(response)); });
    return answered.get_future().get();
  }
  static ErrorCode problem_of(TestDataCentre& asked, http::Request request) {
    return http::error_of(answer_of(asked, std::move(request))).code;
  }
  ErrorCode problem_of_osaka(Bytes body) {
    return problem_of(osaka, request_of(std::move(body), region.tls.certificate));
  }
};

TEST_F(PeerDeskTest, AnswersAnAuthorityOfTheMapAboutItsOwnSubscribers) {
  const auto answer = osaka.asked_by(region, ask_about(osaka));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer.value().status, 200);
  EXPECT_EQ(answer.value().header("Content-Type"), kOcspResponseType);
}

TEST_F(PeerDeskTest, AnswersNobodyWithoutACertificate) {
  EXPECT_EQ(problem_of(osaka, request_of(ask_about(osaka), std::nullopt)), ErrorCode::kUnauthenticated);
}

TEST_F(PeerDeskTest, AnswersNobodyOfAnotherRole) {
  const auto merchant = osaka.world.merchant->certificate;
  EXPECT_EQ(problem_of(osaka, request_of(ask_about(osaka), merchant)), ErrorCode::kForbidden);
}

TEST_F(PeerDeskTest, AnswersNoAuthorityThatTheMapDoesNotName) {
  const TestDataCentre stranger(root, "OU=ulsan-1,OU=us,O=Countersign Demo");
  EXPECT_EQ(problem_of(osaka, request_of(ask_about(osaka), stranger.tls.certificate)), ErrorCode::kForbidden);
  EXPECT_FALSE(osaka.asked_by(stranger, ask_about(osaka))) << "the handshake was to fail";
}

TEST_F(PeerDeskTest, AnswersNoAuthorityAnyMoreThatALaterMapLeavesOut) {
  const auto request = request_of(ask_about(osaka), seoul.tls.certificate);
  ASSERT_EQ(answer_of(osaka, request).status, 200);
  osaka.take(view_of(map_of({&region, &osaka})));
  EXPECT_EQ(problem_of(osaka, request), ErrorCode::kForbidden);
}

TEST_F(PeerDeskTest, AnswersNoAuthorityAnyMoreOnceItHasRetired) {
  const auto request = request_of(ask_about(osaka), region.tls.certificate);
  ASSERT_EQ(answer_of(osaka, request).status, 200);
  mapped(region).retired = osaka.world.clock.now();
  join();
  EXPECT_EQ(problem_of(osaka, request), ErrorCode::kForbidden);
}

TEST_F(PeerDeskTest, AnswersNobodyWhileItsMapIsOver) {
  osaka.lose_map({ErrorCode::kExpired, "network map: over"});
  EXPECT_EQ(problem_of_osaka(ask_about(osaka)), ErrorCode::kExpired);
}

TEST_F(PeerDeskTest, RefusesWhatIsNoQuestionAboutOneCertificateWithANonce) {
  auto other_type = request_of(ask_about(osaka), region.tls.certificate);
  other_type.headers["Content-Type"] = "text/plain";
  EXPECT_EQ(problem_of(osaka, other_type), ErrorCode::kUnsupported);
  EXPECT_EQ(problem_of_osaka(to_bytes("no question")), ErrorCode::kMalformed);
  EXPECT_EQ(problem_of_osaka(ask_about(osaka, 0)), ErrorCode::kMalformed);
  EXPECT_EQ(problem_of_osaka(ask_about(osaka, 15)), ErrorCode::kMalformed);
  EXPECT_EQ(problem_of_osaka(Bytes(5000)), ErrorCode::kTooLarge);
}

TEST_F(PeerDeskTest, NamesADeadEnd) {
  EXPECT_EQ(problem_of_osaka(ask_about(seoul)), ErrorCode::kNotFound);
}

TEST_F(PeerDeskTest, NamesALoop) {
  EXPECT_EQ(problem_of(region, request_of(ask_about(seoul), seoul.tls.certificate)), ErrorCode::kConflict);
  EXPECT_EQ(seoul.questions, 0);
}

TEST_F(PeerDeskTest, RelaysNothingThatHasNoRelayLeft) {
  EXPECT_EQ(problem_of(region, request_of(ask_about(seoul), osaka.tls.certificate, "0")),
            ErrorCode::kConflict);
  for (const char* hops : {"", "2", "-1", "1 ", "one"})
    EXPECT_EQ(problem_of(region, request_of(ask_about(seoul), osaka.tls.certificate, hops)),
              ErrorCode::kMalformed)
        << hops;
  EXPECT_EQ(seoul.questions, 0);
}

TEST_F(PeerDeskTest, AsksThroughTheRelayThatTheMapNames) {
  const auto status = osaka.ask_about(seoul.world.purchaser->certificate);
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(status.value()->answer.status.kind, x509::StatusKind::kGood);
  EXPECT_TRUE(status.value()->at_home.has_value());
  EXPECT_EQ(region.questions, 1);
  EXPECT_EQ(seoul.questions, 1);
}

TEST_F(PeerDeskTest, LetsTheRelayItselfAskWithoutARelay) {
  ASSERT_TRUE(region.ask_about(seoul.world.purchaser->certificate));
  EXPECT_EQ(seoul.questions, 1);
  EXPECT_EQ(region.questions, 0);
}

TEST_F(PeerDeskTest, ConfirmsAPurchaseThroughARelayAndBack) {
  EXPECT_EQ(osaka.sell_to(*seoul.world.purchaser).value().kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(seoul.sell_to(*osaka.world.purchaser).value().kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(seoul.sell_to(*region.world.purchaser).value().kind, Decision::Kind::kConfirmed);
  seoul.world.change_state(*seoul.world.purchaser, CertificateState::kRevoked,
                           x509::RevocationReason::kKeyCompromise);
  const auto refused = osaka.sell_to(*seoul.world.purchaser);
  EXPECT_EQ(osaka.world.refusal_of(refused.value()).reasons.at(0).code, ErrorCode::kCertificateRevoked);
}

// A region that answers in place of its child, with all that it has.
TEST_F(PeerDeskTest, BelievesNoRelayThatSpeaksForTheDataCentreBelowIt) {
  http::Router router;
  router.add_blocking("POST", kPeerOcspPath, [this](const http::Request& request) {
    const auto& ca = seoul.world.network.ca.certificate;
    const TimePoint now = region.world.clock.now();
    const x509::OcspAnswer good{x509::make_cert_id(ca, seoul.world.purchaser->certificate.serial()),
                                {x509::StatusKind::kGood, {}, {}},
                                now,
                                now + std::chrono::minutes(10)};
    const Bytes nonce = take(x509::parse_ocsp_request(request.body, ca)).nonce;
    return http::der_response(
        200, take(x509::sign_ocsp_response(region.world.ocsp->responder(), {&good, 1}, nonce, now)),
        kOcspResponseType);
  });
  region.serve(std::move(router), region.tls);
  const auto status = osaka.ask_about(seoul.world.purchaser->certificate);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCertificateUnknown);
}

TEST_F(PeerDeskTest, RelaysNothingButOcsp) {
  http::Router router;
  router.add_blocking("POST", kPeerOcspPath, [](const http::Request&) {
    return http::der_response(200, to_bytes("no response"), kOcspResponseType);
  });
  seoul.serve(std::move(router), seoul.tls);
  const auto answer = region.asked_by(osaka, ask_about(seoul));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(http::error_of(answer.value()).code, ErrorCode::kHomeUnreachable);
}

TEST_F(PeerDeskTest, SaysThatAHomeBelowItDoesNotAnswerWithoutBeingTakenForSilentItself) {
  seoul.stop_serving();
  for (int i = 0; i < 6; ++i) {
    const auto status = osaka.ask_about(seoul.world.purchaser->certificate);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kHomeUnreachable);
  }
  EXPECT_EQ(osaka.peers->state_of(seoul.world.network.data_centre), CircuitBreaker::State::kClosed);
  EXPECT_EQ(region.peers->state_of(seoul.world.network.data_centre), CircuitBreaker::State::kOpen);
  EXPECT_TRUE(osaka.ask_about(region.world.purchaser->certificate));
}

TEST_F(PeerDeskTest, LetsNoPeerTakeThePlacesOfOthers) {
  std::mutex mutex;
  std::vector<http::Respond> held;
  http::Router router;
  router.add("POST", kPeerOcspPath, [&](const http::Request&, http::Respond respond) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(respond));
  });
  seoul.serve(std::move(router), seoul.tls);
  PeerDesk narrow({region.world.network.data_centre, region.world.network.ca.certificate, *region.door,
                   *region.peers, *region.responder},
                  {.all = 8, .of_one = 2});
  const auto start = [&](Bytes body, const TestDataCentre& peer) {
    const auto answered = std::make_shared<std::promise<http::Response>>();
    narrow.answer(request_of(std::move(body), peer.tls.certificate),
                  [answered](http::Response response) { answered->set_value(std::move(response)); });
    return answered->get_future();
  };
  auto first = start(ask_about(seoul), osaka);
  auto second = start(ask_about(seoul), osaka);
  for (const TestDataCentre* home : {&seoul, &region})
    EXPECT_EQ(http::error_of(start(ask_about(*home), osaka).get()).code, ErrorCode::kRateLimited);
  EXPECT_EQ(start(ask_about(region), seoul).get().status, 200);
  for (std::size_t answered = 0; answered < 2;) {
    const std::lock_guard lock(mutex);
    for (const http::Respond& respond : held)
      respond(http::problem_response({ErrorCode::kUnavailable, "no"}));
    answered += held.size();
    held.clear();
  }
  first.wait();
  second.wait();
  EXPECT_EQ(start(ask_about(region), osaka).get().status, 200) << "the places are free again";
}

TEST_F(PeerDeskTest, SaysWhichWayAQuestionGoes) {
  const x509::Name& subscriber = seoul.world.purchaser->certificate.subject();
  const Route route = take(find_route(*view, osaka.world.network.data_centre, subscriber));
  EXPECT_EQ(describe_route(route, osaka.world.network.data_centre, subscriber),
            std::string("climb  OU=jp, OU=osaka-1, from ") + kOsaka +
                "\ndown   OU=kr, OU=seoul-1, OU=purchasers, UID=0001\nhome   " + kSeoul + " at " +
                seoul.mapped().service_url + "\nasked  " + kRegion + " at " + region.mapped().service_url +
                ", which relays\n");
}

TEST_F(PeerDeskTest, HasNoRouteToNamesOfNoDataCentreOrOfItsOwn) {
  const x509::Name& own = osaka.world.network.data_centre;
  const auto code = [&](const x509::Name& name) { return find_route(*view, own, name).error().code; };
  EXPECT_EQ(code(name_of("UID=1,OU=purchasers,OU=us,O=Countersign Demo")), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code(osaka.world.purchaser->certificate.subject()), ErrorCode::kCertificateUnknown);
  for (auto& each : map.data_centres) each.through = name_of("OU=nowhere,O=Countersign Demo");
  EXPECT_EQ(find_route(*view_of(map), own, seoul.world.purchaser->certificate.subject()).error().code,
            ErrorCode::kNotFound);
}

TEST_F(PeerDeskTest, KnowsItsOwnClientsByAMapThatLeavesItOut) {
  const auto anchor = anchor_with_map(osaka.world.network.anchor, *view_of(map_of({&region, &seoul})),
                                      osaka.world.clock.now());
  EXPECT_TRUE(x509::verify_path(osaka.world.merchant->certificate, *anchor, x509::Role::kMerchant,
                                osaka.world.clock.now()));
  EXPECT_TRUE(x509::verify_path(seoul.tls.certificate, *anchor, x509::Role::kAuthorityServer,
                                osaka.world.clock.now()));
}

TEST_F(PeerDeskTest, TrustsNoMapOfAnotherRootForItsClients) {
  const x509::Issuer other = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  const TestDataCentre foreign(other, kSeoul);
  EXPECT_EQ(
      anchor_with_map(osaka.world.network.anchor, *view_of(map_of({&foreign})), osaka.world.clock.now()),
      osaka.world.network.anchor);
}

}  // namespace
}  // namespace countersign::authority
