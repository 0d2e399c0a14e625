// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "authority/directory/directory.h"
#include "authority/testing/test_network.h"
#include "storage/secret_folder.h"

namespace countersign::authority {
namespace {

class SearchDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    take(database->write([&](storage::Transaction& t) -> Result<void> {
      for (int i = 0; i < 7; ++i) {
        const auto purchaser = network.issue_purchaser("p-" + std::to_string(i), clock.now()).certificate;
        const NewEntry entry{CertificateState::kActive, i < 3 ? "kim@Example.kr" : "lee@example.kr", ""};
        TRY(directory.add(t, purchaser, entry, clock.now()));
        purchasers.push_back(purchaser);
      }
      return directory.add(t, merchant, {}, clock.now());
    }));
  }
  Result<DirectoryPage> search(const DirectoryQuery& query) {
    Result<DirectoryPage> page = DirectoryPage{};
    take(database->read([&](storage::Reader& r) -> Result<void> {
      page = directory.search(r, query);
      return ok();
    }));
    return page;
  }

  TemporaryFolder folder;
  ManualClock clock;
  TestNetwork network{clock.now()};
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "store.db"));
  Directory directory = take(Directory::open(*database, crypto::SecretBytes(Bytes(32, 7))));
  x509::Certificate merchant = network.issue_merchant("Shop", clock.now()).certificate;
  std::vector<x509::Certificate> purchasers;
};

TEST_F(SearchDirectory, AnswersInPagesNewestFirst) {
  DirectoryQuery query;
  query.limit = 3;
  std::vector<std::string> seen;
  do {
    const auto page = take(search(query));
    for (const auto& entry : page.entries) seen.push_back(entry.certificate.serial().hex());
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  ASSERT_EQ(seen.size(), 8U);
  EXPECT_EQ(seen.front(), merchant.serial().hex());
  EXPECT_EQ(seen.back(), purchasers.front().serial().hex());
}

TEST_F(SearchDirectory, FindsByAddressInAnyCaseOfItsDomain) {
  DirectoryQuery query;
  query.email = "kim@example.KR";
  EXPECT_EQ(take(search(query)).entries.size(), 3U);
  query.email = "Kim@example.kr";
  EXPECT_TRUE(take(search(query)).entries.empty());
}

TEST_F(SearchDirectory, KeepsNoAddressInTheStore) {
  take(database->backup_to(folder.path() / "copy.db"));
  const auto copy = take(storage::read_file(folder.path() / "copy.db", 64 << 20));
  EXPECT_EQ(as_text(copy).find("kim@"), std::string_view::npos);
}

TEST_F(SearchDirectory, CombinesConditions) {
  DirectoryQuery query;
  query.role = x509::Role::kPurchaser;
  query.state = CertificateState::kActive;
  query.registered_by = "CN=Shop,OU=merchants," + network.data_centre.text();
  EXPECT_EQ(take(search(query)).entries.size(), 7U);
  query.state = CertificateState::kRevoked;
  EXPECT_TRUE(take(search(query)).entries.empty());
}

TEST_F(SearchDirectory, FindsBySerialAndSubject) {
  DirectoryQuery query;
  query.serial_hex = merchant.serial().hex();
  EXPECT_EQ(take(search(query)).entries.at(0).certificate, merchant);
  query.serial_hex.clear();
  query.subject = merchant.subject().text();
  EXPECT_EQ(take(search(query)).entries.at(0).certificate, merchant);
}

TEST_F(SearchDirectory, AnswersNothingAfterTheLastPage) {
  DirectoryQuery query;
  query.cursor = "1";
  const auto page = take(search(query));
  EXPECT_TRUE(page.entries.empty());
  EXPECT_TRUE(page.next_cursor.empty());
}

struct BadQuery {
  const char* name;
  DirectoryQuery query;
};

class RefusedSearch : public SearchDirectory, public ::testing::WithParamInterface<BadQuery> {};

TEST_P(RefusedSearch, IsMalformed) {
  EXPECT_EQ(search(GetParam().query).error().code, ErrorCode::kMalformed);
}

DirectoryQuery query_with(std::string DirectoryQuery::*member, std::string value) {
  DirectoryQuery query;
  query.*member = std::move(value);
  return query;
}
DirectoryQuery query_with_limit(int limit) {
  DirectoryQuery query;
  query.limit = limit;
  return query;
}

INSTANTIATE_TEST_SUITE_P(
    Directory, RefusedSearch,
    ::testing::Values(BadQuery{"ForeignCursor",
                               query_with(&DirectoryQuery::cursor, "1; DROP TABLE certificate")},
                      BadQuery{"NegativeCursor", query_with(&DirectoryQuery::cursor, "-3")},
                      BadQuery{"SerialNotHex", query_with(&DirectoryQuery::serial_hex, "xyz")},
                      BadQuery{"SubjectNotAName", query_with(&DirectoryQuery::subject, "nonsense")},
                      BadQuery{"NoLimit", query_with_limit(0)},
                      BadQuery{"LimitTooLarge", query_with_limit(501)}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace countersign::authority
