// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "documents/confirmation.h"
#include "documents/order.h"

// What a service gets to know of a sale: the fields that its step needs, and none that its kind may not have.
namespace countersign::documents {

// The kinds that everybody knows; a procedure may name others (`is_kind`).
inline constexpr std::string_view kChargingKind = "charging";
inline constexpr std::string_view kBillingKind = "billing";
inline constexpr std::string_view kBrokerageKind = "brokerage";
inline constexpr std::string_view kLogisticsKind = "logistics";

// is_step_name accepts 1–32 of a–z, 0–9 and "-", a letter first: names of steps, services, kinds and acts.
bool is_step_name(std::string_view text);

enum class Need {
  kAmount,         // what is paid, with its currency
  kAuthorization,  // the card company's: digest and code of its review
  kArticles,       // what was bought and how many, without a price
  kLines,          // the same with prices
  kDelivery,       // who gets the goods, and where
  kBilling,        // in whose name the invoice is
  kReferrer,       // who brought the purchaser, where anybody did
};
std::string_view need_name(Need need);  // "amount"
std::optional<Need> need_of_name(std::string_view name);
// permitted_needs of a kind. Those of an unknown kind are what tells neither prices, cards nor invoices but
// the amount.
std::span<const Need> permitted_needs(std::string_view kind);
bool may_know(std::string_view kind, Need need);

struct Article {
  std::string sku, description;
  std::int64_t quantity = 0;
  friend bool operator==(const Article&, const Article&) = default;
};
// Recipient and BillingParty come from what the purchaser released to the merchant: no order has an address.
struct Recipient {
  std::string name;       // 1–200
  std::string address;    // 1–200
  std::string telephone;  // at most 40, or empty
  friend bool operator==(const Recipient&, const Recipient&) = default;
};
struct BillingParty {
  std::string name;        // 1–200
  std::string address;     // 1–200
  std::string email;       // or empty
  std::string tax_number;  // at most 40, or empty
  friend bool operator==(const BillingParty&, const BillingParty&) = default;
};

// StepMaterial is all that could be told of a sale, or of the part of it that is taken back.
struct StepMaterial {
  Amount amount;
  std::vector<OrderLine> lines;
  std::optional<Review> review;
  std::optional<Recipient> delivery;
  std::optional<BillingParty> billing;
  std::string referrer;  // at most 200, or empty
};
// material_of a whole sale; what the merchant adds is empty yet.
StepMaterial material_of(const Order& order, const Confirmation& confirmation);

// StepFields is what goes into a request. Whoever is told no amount gets no extract either, which has it.
struct StepFields {
  std::optional<Amount> amount;
  std::optional<Review> authorization;
  std::vector<Article> articles;
  std::vector<OrderLine> lines;
  std::optional<Recipient> delivery;
  std::optional<BillingParty> billing;
  std::string referrer;
};
// fields_for a step of that kind. kForbidden for a need that the kind may not have, kNotFound for one that
// the sale has nothing for.
Result<StepFields> fields_for(std::string_view kind, const std::vector<Need>& needs,
                              const StepMaterial& material);
// Which needs the fields are of, in the order of the enumeration.
std::vector<Need> needs_of(const StepFields& fields);

// The member `fields`: an object of those that are there. Reading refuses what the kind may not have
// (kForbidden).
boost::json::object write_fields(const StepFields& fields);
Result<StepFields> read_fields(ObjectReader& reader, std::string_view kind);

}  // namespace countersign::documents
