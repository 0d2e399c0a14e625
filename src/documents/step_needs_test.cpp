// SPDX-License-Identifier: Apache-2.0
#include "documents/step_needs.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

StepMaterial sample_material() {
  return {.amount = {62000, "KRW"},
          .lines = {{"TEA-100", "녹차 100 g", 2, 12000}, {"CUP-1", "청자 찻잔", 1, 38000}},
          .review = Review{{6}, "0192f0c1-3b4c-7d5e-8f60-112233445566"},
          .delivery = Recipient{"김민지", "서울시 종로구 1", "+82 2 123 4567"},
          .billing = BillingParty{"김민지", "서울시 종로구 1", "minji@mail.example", ""},
          .referrer = "blog-17"};
}

std::string text_of(const StepFields& fields) {
  return write_json(write_fields(fields));
}

StepFields fields(std::string_view kind) {
  const std::span<const Need> needs = permitted_needs(kind);
  return fields_for(kind, {needs.begin(), needs.end()}, sample_material()).value();
}

TEST(StepNeeds, TellsLogisticsTheAddressAndNeverAPrice) {
  const std::string told = text_of(fields(kLogisticsKind));
  EXPECT_THAT(told, testing::HasSubstr("서울시 종로구 1"));
  EXPECT_THAT(told, testing::HasSubstr("TEA-100"));
  for (const char* secret : {"62000", "12000", "38000", "KRW", "unitPrice", "0192f0c1", "blog-17"})
    EXPECT_THAT(told, testing::Not(testing::HasSubstr(secret)));
}

TEST(StepNeeds, TellsChargingTheAmountAndNeverALineOrAPerson) {
  const std::string told = text_of(fields(kChargingKind));
  EXPECT_THAT(told, testing::HasSubstr("62000"));
  EXPECT_THAT(told, testing::HasSubstr("0192f0c1-3b4c"));
  for (const char* secret : {"TEA-100", "녹차", "김민지", "종로구", "12000"})
    EXPECT_THAT(told, testing::Not(testing::HasSubstr(secret)));
}

TEST(StepNeeds, TellsBillingTheLinesAndInWhoseNameAndNoCard) {
  const std::string told = text_of(fields(kBillingKind));
  for (const char* known : {"unitPrice", "minji@mail.example", "62000"})
    EXPECT_THAT(told, testing::HasSubstr(known));
  for (const char* secret : {"0192f0c1", "+82 2 123 4567", "blog-17"})
    EXPECT_THAT(told, testing::Not(testing::HasSubstr(secret)));
}

TEST(StepNeeds, TellsBrokerageTheTotalAndTheReferrerAndNobodysName) {
  EXPECT_EQ(text_of(fields(kBrokerageKind)),
            R"({"amount":{"minorUnits":62000,"currency":"KRW"},"referrer":"blog-17"})");
}

TEST(StepNeeds, KeepsCardsPricesAndInvoicesFromUnknownKinds) {
  for (const Need need : {Need::kAuthorization, Need::kLines, Need::kBilling}) {
    EXPECT_FALSE(may_know("loyalty", need)) << need_name(need);
    const auto refused = fields_for("loyalty", {need}, sample_material());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kForbidden);
  }
  EXPECT_TRUE(fields_for("loyalty", {Need::kAmount, Need::kArticles}, sample_material()));
}

TEST(StepNeeds, GivesEachFieldForItsNeedAlone) {
  for (const std::string_view kind : {kChargingKind, kBillingKind, kBrokerageKind, kLogisticsKind})
    for (const Need need : permitted_needs(kind)) {
      const auto one = fields_for(kind, {need}, sample_material());
      ASSERT_TRUE(one) << one.error().detail;
      EXPECT_EQ(needs_of(one.value()), std::vector{need});
    }
}

TEST(StepNeeds, NamesWhatASaleHasNothingFor) {
  StepMaterial bare = sample_material();
  bare.delivery.reset();
  bare.billing.reset();
  bare.review.reset();
  bare.lines.clear();
  bare.referrer.clear();
  const std::vector<std::pair<std::string_view, Need>> missing{{kLogisticsKind, Need::kDelivery},
                                                               {kLogisticsKind, Need::kArticles},
                                                               {kBillingKind, Need::kLines},
                                                               {kBillingKind, Need::kBilling},
                                                               {kChargingKind, Need::kAuthorization}};
  for (const auto& [kind, need] : missing) {
    const auto refused = fields_for(kind, {need}, bare);
    ASSERT_FALSE(refused) << need_name(need);
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(refused.error().detail, testing::HasSubstr(need_name(need)));
  }
  EXPECT_TRUE(fields_for(kBrokerageKind, {Need::kReferrer}, bare)) << "not everybody was brought by somebody";
}

TEST(StepNeeds, ReadsBackWhatItWroteAndRefusesItForAnotherKind) {
  for (const std::string_view kind : {kChargingKind, kBillingKind, kBrokerageKind, kLogisticsKind}) {
    const boost::json::object written{{"fields", write_fields(fields(kind))}};
    ObjectReader reader = ObjectReader::of(written, "event").value();
    const auto read = read_fields(reader, kind);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(text_of(read.value()), text_of(fields(kind)));
    const std::string_view other = kind == kLogisticsKind ? kChargingKind : kLogisticsKind;
    ObjectReader again = ObjectReader::of(written, "event").value();
    EXPECT_EQ(read_fields(again, other).error().code, ErrorCode::kForbidden) << kind << " as " << other;
  }
}

TEST(StepNeeds, KnowsNamesFromOtherTexts) {
  for (const char* name : {"charge", "a", "credit-note", "step2", "abcdefghijklmnopqrstuvwxyzabcdef"})
    EXPECT_TRUE(is_step_name(name)) << name;
  for (const char* name :
       {"", "Charge", "2step", "-a", "a_b", "a/b", "a b", "a\n", "é", "abcdefghijklmnopqrstuvwxyzabcdefg"})
    EXPECT_FALSE(is_step_name(name)) << name;
  for (const std::string_view kind : {kChargingKind, kBillingKind, kBrokerageKind, kLogisticsKind})
    for (const Need need : permitted_needs(kind)) EXPECT_EQ(need_of_name(need_name(need)), need);
  EXPECT_FALSE(need_of_name("everything"));
}

}  // namespace
}  // namespace countersign::documents
