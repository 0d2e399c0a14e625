// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/account.h"

#include <algorithm>

namespace countersign::cardcompany {
namespace {

constexpr std::size_t kShortestCard = 12;
constexpr std::size_t kLongestCard = 19;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Means means_of(const documents::PaymentData& payment) {
  const crypto::SecretAccess access;
  if (const auto* card = std::get_if<documents::CardData>(&payment))
    return {documents::PaymentMethod::kCard, card->number.reveal(access), "", card->expiry, card->holder};
  const auto& account = std::get<documents::AccountData>(payment);
  return {documents::PaymentMethod::kAccount, account.number.reveal(access), account.bank, "",
          account.holder};
}

Result<void> check_account(const NewAccount& account) {
  if (!is_currency_code(account.limit.currency))
    return fail(ErrorCode::kMalformed, "currency: no ISO 4217 code");
  if (account.limit.minor_units < 0 || account.limit.minor_units > kLargestInteger)
    return fail(ErrorCode::kMalformed, "limit: out of range");
  const auto* card = std::get_if<documents::CardData>(&account.means);
  if (card == nullptr) return ok();
  const std::string_view number = as_text(card->number.reveal(crypto::SecretAccess()));
  if (number.size() < kShortestCard || number.size() > kLongestCard ||
      !std::ranges::all_of(number, is_digit) || !documents::passes_luhn(number))
    return fail(ErrorCode::kMalformed, "number: not that of a card; look for a digit that was mistyped");
  if (!parse_time(card->expiry + "-01T00:00:00Z")) return fail(ErrorCode::kMalformed, "expiry: not YYYY-MM");
  return ok();
}

// A card is good to the end of its month.
bool Account::is_expired_at(TimePoint now) const {
  if (method != documents::PaymentMethod::kCard) return false;
  return format_time(now).substr(0, expiry.size()) > expiry;
}

namespace {

struct Decline {
  DeclineReason reason;
  std::string_view code, text;
};
constexpr Decline kDeclines[] = {
    {DeclineReason::kUnknown, "unknown_account",
     "no account has this number with this expiry or bank and this holder: check them"},
    {DeclineReason::kExpired, "card_expired", "the card has expired: use another one"},
    {DeclineReason::kBlocked, "account_blocked", "the account is blocked: its holder must ask the company"},
    {DeclineReason::kInsufficient, "insufficient_funds",
     "the limit does not allow this amount: pay otherwise"},
    {DeclineReason::kCurrency, "currency_not_supported", "the account pays in another currency"},
    {DeclineReason::kTooMany, "too_many_payments",
     "too many payments with it at this merchant: pay otherwise, or try again later"},
    {DeclineReason::kDuplicate, "duplicate_payment",
     "a payment for this order is approved already: release it first, or use it"},
};
// What became of an approval that is none any more.
constexpr std::pair<std::string_view, std::string_view> kEnds[] = {
    {"released", "this authorization was released: ask again under another reference"},
    {"expired", "this authorization was not captured in its time: ask again under another reference"},
    {"reversed", "what was captured on this authorization was undone: ask again under another reference"},
};

}  // namespace

std::string_view decline_code(DeclineReason reason) {
  return std::ranges::find(kDeclines, reason, &Decline::reason)->code;
}

std::string_view reason_text(std::string_view code) {
  const auto* declined = std::ranges::find(kDeclines, code, &Decline::code);
  if (declined != std::end(kDeclines)) return declined->text;
  const auto* ended = std::ranges::find(kEnds, code, &std::pair<std::string_view, std::string_view>::first);
  return ended == std::end(kEnds) ? std::string_view{} : ended->second;
}

}  // namespace countersign::cardcompany
