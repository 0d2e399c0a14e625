// SPDX-License-Identifier: Apache-2.0
// Purchases across data centres while the merchant's authority follows the status feed of the purchaser's
// home, which tells the truth, lies, falls silent or is cut off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "authority/interwork/foreign_holders.h"
#include "authority/interwork/testing/scripted_feed.h"
#include "authority/interwork/testing/test_data_centre.h"
#include "evidence/verify.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

using std::chrono::milliseconds;
using x509::RevocationReason;
using x509::StatusKind;

constexpr const char* kSeoul = "OU=seoul-1,OU=kr,O=Countersign Demo";
constexpr const char* kBusan = "OU=busan-1,OU=kr,O=Countersign Demo";
constexpr milliseconds kLater{20'000};  // than any status that was asked for counts by itself

FollowOptions quick() {
  return {.relayed_every = milliseconds(1),
          .least_pause = milliseconds(1),
          .catch_up_pause = milliseconds(1),
          .retry = milliseconds(1),
          .longest_retry = milliseconds(1),
          .look_every = milliseconds(1),
          .save_every = milliseconds(0)};
}

x509::Signer signer_of(const x509::Issuer& issuer) {
  return {issuer.certificate, issuer.key, {}};
}

// A merchant of Seoul and a purchaser of Busan.
struct FollowedPurchase : testing::Test {
  FollowedPurchase() {
    busan.take(view);
    seoul.take(view);
    follow();
  }
  ~FollowedPurchase() override {
    feed.answer_with(nullptr);
    stop();
  }
  // Starts as a new process over the same store.
  void follow() {
    feeds = take(StatusFeeds::open({.data_centre = seoul.world.network.data_centre,
                                    .current = current(),
                                    .ask = feed.ask(),
                                    .database = *seoul.world.database,
                                    .clock = time,
                                    .boot = boot,
                                    .metrics = &seoul.metrics,
                                    .options = quick()}));
    foreign = std::make_unique<ForeignParties>(
        ForeignParties::Parts{seoul.world.network.data_centre, current(), [this] { return view; },
                              *seoul.peers, seoul.world.clock, feeds.get()});
    seoul.world.join(*foreign);
    seoul.world.restart();
    feeds->start();
    feed.wait_for_round();
  }
  CurrentMap current() {
    return [this]() -> Result<std::shared_ptr<const network::MapView>> { return view; };
  }
  void stop() {
    seoul.world.stop();
    if (feeds) feeds->stop();
  }
  // Both clocks go on, while nobody looks at them; the feed's newest page is of now if it answers.
  void wait(milliseconds by) {
    std::latch arrived(1);
    std::latch moved(1);
    feed.answer_once([&](const documents::StatusFeedRequest& request) {
      arrived.count_down();
      moved.wait();
      return feed.answer(request);
    });
    arrived.wait();
    seoul.world.clock.advance(by);
    busan.world.clock.advance(by);
    time.advance(by);
    boot.advance(by);
    moved.count_down();
    feed.wait_for_round();
  }
  void fall_silent() {
    feed.answer_with([](const auto&) { return silence(); });
    feed.wait_for_round();
  }
  static Result<Bytes> silence() { return fail(ErrorCode::kUnavailable, "no answer"); }
  // What happens at the home, and what its feed tells of it.
  void change(CertificateState state, StatusKind kind, RevocationReason reason) {
    busan.world.change_state(stranger(), state, reason);
    feed.alter([&](FeedHistory& history) { history.change(serial(), kind, reason); });
    feed.wait_for_round();
  }
  void revoke() {
    change(CertificateState::kRevoked, StatusKind::kRevoked, RevocationReason::kKeyCompromise);
  }

  const x509::Signer& stranger() const { return *busan.world.purchaser; }
  const x509::SerialNumber& serial() const { return stranger().certificate.serial(); }
  Result<Decision> buy() { return seoul.sell_to(stranger()); }
  bool buys() {
    const auto decision = buy();
    return decision && decision.value().kind == Decision::Kind::kConfirmed;
  }
  documents::ConfirmedParty bought() { return seoul.world.confirmation_of(take(buy())).purchaser; }
  documents::Refusal refused() { return seoul.world.refusal_of(take(buy())); }
  ErrorCode refusal() { return refused().reasons.at(0).code; }
  FollowedHomeReport report() const { return feeds->home(busan.world.network.data_centre)->report(); }
  FeedState state() const { return report().state; }
  TimePoint now() const { return whole_seconds(seoul.world.clock.now()); }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre seoul{root, kSeoul};
  TestDataCentre busan{root, kBusan};
  std::shared_ptr<const network::MapView> view = view_of(map_of({&seoul, &busan}));
  ManualBootClock boot;
  SharedClock time{seoul.world.clock.now()};
  ScriptedFeed feed{busan.world.network.data_centre, signer_of(busan.world.ocsp->responder()), time};
  std::unique_ptr<StatusFeeds> feeds;
  std::unique_ptr<ForeignParties> foreign;
};

// --- a live feed

TEST_F(FollowedPurchase, AsksOnceAboutACertificateAndThenNobody) {
  EXPECT_EQ(state(), FeedState::kLive);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(buys());
    wait(kLater);
  }
  EXPECT_EQ(busan.questions, 1);
  EXPECT_EQ(report().known, 1U);
}

