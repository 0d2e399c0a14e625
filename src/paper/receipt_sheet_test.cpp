// SPDX-License-Identifier: Apache-2.0
#include "paper/receipt_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "evidence/receipt.h"
#include "evidence/stamps.h"
#include "evidence/testing/sample_log.h"

namespace countersign::paper {
namespace {

using evidence::Report;
using evidence::SampleLog;
using testing::HasSubstr;

const evidence::Trade& trade() {
  static const evidence::Trade made;
  return made;
}

// A log of three entries, of which number 1 is the confirmation of the receipt.
struct World {
  World() {
    log.append_others(1);
    receipt = log.confirm();
    log.append_others(1);
    log.prove(receipt, 1);
  }
  Report verify(const checkpoint::Policy* policy = nullptr) const {
    return evidence::verify_receipt(documents::write_receipt(receipt), trade().root.certificate, policy, {});
  }
  Result<Sheet> sheet(const Report& report, const SheetOptions& options = {}) const {
    return receipt_sheet(report, documents::write_receipt(receipt), options);
  }
  SampleLog log{trade()};
  documents::Receipt receipt;
};

std::string text_of(const Sheet& sheet) {
  std::string text = sheet.title + "\n" + sheet.verdict + "\n";
  for (const Section& section : sheet.sections) {
    text += section.heading + "\n";
    for (const Fact& fact : section.facts) text += fact.term + ": " + fact.value + "\n";
    for (const PricedLine& line : section.lines)
      text += line.item + " | " + line.quantity + " | " + line.price + " | " + line.amount + "\n";
    text += section.text + "\n";
  }
  return text;
}

TEST(ReceiptSheet, SaysWhoBoughtWhatFromWhomAndWhoVouches) {
  const World world;
  const auto policy = world.log.parsed_policy();
  const Report report = world.verify(&policy);
  const auto sheet = world.sheet(report, {.link = "https://verify.example/#x", .verified = trade().now});
  ASSERT_TRUE(sheet) << sheet.error().detail;
  const std::string text = text_of(sheet.value());
  EXPECT_THAT(sheet.value().verdict, HasSubstr("as 2 witnesses of the policy saw"));
  const documents::Order& order = *report.order;
  for (const std::string& said :
       {order.purchaser.subject.text(), order.merchant.subject.text(), order.origin,
        order.lines[0].description, "Total |  |  | " + format_amount(order.total),
        format_time(report.confirmation->time),
        std::string("seoul-1.example/log holds the confirmation as number 1 of 3"),
        std::string("Its key is named by the policy"), std::string("first saw the log"),
        std::string("second saw the log"), "relied on until " + format_time(report.until().value()),
        hex_encode(crypto::sha256(documents::write_receipt(world.receipt))),
        hex_encode(crypto::sha256(world.receipt.confirmation)), std::string("https://verify.example/#x")})
    EXPECT_THAT(text, HasSubstr(said));
  EXPECT_EQ(sheet.value().qr_text, "https://verify.example/#x");
  EXPECT_EQ(sheet.value().foot, "seoul-1.example/log, number 1");
}

TEST(ReceiptSheet, SaysPlainlyWhatNobodyVouchesForWithoutAPolicy) {
  const World world;
  const auto sheet = world.sheet(world.verify());
  ASSERT_TRUE(sheet) << sheet.error().detail;
  EXPECT_THAT(text_of(sheet.value()), HasSubstr("Nobody says: who must have witnessed it"));
  EXPECT_THAT(text_of(sheet.value()), HasSubstr("Its key is named by the network map"));
  EXPECT_THAT(sheet.value().qr_text, testing::StartsWith("log=seoul-1.example/log&index=1&order="))
      << "without a link the code holds the address";
}

TEST(ReceiptSheet, SaysWhatHoldsAtTheTimeOfPrinting) {
  const World world;
  const Bytes file = documents::write_receipt(world.receipt);
  const auto printed_at = [&](TimePoint now) {
    Report report = world.verify();
    evidence::judge_age(report, file, nullptr, {.now = now});
    return text_of(take(world.sheet(report)));
  };
  const TimePoint end = *world.verify().until();
  EXPECT_THAT(printed_at(end), HasSubstr("That time is over, and no stamp was given"));
  EXPECT_THAT(printed_at(end - std::chrono::hours(1)), testing::Not(HasSubstr("That time is over")));
  Report stamped = world.verify();
  stamped.judged_at = end;
  stamped.stamps.emplace();
  stamped.stamps->shown = trade().now;
  stamped.stamps->until = end + std::chrono::hours(1);
  const std::string text = text_of(take(world.sheet(stamped)));
  EXPECT_THAT(text, HasSubstr("Time-stamps show that it was there by " + format_time(trade().now)));
  EXPECT_THAT(text, testing::Not(HasSubstr("That time is over")));
}

TEST(ReceiptSheet, NamesAWitnessThatHasNotSeenIt) {
  World world;
  SampleLog::Changes one;
  one.witnesses = 1;
  world.log.prove(world.receipt, 1, one);
  const auto policy = world.log.parsed_policy("first");
  const auto sheet = world.sheet(world.verify(&policy));
  ASSERT_TRUE(sheet) << sheet.error().detail;
  EXPECT_THAT(text_of(sheet.value()), HasSubstr("second has not witnessed it."));
}

TEST(ReceiptSheet, IsRefusedForAReceiptThatIsNotValid) {
  World world;
  world.receipt.nonce[0] ^= 1;
  const auto sheet = world.sheet(world.verify());
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().code, ErrorCode::kConflict);
  EXPECT_THAT(sheet.error().detail, HasSubstr("log.inclusion"));
}

TEST(ReceiptSheet, IsRefusedWhereTooFewWitnessesSawIt) {
  World world;
  SampleLog::Changes none;
  none.witnesses = 0;
  world.log.prove(world.receipt, 1, none);
  const auto policy = world.log.parsed_policy();
  const auto sheet = world.sheet(world.verify(&policy));
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(sheet.error().detail, HasSubstr("log.witnesses"));
}

TEST(ReceiptSheet, IsRefusedForAConfirmationByItself) {
  const World world;
  const Report report = evidence::verify_evidence(world.receipt.confirmation, trade().root.certificate, {});
  ASSERT_TRUE(report.is_valid());
  const auto sheet = world.sheet(report);
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().code, ErrorCode::kUnsupported);
}

TEST(ReceiptSheet, IsRefusedForAReportThatNobodyMade) {
  Report empty;
  empty.kind = evidence::EvidenceKind::kReceipt;
  const auto sheet = receipt_sheet(empty, {}, {});
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().code, ErrorCode::kSignatureInvalid);
}

}  // namespace
}  // namespace countersign::paper
