// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/question.h"

#include <algorithm>

namespace countersign::cardcompany {
namespace {

using documents::ObjectReader;

constexpr documents::JsonLimits kLimits{.bytes = 4 << 10, .depth = 3, .members = 32, .wiped = true};
constexpr std::size_t kLongestHolder = 100;
constexpr std::size_t kLongestBank = 60;

Result<crypto::SecretBytes> read_number(ObjectReader& reader, std::size_t least, std::size_t most) {
  TRY(std::string text, reader.text("number", most, least));
  auto number = crypto::SecretBytes::copy_of(as_bytes(text));
  const bool is_number = std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!is_number) return fail(ErrorCode::kMalformed, "authorization-request.number: not a number");
  return number;
}

Result<documents::PaymentData> read_card(ObjectReader reader) {
  documents::CardData card;
  TRY(card.number, read_number(reader, 12, 19));
  TRY(card.expiry, reader.text("expiry", 7, 7));
  TRY(card.holder, reader.text("holder", kLongestHolder));
  TRY(reader.finish());
  if (!parse_time(card.expiry + "-01T00:00:00Z"))
    return fail(ErrorCode::kMalformed, "authorization-request.card.expiry: not YYYY-MM");
  return documents::PaymentData(std::move(card));
}

Result<documents::PaymentData> read_account(ObjectReader reader) {
  documents::AccountData account;
  TRY(account.bank, reader.text("bank", kLongestBank));
  TRY(account.number, read_number(reader, 4, 40));
  TRY(account.holder, reader.text("holder", kLongestHolder));
  TRY(reader.finish());
  return documents::PaymentData(std::move(account));
}

}  // namespace

Result<Question> parse_question(BytesView json) {
  TRY(auto reader, ObjectReader::parse(json, "authorization-request", kLimits));
  TRY(reader.expect("authorization-request", 1));
  TRY(auto reference, reader.text("reference", kLongestReference));
  TRY(const auto order, reader.digest("orderDigest"));
  TRY(const auto amount, reader.integer("amount", 1, kLargestInteger));
  TRY(auto currency, reader.text("currency", 3, 3));
  if (!is_currency_code(currency))
    return fail(ErrorCode::kMalformed, "authorization-request.currency: no ISO 4217 code");
  TRY(const auto word, reader.text("method", 16));
  TRY(const auto method, documents::method_of_name(word));
  TRY(auto nested, reader.object(word));
  TRY(auto means, method == documents::PaymentMethod::kCard ? read_card(std::move(nested))
                                                            : read_account(std::move(nested)));
  TRY(reader.finish());
  return Question{std::move(reference), order, {amount, std::move(currency)}, std::move(means)};
}

}  // namespace countersign::cardcompany
