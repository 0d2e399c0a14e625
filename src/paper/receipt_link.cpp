// SPDX-License-Identifier: Apache-2.0
#include "paper/receipt_link.h"

#include <algorithm>

#include "crypto/digest.h"

namespace countersign::paper {
namespace {

constexpr std::size_t kLongestPage = 500;
constexpr std::string_view kHttps = "https://";

bool is_of_url(char c) {
  return c > 0x20 && c < 0x7f && std::string_view("#\"<>\\^`{|}").find(c) == std::string_view::npos;
}

}  // namespace

Result<std::string> receipt_address(const evidence::Report& report) {
  if (!report.log || !report.order) return fail(ErrorCode::kNotFound, "address: no log, or no order");
  return "log=" + report.log->checkpoint.origin + "&index=" + std::to_string(report.log->index) +
         "&order=" + hex_encode(crypto::sha256(report.order_bytes));
}

Result<std::string> receipt_link(std::string_view page, std::string_view address) {
  const bool is_usual = page.size() > kHttps.size() && page.size() <= kLongestPage &&
                        page.starts_with(kHttps) && page[kHttps.size()] != '/' &&
                        std::ranges::all_of(page, is_of_url);
  if (!is_usual)
    return fail(ErrorCode::kMalformed,
                "link: not an https URL of at most 500 characters without spaces and '#'");
  return std::string(page) + "#" + std::string(address);
}

}  // namespace countersign::paper
