// SPDX-License-Identifier: Apache-2.0
#include "base/recurring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <stdexcept>

namespace countersign {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kLongest{20};

// Tells a test how often the work was done.
struct Work {
  // Waits until it was done so often again.
  bool is_done(int times) {
    for (int i = 0; i < times; ++i)
      if (!turns.try_acquire_for(kLongest)) return false;
    return true;
  }
  std::counting_semaphore<> turns{0};
  std::atomic<int> count = 0;
};

TEST(Recurring, DoesItsWorkAgainAndAgain) {
  Work work;
  const Recurring recurring("work", milliseconds(1), [&]() -> Result<void> {
    work.turns.release();
    return ok();
  });
  EXPECT_TRUE(work.is_done(3));
}

TEST(Recurring, GoesOnAfterWhatFailsAndAfterWhatThrows) {
  Work work;
  const Recurring recurring("work", milliseconds(1), [&]() -> Result<void> {
    work.turns.release();
    if (++work.count == 1) return fail(ErrorCode::kUnavailable, "not now");
    if (work.count == 2) throw std::runtime_error("a fault");
    return ok();
  });
  EXPECT_TRUE(work.is_done(3));
}

TEST(Recurring, EndsWithoutWaitingForItsPause) {
  Work work;
  {
    const Recurring recurring("work", hours(1), [&]() -> Result<void> {
      ++work.count;
      work.turns.release();
      return ok();
    });
    ASSERT_TRUE(work.is_done(1));
  }
  EXPECT_EQ(work.count, 1);
}

}  // namespace
}  // namespace countersign
