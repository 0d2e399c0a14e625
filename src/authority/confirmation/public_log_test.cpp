// SPDX-License-Identifier: Apache-2.0
// Confirming while a public log is kept: what is logged, and what is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "authority/testing/scripted_witnessing.h"
#include "authority/testing/test_world.h"
#include "documents/log_entry.h"
#include "storage/file.h"

namespace countersign::authority {
namespace {

class PublicLogTest : public ::testing::Test {
 protected:
  PublicLogTest() {
    world_.keep_log();
    world_.restart();
  }
  Decision confirm_one() { return take(world_.confirm(world_.countersigned(world_.new_order()))); }
  // The proof that its batch's head gives verifies.
  void expect_proven(const Decision& decision) {
    ASSERT_TRUE(decision.place);
    const LogPlace& place = *decision.place;
    ASSERT_TRUE(place.head);
    const auto confirmation = world_.confirmation_of(decision);
    const auto entry =
        take(documents::entry_of_confirmation(confirmation.id, place.nonce, decision.document));
    EXPECT_TRUE(merkle::verify_inclusion(merkle::leaf_hash(documents::write_log_entry(entry)), place.index,
                                         place.head->size(), place.head->tree().root(),
                                         take(place.head->tree().prove_inclusion(place.index))));
  }
  TestWorld world_;
};

TEST_F(PublicLogTest, NamesTheLogInTheConfirmationAndProvesIt) {
  for (int i = 0; i < 3; ++i) {
    const Decision decision = confirm_one();
    const auto confirmation = world_.confirmation_of(decision);
    EXPECT_EQ(confirmation.log, "seoul-1.example/log");
    EXPECT_EQ(confirmation.index, i);
    EXPECT_EQ(decision.place->index, static_cast<std::uint64_t>(i));
    EXPECT_EQ(decision.place->time, confirmation.time);
    expect_proven(decision);
  }
  EXPECT_EQ(world_.check(), 3);
}

TEST_F(PublicLogTest, GivesARepeatedConfirmationItsPlace) {
  const Bytes request = world_.countersigned(world_.new_order());
  const Decision first = take(world_.confirm(request));
  const Decision again = take(world_.confirm(request));
  EXPECT_EQ(again.kind, Decision::Kind::kRepeated);
  EXPECT_EQ(again.place->index, first.place->index);
  EXPECT_EQ(again.place->nonce, first.place->nonce);
  EXPECT_FALSE(again.place->head) << "it is proven out of the store";
  EXPECT_EQ(world_.check(), 1);
}

TEST_F(PublicLogTest, LogsNoRefusal) {
  documents::Order over = world_.new_order();
  over.created -= std::chrono::hours(1);
  over.expires = over.created + std::chrono::minutes(1);
  const Decision refused = take(world_.confirm(world_.countersigned(over)));
  EXPECT_EQ(refused.kind, Decision::Kind::kRefused);
  EXPECT_FALSE(refused.place);
  EXPECT_EQ(world_.check(), 0);
}

TEST_F(PublicLogTest, LogsManyBatchesWithoutAHole) {
  std::vector<std::future<Result<Decision>>> answers;
  for (int i = 0; i < 600; ++i) {
    auto answered = std::make_shared<std::promise<Result<Decision>>>();
    answers.push_back(answered->get_future());
    world_.service->confirm(
        {world_.countersigned(world_.new_order()), std::nullopt}, world_.merchant->certificate,
        [answered](Result<Decision> decision) { answered->set_value(std::move(decision)); });
  }
  for (auto& answer : answers) expect_proven(take(answer.get()));
  EXPECT_EQ(world_.check(), 600);
}

TEST_F(PublicLogTest, SpendsNoEntryOnASignatureThatFails) {
  confirm_one();
  x509::Signer keyless = world_.confirmation_signer;
  keyless.key = take(crypto::PrivateKey::from_native(keyless.key.public_key().native()));
  take(world_.try_start(keyless));
  const Bytes request = world_.countersigned(world_.new_order());
  EXPECT_FALSE(world_.confirm(request));
  EXPECT_EQ(world_.check(), 1);
  world_.restart();
  EXPECT_EQ(take(world_.confirm(request)).place->index, 1U);
  EXPECT_EQ(world_.check(), 2);
}

TEST_F(PublicLogTest, LogsNothingOfABatchThatFindsTheDiskFull) {
  confirm_one();
  const auto limit_pages = [&](std::string_view pragma) {
    take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.query(pragma, {}));
      return ok();
    }));
  };
  limit_pages("PRAGMA max_page_count = 1");  // no page more than there are
  Result<Decision> decision = world_.confirm(world_.countersigned(world_.new_order()));
  for (int i = 0; decision && i < 20; ++i)
    decision = world_.confirm(world_.countersigned(world_.new_order()));
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kStorageFull);
  const std::int64_t stored = world_.check();
  limit_pages("PRAGMA max_page_count = 1000000");
  expect_proven(confirm_one());
  EXPECT_EQ(world_.check(), stored + 1);
}

