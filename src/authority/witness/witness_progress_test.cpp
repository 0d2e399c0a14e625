// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/witness_progress.h"

#include <gtest/gtest.h>

namespace countersign::authority {
namespace {

using documents::WitnessState;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct WitnessProgressTest : testing::Test {
  WitnessProgress::Moment at(int s) const { return began_ + seconds(s); }
  WitnessProgress progress(WhenAway when_away = WhenAway::kStop, std::size_t needed = 2) const {
    return WitnessProgress({needed, when_away, seconds(60)});
  }
  WitnessProgress::Moment began_ = WitnessProgress::Moment::clock::now();
};

TEST_F(WitnessProgressTest, WaitsForNothingWhereNothingIsThere) {
  const WitnessProgress made = progress();
  EXPECT_EQ(made.waiting(at(1000)), milliseconds(0));
  EXPECT_FALSE(made.is_stopped(at(1000)));
}

TEST_F(WitnessProgressTest, CountsFromWhatIsNotWitnessedYet) {
  WitnessProgress made = progress();
  made.note_newest(5, at(10));
  made.note_newest(7, at(20));
  EXPECT_EQ(made.waiting(at(30)), seconds(20));
  made.note_witnessed(5);
  EXPECT_EQ(made.waiting(at(30)), seconds(10)) << "what follows came later";
  made.note_witnessed(6);
  EXPECT_EQ(made.waiting(at(30)), seconds(10));
  made.note_witnessed(7);
  EXPECT_EQ(made.waiting(at(30)), milliseconds(0));
  made.note_newest(8, at(40));
  EXPECT_EQ(made.waiting(at(41)), seconds(1)) << "not since what came before";
}

TEST_F(WitnessProgressTest, CountsFromBeforeWhereVeryMuchCameWithoutACosignature) {
  WitnessProgress made = progress();
  for (int s = 1; s <= 5000; ++s) made.note_newest(static_cast<std::uint64_t>(s), at(s));
  made.note_witnessed(900);
  EXPECT_EQ(made.waiting(at(5000)), seconds(5000 - 901));
  made.note_witnessed(4999);
  EXPECT_EQ(made.waiting(at(5000)), seconds(4000)) << "never for shorter than it did";
  made.note_witnessed(5000);
  EXPECT_EQ(made.waiting(at(5000)), milliseconds(0));
}

TEST_F(WitnessProgressTest, NeverGoesBack) {
  WitnessProgress made = progress();
  made.note_newest(7, at(10));
  made.note_witnessed(7);
  made.note_witnessed(5);
  made.note_newest(6, at(13));
  EXPECT_EQ(made.witnessed(), 7U);
  EXPECT_EQ(made.newest(), 7U);
}

TEST_F(WitnessProgressTest, StopsOnlyWhereThePolicySaysSo) {
  struct Row {
    const char* name;
    WhenAway when_away;
    std::size_t needed;
    int after;
    bool is_stopped;
  };
  const Row rows[] = {{"in time", WhenAway::kStop, 2, 60, false},
                      {"too late", WhenAway::kStop, 2, 61, true},
                      {"too late, and pending", WhenAway::kPending, 2, 61, false},
                      {"too late, and none is needed", WhenAway::kStop, 0, 61, false}};
  for (const Row& row : rows) {
    WitnessProgress made = progress(row.when_away, row.needed);
    made.note_newest(5, at(0));
    EXPECT_EQ(made.is_stopped(at(row.after)), row.is_stopped) << row.name;
  }
}

TEST_F(WitnessProgressTest, GoesOnOnceTheWitnessesAreBack) {
  WitnessProgress made = progress();
  made.note_newest(5, at(0));
  ASSERT_TRUE(made.is_stopped(at(100)));
  made.note_witnessed(5);
  EXPECT_FALSE(made.is_stopped(at(100)));
}

TEST_F(WitnessProgressTest, SaysHowAConfirmationStands) {
  WitnessProgress made = progress();
  made.note_newest(9, at(0));
  made.note_witnessed(5);
  const TimePoint issued = from_unix_seconds(1'795'000'000);
  EXPECT_EQ(made.state_of(4, issued, issued), WitnessState::kWitnessed);
  EXPECT_EQ(made.state_of(5, issued, issued), WitnessState::kPending);
  EXPECT_EQ(made.state_of(5, issued, issued + seconds(60)), WitnessState::kPending);
  EXPECT_EQ(made.state_of(5, issued, issued + seconds(61)), WitnessState::kUnwitnessed);
  EXPECT_EQ(made.state_of(4, issued, issued + seconds(61)), WitnessState::kWitnessed);
}

}  // namespace
}  // namespace countersign::authority
