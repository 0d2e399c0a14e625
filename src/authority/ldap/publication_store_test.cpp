// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/publication_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/audit/audit_log.h"
#include "sample/manual_clock.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"

namespace countersign::authority {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PublicationStoreTest : public ::testing::Test {
 protected:
  void append(std::string act, std::string object) {
    clock_.advance(Seconds(1));
    const AuditEntry entry{"authority", std::move(act), std::move(object), ""};
    take(database_->write([&](storage::Transaction& transaction) {
      return audit_.append(transaction, {&entry, 1}, clock_.now());
    }));
  }
  Changes changes_after(std::int64_t position, int window) {
    Changes changes;
    take(database_->read([&](storage::Reader& reader) -> Result<void> {
      TRY(changes, store_.changes_after(reader, position, window));
      return ok();
    }));
    return changes;
  }
  std::optional<Publication> load() {
    std::optional<Publication> publication;
    take(database_->read([&](storage::Reader& reader) -> Result<void> {
      TRY(publication, store_.load(reader));
      return ok();
    }));
    return publication;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  std::unique_ptr<storage::Database> database_ = take(storage::open_sqlite(folder_.path() / "store.db"));
  AuditLog audit_ = take(AuditLog::open(*database_));
  PublicationStore store_ = take(PublicationStore::open(*database_));
};

TEST_F(PublicationStoreTest, RemembersHowFarItCame) {
  EXPECT_FALSE(load());
  for (const Publication& publication :
       {Publication{3, {}, 0, 0}, Publication{7, from_unix_seconds(1'795'000'000), 12, 1}}) {
    take(database_->write(
        [&](storage::Transaction& transaction) { return store_.save(transaction, publication); }));
    const auto loaded = load();
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->position, publication.position);
    EXPECT_EQ(loaded->reconciled, publication.reconciled);
    EXPECT_EQ(loaded->entries, publication.entries);
    EXPECT_EQ(loaded->refused, publication.refused);
  }
}

TEST_F(PublicationStoreTest, TellsWhichCertificatesChangedAndSinceWhen) {
  append("confirm", "order");
  append("issue", "aa");
  const TimePoint oldest = clock_.now();
  append("approve", "application");
  append("issue", "bb");
  append("revoke", "aa");
  const Changes changes = changes_after(0, 100);
  EXPECT_THAT(changes.serials, ElementsAre("aa", "bb"));
  EXPECT_EQ(changes.oldest, oldest);
  EXPECT_EQ(changes.upto, 5);
  EXPECT_FALSE(changes.more);
}

TEST_F(PublicationStoreTest, LooksAtABoundedNumberOfRecords) {
  for (int i = 0; i < 5; ++i) append("confirm", "order");
  append("suspend", "aa");
  const Changes first = changes_after(0, 4);
  EXPECT_THAT(first.serials, IsEmpty());
  EXPECT_EQ(first.upto, 4);
  EXPECT_TRUE(first.more);
  EXPECT_FALSE(first.oldest);
  const Changes second = changes_after(first.upto, 4);
  EXPECT_THAT(second.serials, ElementsAre("aa"));
  EXPECT_EQ(second.upto, 6);
  EXPECT_FALSE(second.more);
}

TEST_F(PublicationStoreTest, HasNothingBehindTheNewestRecord) {
  append("issue", "aa");
  const Changes changes = changes_after(1, 10);
  EXPECT_THAT(changes.serials, IsEmpty());
  EXPECT_EQ(changes.upto, 1);
  EXPECT_FALSE(changes.more);
}

}  // namespace
}  // namespace countersign::authority
