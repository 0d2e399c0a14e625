// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_lane.h"

#include <gtest/gtest.h>

#include <climits>
#include <future>

#include "authority/witness/testing/scripted_witness.h"

namespace countersign::authority {
namespace {

using Kind = WitnessAnswer::Kind;
using std::chrono::milliseconds;

TEST(RetryAfter, GrowsUpToALimitAndByChance) {
  const RetryOptions options{milliseconds(300), milliseconds(6000), milliseconds(1)};
  struct Row {
    int failures;
    std::uint8_t chance;
    int pause;
  };
  const Row rows[] = {{1, 0, 200},    {1, 128, 300},  {1, 255, 399},     {2, 128, 600},
                      {5, 128, 4800}, {6, 128, 6000}, {1000, 128, 6000}, {INT_MAX, 0, 4000}};
  for (const Row& row : rows)
    EXPECT_EQ(retry_after(options, row.failures, row.chance).count(), row.pause) << row.failures;
}

struct WitnessLaneTest : testing::Test {
  WitnessLaneTest() { log_.grow(5); }
  std::unique_ptr<WitnessLane> lane_to(const KnownWitness& witness) {
    return std::make_unique<WitnessLane>(take(WitnessVoice::open(witness, log_, clock_)), board_, log_,
                                         RetryOptions{milliseconds(5), milliseconds(20), milliseconds(5)},
                                         [this](const KnownWitness&, const WitnessAnswer& answer) {
                                           const std::lock_guard lock(mutex_);
                                           heard_.push_back(answer.kind);
                                         });
  }
  void begin() { board_.begin(log_.newest(), CosigningRound::Moment::clock::now()); }
  std::vector<Kind> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  bool hears(Kind kind, std::size_t times = 1) {
    return comes_true([&] {
      const auto all = heard();
      return static_cast<std::size_t>(std::count(all.begin(), all.end(), kind)) >= times;
    });
  }

  ManualClock clock_;
  TestLog log_;
  TestWitness witness_{"osaka-1.example/witness", clock_, {&log_}};
  CosigningBoard board_;
  std::mutex mutex_;
  std::vector<Kind> heard_;
};

TEST_F(WitnessLaneTest, AsksOnceAboutEachRound) {
  const auto lane = lane_to(witness_.known());
  begin();
  ASSERT_TRUE(hears(Kind::kCosigned));
  log_.grow(1);
  begin();
  ASSERT_TRUE(hears(Kind::kCosigned, 2));
  EXPECT_EQ(witness_.questions, 2);
  EXPECT_EQ(board_.round()->count(), 1U);
}

TEST_F(WitnessLaneTest, AsksAgainAfterFailures) {
  witness_.stop();
  const auto lane = lane_to(witness_.known());
  begin();
  ASSERT_TRUE(hears(Kind::kFails, 3));
  witness_.start();
  EXPECT_TRUE(hears(Kind::kCosigned));
}

TEST_F(WitnessLaneTest, WaitsForTheRoundThatHasWhatTheWitnessKnows) {
  begin();
  log_.grow(4);
  ASSERT_EQ(witness_.desk->add_checkpoint(body_from(log_, 0)).status, 200) << "somebody brought it";
  const auto lane = lane_to(witness_.known());
  ASSERT_TRUE(comes_true([&] { return witness_.questions > 0; }));
  begin();
  ASSERT_TRUE(hears(Kind::kCosigned));
  EXPECT_EQ(heard(), std::vector<Kind>{Kind::kCosigned}) << "nothing was said against the log";
}

TEST_F(WitnessLaneTest, WaitsForTheRoundAlsoWhereOnlyAReceiptHasWhatTheWitnessKnows) {
  begin();
  log_.commit(4);
  ASSERT_EQ(witness_.desk->add_checkpoint(body_from(log_, 0)).status, 200) << "somebody brought a receipt's";
  const auto lane = lane_to(witness_.known());
  ASSERT_TRUE(comes_true([&] { return witness_.questions > 0; }));
  log_.store();
  begin();
  ASSERT_TRUE(hears(Kind::kCosigned));
  EXPECT_EQ(heard(), std::vector<Kind>{Kind::kCosigned}) << "nothing was said against the log";
}

TEST_F(WitnessLaneTest, AsksWhatAWitnessHasThatIsAhead) {
  log_.grow(4);
  ASSERT_EQ(witness_.desk->add_checkpoint(body_from(log_, 0)).status, 200);
  log_.go_back_to(5);
  begin();
  const auto lane = lane_to(witness_.known());
  EXPECT_TRUE(hears(Kind::kAhead));
}

TEST_F(WitnessLaneTest, DoesNotKeepWhatWasCosignedOfARoundThatIsOver) {
  std::promise<void> asked;
  std::promise<void> answer;
  ScriptedWitness* self = nullptr;
  ScriptedWitness late([&](const checkpoint::AddCheckpoint& question) {
    if (self->questions == 1) {
      asked.set_value();
      answer.get_future().wait();
    }
    return ScriptedWitness::cosign(self->key, ScriptedWitness::text_of(question), clock_.now());
  });
  self = &late;
  begin();
  const auto lane = lane_to(late.known());
  asked.get_future().wait();
  log_.grow(1);
  begin();
  answer.set_value();
  ASSERT_TRUE(hears(Kind::kCosigned, 2));
  const auto verified =
      checkpoint::verify_checkpoint(board_.round()->note(), log_.key(), {&late.key.verifier(), 1});
  EXPECT_EQ(take(verified).cosignatures.size(), 1U);
}

TEST_F(WitnessLaneTest, EndsWhereThereIsNothingToAsk) {
  auto lane = lane_to(witness_.known());
  lane->close();
  EXPECT_TRUE(comes_true([&] { return lane->has_ended(); }));
}

}  // namespace
}  // namespace countersign::authority
