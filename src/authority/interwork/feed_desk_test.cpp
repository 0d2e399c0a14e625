// SPDX-License-Identifier: Apache-2.0
// POST /v1/peers/status-feed: what a data centre tells of its status changes, to whom, and what it relays.
#include "authority/interwork/feed_desk.h"

#include <gtest/gtest.h>

#include <future>

#include "authority/interwork/testing/three_centres.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

using documents::StatusFeedPage;
using documents::StatusFeedPosition;
using documents::StatusFeedRequest;
using std::chrono::milliseconds;

// Osaka and the region kr are asked themselves, Seoul through the region.
struct FeedDeskTest : ThreeCentres {
  FeedDeskTest() { reach_seoul_through_the_region(); }
  static StatusFeedRequest question(const TestDataCentre& home,
                                    const std::optional<StatusFeedPosition>& after, milliseconds wait = {}) {
    StatusFeedRequest request{home.world.network.data_centre, after, {}, wait};
    const Bytes nonce = crypto::random_bytes(request.nonce.size());
    std::copy(nonce.begin(), nonce.end(), request.nonce.begin());
    return request;
  }
  // As it goes over the network, and judged as who asks judges it.
  Result<Bytes> ask(TestDataCentre& asker, const TestDataCentre& home,
                    const StatusFeedRequest& request) const {
    TRY(const Route route,
        find_route(*view, asker.world.network.data_centre, home.world.purchaser->certificate.subject()));
    TRY(const auto client, asker.peers->client_for(view, route));
    return client->ask_feed(documents::write_status_feed_request(request), request.wait).response;
  }
  Result<StatusFeedPage> judge(const TestDataCentre& home, const Bytes& page,
                               const StatusFeedRequest& request) const {
    const auto* const centre = documents::find_data_centre(view->map, home.world.network.data_centre);
    return documents::verify_status_feed_page(page, *view->anchor, centre->ca_certificates, request,
                                              home.world.clock.now());
  }
  Result<StatusFeedPage> page_of(TestDataCentre& asker, const TestDataCentre& home,
                                 const std::optional<StatusFeedPosition>& after,
                                 milliseconds wait = {}) const {
    const StatusFeedRequest request = question(home, after, wait);
    TRY(const Bytes page, ask(asker, home, request));
    return judge(home, page, request);
  }
  static void expect_newest_place(const Result<StatusFeedPage>& page, const TestDataCentre& home) {
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page.value().after, home.feed_position());
    EXPECT_TRUE(page.value().changes.empty());
  }
  // As the desk gets it, of whom the handshake would let in or not.
  static http::Request request_of(const StatusFeedRequest& asked, std::optional<x509::Certificate> client,
                                  std::string_view hops = "1") {
    http::Request request;
    request.method = "POST";
    request.path = kPeerFeedPath;
    request.headers["Content-Type"] = http::kJsonMediaType;
    request.headers[std::string(kHopsHeader)] = hops;
    request.client_certificate = std::move(client);
    request.body = documents::write_status_feed_request(asked);
    return request;
  }
  static std::future<http::Response> start(TestDataCentre& asked, http::Request request) {
    const auto answered = std::make_shared<std::promise<http::Response>>();
    asked.feed_desk->answer(std::move(request), [answered](http::Response response) {
      answered->set_value(std::move(response));
    });
    return answered->get_future();
  }
  static ErrorCode problem_of(TestDataCentre& asked, http::Request request) {
    return http::error_of(start(asked, std::move(request)).get()).code;
  }
  static void revoke_purchaser(TestDataCentre& centre) {
    centre.world.change_state(*centre.world.purchaser, CertificateState::kRevoked,
                              x509::RevocationReason::kKeyCompromise);
  }
  static void suspend_and_resume(TestDataCentre& centre, int times) {
    for (int i = 0; i < times; ++i) {
      centre.world.change_state(*centre.world.purchaser, CertificateState::kOnHold);
      centre.world.change_state(*centre.world.purchaser, CertificateState::kActive);
    }
  }
};

TEST_F(FeedDeskTest, BeginsWithTheNewestPlaceAndNoChanges) {
  suspend_and_resume(region, 1);
  expect_newest_place(page_of(osaka, region, std::nullopt, documents::kMostFeedWait), region);
}

