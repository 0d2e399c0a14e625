// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "documents/dialogue_information.h"
#include "documents/party.h"

namespace countersign::merchant {

// A checkout is one purchase that the shop offers to one wallet:
//   open → taken (bound to a wallet, order sent) → confirming (countersigned) → confirmed | refused
//   open, taken → cancelled | expired
// An identification (log-in, age check) is a checkout without lines: open → confirmed | cancelled | expired.
enum class CheckoutState { kOpen, kTaken, kConfirming, kConfirmed, kRefused, kCancelled, kExpired };
std::string_view checkout_state_name(CheckoutState state);
// is_unsigned: nothing is countersigned, and it has not ended; the terminal may still come.
constexpr bool is_unsigned(CheckoutState state) {
  return state == CheckoutState::kOpen || state == CheckoutState::kTaken;
}
std::optional<CheckoutState> checkout_state_of_name(std::string_view name);

struct Checkout {
  std::string id;         // UUIDv7
  std::string reference;  // the shop's own word for it, shown to nobody else
  std::string origin;
  std::vector<documents::OrderLine> lines;
  Amount total;
  TimePoint created, expires;
  CheckoutState state = CheckoutState::kOpen;
  documents::DialoguePurpose purpose = documents::DialoguePurpose::kPurchase;
  std::vector<documents::RequestedField> fields = {};  // asked for when the wallet comes by the browser
  // Id of a log-in or age check that this purchase rests on: its order goes to the very holder who passed
  // that, and to nobody else. Empty: to whoever comes.
  std::string identification = {};
  // How its order may be paid, strongest first. Empty: in every way that the merchant takes; and for an
  // identification, where nothing is paid.
  std::vector<documents::OrderProfile> profiles = {};
};

// How a wallet takes an order: paid in this profile, and approved with others or by itself.
struct OrderTerms {
  documents::OrderProfile profile = documents::OrderProfile::kDirect;
  std::optional<documents::OrderGroup> group = {};
  // In profile set alone: who is to be paid through, with the digest of its key-agreement certificate.
  std::optional<documents::PartyReference> card_company = {};
};

// The name of a checkout's state as the shop is told: an identification is "identified", not "confirmed".
std::string_view told_state_of(const Checkout& checkout);

// What a shop asks for.
struct CheckoutRequest {
  std::vector<documents::OrderLine> lines;
  std::string currency;
  std::string origin;       // empty: the merchant's first
  std::string reference;    // 0–64 characters
  std::string request_key;  // Idempotency-Key, or empty
  documents::DialoguePurpose purpose = documents::DialoguePurpose::kPurchase;
  // Absent: those that this merchant usually asks for.
  std::optional<std::vector<documents::RequestedField>> fields = std::nullopt;
  std::string identification = {};  // that a purchase rests on, or empty
  // Absent: all that the merchant takes; direct, which pays nothing here, only where there is no other.
  std::optional<std::vector<documents::OrderProfile>> profiles = std::nullopt;
};

// total_of adds the lines up. kAmountMismatch on overflow, kMalformed without lines or for a bad currency.
Result<Amount> total_of(const std::vector<documents::OrderLine>& lines, std::string_view currency);

// Lines as JSON text and back, for storage: {"lines":[{"sku","description","quantity","unitPrice"}]}.
std::string write_lines(const std::vector<documents::OrderLine>& lines);
Result<std::vector<documents::OrderLine>> parse_lines(BytesView json);

// Names of fields in one text, separated by spaces, and back.
std::string write_fields(const std::vector<documents::RequestedField>& fields);
Result<std::vector<documents::RequestedField>> parse_fields(std::string_view text);

// Names of profiles in one text, separated by spaces, and back.
std::string write_profiles(const std::vector<documents::OrderProfile>& profiles);
Result<std::vector<documents::OrderProfile>> parse_profiles(std::string_view text);

}  // namespace countersign::merchant
