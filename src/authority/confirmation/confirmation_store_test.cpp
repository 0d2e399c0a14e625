// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/confirmation_store.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

class ConfirmationStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    take(write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(store_.claim_sequence(transaction));
      return ok();
    }));
  }
  Result<void> write(const std::function<Result<void>(storage::Transaction&)>& work) {
    return database_->write(work);
  }
  Result<void> append(std::vector<StoredConfirmation> batch) {
    return write([&](storage::Transaction& transaction) { return store_.append(transaction, batch); });
  }
  static StoredConfirmation confirmation(std::int64_t index) {
    return {index, "id", "CN=Shop", "order-" + std::to_string(index), {}, "UID=1", from_unix_seconds(1),
            {0x30}};
  }
  SequenceState sequence() {
    SequenceState state;
    take(database_->read([&](storage::Reader& reader) -> Result<void> {
      TRY(state, store_.sequence(reader));
      return ok();
    }));
    return state;
  }

  TemporaryFolder folder_;
  std::unique_ptr<storage::Database> database_ = take(storage::open_sqlite(folder_.path() / "store.db"));
  ConfirmationStore store_ = take(ConfirmationStore::open(*database_));
};

TEST_F(ConfirmationStoreTest, MovesTheSequenceOnBehindABatch) {
  take(append({confirmation(0), confirmation(1)}));
  take(append({confirmation(2)}));
  EXPECT_EQ(sequence().next_index, 3);
}

TEST_F(ConfirmationStoreTest, RefusesIndicesThatLeaveAGapOrRepeat) {
  take(append({confirmation(0)}));
  EXPECT_EQ(append({confirmation(0)}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(append({confirmation(2)}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(append({confirmation(1), confirmation(3)}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(sequence().next_index, 1);
}

TEST_F(ConfirmationStoreTest, RefusesASecondConfirmationOfAnOrder) {
  take(append({confirmation(0)}));
  StoredConfirmation again = confirmation(0);
  again.index = 1;
  EXPECT_EQ(append({again}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(sequence().next_index, 1);
}

TEST_F(ConfirmationStoreTest, GivesEachProcessThatClaimsTheSequenceANumberOfItsOwn) {
  const std::int64_t before = sequence().process;
  std::int64_t claimed = 0;
  take(write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(claimed, store_.claim_sequence(transaction));
    return ok();
  }));
  EXPECT_EQ(claimed, before + 1);
  EXPECT_EQ(sequence().process, claimed);
}

TEST_F(ConfirmationStoreTest, SkipsForwardsOnly) {
  const auto skip = [&](std::int64_t to) {
    return write([&](storage::Transaction& transaction) { return store_.skip_to(transaction, to); });
  };
  take(skip(100));
  EXPECT_EQ(sequence().next_index, 100);
  EXPECT_EQ(skip(99).error().code, ErrorCode::kConflict);
  take(append({confirmation(100)}));
}

}  // namespace
}  // namespace countersign::authority
