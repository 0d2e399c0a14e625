// SPDX-License-Identifier: Apache-2.0
#include "base/amount.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace countersign {

Result<Amount> add(const Amount& a, const Amount& b) {
  if (a.currency != b.currency) return fail(ErrorCode::kAmountMismatch, "amounts of different currencies");
  if (a.minor_units < 0 || b.minor_units < 0) return fail(ErrorCode::kAmountMismatch, "negative amount");
  if (a.minor_units > kLargestInteger - b.minor_units)
    return fail(ErrorCode::kAmountMismatch, "sum overflows");
  return Amount{a.minor_units + b.minor_units, a.currency};
}

Result<Amount> multiply(const Amount& unit, std::int64_t quantity) {
  if (unit.minor_units < 0 || quantity < 0)
    return fail(ErrorCode::kAmountMismatch, "negative amount or quantity");
  if (quantity != 0 && unit.minor_units > kLargestInteger / quantity)
    return fail(ErrorCode::kAmountMismatch, "product overflows");
  return Amount{unit.minor_units * quantity, unit.currency};
}

bool is_currency_code(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

int minor_unit_digits(std::string_view currency) {
  static constexpr std::array<std::string_view, 16> kNone = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                             "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                             "VUV", "XAF", "XOF", "XPF"};
  static constexpr std::array<std::string_view, 7> kThree = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::ranges::find(kNone, currency) != kNone.end()) return 0;
  if (std::ranges::find(kThree, currency) != kThree.end()) return 3;
  return 2;
}

std::string format_amount(const Amount& amount) {
  const int digits = minor_unit_digits(amount.currency);
  std::int64_t scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  std::string whole = std::to_string(amount.minor_units / scale);
  for (auto position = static_cast<std::ptrdiff_t>(whole.size()) - 3; position > 0; position -= 3)
    whole.insert(static_cast<std::size_t>(position), ",");
  if (digits == 0) return fmt::format("{} {}", amount.currency, whole);
  return fmt::format("{} {}.{:0{}}", amount.currency, whole, amount.minor_units % scale, digits);
}

}  // namespace countersign
