// SPDX-License-Identifier: Apache-2.0
#include "wallet/holder_data.h"

#include <gtest/gtest.h>

#include "storage/secret_folder.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

using documents::AccountData;
using documents::CardData;
using documents::PaymentData;
using documents::PaymentMethod;
using documents::PersonalField;

const PersonalData kKim{"김유신", "서울특별시 중구 세종대로 110", "2007-11-18", "+82 10-1234-5678", "AB+"};

PaymentData card(std::string_view number = "4111111111111111", std::string expiry = "2029-08") {
  return CardData{secret(number), std::move(expiry), "KIM YUSIN"};
}
PaymentData account() {
  return AccountData{"Hana", secret("110-234-567890"), "김유신"};
}

class HolderDataTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world_.card.log_in(secret("1234"))); }
  WalletWorld world_;
  HolderData data_{world_.parties()};
};

TEST_F(HolderDataTest, KeepsPersonalDataOnTheCard) {
  EXPECT_EQ(take(data_.personal()), PersonalData{});
  ASSERT_TRUE(data_.keep_personal(kKim));
  EXPECT_EQ(take(data_.personal()), kKim);
  EXPECT_EQ(take(world_.card.list_data()), std::vector<std::string>{"countersign:personal"});
}

TEST_F(HolderDataTest, KeepsWaysToPayApart) {
  EXPECT_EQ(take(data_.add_means({card()})), "1");
  EXPECT_EQ(take(data_.add_means({account()})), "2");
  ASSERT_TRUE(data_.remove_means("1"));
  EXPECT_EQ(data_.means("1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(documents::method_of(take(data_.means("2")).payment), PaymentMethod::kAccount);
  EXPECT_EQ(take(data_.add_means({card()})), "1");
}

TEST_F(HolderDataTest, RemembersTheCompanyThatACardIsRecordedWith) {
  const auto company = take(x509::Name::from_text("CN=Hanok Card,OU=card-companies,O=Countersign Demo"));
  ASSERT_TRUE(data_.add_means({card(), company}));
  ASSERT_TRUE(data_.add_means({card()}));
  EXPECT_EQ(take(data_.means("1")).company, company);
  EXPECT_FALSE(take(data_.means("2")).company);
  world_.restart();
  world_.card.log_out();
  const auto summary = take(HolderData(world_.parties()).summary());
  EXPECT_EQ(summary.means.at(0).company, company);
  EXPECT_FALSE(summary.means.at(1).company);
  EXPECT_EQ(short_name(company), "Hanok Card");
}

// From before ways to pay were recorded with a company.
TEST_F(HolderDataTest, ReadsOlderWaysToPayAndTheirSummary) {
  const std::string_view older = R"({"type":"payment-means","version":1,"payment":{"method":"card",)"
                                 R"("number":"4111111111111111","expiry":"2029-08","holder":"KIM"}})";
  ASSERT_TRUE(world_.card.store_data("countersign:payment:1", secret(older)));
  EXPECT_FALSE(take(data_.means("1")).company);
  ASSERT_TRUE(world_.store->keep_sealed_setting(
      "holder-data",
      R"({"fields":[],"means":[{"id":"1","method":"card","ending":"1111","detail":"2029-08"}],"unreadable":[]})"));
  const auto summary = take(data_.summary());
  ASSERT_EQ(summary.means.size(), 1U);
  EXPECT_FALSE(summary.means[0].company);
}

TEST_F(HolderDataTest, TakesNoWayToPayWithACompanyThatIsNoName) {
  const std::string_view wrong = R"({"type":"payment-means","version":1,"payment":{"method":"card",)"
                                 R"("number":"4111111111111111","expiry":"2029-08","holder":"KIM"},)"
                                 R"("company":"Hanok Card"})";
  ASSERT_TRUE(world_.card.store_data("countersign:payment:1", secret(wrong)));
  EXPECT_EQ(data_.means("1").error().code, ErrorCode::kMalformed);
}

TEST_F(HolderDataTest, TellsWithoutThePinOnlyWhatThereIsToChooseFrom) {
  ASSERT_TRUE(data_.keep_personal(kKim));
  ASSERT_TRUE(data_.add_means({card()}));
  ASSERT_TRUE(data_.add_means({account()}));
  world_.card.log_out();
  const auto summary = take(data_.summary());
  EXPECT_EQ(summary.fields.size(), 6U);
  const std::vector<MeansSummary> shown{{"1", PaymentMethod::kCard, "1111", "2029-08"},
                                        {"2", PaymentMethod::kAccount, "890", "Hana"}};
  EXPECT_EQ(summary.means, shown);
  EXPECT_EQ(data_.personal().error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(data_.means("1").error().code, ErrorCode::kUnauthenticated);
}

TEST_F(HolderDataTest, LeavesNothingOfItInTheWalletsFolder) {
  ASSERT_TRUE(data_.keep_personal(kKim));
  ASSERT_TRUE(data_.add_means({card()}));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world_.folder)) {
    if (!entry.is_regular_file()) continue;
    const auto content = take(storage::read_file(entry.path(), 16 << 20));
    for (const std::string_view canary : {"4111111111111111", "1111", "김유신", "KIM YUSIN"})
      EXPECT_EQ(as_text(content).find(canary), std::string_view::npos) << entry.path();
  }
}

TEST_F(HolderDataTest, SealsItToACardThatTakesNoObjects) {
  world_.card.takes_data = false;
  EXPECT_EQ(data_.keep_personal(kKim).error().code, ErrorCode::kNotFound) << "no certificate to seal to";
  world_.enrol();
  ASSERT_TRUE(world_.card.log_in(secret("1234")));
  ASSERT_TRUE(data_.keep_personal(kKim));
  EXPECT_EQ(take(data_.add_means({card()})), "1");
  EXPECT_EQ(take(data_.add_means({account()})), "2");
  ASSERT_TRUE(data_.remove_means("1"));
  world_.restart();
  HolderData again(world_.parties());
  EXPECT_EQ(take(again.personal()), kKim);
  EXPECT_EQ(take(again.review()).means.size(), 1U);
  world_.card.log_out();
  EXPECT_FALSE(again.personal());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world_.folder)) {
    if (!entry.is_regular_file()) continue;
    const auto content = take(storage::read_file(entry.path(), 16 << 20));
    EXPECT_EQ(as_text(content).find("110-234-567890"), std::string_view::npos) << entry.path();
  }
}