TEST_F(FollowedPurchase, SaysOnWhatItRestsInAConfirmationThatProvesItself) {
  EXPECT_FALSE(bought().as_of);
  wait(kLater);
  const auto decision = take(buy());
  const auto purchaser = seoul.world.confirmation_of(decision).purchaser;
  EXPECT_EQ(purchaser.as_of, now());
  EXPECT_FALSE(purchaser.degraded);
  const auto proof = evidence::verify_evidence(decision.document, root.certificate, {});
  EXPECT_TRUE(proof.is_valid()) << evidence::write_report_text(proof);
  EXPECT_EQ(report().by_feed, 1U);
}

TEST_F(FollowedPurchase, RefusesOnArrivalOfARevocationWithoutAskingAnybody) {
  ASSERT_TRUE(buys());
  revoke();
  const auto answer = refused();
  EXPECT_EQ(answer.reasons.at(0).code, ErrorCode::kCertificateRevoked);
  EXPECT_TRUE(answer.final);
  EXPECT_EQ(busan.questions, 1);
}

TEST_F(FollowedPurchase, RefusesWhomTheFeedPutsOnHoldAndAsksAgainOnceTheHoldEnds) {
  ASSERT_TRUE(buys());
  change(CertificateState::kOnHold, StatusKind::kRevoked, RevocationReason::kCertificateHold);
  const auto answer = refused();
  EXPECT_EQ(answer.reasons.at(0).code, ErrorCode::kCertificateOnHold);
  EXPECT_FALSE(answer.final);
  EXPECT_EQ(busan.questions, 1);
  change(CertificateState::kActive, StatusKind::kGood, RevocationReason::kUnspecified);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
}

TEST_F(FollowedPurchase, RefusesWhatChangedBetweenTheQuestionAndItsAnswer) {
  http::Router router;
  router.add("POST", kPeerOcspPath, [this](http::Request request, http::Respond respond) {
    feed.alter([this](FeedHistory& history) { history.change(serial(), StatusKind::kRevoked); });
    feed.wait_for_round();
    busan.desk->answer(std::move(request), std::move(respond));  // which still says that it is good
  });
  busan.serve(std::move(router), busan.tls);
  EXPECT_EQ(refusal(), ErrorCode::kCertificateRevoked);
}

