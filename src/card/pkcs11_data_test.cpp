// SPDX-License-Identifier: Apache-2.0
#include "card/soft_card_fixture.h"
#include "storage/secret_folder.h"

namespace countersign::card {
namespace {

std::string text_of(const crypto::SecretBytes& value) {
  return to_text(value.reveal(crypto::SecretAccess()));
}

class CardDataTest : public SoftCardTest {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(SoftCardTest::SetUp());
    ASSERT_TRUE(card_->log_in(secret("1234")));
  }
};

TEST_F(CardDataTest, KeepsDataAcrossRestarts) {
  ASSERT_TRUE(card_->store_data("countersign:personal", secret("{\"name\":\"Kim\"}")));
  insert();
  ASSERT_TRUE(card_->log_in(secret("1234")));
  const auto read = card_->read_data("countersign:personal");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(text_of(read.value()), "{\"name\":\"Kim\"}");
}

TEST_F(CardDataTest, PutsNewDataInThePlaceOfTheOld) {
  ASSERT_TRUE(card_->store_data("a", secret("one")));
  ASSERT_TRUE(card_->store_data("a", secret("two")));
  EXPECT_EQ(text_of(card_->read_data("a").value()), "two");
  EXPECT_EQ(card_->list_data().value(), std::vector<std::string>{"a"});
}

TEST_F(CardDataTest, ListsLabelsInOrder) {
  ASSERT_TRUE(card_->store_data("b", secret("1")));
  ASSERT_TRUE(card_->store_data("a", secret("2")));
  EXPECT_EQ(card_->list_data().value(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(CardDataTest, RemovesDataForGood) {
  ASSERT_TRUE(card_->store_data("a", secret("one")));
  ASSERT_TRUE(card_->remove_data("a"));
  EXPECT_EQ(card_->read_data("a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(card_->remove_data("a").error().code, ErrorCode::kNotFound);
}

TEST_F(CardDataTest, ShowsNothingBeforeLogIn) {
  ASSERT_TRUE(card_->store_data("a", secret("one")));
  card_->log_out();
  EXPECT_EQ(card_->read_data("a").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(card_->list_data().error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(card_->store_data("a", secret("two")).error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(card_->remove_data("a").error().code, ErrorCode::kUnauthenticated);
}

TEST_F(CardDataTest, RefusesLabelsAndValuesOutOfBounds) {
  EXPECT_EQ(card_->store_data("", secret("x")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(card_->store_data(std::string(65, 'a'), secret("x")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(card_->store_data("a", crypto::SecretBytes()).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(card_->store_data("a", crypto::SecretBytes::of_size(kMaxCardData + 1)).error().code,
            ErrorCode::kTooLarge);
}

TEST_F(CardDataTest, LeavesNothingReadableOnDisk) {
  ASSERT_TRUE(card_->store_data("a", secret("4111111111111111")));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    const auto content = storage::read_file(entry.path(), 1 << 20).value();
    EXPECT_EQ(as_text(content).find("4111111111111111"), std::string_view::npos) << entry.path();
  }
}

}  // namespace
}  // namespace countersign::card
