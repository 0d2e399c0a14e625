// SPDX-License-Identifier: Apache-2.0
#include "documents/order.h"

#include "documents/document_samples.h"

namespace countersign::documents {
namespace {

Order sample_order() {
  return {"0192f0c1-2a3b-7c4d-8e5f-001122334455",
          OrderProfile::kDirect,
          sample_merchant(),
          sample_purchaser(),
          "https://shop.example:8443",
          "checkout-1",
          sample_data_centre(),
          std::nullopt,
          {{"TEA-100", "녹차 100 g \"first flush\"", 2, 12'000}, {"CUP-1", "Cup", 1, 8'500}},
          {32'500, "KRW"},
          parse_time("2026-11-22T08:30:00Z").value(),
          parse_time("2026-11-22T08:45:00Z").value(),
          Sha256Digest{9}};
}

Bytes good_order() {
  return write_order(sample_order()).value();
}

TEST(Order, ReadsBackAsItWasWritten) {
  const Order written = sample_order();
  const Result<Order> read = parse_order(good_order());
  ASSERT_TRUE(read) << read.error().detail;
  const Order& order = read.value();
  EXPECT_EQ(order.id, written.id);
  EXPECT_EQ(order.profile, written.profile);
  EXPECT_EQ(order.merchant, written.merchant);
  EXPECT_EQ(order.purchaser, written.purchaser);
  EXPECT_EQ(order.origin, written.origin);
  EXPECT_EQ(order.checkout, written.checkout);
  EXPECT_EQ(order.authority, written.authority);
  EXPECT_EQ(order.card_company, written.card_company);
  EXPECT_EQ(order.lines, written.lines);
  EXPECT_EQ(order.total, written.total);
  EXPECT_EQ(order.created, written.created);
  EXPECT_EQ(order.expires, written.expires);
  EXPECT_EQ(order.nonce, written.nonce);
}

TEST(Order, CarriesTheCardCompanyOfAnOrderPaidByCard) {
  Order order = sample_order();
  order.profile = OrderProfile::kSet;
  order.card_company = PartyReference{sample_name("CN=Card Company,O=Countersign Demo"), Sha256Digest{3}};
  const Result<Order> read = parse_order(write_order(order).value());
  ASSERT_TRUE(read);
  EXPECT_EQ(read.value().card_company, order.card_company);
  EXPECT_EQ(read.value().profile, OrderProfile::kSet);
}

Order grouped_order() {
  Order order = sample_order();
  order.group = OrderGroup{"00112233445566778899aabbccddeeff", 2};
  return order;
}

TEST(Order, SaysWithWhichOthersItWasApprovedAndElseNothingOfIt) {
  const Result<Order> read = parse_order(write_order(grouped_order()).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().group, grouped_order().group);
  EXPECT_FALSE(parse_order(good_order()).value().group);
  EXPECT_EQ(as_text(good_order()).find("group"), std::string_view::npos) << "as it ever was";
}

TEST(Order, RefusesAGroupThatIsNone) {
  const auto with = [](const auto& change) {
    return [change](auto& order) { change(order["group"].get_object()); };
  };
  expect_refusals(
      write_order(grouped_order()).value(), parse_order,
      {
          {"Null", [](auto& o) { o["group"] = nullptr; }, ErrorCode::kMalformed, "group"},
          {"IdInCapitals", with([](auto& g) { g["id"] = "00112233445566778899AABBCCDDEEFF"; }),
           ErrorCode::kMalformed, "group.id"},
          {"ShortId", with([](auto& g) { g["id"] = "0011"; }), ErrorCode::kMalformed, "group.id"},
          {"OfOne", with([](auto& g) { g["count"] = 1; }), ErrorCode::kMalformed, "group.count"},
          {"OfNine", with([](auto& g) { g["count"] = 9; }), ErrorCode::kMalformed, "group.count"},
          {"TheOthersNamed", with([](auto& g) { g["orders"] = "x"; }), ErrorCode::kMalformed, "group.orders"},
      });
}

TEST(Order, DemandsEveryMemberAndNoOther) {
  expect_exact_members(good_order(), parse_order);
}

TEST(Order, RefusesWhatAPurchaserMustNotSign) {
  expect_refusals(
      good_order(), parse_order,
      {
          {"AnotherType", [](auto& o) { o["type"] = "confirmation"; }, ErrorCode::kUnsupported, "type"},
          {"AnotherVersion", [](auto& o) { o["version"] = 2; }, ErrorCode::kUnsupported, "version"},
          {"IdInCapitals", [](auto& o) { o["id"] = "0192F0C1-2A3B-7C4D-8E5F-001122334455"; },
           ErrorCode::kMalformed, "id"},
          {"IdOfVersion4", [](auto& o) { o["id"] = "0192f0c1-2a3b-4c4d-8e5f-001122334455"; },
           ErrorCode::kMalformed, "id"},
          {"ProfileUnknown", [](auto& o) { o["profile"] = "free"; }, ErrorCode::kUnsupported, "profile"},
          {"MerchantMissing", [](auto& o) { o["merchant"] = nullptr; }, ErrorCode::kMalformed, "merchant"},
          {"MerchantWithMore", [](auto& o) { o["merchant"].get_object()["x"] = 1; }, ErrorCode::kMalformed,
           "merchant.x"},
          {"SubjectInAnotherSpelling",
           [](auto& o) { o["merchant"].get_object()["subject"] = "CN=Shop, O=Countersign Demo"; },
           ErrorCode::kMalformed, "subject"},
          {"OriginNotHttps", [](auto& o) { o["origin"] = "http://shop.example"; }, ErrorCode::kMalformed,
           "origin"},
          {"OriginWithPath", [](auto& o) { o["origin"] = "https://shop.example/"; }, ErrorCode::kMalformed,
           "origin"},
          {"OriginInCapitals", [](auto& o) { o["origin"] = "https://Shop.example"; }, ErrorCode::kMalformed,
           "origin"},
          {"OriginWithDefaultPort", [](auto& o) { o["origin"] = "https://shop.example:443"; },
           ErrorCode::kMalformed, "origin"},
          {"OriginWithUser", [](auto& o) { o["origin"] = "https://a@shop.example"; }, ErrorCode::kMalformed,
           "origin"},
          {"NoLines", [](auto& o) { o["lines"].get_array().clear(); }, ErrorCode::kMalformed, "lines: empty"},
          {"TooManyLines",
           [](auto& o) {
             const boost::json::value line = o["lines"].get_array()[0];
             o["lines"] = boost::json::array(501, line);
           },
           ErrorCode::kTooLarge, "lines"},
          {"NoQuantity", [](auto& o) { o["lines"].get_array()[0].get_object()["quantity"] = 0; },
           ErrorCode::kMalformed, "order.lines[0].quantity"},
          {"NegativeQuantity", [](auto& o) { o["lines"].get_array()[0].get_object()["quantity"] = -1; },
           ErrorCode::kMalformed, "quantity"},
          {"NegativePrice", [](auto& o) { o["lines"].get_array()[1].get_object()["unitPrice"] = -1; },
           ErrorCode::kMalformed, "order.lines[1].unitPrice"},
          {"LongDescription",
           [](auto& o) { o["lines"].get_array()[0].get_object()["description"] = std::string(201, 'x'); },
           ErrorCode::kMalformed, "description"},
          {"TotalNotTheSum", [](auto& o) { o["total"] = 32'501; }, ErrorCode::kAmountMismatch, "total"},
          {"LinesOverflow",
           [](auto& o) {
             auto& line = o["lines"].get_array()[0].get_object();
             line["unitPrice"] = kLargestInteger;
             line["quantity"] = 1'000'000;
           },
           ErrorCode::kAmountMismatch, "overflow"},
          {"SumOverflows",
           [](auto& o) {
             auto& line = o["lines"].get_array()[0].get_object();
             line["unitPrice"] = kLargestInteger;
             line["quantity"] = 1;
           },
           ErrorCode::kAmountMismatch, "overflow"},
          {"NegativeTotal", [](auto& o) { o["total"] = -1; }, ErrorCode::kMalformed, "total"},
          {"SplitWithoutACompany", [](auto& o) { o["profile"] = "set"; }, ErrorCode::kMalformed,
           "cardCompany"},
          {"CompanyOfAnotherProfile", [](auto& o) { o["cardCompany"] = o["merchant"]; },
           ErrorCode::kMalformed, "cardCompany"},
          {"CurrencyInSmallLetters", [](auto& o) { o["currency"] = "krw"; }, ErrorCode::kMalformed,
           "currency"},
          {"ExpiresBeforeCreated", [](auto& o) { o["expires"] = "2026-11-22T08:30:00Z"; },
           ErrorCode::kMalformed, "expires"},
          {"LivesLongerThanADay", [](auto& o) { o["expires"] = "2026-11-23T08:30:01Z"; },
           ErrorCode::kMalformed, "expires"},
          {"TimeWithOffset", [](auto& o) { o["created"] = "2026-11-22T08:30:00+00:00"; },
           ErrorCode::kMalformed, "created"},
          {"ShortNonce", [](auto& o) { o["nonce"] = "00"; }, ErrorCode::kMalformed, "nonce"},
      });
}

TEST(Order, IsNotWrittenWhenItCouldNotBeRead) {
  Order order = sample_order();
  order.total.minor_units += 1;
  EXPECT_EQ(write_order(order).error().code, ErrorCode::kAmountMismatch);
  order = sample_order();
  order.lines[0].description = "a\nb";
  EXPECT_EQ(write_order(order).error().code, ErrorCode::kMalformed);
  order = sample_order();
  order.lines.clear();
  EXPECT_EQ(write_order(order).error().code, ErrorCode::kMalformed);
}

TEST(Order, LongerThanItsLimitIsTooLarge) {
  const Bytes long_order(200 << 10, ' ');
  EXPECT_EQ(parse_order(long_order).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace countersign::documents