TEST_F(HolderDataTest, OpensItThoughThereAreCertificatesOfKeysThatTheCardDoesNotHave) {
  world_.card.takes_data = false;
  world_.enrol();
  ASSERT_TRUE(world_.card.log_in(secret("1234")));
  ASSERT_TRUE(data_.keep_personal(kKim));
  ASSERT_TRUE(data_.add_means({card()}));
  auto stored = take(world_.card.certificates());
  for (auto& certificate : stored) {
    certificate.key_id = "77";
    world_.card.foreign.push_back(std::move(certificate));
  }
  EXPECT_EQ(take(data_.personal()), kKim);
  EXPECT_EQ(take(data_.review()).means.size(), 1U);
}

TEST_F(HolderDataTest, LeavesTheOthersUsableWhereOneWayToPayCannotBeRead) {
  ASSERT_TRUE(world_.card.store_data("countersign:payment:1", secret("no means")));
  EXPECT_EQ(take(data_.add_means({card()})), "2");
  EXPECT_EQ(take(data_.summary()).means.size(), 1U);
  EXPECT_EQ(take(data_.summary()).unreadable, std::vector<std::string>{"1"}) << "it takes a place";
  EXPECT_EQ(data_.means("1").error().code, ErrorCode::kMalformed);
  ASSERT_TRUE(data_.remove_means("1"));
  EXPECT_TRUE(take(data_.summary()).unreadable.empty());
  EXPECT_TRUE(data_.means("2"));
}

TEST_F(HolderDataTest, LeavesTheOthersUsableWhereOneEnvelopeInTheStoreIsDamaged) {
  world_.card.takes_data = false;
  world_.enrol();
  ASSERT_TRUE(world_.card.log_in(secret("1234")));
  EXPECT_EQ(take(data_.add_means({card()})), "1");
  EXPECT_EQ(take(data_.add_means({account()})), "2");
  ASSERT_TRUE(world_.parties().store.keep_setting("card-data countersign:payment:1", "no base64!"));
  EXPECT_EQ(take(data_.review()).means.at(0).id, "2");
  EXPECT_TRUE(data_.means("2"));
}