TEST_F(FollowedPurchase, RenewsAnAnswerThatIsUsedBeforeItsTimeIsOver) {
  ASSERT_TRUE(buys());
  const auto party = take(foreign->recognise(stranger().certificate));
  const auto first = foreign->known_status(party);
  wait(std::chrono::minutes(6));
  ASSERT_TRUE(buys());
  while (foreign->known_status(party) == first) feed.wait_for_round();
  wait(std::chrono::minutes(4) + Seconds(30));
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
}

TEST_F(FollowedPurchase, AsksAgainAboutAnAnswerWhoseTimeIsOver) {
  ASSERT_TRUE(buys());
  wait(std::chrono::minutes(11));
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
}

TEST_F(FollowedPurchase, KnowsNobodyBecauseHeBearsASerialThatIsKnown) {
  ASSERT_TRUE(buys());
  const auto party = take(foreign->recognise(stranger().certificate));
  EXPECT_NE(foreign->known_status(party), nullptr);
  ForeignParty other = *party;
  other.certificate = busan.world.merchant->certificate;
  EXPECT_EQ(foreign->known_status(std::make_shared<const ForeignParty>(other)), nullptr);
}

TEST_F(FollowedPurchase, ServesAHolderWhoIsKnownWithoutAskingAnybody) {
  PlacesToWait places{1};
  const auto judge = [&] {
    const Bytes request =
        take(x509::sign_cms(stranger(), as_bytes("{}"), {.signing_time = seoul.world.clock.now()}));
    return judge_foreign_holder(*foreign, seoul.world.clock, places,
                                take(x509::UnverifiedCms::parse(request)));
  };
  ASSERT_TRUE(buys());
  wait(kLater);
  EXPECT_TRUE(judge());
  revoke();
  EXPECT_EQ(judge().error().code, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(busan.questions, 1);
}

// --- silence

TEST_F(FollowedPurchase, AsksTheHomeWhileItsFeedIsSilent) {
  ASSERT_TRUE(buys());
  fall_silent();
  wait(kLater);
  EXPECT_EQ(state(), FeedState::kSilent);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
}

TEST_F(FollowedPurchase, GoesOnWithWhatItKnewOnceTheFeedIsBackWithoutAGap) {
  ASSERT_TRUE(buys());
  fall_silent();
  wait(kLater);
  feed.answer_with(nullptr);
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kLive);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 1);
}

TEST_F(FollowedPurchase, LearnsOfARevocationThatCameWhileTheFeedWasSilent) {
  ASSERT_TRUE(buys());
  fall_silent();
  revoke();
  wait(kLater);
  feed.answer_with(nullptr);
  feed.wait_for_round();
  EXPECT_EQ(refusal(), ErrorCode::kCertificateRevoked);
  EXPECT_EQ(busan.questions, 1);
}

TEST_F(FollowedPurchase, DecidesNothingWhenFeedAndHomeAreSilent) {
  ASSERT_TRUE(buys());
  fall_silent();
  busan.stop_serving();
  wait(kLater);
  const auto answer = refused();
  EXPECT_EQ(answer.reasons.at(0).code, ErrorCode::kHomeUnreachable);
  EXPECT_FALSE(answer.final);
  EXPECT_EQ(report().unreachable, 1U);
  EXPECT_EQ(report().degraded, 0U);
}

