// SPDX-License-Identifier: Apache-2.0
#include "link/greeting_round.h"

#include <gtest/gtest.h>

#include "link/testing/pair.h"

namespace countersign::link {
namespace {

const std::stop_token kNever;

bool never_final(const NotReached&) {
  return false;
}

// Greets nobody: says nothing until it is stopped, or for a while.
struct Mute {
  Reached<std::shared_ptr<Connection>> operator()(const std::stop_token& stop,
                                                  std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex);
    at_once = std::max(at_once, ++greeted - ended);
    changed.wait_for(lock, stop, patience, [] { return false; });
    ++ended;
    if (stop.stop_requested()) return not_reached(Obstacle::kCancelled, "stopped");
    return not_reached(Obstacle::kNoAnswer, "mute");
  }
  std::mutex mutex;
  std::condition_variable_any changed;
  int greeted = 0, ended = 0, at_once = 0;
};

TEST(GreetingRound, EndsTheOthersOnceOneIsReached) {
  Mute mute;
  const auto pair = testing::connected_pair();
  GreetingRound round(
      2,
      [&](const Stream& stream, const std::stop_token& stop) -> Reached<std::shared_ptr<Connection>> {
        if (stream.address == "terminal") return pair.mediator;
        return mute(stop, std::chrono::hours(1));
      },
      never_final, kNever);
  round.greet({Socket(), "mute"});
  EXPECT_FALSE(round.decided().stop_requested());
  round.greet({Socket(), "terminal"});
  EXPECT_TRUE(round.decided().stop_requested());
  const auto reached = round.finish(not_reached(Obstacle::kCancelled, "no more are sought"));
  ASSERT_TRUE(reached);
  EXPECT_EQ(reached.value(), pair.mediator);
  EXPECT_EQ(mute.ended, 1);
}

TEST(GreetingRound, GreetsNoMoreAtATimeThanItMayAndTellsWhatSaysMost) {
  Mute mute;
  GreetingRound round(
      2,
      [&](const Stream&, const std::stop_token& stop) { return mute(stop, std::chrono::milliseconds(600)); },
      never_final, kNever);
  for (const char* address : {"a", "b", "c"}) round.greet({Socket(), address});
  const auto reached = round.finish(not_reached(Obstacle::kRefused, "no more"));
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().obstacle, Obstacle::kRefused);
  EXPECT_EQ(mute.greeted, 3);
  EXPECT_EQ(mute.at_once, 2);
}

TEST(GreetingRound, KeepsNothingOfAGreetingThatCameSecond) {
  GreetingRound round(
      8,
      [](const Stream& stream, const std::stop_token&) -> Reached<std::shared_ptr<Connection>> {
        if (stream.address == "second") return std::shared_ptr<Connection>();
        return not_reached(Obstacle::kNoAnswer, "mute");
      },
      never_final, kNever);
  round.greet({Socket(), "second"});
  EXPECT_FALSE(round.decided().stop_requested());
  round.greet({Socket(), "mute"});
  const auto reached = round.finish(not_reached(Obstacle::kNetworkMissing, "no more"));
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().obstacle, Obstacle::kNoAnswer);
}

TEST(GreetingRound, GreetsNobodyTwiceAtATime) {
  Mute mute;
  GreetingRound round(
      8,
      [&](const Stream&, const std::stop_token& stop) { return mute(stop, std::chrono::milliseconds(400)); },
      never_final, kNever);
  round.greet({Socket(), "a"});
  round.greet({Socket(), "a"});
  EXPECT_FALSE(round.finish(not_reached(Obstacle::kNoAnswer, "no more")));
  EXPECT_EQ(mute.greeted, 1);
}

TEST(GreetingRound, EndsWithTheTerminalsOwnLastWord) {
  Mute mute;
  GreetingRound round(
      8,
      [&](const Stream& stream, const std::stop_token& stop) -> Reached<std::shared_ptr<Connection>> {
        if (stream.address == "terminal") return not_reached(Obstacle::kForgotten, "no such pairing");
        return mute(stop, std::chrono::hours(1));
      },
      [](const NotReached& no) { return no.obstacle == Obstacle::kForgotten; }, kNever);
  round.greet({Socket(), "mute"});
  round.greet({Socket(), "terminal"});
  const auto reached = round.finish(not_reached(Obstacle::kCancelled, "no more are sought"));
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().obstacle, Obstacle::kForgotten);
}

TEST(GreetingRound, EndsWhenThePersonGivesUp) {
  Mute mute;
  std::stop_source person;
  GreetingRound round(
      8, [&](const Stream&, const std::stop_token& stop) { return mute(stop, std::chrono::hours(1)); },
      never_final, person.get_token());
  round.greet({Socket(), "mute"});
  person.request_stop();
  const auto reached = round.finish(not_reached(Obstacle::kNoAnswer, "no more"));
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().obstacle, Obstacle::kCancelled);
}

}  // namespace
}  // namespace countersign::link
