// SPDX-License-Identifier: Apache-2.0
#include "mediator/terminal_qr.h"

#include <qrencode.h>

#include <memory>

namespace countersign::mediator {
namespace {

constexpr int kQuietZone = 2;
constexpr std::size_t kLargestText = 2953;  // bytes at version 40-L
constexpr std::string_view kBlackOnWhite = "\x1b[30;107m";
constexpr std::string_view kUsual = "\x1b[0m";

struct FreeQrCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

bool is_dark(const QRcode& code, int x, int y) {
  const bool is_inside = x >= 0 && y >= 0 && x < code.width && y < code.width;
  return is_inside && (code.data[y * code.width + x] & 1) != 0;
}

std::string_view half_blocks(bool upper, bool lower) {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

}  // namespace

Result<std::string> terminal_qr(std::string_view text) {
  if (text.size() > kLargestText) return fail(ErrorCode::kTooLarge, "QR code: text too long");
  const std::unique_ptr<QRcode, FreeQrCode> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_L));
  if (!code) return fail(ErrorCode::kInternal, "QR code: the encoder failed");
  std::string drawing;
  for (int y = -kQuietZone; y < code->width + kQuietZone; y += 2) {
    drawing.append(kBlackOnWhite);
    for (int x = -kQuietZone; x < code->width + kQuietZone; ++x) {
      drawing.append(half_blocks(is_dark(*code, x, y), is_dark(*code, x, y + 1)));
    }
    drawing.append(kUsual).append("\n");
  }
  return drawing;
}

}  // namespace countersign::mediator