// The request was known when it came; while it waited the feed fell silent.
TEST_F(FollowedPurchase, JudgesTheFeedAgainWhenItDecides) {
  ASSERT_TRUE(buys());
  wait(kLater);
  const auto party = take(foreign->recognise(stranger().certificate));
  const auto status = foreign->known_status(party);
  ASSERT_NE(status, nullptr);
  EXPECT_TRUE(foreign->judge(*party, status, seoul.world.clock.now(), kClockTolerance));
  fall_silent();
  wait(milliseconds(6'000));
  const auto judged = foreign->judge(*party, status, seoul.world.clock.now(), kClockTolerance);
  EXPECT_EQ(judged.error().code, ErrorCode::kHomeUnreachable);
}

TEST_F(FollowedPurchase, IsSilentWhileAHomeIsFrozen) {
  ASSERT_TRUE(buys());
  std::latch arrived(1);
  std::latch thawed(1);
  feed.answer_once([&](const documents::StatusFeedRequest& request) {
    arrived.count_down();
    thawed.wait();
    return feed.answer(request);
  });
  arrived.wait();
  boot.advance(milliseconds(6'000));
  EXPECT_EQ(state(), FeedState::kSilent);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
  thawed.count_down();
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kLive);
}

TEST_F(FollowedPurchase, StopsThoughAHomeDoesNotAnswer) {
  std::latch arrived(1);
  std::promise<void> released;
  feed.answer_once([&](const auto&) {
    arrived.count_down();
    released.get_future().wait();
    return silence();
  });
  arrived.wait();
  auto stopped = std::async(std::launch::async, [&] { stop(); });
  released.set_value();
  stopped.get();
  EXPECT_EQ(feeds->home(busan.world.network.data_centre), nullptr);
}

// --- feeds that are not what they should be

TEST_F(FollowedPurchase, TakesNoPageThatWasMadeForAnotherQuestion) {
  Bytes kept;
  feed.answer_once([&](const documents::StatusFeedRequest& request) -> Result<Bytes> {
    kept = feed.page_for(request);
    return kept;
  });
  feed.wait_for_round();
  feed.answer_with([&](const auto&) -> Result<Bytes> { return kept; });
  feed.wait_for_round();
  wait(kLater);
  EXPECT_EQ(state(), FeedState::kSilent);
  EXPECT_GT(report().failures, 0U);
}

TEST_F(FollowedPurchase, TakesNoPageForAnotherPlaceThanItAskedForNorHoldsItAgainstTheHome) {
  const auto earlier = report().position;
  feed.alter([](FeedHistory& history) { history.revoke(); });
  feed.wait_for_round();
  feed.answer_with([&](documents::StatusFeedRequest request) -> Result<Bytes> {
    request.after = earlier;
    return feed.page_for(request);
  });
  feed.wait_for_round();
  wait(kLater);
  EXPECT_EQ(state(), FeedState::kSilent);
  EXPECT_GT(report().failures, 0U);
  feed.answer_with(nullptr);
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kLive);
}

TEST_F(FollowedPurchase, TakesNoPageThatIsCutOff) {
  feed.answer_with([&](const auto& request) -> Result<Bytes> {
    Bytes page = feed.page_for(request);
    page.resize(page.size() - 1);
    return page;
  });
  feed.wait_for_round();
  wait(kLater);
  EXPECT_EQ(state(), FeedState::kSilent);
}

TEST_F(FollowedPurchase, TakesNoPageThatARelayMakesItself) {
  feed.answer_with([&](const auto& request) -> Result<Bytes> {
    return take(documents::sign_status_feed_page(signer_of(seoul.world.ocsp->responder()),
                                                 feed.unsigned_page_for(request)));
  });
  feed.wait_for_round();
  wait(kLater);
  EXPECT_EQ(state(), FeedState::kSilent);
}

TEST_F(FollowedPurchase, IsNotLiveWithAHomeThatKeepsTheNewestChangesToItself) {
  feed.alter([](FeedHistory& history) {
    history.revoke();
    history.revoke();
  });
  feed.answer_with([&](const auto& request) -> Result<Bytes> {
    auto page = feed.unsigned_page_for(request);
    page.changes.pop_back();
    return feed.sign(page);
  });
  feed.wait_for_round();
  wait(kLater);
  EXPECT_EQ(state(), FeedState::kSilent);
  EXPECT_EQ(report().lag, 1);
}

TEST_F(FollowedPurchase, AsksTheHomeOnceItsFeedIsRolledBackAndAfterARestart) {
  ASSERT_TRUE(buys());
  feed.alter([](FeedHistory& history) { history.revoke(); });
  feed.wait_for_round();
  feed.alter([](FeedHistory& history) { history.forget_newest(); });
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kRolledBack);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
  stop();
  follow();
  EXPECT_EQ(state(), FeedState::kRolledBack);
  feed.alter([](FeedHistory& history) { history.begin_epoch(); });
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kLive);
}

