// SPDX-License-Identifier: Apache-2.0
// What a reader of PDF and a reader of QR codes find in it is looked at by
// tests/system/test_printed_receipt.py.
#include "paper/pdf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign::paper {
namespace {

const TimePoint kNow = from_unix_seconds(1'795'000'000);

Sheet sheet_of(const std::string& item, int lines = 1) {
  Section section{.heading = "The purchase"};
  for (int i = 0; i < lines; ++i) section.lines.push_back({item, "1", "KRW 1", "KRW 1"});
  section.lines.push_back({"Total", "", "", "KRW 1"});
  return {.title = "Receipt",
          .verdict = "VALID",
          .sections = {section},
          .foot = "a log, number 1",
          .qr_text = "address"};
}

// The pages of a PDF, by their objects.
int pages_of(const Bytes& pdf) {
  const std::string text(as_text(pdf));
  int pages = 0;
  for (auto at = text.find("/Type /Page "); at != std::string::npos; at = text.find("/Type /Page ", at + 1))
    ++pages;
  return pages;
}

TEST(WritePdf, SetsASheetOnOnePage) {
  const auto pdf = write_pdf(sheet_of("Green tea"), kNow);
  ASSERT_TRUE(pdf) << pdf.error().detail;
  EXPECT_THAT(std::string(as_text(pdf.value())), testing::StartsWith("%PDF-1."));
  EXPECT_EQ(pages_of(pdf.value()), 1);
}

TEST(WritePdf, GoesOnOnFurtherPages) {
  const auto pdf = write_pdf(sheet_of("Green tea", 500), kNow);
  ASSERT_TRUE(pdf) << pdf.error().detail;
  EXPECT_GT(pages_of(pdf.value()), 5);
}

TEST(WritePdf, IsTheSameFileForTheSameSheetAndTime) {
  const auto once = write_pdf(sheet_of("Green tea"), kNow);
  const auto again = write_pdf(sheet_of("Green tea"), kNow);
  ASSERT_TRUE(once && again);
  EXPECT_EQ(once.value(), again.value());
}

TEST(WritePdf, RefusesALetterThatNoFontHas) {
  const auto pdf = write_pdf(sheet_of("tea \U000FABCD"), kNow);  // for private use
  ASSERT_FALSE(pdf);
  EXPECT_EQ(pdf.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(pdf.error().detail, testing::HasSubstr("no font"));
}

TEST(WritePdf, RefusesWhatNoQrCodeHolds) {
  Sheet sheet = sheet_of("Green tea");
  sheet.qr_text = std::string(2332, 'a');
  const auto pdf = write_pdf(sheet, kNow);
  ASSERT_FALSE(pdf);
  EXPECT_EQ(pdf.error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace countersign::paper
