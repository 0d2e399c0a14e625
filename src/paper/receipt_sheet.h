// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/verify.h"

namespace countersign::paper {

// Sheet is what a printed document says, without its looks. UTF-8; no text is markup.
struct Fact {
  std::string term;
  std::string value;
};
struct PricedLine {
  std::string item, quantity, price, amount;
};
struct Section {
  std::string heading;
  std::vector<Fact> facts = {};
  std::vector<PricedLine> lines = {};  // after the facts; the last one is the sum
  std::string text = {};               // after the lines
};
struct Sheet {
  std::string title;
  std::string verdict;
  std::vector<Section> sections;
  std::string foot;     // at the foot of each page, so that pages are not taken for another sheet's
  std::string qr_text;  // what the QR code holds
};

// What receipt_sheet says beyond the report.
struct SheetOptions {
  std::string
      link;  // to the page that verifies receipts, of receipt_link; empty: the QR code holds the address
  TimePoint verified{};  // when the report was made
};

// receipt_sheet says of a verified receipt who bought what from whom, who vouches for it and until when each
// statement can be relied on, what of it holds at the time of the report where that was judged (judge_age),
// and by which digests the file is known. `file` is the receipt as it was verified. kUnsupported for a report
// of something else; for one that is not valid its first finding, and nothing of what it claims.
Result<Sheet> receipt_sheet(const evidence::Report& report, BytesView file, const SheetOptions& options);

}  // namespace countersign::paper