TEST_F(FollowedPurchase, NoticesAForkOverARestart) {
  feed.alter([](FeedHistory& history) { history.revoke(); });
  feed.wait_for_round();
  stop();
  feed.alter([](FeedHistory& history) {
    history.forget_newest();
    history.revoke();
  });
  follow();
  EXPECT_EQ(state(), FeedState::kForked);
}

TEST_F(FollowedPurchase, ForgetsWhatItKnewAfterAGapAndInAnotherEpoch) {
  ASSERT_TRUE(buys());
  feed.answer_once([&](const auto& request) -> Result<Bytes> {
    feed.alter([](FeedHistory& history) {
      history.revoke();
      history.trim();
    });
    return feed.page_for(request);
  });
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kLive);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 2);
  feed.alter([](FeedHistory& history) { history.begin_epoch(); });
  feed.wait_for_round();
  EXPECT_EQ(state(), FeedState::kLive);
  EXPECT_TRUE(buys());
  EXPECT_EQ(busan.questions, 3);
}

TEST_F(FollowedPurchase, TellsHowFarTheHomesClockIsFromOursAndIsLiveAllTheSame) {
  feed.answer_with([&](const auto& request) -> Result<Bytes> {
    auto page = feed.unsigned_page_for(request);
    page.time += std::chrono::minutes(5);
    return feed.sign(page);
  });
  feed.wait_for_round();
  EXPECT_EQ(report().clock_offset, std::chrono::minutes(5));
  EXPECT_EQ(state(), FeedState::kLive);
}

TEST_F(FollowedPurchase, FollowsNobodyWhomTheMapHasNoMore) {
  EXPECT_NE(feeds->home(busan.world.network.data_centre), nullptr);
  EXPECT_EQ(feeds->home(seoul.world.network.data_centre), nullptr);
}

TEST_F(FollowedPurchase, ShowsInTheMetricsWhatItFollows) {
  ASSERT_TRUE(buys());
  const std::string peer = "{peer=\"" + std::string(kBusan) + "\"}";
  const auto shows = [&](const std::string& line) {
    return testing::Value(seoul.metrics.text(), testing::HasSubstr(line));
  };
  while (!shows("countersign_feed_known_certificates" + peer + " 1\n")) feed.wait_for_round();
  EXPECT_TRUE(shows("countersign_feed_live" + peer + " 1\n"));
  EXPECT_TRUE(shows("countersign_feed_broken" + peer + " 0\n"));
}

// --- what was last known