TEST_F(FeedDeskTest, AnswersAtOnceWithWhatChangedSince) {
  const StatusFeedPosition before = region.feed_position();
  suspend_and_resume(region, 1);
  revoke_purchaser(region);
  const auto page = page_of(osaka, region, before);
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page.value().after, before);
  ASSERT_EQ(page.value().changes.size(), 3U);
  EXPECT_EQ(page.value().changes[2].serial, region.world.purchaser->certificate.serial());
  EXPECT_EQ(page.value().changes[2].reason, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(documents::end_of(page.value()), region.feed_position());
}

TEST_F(FeedDeskTest, HasARevocationInThePageThatAPeerWaitsFor) {
  const StatusFeedPosition before = region.feed_position();
  auto waiting = std::async(std::launch::async, [&] {
    for (;;) {  // a heartbeat comes first where this machine is slow
      auto page = page_of(osaka, region, before, documents::kMostFeedWait);
      if (!page || !page.value().changes.empty()) return page;
    }
  });
  while (region.feed_questions == 0) std::this_thread::yield();
  revoke_purchaser(region);
  const auto page = waiting.get();
  ASSERT_TRUE(page) << page.error().detail;
  ASSERT_EQ(page.value().changes.size(), 1U);
  EXPECT_EQ(page.value().changes[0].serial, region.world.purchaser->certificate.serial());
}

TEST_F(FeedDeskTest, SaysThatNothingChangedOnceTheWaitIsOver) {
  suspend_and_resume(region, 1);
  for (const milliseconds wait : {milliseconds(0), milliseconds(150)})
    expect_newest_place(page_of(osaka, region, region.feed_position(), wait), region);
}

TEST_F(FeedDeskTest, TellsAllWhoWaitOfOneChange) {
  const StatusFeedRequest asked = question(region, region.feed_position(), documents::kMostFeedWait);
  std::vector<std::future<http::Response>> waiting;
  for (const TestDataCentre* peer : {&osaka, &seoul, &osaka, &seoul})
    waiting.push_back(start(region, request_of(asked, peer->tls.certificate)));
  revoke_purchaser(region);
  for (auto& each : waiting) {
    const auto page = judge(region, each.get().body, asked);
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page.value().changes.size(), 1U);
  }
}

TEST_F(FeedDeskTest, KnowsOfChangesThatAnotherProcessMakes) {
  const StatusFeedRequest asked = question(region, region.feed_position(), documents::kMostFeedWait);
  auto waiting = start(region, request_of(asked, osaka.tls.certificate));
  const auto store = take(storage::open_sqlite(region.world.folder.path() / "store.db"));
  const Directory directory = take(Directory::open(*store, crypto::SecretBytes(Bytes(32, 7))));
  take(store->write([&](storage::Transaction& transaction) {
    return directory.change_state(transaction, region.world.purchaser->certificate.serial(),
                                  CertificateState::kRevoked, x509::RevocationReason::kSuperseded,
                                  region.world.clock.now());
  }));
  const auto page = judge(region, waiting.get().body, asked);
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(page.value().changes.size(), 1U);
}

TEST_F(FeedDeskTest, GoesOnInAnotherPageWhereOneIsFull) {
  const StatusFeedPosition before = region.feed_position();
  take(region.world.database->write([&](storage::Transaction& transaction) -> Result<void> {
    for (std::size_t i = 0; i <= documents::kMaxChangesOfAPage; ++i) {
      TRY(append_to_journal(transaction,
                            {region.world.purchaser->certificate.serial(), CertificateState::kOnHold,
                             x509::RevocationReason::kCertificateHold, region.world.clock.now(),
                             region.world.purchaser->certificate.not_after()}));
    }
    return ok();
  }));
  const auto first = page_of(osaka, region, before);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first.value().changes.size(), documents::kMaxChangesOfAPage);
  EXPECT_EQ(first.value().newest, region.feed_position().sequence);
  const auto second = page_of(osaka, region, documents::end_of(first.value()));
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(documents::end_of(second.value()), region.feed_position());
}

TEST_F(FeedDeskTest, ShowsItsNewestPlaceToWhoAsksBehindAnotherEpoch) {
  suspend_and_resume(region, 1);
  const StatusFeedPosition before = region.feed_position();
  take(region.world.database->write([](storage::Transaction& t) { return begin_status_epoch(t); }));
  const auto page = page_of(osaka, region, before, documents::kMostFeedWait);
  expect_newest_place(page, region);
  EXPECT_NE(page.value().after.epoch, before.epoch);
}

