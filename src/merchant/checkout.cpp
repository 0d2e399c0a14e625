// SPDX-License-Identifier: Apache-2.0
#include "merchant/checkout.h"

#include <array>

#include "base/text.h"
#include "documents/json.h"
#include "documents/order_lines.h"

namespace countersign::merchant {
namespace {

struct StateName {
  CheckoutState state;
  std::string_view name;
};
constexpr std::array kStates = {
    StateName{CheckoutState::kOpen, "open"},
    StateName{CheckoutState::kTaken, "taken"},
    StateName{CheckoutState::kConfirming, "confirming"},
    StateName{CheckoutState::kConfirmed, "confirmed"},
    StateName{CheckoutState::kRefused, "refused"},
    StateName{CheckoutState::kCancelled, "cancelled"},
    StateName{CheckoutState::kExpired, "expired"},
};

}  // namespace

std::string_view checkout_state_name(CheckoutState state) {
  for (const auto& entry : kStates)
    if (entry.state == state) return entry.name;
  return "";
}

std::string_view told_state_of(const Checkout& checkout) {
  const bool is_purchase = checkout.purpose == documents::DialoguePurpose::kPurchase;
  if (!is_purchase && checkout.state == CheckoutState::kConfirmed) return "identified";
  return checkout_state_name(checkout.state);
}

std::optional<CheckoutState> checkout_state_of_name(std::string_view name) {
  for (const auto& entry : kStates)
    if (entry.name == name) return entry.state;
  return std::nullopt;
}

Result<Amount> total_of(const std::vector<documents::OrderLine>& lines, std::string_view currency) {
  if (lines.empty()) return fail(ErrorCode::kMalformed, "checkout: lines missing");
  if (!is_currency_code(currency))
    return fail(ErrorCode::kMalformed, "checkout.currency: not an ISO 4217 code");
  Amount total{0, std::string(currency)};
  for (const auto& line : lines) {
    TRY(const auto price, multiply({line.unit_price, total.currency}, line.quantity));
    TRY(total, add(total, price));
  }
  return total;
}

std::string write_lines(const std::vector<documents::OrderLine>& lines) {
  return documents::write_json(boost::json::object{{"lines", documents::write_order_lines(lines)}});
}

Result<std::vector<documents::OrderLine>> parse_lines(BytesView json) {
  TRY(auto reader, documents::ObjectReader::parse(json, "stored"));
  TRY(auto lines, documents::read_order_lines(reader));
  TRY(reader.finish());
  return lines;
}

std::string write_fields(const std::vector<documents::RequestedField>& fields) {
  std::string text;
  for (const auto& field : fields) text.append(text.empty() ? "" : " ").append(documents::field_name(field));
  return text;
}

Result<std::vector<documents::RequestedField>> parse_fields(std::string_view text) {
  return documents::fields_of_names(split(text, ' '));
}

std::string write_profiles(const std::vector<documents::OrderProfile>& profiles) {
  std::string text;
  for (const auto profile : profiles)
    text.append(text.empty() ? "" : " ").append(documents::profile_name(profile));
  return text;
}

Result<std::vector<documents::OrderProfile>> parse_profiles(std::string_view text) {
  std::vector<documents::OrderProfile> profiles;
  for (const auto& name : split(text, ' ')) {
    TRY(const auto profile, documents::profile_of_name(name));
    profiles.push_back(profile);
  }
  return profiles;
}

}  // namespace countersign::merchant
