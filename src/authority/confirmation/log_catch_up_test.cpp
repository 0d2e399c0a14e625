// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/log_catch_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "authority/testing/test_world.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/log_entry_samples.h"

namespace countersign::authority {
namespace {

class CatchUpLog : public ::testing::Test {
 protected:
  // Rows as they are there from before the log, without anybody's signature.
  void store_confirmations(std::int64_t count) {
    take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const SequenceState sequence, world_.store->sequence(transaction));
      std::vector<StoredConfirmation> batch;
      for (std::int64_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(sequence.next_index + i);
        batch.push_back({sequence.next_index + i, crypto::random_uuid_v4(), "CN=Shop", "order " + number,
                         crypto::sha256(as_bytes(number)), "UID=0001", world_.clock.now(),
                         documents::unsigned_message("document " + number)});
      }
      return world_.store->append(transaction, batch);
    }));
    take(IndexReservation::write(world_.folder.path() / "confirmation-index", 1'000'000));
  }
  void skip(std::int64_t count) {
    take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const SequenceState sequence, world_.store->sequence(transaction));
      return world_.store->skip_to(transaction, sequence.next_index + count);
    }));
  }
  std::int64_t claim() {
    std::int64_t process = 0;
    take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(process, world_.store->claim_sequence(transaction));
      return ok();
    }));
    return process;
  }
  Result<CatchUp> catch_up(std::int64_t process, const Clock& clock) {
    world_.log_appender = take(LogAppender::open(*world_.database, world_.log_signer(), world_.clock));
    return catch_up_with(*world_.log_appender, process, clock);
  }
  Result<CatchUp> catch_up_with(LogAppender& log, std::int64_t process, const Clock& clock) {
    return catch_up_log({*world_.database, *world_.store, *world_.audit, log, clock}, process);
  }
  Result<CatchUp> catch_up() { return catch_up(claim(), world_.clock); }

  TestWorld world_;
};

TEST_F(CatchUpLog, AppendsConfirmationsOfBeforeAtTheFirstStart) {
  for (int i = 0; i < 3; ++i) take(world_.confirm(world_.countersigned(world_.new_order())));
  world_.keep_log();
  world_.restart();
  EXPECT_EQ(world_.check(), 3);
  take(world_.confirm(world_.countersigned(world_.new_order())));
  EXPECT_EQ(world_.check(), 4);
}

TEST_F(CatchUpLog, AppendsWhatWasConfirmedWhileNoLogWasKept) {
  world_.keep_log();
  world_.restart();
  take(world_.confirm(world_.countersigned(world_.new_order())));
  world_.keep_log("");
  world_.restart();
  take(world_.confirm(world_.countersigned(world_.new_order())));
  world_.keep_log();
  world_.restart();
  EXPECT_EQ(world_.check(), 2);
}

TEST_F(CatchUpLog, SaysOfEachIndexThatWasLeftOutThatItWas) {
  world_.stop();
  world_.keep_log();
  store_confirmations(10);
  skip(300);
  store_confirmations(5);
  const CatchUp caught_up = take(catch_up());
  EXPECT_EQ(caught_up.confirmations, 15);
  EXPECT_EQ(caught_up.left_out, 300);
  EXPECT_EQ(world_.check_log(), 315);
}

TEST_F(CatchUpLog, HasNothingToDoWhereNothingIsMissing) {
  world_.stop();
  world_.keep_log();
  store_confirmations(3);
  take(catch_up());
  const CatchUp again = take(catch_up());
  EXPECT_EQ(again.confirmations + again.left_out, 0);
}

// Ends the process, so to say, at the n-th look at the clock: there is one in each piece.
struct DeadlyClock final : Clock {
  explicit DeadlyClock(const Clock& clock, int last) : real(clock), looks(last) {}
  TimePoint now() const override {
    if (--looks < 0) throw std::runtime_error("killed");
    return real.now();
  }
  const Clock& real;
  mutable int looks;
};

TEST_F(CatchUpLog, GoesOnWhereItWasKilled) {
  world_.stop();
  world_.keep_log();
  store_confirmations(2'000);
  skip(100);
  store_confirmations(1'500);
  for (const int pieces : {0, 1, 2}) {
    const std::uint64_t before = world_.log_appender ? world_.log_appender->size() : 0;
    EXPECT_THROW(static_cast<void>(catch_up(claim(), DeadlyClock(world_.clock, pieces))), std::runtime_error);
    EXPECT_EQ(world_.check_log(), static_cast<std::int64_t>(before) + pieces * 1024);
    world_.log_appender = take(LogAppender::open(*world_.database, world_.log_signer(), world_.clock));
  }
  const CatchUp rest = take(catch_up());
  EXPECT_EQ(rest.confirmations + rest.left_out, 3'600 - 3 * 1024);
  EXPECT_EQ(world_.check_log(), 3'600);
}

// As where the process before confirmed between the start of this one's log and its claim.
TEST_F(CatchUpLog, FindsItsPlaceInALogThatGrewSinceItWasOpened) {
  world_.stop();
  world_.keep_log();
  store_confirmations(3);
  take(catch_up());
  const auto opened = take(LogAppender::open(*world_.database, world_.log_signer(), world_.clock));
  store_confirmations(5);
  take(catch_up());
  for (int time = 0; time < 2; ++time) {
    const CatchUp nothing = take(catch_up_with(*opened, claim(), world_.clock));
    EXPECT_EQ(nothing.confirmations + nothing.left_out, 0);
    EXPECT_EQ(world_.check_log(), 8);
  }
  EXPECT_EQ(opened->size(), 8U);
}

// As after a commit of which this process was told that it failed.
TEST_F(CatchUpLog, AppendsNothingTwiceWhereAPieceIsThereThatItDoesNotKnowOf) {
  world_.stop();
  world_.keep_log();
  store_confirmations(1'500);
  const auto opened = take(LogAppender::open(*world_.database, world_.log_signer(), world_.clock));
  EXPECT_THROW(static_cast<void>(catch_up(claim(), DeadlyClock(world_.clock, 1))), std::runtime_error);
  world_.log_appender->settle(LogAppender::Outcome::kFailed);
  const CatchUp rest = take(catch_up_with(*opened, claim(), world_.clock));
  EXPECT_EQ(rest.confirmations, 1'500 - 1'024);
  EXPECT_EQ(world_.check_log(), 1'500);
}

TEST_F(CatchUpLog, StopsWhereAnotherProcessHasTheSequence) {
  world_.stop();
  world_.keep_log();
  store_confirmations(3);
  const std::int64_t process = claim();
  claim();
  EXPECT_EQ(catch_up(process, world_.clock).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(world_.check_log(), 0);
}

TEST_F(CatchUpLog, RefusesALogThatIsAheadOfTheSequence) {
  world_.stop();
  world_.keep_log();
  store_confirmations(3);
  take(catch_up());
  take(world_.database->write([](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE confirmation_sequence SET next_index = 2", {}));
    return ok();
  }));
  EXPECT_EQ(catch_up().error().code, ErrorCode::kConflict);
}

TEST_F(CatchUpLog, IsInTheAuditLog) {
  world_.stop();
  world_.keep_log();
  store_confirmations(3);
  take(catch_up());
  take(world_.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const std::int64_t records, world_.audit->verify(reader));
    TRY(const auto last, world_.audit->page(reader, records - 1, 1));
    EXPECT_EQ(last.front().entry.act, "log-catch-up");
    EXPECT_EQ(last.front().entry.object, "seoul-1.example/log");
    return ok();
  }));
}

}  // namespace
}  // namespace countersign::authority