TEST_F(FeedDeskTest, ShowsItsNewestPlaceToWhoAsksBehindWhatWasTrimmed) {
  const StatusFeedPosition before = region.feed_position();
  suspend_and_resume(region, 2);
  take(region.world.database->write([&](storage::Transaction& t) -> Result<void> {
    TRY(trim_journal(t, region.world.clock.now(), 3));
    return ok();
  }));
  expect_newest_place(page_of(osaka, region, before, documents::kMostFeedWait), region);
}

TEST_F(FeedDeskTest, ShowsThatItWasRolledBackToWhoHasSeenMore) {
  suspend_and_resume(region, 1);
  StatusFeedPosition beyond = region.feed_position();
  beyond.sequence += 1;
  const auto page = page_of(osaka, region, beyond, documents::kMostFeedWait);
  expect_newest_place(page, region);
  EXPECT_LT(page.value().after.sequence, beyond.sequence);
}

TEST_F(FeedDeskTest, ShowsItsOwnHistoryToWhoHasSeenAnother) {
  suspend_and_resume(region, 2);
  for (const std::int64_t sequence : {2, 4}) {
    const StatusFeedPosition other{region.feed_position().epoch, sequence, {1}};
    const auto page = page_of(osaka, region, other, documents::kMostFeedWait);
    ASSERT_TRUE(page) << page.error().detail;
    EXPECT_EQ(page.value().after.sequence, sequence);
    EXPECT_NE(page.value().after.digest, other.digest);
    EXPECT_EQ(documents::end_of(page.value()), region.feed_position());
  }
}

TEST_F(FeedDeskTest, AnswersNobodyButAuthoritiesOfTheMap) {
  const TestDataCentre stranger(root, "OU=ulsan-1,OU=us,O=Countersign Demo");
  const StatusFeedRequest asked = question(region, std::nullopt);
  EXPECT_EQ(problem_of(region, request_of(asked, std::nullopt)), ErrorCode::kUnauthenticated);
  EXPECT_EQ(problem_of(region, request_of(asked, region.world.merchant->certificate)), ErrorCode::kForbidden);
  EXPECT_EQ(problem_of(region, request_of(asked, stranger.tls.certificate)), ErrorCode::kForbidden);
  EXPECT_EQ(start(region, request_of(asked, osaka.tls.certificate)).get().status, 200);
}

TEST_F(FeedDeskTest, AnswersNoAuthorityAnyMoreOnceItHasRetired) {
  mapped(osaka).retired = osaka.world.clock.now();
  join();
  EXPECT_EQ(problem_of(region, request_of(question(region, std::nullopt), osaka.tls.certificate)),
            ErrorCode::kForbidden);
}

TEST_F(FeedDeskTest, AnswersNobodyWhileItsMapIsOver) {
  region.lose_map({ErrorCode::kExpired, "network map: over"});
  EXPECT_EQ(problem_of(region, request_of(question(region, std::nullopt), osaka.tls.certificate)),
            ErrorCode::kExpired);
}

TEST_F(FeedDeskTest, RefusesWhatIsNoQuestionForAFeed) {
  const http::Request good = request_of(question(region, std::nullopt), osaka.tls.certificate);
  http::Request other_type = good;
  other_type.headers["Content-Type"] = "text/plain";
  EXPECT_EQ(problem_of(region, other_type), ErrorCode::kUnsupported);
  http::Request no_question = good;
  no_question.body = to_bytes("no question");
  EXPECT_EQ(problem_of(region, no_question), ErrorCode::kMalformed);
  http::Request too_large = good;
  too_large.body.assign(documents::kMaxStatusFeedRequest + 1, ' ');
  EXPECT_EQ(problem_of(region, too_large), ErrorCode::kTooLarge);
}

TEST_F(FeedDeskTest, LetsNoPeerTakeThePlacesOfOthers) {
  const http::Request asked =
      request_of(question(region, region.feed_position(), documents::kMostFeedWait), osaka.tls.certificate);
  std::vector<std::future<http::Response>> waiting;
  for (std::size_t i = 0; i < FeedDesk::Options().places.of_one; ++i) waiting.push_back(start(region, asked));
  EXPECT_EQ(problem_of(region, asked), ErrorCode::kRateLimited);
  EXPECT_EQ(start(region, request_of(question(region, std::nullopt), seoul.tls.certificate)).get().status,
            200);
  revoke_purchaser(region);
  for (auto& each : waiting) EXPECT_EQ(each.get().status, 200);
  EXPECT_EQ(start(region, asked).get().status, 200) << "the places are free again";
}