TEST_F(PublicLogTest, GoesOnAfterARestart) {
  for (int i = 0; i < 3; ++i) {
    expect_proven(confirm_one());
    world_.restart();
  }
  EXPECT_EQ(world_.check(), 3);
}

TEST_F(PublicLogTest, StopsWithTheSequence) {
  confirm_one();
  take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(world_.store->claim_sequence(transaction));
    return ok();
  }));
  EXPECT_EQ(world_.confirm(world_.countersigned(world_.new_order())).error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(world_.service->is_confirming());
  world_.restart();
  confirm_one();
  EXPECT_EQ(world_.check(), 2);
}

TEST_F(PublicLogTest, ConfirmsNothingWhileTheClockIsFarBehind) {
  confirm_one();
  world_.clock.advance(-std::chrono::seconds(90));
  const Result<Decision> decision = world_.confirm(world_.countersigned(world_.new_order()));
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(decision.error().detail, ::testing::HasSubstr("clock"));
  EXPECT_TRUE(world_.service->is_confirming());
  world_.clock.advance(std::chrono::seconds(90));
  confirm_one();
  EXPECT_EQ(world_.check(), 2);
}

TEST_F(PublicLogTest, DoesNotStartWithAnotherKeyOrOrigin) {
  confirm_one();
  world_.keep_log("busan-1.example/log");
  EXPECT_EQ(world_.try_start(world_.confirmation_signer).error().code, ErrorCode::kConflict);
}

class WatchedLogTest : public ::testing::Test {
 protected:
  WatchedLogTest() {
    world_.keep_log();
    world_.watch_log(witnesses_);
    world_.restart();
  }
  Result<Decision> confirm() { return world_.confirm(world_.countersigned(world_.new_order())); }
  ErrorCode code_of_confirming() {
    const auto decision = confirm();
    return decision ? ErrorCode{-1} : decision.error().code;
  }
  ScriptedWitnessing witnesses_;  // outlives the world
  TestWorld world_;
};

TEST_F(WatchedLogTest, ConfirmsAndSaysThatTheLogGrew) {
  take(confirm());
  EXPECT_TRUE(witnesses_.grew > 0);
  EXPECT_EQ(world_.check(), 1);
}

TEST_F(WatchedLogTest, ConfirmsNothingWhileTheWitnessesDoNotLetItSign) {
  const Bytes before = world_.countersigned(world_.new_order());
  take(world_.confirm(before));
  witnesses_.allows = false;
  EXPECT_EQ(code_of_confirming(), ErrorCode::kUnavailable);
  EXPECT_EQ(take(world_.confirm(before)).kind, Decision::Kind::kRepeated) << "what is there is given";
  documents::Order late = world_.new_order();
  late.expires = world_.clock.now() - Seconds(1);
  late.created = late.expires - Seconds(60);
  EXPECT_EQ(take(world_.confirm(world_.countersigned(late))).kind, Decision::Kind::kRefused)
      << "a refusal is not for the log";
  EXPECT_EQ(world_.check(), 1);
  witnesses_.allows = true;
  EXPECT_EQ(take(confirm()).kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(world_.check(), 2);
}

// What a log of before lacks is not signed without them, and first of all with them.
TEST_F(WatchedLogTest, CatchesUpOnceTheWitnessesLetItSign) {
  world_.keep_log("");
  world_.restart();
  take(confirm());
  take(confirm());
  world_.keep_log();
  witnesses_.allows = false;
  world_.restart();
  EXPECT_EQ(world_.log_appender->size(), 0U);
  EXPECT_EQ(code_of_confirming(), ErrorCode::kUnavailable);
  witnesses_.allows = true;
  EXPECT_EQ(take(confirm()).place->index, 2U);
  EXPECT_EQ(world_.check(), 3);
}

}  // namespace
}  // namespace countersign::authority
