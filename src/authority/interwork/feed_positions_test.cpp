// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/feed_positions.h"

#include <gtest/gtest.h>

#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

TEST(FeedPositions, KeepsTheNewestPlaceOfEachHomeOverARestart) {
  const TemporaryFolder folder;
  const x509::Name busan = name_of("OU=busan-1,OU=kr,O=Countersign Demo");
  const x509::Name osaka = name_of("OU=osaka-1,OU=jp,O=Countersign Demo");
  FeedPlace first{{{1, 2, 3}, 41, Sha256Digest{4}}, FeedPlace::Fault::kNone};
  FeedPlace forked{{{5}, 7, Sha256Digest{6}}, FeedPlace::Fault::kForked};
  {
    const auto database = take(storage::open_sqlite(folder.path() / "store.db"));
    const FeedPositions positions = take(FeedPositions::open(*database));
    EXPECT_TRUE(take(positions.load()).empty());
    take(positions.save(busan, first));
    first.position.sequence = 42;
    take(positions.save(busan, first));
    take(positions.save(osaka, forked));
  }
  const auto database = take(storage::open_sqlite(folder.path() / "store.db"));
  const auto places = take(take(FeedPositions::open(*database)).load());
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places.at(busan), first);
  EXPECT_EQ(places.at(osaka), forked);
}

TEST(FeedPositions, RefusesAPlaceThatIsNotWhole) {
  const TemporaryFolder folder;
  const auto database = take(storage::open_sqlite(folder.path() / "store.db"));
  const FeedPositions positions = take(FeedPositions::open(*database));
  take(positions.save(name_of("OU=busan-1,O=Countersign Demo"), {}));
  take(database->write([](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE followed_feeds SET digest = $1", {Bytes(31)}));
    return ok();
  }));
  EXPECT_EQ(positions.load().error().code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace countersign::authority