struct DegradedPurchase : FollowedPurchase {
  DegradedPurchase() { choose({.below = {{"KRW", 27'001}}, .max_age = std::chrono::minutes(5)}); }
  void choose(DegradedPolicy policy) {
    seoul.world.choose(std::move(policy));
    seoul.world.restart();
  }
  void cut() {
    ASSERT_TRUE(buys());
    fall_silent();
    busan.stop_serving();
    known_until = now();
  }
  TimePoint known_until;
};

TEST_F(DegradedPurchase, IsConfirmedByWhatWasLastKnownAndSaysSo) {
  cut();
  wait(std::chrono::minutes(1));
  const auto decision = take(buy());
  const auto purchaser = seoul.world.confirmation_of(decision).purchaser;
  EXPECT_TRUE(purchaser.degraded);
  EXPECT_EQ(purchaser.as_of, known_until);
  const auto proof = evidence::verify_evidence(decision.document, root.certificate, {});
  EXPECT_TRUE(proof.is_valid());
  EXPECT_THAT(evidence::write_report_text(proof), testing::HasSubstr("DEGRADED"));
  EXPECT_EQ(report().degraded, 1U);
  EXPECT_EQ(report().unreachable, 0U);
}

TEST_F(DegradedPurchase, IsInTheAuditLog) {
  cut();
  wait(std::chrono::minutes(1));
  ASSERT_TRUE(buys());
  std::vector<AuditRecord> records;
  take(seoul.world.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(records, seoul.world.audit->page(reader, 0, 1000));
    return ok();
  }));
  EXPECT_EQ(records.back().entry.act, "confirm");
  EXPECT_THAT(records.back().entry.detail, testing::HasSubstr("degraded: purchaser's home unreachable"));
  EXPECT_THAT(records.back().entry.detail, testing::HasSubstr(format_time(known_until)));
}

TEST_F(DegradedPurchase, IsRefusedFromTheAmountOnThatTheOperatorChose) {
  choose({.below = {{"KRW", 27'000}, {"EUR", 1'000'000}}, .max_age = std::chrono::minutes(5)});
  cut();
  wait(std::chrono::minutes(1));
  EXPECT_EQ(refusal(), ErrorCode::kHomeUnreachable);
}

TEST_F(DegradedPurchase, IsRefusedOnceWhatWasLastKnownIsTooOld) {
  cut();
  wait(std::chrono::minutes(5) + Seconds(1));
  EXPECT_EQ(refusal(), ErrorCode::kHomeUnreachable);
}

TEST_F(DegradedPurchase, IsRefusedOfWhomNothingIsKnown) {
  fall_silent();
  busan.stop_serving();
  EXPECT_EQ(refusal(), ErrorCode::kHomeUnreachable);
}

TEST_F(DegradedPurchase, IsRefusedAfterAChangeThatTheFeedTold) {
  ASSERT_TRUE(buys());
  revoke();
  fall_silent();
  busan.stop_serving();
  wait(std::chrono::minutes(1));
  EXPECT_EQ(refusal(), ErrorCode::kCertificateRevoked);
  EXPECT_EQ(report().degraded, 0U);
}

TEST_F(DegradedPurchase, IsRefusedWhileTheFeedIsBroken) {
  feed.alter([](FeedHistory& history) { history.revoke(); });
  feed.wait_for_round();
  feed.alter([](FeedHistory& history) { history.forget_newest(); });
  feed.wait_for_round();
  ASSERT_EQ(state(), FeedState::kRolledBack);
  ASSERT_TRUE(buys());
  busan.stop_serving();
  wait(kLater);
  EXPECT_EQ(refusal(), ErrorCode::kHomeUnreachable);
}

// --- real desks, over real connections

// Notes each question on its way, so that a test can wait for the next ones.
class Rounds {
 public:
  StatusFeeds::Ask around(StatusFeeds::Ask inner) {
    return [this, inner = std::move(inner)](const auto& view, const Route& route, BytesView request,
                                            milliseconds wait) {
      {
        const std::lock_guard lock(mutex_);
        ++begun_;
      }
      asked_.notify_all();
      return inner(view, route, request, wait);
    };
  }
  void wait() {
    std::unique_lock lock(mutex_);
    const int seen = begun_;
    asked_.wait(lock, [&] { return begun_ >= seen + 2; });
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable asked_;
  int begun_ = 0;
};

// Osaka follows Seoul, which is asked itself or through the region kr.
struct FollowedDesk : testing::Test {
  void join(bool through_region) {
    auto map = map_of({&osaka, &seoul, &region});
    for (auto& centre : map.data_centres)
      if (through_region && centre.name == home()) centre.through = region.world.network.data_centre;
    const auto view = view_of(std::move(map));
    for (TestDataCentre* each : {&osaka, &seoul, &region}) each->take(view);
    const CurrentMap current = [view]() -> Result<std::shared_ptr<const network::MapView>> { return view; };
    FollowOptions options = quick();
    options.wait = milliseconds(20);
    feeds = take(StatusFeeds::open({.data_centre = osaka.world.network.data_centre,
                                    .current = current,
                                    .ask = rounds.around(ask_peers(*osaka.peers)),
                                    .database = *osaka.world.database,
                                    .clock = osaka.world.clock,
                                    .boot = boot,
                                    .options = options}));
    foreign = std::make_unique<ForeignParties>(ForeignParties::Parts{osaka.world.network.data_centre, current,
                                                                     [view] { return view; }, *osaka.peers,
                                                                     osaka.world.clock, feeds.get()});
    osaka.world.join(*foreign);
    osaka.world.restart();
    feeds->start();
    until([&] { return state() == FeedState::kLive; });
  }
  ~FollowedDesk() override {
    osaka.world.stop();
    if (feeds) feeds->stop();
    osaka.peers->stop();
  }
  void until(const std::function<bool()>& condition) {
    while (!condition()) rounds.wait();
  }
  const x509::Name& home() const { return seoul.world.network.data_centre; }
  FollowedHomeReport report() const {
    const auto followed = feeds->home(home());
    return followed ? followed->report() : FollowedHomeReport{};
  }
  FeedState state() const { return report().state; }
  Result<Decision> buy() { return osaka.sell_to(*seoul.world.purchaser); }
  void expect_revocation_on_arrival() {
    ASSERT_EQ(take(buy()).kind, Decision::Kind::kConfirmed);
    const int asked = seoul.questions;
    ASSERT_EQ(take(buy()).kind, Decision::Kind::kConfirmed);
    EXPECT_EQ(seoul.questions, asked) << "asked about a certificate that it knew";
    seoul.world.change_state(*seoul.world.purchaser, CertificateState::kRevoked,
                             RevocationReason::kKeyCompromise);
    until([&] { return report().position == seoul.feed_position(); });
    EXPECT_EQ(take(buy()).reason, ErrorCode::kCertificateRevoked);
    EXPECT_EQ(seoul.questions, asked);
  }

  x509::Issuer root = sample::make_root(ManualClock().now() - std::chrono::hours(24));
  TestDataCentre region{root, "OU=kr,O=Countersign Demo"};
  TestDataCentre seoul{root, kSeoul};
  TestDataCentre osaka{root, "OU=osaka-1,OU=jp,O=Countersign Demo"};
  ManualBootClock boot;
  Rounds rounds;
  std::unique_ptr<StatusFeeds> feeds;
  std::unique_ptr<ForeignParties> foreign;
};

TEST_F(FollowedDesk, TellsOfARevocationAndNobodyIsAsked) {
  join(false);
  expect_revocation_on_arrival();
}

TEST_F(FollowedDesk, TellsOfARevocationThroughARegion) {
  join(true);
  expect_revocation_on_arrival();
  EXPECT_GT(region.feed_questions, 0);
  EXPECT_EQ(region.questions, 1) << "one question to the relay, and one to the home";
  EXPECT_EQ(seoul.questions, 1);
}

TEST_F(FollowedDesk, IsSilentOnceItIsStoppedAndCatchesUpByItself) {
  join(false);
  ASSERT_EQ(take(buy()).kind, Decision::Kind::kConfirmed);
  seoul.stop_serving();
  const std::uint64_t failures = report().failures;
  until([&] { return report().failures > failures; });
  boot.advance(milliseconds(6'000));
  EXPECT_EQ(state(), FeedState::kSilent);
  seoul.world.change_state(*seoul.world.purchaser, CertificateState::kRevoked,
                           RevocationReason::kKeyCompromise);
  seoul.serve();
  until([&] { return state() == FeedState::kLive; });
  const int asked = seoul.questions;
  EXPECT_EQ(take(buy()).reason, ErrorCode::kCertificateRevoked);
  EXPECT_EQ(seoul.questions, asked);
}

}  // namespace
}  // namespace countersign::authority
