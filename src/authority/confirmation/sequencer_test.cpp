// SPDX-License-Identifier: Apache-2.0
// Batches, and what happens to all of one when store, key or right is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "authority/testing/test_world.h"

namespace countersign::authority {
namespace {

// Keeps the store's writer busy, so that requests queue, until it is released.
class BusyStore {
 public:
  explicit BusyStore(storage::Database& database) {
    std::promise<void> began;
    writer_ = std::async(std::launch::async, [this, &database, &began] {
      return database.write([&](storage::Transaction&) -> Result<void> {
        began.set_value();
        released_.get_future().wait();
        return ok();
      });
    });
    began.get_future().wait();
  }
  void release() {
    released_.set_value();
    take(writer_.get());
  }

 private:
  std::promise<void> released_;
  std::future<Result<void>> writer_;
};

// Requests that were asked for and not waited for.
class Asked {
 public:
  explicit Asked(TestWorld& world) : world_(world) {}
  void ask(Bytes request) {
    auto answered = std::make_shared<std::promise<Result<Decision>>>();
    answers_.push_back(answered->get_future());
    world_.service->confirm(
        {std::move(request), std::nullopt}, world_.merchant->certificate,
        [answered](Result<Decision> decision) { answered->set_value(std::move(decision)); });
  }
  std::vector<Result<Decision>> answers() {
    std::vector<Result<Decision>> all;
    for (auto& answer : answers_) all.push_back(answer.get());
    return all;
  }

 private:
  TestWorld& world_;
  std::vector<std::future<Result<Decision>>> answers_;
};

TEST(Sequencer, DecidesWhatQueuedInOneBatchWithRepeatsAndConflictsInIt) {
  TestWorld world;
  documents::Order order = world.new_order();
  const Bytes request = world.countersigned(order);
  documents::Order conflicting = order;
  conflicting.checkout = "checkout-2";
  const Bytes conflict = world.countersigned(conflicting);
  const Bytes other = world.countersigned(world.new_order());
  const Bytes first = world.countersigned(world.new_order());

  Asked asked(world);
  BusyStore busy(*world.database);
  for (const Bytes& each : {first, request, malleate_signature(request), conflict, other, request})
    asked.ask(each);
  busy.release();
  const auto answers = asked.answers();
  using Kind = Decision::Kind;
  std::vector<Kind> kinds;
  for (const auto& answer : answers) kinds.push_back(answer.value().kind);
  EXPECT_THAT(kinds, ::testing::ElementsAre(Kind::kConfirmed, Kind::kConfirmed, Kind::kRepeated,
                                            Kind::kRefused, Kind::kConfirmed, Kind::kRepeated));
  EXPECT_EQ(answers[1].value().document, answers[2].value().document);
  EXPECT_EQ(answers[1].value().document, answers[5].value().document);
  EXPECT_LE(world.service->counts().batches, 2U);
  EXPECT_EQ(world.check(), 3);
}

TEST(Sequencer, SpendsNoIndexOnARefusalInsideABatch) {
  TestWorld world;
  documents::Order over = world.new_order();
  over.created -= std::chrono::hours(1);
  over.expires = over.created + std::chrono::minutes(1);
  Asked asked(world);
  BusyStore busy(*world.database);
  asked.ask(world.countersigned(world.new_order()));
  asked.ask(world.countersigned(over));
  asked.ask(world.countersigned(world.new_order()));
  busy.release();
  const auto answers = asked.answers();
  EXPECT_EQ(world.confirmation_of(answers[0].value()).index, 0);
  EXPECT_EQ(answers[1].value().kind, Decision::Kind::kRefused);
  EXPECT_EQ(world.confirmation_of(answers[2].value()).index, 1);
}

TEST(Sequencer, TurnsAwayWhatItsQueueDoesNotHold) {
  TestWorld world({.queue_limit = 2, .batch_limit = 1, .decider = {}});
  Asked asked(world);
  BusyStore busy(*world.database);
  for (int i = 0; i < 6; ++i) asked.ask(world.countersigned(world.new_order()));
  busy.release();
  int confirmed = 0;
  for (const auto& answer : asked.answers()) {
    if (answer) {
      ++confirmed;
    } else {
      EXPECT_EQ(answer.error().code, ErrorCode::kRateLimited);
    }
  }
  EXPECT_GE(confirmed, 2);
  EXPECT_LE(confirmed, 3);
  EXPECT_EQ(world.check(), confirmed);
}

TEST(Sequencer, AnswersWhatIsQueuedBeforeItStops) {
  TestWorld world;
  Asked asked(world);
  for (int i = 0; i < 20; ++i) asked.ask(world.countersigned(world.new_order()));
  world.stop();
  for (const auto& answer : asked.answers()) EXPECT_TRUE(answer);
  EXPECT_EQ(world.check(), 20);
}

TEST(Sequencer, StopsConfirmingWhenAnotherProcessTookTheSequenceOver) {
  TestWorld world;
  take(world.confirm(world.countersigned(world.new_order())));
  take(world.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(world.store->claim_sequence(transaction));
    return ok();
  }));
  for (int i = 0; i < 2; ++i) {
    const Result<Decision> decision = world.confirm(world.countersigned(world.new_order()));
    ASSERT_FALSE(decision);
    EXPECT_EQ(decision.error().code, ErrorCode::kUnavailable);
    EXPECT_FALSE(world.service->is_confirming());
  }
  world.restart();
  take(world.confirm(world.countersigned(world.new_order())));
  EXPECT_EQ(world.check(), 2);
}

