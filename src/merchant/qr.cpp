// SPDX-License-Identifier: Apache-2.0
#include "merchant/qr.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <iterator>
#include <memory>

#include "base/html.h"

namespace countersign::merchant {
namespace {

constexpr int kQuietZone = 4;
constexpr int kLargestText = 2331;  // bytes at version 40-M

struct FreeQrCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

// One subpath per horizontal run of dark modules.
std::string path_of(const QRcode& code) {
  std::string path;
  for (int y = 0; y < code.width; ++y) {
    int run = 0;
    for (int x = 0; x <= code.width; ++x) {
      if (x < code.width && (code.data[y * code.width + x] & 1) != 0) {
        ++run;
        continue;
      }
      if (run > 0)
        fmt::format_to(std::back_inserter(path), "M{} {}h{}v1h-{}z", x - run + kQuietZone, y + kQuietZone,
                       run, run);
      run = 0;
    }
  }
  return path;
}

}  // namespace

Result<std::string> qr_svg(std::string_view text, std::string_view label) {
  if (text.size() > kLargestText) return fail(ErrorCode::kTooLarge, "QR code: text too long");
  const std::unique_ptr<QRcode, FreeQrCode> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
  if (!code) return fail(ErrorCode::kInternal, "QR code: the encoder failed");
  const int size = code->width + 2 * kQuietZone;
  return fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">)"
      R"(<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>)",
      size, html_escape(label), path_of(*code));
}

}  // namespace countersign::merchant
