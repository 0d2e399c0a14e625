// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_lane.h"

#include <gtest/gtest.h>

#include <future>
#include <latch>

namespace countersign::authority {
namespace {

using Peer = PeerAnswer::Peer;
using State = CircuitBreaker::State;

PeerAnswer good() {
  return {Bytes{1}, Peer::kWorks};
}
PeerAnswer silence() {
  return {fail(ErrorCode::kUnavailable, "no answer"), Peer::kFails};
}

std::future<PeerAnswer> ask(PeerLane& lane, PeerLane::Ask how) {
  auto answered = std::make_shared<std::promise<PeerAnswer>>();
  lane.ask(std::move(how), [answered](PeerAnswer answer) { answered->set_value(std::move(answer)); });
  return answered->get_future();
}

ErrorCode code_of(std::future<PeerAnswer> answer) {
  const PeerAnswer got = answer.get();
  return got.response ? ErrorCode::kInternal : got.response.error().code;
}

// Holds questions until it is opened.
struct Gate {
  PeerLane::Ask question() {
    return [this] {
      arrived.count_down();
      opened.wait();
      return good();
    };
  }
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  std::latch arrived{1};
};

TEST(PeerLane, AnswersAQuestion) {
  PeerLane lane("home", {}, {});
  EXPECT_TRUE(ask(lane, good).get().response);
}

TEST(PeerLane, TurnsAwayAtOnceWhatIsMoreThanMayWait) {
  PeerLane lane("home", {.work = {.threads = 1, .waiting = 1}}, {});
  Gate gate;
  auto first = ask(lane, gate.question());
  gate.arrived.wait();
  auto second = ask(lane, good);
  EXPECT_EQ(code_of(ask(lane, good)), ErrorCode::kUnavailable);
  gate.open.set_value();
  EXPECT_TRUE(first.get().response);
  EXPECT_TRUE(second.get().response);
}

TEST(PeerLane, AsksNothingAnyMoreThatWaitedTooLong) {
  PeerLane lane("home", {.work = {.threads = 1, .waiting = 2}, .patience = std::chrono::milliseconds(0)}, {});
  Gate gate;
  EXPECT_EQ(code_of(ask(lane, gate.question())), ErrorCode::kUnavailable);
  gate.open.set_value();
}

TEST(PeerLane, AsksNobodyWhileTheCircuitIsOpen) {
  http::Counter turned_away;
  http::Gauge open;
  PeerLane lane("home", {.breaker = {.failures = 2, .open_for = std::chrono::hours(1)}},
                {.turned_away = &turned_away, .open = &open});
  EXPECT_EQ(code_of(ask(lane, silence)), ErrorCode::kUnavailable);
  EXPECT_EQ(lane.state(), State::kClosed);
  EXPECT_EQ(code_of(ask(lane, silence)), ErrorCode::kUnavailable);
  EXPECT_EQ(lane.state(), State::kOpen);
  bool asked = false;
  const auto question = [&asked] {
    asked = true;
    return good();
  };
  EXPECT_EQ(code_of(ask(lane, question)), ErrorCode::kUnavailable);
  EXPECT_FALSE(asked);
  EXPECT_EQ(turned_away.value(), 1U);
  EXPECT_EQ(open.value(), 1);
}

TEST(PeerLane, TriesAgainAfterAWhileAndGoesOn) {
  http::Gauge open;
  PeerLane lane("home", {.breaker = {.failures = 1, .open_for = std::chrono::milliseconds(0)}},
                {.open = &open});
  EXPECT_EQ(code_of(ask(lane, silence)), ErrorCode::kUnavailable);
  EXPECT_EQ(open.value(), 1);
  EXPECT_TRUE(ask(lane, good).get().response);
  EXPECT_EQ(lane.state(), State::kClosed);
  EXPECT_EQ(open.value(), 0);
}

TEST(PeerLane, TakesAProblemThatThePeerNamesForAnAnswer) {
  PeerLane lane("home", {.breaker = {.failures = 1}}, {});
  const auto problem = [] { return PeerAnswer{fail(ErrorCode::kNotFound, "dead end"), Peer::kWorks}; };
  EXPECT_EQ(code_of(ask(lane, problem)), ErrorCode::kNotFound);
  EXPECT_EQ(lane.state(), State::kClosed);
}

TEST(PeerLane, CountsAQuestionThatThrowsAsAFailure) {
  PeerLane lane("home", {.breaker = {.failures = 1, .open_for = std::chrono::hours(1)}}, {});
  ask(lane, []() -> PeerAnswer { throw std::runtime_error("fault"); }).wait();
  EXPECT_EQ(lane.state(), State::kOpen);
}

TEST(PeerLane, AnswersWhatWaitsWhenItStopsAndTakesNothingMore) {
  PeerLane lane("home", {.work = {.threads = 1, .waiting = 8}}, {});
  Gate gate;
  auto first = ask(lane, gate.question());
  gate.arrived.wait();
  std::vector<std::future<PeerAnswer>> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(ask(lane, good));
  auto stopped = std::async(std::launch::async, [&lane] { lane.stop(); });
  gate.open.set_value();
  stopped.wait();
  EXPECT_TRUE(first.get().response);
  for (auto& each : waiting) each.wait();
  EXPECT_EQ(code_of(ask(lane, good)), ErrorCode::kUnavailable);
}

TEST(PeerLane, AsksNothingAnyMoreOnceClosed) {
  PeerLane lane("home", {.work = {.threads = 1, .waiting = 8}}, {});
  Gate gate;
  auto first = ask(lane, gate.question());
  gate.arrived.wait();
  auto second = ask(lane, good);
  lane.close();
  gate.open.set_value();
  EXPECT_TRUE(first.get().response);
  EXPECT_EQ(code_of(std::move(second)), ErrorCode::kUnavailable);
}

struct Breaker : testing::Test {
  CircuitBreaker::Moment at(int seconds) const { return begin + Seconds(seconds); }
  CircuitBreaker::Moment begin{std::chrono::hours(1)};
  CircuitBreaker breaker{{.failures = 3, .open_for = Seconds(5)}};
};

TEST_F(Breaker, OpensAfterFailuresInARowAlone) {
  for (int i = 0; i < 2; ++i) breaker.note_failure(at(0));
  breaker.note_success();
  for (int i = 0; i < 2; ++i) breaker.note_failure(at(0));
  EXPECT_TRUE(breaker.admits(at(0)));
  breaker.note_failure(at(0));
  EXPECT_FALSE(breaker.admits(at(0)));
  EXPECT_EQ(breaker.state(at(4)), State::kOpen);
}

TEST_F(Breaker, LetsOneProbePassAndClosesByItsSuccess) {
  for (int i = 0; i < 3; ++i) breaker.note_failure(at(0));
  EXPECT_EQ(breaker.state(at(5)), State::kHalfOpen);
  EXPECT_TRUE(breaker.admits(at(5)));
  EXPECT_FALSE(breaker.admits(at(5)));
  breaker.note_success();
  EXPECT_TRUE(breaker.admits(at(5)));
  EXPECT_EQ(breaker.state(at(5)), State::kClosed);
}

TEST_F(Breaker, OpensAgainWhenTheProbeFails) {
  for (int i = 0; i < 3; ++i) breaker.note_failure(at(0));
  ASSERT_TRUE(breaker.admits(at(5)));
  breaker.note_failure(at(5));
  EXPECT_FALSE(breaker.admits(at(9)));
  EXPECT_TRUE(breaker.admits(at(10)));
}

}  // namespace
}  // namespace countersign::authority
