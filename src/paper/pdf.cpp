// SPDX-License-Identifier: Apache-2.0
#include "paper/pdf.h"

#include <qrencode.h>

#include <memory>

#include "paper/pages.h"

namespace countersign::paper {
namespace {

constexpr std::size_t kLargestQrText = 2331;  // octets at version 40-M
constexpr int kQuietZone = 4;                 // modules (ISO/IEC 18004)
constexpr double kQrSize = 118;               // points: 42 mm
constexpr Column kTerms{Pages::kMargin, 108};
constexpr Column kValues{Pages::kMargin + 116, Pages::kWidth - 2 * Pages::kMargin - 116};
constexpr Column kItems{Pages::kMargin, 246};
constexpr Column kQuantities{Pages::kMargin + 252, 45};
constexpr Column kPrices{Pages::kMargin + 303, 86};
constexpr Column kAmounts{Pages::kMargin + 395, Pages::kWidth - 2 * Pages::kMargin - 395};
constexpr Style kBold{.weight = Weight::kBold};
constexpr Style kNumber{.align = Align::kRight};
constexpr Style kSum{.size = 11, .weight = Weight::kBold, .align = Align::kRight};
constexpr double kLineHeight = 15;

struct FreeQrCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

Result<void> put_qr_code(const std::string& text, Pages& pages) {
  if (text.size() > kLargestQrText) return fail(ErrorCode::kTooLarge, "QR code: text too long");
  const std::unique_ptr<QRcode, FreeQrCode> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
  if (!code) return fail(ErrorCode::kInternal, "QR code: the encoder failed");
  const int side = code->width + 2 * kQuietZone;
  std::vector<bool> modules(static_cast<std::size_t>(side * side));
  for (int row = 0; row < code->width; ++row)
    for (int column = 0; column < code->width; ++column)
      modules[static_cast<std::size_t>((row + kQuietZone) * side + column + kQuietZone)] =
          (code->data[row * code->width + column] & 1) != 0;
  pages.square(modules, side, kQrSize);
  return ok();
}

void put_head(const Sheet& sheet, Pages& pages) {
  const Column beside_code{Pages::kMargin, Pages::kWhole.width - kQrSize - 12};
  pages.row({{sheet.title, beside_code, {.size = 24, .weight = Weight::kBold}}});
  pages.space(6);
  pages.row({{sheet.verdict + ".", beside_code, {.size = 11}}});
  pages.go_below(Pages::kMargin + kQrSize + 6);
}

void put_lines(const std::vector<PricedLine>& lines, Pages& pages) {
  pages.space(6);
  pages.row({{"Item", kItems, kBold},
             {"Quantity", kQuantities, {.weight = Weight::kBold, .align = Align::kRight}},
             {"Price", kPrices, {.weight = Weight::kBold, .align = Align::kRight}},
             {"Amount", kAmounts, {.weight = Weight::kBold, .align = Align::kRight}}},
            4 * kLineHeight);
  pages.rule();
  for (const PricedLine& line : lines) {
    const bool is_sum = &line == &lines.back();
    if (is_sum) {
      pages.space(2);
      pages.rule();
    }
    pages.row({{line.item, kItems, is_sum ? Style{.size = 11, .weight = Weight::kBold} : Style{}},
               {line.quantity, kQuantities, kNumber},
               {line.price, kPrices, kNumber},
               {line.amount, kAmounts, is_sum ? kSum : kNumber}},
              2 * kLineHeight);
  }
}

void put_section(const Section& section, Pages& pages) {
  pages.space(10);
  pages.row({{section.heading, Pages::kWhole, {.size = 13, .weight = Weight::kBold}}}, 4 * kLineHeight);
  pages.rule();
  pages.space(3);
  for (const Fact& fact : section.facts) {
    pages.row({{fact.term, kTerms, kBold}, {fact.value, kValues}}, 2 * kLineHeight);
    pages.space(2);
  }
  if (!section.lines.empty()) put_lines(section.lines, pages);
  if (!section.text.empty()) {
    pages.space(4);
    pages.row({{section.text, Pages::kWhole}}, 2 * kLineHeight);
  }
}

}  // namespace

Result<Bytes> write_pdf(const Sheet& sheet, TimePoint printed) {
  Pages pages(sheet.title, sheet.foot, printed);
  TRY(put_qr_code(sheet.qr_text, pages));
  put_head(sheet, pages);
  for (const Section& section : sheet.sections) put_section(section, pages);
  return pages.finish();
}

}  // namespace countersign::paper