TEST_F(FeedDeskTest, LetsNoMoreWaitThanThereArePlaces) {
  const FeedDesk::Options narrow{.look_every = milliseconds(100), .places = {.all = 1, .of_one = 4}};
  TestDataCentre busan(root, "OU=busan-1,OU=kr,O=Countersign Demo", {}, narrow);
  busan.join(view);
  auto waiting = start(busan, request_of(question(busan, busan.feed_position(), documents::kMostFeedWait),
                                         osaka.tls.certificate));
  EXPECT_EQ(problem_of(busan, request_of(question(busan, std::nullopt), seoul.tls.certificate)),
            ErrorCode::kUnavailable);
  EXPECT_EQ(waiting.get().status, 200);
}

TEST_F(FeedDeskTest, SaysThatItCannotReadItsJournal) {
  take(region.world.database->write([](storage::Transaction& t) -> Result<void> {
    TRY(t.execute("DELETE FROM status_epoch", {}));
    return ok();
  }));
  EXPECT_EQ(problem_of(region, request_of(question(region, std::nullopt), osaka.tls.certificate)),
            ErrorCode::kUnavailable);
}

TEST_F(FeedDeskTest, TurnsAwayWhoWaitsWhenItStopsAndWhoComesLater) {
  const http::Request asked =
      request_of(question(region, region.feed_position(), documents::kMostFeedWait), osaka.tls.certificate);
  auto waiting = start(region, asked);
  region.feed_desk->stop();
  EXPECT_EQ(http::error_of(waiting.get()).code, ErrorCode::kUnavailable);
  EXPECT_EQ(problem_of(region, asked), ErrorCode::kUnavailable);
}

TEST_F(FeedDeskTest, RelaysTheFeedOfADataCentreBelowItAsItComes) {
  const StatusFeedPosition before = seoul.feed_position();
  revoke_purchaser(seoul);
  const auto page = page_of(osaka, seoul, before);
  ASSERT_TRUE(page) << page.error().detail;
  ASSERT_EQ(page.value().changes.size(), 1U);
  EXPECT_EQ(page.value().changes[0].serial, seoul.world.purchaser->certificate.serial());
  EXPECT_EQ(region.feed_questions, 1);
  EXPECT_EQ(seoul.feed_questions, 1);
}

TEST_F(FeedDeskTest, RelaysWithoutWaitingForAChange) {
  std::promise<milliseconds> waits;
  http::Router router;
  router.add("POST", kPeerFeedPath, [&](http::Request request, http::Respond respond) {
    waits.set_value(take(documents::parse_status_feed_request(request.body)).wait);
    seoul.feed_desk->answer(std::move(request), std::move(respond));
  });
  seoul.serve(std::move(router), seoul.tls);
  expect_newest_place(page_of(osaka, seoul, seoul.feed_position(), documents::kMostFeedWait), seoul);
  EXPECT_EQ(waits.get_future().get(), milliseconds(0));
}

TEST_F(FeedDeskTest, NamesADeadEnd) {
  const auto code = [&](const StatusFeedRequest& asked) {
    return problem_of(osaka, request_of(asked, region.tls.certificate));
  };
  EXPECT_EQ(code(question(seoul, std::nullopt)), ErrorCode::kNotFound);
  StatusFeedRequest nowhere = question(seoul, std::nullopt);
  nowhere.data_centre = name_of("OU=nowhere,O=Countersign Demo");
  EXPECT_EQ(code(nowhere), ErrorCode::kNotFound);
}

TEST_F(FeedDeskTest, NamesALoopAndRelaysNothingThatHasNoRelayLeft) {
  const StatusFeedRequest asked = question(seoul, std::nullopt);
  EXPECT_EQ(problem_of(region, request_of(asked, seoul.tls.certificate)), ErrorCode::kConflict);
  EXPECT_EQ(problem_of(region, request_of(asked, osaka.tls.certificate, "0")), ErrorCode::kConflict);
  for (const char* hops : {"", "2", "one"})
    EXPECT_EQ(problem_of(region, request_of(asked, osaka.tls.certificate, hops)), ErrorCode::kMalformed)
        << hops;
  EXPECT_EQ(seoul.feed_questions, 0);
}