TEST(Sequencer, SpendsNoIndexOnASignatureThatFails) {
  TestWorld world;
  x509::Signer keyless = world.confirmation_signer;
  keyless.key = take(crypto::PrivateKey::from_native(keyless.key.public_key().native()));
  take(world.try_start(keyless));
  const Bytes request = world.countersigned(world.new_order());
  EXPECT_FALSE(world.confirm(request));
  world.restart();
  EXPECT_EQ(world.confirmation_of(take(world.confirm(request))).index, 0);
  EXPECT_EQ(world.check(), 1);
}

// A fault in the middle of a batch.
struct BreakingClock final : Clock {
  TimePoint now() const override {
    if (is_broken) throw std::runtime_error("broken");
    return time;
  }
  TimePoint time;
  std::atomic<bool> is_broken{false};
};

TEST(Sequencer, LosesNoMoreThanABatchToAFault) {
  TestWorld world;
  world.stop();
  BreakingClock clock;
  clock.time = world.clock.now();
  const auto signer = take(x509::CmsSigner::create(world.confirmation_signer));
  const auto sequencer = take(Sequencer::start(
      *world.database,
      {signer, world.network.data_centre, *world.store, *world.directory, *world.audit, *world.ocsp}, clock,
      world.folder.path() / "confirmation-index"));
  const auto request = [&] {
    KnownCertificates known(world.network.anchor, *world.database, *world.directory);
    auto judged = take(verify_request({world.countersigned(world.new_order()), std::nullopt},
                                      world.merchant->certificate, world.network.data_centre, known));
    return std::get<VerifiedRequest>(std::move(judged));
  };
  const auto submit = [&] {
    std::promise<Result<Decision>> answered;
    sequencer->submit(request(), [&](Result<Decision> decision) { answered.set_value(std::move(decision)); });
    return answered.get_future().get();
  };
  clock.is_broken = true;
  EXPECT_EQ(submit().error().code, ErrorCode::kUnavailable);
  clock.is_broken = false;
  EXPECT_EQ(take(submit()).kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(world.check(), 1);
}

TEST(Sequencer, StoresNothingOfABatchThatFindsTheDiskFull) {
  TestWorld world;
  take(world.confirm(world.countersigned(world.new_order())));
  const auto limit_pages = [&](std::string_view pragma) {
    take(world.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.query(pragma, {}));
      return ok();
    }));
  };
  limit_pages("PRAGMA max_page_count = 1");  // no page more than there are
  Result<Decision> decision = world.confirm(world.countersigned(world.new_order()));
  for (int i = 0; decision && i < 20; ++i) decision = world.confirm(world.countersigned(world.new_order()));
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kStorageFull);
  const std::int64_t stored = world.check();
  limit_pages("PRAGMA max_page_count = 1000000");
  take(world.confirm(world.countersigned(world.new_order())));
  EXPECT_EQ(world.check(), stored + 1);
}

TEST(Sequencer, DoesNotStartOnAStoreThatIsOlderThanItsReservation) {
  TestWorld world;
  world.stop();
  take(IndexReservation::write(world.folder.path() / "confirmation-index", 1'000'000));
  const Result<void> started = world.try_start(world.confirmation_signer);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kConflict);
}

TEST(Sequencer, ConfirmsOnlyWithAConfirmationSignersCertificate) {
  TestWorld world;
  const Result<void> started = world.try_start(*world.merchant);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kWrongRole);
}

}  // namespace
}  // namespace countersign::authority
