// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign {

// kLargestInteger is the largest integer that every JSON reader represents exactly: 2^53 - 1.
inline constexpr std::int64_t kLargestInteger = (std::int64_t{1} << 53) - 1;

// Amount is a sum of money: minor units (won, cents) of an ISO 4217 currency, never negative,
// at most kLargestInteger.
struct Amount {
  std::int64_t minor_units = 0;
  std::string currency;
  friend bool operator==(const Amount&, const Amount&) = default;
};

// add and multiply refuse what overflows kLargestInteger, mixes currencies or is negative (kAmountMismatch).
Result<Amount> add(const Amount& a, const Amount& b);
Result<Amount> multiply(const Amount& unit, std::int64_t quantity);

// is_currency_code says whether text is three capital letters (ISO 4217 alphabetic code; no list is kept).
bool is_currency_code(std::string_view text);

// minor_unit_digits returns the decimals that the currency is written with: 0 for KRW or JPY, 3 for BHD,
// else 2.
int minor_unit_digits(std::string_view currency);

// format_amount writes for people: "KRW 1,234,000", "EUR 12.50".
std::string format_amount(const Amount& amount);

}  // namespace countersign