TEST_F(FeedDeskTest, SaysThatAHomeBelowItDoesNotAnswerAndGoesOnAskingItForStatuses) {
  http::Router router;
  router.add("POST", kPeerOcspPath, [this](http::Request request, http::Respond respond) {
    seoul.desk->answer(std::move(request), std::move(respond));
  });
  router.add_blocking("POST", kPeerFeedPath, [](const http::Request&) {
    return http::problem_response({ErrorCode::kUnavailable, "no feed"});
  });
  seoul.serve(std::move(router), seoul.tls);
  for (int i = 0; i < 6; ++i) {
    const auto page = page_of(osaka, seoul, std::nullopt);
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().code, ErrorCode::kHomeUnreachable);
  }
  EXPECT_TRUE(osaka.ask_about(seoul.world.purchaser->certificate));
}

TEST_F(FeedDeskTest, RelaysNothingButMessages) {
  http::Router router;
  router.add_blocking("POST", kPeerFeedPath, [](const http::Request&) {
    return http::der_response(200, to_bytes("no message"), http::kCmsMediaType);
  });
  seoul.serve(std::move(router), seoul.tls);
  const auto page = page_of(osaka, seoul, std::nullopt);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, ErrorCode::kHomeUnreachable);
}

// A region in the way of a data centre below it, with all that a relay has.
struct LyingRelay : FeedDeskTest {
  void answer_with(std::function<Bytes(const StatusFeedRequest&)> lie) {
    http::Router router;
    router.add_blocking("POST", kPeerFeedPath, [lie = std::move(lie)](const http::Request& request) {
      return http::der_response(200, lie(take(documents::parse_status_feed_request(request.body))),
                                http::kCmsMediaType);
    });
    region.serve(std::move(router), region.tls);
  }
  ErrorCode code() {
    const auto page = page_of(osaka, seoul, seoul.feed_position());
    return page ? ErrorCode{-1} : page.error().code;
  }
};

TEST_F(LyingRelay, CannotSpeakForTheDataCentreBelowIt) {
  answer_with([this](const StatusFeedRequest& asked) {
    const x509::Issuer& responder = region.world.ocsp->responder();
    return take(documents::sign_status_feed_page({responder.certificate, responder.key, {}},
                                                 {asked.data_centre,
                                                  asked.nonce,
                                                  asked.after,
                                                  region.world.clock.now(),
                                                  *asked.after,
                                                  {},
                                                  asked.after->sequence}));
  });
  EXPECT_EQ(code(), ErrorCode::kNameNotPermitted);
}

TEST_F(LyingRelay, CannotShowAnEarlierPageAgain) {
  const Bytes earlier = take(ask(region, seoul, question(seoul, seoul.feed_position())));
  revoke_purchaser(seoul);
  answer_with([earlier](const StatusFeedRequest&) { return earlier; });
  EXPECT_EQ(code(), ErrorCode::kConflict);
}

TEST_F(LyingRelay, CannotMakeAHomeSeemRolledBackOrForkedByAskingForAnotherPlace) {
  suspend_and_resume(seoul, 1);
  const StatusFeedPosition earlier = seoul.feed_position();
  suspend_and_resume(seoul, 1);
  StatusFeedPosition forked = seoul.feed_position();
  forked.digest = {1};
  const std::optional<StatusFeedPosition> others[] = {earlier, forked, std::nullopt};
  std::atomic<std::size_t> at = 0;
  answer_with([&](StatusFeedRequest asked) {
    asked.after = others[at];
    return start(seoul, request_of(asked, region.tls.certificate)).get().body;
  });
  for (; at < std::size(others); ++at) EXPECT_EQ(code(), ErrorCode::kConflict) << at;
}

TEST_F(LyingRelay, CannotShowItsOwnFeedInstead) {
  answer_with([this](const StatusFeedRequest& asked) {
    StatusFeedRequest own = asked;
    own.data_centre = region.world.network.data_centre;
    own.after.reset();
    return start(region, request_of(own, osaka.tls.certificate)).get().body;
  });
  EXPECT_EQ(code(), ErrorCode::kNameNotPermitted);
}

}  // namespace
}  // namespace countersign::authority
