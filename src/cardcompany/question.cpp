// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/question.h"

namespace countersign::cardcompany {
namespace {

constexpr documents::JsonLimits kLimits{.bytes = 4 << 10, .depth = 3, .members = 32, .wiped = true};

}  // namespace

Result<Question> parse_question(BytesView json) {
  TRY(auto reader, documents::ObjectReader::parse(json, "authorization-request", kLimits));
  TRY(reader.expect("authorization-request", 1));
  TRY(auto reference, reader.text("reference", kLongestReference));
  TRY(const auto order, reader.digest("orderDigest"));
  TRY(const auto amount, reader.integer("amount", 1, kLargestInteger));
  TRY(auto currency, reader.text("currency", 3, 3));
  if (!is_currency_code(currency))
    return fail(ErrorCode::kMalformed, "authorization-request.currency: no ISO 4217 code");
  TRY(auto payment, reader.object("payment"));
  TRY(reader.finish());
  TRY(auto means, documents::read_payment_data(std::move(payment)));
  return Question{std::move(reference), order, {amount, std::move(currency)}, std::move(means), std::nullopt};
}

}  // namespace countersign::cardcompany
