// SPDX-License-Identifier: Apache-2.0
#include "wallet/payment_means.h"

#include <algorithm>

#include "base/text.h"

namespace countersign::wallet {
namespace {

using documents::AccountData;
using documents::CardData;
using documents::PaymentData;

constexpr std::size_t kMaxHolder = 100;
constexpr std::size_t kMaxBank = 60;
constexpr std::size_t kMaxCompany = 1000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view number_of(const crypto::SecretBytes& number) {
  return as_text(number.reveal(crypto::SecretAccess()));
}

std::string last_digits(const crypto::SecretBytes& number, std::size_t count) {
  const std::string_view text = number_of(number);
  std::string digits;
  for (auto c = text.rbegin(); c != text.rend() && digits.size() < count; ++c) {
    if (is_digit(*c)) digits.insert(digits.begin(), *c);
  }
  return digits;
}

Result<void> check_text(std::string_view value, std::size_t max, std::string_view field) {
  const auto characters = count_plain_characters(value);
  if (!characters || *characters == 0 || *characters > max)
    return fail(ErrorCode::kMalformed, std::string(field) + ": 1 to " + std::to_string(max) + " characters");
  return ok();
}

Result<void> check_expiry(std::string_view expiry, TimePoint now) {
  const bool has_form = expiry.size() == 7 && expiry[4] == '-' &&
                        std::all_of(expiry.begin(), expiry.begin() + 4, is_digit) && is_digit(expiry[5]) &&
                        is_digit(expiry[6]) && expiry.substr(5) >= "01" && expiry.substr(5) <= "12";
  if (!has_form) return fail(ErrorCode::kMalformed, "expiry: a month as YYYY-MM");
  // The text of a time begins with its month, in the same spelling.
  if (expiry < std::string_view(format_time(now)).substr(0, 7))
    return fail(ErrorCode::kExpired, "expiry: the card is no longer good");
  return ok();
}

Result<void> check(const CardData& card, TimePoint now) {
  const std::string_view number = number_of(card.number);
  if (number.size() < 12 || number.size() > 19 || !std::all_of(number.begin(), number.end(), is_digit) ||
      !documents::passes_luhn(number))
    return fail(ErrorCode::kMalformed, "card number: not the number of a card");
  TRY(check_expiry(card.expiry, now));
  return check_text(card.holder, kMaxHolder, "holder");
}

Result<void> check(const AccountData& account, TimePoint) {
  const std::string_view number = number_of(account.number);
  const auto digits = std::count_if(number.begin(), number.end(), is_digit);
  if (digits < 4 || number.size() > 40 || number.find_first_not_of("0123456789-") != std::string_view::npos)
    return fail(ErrorCode::kMalformed, "account number: digits and hyphens");
  TRY(check_text(account.bank, kMaxBank, "bank"));
  return check_text(account.holder, kMaxHolder, "holder");
}

}  // namespace

MeansSummary summary_of(std::string id, const PaymentMeans& means) {
  using documents::PaymentMethod;
  if (const auto* card = std::get_if<CardData>(&means.payment))
    return {std::move(id), PaymentMethod::kCard, last_digits(card->number, 4), card->expiry, means.company};
  const auto& account = std::get<AccountData>(means.payment);
  return {std::move(id), PaymentMethod::kAccount, last_digits(account.number, 3), account.bank,
          means.company};
}

std::string short_name(const x509::Name& company) {
  auto name = company.value_of("CN");
  return name.empty() ? company.text() : name;
}

Result<void> check_payment_data(const PaymentData& payment, TimePoint now) {
  return std::visit([now](const auto& means) { return check(means, now); }, payment);
}

crypto::SecretBytes write_payment_means(const PaymentMeans& means) {
  boost::json::object object(documents::wiped_storage());
  object["type"] = "payment-means";
  object["version"] = 1;
  auto& inner = object["payment"].emplace_object();
  documents::write_payment(means.payment, inner);
  if (means.company) object["company"] = means.company->text();
  return documents::write_secret_json(object);
}

Result<PaymentMeans> parse_payment_means(const crypto::SecretBytes& json) {
  TRY(auto reader,
      documents::ObjectReader::parse(json.reveal(crypto::SecretAccess()), "payment means", {.wiped = true}));
  TRY(reader.expect("payment-means", 1));
  TRY(auto inner, reader.object("payment"));
  std::optional<x509::Name> company;
  if (reader.has("company")) {
    TRY(const auto text, reader.text("company", kMaxCompany));
    TRY(company, x509::Name::from_text(text));
  }
  TRY(reader.finish());
  TRY(auto payment, documents::read_payment_data(std::move(inner)));
  return PaymentMeans{std::move(payment), std::move(company)};
}

}  // namespace countersign::wallet
