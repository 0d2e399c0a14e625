// SPDX-License-Identifier: Apache-2.0
// What parties ask of a data centre by way of another one, each authority with its own keys and listener on
// loopback.
#include "authority/interwork/question_forwarding.h"

#include <gtest/gtest.h>

#include "authority/interwork/testing/three_centres.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/receipt.h"
#include "documents/request.h"
#include "x509/test_network.h"

namespace countersign::authority {
namespace {

using x509::code_of;

struct ForwardedQuestions : ThreeCentres {
  ForwardedQuestions() { start(); }
  ~ForwardedQuestions() override {
    for (TestDataCentre* each : {&region, &seoul, &osaka}) each->stop_serving();
    for (const auto& each : forwardings) each->stop();
    for (TestDataCentre* each : {&region, &seoul, &osaka}) each->peers->stop();
  }
  // Everybody by the map as it is now, and able to hand on and to answer.
  void start() {
    join();
    for (TestDataCentre* each : {&region, &seoul, &osaka}) {
      forwardings.push_back(std::make_unique<QuestionForwarding>(QuestionForwarding::Parts{
          each->world.network.data_centre, [this] { return current(); }, *each->door, *each->peers, places,
          [this, each](BytesView request) -> Result<Bytes> {
            ++answered;
            if (each != &seoul) return fail(ErrorCode::kInternal, "the wrong one was asked");
            return answer(request);
          },
          each->world.clock}));
      http::Router router;
      add_question_routes(router, *forwardings.back());
      each->serve(std::move(router), each->tls);
    }
  }
  Result<std::shared_ptr<const network::MapView>> current() const {
    if (no_map) return fail(*no_map);
    return view;
  }
  QuestionForwarding& at(const TestDataCentre& centre) {
    const std::size_t place = &centre == &region ? 0 : &centre == &seoul ? 1 : 2;
    return *forwardings.at(forwardings.size() - 3 + place);
  }
  documents::HolderRequest question(const x509::Signer& signer) const {
    return {.action = documents::HolderAction::kFindConfirmation,
            .audience = seoul.world.network.data_centre,
            .holder = documents::reference_to(signer.certificate),
            .time = osaka.world.clock.now(),
            .nonce = crypto::sha256(as_bytes("nonce")),
            .order_id = crypto::random_uuid_v7(osaka.world.clock.now()),
            .order_digest = crypto::sha256(as_bytes("order")),
            .email = "",
            .signing_request = {},
            .agreement_request = {}};
  }
  Bytes sign(const x509::Signer& signer, const documents::HolderRequest& request) const {
    return countersign::take(x509::sign_cms(signer,
                                            countersign::take(documents::write_holder_request(request)),
                                            {.signing_time = osaka.world.clock.now()}));
  }
  Bytes asked_by(const x509::Signer& signer) const { return sign(signer, question(signer)); }
  const x509::Name& home() const { return seoul.world.network.data_centre; }
  // As another authority hands it on, or somebody else.
  http::Response hand_on(const x509::Signer& peer, const TestDataCentre& asked, Bytes body,
                         std::string_view hops = "1", std::string_view type = http::kCmsMediaType) const {
    http::ClientOptions options;
    options.peer = http::PeerCheck{.anchor = view->anchor,
                                   .expected_subject = {},
                                   .clock = {std::shared_ptr<const Clock>(), &asked.world.clock}};
    options.identity = peer;
    const auto client =
        countersign::take(http::Client::create(asked.mapped().service_url, std::move(options)));
    http::Request request;
    request.method = "POST";
    request.path = kPeerQuestionsPath;
    request.headers["Content-Type"] = type;
    request.headers[std::string(kHopsHeader)] = hops;
    request.body = std::move(body);
    return countersign::take(client->send(request));
  }
  static ErrorCode problem_of(const http::Response& response) { return http::error_of(response).code; }

  std::optional<Error> no_map;
  PlacesToWait places{2};
  std::atomic<int> answered = 0;
  // What Seoul answers: the question itself, which is a CMS, unless a test says otherwise.
  std::function<Result<Bytes>(BytesView)> answer = [](BytesView request) -> Result<Bytes> {
    return to_bytes(request);
  };
  std::vector<std::unique_ptr<QuestionForwarding>> forwardings;
};

TEST_F(ForwardedQuestions, AreAnsweredByTheDataCentreThatTheyAreFor) {
  for (const auto& signer : {*osaka.world.purchaser, *seoul.world.purchaser, *seoul.world.merchant}) {
    const Bytes request = asked_by(signer);
    EXPECT_EQ(countersign::take(at(osaka).forward(home(), request)), request) << "as it was signed";
  }
  EXPECT_EQ(answered, 3);
}

TEST_F(ForwardedQuestions, BringReceiptsAsTheyAre) {
  documents::Receipt receipt;
  receipt.confirmation = asked_by(*seoul.world.purchaser);
  receipt.proof = "c2sp.org/tlog-proof@v1\n";
  const Bytes json = documents::write_receipt(receipt);
  answer = [&](BytesView) -> Result<Bytes> { return json; };
  EXPECT_EQ(countersign::take(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))), json);
}