TEST_F(HolderDataTest, DoesNotTakeSealedDataForNoneWhereTheCertificateIsMissing) {
  world_.card.takes_data = false;
  world_.enrol();
  ASSERT_TRUE(world_.card.log_in(secret("1234")));
  ASSERT_TRUE(data_.keep_personal(kKim));
  EXPECT_EQ(take(data_.add_means({card()})), "1");
  EXPECT_EQ(take(data_.add_means({account()})), "2");
  for (const auto& stored : take(world_.card.certificates())) {
    const bool agrees = stored.use == countersign::card::KeyUse::kAgreement;
    ASSERT_TRUE(!agrees || world_.card.remove_key(stored.key_id));
  }
  EXPECT_EQ(data_.personal().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(data_.means("1").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(data_.review().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(data_.remove_means("1").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(take(data_.summary()).means.size(), 2U) << "not taken for empty";
}

TEST_F(HolderDataTest, FindsWhatAnotherWalletPutOnTheCard) {
  ASSERT_TRUE(world_.card.store_data("countersign:payment:4", write_payment_means({card()})));
  EXPECT_TRUE(take(data_.summary()).means.empty());
  EXPECT_EQ(take(data_.review()).means.at(0).id, "4");
  EXPECT_EQ(take(data_.summary()).means.at(0).id, "4");
}

TEST_F(HolderDataTest, HoldsNineWaysToPay) {
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(data_.add_means({card()}));
  EXPECT_EQ(data_.add_means({card()}).error().code, ErrorCode::kTooLarge);
}

TEST_F(HolderDataTest, AnswersFields) {
  const TimePoint now = world_.trade.now;
  EXPECT_EQ(take(answer_field(kKim, {PersonalField::kName, 0}, now)).text, "김유신");
  EXPECT_EQ(take(answer_field(kKim, {PersonalField::kBirthDate, 0}, now)).text, "2007-11-18");
  EXPECT_EQ(answer_field({}, {PersonalField::kName, 0}, now).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(answer_field({}, {PersonalField::kOverAge, 19}, now).error().code, ErrorCode::kNotFound);
}

struct Age {
  std::string name, birth_date;
  int age;
  bool is_over;
};
class AnswerAge : public testing::TestWithParam<Age> {};

// 2026-11-18.
TEST_P(AnswerAge, ByYesOrNoAlone) {
  const auto& [name, birth_date, age, is_over] = GetParam();
  PersonalData data;
  data.birth_date = birth_date;
  const auto answer = answer_field(data, {PersonalField::kOverAge, age}, from_unix_seconds(1'795'000'000));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer.value().is_over, is_over);
  EXPECT_TRUE(answer.value().text.empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, AnswerAge,
                         testing::Values(Age{"OnTheBirthday", "2007-11-18", 19, true},
                                         Age{"TheDayBefore", "2007-11-19", 19, false},
                                         Age{"YearsLater", "1950-01-01", 19, true},
                                         Age{"BornOnALeapDay", "2004-02-29", 22, true}),
                         [](const auto& row) { return row.param.name; });

struct WrongData {
  std::string name;
  PersonalData data;
};
class KeepPersonalData : public HolderDataTest, public testing::WithParamInterface<WrongData> {};

TEST_P(KeepPersonalData, RefusesWhatIsNotWhatItShouldBe) {
  const auto kept = data_.keep_personal(GetParam().data);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().detail.find("secret"), std::string::npos) << "no contents in errors";
  EXPECT_TRUE(take(world_.card.list_data()).empty());
}

INSTANTIATE_TEST_SUITE_P(Rows, KeepPersonalData,
                         testing::Values(WrongData{"ALongName", {std::string(201, 'a'), "", "", "", ""}},
                                         WrongData{"AControlCharacter", {"secret\n", "", "", "", ""}},
                                         WrongData{"NoDay", {"", "", "2001-02-29", "", ""}},
                                         WrongData{"ADayToCome", {"", "", "2099-01-01", "", ""}},
                                         WrongData{"AnotherSpelling", {"", "", "1990-1-1", "", ""}},
                                         WrongData{"ATelephoneOfLetters", {"", "", "", "secret", ""}},
                                         WrongData{"NoBloodType", {"", "", "", "", "C+"}}),
                         [](const auto& row) { return row.param.name; });

TEST_F(HolderDataTest, RefusesWaysToPayThatCannotBe) {
  EXPECT_EQ(data_.add_means({card("4111111111111112")}).error().code, ErrorCode::kMalformed) << "check digit";
  EXPECT_EQ(data_.add_means({card("4111 1111 1111 1111")}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(data_.add_means({card("4111111111111111", "2026-10")}).error().code, ErrorCode::kExpired);
  EXPECT_EQ(data_.add_means({card("4111111111111111", "2029-13")}).error().code, ErrorCode::kMalformed);
  EXPECT_TRUE(data_.add_means({card("4111111111111111", "2026-11")})) << "the last month";
  EXPECT_EQ(data_.add_means({AccountData{"Hana", secret("12-3"), "Kim"}}).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(data_.add_means({AccountData{"", secret("12-345"), "Kim"}}).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::wallet
