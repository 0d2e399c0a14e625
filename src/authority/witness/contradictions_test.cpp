// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/contradictions.h"

#include <gtest/gtest.h>

#include "sample/take.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {
namespace {

struct ContradictionsTest : testing::Test {
  ContradictionsTest() { reopen(); }
  void reopen() {
    kept_.reset();
    database_ = take(storage::open_sqlite(folder_.path() / "authority.db"));
    kept_ = take(Contradictions::open(*database_));
  }
  static Contradiction of_size(std::uint64_t size, std::string origin = "seoul-1.example/log") {
    Contradiction made{{std::move(origin), size, {}}, "note", "w.example", from_unix_seconds(1'795'000'000)};
    made.checkpoint.root.fill(3);
    return made;
  }
  TemporaryFolder folder_;
  std::unique_ptr<storage::Database> database_;
  std::optional<Contradictions> kept_;
};

TEST_F(ContradictionsTest, AreKeptOverARestartUntilTheyAreSettled) {
  EXPECT_TRUE(take(kept_->keep(of_size(9))));
  EXPECT_TRUE(take(kept_->keep(of_size(7))));
  EXPECT_FALSE(take(kept_->keep(of_size(9))));
  EXPECT_TRUE(take(kept_->keep(of_size(9, "other.example/log"))));
  reopen();
  const auto all = take(kept_->of("seoul-1.example/log"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].checkpoint, of_size(7).checkpoint);
  EXPECT_EQ(all[1].note, "note");
  EXPECT_EQ(all[1].witness, "w.example");
  take(kept_->settle(all[0]));
  EXPECT_EQ(take(kept_->of("seoul-1.example/log")).size(), 1U);
}

TEST_F(ContradictionsTest, AreSettledOneByOneAlsoWhereTheyAreOfOneSize) {
  Contradiction other = of_size(9);
  other.checkpoint.root.fill(4);
  EXPECT_TRUE(take(kept_->keep(of_size(9))));
  EXPECT_TRUE(take(kept_->keep(other)));
  take(kept_->settle(of_size(9)));
  const auto all = take(kept_->of("seoul-1.example/log"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].checkpoint, other.checkpoint);
}

TEST_F(ContradictionsTest, AreTenOfALogAtMost) {
  int kept = 0;
  for (std::uint64_t size = 1; size <= 20; ++size)
    if (take(kept_->keep(of_size(size)))) ++kept;
  EXPECT_EQ(kept, 10);
}

}  // namespace
}  // namespace countersign::authority