TEST_F(ForwardedQuestions, BringNothingThatIsNeitherReceiptNorConfirmation) {
  answer = [](BytesView) -> Result<Bytes> { return to_bytes("a page of its own"); };
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))),
            ErrorCode::kHomeUnreachable);
}

TEST_F(ForwardedQuestions, AreRelayedOnceWhereTheMapSaysSo) {
  reach_seoul_through_the_region();
  start();
  const Bytes request = asked_by(*osaka.world.purchaser);
  EXPECT_EQ(countersign::take(at(osaka).forward(home(), request)), request);
  EXPECT_EQ(problem_of(hand_on(osaka.tls, region, request, "0")), ErrorCode::kConflict) << "no relay is left";
  EXPECT_EQ(problem_of(hand_on(seoul.tls, region, request)), ErrorCode::kConflict) << "a loop";
  EXPECT_EQ(answered, 1);
}

TEST_F(ForwardedQuestions, GoNowhereElse) {
  EXPECT_EQ(problem_of(hand_on(osaka.tls, region, asked_by(*osaka.world.purchaser))), ErrorCode::kNotFound)
      << "a dead end";
  const auto nowhere = x509::name("OU=nowhere-1,O=Countersign Demo");
  EXPECT_EQ(code_of(at(osaka).forward(nowhere, asked_by(*osaka.world.purchaser))), ErrorCode::kForbidden);
  no_map = Error{ErrorCode::kExpired, "over"};
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))), ErrorCode::kForbidden);
  EXPECT_EQ(answered, 0);
}

TEST_F(ForwardedQuestions, AreHandedOnForPartiesOfTheNetworkAlone) {
  const TestDataCentre stranger(sample::make_root(ManualClock().now() - std::chrono::hours(24)),
                                "OU=kyoto-1,OU=jp,O=Countersign Demo");
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*stranger.world.purchaser))),
            ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(osaka.tls))), ErrorCode::kWrongRole);
  auto forged = asked_by(*osaka.world.purchaser);
  forged.back() ^= 1U;
  EXPECT_EQ(code_of(at(osaka).forward(home(), forged)), ErrorCode::kSignatureInvalid);
  EXPECT_EQ(answered, 0);
}

TEST_F(ForwardedQuestions, AreTakenFromAuthoritiesAlone) {
  EXPECT_EQ(problem_of(hand_on(*osaka.world.merchant, seoul, asked_by(*osaka.world.merchant))),
            ErrorCode::kForbidden);
  EXPECT_EQ(answered, 0);
}

TEST_F(ForwardedQuestions, AskForConfirmationsAndNothingElse) {
  auto other = question(*osaka.world.purchaser);
  other.action = documents::HolderAction::kSuspend;
  EXPECT_EQ(problem_of(hand_on(osaka.tls, seoul, sign(*osaka.world.purchaser, other))),
            ErrorCode::kForbidden);
  EXPECT_EQ(problem_of(hand_on(osaka.tls, seoul, to_bytes("no CMS"))), ErrorCode::kMalformed);
  EXPECT_EQ(
      problem_of(hand_on(osaka.tls, seoul, asked_by(*osaka.world.purchaser), "1", http::kJsonMediaType)),
      ErrorCode::kUnsupported);
  EXPECT_EQ(answered, 0);
}

TEST_F(ForwardedQuestions, PassOnTheHomesNoAndCallItsSilenceSilence) {
  answer = [](BytesView) -> Result<Bytes> { return fail(ErrorCode::kNotFound, "no such order"); };
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))), ErrorCode::kNotFound);
  answer = [](BytesView) -> Result<Bytes> { return fail(ErrorCode::kForbidden, "another's"); };
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))), ErrorCode::kForbidden);
  seoul.stop_serving();
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))),
            ErrorCode::kHomeUnreachable);
}

TEST_F(ForwardedQuestions, WaitOnSoManyThreadsAndNoMore) {
  places.acquire();
  places.acquire();
  EXPECT_EQ(code_of(at(osaka).forward(home(), asked_by(*osaka.world.purchaser))), ErrorCode::kUnavailable);
  places.release();
  EXPECT_TRUE(at(osaka).forward(home(), asked_by(*osaka.world.purchaser)));
}

}  // namespace
}  // namespace countersign::authority
